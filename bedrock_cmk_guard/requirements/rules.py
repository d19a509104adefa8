"""The rules that hold between parts of the requirements, each yielding the field that breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from operator import attrgetter
from typing import TYPE_CHECKING

from bedrock_cmk_guard.errors import Problem
from bedrock_cmk_guard.requirements import tag_rules, workload_rules
from bedrock_cmk_guard.requirements.enforcement import Layers
from bedrock_cmk_guard.requirements.organization import Partition
from bedrock_cmk_guard.requirements.partial import as_far_as_known, each, known, names
from bedrock_cmk_guard.requirements.principals import DUTIES
from bedrock_cmk_guard.requirements.standards import Isolation
from bedrock_cmk_guard.requirements.suggest import with_hint
from bedrock_cmk_guard.surfaces import catalogue
from bedrock_cmk_guard.text.nodes import Path

if TYPE_CHECKING:
    from bedrock_cmk_guard.requirements.enforcement import TierRule
    from bedrock_cmk_guard.requirements.exceptions import Exemption
    from bedrock_cmk_guard.requirements.model import Requirements
    from bedrock_cmk_guard.requirements.organization import Target
    from bedrock_cmk_guard.requirements.principals import Role, RoleRef
    from bedrock_cmk_guard.requirements.workloads import Tenant, Workload

Rule = Callable[["Requirements"], Iterator[Problem]]

_LAYERS = ("enforcement", "layers")
_REGION_PREFIXES = {Partition.GOV: "us-gov-", Partition.CHINA: "cn-"}
# Layers whose conditions exempt roles by name: worth nothing where anybody may create a role of that name.
_TRUSTS_ROLE_NAMES = ("agent_writers", "approved_keys", "key_protection", "stored_data", "key_tags")
_APART = "key administration and key use need different roles"
# Duties whose roles must not use keys, and why.
_NEVER_WITH_USE = {
    "governance": _APART,
    "applier": _APART,
    "break_glass": _APART,
    "auditors": "an auditor reads configuration, never content",
}


def contradictions(requirements: Requirements) -> Iterator[Problem]:
    """Every way in which the requirements contradict themselves or what AWS can do, as far as they are known."""
    for rule in _RULES:
        yield from as_far_as_known(rule, requirements)


def _unknown(field: Path, what: str, word: str, known: Iterable[str]) -> Problem:
    return Problem(field, with_hint(f"{what} {word!r} is not known", word, known))


_UNIQUE: tuple[tuple[Path, Callable[[Requirements], Iterable[str | None]]], ...] = (
    (("workloads",), lambda req: names(req.workloads)),
    (("environments",), lambda req: names(req.environments)),
    (("organization", "targets"), lambda req: names(req.organization.targets)),
    (("organization", "targets"), lambda req: names(req.organization.targets, lambda each: each.id)),
    (("claims",), lambda req: names(req.claims)),
    (("sensitivities",), lambda req: req.sensitivities),
    (("organization", "regions"), lambda req: req.organization.regions),
    (("tag_standard", "tags"), lambda req: names(req.tag_standard.tags, lambda each: each.key.lower())),
)


def _unique_names(req: Requirements) -> Iterator[Problem]:
    return each(_UNIQUE, lambda _, unique: workload_rules.named_twice(unique[0], unique[1](req)))


def _regions(req: Requirements) -> Iterator[Problem]:
    partition = req.organization.partition
    for index, region in enumerate(req.organization.regions):
        prefix = _REGION_PREFIXES.get(partition, "")
        foreign = any(region.startswith(p) for p in _REGION_PREFIXES.values() if p != prefix)
        if not region.startswith(prefix) or foreign:
            yield Problem(
                ("organization", "regions", index), f"{region} is not a Region of partition {partition}"
            )


def _targets(req: Requirements) -> Iterator[Problem]:
    def bound(index: int, target: Target) -> Iterator[Problem]:
        if target.id == req.organization.management_account:
            yield Problem(
                ("organization", "targets", index, "id"),
                "is the management account: neither SCPs nor RCPs bind it, so nothing is gained by attaching there",
            )

    return each(req.organization.targets, bound)


def _key_accounts(req: Requirements) -> Iterator[Problem]:
    for index, account in enumerate(req.key_standard.key_accounts):
        if account == req.organization.management_account:
            yield Problem(
                ("key_standard", "key_accounts", index),
                "the management account cannot hold keys: neither SCPs nor RCPs bind it",
            )


def _tier_environments(req: Requirements) -> Iterator[Problem]:
    known_ones = {environment.name for environment in req.environments}

    def of_rule(i: int, rule: TierRule) -> Iterator[Problem]:
        for j, name in enumerate(rule.environments):
            if name not in known_ones:
                field = ("enforcement", "tiers", i, "environments", j)
                yield _unknown(field, "environment", name, known_ones)

    return each(req.enforcement.tiers, of_rule)


def _tier_sensitivities(req: Requirements) -> Iterator[Problem]:
    def of_rule(i: int, rule: TierRule) -> Iterator[Problem]:
        for j, name in enumerate(rule.sensitivities):
            if name not in req.sensitivities:
                field = ("enforcement", "tiers", i, "sensitivities", j)
                yield _unknown(field, "sensitivity", name, req.sensitivities)

    return each(req.enforcement.tiers, of_rule)


def _attachments(req: Requirements) -> Iterator[Problem]:
    targets = {target.name for target in req.organization.targets}
    for field, target in _attached(req.enforcement.layers, Layers.model_fields):
        if target not in targets:
            yield _unknown(field, "target", target, targets)


def _role_names_protected(req: Requirements) -> Iterator[Problem]:
    layers = req.enforcement.layers
    covered = layers.role_protection.attach if layers.role_protection else ()
    if any(known((role for _, _, role in _duties(req)), attrgetter("role"))):
        for field, target in _attached(layers, _TRUSTS_ROLE_NAMES):
            if target not in covered:
                yield Problem(
                    field,
                    "this layer trusts roles by name, so role_protection must be attached to "
                    f"{target!r} too: otherwise anybody who may create a role of that name is exempt",
                )


def _attached(layers: Layers, names: Iterable[str]) -> Iterator[tuple[Path, str]]:
    """Every attachment of these layers, with its place."""
    for name in names:
        on = (layer for layer in known((layers,), attrgetter(name)) if layer is not None)
        for attach in known(on, attrgetter("attach")):
            for index, target in enumerate(attach):
                yield (*_LAYERS, name, "attach", index), target


def _closed_surfaces_known(req: Requirements) -> Iterator[Problem]:
    closed = req.enforcement.layers.closed_surfaces
    surfaces = {*catalogue().surfaces, *catalogue().without_key}
    for j, surface in enumerate(closed.surfaces if closed else ()):
        if surface not in surfaces:
            yield _unknown((*_LAYERS, "closed_surfaces", "surfaces", j), "surface", surface, surfaces)


def _closed_surfaces(req: Requirements) -> Iterator[Problem]:
    closed = req.enforcement.layers.closed_surfaces
    surfaces = catalogue().surfaces
    used = {surface: w.name for w in req.workloads for surface in w.surfaces}
    for j, surface in enumerate(closed.surfaces if closed else ()):
        field = (*_LAYERS, "closed_surfaces", "surfaces", j)
        if surface in used:
            yield Problem(field, f"{surface!r} is closed here but workload {used[surface]!r} uses it")
        elif surface in {*surfaces, *catalogue().without_key} and not catalogue().closing(
            surface, used.keys() & surfaces.keys()
        ):
            yield Problem(
                field,
                f"{surface!r} cannot be closed: it has no actions of its own that no workload's surfaces need; "
                "take it from the list",
            )


def _idle_provisioner_trust(req: Requirements) -> Iterator[Problem]:
    if req.enforcement.layers.provisioner_trust and not req.principals.pipeline:
        yield Problem(
            (*_LAYERS, "provisioner_trust"),
            "principals.pipeline is empty: nothing could assume the provisioners",
        )


def _idle_stored_data(req: Requirements) -> Iterator[Problem]:
    if req.enforcement.layers.stored_data and not any(w.shut_out_administrators for w in req.workloads):
        yield Problem(
            (*_LAYERS, "stored_data"),
            "no workload sets shut_out_administrators, so there is nothing to refuse",
        )


def _exemptions(req: Requirements) -> Iterator[Problem]:
    def from_layers(i: int, exemption: Exemption) -> Iterator[Problem]:
        for j, layer in enumerate(exemption.layers):
            if layer not in Layers.model_fields:
                yield _unknown(("exemptions", i, "layers", j), "layer", layer, Layers.model_fields)
            elif layer == "tag_policy":
                yield Problem(
                    ("exemptions", i, "layers", j),
                    "a tag policy binds tags and not principals, so nobody can be exempt from it",
                )

    def of_all(i: int, exemption: Exemption) -> Iterator[Problem]:
        if exemption.role is not None and exemption.role.role and not exemption.role.role.strip("*?/"):
            yield Problem(
                ("exemptions", i, "role", "role"),
                "exempts every role, so the layers would bind nobody: name the roles, or leave the layers out",
            )

    yield from each(req.exemptions, from_layers)
    yield from each(req.exemptions, of_all)


def _separate_duties(req: Requirements) -> Iterator[Problem]:
    """Whoever administers a key must not use it, or one stolen role is enough; auditors see no content."""
    partition = req.organization.partition.value
    apart = tuple(
        known(
            (found for found in _duties(req) if found[0] in _NEVER_WITH_USE),
            lambda found: (found[0], found[2].arn_pattern(partition)),
        )
    )

    def clash(field: Path, name: str | None, pattern: str, use: str) -> Iterator[Problem]:
        for duty, other in apart:
            if fnmatchcase(pattern, other) or fnmatchcase(other, pattern):
                yield Problem(field, f"{name} is {use} and in principals.{duty}: {_NEVER_WITH_USE[duty]}")

    def clash_of(use: str, field: Path, role: RoleRef) -> Iterator[Problem]:
        return clash(field, role.role or role.role_arn, role.arn_pattern(partition), use)

    def clash_of_service(i: int, workload: Workload) -> Iterator[Problem]:
        name = workload.service_role.role
        pattern = f"arn:{partition}:iam::{workload.account}:role/{name}"
        return clash(("workloads", i, "service_role", "role"), name, pattern, "a service role")

    for duty, index, role in _duties(req):
        if duty == "provisioners":
            yield from as_far_as_known(clash_of, "a provisioner", ("principals", duty, index), role)
    for place, caller in _callers(req):
        yield from as_far_as_known(clash_of, "a caller", place, caller)
    yield from each(req.workloads, clash_of_service)


def _duties(req: Requirements) -> Iterator[tuple[str, int, Role]]:
    """Every role with its duty and its place, of the duties that are known."""
    for duty in DUTIES:
        for roles in known((req.principals,), attrgetter(duty)):
            for index, role in enumerate(roles):
                yield duty, index, role


def _callers(req: Requirements) -> Iterator[tuple[Path, RoleRef]]:
    """Every caller of every workload and tenant that is known, with its place."""
    for i, workload in enumerate(req.workloads):
        having: list[tuple[Path, Workload | Tenant]] = [(("workloads", i), workload)]
        for tenants in known((workload,), attrgetter("tenants")):
            having += ((("workloads", i, "tenants", k), tenant) for k, tenant in enumerate(tenants))
        for place, one in having:
            for callers in known((one,), attrgetter("callers")):
                for j, caller in enumerate(callers):
                    yield (*place, "callers", j), caller


def _keepers_at_home(req: Requirements) -> Iterator[Problem]:
    """KMS lets keys be created and administered from their own account only.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
    """
    holding = {req.key_account(workload) for workload in req.workloads}

    def at_home(field: Path, role: Role) -> Iterator[Problem]:
        account = role.role_arn.split(":")[4] if role.role_arn else ""
        if account and holding - {account}:
            yield Problem(
                (*field, "role_arn"),
                f"is a role of {account}, and KMS lets nobody administer the keys of another account "
                f"({', '.join(sorted(holding - {account}))}): give role, a name that holds in every account",
            )

    for duty, index, role in _duties(req):
        if duty in ("governance", "break_glass", "applier"):
            yield from as_far_as_known(at_home, ("principals", duty, index), role)


def _roles_in_the_partition(req: Requirements) -> Iterator[Problem]:
    partition = req.organization.partition.value

    def there(field: Path, role: RoleRef) -> Iterator[Problem]:
        if role.role_arn and not role.role_arn.startswith(f"arn:{partition}:"):
            yield Problem((*field, "role_arn"), f"is not in partition {partition}")

    for duty, index, role in _duties(req):
        yield from as_far_as_known(there, ("principals", duty, index), role)
    for place, caller in _callers(req):
        yield from as_far_as_known(there, place, caller)


def _own_service_roles(req: Requirements) -> Iterator[Problem]:
    owners: dict[tuple[str, str], str] = {}

    def own(i: int, workload: Workload) -> Iterator[Problem]:
        role = (workload.account, workload.service_role.role.lower())
        if role in owners:
            yield Problem(
                ("workloads", i, "service_role", "role"),
                f"is the service role of {owners[role]!r} too: each could read the other's data",
            )
        owners.setdefault(role, workload.name)

    return each(req.workloads, own)


def _renames(req: Requirements) -> Iterator[Problem]:
    def still_here(field: Path, items: Sequence[Workload | Tenant]) -> Iterator[Problem]:
        taken = set(names(items))

        def of_one(i: int, item: Workload | Tenant) -> Iterator[Problem]:
            if item.renamed_from is not None and item.renamed_from in taken:
                yield Problem(
                    (*field, i, "renamed_from"),
                    f"{item.renamed_from!r} is still here, and one key cannot move to two names",
                )

        return each(items, of_one)

    yield from still_here(("workloads",), req.workloads)
    yield from each(req.workloads, lambda i, w: still_here(("workloads", i, "tenants"), w.tenants))


def _distinct_scopes(req: Requirements) -> Iterator[Problem]:
    """A shared key is called after its environment: no workload may have that name, or the two are confused."""
    sharing = known(req.workloads, lambda w: (w.environment, req.isolation(w)))
    shared = {environment for environment, isolation in sharing if isolation is Isolation.ENVIRONMENT}

    def distinct(i: int, workload: Workload) -> Iterator[Problem]:
        environment, _, account = workload.name.rpartition("-")
        if workload.name in shared or (environment in shared and account.isdigit()):
            yield Problem(
                ("workloads", i, "name"),
                f"{workload.name!r} is taken by the key that the workloads of an environment share; "
                "choose another name",
            )

    return each(req.workloads, distinct)


_RULES: tuple[Rule, ...] = (
    _unique_names,
    _regions,
    _targets,
    _key_accounts,
    *workload_rules.RULES,
    _tier_environments,
    _tier_sensitivities,
    _attachments,
    _role_names_protected,
    _closed_surfaces_known,
    _closed_surfaces,
    _idle_provisioner_trust,
    _idle_stored_data,
    _exemptions,
    _separate_duties,
    _keepers_at_home,
    _roles_in_the_partition,
    _own_service_roles,
    _renames,
    tag_rules.reserved,
    tag_rules.values,
    tag_rules.shared_keys,
    _distinct_scopes,
)
