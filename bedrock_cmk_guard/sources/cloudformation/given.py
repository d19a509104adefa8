"""Values for parameters from files, in the forms that AWS's tools take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from bedrock_cmk_guard.sources.cloudformation.loading import parse
from bedrock_cmk_guard.sources.cloudformation.nesting import Given
from bedrock_cmk_guard.sources.cloudformation.values import Value, unknown
from bedrock_cmk_guard.sources.files import SourceFile
from bedrock_cmk_guard.subjects import Fault, FaultKind
from bedrock_cmk_guard.text.nodes import ListNode, MapNode, Node, Scalar

_NO_PARAMETERS = (
    "this is no file of parameters: those are a list of ParameterKey and ParameterValue, "
    "or a mapping of names to values"
)


def given_by(files: tuple[Path, ...]) -> tuple[Mapping[str, Given], list[Fault]]:
    """Read the files in order: a later one wins. Whatever is wrong with one is a fault.

    ``aws cloudformation`` takes a list of ``ParameterKey`` and ``ParameterValue``, pipelines a mapping below
    ``Parameters``, and ``deploy --parameter-overrides`` either of these or a mapping alone.
    """
    given: dict[str, Given] = {}
    faults: list[Fault] = []
    for path in files:
        file = SourceFile(path.absolute(), path.as_posix())
        parsed = parse(file)
        faults += parsed.faults
        for root in parsed.roots[:1]:
            pairs = list(_pairs(root))
            if not pairs and not (isinstance(root, MapNode | ListNode) and _is_empty(root)):
                faults.append(Fault(FaultKind.SYNTAX, _NO_PARAMETERS, root.place))
            given.update((name, _given(value)) for name, value in pairs)
    return given, faults


def _is_empty(root: MapNode | ListNode) -> bool:
    return not (root.entries if isinstance(root, MapNode) else root.items)


def _pairs(root: Node) -> Iterator[tuple[str, Node]]:
    if isinstance(root, ListNode):
        for item in root.items:
            name = item.get("ParameterKey") if isinstance(item, MapNode) else None
            if isinstance(item, MapNode) and isinstance(name, Scalar) and name.text:
                yield name.text, item.get("ParameterValue") or item
    elif isinstance(root, MapNode):
        below = root.get("Parameters")
        source = below if isinstance(below, MapNode) else root
        yield from ((name, entry.value) for name, entry in source.entries.items())


def _given(node: Node) -> Given:
    if isinstance(node, Scalar) and node.text is not None:
        return lambda: Value(node.text, node.place)
    if isinstance(node, ListNode) and all(isinstance(item, Scalar) and item.text for item in node.items):
        words = ",".join(item.text or "" for item in node.items if isinstance(item, Scalar))
        return lambda: Value(words, node.place)
    return lambda: unknown("the value that it keeps from before is not known", node.place)
