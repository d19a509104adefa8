"""Modules made at random, in which a key goes to an agent by way of all that Terraform has for it.

Every case is a child module of one root, so that one plan answers for all of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

_LITERALS = (
    '"arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000001"',
    '"alias/some"',
    '""',
    "null",
    '"  blanks  and \\"quotes\\" $${not} %%{this}"',
)
_FLAGS = ("var.flag", "var.off", "local.flag", "var.text != null", 'var.text == ""', "var.missing == null")
_KEYS = ("aws_kms_key.plain.arn", "try(aws_kms_key.counted[0].arn, null)", "one(aws_kms_key.counted[*].arn)")
_NAMES = ("var.text", "var.missing", "var.setting.key", "local.text", "local.chosen", "module.inner.key")

_TYPES = {
    "flag": "bool",
    "off": "bool",
    "text": "string",
    "filled": "string",
    "setting": "object({ key = optional(string) })",
}

_VARIABLES = """
variable "flag" {
  type = bool
}

variable "off" {
  type    = bool
  default = false
}

variable "text" {
  type    = string
  default = %s
}

variable "missing" {
  default = null
}

variable "filled" {
  type     = string
  default  = "alias/filled"
  nullable = false
}

variable "setting" {
  type = object({
    key   = optional(string)
    inner = optional(object({ key = optional(string, "alias/by-default") }), {})
  })
  default = {}
}
"""

_INNER = """
variable "key" {
  type    = string
  default = null
}

variable "create" {
  type    = bool
  default = true
}

resource "aws_kms_key" "this" {
  count = var.create ? 1 : 0
}

