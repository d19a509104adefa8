"""Everything rendered from the requirements, arranged by whom it binds: what claims are put to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from bedrock_cmk_guard.iam import Condition, Effect, PolicyDocument, PolicyKind, Principal, Statement
from bedrock_cmk_guard.iam.evaluator import PolicySet
from bedrock_cmk_guard.iam.prover import IDENTITIES, Callers, Facts, Kind, Question
from bedrock_cmk_guard.policies import build
from bedrock_cmk_guard.policies.scopes import KeyScope, key_scopes
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.resources import (
    IamPolicy,
    KmsKey,
    Module,
    OrganizationPolicy,
    Resource,
    ResourceControlPolicy,
    ServiceControlPolicy,
)

_KEY_ID = "11111111-2222-3333-4444-555555555555"
TAGS = "aws:ResourceTag/"

FULL_ACCESS = PolicyDocument(PolicyKind.SCP, (Statement("FullAWSAccess", Effect.ALLOW, ("*",)),))
#: Whatever an identity policy may say.
ADMINISTRATOR = PolicyDocument(PolicyKind.IDENTITY, (Statement("Administrator", Effect.ALLOW, ("*",)),))
_EVERYBODY = Principal(everyone=True)
#: Whatever a key policy may say, and whatever grants there are.
ANY_KEY_POLICY = PolicyDocument(
    PolicyKind.KEY, (Statement("AnyPolicyOrGrant", Effect.ALLOW, ("kms:*",), principal=_EVERYBODY),)
)
#: Whatever a role's trust policy may say.
ANY_TRUST = PolicyDocument(
    PolicyKind.TRUST, (Statement("AnyTrust", Effect.ALLOW, ("sts:*",), principal=_EVERYBODY),)
)

#: What every claim takes for granted of the organisation.
ASSUMPTIONS = (
    "The accounts of workloads and keys lie under every target that a layer is attached to.",
    "Roles that the requirements name by ARN belong to the organisation.",
    "Identity policies allow everything, unless a claim is about what a role needs.",
    "FullAWSAccess is attached everywhere; no other SCP or RCP is counted on.",
    "Service-linked roles have only what AWS gives them; no SCP or RCP binds them.",
    "A role is known by its ARN: that nobody takes it over is for role_protection.",
)


@dataclass(frozen=True)
class World:
    """What is rendered from the requirements, and what is known of the organisation."""

    requirements: Requirements

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """Everything built, in the order in which it is applied."""
        return build(self.requirements)

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """Every resource."""
        return tuple(resource for module in self.modules for resource in module.resources)

    @cached_property
    def keys(self) -> tuple[KmsKey, ...]:
        """Every key."""
        return tuple(resource for resource in self.resources if isinstance(resource, KmsKey))

    @cached_property
    def scopes(self) -> tuple[KeyScope, ...]:
        """Every key scope."""
        return tuple(key_scopes(self.requirements))

    @cached_property
    def accounts(self) -> tuple[str, ...]:
        """The accounts of workloads and keys, which the layers are meant to bind."""
        found = [workload.account for workload in self.requirements.workloads]
        return tuple(dict.fromkeys((*found, *(key.account for key in self.keys))))

    @cached_property
    def facts(self) -> Facts:
        """What is known of the organisation."""
        organization = self.requirements.organization
        accounts = (target.id for target in organization.targets if target.id.isdigit())
        named = (arn.split(":")[4] for arn in self._named_roles())
        members = frozenset({*self.accounts, *accounts, *named, organization.management_account})
        return Facts(organization.partition.value, organization.id, members)

    def _named_roles(self) -> Iterator[str]:
        """Every role that the requirements name by its ARN."""
        roles = [role for _, _, role in self.requirements.principals.duties()]
        callers = [role for workload in self.requirements.workloads for role in workload.all_callers]
        yield from (role.role_arn for role in (*roles, *callers) if role.role_arn is not None)

    def keys_of(self, scope: KeyScope) -> tuple[KmsKey, ...]:
        """The keys of a scope, one in each Region."""
        return tuple(key for key in self.keys if (key.scope, key.account) == (scope.name, scope.account))

    def identity_policies(self, account: str, name: str) -> tuple[PolicyDocument, ...]:
        """A rendered managed policy, in as many parts as it is packed."""
        return tuple(
            policy.content
            for policy in self.resources
            if isinstance(policy, IamPolicy)
            and policy.account == account
            and (policy.name == name or policy.name.removeprefix(f"{name}-").isdigit())
        )

    def scps(self, account: str) -> tuple[tuple[PolicyDocument, ...], ...]:
        """The SCPs that bind the principals of an account of ours."""
        return ((FULL_ACCESS, *self._attached(ServiceControlPolicy, account)),)

    def rcps(self, account: str) -> tuple[tuple[PolicyDocument, ...], ...]:
        """The RCPs that bind the resources of an account of ours."""
        return (self._attached(ResourceControlPolicy, account),)

    def _attached(
        self, kind: type[ServiceControlPolicy | ResourceControlPolicy], account: str
    ) -> tuple[PolicyDocument, ...]:
        return tuple(
            resource.content
            for resource in self.resources
            if isinstance(resource, kind) and _reaches(resource, account)
        )

    def by_anybody(self, question: Question) -> Iterator[Question]:
        """The question for callers of our accounts under their SCPs, and for all others under none."""
        yield from self.by_ours(question)
        if question.callers.kinds - {Kind.SERVICE, Kind.WEB_IDENTITY}:
            callers = replace(question.callers, outside=frozenset(self.accounts))
        else:
            callers = question.callers
        yield replace(question, callers=callers, facts=self.facts)

    def by_ours(self, question: Question) -> Iterator[Question]:
        """The question for callers of our accounts under the SCPs that bind them, those alike together."""
        kinds = question.callers.kinds - {Kind.SERVICE, Kind.WEB_IDENTITY}
        if not kinds:
            return
        alike: dict[tuple[tuple[PolicyDocument, ...], ...], list[str]] = {}
        for account in self.accounts:
            if question.callers.accounts is None or account in question.callers.accounts:
                alike.setdefault(self.scps(account), []).append(account)
        for scps, accounts in alike.items():
            yield replace(
                question,
                policies=replace(question.policies, scps=scps),
                callers=Callers(kinds, frozenset(accounts)),
                facts=self.facts,
            )


def _reaches(resource: OrganizationPolicy, account: str) -> bool:
    """Whether an organisation policy binds an account: it is attached above it, or to the account itself."""
    return any(not target.id.isdigit() or target.id == account for target in resource.targets)


def key_arn(partition: str, region: str, account: str) -> str:
    """The ARN of a key that stands for all of an account and Region."""
    return f"arn:{partition}:kms:{region}:{account}:key/{_KEY_ID}"


def tags_of(key: KmsKey) -> Mapping[str, str]:
    """The condition keys that a key's tags supply."""
    return {f"{TAGS}{tag}": value for tag, value in key.tags.items()}


