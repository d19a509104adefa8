terraform {
  backend "s3" {}
}

module "agents" {
  source = "./modules/platform"

  settings = {
    agents = {
      support = { name = "support" }
      sales   = { name = "sales", encryption = { create = false, key_arn = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-00000000000a" } }
    }
  }
}
