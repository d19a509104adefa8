"""Rules of conditions that read well and decide otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bedrock_cmk_guard.iam import global_keys
from bedrock_cmk_guard.iam.access import Entry
from bedrock_cmk_guard.iam.arn_patterns import overlap
from bedrock_cmk_guard.iam.document import PolicyKind
from bedrock_cmk_guard.iam.global_keys import Supplied
from bedrock_cmk_guard.iam.grammar import present_keys
from bedrock_cmk_guard.lint.finding import LintFinding, Rule, Severity
from bedrock_cmk_guard.lint.patterns import covers
from bedrock_cmk_guard.lint.policy import LintStatement, Policy, entry_spot, word_spot

FOR_ALL_VALUES = Rule(
    "for-all-values",
    Severity.ERROR,
    "ForAllValues is also true when the key is absent",
    "Of no values at all, all are in the list. An Allow with ForAllValues allows every request that does not carry the "
    "key, and a Deny denies them.",
    'Add "Null": {"<the key>": "false"} to the statement, so that the key must be there.',
    (
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html",
    ),
)
UNDEFINED_VARIABLE = Rule(
    "undefined-variable",
    Severity.WARNING,
    "A policy variable in a Deny may have no value",
    "Principals outside an organisation have no aws:PrincipalOrgID, untagged ones no aws:PrincipalTag. What a "
    "comparison with a variable that has no value gives in a Deny, AWS does not document, and evaluators disagree: "
    "those whom the Deny is for may be the ones who pass.",
    "Write the value out, or give the variable a default: ${aws:PrincipalTag/team, 'none'}.",
    ("https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html",),
)
ROLE_BY_NAME = Rule(
    "role-by-name",
    Severity.WARNING,
    "A role is trusted by its name in any account, and nothing protects the name",
    "arn:aws:iam::*:role/deployer is whoever has a role called deployer, in any account the policy reaches. Who may "
    "create roles there creates one of that name, and is trusted.",
    "Name the accounts, or deny iam:CreateRole and iam:UpdateAssumeRolePolicy on that name to all but the role's "
    "owners in an SCP (what `bedrock-cmk-guard render` calls role_protection). Lint the SCP together with this policy.",
    (
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn",
        "https://docs.aws.amazon.com/controltower/latest/controlreference/mandatory-controls.html",
    ),
)
ALWAYS_TRUE = Rule(
    "always-true-condition",
    Severity.WARNING,
    "A condition narrows nothing",
    "A line that every request satisfies, or every one that has the key, looks as if it kept somebody out.",
    "Remove the line, or name the values that are meant.",
    (
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html",
    ),
)

RULES = (FOR_ALL_VALUES, UNDEFINED_VARIABLE, ROLE_BY_NAME, ALWAYS_TRUE)

_VARIABLE = re.compile(r"\$\{\s*([A-Za-z0-9-]+:[^},]+?)\s*\}")
_ANY_ACCOUNT = re.compile(r"arn:[^:]+:(?:iam|sts)::[^:]*[*?][^:]*:(?:role|assumed-role)/(.+)", re.DOTALL)
# Nobody but AWS creates roles below these paths.
_RESERVED = ("aws-service-role/", "aws-reserved/", "*", "?")
# Names that Control Tower's own SCP protects in every account that it manages.
_CONTROL_TOWERS = ("awscontroltower", "aws-controltower-")
_CONTROL = "AWS-GR_IAM_ROLE_CHANGE_PROHIBITED"
_ALWAYS = frozenset({Supplied.ALWAYS, Supplied.SIGNED})
_WORLD = frozenset({"0.0.0.0/0", "::/0"})
_CREATING = "iam:CreateRole"


def check(policy: Policy) -> Iterator[LintFinding]:
    """Find them in one policy."""
    for statement in policy.statements:
        yield from _for_all_values(policy, statement)
        yield from _variables(policy, statement)
        for entry in statement.entries():
            if reason := _always(entry):
                yield policy.finding(
                    ALWAYS_TRUE,
                    entry_spot(statement, entry.operator.name, entry.key),
                    f"{entry.operator.name} {entry.key} keeps nobody out: {reason}",
                    statement=statement,
                )


def _for_all_values(policy: Policy, statement: LintStatement) -> Iterator[LintFinding]:
    present = present_keys(statement.condition)
    for entry in statement.entries():
        if entry.operator.quantifier != "ForAllValues" or entry.folded in present:
            continue
        if statement.denies and entry.operator.negated:
            continue  # a Deny of all but those listed, which is to hold without the key too
        verb = "denies" if statement.denies else "allows"
        yield policy.finding(
            FOR_ALL_VALUES,
            entry_spot(statement, entry.operator.name, entry.key),
            f"{entry.operator.name} on {entry.key} also {verb} every request without that key",
            instead=f'Add "Null": {{"{entry.key}": "false"}} to the statement.',
            statement=statement,
        )


def _variables(policy: Policy, statement: LintStatement) -> Iterator[LintFinding]:
    if not statement.denies:
        return
    for entry in statement.entries():
        for value in entry.values:
            for name in _undefined(value):
                yield policy.finding(
                    UNDEFINED_VARIABLE,
                    entry_spot(statement, entry.operator.name, entry.key, value),
                    f"${{{name}}} may have no value, and this Deny depends on it",
                    instead=_defined(name),
                    statement=statement,
                )
    for element in ("Resource", "NotResource"):
        for value in statement.resources if element == "Resource" else statement.not_resources:
            for name in _undefined(value):
                yield policy.finding(
                    UNDEFINED_VARIABLE,
                    word_spot(statement, value, element),
                    f"${{{name}}} may have no value, and then this {element} matches nothing",
                    instead=_defined(name),
                    statement=statement,
                )


def _undefined(text: str) -> Iterator[str]:
    """The variables of a text that some request may not have, and that have no default."""
    for match in _VARIABLE.finditer(text):
        found = global_keys.find(match[1])
        if found is None or found.supplied not in _ALWAYS:
            yield match[1]


def _defined(name: str) -> str:
    if name.lower() == "aws:principalorgid":
        return "Write the id of the organisation (o-…) itself."
    return f"Write the value out, or give a default: ${{{name}, 'none'}}."


def _always(entry: Entry) -> str:
    """Why a line narrows nothing, if so."""
    found, values = entry.operator, {value.lower() for value in entry.values}
    if found.quantifier:
        return ""
    if found.family in ("null", "bool") and values == {"true", "false"}:
        return "it accepts both true and false"
    if found.base == "IpAddress" and values & _WORLD:
        return f"{min(values & _WORLD)} is every address there is"
    known = global_keys.find(entry.key)
    if found.base in ("StringLike", "ArnLike", "ArnEquals") and "*" in values:
        if known and known.supplied in _ALWAYS:
            return f"'*' is every value, and every request carries {entry.key}"
        if found.if_exists:
            return "'*' is every value, and IfExists takes care of the rest"
    return ""


def check_roles(policies: tuple[Policy, ...]) -> Iterator[LintFinding]:
    """Find roles trusted by name, unless one of the policies given protects the name."""
    protected = [pattern for policy in policies for pattern in _protected(policy)]
    for policy in policies:
        trusted: dict[str, list[tuple[LintStatement, Entry]]] = {}
        for statement in policy.statements:
            for entry in statement.entries():
                if entry.folded == "aws:principalarn" and _trusts(statement, entry):
                    for value in dict.fromkeys(entry.values):
                        trusted.setdefault(value, []).append((statement, entry))
        for value, places in trusted.items():
            name = _ANY_ACCOUNT.fullmatch(value)
            if name and not name[1].startswith(_RESERVED) and not any(covers(p, value) for p in protected):
                yield _trusted(policy, value, name[1], places)


def _trusted(policy: Policy, value: str, name: str, places: list[tuple[LintStatement, Entry]]) -> LintFinding:
    statement, entry = places[0]
    more = f" (in {len(places)} statements)" if places[1:] else ""
    if kept := any(each in name.lower() for each in _CONTROL_TOWERS):
        why = "AWS Control Tower's mandatory control on its roles keeps others from creating one, if it is on"
    else:
        why = "no SCP given to lint keeps others from creating one"
    return policy.finding(
        ROLE_BY_NAME,
        entry_spot(statement, entry.operator.name, entry.key, value),
        f"any account's role {name!r} is trusted here{more}, and {why}",
        instead=f"Check that every account the policy reaches is enrolled: {_CONTROL}." if kept else "",
        statement=statement,
        severity=Severity.NOTE if kept else None,
    )


def _trusts(statement: LintStatement, entry: Entry) -> bool:
    """Whether matching the value is to somebody's advantage: excepted from a Deny, or allowed."""
    return entry.operator.negated == statement.denies and entry.operator.family in ("arn", "string")


def _protected(policy: Policy) -> Iterator[str]:
    """The role ARNs that a policy lets only some create."""
    if policy.kind is not PolicyKind.SCP:
        return
    for statement in policy.statements:
        if statement.denies and any(overlap(a.lower(), _CREATING.lower()) for a in statement.actions):
            yield from statement.resources