def about_key(world: World, key: KmsKey, policy: PolicyDocument | None = None) -> Question:
    """A question about a rendered key, by default under the key policy rendered for it; its actions are to be set."""
    return Question(
        policies=PolicySet(
            identity=(ADMINISTRATOR,), resource_policy=policy or key.policy, rcps=world.rcps(key.account)
        ),
        actions=(),
        resources=(key_arn(world.facts.partition, key.region, key.account),),
        callers=Callers(IDENTITIES),
        given=tags_of(key),
        closed=(TAGS.lower(),),
        facts=world.facts,
    )


def about_calls(world: World, actions: Iterable[str], condition: Condition) -> tuple[Question, ...]:
    """Questions about calls in our own accounts that no resource policy decides."""
    question = Question(
        PolicySet(identity=(ADMINISTRATOR,)), tuple(actions), ("*",), Callers(IDENTITIES), condition
    )
    return tuple(world.by_ours(question))


def on_all_keys(
    world: World, actions: Iterable[str], condition: Condition, policy: PolicyDocument | None = None
) -> tuple[Question, ...]:
    """Questions about every rendered key, for anybody."""
    actions = tuple(actions)
    asked = (replace(about_key(world, k, policy), actions=actions, condition=condition) for k in world.keys)
    return tuple(question for each in asked for question in world.by_anybody(each))


def alone(world: World, question: Question) -> tuple[Question, ...]:
    """The question with neither SCPs nor RCPs: what the key policy does by itself."""
    return (replace(question, policies=replace(question.policies, scps=None, rcps=None), facts=world.facts),)


def with_any_grant(policy: PolicyDocument) -> PolicyDocument:
    """The key policy, and Allows as wide as any grant: grants only allow, so its Denies still hold."""
    return replace(policy, statements=(*policy.statements, *ANY_KEY_POLICY.statements))


def names_of(arns: Iterable[str]) -> str:
    """Roles as a sentence names them."""
    return ", ".join(arn.partition(":role/")[2] or arn for arn in arns)
