resource "aws_bedrockagentcore_memory" "this" {
  name = = "a"
}
