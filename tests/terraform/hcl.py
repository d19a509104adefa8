"""Rendered Terraform read back by python-hcl2, a parser that is not Terraform's and not ours.

python-hcl2 8 leaves every literal as it stands in the file, quotes and escapes included, and a call such as
`jsonencode({...})` as one string of source. This module turns the literals into Python values and parses the
argument of `jsonencode` once more.

What python-hcl2 cannot do, all tried: it takes `$${` (and `%%{`) for the start of a unit that ends at the
next brace, so an escaped template mark without a closing brace in the same string is an error or swallows the
strings after it. The mark is therefore rewritten to its unicode escape before parsing, which means the same.
What it does not do and Terraform does: Terraform normalises every string to Unicode's NFC form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import hcl2

Value: TypeAlias = "dict[str, Value] | list[Value] | str | int | float | bool | Document | Expression | None"
Attributes: TypeAlias = "dict[str, Value]"

_OPTIONS = hcl2.SerializationOptions(with_comments=False, preserve_heredocs=False, explicit_blocks=True)
_TEMPLATE_MARK = re.compile(r"\$\$\{|%%\{")
_ESCAPE = re.compile(r"""\\(?:([nrt"\\])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.?))""", re.S)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_LIVE_TEMPLATE = re.compile(r"[$%]\{")
_JSONENCODE = re.compile(r"\$\{jsonencode\((.*)\)\}", re.S)
_BLOCK_MARK = "__is_block__"


class HclError(AssertionError):
    """A literal that this module cannot read faithfully."""


@dataclass(frozen=True)
class Document:
    """The argument of a `jsonencode(...)`."""

    value: Value


@dataclass(frozen=True)
class Expression:
    """Anything that is not a literal, as source: a reference, a call, a template."""

    source: str


def read(path: Path) -> dict[str, Attributes]:
    """The attributes of every block by address: `aws_kms_key.this`, `output.key_arn`, `removed[0]`."""
    return dict(_blocks(_parse(path.read_text(encoding="utf-8"))))


def policy_documents(path: Path) -> dict[str, Any]:
    """Every `jsonencode({...})` of a file: `{"aws_kms_key.this.policy": {...}}`."""
    return {
        f"{address}.{name}": value.value
        for address, attributes in read(path).items()
        for name, value in attributes.items()
        if isinstance(value, Document)
    }


def _parse(text: str) -> dict[str, Any]:
    escaped = _TEMPLATE_MARK.sub(lambda mark: f"{mark[0][0]}\\u007b", text)
    parsed: dict[str, Any] = hcl2.loads(escaped, serialization_options=_OPTIONS)
    return parsed


def _blocks(parsed: Mapping[str, Any]) -> Iterator[tuple[str, Attributes]]:
    for kind, entries in parsed.items():
        if not _is_block_list(entries):
            yield kind, {kind: _value(entries)}
            continue
        for index, entry in enumerate(entries):
            labels, body = _unlabelled(entry)
            address = ".".join(labels if kind == "resource" else [kind, *labels])
            yield (address if labels else f"{kind}[{index}]"), _attributes(body)


def _is_block_list(entries: object) -> bool:
    return isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)


def _unlabelled(entry: Mapping[str, Any]) -> tuple[list[str], Mapping[str, Any]]:
    """The labels of a block and its body: python-hcl2 nests one dict per label."""
    labels: list[str] = []
    body = entry
    while _BLOCK_MARK not in body:
        ((label, body),) = body.items()
        labels.append(_string(label))
    return labels, body


def _attributes(body: Mapping[str, Any]) -> Attributes:
    found: Attributes = {}
    for name, value in body.items():
        if name == _BLOCK_MARK:
            continue
        nested = isinstance(value, list) and any(
            isinstance(item, dict) and _BLOCK_MARK in item for item in value
        )
        found[name] = [dict(_attributes(item)) for item in value] if nested else _value(value)
    return found


def _value(raw: object) -> Value:
    if isinstance(raw, dict):
        return {_key(key): _value(value) for key, value in raw.items()}
    if isinstance(raw, list):
        return [_value(item) for item in raw]
    if isinstance(raw, str):
        return _text(raw)
    if raw is None or isinstance(raw, (bool, int, float)):
        return raw
    raise HclError(f"python-hcl2 gave a {type(raw).__name__}: {raw!r}")


def _text(raw: str) -> Value:
    if raw.startswith('"'):
        return Expression(raw) if _LIVE_TEMPLATE.search(raw) else _string(raw)
    call = _JSONENCODE.fullmatch(raw)
    if call:
        return Document(_value(_parse(f"argument = {call[1]}\n")["argument"]))
    return Expression(raw)


def _key(raw: str) -> str:
    if not raw.startswith('"') and not raw.isidentifier():
        raise HclError(f"a key that is an expression: {raw}")
    return _string(raw)


def _string(raw: str) -> str:
    """A quoted literal as Terraform understands it; a bare label or key is itself."""
    if not raw.startswith('"'):
        return raw
    if _LIVE_TEMPLATE.search(raw):
        raise HclError(f"a template where a literal is wanted: {raw}")
    return _ESCAPE.sub(_unescaped, raw[1:-1])


def _unescaped(escape: re.Match[str]) -> str:
    simple, short, long, wrong = escape.groups()
    if wrong is not None:
        raise HclError(f"HCL has no escape {escape[0]!r}")
    return _SIMPLE[simple] if simple else chr(int(short or long, 16))
