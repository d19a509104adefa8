"""``yamldecode``: what real Terraform makes of a text is what we make of it, or we say that it is not known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bedrock_cmk_guard.sources.terraform.language.functions import yamldecode
from bedrock_cmk_guard.sources.terraform.language.values import is_known
from tests.terraform.fixtures import TerraformFactory

ARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
KNOWN = {
    "agents": f"agents:\n  a:\n    key: {ARN}\n  b: {{key: null}}\n  c:\n    key:\n",
    "lists": "- one\n- 2\n- true\n- false\n- ~\n- ''\n- '1'\n- \"a\\tb\"\n- -7\n- 0\n",
    "account": "account: 111122223333\nname: x y z # comment\nurl: https://example.com/a#b\n",
    "text": "text: |\n  a\n   b\n\nfolded: >-\n  c\n  d\n",
    "anchors": "a: &x {k: v}\nb: *x\n",
    "json": '{"a": [1, {"b": null}], "c": "true"}',
    "quoted": "a: 'yes'\nb: \"null\"\nc: 'it''s'\n",
    "blank": "a: \nb: []\nc: {}\n",
    "path": "/a/b: /c\n_d: under\n",
}
# What of these is computed agrees too; most of it is not.
DOUBTFUL = {
    "words": "- yes\n- No\n- on\n- OFF\n- y\n- N\n- True\n- NULL\n- Null\n",
    "infinite": "- .inf\n- .nan\n",
    "numbers": "- 1.5\n- 1e3\n- 0x1f\n- 017\n- 0o17\n- 1_000\n- +1\n- 00\n- 12345678901234567890\n",
    "times": "- 2026-01-31\n- 2026-01-31T10:00:00Z\n- 10:30:00\n- 1.2.3\n",
    "keys": "1: a\n",
    "truths": "true: a\n",
    "merge": "a: &x {k: v}\nb: {<<: *x, l: w}\n",
    "tags": "a: !!str 1\n",
    "two": "a: 1\n---\nb: 2\n",
    "twice": "a: 1\na: 2\n",
    "broken": "a: [1\n",
    "empty": "",
    "word": "x\n",
}


@pytest.mark.parametrize("aws_version", ["6.69.1"], indirect=True)
def test_terraform_makes_of_yaml_what_we_make(terraform: TerraformFactory, tmp_path: Path) -> None:
    texts = KNOWN | DOUBTFUL
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    code = "\n".join(
        f'output "{name}" {{\n'
        f'  value = try(jsonencode(yamldecode(file("${{path.module}}/{name}.yaml"))), "an error")\n}}'
        for name in texts
    )
    (tmp_path / "main.tf").write_text(code, encoding="utf-8")
    root = terraform(tmp_path).init()
    root.apply()
    theirs = {name: json.loads(text) for name, text in root.outputs().items() if text != "an error"}
    ours = {name: yamldecode(text) for name, text in texts.items()}
    assert {name for name in KNOWN if is_known(ours[name])} == set(KNOWN)
    assert {name: _plain(ours[name]) for name in KNOWN} == {name: theirs[name] for name in KNOWN}
    for name in DOUBTFUL:
        our = ours[name]
        if name not in theirs:
            assert not is_known(our)
        elif isinstance(our, tuple):
            pairs = zip(our, theirs[name], strict=True)
            assert all(mine == its for mine, its in pairs if is_known(mine)), (our, theirs[name])
        elif is_known(our):
            assert _plain(our) == theirs[name]


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value
