"""What is rendered, as one world in which requests are decided: which policies bear on whom, under their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bedrock_cmk_guard.iam import Effect, PolicyDocument, PolicyKind, Principal, Statement
from bedrock_cmk_guard.iam.evaluator import (
    Decision,
    Grant,
    Outcome,
    PolicySet,
    Request,
    StatementRef,
    evaluate,
    supplied_by_aws,
)
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.resources import (
    IamPolicy,
    IamRole,
    KmsKey,
    Module,
    OrganizationPolicy,
    Resource,
    ResourceControlPolicy,
    ServiceControlPolicy,
)
from bedrock_cmk_guard.verification.model import Source

ACCOUNT_ID = 12


@dataclass(frozen=True, slots=True)
class Named:
    """A policy document and the name people know it by."""

    name: str
    document: PolicyDocument


FULL_ACCESS = Named(
    "FullAWSAccess",
    PolicyDocument(PolicyKind.SCP, (Statement(sid="FullAWSAccess", effect=Effect.ALLOW, actions=("*",)),)),
)
EVERYTHING = Named(
    "the worst identity policy there is",
    PolicyDocument(PolicyKind.IDENTITY, (Statement(sid="Everything", effect=Effect.ALLOW, actions=("*",)),)),
)


@dataclass(frozen=True, slots=True)
class Decided:
    """The evaluator's answer, with policies under their names."""

    decision: Decision
    sources: tuple[Source, ...]
    layer: str

    @property
    def allowed(self) -> bool:
        """Whether the request goes through."""
        return self.decision.outcome is Outcome.ALLOWED

    @property
    def explicit(self) -> bool:
        """Whether a statement refuses it."""
        return self.decision.outcome is Outcome.EXPLICIT_DENY

    @property
    def reason(self) -> str:
        """Why, in a line: which statements decide, or which policy lacks an Allow."""
        if self.sources:
            return ", ".join(map(str, self.sources))
        return f"nothing in {self.layer} allows it"


