"""Trees of Terraform to measure on, the same at every run, of the shapes that repositories have.

    python benchmarks/trees.py FOLDER [--agents N --modules N]

Most Terraform in the world has no agent in it, so a tree is many files of networks, databases and buckets; the
agents are asked for on top, in modules that hand their key on through variables, locals and outputs as published
modules do.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path
from string import Template

FILES = 1800
SIZE = 2800  # bytes a file, so that the whole is about 5 MB

_PLAIN = (
    """resource "aws_s3_bucket" "$name" {
  bucket = "$${var.prefix}-$name"
  tags   = merge(var.tags, { Name = "$name", Tier = "$tier" })
}

resource "aws_s3_bucket_server_side_encryption_configuration" "$name" {
  bucket = aws_s3_bucket.$name.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}
""",
    """resource "aws_security_group" "$name" {
  name   = "$name"
  vpc_id = var.vpc_id

  dynamic "ingress" {
    for_each = { for port in var.ports : port => port if port > 0 } # one a port
    content {
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = ["10.$number.0.0/16"]
    }
  }
}
""",
    """resource "aws_iam_role" "$name" {
  name = "$name"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
    }]
  })
}
""",
    """locals {
  ${name}_labels = {
    owner       = "team-$number"
    environment = var.environment
    summary     = <<-EOT
      The service $name of tier $tier,
      kept by team $number.
    EOT
  }
}
""",
    """variable "$name" {
  description = "What $name takes, by tier $tier"
  type = object({
    enabled = optional(bool, true)
    size    = optional(string, "small")
    subnets = optional(list(string), [])
  })
  default = {}
}
""",
)

_AGENT_MODULE = """variable "name" {
  type = string
}

variable "kms_key_arn" {
  description = "A key of the caller's; without one the module makes its own"
  type        = string
  default     = null
}

variable "agents" {
  type = map(object({
    model       = string
    instruction = optional(string, "Answer what is asked.")
  }))
}

locals {
  key_arn = try(aws_kms_key.this[0].arn, var.kms_key_arn)
}

resource "aws_kms_key" "this" {
  count                   = var.kms_key_arn == null ? 1 : 0
  description             = "Agents of $${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
}

resource "aws_iam_role" "agent" {
  name = "$${var.name}-agent"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "bedrock.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = "111122223333" } }
    }]
  })
}

resource "aws_bedrockagent_agent" "this" {
  for_each                    = var.agents
  agent_name                  = "$${var.name}-$${each.key}"
  agent_resource_role_arn     = aws_iam_role.agent.arn
  foundation_model            = each.value.model
  instruction                 = each.value.instruction
  customer_encryption_key_arn = local.key_arn
}

output "key_arn" {
  value = local.key_arn
}
"""


def plain_tree(folder: Path, files: int = FILES) -> None:
    """Write files in which nothing concerns Bedrock, twenty to a folder."""
    chance = random.Random(20261124)
    for number in range(files):
        place = folder / f"stack{number // 200:02}" / f"part{number // 20:03}" / f"file{number % 20:02}.tf"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(_plain_file(number, chance), encoding="utf-8")


def _plain_file(number: int, chance: random.Random) -> str:
    text = ""
    while len(text) < SIZE:
        block = Template(chance.choice(_PLAIN))
        name = f"n{number}_{len(text)}"
        text += block.substitute(name=name, tier=chance.choice("abc"), number=number % 250) + "\n"
    return text


def agent_tree(folder: Path, agents: int = 50, modules: int = 20) -> None:
    """Write modules with agents in them, and one root that calls each of them; every third is given a key."""
    root = folder / "agents"
    root.mkdir(parents=True, exist_ok=True)
    calls = ['resource "aws_kms_key" "shared" {\n  enable_key_rotation = true\n}\n']
    for number in range(modules):
        module = root / "modules" / f"team{number:02}"
        module.mkdir(parents=True)
        (module / "main.tf").write_text(Template(_AGENT_MODULE).substitute(), encoding="utf-8")
        names = range(number, agents, modules)
        items = "".join(f'    agent{name} = {{ model = "anthropic.claude-sonnet-4" }}\n' for name in names)
        key = "" if number % 3 else "  kms_key_arn = aws_kms_key.shared.arn\n"
        calls.append(
            f'module "team{number:02}" {{\n  source = "./modules/team{number:02}"\n  name   = "team{number:02}"\n'
            f"{key}  agents = {{\n{items}  }}\n}}\n"
        )
    (root / "main.tf").write_text("\n".join(calls), encoding="utf-8")


def main() -> None:
    """Write a tree where the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=FILES, help="files without an agent")
    parser.add_argument("--agents", type=int, default=0)
    parser.add_argument("--modules", type=int, default=20)
    args = parser.parse_args()
    plain_tree(args.folder, args.files)
    if args.agents:
        agent_tree(args.folder, args.agents, args.modules)


if __name__ == "__main__":
    main()
