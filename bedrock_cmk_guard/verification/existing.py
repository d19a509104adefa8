"""Policies that exist already: can this principal use this key for this surface, and if not, what stops it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam import Effect, Json, PolicyDocument, PolicyKind
from bedrock_cmk_guard.iam.evaluator import (
    Decision,
    Open,
    OpenRequest,
    Outcome,
    PolicySet,
    evaluate,
    supplied_by_aws,
)
from bedrock_cmk_guard.iam.evaluator.patterns import action_matches
from bedrock_cmk_guard.kms_calls import (
    KeyUser,
    call_context,
    missing_statement,
    needs,
    open_keys,
    with_open_keys,
)
from bedrock_cmk_guard.surfaces import KmsStatement, Surface, catalogue
from bedrock_cmk_guard.verification.model import Source
from bedrock_cmk_guard.verification.world import EVERYTHING, FULL_ACCESS, Named, source_of

_KEY_ID = "11111111-2222-3333-4444-555555555555"
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")


@dataclass(frozen=True, slots=True)
class KeyPolicies:
    """The policies that bear on a key and on who wants to use it, each under the name of its file."""

    key: Named
    identity: tuple[Named, ...] = ()
    scps: tuple[Named, ...] = ()
    rcps: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class NeedAnswer:
    """One call that the surface needs, and whether the policies let it through."""

    action: str
    form: str
    outcome: Outcome
    decided_by: tuple[Source, ...]
    reason: str
    depends_on: tuple[str, ...] = ()
    add: Json = None
    """The Allow statement that is missing, as JSON."""
    add_to: str = ""


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """Whether the key can be used, and whether anybody is left who can change its policy."""

    user: KeyUser
    answers: tuple[NeedAnswer, ...]
    lockout: str
    """Empty, or that nobody can change the key policy any more."""
    assumptions: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Whether every call goes through and nobody is locked out."""
        return not self.lockout and all(answer.outcome is Outcome.ALLOWED for answer in self.answers)


def check_key(policies: KeyPolicies, user: KeyUser) -> KeyCheck:
    """Put every KMS call that a surface needs of a principal to policies that exist.

    Condition keys that the surface does not settle (tags, the organisation) are left open, and an answer that turns
    on one says so. Raises PolicyError where the surface needs nothing of this kind of principal.
    """
    asked = tuple(needs(user))
    if not asked:
        kinds = sorted({kind.value for statement in user.surface.kms for kind in statement.principals})
        there = (
            f"it needs something of: {', '.join(kinds)}" if kinds else "the catalogue knows no KMS call of it"
        )
        raise PolicyError(f"the surface {user.surface.id} needs nothing of a {user.role.value}; {there}")
    left_open = open_keys(each.document for each in _every(policies))
    answers = tuple(
        _answer(policies, user, statement, action, left_open)
        for statement in asked
        for action in statement.actions
    )
    return KeyCheck(user, answers, _lockout(policies, user, left_open), tuple(_assumptions(policies, user)))


def surface_of(name: str) -> Surface:
    """The catalogue's surface of this id. Raises PolicyError, naming those that are there."""
    known = catalogue().surfaces
    if name not in known:
        raise PolicyError(f"there is no surface {name!r}; there are: {', '.join(sorted(known))}")
    return known[name]


def account_of(key_policy: PolicyDocument) -> str | None:
    """The account that a key policy delegates to, which holds the key; None where it names none or several."""
    named = {
        arn.split(":")[4] if arn.startswith("arn:") else arn
        for statement in key_policy.statements
        if statement.principal is not None
        for arn in statement.principal.aws
        if arn.endswith(":root") or arn.isdigit()
    }
    return next(iter(named)) if len(named) == 1 else None


def region_of(key_policy: PolicyDocument) -> str | None:
    """The Region that the services and ARNs in a key policy's conditions name; None for none or several."""
    text = json.dumps(
        [statement.to_dict(PolicyKind.KEY).get("Condition") for statement in key_policy.statements]
    )
    found = set(_REGION.findall(text))
    return next(iter(found)) if len(found) == 1 else None


def _answer(
    policies: KeyPolicies, user: KeyUser, statement: KmsStatement, action: str, left_open: Sequence[str]
) -> NeedAnswer:
    context = call_context(user, statement, action)
    decision, sources = _decide(policies, user.principal, action, user, context, left_open, policies.identity)
    form = ", ".join(f"{key}={value}" for key, value in context.items() if isinstance(value, str))
    lacking = decision
    if decision.outcome is Outcome.EXPLICIT_DENY:
        # With the deny gone an Allow may be missing all the same, and people want to hear it once.
        granting = _granting(policies)
        lacking, _ = _decide(granting, user.principal, action, user, context, left_open, granting.identity)
    add, add_to = _missing_where(policies, user, statement, lacking)
    return NeedAnswer(
        action, form, decision.outcome, sources, _reason(decision, sources), decision.depends_on, add, add_to
    )


