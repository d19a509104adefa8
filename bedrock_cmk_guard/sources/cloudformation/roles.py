"""IAM roles as templates declare them, with the policies that are attached to them, and those that SAM makes.

Source: the template reference of AWS::IAM::Role, RolePolicy, Policy and ManagedPolicy, and of SAM's resources.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from bedrock_cmk_guard.sources.cloudformation import facts
from bedrock_cmk_guard.sources.cloudformation.documents import Names, document, policy
from bedrock_cmk_guard.sources.cloudformation.identities import IMPLIED_ROLE, MANAGED_POLICY, ROLE, arn_of
from bedrock_cmk_guard.sources.cloudformation.presence import Inhabitant
from bedrock_cmk_guard.sources.cloudformation.sam import trust_of
from bedrock_cmk_guard.sources.cloudformation.stack import Scoped
from bedrock_cmk_guard.sources.cloudformation.template import Declared
from bedrock_cmk_guard.sources.cloudformation.values import NoValue, Value, follow, items_of, options, text_of
from bedrock_cmk_guard.subjects import Document, Fact, Role, Step, Unknown

_POLICY = "AWS::IAM::Policy"
_ROLE_POLICY = "AWS::IAM::RolePolicy"
ROLE_TYPES = (ROLE, IMPLIED_ROLE)


def hand_written(inhabitants: Sequence[Inhabitant]) -> dict[str, str]:
    """The ARNs that roles with a name will have, by which a template may call them too, and those made up for them."""
    found = {}
    for inhabitant in inhabitants:
        if inhabitant.resource.type != ROLE:
            continue
        resource, scope = inhabitant.resource, inhabitant.scope
        name = scope.property(resource, "RoleName").data
        path = scope.property(resource, "Path").data
        arn = arn_of(resource, scope) or ""
        if isinstance(name, str) and isinstance(path, str | NoValue):
            found[f"{arn.rpartition(':')[0]}:role{path if isinstance(path, str) else '/'}{name}"] = arn
    return found


def roles(inhabitants: Sequence[Inhabitant], names: Names) -> tuple[Role, ...]:
    """Every role, with what its policies say."""
    attached = _Attached(inhabitants, names)
    return tuple(
        _role(inhabitant.resource, inhabitant.scope, names, attached)
        for inhabitant in inhabitants
        if inhabitant.resource.type in ROLE_TYPES
    )


def _role(resource: Declared, scope: Scoped, names: Names, attached: _Attached) -> Role:
    arn = arn_of(resource, scope) or ""
    name = scope.property(resource, "RoleName")
    fact = (
        Fact(arn.rpartition("/")[2])
        if resource.type == IMPLIED_ROLE
        else facts.text(name, arn.rpartition("/")[2])
    )
    own = _sam_policies if resource.type == IMPLIED_ROLE else _own_policies
    boundary = scope.property(resource, "PermissionsBoundary")
    return Role(
        address=scope.stack.address(resource.id),
        place=resource.place,
        arn=arn,
        name=fact,
        account=facts.place_facts(scope)["account"],
        trust=_trust(resource, scope, names),
        policies=(*own(resource, scope, names, attached), *attached.of_role(arn, fact)),
        boundary=None if isinstance(boundary.data, NoValue) else attached.by_arn(boundary),
    )


def _trust(resource: Declared, scope: Scoped, names: Names) -> Fact[Document]:
    node = resource.properties.get("AssumeRolePolicyDocument")
    if node is None and resource.type == IMPLIED_ROLE:
        return Fact(cast("Document", trust_of(resource)), resource.place, (Step("the role is SAM's own"),))
    return policy(node, scope, names)


class _Attached:
    """The policies that are declared apart from the roles that they are attached to."""

    def __init__(self, inhabitants: Sequence[Inhabitant], names: Names) -> None:
        self._managed: dict[str, Fact[Document]] = {}
        self._by_role: list[tuple[Value, Fact[Document]]] = []
        for inhabitant in inhabitants:
            self._take(inhabitant.resource, inhabitant.scope, names)

    def _take(self, resource: Declared, scope: Scoped, names: Names) -> None:
        if resource.type not in (_POLICY, _ROLE_POLICY, MANAGED_POLICY):
            return
        found = policy(resource.properties.get("PolicyDocument"), scope, names)
        if resource.type == MANAGED_POLICY:
            self._managed[arn_of(resource, scope) or ""] = found
        if resource.type == _ROLE_POLICY:
            self._by_role.append((scope.property(resource, "RoleName"), found))
            return
        listed = scope.property(resource, "Roles")
        for option in options(listed):
            items = items_of(option)
            self._by_role.extend((item, found) for item in (() if isinstance(items, Unknown) else items))

    def of_role(self, arn: str, name: Fact[str]) -> Iterator[Fact[Document]]:
        """The policies that name a role of this ARN or name."""
        wanted = {arn.rpartition("/")[2], name.known()}
        for value, found in self._by_role:
            if any(text_of(option) in wanted for option in options(value)):
                yield found

    def by_arn(self, value: Value) -> Fact[Document]:
        """The managed policy of an ARN; Unknown, with its ARN, where it was not read."""
        if value.unknown is not None:
            return Fact(value.unknown, value.place, value.trail)
        arn = text_of(value)
        if isinstance(arn, str) and arn in self._managed:
            return self._managed[arn]
        unread = arn if isinstance(arn, Unknown) else Unknown(f"the policy {arn} is not declared here")
        return Fact(unread, value.place, value.trail)


def _listed(value: Value) -> Iterator[Value]:
    """The items of a list; where it is not known, one that is not known either."""
    if isinstance(value.data, NoValue):
        return
    items = items_of(value)
    if value.unknown is not None or isinstance(items, Unknown):
        yield value.but(Unknown("a list is expected there") if value.unknown is None else value.unknown)
    else:
        yield from items


def _own_policies(
    resource: Declared, scope: Scoped, names: Names, attached: _Attached
) -> Iterator[Fact[Document]]:
    for item in _listed(scope.property(resource, "Policies")):
        found = follow(item, ["PolicyDocument"]) if isinstance(item.data, Mapping) else item
        yield Fact(document(found, names), found.place, found.trail)
    for item in _listed(scope.property(resource, "ManagedPolicyArns")):
        yield attached.by_arn(item)


def _sam_policies(
    resource: Declared, scope: Scoped, names: Names, attached: _Attached
) -> Iterator[Fact[Document]]:
    value = scope.property(resource, "Policies")
    listed = _listed(value) if isinstance(value.data, tuple | NoValue) else iter((value,))
    for item in listed:
        if isinstance(item.data, Mapping) and "Statement" in item.data:
            yield Fact(document(item, names), item.place, item.trail)
        elif isinstance(item.data, Mapping):
            template = ", ".join(item.data)
            yield Fact(Unknown(f"what SAM's policy template {template} allows was not read"), item.place)
        else:
            yield attached.by_arn(item)
