module "memory" {
  source = "../modules/memory"
}
