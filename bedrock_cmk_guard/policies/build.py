"""From requirements to modules: every builder run, every document checked and measured, policies packed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TypeVar

from bedrock_cmk_guard.iam import PolicyDocument, authorization
from bedrock_cmk_guard.iam.quotas import Quota, pack, require_attachments, require_size, require_slots
from bedrock_cmk_guard.policies import (
    agent_roles,
    agent_writers,
    approved_keys,
    closed_surfaces,
    duties,
    key_policy,
    key_protection,
    key_tags,
    kms_perimeter,
    memory_keys,
    provisioner_trust,
    role_protection,
    stored_data,
    tag_policy,
)
from bedrock_cmk_guard.policies.policy import Policy
from bedrock_cmk_guard.policies.prerequisites import attachments, prerequisites
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
    TagPolicy,
)

POLICIES: tuple[Policy, ...] = (
    duties.POLICY,
    agent_roles.POLICY,
    key_policy.POLICY,
    tag_policy.POLICY,
    closed_surfaces.POLICY,
    memory_keys.POLICY,
    key_protection.POLICY,
    role_protection.POLICY,
    kms_perimeter.POLICY,
    approved_keys.POLICY,
    key_tags.POLICY,
    agent_writers.POLICY,
    provisioner_trust.POLICY,
    stored_data.POLICY,
)

# The order in which modules are applied: roles before the key policies that name them, refusals last.
_ORDER = ("accounts", "workloads", "keys", "organization")

P = TypeVar("P", ServiceControlPolicy, ResourceControlPolicy)


def build(requirements: Requirements) -> tuple[Module, ...]:
    """Everything that the requirements ask for, in the order in which it is applied.

    Raises :class:`~bedrock_cmk_guard.errors.PolicyError` when a document says what AWS cannot do, or does not fit
    its quota or its target.
    """
    resources = [resource for policy in POLICIES for resource in policy.build(requirements)]
    packed = _packed(resources, requirements.enforcement.scp_budget)
    for resource in packed:
        _check(resource)
    _check_slots(requirements, packed)
    for (module, role), number in attachments(packed).items():
        require_attachments(f"{module}: {role}", number)
    return tuple(_modules(requirements, packed))


def documents(resource: Resource) -> Iterator[PolicyDocument]:
    """The policy documents that a resource carries."""
    match resource:
        case ServiceControlPolicy() | ResourceControlPolicy() | IamPolicy():
            yield resource.content
        case KmsKey():
            yield resource.policy
        case IamRole():
            yield resource.trust


def _packed(resources: Iterable[Resource], scp_budget: int) -> list[Resource]:
    resources = list(resources)
    scps = [resource for resource in resources if isinstance(resource, ServiceControlPolicy)]
    rcps = [resource for resource in resources if isinstance(resource, ResourceControlPolicy)]
    others = [resource for resource in resources if not isinstance(resource, OrganizationPolicy)]
    tags = [resource for resource in resources if isinstance(resource, TagPolicy)]
    return [*others, *_pack(scps, "scp", scp_budget), *_pack(rcps, "rcp", None), *tags]


def _pack(layers: list[P], prefix: str, budget: int | None) -> Iterator[P]:
    """As few policies as fit for each set of targets, layers kept together where that costs nothing."""
    layers = sorted(layers, key=lambda layer: [target.name for target in layer.targets])
    for targets, members in groupby(layers, key=lambda layer: layer.targets):
        group = list(members)
        layer_of = {s.sid: layer.layers[0] for layer in group for s in layer.content.statements}
        contents = pack([layer.content.statements for layer in group], group[0].content.kind, budget=budget)
        where = "-".join(target.name for target in targets)
        for number, content in enumerate(contents, start=1):
            carried = tuple(dict.fromkeys(layer_of[s.sid] for s in content.statements))
            yield type(group[0])(
                module=group[0].module,
                account=group[0].account,
                name=f"bedrock-cmk-{prefix}-{where}-{number}",
                description="Keys of AI agents: " + ", ".join(layer.replace("_", " ") for layer in carried),
                targets=targets,
                layers=carried,
                content=content,
            )


def _check(resource: Resource) -> None:
    for document in documents(resource):
        authorization.require(document)
    # The others have been measured when they were packed.
    match resource:
        case KmsKey():
            require_size(resource.policy, Quota.KEY_POLICY, f"{resource.module}: {resource.name}")
        case IamRole():
            require_size(resource.trust, Quota.ROLE_TRUST, f"{resource.module}: {resource.name}")
        case TagPolicy():
            require_size(dict(resource.content), Quota.TAG_POLICY, resource.name)


def _check_slots(requirements: Requirements, resources: Iterable[Resource]) -> None:
    ours = [resource for resource in resources if isinstance(resource, OrganizationPolicy)]
    for target in requirements.organization.targets:
        for kind, quota, occupied in (
            (ServiceControlPolicy, Quota.SCP, target.occupied.scp),
            (ResourceControlPolicy, Quota.RCP, target.occupied.rcp),
            (TagPolicy, Quota.TAG_POLICY, target.occupied.tag_policy),
        ):
            attached = sum(isinstance(r, kind) and any(t.id == target.id for t in r.targets) for r in ours)
            if attached:
                require_slots(
                    quota, f"target {target.name!r} ({target.id})", ours=attached, occupied=occupied
                )


def _modules(requirements: Requirements, resources: list[Resource]) -> Iterator[Module]:
    by_module: dict[str, list[Resource]] = {}
    for resource in resources:
        by_module.setdefault(resource.module, []).append(resource)
    rendered = {
        f"arn:{requirements.organization.partition.value}:iam::{role.account}:role/{role.name}": role.module
        for role in resources
        if isinstance(role, IamRole)
    }
    for name in sorted(by_module, key=lambda name: (_ORDER.index(name.partition("/")[0]), name)):
        members = tuple(by_module[name])
        regions = tuple(dict.fromkeys(r.region for r in members if isinstance(r, KmsKey)))
        yield Module(
            name=name,
            account=members[0].account,
            regions=regions,
            resources=members,
            prerequisites=tuple(prerequisites(requirements, name, members, rendered)),
        )
