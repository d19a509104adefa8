"""What people take a layer to stop and it does not: claims that are false, each refuted with a request.

They stand on the policies' pages, so that what is not stopped is shown and not only said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bedrock_cmk_guard.claims.claim import Claim
from bedrock_cmk_guard.claims.world import ANY_KEY_POLICY, TAGS, World, about_calls, about_key, on_all_keys
from bedrock_cmk_guard.iam.prover import Callers, Kind, Question
from bedrock_cmk_guard.policies.conditions import except_for, role_patterns

_ROLES = frozenset({Kind.ROLE})
#: Claims that SCPs make true, and the policies that they stand for.
_BY_SCP = {
    "writers": "agent-writers",
    "trusted-roles": "role-protection",
    "guarded-keys-only": "approved-keys",
    "key-of/CreateMemory": "memory-keys",
    "closed": "closed-surfaces",
    "tags-of-new-keys": "key-tags",
}


def claims(world: World, proved: Iterable[Claim]) -> Iterator[Claim]:
    """The limits of the layers that are on; ``proved`` are the claims that the layers make true."""
    meant = {claim.id: claim for claim in proved if claim.intended}
    if "writers" in meant:
        yield _without_key(world)
    if "destroy/by-scp" in meant and world.keys:
        yield _unguarded_deletion(world)
    if "outsiders" in meant and world.keys:
        yield _unguarded_use(world)
    if "tags-of-new-keys" in meant and world.keys:
        yield _tags_later(world)
    if "pipeline" in meant:
        yield _services_assume(meant["pipeline"])
    if world.requirements.principals.applier:
        yield _applier(world)
    for name, policy in _BY_SCP.items():
        if name in meant:
            yield _management_account(world, meant[name], policy)


def _limit(name: str, sentence: str, questions: Iterable[Question], because: str, *about: str) -> Claim:
    return Claim(name, sentence, tuple(questions), intended=False, because=because, about=about)


def _without_key(world: World) -> Claim:
    provisioners = role_patterns(world.requirements, world.requirements.principals.provisioners)
    return _limit(
        "limit/agents-without-key",
        "A provisioner cannot create an agent without a key.",
        about_calls(world, ("bedrock:CreateAgent",), {"ArnLike": {"aws:PrincipalArn": provisioners}}),
        "CreateAgent carries no condition key that shows its KMS key, so whoever may create agents may leave it out: "
        "review the code, let a CloudFormation hook read the key, or read back what was made",
        "agent-writers",
        "approved-keys",
        "memory-keys",
    )


def _unguarded(world: World, actions: tuple[str, ...]) -> Question:
    """A question about a key of ours without any tag, whatever its key policy says."""
    asked = about_key(world, world.keys[0], ANY_KEY_POLICY)
    return replace(asked, actions=actions, given={}, closed=(TAGS.lower(),))


def _unguarded_deletion(world: World) -> Claim:
    keepers = role_patterns(
        world.requirements,
        world.requirements.principals.governance,
        world.requirements.principals.break_glass,
    )
    asked = replace(
        _unguarded(world, ("kms:ScheduleKeyDeletion",)),
        condition=except_for(world.requirements, "key_protection", keepers),
    )
    return _limit(
        "limit/unguarded-keys-deleted",
        "Nobody but governance and break-glass can delete a key of the workloads' accounts, tagged or not.",
        world.by_ours(asked),
        "the layer knows the keys that it guards by their tag",
        "key-protection",
    )


def _unguarded_use(world: World) -> Claim:
    asked = replace(
        _unguarded(world, ("kms:Decrypt",)),
        condition={"StringNotEquals": {"aws:PrincipalOrgID": (world.requirements.organization.id,)}},
    )
    return _limit(
        "limit/unguarded-keys-used",
        "Nobody outside the organisation can use a key of the workloads' accounts, tagged or not, whatever its key "
        "policy says.",
        world.by_anybody(asked),
        "the layer knows the keys that it guards by their tag",
        "kms-perimeter",
    )


def _tags_later(world: World) -> Claim:
    return _limit(
        "limit/tags-later",
        "Nobody can take a tag that is demanded off a key that is not guarded.",
        world.by_ours(_unguarded(world, ("kms:UntagResource",))),
        "the layer asks for tags when a key is made; the guard tag alone is kept afterwards",
        "key-tags",
    )


def _services_assume(pipeline: Claim) -> Claim:
    services = (
        replace(each, callers=Callers(frozenset({Kind.SERVICE})), condition={})
        for each in pipeline.questions
        if each.actions == ("sts:AssumeRole",)
    )
    found = _limit(
        "limit/services-assume",
        "No AWS service can assume a provisioner, whatever its trust policy says.",
        services,
        "the layer is about roles and tokens; which services come in is for the role's trust policy",
        "provisioner-trust",
    )
    return replace(found, services="AWS services are counted")


def _applier(world: World) -> Claim:
    appliers = role_patterns(world.requirements, world.requirements.principals.applier)
    return _limit(
        "limit/applier-writes",
        "The applier cannot write itself into a key policy.",
        on_all_keys(world, ("kms:PutKeyPolicy",), {"ArnLike": {"aws:PrincipalArn": appliers}}),
        "somebody has to write key policies: watch PutKeyPolicy",
        "duties",
        "key-policy",
    )


def _management_account(world: World, claim: Claim, policy: str) -> Claim:
    """The same for principals of the management account, whom no SCP binds."""
    account = world.requirements.organization.management_account
    unbound = (
        replace(
            each,
            policies=replace(each.policies, scps=None),
            callers=Callers(_ROLES, frozenset({account})),
        )
        for each in claim.questions
    )
    return _limit(
        f"limit/management-account/{policy}",
        f"What the layer {policy.replace('-', '_')} refuses is refused in the management account, too.",
        unbound,
        "no SCP binds the management account: run nothing there",
        policy,
    )
