"""Whether a statement speaks of a request, and where it parts from it."""

from __future__ import annotations

from typing import NamedTuple

from bedrock_cmk_guard.iam.document import PolicyDocument, Statement
from bedrock_cmk_guard.iam.evaluator.conditions import Check, check_condition
from bedrock_cmk_guard.iam.evaluator.context import ACTION, PRINCIPAL, RESOURCE, Context
from bedrock_cmk_guard.iam.evaluator.patterns import compiled_resource, fixed_resource, matches
from bedrock_cmk_guard.iam.evaluator.principals import Naming, excluded, is_everyone, naming
from bedrock_cmk_guard.iam.evaluator.request import PolicySet, covers_action
from bedrock_cmk_guard.iam.evaluator.truth import Truth, Turns, all_of, any_of, negate
from bedrock_cmk_guard.iam.evaluator.variables import OpenPieces, resolve, widest


class Match(NamedTuple):
    """A statement whose action, resource and principal fit a request, or may, with its condition's checks.

    ``holds`` says whether the statement applies: whether all of it fits.
    """

    policy: str
    place: int
    statement: Statement
    naming: Naming
    checks: tuple[Check, ...]
    fits: Truth
    holds: Truth

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that kept the statement from applying."""
        return tuple(check for check in self.checks if check.holds is False)

    @property
    def undecided(self) -> tuple[Check, ...]:
        """The checks that turn on open parts of the request."""
        return tuple(check for check in self.checks if isinstance(check.holds, Turns))

    @property
    def label(self) -> str:
        """How messages name the statement."""
        return f"Statement {self.statement.sid or f'[{self.place}]'} of {self.policy}"


def match_document(
    policy: str, document: PolicyDocument, policies: PolicySet, context: Context
) -> list[Match]:
    """Find the statements of a document whose action, resource and principal fit the request, or may."""
    action = context.action
    found: list[Match] = []
    if action is None:
        for place, statement in enumerate(document.statements):
            match = match_statement(policy, place, statement, context)
            if match is not None:
                found.append(match)
        return found
    for place, statement in policies.speaking_of(action, document):
        match = _match(policy, place, statement, True, context)
        if match is not None:
            found.append(match)
    return found


def match_statement(policy: str, place: int, statement: Statement, context: Context) -> Match | None:
    """Match a statement with the request, or return None where it speaks of something else.

    A statement without Principal (SCP, identity policy) speaks of whoever the policy is attached to.
    """
    action = _covers_action(statement, context.action)
    return None if action is False else _match(policy, place, statement, action, context)


def _match(policy: str, place: int, statement: Statement, action: Truth, context: Context) -> Match | None:
    named = _naming(statement, context)
    if named is Naming.NOT:
        return None
    fits = _covers_resource(statement, context)
    if fits is False:
        return None
    if named is Naming.OPEN or action is not True:
        fits = all_of((action, fits, Turns(PRINCIPAL) if named is Naming.OPEN else True))
    if not statement.condition:
        return Match(policy, place, statement, named, (), fits, fits)
    checks = check_condition(statement.condition, context)
    holds = all_of([fits, *[check.holds for check in checks]])
    return Match(policy, place, statement, named, checks, fits, holds)


def _covers_action(statement: Statement, action: str | None) -> Truth:
    if action is not None:
        return covers_action(statement, action)
    covers: Truth = True if "*" in (statement.actions or statement.not_actions) else Turns(ACTION)
    return negate(covers) if statement.not_actions else covers


def _covers_resource(statement: Statement, context: Context) -> Truth:
    """Match Resource or NotResource; one with an undefined variable covers nothing."""
    if "*" in statement.resources:
        return True
    if statement.not_resources:
        return negate(
            any_of(_resource_matches(pattern, context, undefined=True) for pattern in statement.not_resources)
        )
    return any_of([_resource_matches(pattern, context, undefined=False) for pattern in statement.resources])


def _resource_matches(pattern: str, context: Context, *, undefined: bool) -> Truth:
    """Match one pattern; ``undefined`` is what one gives that could match but for an undefined variable."""
    resource = context.resource
    fixed = fixed_resource(pattern)
    if fixed is not None:
        if pattern == "*":
            return True
        return Turns(RESOURCE) if resource is None else fixed.match(resource) is not None
    pieces = resolve(pattern, context.values)
    if pieces is None:
        if not undefined:
            return False
        return Turns(RESOURCE) if resource is None else matches(widest(pattern), resource)
    if isinstance(pieces, OpenPieces):
        if resource is None:
            return Turns(pieces.on | RESOURCE)
        return Turns(pieces.on) if matches(pieces.widest, resource) else False
    return Turns(RESOURCE) if resource is None else compiled_resource(pieces).match(resource) is not None


def _naming(statement: Statement, context: Context) -> Naming:
    """Find how the statement covers the caller; a NotPrincipal spares no caller that has a boundary.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """
    if statement.principal is None and statement.not_principal is None:
        return Naming.DIRECT
    caller = context.caller
    if statement.principal is not None:
        if caller is None:
            return Naming.DIRECT if is_everyone(statement.principal) else Naming.OPEN
        return naming(statement.principal, caller)
    if statement.not_principal is None or context.bounded:
        return Naming.DIRECT
    if caller is None:
        return Naming.NOT if is_everyone(statement.not_principal) else Naming.OPEN
    return Naming.NOT if excluded(statement.not_principal, caller) else Naming.DIRECT
