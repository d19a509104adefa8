first  = "alias/terraform.tfvars"
second = "alias/terraform.tfvars"
third  = "alias/terraform.tfvars"
