"""The type of a bare word in a template: YAML 1.1's, as CloudFormation reads it, and JSON's."""

from __future__ import annotations

import yaml
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from bedrock_cmk_guard.text.nodes import Scalar

_STANDARD = "tag:yaml.org,2002:"


def typed(node: Scalar) -> str | int | float | bool | None:
    """The value of a scalar. Timestamps and binary stay text, which is what CloudFormation takes them for."""
    if node.text is None:
        return None
    tag = node.tag or ""
    if tag.startswith(_STANDARD):
        return _constructed(tag, node.text)
    if node.quoted or tag:
        return node.text
    resolved: str = _RESOLVER.resolve(yaml.ScalarNode, node.text, (True, False))  # type: ignore[no-untyped-call]
    return _constructed(resolved, node.text)


_RESOLVER = Resolver()
_CONSTRUCTOR = SafeConstructor()


def _constructed(tag: str, text: str) -> str | int | float | bool | None:
    node = yaml.ScalarNode(tag, text)
    try:
        match tag.removeprefix(_STANDARD):
            case "bool":
                return bool(_CONSTRUCTOR.construct_yaml_bool(node))
            case "int":
                return int(_CONSTRUCTOR.construct_yaml_int(node))
            case "float":
                return float(_CONSTRUCTOR.construct_yaml_float(node))
            case "null":
                return None
    except (ValueError, KeyError, IndexError, OverflowError):
        # It only looks like one: "0x_", or more digits than a number can have.
        return text
    return text
