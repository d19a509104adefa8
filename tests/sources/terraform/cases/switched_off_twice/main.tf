provider "aws" {}

variable "outer" {
  type    = bool
  default = false
}

variable "inner" {
  type    = bool
  default = false
}

variable "unrelated" {
  default = null
}

module "agents" {
  count   = var.outer ? 1 : 0
  source  = "./module"
  enabled = var.inner
}
