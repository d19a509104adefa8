"""The IAM decision: explicit denies, then SCPs, then who grants.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from bedrock_cmk_guard.iam.document import Effect, PolicyKind
from bedrock_cmk_guard.iam.evaluator.answer import (
    YES,
    Answer,
    allowed_by,
    choose,
    either,
    every,
    lacking,
    said_by,
)
from bedrock_cmk_guard.iam.evaluator.context import PRINCIPAL, Context
from bedrock_cmk_guard.iam.evaluator.decision import Decision, Evidence, Outcome
from bedrock_cmk_guard.iam.evaluator.layers import Layer, Layers, collect
from bedrock_cmk_guard.iam.evaluator.principals import Caller, Naming, PrincipalType, is_everyone
from bedrock_cmk_guard.iam.evaluator.request import OpenRequest, PolicySet, Request, Supplies
from bedrock_cmk_guard.iam.evaluator.statements import Match
from bedrock_cmk_guard.iam.evaluator.truth import Truth, Turns, all_of, any_of


def evaluate(
    request: Request | OpenRequest, policies: PolicySet, supplies: Supplies | None = None
) -> Decision:
    """Decide one request.

    ``supplies`` says, from service authorization data, whether the request's action carries a condition key
    at all; a key it does not carry is absent, whatever the request states, and is reported in ``unsupplied``.
    Where the request leaves parts open, an outcome other than ``depends`` holds for every way of filling them in.
    Raises PolicyError where a policy says something whose meaning is not known.
    """
    context = Context(request, supplies, bounded=policies.boundary is not None)
    layers = collect(policies, context)
    denied = _denied(layers)
    granted = YES if denied.truth is True else every(_scps_allow(layers), _granted(layers, policies, context))
    return _decision(denied, granted, layers, context)


_NOT_DENIED = Answer(False)


def _denied(layers: Layers) -> Answer:
    """Whether a statement denies; all that do are named."""
    found = [(match, layer.binds) for layer in layers.all() for match in layer.said(Effect.DENY)]
    if not found:
        return _NOT_DENIED
    truth = any_of([all_of((binds, match.holds)) for match, binds in found])
    if truth is True:
        return Answer(True, tuple(match for match, binds in found if binds is True and match.holds is True))
    return Answer(truth, tuple(match for match, _ in found))


def _scps_allow(layers: Layers) -> Answer:
    """Each level must allow: what one level leaves out, no lower level can give back."""
    return every(*(choose(layer.binds, partial(_level_allows, layer), _yes) for layer in layers.scps))


def _level_allows(layer: Layer) -> Answer:
    return allowed_by(layer, "every level of SCPs must allow")


def _yes() -> Answer:
    return YES


def _granted(layers: Layers, policies: PolicySet, context: Context) -> Answer:
    """Find who grants: the resource's policy, a grant, the caller's own policies, or both, by their accounts."""
    caller = context.caller
    is_iam: Truth = Turns(PRINCIPAL) if caller is None else caller.is_iam
    granted = _by_grant(layers, context)
    if granted is not None and granted.truth is True:
        return granted
    by_policy = choose(
        is_iam,
        lambda: choose(
            context.across_accounts,
            lambda: _across_accounts(layers, context),
            lambda: _within_account(layers, policies, context),
        ),
        lambda: said_by(
            _named(layers.resource, _DIRECT), lacking(layers.resource, "only it can grant to this caller")
        ),
    )
    return by_policy if granted is None else either(granted, by_policy)


def _by_grant(layers: Layers, context: Context) -> Answer | None:
    """Whether a KMS grant gives what the policies need not; one to an account leaves it to the account's own."""
    if layers.grants is None:
        return None
    no = lacking(layers.grants, "no grant covers the operation")
    direct = said_by(_named(layers.grants, _DIRECT), no)
    delegated = said_by(_named(layers.grants, _DELEGATED), no)
    if delegated.truth is False:
        return direct
    return either(direct, every(delegated, _own(layers, context), _limits(layers)))


def _across_accounts(layers: Layers, context: Context) -> Answer:
    resource = layers.resource
    both = lacking(resource, "across accounts both sides must allow")
    return every(
        said_by(_named(resource, _DIRECT | _DELEGATED), both), _own(layers, context), _limits(layers)
    )


