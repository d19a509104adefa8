"""Templates within text, in a StackSet's body or a string of Terraform's: what they declare is found, not judged."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bedrock_cmk_guard.sources.marks import CLOUDFORMATION_TYPES

# YAML, JSON, JSON within a string, Terraform's objects, and what its Cloud Control resource calls the type.
_DECLARED = re.compile(
    r"""\b(?:Type|type_name)(?:\\*["'])?\s*[:=]\s*(?:\\*["'])?(AWS::\w+::\w+)""",
)
_COMMENT = re.compile(r"[ \t]*(?:#|//)")


def embedded_types(text: str) -> Iterator[tuple[str, int]]:
    """Return each type of the catalogue that a text seems to declare, and on which of its lines, from 1 on."""
    for found in _DECLARED.finditer(text):
        start = text.rfind("\n", 0, found.start()) + 1
        if found[1] in CLOUDFORMATION_TYPES and not _COMMENT.match(text, start):
            yield found[1], text.count("\n", 0, start) + 1