output "key" {
  value = try(coalesce(var.key, aws_kms_key.this[0].arn), null)
}
"""


class Generator:
    """Writes one root for each seed."""

    def __init__(self, seed: int, *, open_inputs: bool = False) -> None:
        self._chance = random.Random(seed)
        self._open = open_inputs
        self._given: dict[str, tuple[str, str]] = {}

    def write(self, folder: Path, cases: int) -> None:
        (folder / "inner").mkdir(parents=True)
        (folder / "inner" / "main.tf").write_text(_INNER, encoding="utf-8")
        calls = [self._case(folder, f"case{number}") for number in range(cases)]
        provider = 'provider "aws" {\n  region = "us-east-1"\n}\n'
        variables = [f'variable "{name}" {{\n  type = {kind}\n}}' for name, (kind, _) in self._given.items()]
        (folder / "main.tf").write_text("\n".join([provider, *variables, *calls]), encoding="utf-8")

    def give(self, folder: Path) -> None:
        """Set the root's variables, which nothing set before."""
        lines = [f"{name} = {value}" for name, (_, value) in self._given.items()]
        (folder / "terraform.tfvars").write_text("\n".join([*lines, ""]), encoding="utf-8")

    def _case(self, folder: Path, name: str) -> str:
        (folder / name).mkdir()
        text = self._pick(_LITERALS)
        (folder / name / "variables.tf").write_text(_VARIABLES % text, encoding="utf-8")
        (folder / name / "main.tf").write_text(self._module(), encoding="utf-8")
        inputs = [self._input(name, "flag", self._pick(("true", "false")))]
        if self._maybe():
            inputs.append(self._input(name, "text", self._pick(_LITERALS)))
        if self._maybe():
            inputs.append(self._input(name, "off", self._pick(("true", "false"))))
        if self._maybe():
            inputs.append(self._input(name, "filled", self._pick(_LITERALS)))
        if self._maybe():
            inputs.append(self._input(name, "setting", f"{{ key = {self._pick(_LITERALS)} }}"))
        return "\n".join([f'module "{name}" {{', f'  source = "./{name}"', *inputs, "}"])

    def _input(self, case: str, name: str, value: str) -> str:
        """An input of a case: a value, or a variable of the root's that is given it later."""
        if not self._open or self._maybe():
            return f"  {name} = {value}"
        self._given[f"{case}_{name}"] = (_TYPES[name], value)
        return f"  {name} = var.{case}_{name}"

    def _module(self) -> str:
        return f"""
locals {{
  flag   = {self._condition()}
  text   = try({self._pick(("var.text", "var.filled", "var.setting.inner.key"))}, null)
  chosen = {self._safe(self._leaf())}
}}

resource "aws_kms_key" "plain" {{}}

resource "aws_kms_key" "counted" {{
  count = {self._pick(_FLAGS[:2])} ? 1 : 0
}}

module "inner" {{
  source = "../inner"
  key    = {self._pick(("null", "var.text", "aws_kms_key.plain.arn"))}
  create = {self._pick(("true", "false", "var.flag"))}
}}

{self._agent("plain", "")}
{self._agent("counted", f"count = {self._pick(('0', '1', '2', 'var.flag ? 1 : 0'))}")}
{self._agent("each", self._for_each(), each=True)}
"""

    def _for_each(self) -> str:
        value = self._pick(("var.text", "null", '"alias/each"', "aws_kms_key.plain.arn"))
        pairs = f'{{ a = {{ key = {value} }}, "b c" = {{ key = "alias/b" }} }}'
        condition = self._pick(('v.key != "alias/b"', 'k != "a"', "true"))
        if value == "aws_kms_key.plain.arn":
            condition = "true"
        return f"for_each = {{ for k, v in {pairs} :\n    # a comment\n    k => v if {condition} }}"

    def _agent(self, name: str, repeat: str, *, each: bool = False) -> str:
        expression = self._expression(3)
        if each:
            expression = self._pick(
                ("each.value.key", f"{self._condition()} ? each.value.key : null", expression)
            )
        return f"""
resource "aws_bedrockagent_agent" "{name}" {{
  {repeat}
  agent_name                  = "agent"
  agent_resource_role_arn     = "arn:aws:iam::111122223333:role/agent"
  foundation_model            = "amazon.nova-pro-v1:0"
  customer_encryption_key_arn = {expression}
}}
"""

    def _expression(self, depth: int) -> str:
        if depth == 0:
            return self._leaf()
        make: Callable[[int], str] = self._chance.choice(
            (
                self._conditional,
                self._chained,
                self._tried,
                self._coalesced,
                self._looked_up,
                self._text,
                self._listed,
            )
        )
        return make(depth - 1)

    def _leaf(self) -> str:
        return self._pick((*_LITERALS, *_KEYS, *_NAMES[:3], "var.filled"))

    def _any(self, depth: int) -> str:
        return self._expression(depth) if self._maybe() else self._pick((*_LITERALS, *_KEYS, *_NAMES))

    def _condition(self) -> str:
        flags = ("var.flag", "var.off", "var.text != null", 'var.text == ""', "var.missing == null")
        first, second = (f"(coalesce({flag}, false))" for flag in (self._pick(flags), self._pick(flags)))
        return self._pick((first, f"!{first}", f"{first} && {second}", f"({first} || {second})"))

    def _conditional(self, depth: int) -> str:
        return f"{self._condition()} ? {self._safe(self._any(depth))} : {self._safe(self._any(depth))}"

    def _chained(self, depth: int) -> str:
        one, two, three = (self._safe(self._any(depth)) for _ in range(3))
        return f"{self._condition()} ? {one} : {self._condition()} ? {two} : {three}"

    def _tried(self, depth: int) -> str:
        return f"try({self._any(depth)}, {self._pick(_LITERALS)})"

    def _coalesced(self, depth: int) -> str:
        return f"try(coalesce({self._any(depth)}, {self._any(depth)}), {self._pick(_LITERALS)})"

    def _looked_up(self, depth: int) -> str:
        shape = self._pick(
            (
                'lookup({{ a = {0} }}, "a", {1})',
                'lookup({{ b = {0} }}, "a", {1})',
                "merge({{ a = {0} }}, {{ a = {1} }}).a",
                'merge({{ a = {0} }}, {{ b = {1} }})["a"]',
            )
        )
        return shape.format(self._any(depth), self._any(depth))

    def _text(self, depth: int) -> str:
        inner = self._any(depth)
        shapes = (
            f'try("${{{inner}}}", null)',
            f'try("  ${{ {inner} }} ", null)',
            f'try(format("%s", tostring({inner})), "alias/none")',
            f'try(trimspace({inner}), "alias/none")',
            f'try(join("", compact([{inner}])), "alias/none")',
        )
        return self._pick(shapes)

    def _listed(self, depth: int) -> str:
        inner, other = self._any(depth), self._any(depth)
        return self._pick(
            (
                f"element([{inner}, {other}], 1)",
                f"[{inner}, {other}][0]",
                f"try([for each in [{inner}, {other}] : each if each != null][0], null)",
                f"one([{inner}])",
            )
        )

    def _safe(self, expression: str) -> str:
        """In parentheses: what stands inside a conditional must not be taken for its rest."""
        return f"({expression})"

    def _pick(self, options: tuple[str, ...]) -> str:
        return self._chance.choice(options)

    def _maybe(self) -> bool:
        return self._chance.random() < 0.5
