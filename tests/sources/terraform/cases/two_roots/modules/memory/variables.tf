variable "key_arn" {
  type    = string
  default = null
}
