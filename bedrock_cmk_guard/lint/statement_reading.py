"""Reads one statement that may be wrong, keeping every word of it that a statement can have."""

from __future__ import annotations

from collections.abc import Callable

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam import grammar
from bedrock_cmk_guard.iam.document import Effect, PolicyKind, Principal
from bedrock_cmk_guard.iam.grammar import FoldedKey, Operator, fold
from bedrock_cmk_guard.iam.grammar_kinds import check_sid, check_text_of
from bedrock_cmk_guard.lint.finding import LintFinding, Rule
from bedrock_cmk_guard.lint.policy import LintStatement, Policy, Spot
from bedrock_cmk_guard.lint.rules import syntax
from bedrock_cmk_guard.lint.tree import MapNode, Member, Node, Scalar, items
from bedrock_cmk_guard.lint.words import did_you_mean, short

ELEMENTS = (
    *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource"),
    "Condition",
)
_PRINCIPAL_TYPES = ("AWS", "Service", "Federated")
_NO_PRINCIPAL = (PolicyKind.SCP, PolicyKind.IDENTITY)
_Check = Callable[[str], None]


class StatementReader:
    """Reads one statement; ``findings`` is what was wrong with its form."""

    def __init__(self, policy: Policy, index: int, node: MapNode) -> None:
        self.findings: list[LintFinding] = []
        self._policy = policy
        self._kind = policy.kind
        self._node = node
        self._path = f"Statement[{index}]"
        self._index = index
        self._whole = True

    def read(self) -> LintStatement | None:
        """Return the statement, or nothing if it neither allows nor denies."""
        for member in self._node.members:
            if member.name not in ELEMENTS:
                self._unknown(member, "a statement", ELEMENTS, self._path)
        self._require_elements()
        sid, effect = self._sid(), self._effect()
        principal, not_principal = self._principal("Principal"), self._principal("NotPrincipal")
        condition = self._condition()
        actions = self._words("Action", grammar.check_action)
        not_actions = self._words("NotAction", grammar.check_action)
        resources, not_resources = self._resources()
        if effect is None:
            return None
        return LintStatement(
            index=self._index,
            node=self._node,
            sid=sid,
            effect=effect,
            actions=actions,
            not_actions=not_actions,
            resources=resources,
            not_resources=not_resources,
            principal=principal,
            not_principal=not_principal,
            condition=condition,
            whole=self._whole,
        )

    def _add(self, rule: Rule, node: Node | Member, path: str, message: str, instead: str = "") -> None:
        span = node.name_span if isinstance(node, Member) else node.span
        if node is self._node:
            span = span._replace(end=span.start + 1)
        place = f"{self._path}.{path}" if path else self._path
        found = self._policy.finding(rule, Spot(span, place), message, instead=instead)
        self.findings.append(found)
        self._whole = False

    def _unknown(self, member: Member, what: str, known: tuple[str, ...], path: str) -> None:
        hint = did_you_mean(member.name, known)
        self._add(
            syntax.UNKNOWN_ELEMENT, member, member.name, f"{what} has no element {short(member.name)}{hint}"
        )

    # Which elements there are

    def _require_elements(self) -> None:
        have = {member.name for member in self._node.members}
        if "Effect" not in have:
            self._missing("Effect", "Effect is missing: Allow or Deny")
        self._one_of(have, "Action", "NotAction")
        if self._kind is PolicyKind.TRUST:
            self._misplaced("Resource", "a role's trust policy has no Resource: it is the role itself")
            self._misplaced("NotResource", "a role's trust policy has no NotResource")
        else:
            self._one_of(have, "Resource", "NotResource")
        if self._kind in _NO_PRINCIPAL:
            called = "an SCP" if self._kind is PolicyKind.SCP else "an identity policy"
            for name in ("Principal", "NotPrincipal"):
                self._misplaced(name, f"{called} has no {name}: it applies to whom it is attached to")
            return
        if self._kind is PolicyKind.TRUST:
            self._misplaced("NotPrincipal", "a role's trust policy has no NotPrincipal")
        self._one_of(have, "Principal", "NotPrincipal")

    def _one_of(self, have: set[str], name: str, negated: str) -> None:
        if name in have and negated in have:
            member = self._node.get(negated)
            assert member is not None
            message = f"the statement has both {name} and {negated}"
            self._add(syntax.MISSING_ELEMENT, member, negated, message, f"Keep one of {name} and {negated}.")
        elif not have & {name, negated}:
            self._missing(name, f"{name} is missing")

    def _missing(self, name: str, message: str) -> None:
        self._add(syntax.MISSING_ELEMENT, self._node, "", message, f"Add {name}.")

    def _misplaced(self, name: str, message: str) -> None:
        if member := self._node.get(name):
            self._add(syntax.MISPLACED_ELEMENT, member, name, message)

    # Elements

    def _sid(self) -> str:
        member = self._node.get("Sid")
        if member is None:
            return ""
        if not isinstance(member.value, Scalar) or member.value.kind != "text":
            self._malformed(member.value, "Sid", "Sid must be a string")
            return ""
        sid = member.value.text
        try:
            if sid:
                check_text_of(self._kind, sid)
            check_sid(self._kind, sid)
        except ValueError as problem:
            self._malformed(member.value, "Sid", f"{short(sid)}: {problem}")
        return sid

    def _effect(self) -> Effect | None:
        member = self._node.get("Effect")
        if member is None:
            return None
        value = member.value
        if isinstance(value, Scalar) and value.kind == "text" and value.text in ("Allow", "Deny"):
            return Effect(value.text)
        found = short(value.text) if isinstance(value, Scalar) else "a list or object"
        self._malformed(value, "Effect", f'Effect is "Allow" or "Deny", not {found}')
        guessed = value.text.capitalize() if isinstance(value, Scalar) else ""
        return Effect(guessed) if guessed in ("Allow", "Deny") else None

    def _resources(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if self._kind is PolicyKind.TRUST:
            return ("*",), ()
        resources = self._words("Resource", grammar.check_resource)
        not_resources = self._words("NotResource", grammar.check_resource)
        # Without any, nothing is known of what it applies to; an empty tuple would mean that it is nothing.
        return (resources or (() if not_resources else ("*",))), not_resources

    def _words(self, name: str, check: _Check) -> tuple[str, ...]:
        member = self._node.get(name)
        return self._texts(member.value, name, check) if member else ()

    def _texts(self, node: Node, path: str, check: _Check) -> tuple[str, ...]:
        """One string or a list of them, less those that are wrong."""
        words: list[str] = []
        nodes = list(items(node))
        if not nodes:
            self._malformed(node, path, f"{path} is an empty list, which AWS refuses")
        for item in nodes:
            if not isinstance(item, Scalar) or item.kind != "text":
                self._malformed(item, path, f"{path} takes a string or a list of strings")
                continue
            try:
                check(item.text)
                check_text_of(self._kind, item.text)
            except (ValueError, PolicyError) as problem:
                self._malformed(item, path, str(problem))
            else:
                words.append(item.text)
        return tuple(words)

    def _malformed(self, node: Node, path: str, message: str) -> None:
        self._add(syntax.MALFORMED_VALUE, node, path, message)

    def _principal(self, name: str) -> Principal | None:
        member = self._node.get(name)
        if member is None or self._kind in _NO_PRINCIPAL:
            return None
        if isinstance(member.value, Scalar) and member.value.text == "*":
            return Principal(everyone=True)
        if not isinstance(member.value, MapNode):
            self._malformed(
                member.value, name, f'{name} is "*" or an object such as {{"AWS": "arn:aws:iam::…"}}'
            )
            return None
        for each in member.value.members:
            if each.name not in _PRINCIPAL_TYPES:
                self._unknown(each, name, _PRINCIPAL_TYPES, name)
        aws = self._identifiers(member.value, "AWS", grammar.check_aws_principal)
        service = self._identifiers(member.value, "Service", grammar.check_service_principal)
        federated = self._identifiers(member.value, "Federated", grammar.check_federated_principal)
        if not (aws or service or federated):
            if not member.value.members:
                self._malformed(member.value, name, f"{name} names nobody")
            return None
        return Principal(aws=aws, service=service, federated=federated)

    def _identifiers(self, node: MapNode, name: str, check: _Check) -> tuple[str, ...]:
        member = node.get(name)
        return self._texts(member.value, name, check) if member else ()

    # Conditions

    def _condition(self) -> dict[str, dict[str, tuple[str, ...]]]:
        member = self._node.get("Condition")
        if member is None:
            return {}
        if not isinstance(member.value, MapNode):
            self._malformed(member.value, "Condition", "Condition must be an object of operators")
            return {}
        read: dict[str, dict[str, tuple[str, ...]]] = {}
        for block in member.value.members:
            if (found := self._operator(block)) and (entries := self._block(found, block)):
                read.setdefault(block.name, {}).update(entries)
        return read

    def _operator(self, block: Member) -> Operator | None:
        path = f"Condition.{block.name}"
        try:
            return grammar.operator(block.name)
        except ValueError as problem:
            self._add(syntax.UNKNOWN_OPERATOR, block, path, str(problem))
            return None

    def _block(self, found: Operator, block: Member) -> dict[str, tuple[str, ...]]:
        path = f"Condition.{block.name}"
        if not isinstance(block.value, MapNode) or not block.value.members:
            self._malformed(block.value, path, f"{block.name} must be an object of condition keys")
            return {}
        read: dict[str, tuple[str, ...]] = {}
        seen: set[FoldedKey] = set()
        for member in block.value.members:
            try:
                grammar.check_key(member.name)
                check_text_of(self._kind, member.name)
            except ValueError as problem:
                self._add(syntax.MALFORMED_VALUE, member, path, str(problem))
                continue
            if fold(member.name) in seen and member.name not in read:
                message = f"{block.name} has {member.name} twice; condition keys do not depend on case"
                self._add(syntax.DUPLICATE_FIELD, member, path, message)
            seen.add(fold(member.name))
            if values := self._values(found, member, path):
                read[member.name] = values
        return read

    def _values(self, found: Operator, member: Member, path: str) -> tuple[str, ...]:
        place = f"{path}.{member.name}"
        values: list[str] = []
        nodes = list(items(member.value))
        if not nodes:
            self._malformed(member.value, place, f"{found.name} {member.name} has no value")
        for item in nodes:
            if not isinstance(item, Scalar) or item.kind == "null":
                self._malformed(item, place, "a value must be a string, a number or a truth value")
                continue
            try:
                grammar.check_value(found, member.name, item.text)
                check_text_of(self._kind, item.text)
            except ValueError as problem:
                self._malformed(item, place, str(problem))
            else:
                values.append(item.text)
        return tuple(values)
