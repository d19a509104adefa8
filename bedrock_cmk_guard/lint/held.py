"""Policies that stand in plans and templates: each is linted like a file, and told of where it stands.

What cannot be known before the apply is a finding of its own; the statements around it are judged all the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bedrock_cmk_guard.iam.document import PolicyKind
from bedrock_cmk_guard.lint.finding import LintFinding, Rule
from bedrock_cmk_guard.lint.linting import read_one
from bedrock_cmk_guard.lint.policy import Policy
from bedrock_cmk_guard.lint.rules import size, syntax
from bedrock_cmk_guard.subjects import Document, Fault, Place, Unknown
from bedrock_cmk_guard.text.lines import Lines
from bedrock_cmk_guard.text.nodes import ListNode, MapNode, Node, Scalar

_INDEX = re.compile(r"^\[(\d+)\]")
_STATEMENT = re.compile(r"^Statement\[(\d+)\]")
_OF_THE_WHOLE = frozenset(rule.id for rule in size.RULES)
"""A part of a policy that is too large is a policy that is too large; other rules ask what else it says."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A policy that a resource holds. ``resource`` is its address, with the property that holds the policy."""

    resource: str
    kind: PolicyKind
    content: Document
    """Text, as it will be sent, or an object; what could not be known is Unknown."""
    place: Place
    node: Node | None = None
    """The policy as it is written in a template, intrinsic functions and all."""
    lines: Lines | None = None
    """The template's text."""


def lint_held(held: Held, budget: int | None) -> tuple[Policy | None, list[LintFinding]]:
    """Lint a policy as far as it is known. Its findings have their final places, those found together not yet."""
    if isinstance(held.content, Unknown):
        return None, [_not_known(held, "", held.content)]
    content, kept, unknown = _known(held.content)
    findings = [_not_known(held, path, why) for path, why in unknown]
    if content is None:
        return None, findings
    policy, found = read_one(content, held.kind, token(held), budget)
    whole = not unknown
    findings += [
        placed(held, policy, each, kept)
        for each in found
        if whole or each.statement or each.rule in _OF_THE_WHOLE
    ]
    return policy, findings


def token(held: Held) -> str:
    """What stands for the file of a policy that has none, so that findings are known again."""
    return f"\0{id(held)}"


def fault_finding(fault: Fault) -> LintFinding:
    """What could not be read of a plan or template."""
    return _at(fault.place, syntax.UNREADABLE, fault.message, resource=fault.address)


def placed(
    held: Held, policy: Policy, finding: LintFinding, kept: Sequence[int] | None = None
) -> LintFinding:
    """A finding where the policy is written, and not where it stands in its own text."""
    path, statement = finding.path, finding.statement
    if kept is not None and (found := _STATEMENT.match(path)):
        original = f"Statement[{kept[int(found[1])]}]"
        statement = original if statement == found[0] else statement
        path = original + path[found.end() :]
    place = held.place
    if held.node is not None:
        node, place = _below(held.node, held.place, path)
        word = _word(policy, finding)
        place = next((each.place for each in _scalars(node) if each.text == word), place)
    return replace(
        finding,
        file=place.file,
        line=place.line,
        column=place.column,
        end_line=place.end_line or place.line,
        end_column=place.end_column or place.column,
        path=path,
        statement=statement,
        resource=held.resource,
        excerpt=held.lines.line(place.line) if held.lines and place.file == held.place.file else "",
    )


def _known(
    document: Document,
) -> tuple[str | Mapping[str, object] | None, list[int] | None, list[tuple[str, Unknown]]]:
    """The policy less its statements that are not known, which are left if not all are, and what is not known."""
    if isinstance(document, str):
        return document, None, []
    if not isinstance(document, Mapping):
        return None, None, [("", Unknown("it is no object"))]
    statements = document.get("Statement")
    listed = (
        statements if isinstance(statements, Sequence) and not isinstance(statements, str) else [statements]
    )
    unknown: list[tuple[str, Unknown]] = []
    kept: list[int] = []
    for index, statement in enumerate(listed):
        found = list(_unknowns(statement, f"Statement[{index}]"))
        unknown += found
        if not found:
            kept.append(index)
    rest = {name: value for name, value in document.items() if name != "Statement"}
    unknown += _unknowns(rest, "")
    if not unknown:
        return document, None, []
    if not kept or any(isinstance(value, Unknown) for value in rest.values()):
        return None, [], unknown
    return {**rest, "Statement": [listed[index] for index in kept]}, kept, unknown


def _unknowns(document: Document, path: str) -> Iterator[tuple[str, Unknown]]:
    if isinstance(document, Unknown):
        yield path, document
    elif isinstance(document, Mapping):
        for name, value in document.items():
            yield from _unknowns(value, f"{path}.{name}".removeprefix("."))
    elif isinstance(document, Sequence) and not isinstance(document, str):
        for index, value in enumerate(document):
            # Paths of findings name the element, whether it is a list or not.
            yield from _unknowns(value, f"{path}[{index}]" if path in ("", "Statement") else path)


def _not_known(held: Held, path: str, why: Unknown) -> LintFinding:
    place = _below(held.node, held.place, path)[1] if held.node is not None else held.place
    what = "this statement was" if path else "this policy was"
    found = _at(place, syntax.NOT_KNOWN, f"{what} not judged: {why.reason}", held.resource, path)
    excerpt = held.lines.line(place.line) if held.lines and place.file == held.place.file else ""
    return replace(found, excerpt=excerpt)


def _at(place: Place, rule: Rule, message: str, resource: str = "", path: str = "") -> LintFinding:
    found = _STATEMENT.match(path)
    return LintFinding(
        place.file,
        place.line,
        place.column,
        rule.id,
        rule.severity,
        message,
        rule.instead,
        statement=found[0] if found else "",
        path=path,
        end_line=place.end_line or place.line,
        end_column=place.end_column or place.column,
        resource=resource,
    )


def _below(node: Node, place: Place, path: str) -> tuple[Node, Place]:
    """The node of a path, and where it is written, or the nearest one around it that is."""
    while path:
        if (index := _INDEX.match(path)) is not None:
            # A single statement may stand without a list around it.
            if isinstance(node, ListNode):
                if int(index[1]) >= len(node.items):
                    break
                node = node.items[int(index[1])]
                place = node.place
            path = path[index.end() :].removeprefix(".")
            continue
        names = [name for name in node.entries if _starts(path, name)] if isinstance(node, MapNode) else []
        if not names or not isinstance(node, MapNode):
            break
        name = max(names, key=len)
        place, node = node.entries[name].key_place, node.entries[name].value
        path = path[len(name) :].removeprefix(".")
    return node, place


def _starts(path: str, name: str) -> bool:
    return path.startswith(name) and path[len(name) : len(name) + 1] in ("", ".", "[")


def _word(policy: Policy, finding: LintFinding) -> str | None:
    """The text that a finding is about, if it is about a single one."""
    marked = finding.excerpt[finding.column - 1 : finding.end_column - 1]
    if finding.line != finding.end_line or not marked.startswith('"') or policy.root is None:
        return None
    try:
        word = json.loads(marked)
    except ValueError:
        return None
    return word if isinstance(word, str) else None


def _scalars(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, ListNode):
        for item in node.items:
            yield from _scalars(item)
    else:
        for entry in node.entries.values():
            yield from _scalars(entry.value)
