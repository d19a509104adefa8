"""A module checked and measured, with its documents laid out once for all formats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bedrock_cmk_guard.errors import RenderError
from bedrock_cmk_guard.iam import Json, PolicyDocument, PolicyKind
from bedrock_cmk_guard.iam.document import minified
from bedrock_cmk_guard.iam.quotas import LIMITS, Limit, Quota, text_size
from bedrock_cmk_guard.render import limits, names
from bedrock_cmk_guard.render.layout import Layout, laid_out
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

Content = PolicyDocument | Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A resource with the document it carries: as it is sent, its size then, and laid out."""

    resource: Resource
    text: str
    layout: Layout
    size: int
    quota: Quota

    @property
    def limit(self) -> Limit:
        """AWS's limit for the document."""
        return LIMITS[self.quota]

    @property
    def logical_id(self) -> str:
        """Its logical id in CloudFormation."""
        return names.logical_id(self.resource.kind, self.resource.name)


@dataclass(frozen=True, slots=True)
class PreparedModule:
    """A module whose every resource can be written."""

    module: Module
    resources: tuple[Prepared, ...]

    def of(self, *kinds: type[Resource]) -> list[Prepared]:
        """Its resources of these kinds."""
        return [each for each in self.resources if isinstance(each.resource, kinds)]


def document(resource: Resource) -> tuple[Content, Quota]:
    """Return the policy document that a resource carries, and what it is measured against."""
    match resource:
        case ServiceControlPolicy():
            return resource.content, Quota.SCP
        case ResourceControlPolicy():
            return resource.content, Quota.RCP
        case TagPolicy():
            return resource.content, Quota.TAG_POLICY
        case KmsKey():
            return resource.policy, Quota.KEY_POLICY
        case IamPolicy():
            return resource.content, Quota.MANAGED_POLICY
        case IamRole():
            return resource.trust, Quota.ROLE_TRUST
        case _:
            raise RenderError(f"there is no rendering for a resource of the kind {resource.kind!r}")


def prepare(module: Module) -> PreparedModule:
    """Check everything that AWS and every format demand of a module; a ``RenderError`` names all that fails."""
    names.require_module_name(module.name)
    problems = [f"{field}: {reason}" for field, reason in limits.module_refusals(module)]
    for resource in module.resources:
        problems += [f"{called(resource)}: {field}: {reason}" for field, reason in limits.refusals(resource)]
    problems = problems or list(_disagreements(module))
    if problems:
        raise RenderError("\n".join(f"{module.name}: {problem}" for problem in problems))
    return PreparedModule(module, tuple(_prepared(resource, module.name) for resource in module.resources))


def called(resource: Resource) -> str:
    """Say which resource it is, for a message."""
    return f"{resource.kind} {resource.name!r}"


def _prepared(resource: Resource, module: str) -> Prepared:
    content, quota = document(resource)
    plain = content.to_dict() if isinstance(content, PolicyDocument) else dict(content)
    text = minified(plain)
    size = text_size(text, content.kind if isinstance(content, PolicyDocument) else PolicyKind.SCP)
    if size > LIMITS[quota].size:
        limit = LIMITS[quota]
        raise RenderError(
            f"{module}: {called(resource)}: its document is {size:,} {limit.unit}, and a {quota} may have "
            f"{limit.size:,}"
        )
    return Prepared(resource, text, laid_out(plain), size, quota)


def _disagreements(module: Module) -> Iterator[str]:
    """Yield what does not fit together in a module."""
    for resource in module.resources:
        if resource.module != module.name or resource.account != module.account:
            yield f"{called(resource)}: belongs to {resource.module} in {resource.account}, not {module.account}"
    for repeated in _repeated((resource.kind, resource.name.casefold()) for resource in module.resources):
        yield f"there are two resources {repeated[0]} {repeated[1]!r}"
    keys = [resource for resource in module.resources if isinstance(resource, KmsKey)]
    for repeated in _repeated((key.scope, key.region) for key in keys):
        yield f"there are two keys for the scope {repeated[0]!r} in {repeated[1]}"
    yield from _loose_ends(module, keys)


def _loose_ends(module: Module, keys: list[KmsKey]) -> Iterator[str]:
    """Yield names that something in the module needs and that the module does not have."""
    roles = {resource.name for resource in module.resources if isinstance(resource, IamRole)}
    for key in keys:
        for role in sorted(set(key.needs_roles) - roles):
            yield f"{called(key)}: needs_roles: there is no role {role!r} in this module"
        if key.region not in module.regions:
            yield f"{called(key)}: region: {key.region} is none of the module's Regions"
        if key.former_name is not None and any(other.name == key.former_name != key.name for other in keys):
            yield f"{called(key)}: former_name: {key.former_name!r} is still the name of another key"
    for resource in module.resources:
        if isinstance(resource, IamPolicy):
            for role in sorted(set(resource.attached_to) - roles):
                yield f"{called(resource)}: attached_to: there is no role {role!r} in this module"


def require_distinct_names(modules: Iterable[Module]) -> None:
    """Raise ``RenderError`` where AWS would find two things of one name: they would take turns overwriting."""
    owners: dict[tuple[str, ...], tuple[str, Resource]] = {}
    seen: set[str] = set()
    for module in modules:
        if module.name in seen:
            raise RenderError(f"there are two modules {module.name}")
        seen.add(module.name)
        for resource in module.resources:
            name = _name_in_aws(resource)
            other, same = owners.setdefault(name, (module.name, resource))
            if same is not resource:
                raise RenderError(
                    f"{module.name}: {called(resource)} and {other}: {called(same)} would be the same thing in AWS "
                    f"({', '.join(name)}); rename one of them"
                )


def _name_in_aws(resource: Resource) -> tuple[str, ...]:
    match resource:
        case OrganizationPolicy():
            return (resource.policy_type, resource.name)
        case KmsKey():
            return (resource.account, resource.region, resource.alias)
        case _:
            # IAM takes names that differ only in case for the same name.
            return (resource.account, resource.kind, resource.name.lower())


def _repeated(values: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [value for value, count in Counter(values).items() if count > 1]