def _within_account(layers: Layers, policies: PolicySet, context: Context) -> Answer:
    """Decide in one account, where either side's Allow is enough, but for KMS keys and roles.

    A key or a role is open to the account's own policies only where its policy delegates to the account.
    """
    resource, own = layers.resource, _own(layers, context)
    if resource is None:
        return every(own, _limits(layers))
    direct = _named(resource, _DIRECT)
    unlimited = tuple(match for match in direct if _is_unlimited(match, context.caller))
    nobody = lacking(resource, "nothing in it names the caller or delegates to the account")
    policy = policies.resource_policy
    if policy is not None and policy.kind is PolicyKind.RESOURCE:
        by_account = own
    else:
        by_account = every(said_by(_named(resource, _DELEGATED), nobody), own)
    limited = every(either(said_by(direct, nobody), by_account), _limits(layers))
    return either(said_by(unlimited, nobody), limited)


_DIRECT = frozenset({Naming.DIRECT, Naming.SESSION, Naming.OPEN})
_DELEGATED = frozenset({Naming.ACCOUNT, Naming.OPEN})


def _named(layer: Layer | None, how: frozenset[Naming]) -> tuple[Match, ...]:
    """A resource policy's Allows that name the caller so.

    Those that name its account only delegate: they let the account's own policies decide. For an open caller
    each may be either.
    """
    found = layer.said(Effect.ALLOW) if layer is not None else ()
    return tuple(match for match in found if match.naming in how)


def _is_unlimited(match: Match, caller: Caller | None) -> bool:
    """Whether a resource's grant stands, or may, without an Allow in the boundary and session policy.

    It does where the statement names everyone, the session or the user itself, not where it names the role. A
    statement that may name an open caller turns on who that is already.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
    """
    principal = match.statement.principal
    if (principal is not None and is_everyone(principal)) or match.naming is Naming.SESSION:
        return True
    return caller is None or caller.type in {PrincipalType.USER, PrincipalType.ROOT}


def _limits(layers: Layers) -> Answer:
    """Whether the boundary and the session policy leave it to the caller."""
    found = (layer for layer in (layers.boundary, layers.session) if layer is not None)
    return every(*(allowed_by(layer, "it limits what the caller may do") for layer in found))


def _own(layers: Layers, context: Context) -> Answer:
    """Whether the caller's own policies allow. The root user of an account needs none."""
    caller = context.caller
    is_root: Truth = Turns(PRINCIPAL) if caller is None else caller.type is PrincipalType.ROOT
    return choose(is_root, _yes, lambda: allowed_by(layers.identity, "the caller's own policies must allow"))


def _decision(denied: Answer, granted: Answer, layers: Layers, context: Context) -> Decision:
    """Make the decision from whether it is denied and whether it is granted."""
    possible = _POSSIBLE[_kind(denied.truth), _kind(granted.truth)]
    unsupplied = context.unsupplied()
    if len(possible) > 1:
        turning = [answer for answer in (denied, granted) if isinstance(answer.truth, Turns)]
        on = sorted(part for answer in turning for part in _turns_on(answer.truth))
        matches = tuple(match for answer in turning for match in answer.matches)
        evidence = Evidence(context.action, layers, matches)
        return Decision(Outcome.DEPENDS, possible, evidence, tuple(dict.fromkeys(on)), unsupplied)
    (outcome,) = possible
    if outcome is Outcome.IMPLICIT_DENY:
        evidence = Evidence(context.action, layers, lacking=granted.lacking)
    else:
        deciding = denied if outcome is Outcome.EXPLICIT_DENY else granted
        evidence = Evidence(context.action, layers, deciding.matches)
    return Decision(outcome, possible, evidence, unsupplied=unsupplied)


def _kind(truth: Truth) -> bool | None:
    return None if isinstance(truth, Turns) else truth


def _turns_on(truth: Truth) -> frozenset[str]:
    return truth.on if isinstance(truth, Turns) else frozenset()


_GRANTED = {
    True: frozenset({Outcome.ALLOWED}),
    False: frozenset({Outcome.IMPLICIT_DENY}),
    None: frozenset({Outcome.ALLOWED, Outcome.IMPLICIT_DENY}),
}
_EXPLICIT = frozenset({Outcome.EXPLICIT_DENY})
#: What can come of a request, by whether it is denied and whether it is granted; None is "it turns on something".
_POSSIBLE: Mapping[tuple[bool | None, bool | None], frozenset[Outcome]] = {
    **{(True, granted): _EXPLICIT for granted in _GRANTED},
    **{(False, granted): outcomes for granted, outcomes in _GRANTED.items()},
    **{(None, granted): outcomes | _EXPLICIT for granted, outcomes in _GRANTED.items()},
}
