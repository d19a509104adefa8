"""Expressions made at random: what real Terraform computes is what we compute, or we say that it is not known."""

from __future__ import annotations

import json
import os
import random
from decimal import Decimal
from pathlib import Path

import pytest

from bedrock_cmk_guard.sources.terraform.language.evaluation import evaluate
from bedrock_cmk_guard.sources.terraform.language.hcl import parse
from bedrock_cmk_guard.sources.terraform.language.scope import EmptyScope
from tests.terraform.fixtures import TerraformFactory

COUNT = 400
_SEEDS = int(os.environ.get("GENERATED_EXPRESSIONS", "2"))
_ERROR = "an error"
_TEXTS = (
    '""',
    '"a"',
    '"b c"',
    '" x\\t"',
    '"é"',
    '"$${x}"',
    '"a,b,,c"',
    '"1"',
    '"true"',
    '"\\"q\\" \\\\ <&>"',
)
_OTHERS = ("null", "true", "false", "0", "1", "-2", "3.5", "100000")


class Generator:
    """Writes expressions; most of them are without an error."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def any(self, depth: int) -> str:
        kinds = (self.text, self.text, self.truth, self.number, self.list, self.object)
        return self._chance.choice(kinds)(depth)

    def text(self, depth: int) -> str:
        if depth <= 0:
            return self._chance.choice(_TEXTS)
        text, other, third = (self.text(depth - 1) for _ in range(3))
        return self._chance.choice(
            (
                f'"{{${{{text}}}-${{{other}}} %{{ if {self.truth(depth - 1)} }} yes %{{~ else }}no %{{ endif ~}} end"',
                f'"${{ {text} }}"',
                f"({self.truth(depth - 1)} ? {text} : {self.truth(depth - 1)} ? {other} : {third})",
                f"({self.truth(depth - 1)} ? {text} : {self._chance.choice(_OTHERS)})",
                f"upper({text})",
                f"lower({text})",
                f"trimspace({text})",
                f"chomp({text})",
                f"trim({text}, {other})",
                f"trimprefix({text}, {other})",
                f"trimsuffix({text}, {other})",
                f"replace({text}, {other}, {third})",
                f"substr({text}, {self.number(0)}, {self.number(0)})",
                f'format("%s-%d-%v%%", {text}, {self.number(depth - 1)}, {other})',
                f"join({text}, {self.texts(depth - 1)})",
                f"coalesce({text}, {other})",
                f"try({self.any(depth - 1)}.name, {other})",
                f"jsonencode({self.any(depth - 1)})",
                f"element({self.texts(depth - 1)}, {self._chance.randrange(4)})",
                f"one(slice({self.texts(depth - 1)}, 0, 1))",
                f"tostring({self.any(0)})",
                f"lookup({self.object(depth - 1)}, {text}, {other})",
                f"basename({text})",
                f"dirname({text})",
            )
        )

    def truth(self, depth: int) -> str:
        if depth <= 0:
            return self._chance.choice(("true", "false", '"true"'))
        one, other = self.any(depth - 1), self.any(depth - 1)
        operator = self._chance.choice(("==", "!="))
        comparison = self._chance.choice(("<", "<=", ">", ">="))
        return self._chance.choice(
            (
                f"({one} {operator} {other})",
                f"({self.number(depth - 1)} {comparison} {self.number(depth - 1)})",
                f"({self.truth(depth - 1)} && {self.truth(depth - 1)} || !{self.truth(depth - 1)})",
                f"contains({self.texts(depth - 1)}, {self.text(depth - 1)})",
                f"can({one}.name)",
                f"startswith({self.text(depth - 1)}, {self.text(0)})",
                f"endswith({self.text(depth - 1)}, {self.text(0)})",
                f"strcontains({self.text(depth - 1)}, {self.text(0)})",
                f"alltrue([{self.truth(0)}, {self.truth(0)}])",
                f"anytrue([{self.truth(0)}, {self.truth(0)}])",
                f"tobool({self.any(0)})",
            )
        )

    def number(self, depth: int) -> str:
        if depth <= 0:
            return self._chance.choice(("0", "1", "2", "-1", '"3"', "2.5"))
        one, other = self.number(depth - 1), self.number(depth - 1)
        operator = self._chance.choice(("+", "-", "*", "/", "%"))
        return self._chance.choice(
            (
                f"({one} {operator} {other})",
                f"length({self.any(depth - 1)})",
                f"max({one}, {other})",
                f"min({one}, {other})",
                f"-{one}",
                f"tonumber({self.text(0)})",
            )
        )

    def texts(self, depth: int) -> str:
        if depth <= 0:
            return f"[{self.text(0)}, {self.text(0)}]"
        return self._chance.choice(
            (
                f"[{self.text(depth - 1)}, {self.text(depth - 1)}]",
                f"split({self.text(0)}, {self.text(depth - 1)})",
                f"compact({self.texts(depth - 1)})",
                f"distinct({self.texts(depth - 1)})",
                f"sort({self.texts(depth - 1)})",
                f"reverse({self.texts(depth - 1)})",
                f"concat({self.texts(depth - 1)}, {self.texts(0)})",
                f"keys({self.object(depth - 1)})",
                f"tolist({self.texts(depth - 1)})",
                f"tolist(toset({self.texts(depth - 1)}))",
                f"[for i, each in {self.texts(depth - 1)} : each if each != {self.text(0)}]",
                f"[{{ name = {self.text(0)} }}, {{ name = {self.text(0)} }}][*].name",
            )
        )

    def list(self, depth: int) -> str:
        return self._chance.choice(
            (
                self.texts(depth),
                f"[{self.any(depth - 1)}, {self.any(depth - 1)}]" if depth > 0 else "[]",
                f"flatten([{self.texts(depth - 1)}, [{self.texts(0)}], {self.text(0)}])",
                f"values({self.object(depth - 1)})" if depth > 0 else "[1, 2]",
                f"range({self.number(0)})",
                f"setunion({self.texts(0)}, {self.texts(0)})",
                f"setsubtract({self.texts(0)}, {self.texts(0)})",
            )
        )

    def object(self, depth: int) -> str:
        if depth <= 0:
            return self._chance.choice(('{ name = "n" }', '{ a = "x", "b c" = null }', "{}"))
        return self._chance.choice(
            (
                f'{{ name = {self.any(depth - 1)}, ("k") : {self.any(depth - 1)} }}',
                f"merge({self.object(depth - 1)}, {self.object(depth - 1)})",
                f"tomap({{ a = {self.text(depth - 1)}, name = {self.text(0)} }})",
                f"zipmap({self.texts(0)}, {self.texts(0)})",
                f"{{ for k, v in {self.object(depth - 1)} : upper(k) => v }}",
                f"{{ for v in {self.texts(depth - 1)} : v => v... }}",
                f"({self.truth(depth - 1)} ? {self.object(0)} : {self.object(0)})",
            )
        )


@pytest.mark.parametrize("aws_version", ["6.69.1"], indirect=True)
@pytest.mark.parametrize("seed", range(_SEEDS))
def test_terraform_computes_what_we_compute(terraform: TerraformFactory, tmp_path: Path, seed: int) -> None:
    generator = Generator(seed)
    expressions = {f"e{number}": generator.any(3) for number in range(COUNT)}
    code = "\n".join(
        f'output "{name}" {{\n  value = try(jsonencode({expression}), "{_ERROR}")\n}}'
        for name, expression in expressions.items()
    )
    (tmp_path / "main.tf").write_text(code, encoding="utf-8")
    root = terraform(tmp_path).init()
    refused = {diagnostic.line for diagnostic in root.validate()}
    blocks = parse(code.encode(), "main.tf").body.blocks
    # What Terraform refuses to read at all is left out, and so is what stands on its lines.
    kept = [block for block in blocks if not refused & set(range(block.place.line, block.place.end_line + 1))]
    lines = code.split("\n")
    readable = "\n".join("\n".join(lines[block.place.line - 1 : block.place.end_line]) for block in kept)
    (tmp_path / "main.tf").write_text(readable, encoding="utf-8")
    root.apply()
    theirs = root.outputs()
    different: dict[str, object] = {}
    known = 0
    for block in kept:
        name = block.labels[0]
        ours = evaluate(block.body.attributes["value"].expression, EmptyScope())
        if isinstance(ours, str):
            known += 1
            if _parsed(ours) != _parsed(theirs[name]):
                different[expressions[name]] = {"ours": ours, "theirs": theirs[name]}
    assert different == {}, json.dumps(different, indent=1)
    assert known > COUNT / 4, (known, len(kept))


def _parsed(text: str) -> object:
    return text if text == _ERROR else json.loads(text, parse_float=Decimal)