class World:
    """Everything rendered from some requirements, and where it is assumed to be attached."""

    def __init__(self, requirements: Requirements, modules: Iterable[Module]) -> None:
        self.requirements = requirements
        self.partition = requirements.organization.partition.value
        self.organization = requirements.organization.id
        resources = tuple(resource for module in modules for resource in module.resources)
        self.keys = tuple(r for r in resources if isinstance(r, KmsKey))
        self._scps = tuple(r for r in resources if isinstance(r, ServiceControlPolicy))
        self._rcps = tuple(r for r in resources if isinstance(r, ResourceControlPolicy))
        self._identity = tuple(r for r in resources if isinstance(r, IamPolicy))
        self._trust = {self._role_arn(r): Named(f"trust of {r.name}", r.trust) for r in _roles(resources)}
        self.accounts = frozenset(
            account
            for workload in requirements.workloads
            for account in (workload.account, requirements.key_account(workload))
        )
        self._decided: dict[object, tuple[Decided, tuple[Named, ...], Named | None]] = {}
        self._attached: dict[tuple[type[OrganizationPolicy], str], tuple[Named, ...]] = {}

    def trust(self, role_arn: str) -> Named | None:
        """The trust policy of a rendered role."""
        return self._trust.get(role_arn)

    def permissions(self, account: str, name: str) -> tuple[Named, ...]:
        """The managed policy of this name in an account, in as many parts as it was packed into."""
        return tuple(
            Named(r.name, r.content)
            for r in self._identity
            if r.account == account and (r.name == name or r.name.removeprefix(f"{name}-").isdigit())
        )

    def scps(self, account: str | None) -> tuple[Named, ...] | None:
        """The SCPs that bind principals of an account; None where none do."""
        if account not in self.accounts:
            return None
        return (FULL_ACCESS, *self._bearing(ServiceControlPolicy, self._scps, str(account)))

    def rcps(self, account: str) -> tuple[Named, ...] | None:
        """The RCPs that bind resources of an account; None where none do."""
        if account not in self.accounts:
            return None
        return self._bearing(ResourceControlPolicy, self._rcps, account)

    def _bearing(
        self,
        kind: type[OrganizationPolicy],
        policies: Sequence[ServiceControlPolicy] | Sequence[ResourceControlPolicy],
        account: str,
    ) -> tuple[Named, ...]:
        """Those attached to a root or unit, which the account is assumed to lie below, or to the account itself."""
        found = self._attached.get((kind, account))
        if found is None:
            found = self._attached[kind, account] = tuple(
                Named(policy.name, policy.content)
                for policy in policies
                if any(t.id == account or not _is_account(t.id) for t in policy.targets)
            )
        return found

    def decide(
        self,
        request: Request,
        *,
        account: str | None,
        identity: Sequence[Named] = (),
        resource_policy: Named | None = None,
        grants: tuple[Grant, ...] = (),
    ) -> Decided:
        """Decide a request by a principal of this account (None: no identity of one); each is decided once."""
        key = (
            request.principal,
            request.action,
            request.resource,
            request.resource_account,
            tuple(sorted(request.context.items())),
            tuple(id(each.document) for each in identity),
            id(resource_policy.document) if resource_policy is not None else None,
            tuple((grant.grantee, grant.operations) for grant in grants),
        )
        held = self._decided.get(key)
        if held is None:
            # Documents are kept with what was decided, so that no other takes their identity.
            decided = self._decide(request, account, identity, resource_policy, grants)
            held = self._decided[key] = decided, tuple(identity), resource_policy
        return held[0]

    def _decide(
        self,
        request: Request,
        account: str | None,
        identity: Sequence[Named],
        resource_policy: Named | None,
        grants: tuple[Grant, ...],
    ) -> Decided:
        scps = self.scps(account) if account is not None else None
        resource_account = request.resource_account or request.resource.split(":")[4]
        rcps = self.rcps(resource_account)
        decision = evaluate(
            request,
            PolicySet(
                identity=_documents(identity),
                resource_policy=resource_policy.document if resource_policy else None,
                scps=None if scps is None else (_documents(scps),),
                rcps=None if rcps is None else (_documents(rcps),),
                grants=grants,
            ),
            supplied_by_aws,
        )
        layers = {"SCP": scps or (), "RCP": rcps or (), "identity": identity}
        return Decided(
            decision,
            tuple(source_of(ref, layers, resource_policy) for ref in decision.statements),
            _layer(decision.layer, resource_policy),
        )

    def _role_arn(self, role: IamRole) -> str:
        return f"arn:{self.partition}:iam::{role.account}:role/{role.name}"


def _documents(policies: Iterable[Named]) -> tuple[PolicyDocument, ...]:
    return tuple(policy.document for policy in policies)


def opened(key_policy: Named, arn: str) -> Named:
    """A key policy as somebody could write it who may: it lets its writer do everything."""
    return Named("a key policy of one's own", _only(PolicyKind.KEY, Principal(aws=(arn,)), "kms:*"))


def trusting(principal: Principal, action: str = "sts:AssumeRole") -> Named:
    """A trust policy as somebody could write it who may."""
    return Named("a trust policy of one's own", _only(PolicyKind.TRUST, principal, action))


def _only(kind: PolicyKind, principal: Principal, action: str) -> PolicyDocument:
    statement = Statement(sid="Own", effect=Effect.ALLOW, principal=principal, actions=(action,))
    return PolicyDocument(kind, (statement,))


def _roles(resources: Iterable[Resource]) -> Iterable[IamRole]:
    return (resource for resource in resources if isinstance(resource, IamRole))


def _is_account(target: str) -> bool:
    return len(target) == ACCOUNT_ID and target.isdigit()


def source_of(
    ref: StatementRef, layers: Mapping[str, Sequence[Named]], resource_policy: Named | None
) -> Source:
    """The name behind the evaluator's label, which is the kind of policy and its number there."""
    if ref.policy == "grants":
        return Source("a grant", ref.sid)
    for prefix, policies in layers.items():
        if ref.policy.startswith(prefix):
            _, _, number = ref.policy.partition("#")
            return Source(policies[int(number or 0)].name, ref.sid)
    return Source(resource_policy.name if resource_policy else ref.policy, ref.sid)


def _layer(layer: str | None, resource_policy: Named | None) -> str:
    if layer in ("key policy", "trust policy") and resource_policy is not None:
        return f"the {resource_policy.name}"
    return {"identity policy": "the principal's own policies"}.get(layer or "", layer or "any policy")
