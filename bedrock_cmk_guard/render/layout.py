"""JSON laid out for people, once, for every format that holds JSON.

A JSON value is an HCL expression and YAML as it stands, but for the blanks around a colon and a few
characters. So a document is laid out once, and each format changes what differs by plain text replacement.
That is safe because inside a JSON string there is neither a line feed nor a NUL: both are escaped there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from json.encoder import encode_basestring as quoted

from bedrock_cmk_guard.iam import Json

_COLON = "\0"
_plain = json.JSONEncoder(allow_nan=False).encode
# What a YAML reader takes for a line break, drops or refuses, although it may stand in a JSON string.
_YAML_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")

# A null stands after a key's colon or on a line of its own, where no string can begin with its letters.
_NULL = re.compile(rf"(?:^ *|{_COLON})null", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Layout:
    """A JSON value laid out, with a mark where colons belong."""

    text: str

    def hcl(self, indent: int) -> str:
        """The value as an HCL expression, as ``terraform fmt`` writes it; template marks lose their meaning."""
        text = self.text.replace(_COLON, " : ").replace("${", "$${").replace("%{", "%%{")
        return text.replace("\n", "\n" + " " * indent)

    def yaml(self, indent: int) -> str:
        """The value as YAML in flow style."""
        text = self.text.replace(_COLON, ": ")
        if not text.isascii() or "\x7f" in text:
            text = _YAML_ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
        return text.replace("\n", "\n" + " " * indent)

    def json(self) -> str:
        """The value as JSON again."""
        return self.text.replace(_COLON, ": ")

    def keys(self, pattern: str) -> Iterator[str]:
        """The keys anywhere in the value that match a regular expression, as JSON writes them."""
        return (found[1] for found in re.finditer(f'"({pattern})"{_COLON}', self.text))

    def has_null(self) -> bool:
        """Whether there is a null anywhere in the value."""
        return "null" in self.text and _NULL.search(self.text) is not None


def laid_out(value: Json | Mapping[str, Json], step: str = "  ") -> Layout:
    """Lay a JSON value out, keys in the order given, each level a step further in."""
    if isinstance(value, str):
        return Layout(quoted(value))
    return Layout(_lay_out(dict(value) if isinstance(value, Mapping) else value, "\n", step))


def _lay_out(value: Json, line: str, step: str) -> str:
    """Lay out a value; ``line`` starts a line of its depth. Plain types, because this takes most time."""
    if isinstance(value, str):
        return quoted(value)
    deeper = line + step
    if isinstance(value, dict) and value:
        members = [
            f"{quoted(key)}{_COLON}{quoted(item) if isinstance(item, str) else _lay_out(item, deeper, step)}"
            for key, item in value.items()
        ]
        return f"{{{deeper}{f',{deeper}'.join(members)}{line}}}"
    if isinstance(value, list) and value:
        items = [quoted(item) if isinstance(item, str) else _lay_out(item, deeper, step) for item in value]
        return f"[{deeper}{f',{deeper}'.join(items)}{line}]"
    return _plain(value)