def _missing_where(
    policies: KeyPolicies, user: KeyUser, statement: KmsStatement, decision: Decision
) -> tuple[Json, str]:
    """The statement that is missing, and the policy it is missing from."""
    if decision.outcome is not Outcome.IMPLICIT_DENY:
        return None, ""
    if decision.layer is not None and decision.layer.startswith("SCP"):
        return None, "an SCP of every level"
    in_identity = decision.layer == "identity policy"
    where = "the principal's identity policy" if in_identity else policies.key.name
    return missing_statement(user, statement, identity=in_identity), where


def _granting(policies: KeyPolicies) -> KeyPolicies:
    """The same policies without what they deny; a key policy that only denies stays as it is."""
    return KeyPolicies(
        next(iter(_allowing((policies.key,))), policies.key),
        _allowing(policies.identity),
        _allowing(policies.scps),
        (),
    )


def _allowing(policies: tuple[Named, ...]) -> tuple[Named, ...]:
    kept = []
    for each in policies:
        statements = tuple(s for s in each.document.statements if s.effect is Effect.ALLOW)
        if statements:
            kept.append(Named(each.name, replace(each.document, statements=statements)))
    return tuple(kept)


def _reason(decision: Decision, sources: tuple[Source, ...]) -> str:
    if decision.outcome is Outcome.DEPENDS:
        return f"turns on {', '.join(decision.depends_on)}"
    if sources:
        return ", ".join(map(str, sources))
    near = [
        f"{miss.statement.sid or miss.statement.policy} but for {', '.join(miss.keys)}"
        for miss in decision.near_misses
    ]
    almost = f" (almost: {'; '.join(near[:3])})" if near else ""
    return f"nothing in the {decision.layer or 'policies'} allows it{almost}"


def _decide(
    policies: KeyPolicies,
    principal: str,
    action: str,
    user: KeyUser,
    context: Mapping[str, str | tuple[str, ...] | Open],
    left_open: Sequence[str],
    identity: tuple[Named, ...],
) -> tuple[Decision, tuple[Source, ...]]:
    scps = _with_full_access(policies.scps)
    layers = {"SCP": scps, "RCP": policies.rcps, "identity": identity}
    decision = evaluate(
        OpenRequest(
            principal,
            action,
            f"arn:{user.partition}:kms:{user.region}:{user.account}:key/{_KEY_ID}",
            user.account,
            with_open_keys(context, left_open),
        ),
        PolicySet(
            identity=tuple(each.document for each in identity),
            resource_policy=policies.key.document,
            scps=(tuple(each.document for each in scps),) if scps else None,
            rcps=(tuple(each.document for each in policies.rcps),) if policies.rcps else None,
        ),
        supplied_by_aws,
    )
    sources = tuple(source_of(ref, layers, policies.key) for ref in decision.statements)
    return decision, tuple(source for source in sources if source.policy != FULL_ACCESS.name)


def _with_full_access(scps: tuple[Named, ...]) -> tuple[Named, ...]:
    """SCPs that only deny work beside FullAWSAccess; ones that allow are taken to be the whole list."""
    allows = any(s.effect is Effect.ALLOW for each in scps for s in each.document.statements)
    return scps if allows or not scps else (FULL_ACCESS, *scps)


def _every(policies: KeyPolicies) -> tuple[Named, ...]:
    return policies.key, *policies.identity, *policies.scps, *policies.rcps


def _lockout(policies: KeyPolicies, user: KeyUser, left_open: Sequence[str]) -> str:
    """Whether nobody of the key's account, and nobody whom the policy names, can write it."""
    candidates = [f"arn:{user.partition}:iam::{user.account}:{who}" for who in ("root", "role/Administrator")]
    candidates += [
        arn
        for statement in policies.key.document.statements
        if statement.effect is Effect.ALLOW and statement.principal is not None
        if any(action_matches(pattern, "kms:PutKeyPolicy") for pattern in statement.actions)
        for arn in statement.principal.aws
        if arn.startswith("arn:") and not arn.endswith(":root")
    ]
    for candidate in candidates:
        context = {"kms:BypassPolicyLockoutSafetyCheck": "false"}
        decision, _ = _decide(
            policies, candidate, "kms:PutKeyPolicy", user, context, left_open, (EVERYTHING,)
        )
        if decision.outcome is Outcome.ALLOWED or decision.outcome is Outcome.DEPENDS:
            return ""
    return (
        f"nobody of account {user.account}, its root user included, and nobody named in {policies.key.name} can write "
        "the key policy: once it is in force only AWS Support can undo it"
    )


def _assumptions(policies: KeyPolicies, user: KeyUser) -> Iterator[str]:
    yield f"The key lies in account {user.account} and Region {user.region}; no grant is counted."
    if not policies.identity and user.principal.startswith("arn:"):
        yield "No identity policy was given: the principal has no permission of its own."
    if policies.scps and _with_full_access(policies.scps) is not policies.scps:
        yield "FullAWSAccess is attached beside the SCPs given, and all of them are of one level."
    yield f"The calls are those that the surface catalogue has for {user.surface.id}."
