variable "region" {
  default = "eu-west-1"
}

provider "aws" {
  region = var.region
  default_tags {
    tags = { team = "agents", stage = "prod" }
  }
}

provider "aws" {
  alias  = "us"
  region = "us-west-2"
  assume_role {
    role_arn = "arn:aws:iam::444455556666:role/deploy"
  }
}

resource "aws_bedrockagentcore_memory" "default" {
  name               = "default"
  encryption_key_arn = "alias/m"
  tags               = { stage = "dev" }
}

resource "aws_bedrockagentcore_memory" "aliased" {
  provider           = aws.us
  name               = "aliased"
  encryption_key_arn = "alias/m"
}

resource "aws_bedrockagentcore_memory" "own_region" {
  region             = "ap-southeast-2"
  name               = "own"
  encryption_key_arn = "alias/m"
}

module "handed_down" {
  source    = "./module"
  providers = { aws.other = aws.us }
}
