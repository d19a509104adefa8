"""Sequences: what somebody comes to who takes one allowed step after another.

A principal that cannot read may assume, re-trust or permit a role that can, write another key policy, grant itself
the key's use, or take the guard tags off the key. Each step is put to the evaluator, and what it yields is added until
nothing new comes: everything that is gained is kept, so the order does not matter and the first way found is short.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bedrock_cmk_guard.iam.evaluator import Grant
from bedrock_cmk_guard.resources import KmsKey
from bedrock_cmk_guard.verification.actors import (
    FEDERATED,
    INSIDERS,
    SERVICES,
    STRANGERS,
    Actor,
    Kind,
    Stage,
)
from bedrock_cmk_guard.verification.matrix import decide, key_policy
from bedrock_cmk_guard.verification.model import Standing, Step, Way
from bedrock_cmk_guard.verification.operations import (
    GRANT,
    PUT_POLICY,
    TAG_KEY,
    Operation,
    operations,
    shows_key,
)
from bedrock_cmk_guard.verification.reading import readings
from bedrock_cmk_guard.verification.takeover import become, if_trusted, role_call, role_name
from bedrock_cmk_guard.verification.world import EVERYTHING, Decided, Named, opened

_READERS = frozenset({Kind.CALLER, Kind.SERVICE_ROLE, Kind.SERVICE_LINKED_ROLE})


@dataclass(frozen=True, slots=True)
class Fact:
    """Something gained: a principal's session, wider permissions, a grant, or a change to the key."""

    what: str
    who: str = ""


OWN_POLICY, UNTAGGED = Fact("policy"), Fact("untagged")
Provenance = Mapping[Fact, tuple[Step, tuple[Fact, ...]] | None]


@dataclass(frozen=True, slots=True)
class Means:
    """What somebody has at hand, and the facts that it took."""

    premises: tuple[Fact, ...]
    identity: tuple[Named, ...]
    policy: Named
    grants: tuple[Grant, ...] = ()
    tagged: bool = True


