"""Readings of one statement: whom it lets in, to what, and whether its condition tells whose request it is.

They are asked of policies that are linted and of policies that are judged in code; a statement here is anything
that has a statement's elements, valid or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from bedrock_cmk_guard.iam.document import Effect, Principal
from bedrock_cmk_guard.iam.evaluator.patterns import any_action_matches
from bedrock_cmk_guard.iam.grammar import Condition, FoldedKey, Operator, fold, operator

# What tells whose request it is. A caller chooses tags of its own account and the encryption context.
CALLER_KEYS = (
    *(
        "aws:PrincipalAccount",
        "aws:PrincipalArn",
        "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths",
        "aws:userid",
    ),
    *("aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:SourceOrgPaths", "kms:CallerAccount"),
    *("aws:SourceVpc", "aws:SourceVpce", "aws:SourceVpcArn", "aws:VpceAccount", "aws:VpceOrgID"),
    *("aws:VpceOrgPaths", "aws:SourceIp"),
)
SOURCE_KEYS = ("aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:SourceOrgPaths")
#: The services whose guides ask for a source in the trust policy of the roles they assume.
SOURCED_SERVICES = frozenset({"bedrock.amazonaws.com", "bedrock-agentcore.amazonaws.com"})
#: What hands a key over to whoever may do it.
KEY_ADMINISTRATION = ("kms:PutKeyPolicy", "kms:CreateGrant", "kms:ScheduleKeyDeletion")
#: Prefix of the condition keys that show an encryption context.
ENCRYPTION_CONTEXT = "kms:encryptioncontext:"
_ROOT = re.compile(r"arn:[^:]+:iam::([0-9]{12}):root")
_ACCOUNT = re.compile(r"[0-9]{12}")
_IN_ACCOUNT = re.compile(r"arn:[^:]+:[^:]+:[^:]*:([0-9]{12}):.+")
#: What AWS shows in place of a user or role that is gone.
UNIQUE_ID = re.compile(r"A[A-Z0-9]{15,127}")


class Elements(Protocol):
    """What a statement has."""

    @property
    def effect(self) -> Effect: ...  # noqa: D102 - as in Statement
    @property
    def actions(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def not_actions(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def resources(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def principal(self) -> Principal | None: ...  # noqa: D102
    @property
    def condition(self) -> Condition: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a condition: an operator, a key, and the values."""

    operator: Operator
    key: str
    values: tuple[str, ...]

    @property
    def folded(self) -> FoldedKey:
        """The key as AWS compares it."""
        return fold(self.key)

    @property
    def demands(self) -> bool:
        """Whether a request must carry one of the values, which is what narrows a statement."""
        found = self.operator
        return not (found.negated or found.if_exists or found.quantifier == "ForAllValues") and (
            found.family != "null"
        )


def entries(statement: Elements) -> Iterator[Entry]:
    """Every line of the condition."""
    for name, block in statement.condition.items():
        for key, values in block.items():
            yield Entry(operator(name), key, values)


def narrowed_by(statement: Elements, keys: Iterable[str]) -> bool:
    """Whether a line of the condition demands a value of one of these keys."""
    wanted = {fold(key) for key in keys}
    return any(entry.demands and entry.folded in wanted for entry in entries(statement))


def demands_context(statement: Elements) -> bool:
    """Whether a line of the condition demands an encryption context."""
    return any(entry.demands and entry.folded.startswith(ENCRYPTION_CONTEXT) for entry in entries(statement))


def for_services_only(statement: Elements) -> bool:
    """Whether grants may be made for AWS's services only."""
    return any(entry.demands and entry.folded == "kms:grantisforawsresource" for entry in entries(statement))


def everyone(principal: Principal | None) -> bool:
    """Whether the element admits every AWS principal."""
    return principal is not None and (principal.everyone or "*" in principal.aws)


def is_public(statement: Elements) -> bool:
    """Whether an Allow lets in every principal of every account."""
    return (
        statement.effect is Effect.ALLOW
        and everyone(statement.principal)
        and not narrowed_by(statement, CALLER_KEYS)
    )


def gives(statement: Elements, action: str) -> bool:
    """Whether the statement speaks of an action."""
    if statement.not_actions:
        return not any_action_matches(statement.not_actions, action)
    return any_action_matches(statement.actions, action)


def account_of(principal: str) -> str:
    """The account that an AWS principal is in, or nothing."""
    if _ACCOUNT.fullmatch(principal):
        return principal
    found = _IN_ACCOUNT.fullmatch(principal)
    return found[1] if found else ""


def is_account(principal: str) -> bool:
    """Whether the principal stands for a whole account, whose own policies then decide."""
    return _ROOT.fullmatch(principal) is not None or _ACCOUNT.fullmatch(principal) is not None


def root_account(principal: str) -> str:
    """The account whose root an ARN names, or nothing."""
    found = _ROOT.fullmatch(principal)
    return found[1] if found else ""


def owners(statements: Iterable[Elements]) -> list[str]:
    """The accounts whose root may change a key's policy. The key is in one of them."""
    roots = {
        account
        for statement in statements
        if statement.effect is Effect.ALLOW and statement.principal and gives(statement, "kms:PutKeyPolicy")
        for principal in statement.principal.aws
        if (account := root_account(principal))
    }
    return sorted(roots)


def administration(statement: Elements) -> list[str]:
    """What of a key's administration an Allow gives; grants that are for AWS's services are none of it."""
    given = [action for action in KEY_ADMINISTRATION if gives(statement, action)]
    if for_services_only(statement):
        given = [action for action in given if action != "kms:CreateGrant"]
    return given


def lets_repair(statement: Elements) -> bool:
    """Whether somebody of an account gets to write the key policy by this statement."""
    principal = statement.principal
    alive = principal is not None and (
        principal.everyone or any(not UNIQUE_ID.fullmatch(each) for each in principal.aws)
    )
    return (
        statement.effect is Effect.ALLOW
        and alive
        and gives(statement, "kms:PutKeyPolicy")
        and "*" in statement.resources
    )


def shuts_all_out(statement: Elements) -> bool:
    """Whether it denies everybody, the account's root included, to write the key policy."""
    return (
        statement.effect is Effect.DENY
        and everyone(statement.principal)
        and not statement.condition
        and gives(statement, "kms:PutKeyPolicy")
    )
