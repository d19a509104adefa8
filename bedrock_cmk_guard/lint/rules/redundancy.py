"""Rules of words and statements that something else covers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bedrock_cmk_guard.iam.document import Principal
from bedrock_cmk_guard.lint.finding import LintFinding, Rule, Severity
from bedrock_cmk_guard.lint.patterns import covers
from bedrock_cmk_guard.lint.policy import LintStatement, Policy, statement_spot, word_spot

REDUNDANT_WORD = Rule(
    "redundant-word",
    Severity.NOTE,
    "Another action or resource of the list covers this one",
    "It costs characters, and who takes it out later believes that it is gone.",
    "Remove it.",
)
REDUNDANT_STATEMENT = Rule(
    "redundant-statement",
    Severity.NOTE,
    "Another statement covers this one",
    "The other does the same to all that this one matches, so this one changes nothing.",
    "Remove it, or narrow the other.",
)
OVERRULED = Rule(
    "overruled-allow",
    Severity.WARNING,
    "What the statement allows, another one denies",
    "An explicit Deny wins wherever it stands. This Allow never takes effect.",
    "Remove the Allow, or narrow the Deny.",
    (
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_AccessPolicyLanguage_Interplay.html",
    ),
)

RULES = (REDUNDANT_WORD, REDUNDANT_STATEMENT, OVERRULED)

_Covers = Callable[[str, str], bool]
# Each is compared with each. No policy within its quota has so many, and larger ones are refused anyway.
_MOST = 400


def check(policy: Policy) -> Iterator[LintFinding]:
    """Find them."""
    for statement in policy.statements:
        for element, words in (("Action", statement.actions), ("NotAction", statement.not_actions)):
            yield from _words(policy, statement, element, words, _action_covers)
        for element, words in (("Resource", statement.resources), ("NotResource", statement.not_resources)):
            yield from _words(policy, statement, element, words, covers)
    yield from _statements(policy)


def _action_covers(wide: str, narrow: str) -> bool:
    return covers(wide.lower(), narrow.lower())


def _words(
    policy: Policy, statement: LintStatement, element: str, words: tuple[str, ...], cover: _Covers
) -> Iterator[LintFinding]:
    if len(words) > _MOST:
        return
    reported: set[str] = set()
    for number, word in enumerate(words):
        wider = next(
            (
                other
                for place, other in enumerate(words)
                # Of two that cover each other, the first one stays.
                if place != number and cover(other, word) and (place < number or not cover(word, other))
            ),
            None,
        )
        if wider is not None and word not in reported:
            reported.add(word)
            message = f"{word} is written twice" if wider == word else f"{wider} covers {word}"
            yield policy.finding(
                REDUNDANT_WORD, word_spot(statement, word, element), message, statement=statement
            )


def _statements(policy: Policy) -> Iterator[LintFinding]:
    whole = [statement for statement in policy.statements if statement.whole]
    if len(whole) > _MOST:
        return
    for number, narrow in enumerate(whole):
        for place, wide in enumerate(whole):
            if place == number or not _covers(wide, narrow):
                continue
            if wide.effect == narrow.effect and (place < number or not _covers(narrow, wide)):
                rule, message = REDUNDANT_STATEMENT, f"{wide.label} covers this statement"
            elif wide.denies and not narrow.denies:
                rule, message = OVERRULED, f"{wide.label} denies all that this statement allows"
            else:
                continue
            yield policy.finding(rule, statement_spot(narrow), message, statement=narrow)
            break


def _covers(wide: LintStatement, narrow: LintStatement) -> bool:
    """Whether a statement matches whatever the other one matches; sure if it says yes."""
    return (
        _elements_cover(wide.actions, wide.not_actions, narrow.actions, narrow.not_actions, _action_covers)
        and _elements_cover(
            wide.resources, wide.not_resources, narrow.resources, narrow.not_resources, covers
        )
        and wide.not_principal == narrow.not_principal
        and _principal_covers(wide.principal, narrow.principal)
        and _condition_covers(wide, narrow)
    )


def _elements_cover(
    wide: tuple[str, ...],
    wide_not: tuple[str, ...],
    narrow: tuple[str, ...],
    narrow_not: tuple[str, ...],
    cover: _Covers,
) -> bool:
    if "*" in wide:
        return True
    if wide_not or narrow_not:
        return (wide, wide_not) == (narrow, narrow_not)
    return all(any(cover(other, word) for other in wide) for word in narrow)


def _principal_covers(wide: Principal | None, narrow: Principal | None) -> bool:
    if wide is None or narrow is None:
        return wide is narrow
    if wide.everyone:
        return True
    if narrow.everyone:
        return False
    return (
        ("*" in wide.aws or set(narrow.aws) <= set(wide.aws))
        and set(narrow.service) <= set(wide.service)
        and set(narrow.federated) <= set(wide.federated)
    )


def _condition_covers(wide: LintStatement, narrow: LintStatement) -> bool:
    """Whether every line of the wider condition stands in the narrower one too."""
    lines = {(e.operator.name, e.folded, frozenset(e.values)) for e in narrow.entries()}
    return all((e.operator.name, e.folded, frozenset(e.values)) in lines for e in wide.entries())
