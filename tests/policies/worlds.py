"""A whole set of rendered policies as one world, and the KMS calls that happen in it.

What a surface needs is taken from the catalogue's rows and put into requests here, apart from the builders'
own reading of the same rows: a statement that a builder makes too narrow is a request that is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from bedrock_cmk_guard.iam import Effect, PolicyDocument, PolicyKind, Statement
from bedrock_cmk_guard.iam.evaluator import Decision, Outcome, PolicySet, Request, evaluate
from bedrock_cmk_guard.policies import build
from bedrock_cmk_guard.policies.scopes import KeyScope, key_scopes
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.requirements.principals import RoleRef
from bedrock_cmk_guard.requirements.workloads import Workload
from bedrock_cmk_guard.resources import (
    IamPolicy,
    KmsKey,
    Module,
    Resource,
    ResourceControlPolicy,
    ServiceControlPolicy,
)
from bedrock_cmk_guard.surfaces import KmsPrincipal, KmsStatement, When

Context = Mapping[str, str | tuple[str, ...]]
Caller = tuple[str, Context]
"""A principal, and the condition keys that come with it."""

ORGANIZATION = "o-exampleorg1"
FULL_ACCESS = PolicyDocument(
    PolicyKind.SCP, (Statement(sid="FullAWSAccess", effect=Effect.ALLOW, actions=("*",)),)
)
EVERYTHING = PolicyDocument(
    PolicyKind.IDENTITY, (Statement(sid="Administrator", effect=Effect.ALLOW, actions=("*",)),)
)


@dataclass(frozen=True, slots=True)
class Need:
    """A KMS call that a surface makes, or leads to, and the identity policies of who makes it."""

    text: str
    request: Request
    identity: tuple[PolicyDocument, ...]


@dataclass(frozen=True)
class World:
    """Everything rendered from some requirements."""

    requirements: Requirements

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        return build(self.requirements)

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        return tuple(resource for module in self.modules for resource in module.resources)

    @cached_property
    def keys(self) -> tuple[KmsKey, ...]:
        return tuple(resource for resource in self.resources if isinstance(resource, KmsKey))

    @cached_property
    def scps(self) -> tuple[tuple[PolicyDocument, ...], ...]:
        ours = tuple(r.content for r in self.resources if isinstance(r, ServiceControlPolicy))
        return ((FULL_ACCESS, *ours),)

    @cached_property
    def rcps(self) -> tuple[tuple[PolicyDocument, ...], ...]:
        return (tuple(r.content for r in self.resources if isinstance(r, ResourceControlPolicy)),)

    def policies(self, account: str, prefix: str) -> tuple[PolicyDocument, ...]:
        """The managed policy of this name, in as many parts as it is packed."""
        return tuple(
            r.content
            for r in self.resources
            if isinstance(r, IamPolicy)
            and r.account == account
            and (r.name == prefix or r.name.removeprefix(f"{prefix}-").isdigit())
        )

    def scope_of(self, key: KmsKey) -> KeyScope:
        return next(
            scope
            for scope in key_scopes(self.requirements)
            if (scope.name, scope.account) == (key.scope, key.account)
        )

    def decide(
        self, request: Request, identity: tuple[PolicyDocument, ...], key: KmsKey | None = None
    ) -> Decision:
        """Decide under all that is rendered: nothing here is attached to half of the organisation."""
        policies = PolicySet(
            identity=identity, resource_policy=key.policy if key else None, scps=self.scps, rcps=self.rcps
        )
        return evaluate(request, policies)

    def allows(
        self, request: Request, identity: tuple[PolicyDocument, ...], key: KmsKey | None = None
    ) -> bool:
        return self.decide(request, identity, key).outcome is Outcome.ALLOWED

    def needs(self, key: KmsKey) -> Iterator[Need]:
        """Every call that the surfaces under this key make."""
        scope = self.scope_of(key)
        for workload in scope.workloads:
            if key.region not in workload.regions:
                continue
            for surface in scope.surfaces(workload):
                for statement in surface.kms:
                    if statement.when in _when(workload):
                        yield from self._needs(key, scope, workload, surface.id, statement)

    def _needs(
        self, key: KmsKey, scope: KeyScope, workload: Workload, surface: str, statement: KmsStatement
    ) -> Iterator[Need]:
        for kind in sorted(statement.principals):
            for (principal, context), identity in self._who(scope, workload, kind, statement):
                for action in statement.actions:
                    request = Request(
                        principal=principal,
                        action=action,
                        resource=key_arn(key),
                        context={
                            **key_tags(key),
                            **context,
                            **call_context(workload, key.region, statement, kind, action),
                        },
                    )
                    yield Need(f"{surface}: {kind} {action}", request, identity)

    def _who(
        self, scope: KeyScope, workload: Workload, kind: KmsPrincipal, statement: KmsStatement
    ) -> Iterator[tuple[Caller, tuple[PolicyDocument, ...]]]:
        account, principals = workload.account, self.requirements.principals
        match kind:
            case KmsPrincipal.SERVICE:
                yield (str(statement.service), {}), ()
            case KmsPrincipal.SERVICE_LINKED_ROLE:
                yield session(account, f"aws-service-role/{statement.service_linked_role}"), (EVERYTHING,)
            case KmsPrincipal.SERVICE_ROLE:
                role = workload.service_role.role
                yield session(account, role), self.policies(account, f"{workload.name}-service-role")
            case KmsPrincipal.PROVISIONER:
                for provisioner in principals.provisioners:
                    yield (
                        session_of(provisioner, account),
                        self.policies(account, "bedrock-cmk-provisioner"),
                    )
            case KmsPrincipal.CALLER:
                callers = scope.tenant.callers if scope.tenant and scope.tenant.callers else workload.callers
                for caller in callers:
                    yield session_of(caller, account), self.policies(account, f"{workload.name}-callers")


def _when(workload: Workload) -> set[When]:
    flags = {
        When.ALWAYS: True,
        When.MEMORY: workload.memory,
        When.ENCRYPTED_SCHEMA: workload.encrypted_schemas,
        When.OLD_AGENT: workload.agents_before_2025,
    }
    return {when for when, holds in flags.items() if holds}


def call_context(
    workload: Workload, region: str, statement: KmsStatement, kind: KmsPrincipal, action: str
) -> dict[str, str | tuple[str, ...]]:
    """The condition keys that KMS sees in this call, beside those of the caller and the key."""
    context: dict[str, str | tuple[str, ...]] = {}
    direct = kind is KmsPrincipal.SERVICE_ROLE and workload.service_role.calls_kms_directly
    via = statement.via
    if via is None and kind in (KmsPrincipal.PROVISIONER, KmsPrincipal.CALLER):
        via = statement.via_inferred
    if via is not None and not direct:
        context["kms:ViaService"] = f"{via}.{region}.amazonaws.com"
    if statement.context is not None and not direct:
        context[statement.context.condition_key] = filled(statement.context.value, workload, region)
    if kind is KmsPrincipal.SERVICE and action != "kms:CreateGrant" and not statement.source_absent:
        context["aws:SourceAccount"] = workload.account
        context["aws:SourceOrgID"] = ORGANIZATION
        if statement.source_arn is not None:
            context["aws:SourceArn"] = filled(statement.source_arn, workload, region)
    if action == "kms:CreateGrant":
        # https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html: true where a service
        # that is integrated with KMS makes the grant, for itself or for its caller.
        context["kms:GrantIsForAWSResource"] = "true"
        grant = statement.grant
        context["kms:GrantOperations"] = (grant.operations if grant else ()) or ("Decrypt",)
        if grant and grant.constraint:
            context["kms:GrantConstraintType"] = grant.constraint
    return context


def filled(pattern: str, workload: Workload, region: str) -> str:
    """A value that fits a pattern of the catalogue, for a resource of the workload's account."""
    return pattern.format(partition="aws", region=region, account=workload.account).replace("*", "ABCDEF1234")


def session_of(role: RoleRef, account: str) -> Caller:
    """A session of a role; wildcards of its name are filled in."""
    arn = role.arn_in("aws", account).replace("*", "0123").replace("?", "4")
    return session(arn.split(":")[4], arn.partition(":role/")[2])


def session(account: str, role: str, organization: str | None = ORGANIZATION) -> Caller:
    """A session's ARN, and the condition keys that say which role it is and where its account belongs."""
    context: dict[str, str | tuple[str, ...]] = {"aws:PrincipalArn": f"arn:aws:iam::{account}:role/{role}"}
    if organization is not None:
        context["aws:PrincipalOrgID"] = organization
    return f"arn:aws:sts::{account}:assumed-role/{role.rpartition('/')[2]}/session", context


def key_arn(key: KmsKey) -> str:
    return f"arn:aws:kms:{key.region}:{key.account}:key/11111111-2222-3333-4444-555555555555"


def key_tags(key: KmsKey) -> Context:
    return {f"aws:ResourceTag/{tag}": value for tag, value in key.tags.items()}
