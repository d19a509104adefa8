second = "alias/a.auto.tfvars"
third  = "alias/a.auto.tfvars"
