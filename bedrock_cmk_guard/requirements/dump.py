"""Writes requirements as YAML that loads as the same requirements.

The writer is our own because PyYAML's leaves an account id that begins with 0 unquoted, and its C and Python
emitters differ in what they write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from bedrock_cmk_guard.requirements.model import Requirements

_Value: TypeAlias = "str | int | bool | list[_Value] | dict[str, _Value] | None"

_WIDTH = 100
# Text that every YAML reader takes for text, in a line of its own as well as between brackets.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*( [A-Za-z0-9_./-]+)*", re.ASCII)
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
# Controls, invisible characters and those that turn the direction of writing: a reader is to see them.
_ESCAPED = re.compile(
    '["\\\\\x00-\x1f\x7f-\xa0\xad\u061c\u180e\u200b-\u200f\u2028-\u202f\u205f-\u206f\ufeff\ufff0-\uffff'
    "\U000e0000-\U000e0fff]"
)


def dump_requirements(requirements: Requirements) -> str:
    """YAML text of the requirements, without what is the default anyway."""
    data: dict[str, _Value] = requirements.model_dump(mode="json", exclude_defaults=True)
    return "".join(f"{line}\n" for line in _mapping(data))


def _mapping(mapping: dict[str, _Value]) -> Iterator[str]:
    for name, value in mapping.items():
        if inline := _inline(value):
            yield f"{_text(name)}: {inline}"
        else:
            yield f"{_text(name)}:"
            yield from (f"  {line}" for line in _block(value))


def _block(value: _Value) -> Iterator[str]:
    if isinstance(value, dict):
        yield from _mapping(value)
    elif isinstance(value, list):
        for item in value:
            lines = iter((inline,)) if (inline := _inline(item)) else _block(item)
            yield f"- {next(lines)}"
            yield from (f"  {line}" for line in lines)


def _inline(value: _Value) -> str | None:
    """The value on one line, if it goes there."""
    if isinstance(value, dict):
        return None if value else "{}"
    if isinstance(value, list):
        texts = [_scalar(item) for item in value if not isinstance(item, list | dict)]
        line = f"[{', '.join(texts)}]"
        return line if len(texts) == len(value) and len(line) <= _WIDTH else None
    return _scalar(value)


def _scalar(value: str | int | bool | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else _text(value)


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    if char in '"\\':
        return f"\\{char}"
    code = ord(char)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
