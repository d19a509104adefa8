"""Rule of statements that no request can match, because two lines of their condition exclude each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from bedrock_cmk_guard.iam import global_keys
from bedrock_cmk_guard.iam.access import Entry
from bedrock_cmk_guard.iam.global_keys import Supplied
from bedrock_cmk_guard.iam.grammar import Operator
from bedrock_cmk_guard.iam.supply import known_type
from bedrock_cmk_guard.lint.finding import LintFinding, Rule, Severity
from bedrock_cmk_guard.lint.patterns import covers, may_overlap
from bedrock_cmk_guard.lint.policy import LintStatement, Policy, entry_spot
from bedrock_cmk_guard.lint.ranges import addresses_meet, range_of

NEVER_MATCHES = Rule(
    "never-matches",
    Severity.ERROR,
    "The statement can never match",
    "All lines of a condition must hold at once. Where two of them exclude each other, the statement denies no one and "
    "allows no one, whatever else it says.",
    "Several values of one key belong in one list, where any of them will do. What is to hold in either of two cases "
    "needs two statements.",
    (
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html",
    ),
)
RULES = (NEVER_MATCHES,)

_ORDERED = frozenset({"numeric", "date", "ip"})
_BLIND = frozenset({"StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "Bool"})
_ALWAYS = frozenset({Supplied.ALWAYS, Supplied.SIGNED})
_PATTERNS = frozenset({"StringLike", "ArnLike", "ArnEquals", "StringNotLike", "ArnNotLike", "ArnNotEquals"})


def check(policy: Policy) -> Iterator[LintFinding]:
    """Find the first contradiction of each statement."""
    for statement in policy.statements:
        entries = [entry for entry in statement.entries() if not entry.operator.quantifier]
        for entry in entries:
            if reason := _alone(entry):
                yield _finding(policy, statement, entry, reason)
        of_key: dict[str, list[Entry]] = {}
        for entry in entries:
            of_key.setdefault(entry.folded, []).append(entry)
        for alike in of_key.values():
            for first, second in combinations(alike, 2):
                reason = _excluded(first, second) or _excluded(second, first)
                if reason and not _has_many(policy, first):
                    yield _finding(policy, statement, second, reason)


def _finding(policy: Policy, statement: LintStatement, entry: Entry, reason: str) -> LintFinding:
    verb = "denies" if statement.denies else "allows"
    return policy.finding(
        NEVER_MATCHES,
        entry_spot(statement, entry.operator.name, entry.key),
        f"{reason}, so this statement {verb} no one",
        statement=statement,
    )


def _has_many(policy: Policy, entry: Entry) -> bool:
    """Whether the key can have several values, of which each line may look at another."""
    return (known_type(entry.key, policy.services) or "").startswith("ArrayOf")


def _alone(entry: Entry) -> str:
    """A line that nothing satisfies: everything but everything."""
    found = entry.operator
    known = global_keys.find(entry.key)
    there = known is not None and known.supplied in _ALWAYS
    if found.base in ("StringNotLike", "ArnNotLike", "ArnNotEquals") and "*" in entry.values and there:
        return f"every {entry.key} matches '*', and every request carries the key"
    return ""


def _excluded(first: Entry, second: Entry) -> str:
    """Why no request satisfies both lines, if none does. Asked in both orders."""
    one, other = first.operator, second.operator
    if one.family == "null":
        return _null(first, second)
    if other.family == "null" or one.negated or (one.if_exists and (other.if_exists or other.negated)):
        return ""  # the other order tells, or a request without the key satisfies both
    if {one.family, other.family} & _ORDERED:
        return (
            ""
            if _ranges_meet(first, second)
            else f"no {first.key} satisfies both {one.name} and {other.name}"
        )
    if other.negated:
        if all(any(_takes(other, wide, one, narrow) for wide in second.values) for narrow in first.values):
            return f"{other.name} excludes all that {one.name} wants of {first.key}"
        return ""
    if not any(_meet(one, a, other, b) for a in first.values for b in second.values):
        return f"{first.key} has one value, which cannot satisfy both {one.name} and {other.name}"
    return ""


def _null(test: Entry, entry: Entry) -> str:
    if {value.lower() for value in test.values} != {"true"}:
        return ""
    found = entry.operator
    if found.family == "null":
        same = {value.lower() for value in entry.values} == {"false"}
        return f"{entry.key} cannot be absent and present" if same else ""
    return f"{found.name} wants the key {entry.key} that Null demands to be absent" if entry.demands else ""


def _ranges_meet(first: Entry, second: Entry) -> bool:
    if first.operator.family != second.operator.family:
        return True
    if first.operator.family == "ip":
        return addresses_meet(first, second)
    one, other = range_of(first), range_of(second)
    return one is None or other is None or one.meets(other)


def _meet(one: Operator, first: str, other: Operator, second: str) -> bool:
    """Whether some value satisfies both of two positive comparisons."""
    if {one.base, other.base} & _BLIND:
        first, second = first.lower(), second.lower()
    if "${" in first or "${" in second:
        return True
    if one.base not in _PATTERNS and other.base not in _PATTERNS:
        return first == second
    if one.base not in _PATTERNS:
        return covers(second, first)
    if other.base not in _PATTERNS:
        return covers(first, second)
    return may_overlap(first, second)


def _takes(negated: Operator, wide: str, positive: Operator, narrow: str) -> bool:
    """Whether a negated comparison excludes all that one value of a positive comparison lets in."""
    if positive.base in _BLIND and negated.base not in _BLIND:
        return False
    if "${" in wide or "${" in narrow:
        return wide == narrow and (negated.base in _PATTERNS) == (positive.base in _PATTERNS)
    if negated.base in _PATTERNS:
        return covers(wide, narrow)
    if positive.base in _PATTERNS and set(narrow) & set("*?"):
        return False
    return wide.lower() == narrow.lower() if negated.base in _BLIND else wide == narrow
