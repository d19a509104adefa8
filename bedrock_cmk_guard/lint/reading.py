"""Reads a policy that may be wrong: what can be understood becomes statements, what cannot becomes findings."""

from __future__ import annotations

from collections.abc import Iterable

from bedrock_cmk_guard.iam.document import PolicyKind
from bedrock_cmk_guard.iam.grammar_kinds import check_text_of
from bedrock_cmk_guard.iam.supply import Services
from bedrock_cmk_guard.lint.finding import LintFinding, Rule
from bedrock_cmk_guard.lint.policy import LintStatement, Policy, Spot
from bedrock_cmk_guard.lint.rules import syntax
from bedrock_cmk_guard.lint.statement_reading import StatementReader
from bedrock_cmk_guard.lint.tree import ListNode, MapNode, Node, Scalar, Span, Tree
from bedrock_cmk_guard.lint.words import did_you_mean, short

# The largest quota of any policy is 32,768 bytes; the rest is room for blanks.
MAX_BYTES = 250_000
_ELEMENTS = ("Version", "Id", "Statement")
_WITHOUT_ID = (PolicyKind.SCP, PolicyKind.RCP)


def read_policy(
    content: str | bytes, kind: PolicyKind, file: str, services: Services, *, has_text: bool = True
) -> tuple[Policy, list[LintFinding]]:
    """Read a policy. ``has_text`` is false where the text was made up, and lines would mean nothing to anybody."""
    text, mark, wrong = decoded(content)
    policy = Policy(file, text, kind, services, has_text=has_text)
    reader = _Reader(policy)
    if wrong:
        rule, at, message = wrong
        reader.add(rule, Spot(Span(at, at + 1), ""), message)
        return policy, reader.findings
    if mark:
        reader.add(syntax.BYTE_ORDER_MARK, Spot(Span(0, 0), ""), "the file begins with a byte order mark")
    if (at := text.find("\r\n")) >= 0:
        count = text.count("\r\n")
        reader.add(syntax.CRLF, Spot(Span(at, at), ""), f"{count:,} lines end in CR LF")
    reader.read(Tree(text))
    return policy, reader.findings


def decoded(content: str | bytes) -> tuple[str, bool, tuple[Rule, int, str] | None]:
    """The text, whether a byte order mark was taken off, and what keeps it from being read, if anything."""
    if len(content) > MAX_BYTES:
        size = f"it has more than {MAX_BYTES:,} bytes, and no policy of AWS has more than 32,768"
        return "", False, (syntax.UNREADABLE, 0, f"not read: {size}")
    if isinstance(content, str):
        return content.removeprefix("\ufeff"), content.startswith("\ufeff"), None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        # Latin-1 has a character for every byte, so that the place can be told.
        message = f"byte 0x{content[error.start]:02X} is not UTF-8"
        return content.decode("latin-1"), False, (syntax.NOT_UTF_8, error.start, message)
    return text.removeprefix("\ufeff"), text.startswith("\ufeff"), None


