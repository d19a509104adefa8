locals {
  memory_key = "alias/memory"
}
