"""What stands for an input that whoever calls a published module gives: no more than its type demands of them.

An attribute that is ``optional()`` is left out, so that a key which may be left out is seen to be missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedrock_cmk_guard.sources.terraform.language.conversion import declared_type
from bedrock_cmk_guard.sources.terraform.language.types import CollectionType, ObjectType, Type

if TYPE_CHECKING:
    from bedrock_cmk_guard.sources.terraform.language.syntax import Block
    from bedrock_cmk_guard.sources.terraform.language.values import Value
    from bedrock_cmk_guard.subjects import Unknown

ITEM = "each"
"""The key of the one item that a map of objects is taken to have."""


def least_given(variable: Block, unknown: Unknown) -> Value:
    """Return the least that a variable's type admits, every value in it unknown for the same reason."""
    attribute = variable.body.attributes.get("type")
    kind = declared_type(attribute.expression) if attribute else unknown
    return _of_type(kind, unknown) if isinstance(kind, (ObjectType, CollectionType)) else unknown


def _of_type(kind: Type, unknown: Unknown) -> Value:
    if isinstance(kind, ObjectType):
        required = (name for name in kind.attributes if name not in kind.optional)
        return {name: _of_type(kind.attributes[name], unknown) for name in required}
    if isinstance(kind, CollectionType) and isinstance(kind.element, ObjectType):
        item = _of_type(kind.element, unknown)
        return {ITEM: item} if kind.kind == "map" else (item,)
    return unknown