class _Reader:
    """Collects statements and findings of one document."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.findings: list[LintFinding] = []

    def add(self, rule: Rule, spot: Spot, message: str, instead: str = "") -> None:
        self.findings.append(self.policy.finding(rule, spot, message, instead=instead))

    def read(self, tree: Tree) -> None:
        for fault in tree.faults:
            self.add(syntax.NOT_JSON, Spot(Span(fault.at, fault.at + 1), ""), f"not JSON: {fault.message}")
        for twice in tree.doubled:
            where = f", first on line {self.policy.line_of(twice.first)}" if self.policy.has_text else ""
            self.add(
                syntax.DUPLICATE_FIELD,
                Spot(twice.span, ""),
                f"{twice.name!r} is written twice in one object{where}",
            )
        if not isinstance(tree.root, MapNode):
            what = "the file is empty" if tree.root is None else "the document is no object"
            self.add(syntax.NOT_A_POLICY, Spot(Span(0, 1), ""), what)
            return
        self.policy.root = tree.root
        self._document(tree.root)

    def _document(self, root: MapNode) -> None:
        statement = root.get("Statement")
        for member in root.members:
            hint = did_you_mean(member.name, _ELEMENTS)
            if member.name not in _ELEMENTS and (hint or statement):
                message = f"a policy document has no element {short(member.name)}{hint}"
                self.add(syntax.UNKNOWN_ELEMENT, Spot(member.name_span, member.name), message)
        if statement is None:
            self.add(syntax.NOT_A_POLICY, self.policy.top(), "the document has no Statement")
            return
        self._version(root)
        self._id(root)
        if isinstance(statement.value, Scalar):
            self.add(
                syntax.MALFORMED_VALUE,
                Spot(statement.value.span, "Statement"),
                "Statement must be a list of statements",
            )
        else:
            self._statements(statement.value)

    def _version(self, root: MapNode) -> None:
        member = root.get("Version")
        if member is None:
            self.add(
                syntax.POLICY_VERSION,
                self.policy.top(),
                "there is no Version, so AWS takes 2008-10-17 and knows no policy variables",
            )
        elif not isinstance(member.value, Scalar) or member.value.text != "2012-10-17":
            found = repr(member.value.text) if isinstance(member.value, Scalar) else "no text"
            rule = syntax.POLICY_VERSION if found == "'2008-10-17'" else syntax.MALFORMED_VALUE
            more = ", which knows no policy variables" if rule is syntax.POLICY_VERSION else ""
            self.add(
                rule,
                Spot(member.value.span, "Version"),
                f"Version is {found}{more}",
                syntax.POLICY_VERSION.instead,
            )

    def _id(self, root: MapNode) -> None:
        member = root.get("Id")
        if member is None:
            return
        if self.policy.kind in _WITHOUT_ID:
            message = f"{self.policy.kind.upper()}s have no Id element"
            self.add(syntax.MISPLACED_ELEMENT, Spot(member.name_span, "Id"), message, "Leave it out.")
        elif not isinstance(member.value, Scalar) or member.value.kind != "text":
            self.add(syntax.MALFORMED_VALUE, Spot(member.value.span, "Id"), "Id must be a string")
        else:
            try:
                check_text_of(self.policy.kind, member.value.text)
            except ValueError as problem:
                self.add(syntax.MALFORMED_VALUE, Spot(member.value.span, "Id"), str(problem))

    def _statements(self, node: ListNode | MapNode) -> None:
        nodes: Iterable[Node] = node.items if isinstance(node, ListNode) else (node,)
        read: list[LintStatement] = []
        for index, item in enumerate(nodes):
            if not isinstance(item, MapNode):
                self.add(
                    syntax.MALFORMED_VALUE,
                    Spot(item.span, f"Statement[{index}]"),
                    "a statement must be an object",
                )
                continue
            reader = StatementReader(self.policy, index, item)
            if statement := reader.read():
                read.append(statement)
            self.findings += reader.findings
        if isinstance(node, ListNode) and not node.items:
            message = "a document needs at least one statement"
            self.add(syntax.MALFORMED_VALUE, Spot(node.span, "Statement"), message)
        self.policy.statements = tuple(read)
        self._sids(nodes)

    def _sids(self, nodes: Iterable[Node]) -> None:
        seen: dict[str, Scalar] = {}
        for index, node in enumerate(nodes):
            sid = node.get("Sid") if isinstance(node, MapNode) else None
            if sid is None or not isinstance(sid.value, Scalar) or not sid.value.text:
                continue
            first = seen.setdefault(sid.value.text, sid.value)
            if first is not sid.value:
                message = f"the Sid {sid.value.text!r} is taken by an earlier statement"
                self.add(syntax.DUPLICATE_SID, Spot(sid.value.span, f"Statement[{index}].Sid"), message)