class Reach:
    """What can be reached around one key."""

    def __init__(self, stage: Stage, key: KmsKey, actors: tuple[Actor, ...]) -> None:
        self.stage = stage
        self.policy = key_policy(key)
        self.actors = {actor.id: actor for actor in actors if actor.kind not in SERVICES}
        self._operations = operations(stage, key, actors)
        # AWS lets nobody but the service change or pass a service-linked role.
        self._roles = [
            a
            for a in self.actors.values()
            if a.role is not None and a.kind not in (Kind.PIPELINE, Kind.SERVICE_LINKED_ROLE)
        ]
        self._reading = tuple(readings(stage, self._operations))

    def ways(self) -> Iterator[Way]:
        """How those who have no need of the data come to read it."""
        for actor in self.actors.values():
            if actor.kind in _READERS:
                continue
            steps = self.read(actor)
            if steps is not None:
                standing, remark = self._standing(actor, steps)
                yield Way(actor.id, actor.title, steps, standing, remark)

    def possible(self) -> Iterator[Way]:
        """How an administrator would read if the trust policy of a role that is not rendered let it in."""
        for actor in self.actors.values():
            if actor.kind is not Kind.ADMINISTRATOR or self.read(actor) is not None:
                continue
            for role in self._roles:
                if role.rendered or role.account != actor.account or role.kind is Kind.ADMINISTRATOR:
                    continue
                rest = self.read(role)
                found = [*if_trusted(self.stage, actor, role)] if rest is not None else []
                if rest is not None and found:
                    whom = ", ".join(admitted for _, admitted in found)
                    condition = f"the trust policy of {role_name(role)} admits: {whom}"
                    yield Way(
                        actor.id, actor.title, (found[0][0], *rest), Standing.POSSIBLE, condition=condition
                    )

    def read(self, actor: Actor) -> tuple[Step, ...] | None:
        """The steps by which somebody comes to read, or None."""
        start = Fact("is", actor.id)
        known: dict[Fact, tuple[Step, tuple[Fact, ...]] | None] = {start: None}
        fresh = [start]
        while True:
            for fact in fresh:
                goal = self._goal(fact, known)
                if goal is not None:
                    step, premises = goal
                    return (*_steps(premises, known), step)
            fresh = []
            for fact, step, premises in [*self._gains(known)]:
                if fact not in known:
                    known[fact] = (step, premises)
                    fresh.append(fact)
            if not fresh:
                return None

    def _goal(self, fact: Fact, known: Provenance) -> tuple[Step, tuple[Fact, ...]] | None:
        """Whether something just gained lets one of those gained read, or whoever was granted the key's use."""
        if fact.what == "grant" and Fact("is", fact.who) not in known:
            return self._by_grantee(fact)
        whom = [fact] if fact.what == "is" else [each for each in known if each.what == "is"]
        for each in whom:
            actor = self.actors[each.who]
            if actor.kind in FEDERATED:
                continue
            for means in self._means(each, known):
                step = self._reads_now(actor, means)
                if step is not None:
                    return step, means.premises
        return None

    def _by_grantee(self, fact: Fact) -> tuple[Step, tuple[Fact, ...]] | None:
        """Whether somebody else reads who was given a grant; nobody has to become them for that."""
        grantee = self.actors[fact.who]
        means = Means((fact,), grantee.identity, self.policy, (_grant(grantee),))
        step = self._reads_now(grantee, means, by_grant=True)
        return (step, means.premises) if step is not None else None

    def _means(self, own: Fact, known: Provenance) -> Iterator[Means]:
        """Every combination of permissions, key policy, grants and tags that somebody has at hand, plainest first."""
        actor = self.actors[own.who]
        permissions: list[tuple[tuple[Fact, ...], tuple[Named, ...]]] = [((own,), actor.identity)]
        boost = Fact("permit", actor.id)
        if boost in known:
            permissions.append(((own, boost), (EVERYTHING,)))
        policies: list[tuple[tuple[Fact, ...], Named, tuple[Grant, ...]]] = [((), self.policy, ())]
        grant = Fact("grant", actor.id)
        if grant in known:
            policies.append(((grant,), self.policy, (_grant(actor),)))
        if OWN_POLICY in known:
            policies.append(((OWN_POLICY,), opened(self.policy, _arn(actor)), ()))
        tags: list[tuple[tuple[Fact, ...], bool]] = [((), True)]
        if UNTAGGED in known:
            tags.append(((UNTAGGED,), False))
        for tag_facts, tagged in tags:
            for policy_facts, policy, grants in policies:
                for facts, identity in permissions:
                    premises = (*facts, *policy_facts, *tag_facts)
                    yield Means(premises, identity, policy, grants, tagged)

    def _reads_now(self, actor: Actor, means: Means, *, by_grant: bool = False) -> Step | None:
        """The call by which somebody reads with these means; ``by_grant``: only those that a grant is about."""
        for call, decryptions in self._reading:
            if actor.kind is Kind.AUDITOR and shows_key(call.action):
                continue
            if by_grant and not call.on_key:
                continue
            allowed = self._decide(actor, call, means)
            if not allowed.allowed:
                continue
            if not decryptions:
                return Step(actor.title, _does(call), allowed.sources)
            for decryption in decryptions:
                opens = self._decide(actor, decryption, means)
                if opens.allowed:
                    sources = (*allowed.sources, *opens.sources)
                    return Step(actor.title, f"{call.action} (kms:Decrypt {_short(decryption)})", sources)
        return None

    def _decide(self, actor: Actor, operation: Operation, means: Means) -> Decided:
        policy, grants = (means.policy, means.grants) if operation.on_key else (None, ())
        return decide(self.stage, actor, _tagged(operation, means.tagged), policy, means.identity, grants)

    def _gains(self, known: Provenance) -> Iterator[tuple[Fact, Step, tuple[Fact, ...]]]:
        """Everything that one more step adds."""
        for own in [fact for fact in known if fact.what == "is"]:
            actor = self.actors[own.who]
            identities: list[tuple[tuple[Fact, ...], tuple[Named, ...]]] = [((own,), actor.identity)]
            boost = Fact("permit", actor.id)
            if boost in known:
                identities.append(((own, boost), (EVERYTHING,)))
            for premises, identity in identities:
                if actor.kind not in FEDERATED:
                    yield from self._on_key(actor, identity, premises, known)
                for role in self._roles:
                    yield from self._on_role(actor, identity, premises, role, known)

    def _on_key(
        self, actor: Actor, identity: tuple[Named, ...], premises: tuple[Fact, ...], known: Provenance
    ) -> Iterator[tuple[Fact, Step, tuple[Fact, ...]]]:
        policies: list[tuple[tuple[Fact, ...], Named]] = [((), self.policy)]
        if OWN_POLICY in known:
            policies.append(((OWN_POLICY,), opened(self.policy, _arn(actor))))
        for fact, operation, does in self._changes(actor, known):
            for more, policy in policies:
                decided = decide(self.stage, actor, operation, policy, identity)
                if decided.allowed:
                    yield fact, Step(actor.title, does, decided.sources), (*premises, *more)
                    break

    def _changes(self, actor: Actor, known: Provenance) -> Iterator[tuple[Fact, Operation, str]]:
        """What would change the key for somebody: its policy, its tags, or a grant, to oneself or to anybody."""
        single = {PUT_POLICY.id: OWN_POLICY, TAG_KEY.id: UNTAGGED}
        for operation in self._operations:
            fact = single.get(operation.row.id)
            if fact is not None and fact not in known and operation.action != "kms:TagResource":
                yield fact, operation, operation.action
            if operation.row is not GRANT:
                continue
            for grantee in self._grantees(actor, known):
                granted = Fact("grant", grantee.id)
                if granted not in known:
                    context = {**operation.context, "kms:GranteePrincipal": _arn(grantee)}
                    to = "" if grantee is actor else f" to {grantee.title}"
                    yield granted, replace(operation, context=context), f"{operation.action}{to}"

    def _grantees(self, actor: Actor, known: Provenance) -> Iterator[Actor]:
        """Oneself first, then whoever else one acts as, then those who must be kept out: one of them may help."""
        yield actor
        for other in self.actors.values():
            acted_as = Fact("is", other.id) in known
            if other is not actor and other.kind not in FEDERATED and (acted_as or other.kind in STRANGERS):
                yield other

    def _on_role(
        self,
        actor: Actor,
        identity: tuple[Named, ...],
        premises: tuple[Fact, ...],
        role: Actor,
        known: Provenance,
    ) -> Iterator[tuple[Fact, Step, tuple[Fact, ...]]]:
        becomes, permits = Fact("is", role.id), Fact("permit", role.id)
        if actor.kind not in FEDERATED and permits not in known and EVERYTHING not in role.identity:
            for action in ("iam:PutRolePolicy", "iam:AttachRolePolicy"):
                decided = decide(self.stage, actor, role_call(role, action), None, identity)
                if decided.allowed:
                    step = Step(actor.title, f"{action} on {role_name(role)}", decided.sources)
                    yield permits, step, premises
                    break
        if becomes not in known:
            step_found = become(self.stage, actor, identity, role)
            if step_found is not None:
                yield becomes, step_found, premises

    def _standing(self, actor: Actor, steps: tuple[Step, ...]) -> tuple[Standing, str]:
        """What it means for the requirements that somebody reads."""
        if actor.exemption is not None:
            exemption = actor.exemption
            layers = ", ".join(exemption.layers)
            return Standing.ACCEPTED, f"exempt from {layers} until {exemption.expires} ({exemption.owner})"
        if actor.kind in (Kind.GOVERNANCE, Kind.APPLIER, Kind.BREAK_GLASS):
            return Standing.BY_DESIGN, "it may write key policies or roles: watch those events"
        if actor.kind is Kind.PROVISIONER:
            return Standing.BY_DESIGN, "it makes the agents whose definitions it reads"
        if actor.kind in (Kind.PIPELINE, Kind.WEB_IDENTITY) and steps[0].does.startswith("sts:AssumeRole"):
            return Standing.BY_DESIGN, "a role trusts it, and it does what that role may"
        if actor.kind in FEDERATED:
            return Standing.FINDING, "no role is meant to trust it"
        if actor.kind in INSIDERS and actor.account in self.stage.accounts:
            if not self.stage.scope.shuts_out_administrators:
                return Standing.BY_DESIGN, "the workload does not set shut_out_administrators"
            return Standing.FINDING, "the workload shuts administrators out"
        if actor.kind is Kind.AUDITOR:
            return Standing.FINDING, "auditors read configuration, never content"
        if actor.kind is Kind.OTHER_TENANT:
            return Standing.FINDING, (
                "a tenant's data is its own callers' alone; where a service decrypts as itself, only an account of the "
                "tenant's own keeps it apart"
            )
        return Standing.FINDING, "it belongs to another account"


def _steps(premises: Iterable[Fact], known: Provenance) -> tuple[Step, ...]:
    """The steps that led to some facts, each once, earliest first."""
    steps: dict[Fact, Step] = {}

    def gather(facts: Iterable[Fact]) -> None:
        for fact in facts:
            found = known[fact]
            if found is not None and fact not in steps:
                step, before = found
                gather(before)
                steps[fact] = step

    gather(premises)
    return tuple(steps.values())


def _tagged(operation: Operation, tagged: bool) -> Operation:
    """The same on a key whose tags were taken off."""
    if tagged:
        return operation
    context = {k: v for k, v in operation.context.items() if not k.startswith("aws:ResourceTag/")}
    return replace(operation, context=context)


def _arn(actor: Actor) -> str:
    return actor.role or actor.principal


def _grant(grantee: Actor) -> Grant:
    """A grant as somebody could give it who may."""
    return Grant(_arn(grantee), ("Decrypt",), name=f"to {grantee.title}")


def _does(operation: Operation) -> str:
    return f"{operation.action} {_short(operation)}".strip()


def _short(operation: Operation) -> str:
    """The form without the value of its encryption context."""
    return operation.form.partition("=")[0].replace(", ", ", with ")
