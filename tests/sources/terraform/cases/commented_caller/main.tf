/*
module "agent" {
  source = "./agent"
  key    = "alias/x"
}
*/
