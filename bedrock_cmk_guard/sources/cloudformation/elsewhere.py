"""What a resource brings in from elsewhere and nobody reads here: modules, macros, and templates within a template."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bedrock_cmk_guard.sources.cloudformation.template import INCLUDE, Declared, Template, strays
from bedrock_cmk_guard.sources.embedded import embedded_types
from bedrock_cmk_guard.sources.marks import CLOUDFORMATION_TYPES
from bedrock_cmk_guard.subjects import FaultKind
from bedrock_cmk_guard.text.nodes import ListNode, MapNode, Node
from bedrock_cmk_guard.text.place import Place

if TYPE_CHECKING:
    from bedrock_cmk_guard.sources.cloudformation.stack import Scoped, Stack

_MODULE = "::MODULE"
_STACK_SET = "AWS::CloudFormation::StackSet"
# AWS's own leave alone what a template says of its resources, save for AWS::Include.
_OF_AWS = "AWS::"


def own_macros(template: Template) -> tuple[str, ...]:
    """The macros of the organisation's own that run over the whole template: they may change anything in it."""
    return tuple(name for name in template.transforms if not name.startswith(_OF_AWS))


def tell_macros(stack: Stack) -> None:
    """Make a fault of every macro that may bring in resources or change them."""
    template = stack.template

    def fault(message: str) -> None:
        stack.world.fault(FaultKind.MODULE, message, template.root.place)

    for name in own_macros(template):
        fault(
            f"the macro {name} may change what is written here and add to it, and what it makes was not read"
        )
    unread = "Fn::Transform" in template.section("Resources") or "Fn::Transform" in template.root.entries
    if unread or INCLUDE in template.transforms:
        fault("a macro or include brings in resources that were not read")


def tell_elsewhere(resource: Declared, scope: Scoped) -> None:
    """Make a fault of what a resource brings in, where it is not read."""
    stack = scope.stack
    address = stack.address(resource.id)
    if resource.type.endswith(_MODULE):
        message = f"{resource.id} is of the module {resource.type}, whose resources were not read"
        stack.world.fault(FaultKind.MODULE, message, resource.place, address)
    if resource.type == _STACK_SET and (url := _unread_template(resource, scope)):
        message = f"the template that {resource.id} deploys is not on disk: {url}"
        stack.world.fault(FaultKind.MODULE, message, resource.place, address)
    for kind, place in _within(resource.properties):
        message = f"{kind} is declared in a template within {resource.id}, and was not judged; give it a file"
        stack.world.fault(FaultKind.UNJUDGED, message, place, address)


def _unread_template(resource: Declared, scope: Scoped) -> str:
    """What a StackSet names as its template, unless it is a file, which is judged by itself."""
    node = resource.properties.get("TemplateURL")
    if node is None:
        return ""
    found = scope.evaluate(node).data
    if not isinstance(found, str):
        return "its TemplateURL cannot be known"
    path = scope.stack.template.path.parent / found
    return "" if "://" not in found and path.is_file() else found


def _within(node: Node) -> Iterator[tuple[str, Place]]:
    """What is declared below a resource, as a tree or in a text."""
    yield from strays(node, CLOUDFORMATION_TYPES)
    pending = [node]
    while pending:
        here = pending.pop()
        if isinstance(here, ListNode):
            pending.extend(here.items)
        elif isinstance(here, MapNode):
            pending.extend(entry.value for entry in here.entries.values())
        elif here.text and "AWS::" in here.text:
            yield from ((kind, here.place) for kind, _ in embedded_types(here.text))
