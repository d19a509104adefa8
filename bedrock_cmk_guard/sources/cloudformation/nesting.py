"""Nested stacks: where their templates lie, and what they are given.

Source: AWS::CloudFormation::Stack and AWS::Serverless::Application in the template references; a path on disk is what
``aws cloudformation package``, ``sam build`` and the CDK take, which names an asset's file in the metadata.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from bedrock_cmk_guard.sources.cloudformation.template import Declared, Template
from bedrock_cmk_guard.sources.cloudformation.values import Value, unknown
from bedrock_cmk_guard.subjects import FaultKind
from bedrock_cmk_guard.text.nodes import MapNode, Scalar

if TYPE_CHECKING:
    from bedrock_cmk_guard.sources.cloudformation.stack import Scoped

Given = Callable[[], Value]
"""A parameter that somebody sets; it is not asked for before it is needed, as stacks give each other their outputs."""
_PATHS = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}
NESTED = tuple(_PATHS)
_ASSET = "aws:asset:path"
MAX_NESTED_STACKS = 30


def nested_template(resource: Declared, scope: Scoped) -> Template | None:
    """The template of a nested stack; None, with a fault, where it cannot be read."""
    stack = scope.stack
    found = _template(resource, scope)
    if isinstance(found, Template):
        return found
    stack.world.fault(FaultKind.MODULE, found, resource.place, stack.address(resource.id))
    return None


def _template(resource: Declared, scope: Scoped) -> Template | str:
    stack = scope.stack
    path = _path(resource, scope)
    if path is None:
        return f"which template {resource.id} nests cannot be known"
    if "://" in path:
        return f"the template that {resource.id} nests is not on disk: {path}"
    found = stack.world.load(stack.template, path)
    if isinstance(found, str):
        return f"the template that {resource.id} nests cannot be read: {found}"
    if found.path in [template.path for template in (*stack.above, stack.template)]:
        return f"{resource.id} nests a template in itself: {path}"
    if len(stack.above) >= MAX_NESTED_STACKS or not stack.world.another_stack():
        return f"more stacks are nested than can be read: {resource.id} is not"
    return found


def _path(resource: Declared, scope: Scoped) -> str | None:
    metadata = resource.node.get("Metadata")
    asset = metadata.get(_ASSET) if isinstance(metadata, MapNode) else None
    if isinstance(asset, Scalar) and asset.text:
        return asset.text
    found = scope.property(resource, _PATHS[resource.type]).data
    return found if isinstance(found, str) and found else None


def given_to(resource: Declared, scope: Scoped) -> Mapping[str, Given]:
    """What a nested stack's parameters are set to."""
    node = resource.properties.get("Parameters")
    if not isinstance(node, MapNode):
        return {} if node is None else _Anything(resource, scope)
    found = scope.evaluate(node) if any(name.startswith("Fn::") for name in node.entries) else None
    if found is not None:
        return _Anything(resource, scope)

    def lazily(name: str) -> Given:
        return lambda: scope.evaluate(node.entries[name].value)

    return {name: lazily(name) for name in node.entries}


class _Anything(dict[str, Given]):
    """For parameters that are put together by a function: any of them may be set, to what that gives."""

    def __init__(self, resource: Declared, scope: Scoped) -> None:
        super().__init__()
        self._resource = resource
        self._scope = scope

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> Given:
        value = self._scope.property(self._resource, "Parameters", name)
        if value.unknown is None:
            return lambda: value
        reason = f"the parameters of {self._resource.id} cannot be known: {value.unknown.reason}"
        return lambda: unknown(reason, value.place).after(*value.trail)
