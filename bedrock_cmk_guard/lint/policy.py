"""A policy as lint sees it: whatever of it can be understood, and where each word of it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from bedrock_cmk_guard.iam.access import Entry, entries, narrowed_by
from bedrock_cmk_guard.iam.document import Effect, PolicyKind, Principal
from bedrock_cmk_guard.iam.grammar import Condition
from bedrock_cmk_guard.iam.supply import Services
from bedrock_cmk_guard.lint.finding import LintFinding, Rule, Severity
from bedrock_cmk_guard.lint.tree import MapNode, Node, Scalar, Span, items
from bedrock_cmk_guard.text.lines import Lines


@dataclass(frozen=True, slots=True)
class LintStatement:
    """A statement, less the words in it that no statement can have; ``whole`` tells whether any were left out.

    It has what ``Statement`` has, without its promise of being valid.
    """

    index: int
    node: MapNode
    sid: str
    effect: Effect
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ("*",)
    not_resources: tuple[str, ...] = ()
    principal: Principal | None = None
    not_principal: Principal | None = None
    condition: Condition = field(default_factory=dict)
    whole: bool = True

    @property
    def denies(self) -> bool:
        """Whether the effect is Deny."""
        return self.effect is Effect.DENY

    @property
    def label(self) -> str:
        """The Sid, or the place."""
        return self.sid or f"Statement[{self.index}]"

    def entries(self) -> Iterator[Entry]:
        """Every line of the condition."""
        return entries(self)

    def narrowed_by(self, keys: Iterable[str]) -> bool:
        """Whether a line of the condition demands a value of one of these keys."""
        return narrowed_by(self, keys)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a policy."""

    span: Span
    path: str


class Policy:
    """One policy document, read as far as it can be. Checks find things in it; ``finding`` places them."""

    def __init__(self, file: str, text: str, kind: PolicyKind, services: Services, *, has_text: bool) -> None:
        self.file = file
        self.text = text
        self.kind = kind
        self.services = services
        self.has_text = has_text
        self.root: MapNode | None = None
        self.statements: tuple[LintStatement, ...] = ()
        self._lines = Lines(text)

    def finding(
        self,
        rule: Rule,
        spot: Spot,
        message: str,
        *,
        instead: str = "",
        statement: LintStatement | None = None,
        severity: Severity | None = None,
    ) -> LintFinding:
        """Make a finding at a place of the policy."""
        line, column, end_line, end_column = self._place(spot.span)
        return LintFinding(
            file=self.file,
            line=line,
            column=column,
            rule=rule.id,
            severity=severity or rule.severity,
            message=message,
            instead=instead or rule.instead,
            statement=statement.label if statement else "",
            path=spot.path,
            end_line=end_line,
            end_column=end_column,
            excerpt=self._lines.line(line),
        )

    def _place(self, span: Span) -> tuple[int, int, int, int]:
        start, end = self._lines.place(span.start), self._lines.place(max(span.start, span.end))
        return (*start, *end)

    def line_of(self, span: Span) -> int:
        """The line on which something begins."""
        return self._lines.place(span.start)[0]

    def top(self) -> Spot:
        """The beginning of the document."""
        start = self.root.span.start if self.root else 0
        return Spot(Span(start, min(start + 1, len(self.text))), "")


# Places within a statement


def statement_spot(statement: LintStatement) -> Spot:
    """The beginning of a statement."""
    start = statement.node.span.start
    return Spot(Span(start, start + 1), f"Statement[{statement.index}]")


def element_spot(statement: LintStatement, *names: str) -> Spot:
    """The name of the first of these elements that the statement has, or the statement."""
    for name in names:
        if member := statement.node.get(name):
            return Spot(member.name_span, f"Statement[{statement.index}].{name}")
    return statement_spot(statement)


def word_spot(statement: LintStatement, word: str, *names: str) -> Spot:
    """A word in one of these elements, or the element."""
    for name in names:
        member = statement.node.get(name)
        for node in items(member.value) if member else ():
            if isinstance(node, Scalar) and node.text == word:
                return Spot(node.span, f"Statement[{statement.index}].{name}")
    return element_spot(statement, *names)


def principal_spot(statement: LintStatement, word: str) -> Spot:
    """A principal, or the element."""
    for name in ("Principal", "NotPrincipal"):
        if (member := statement.node.get(name)) and (found := _search(member.value, word)):
            return Spot(found, f"Statement[{statement.index}].{name}")
    return element_spot(statement, "Principal", "NotPrincipal")


def entry_spot(statement: LintStatement, operator_name: str, key: str, value: str = "") -> Spot:
    """A key of a condition, or one of its values, or as near to it as there is."""
    condition = statement.node.get("Condition")
    if condition is None or not isinstance(condition.value, MapNode):
        return element_spot(statement, "Condition")
    for block in condition.value.members:
        if block.name != operator_name or not isinstance(block.value, MapNode):
            continue
        for member in block.value.members:
            if member.name == key:
                path = f"Statement[{statement.index}].Condition.{operator_name}.{key}"
                found = _search(member.value, value) if value else None
                return Spot(found or member.name_span, path)
    return element_spot(statement, "Condition")


def _search(node: Node, word: str) -> Span | None:
    if isinstance(node, MapNode):
        found = (_search(member.value, word) for member in node.members)
    elif isinstance(node, Scalar):
        return node.span if node.text == word else None
    else:
        found = (_search(item, word) for item in node.items)
    return next((span for span in found if span), None)


Check = Callable[[Policy], Iterable[LintFinding]]
SetCheck = Callable[[tuple[Policy, ...]], Iterable[LintFinding]]
