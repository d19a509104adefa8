"""What a control may ask besides its subject: what was read with it, and what is demanded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from functools import cached_property

from bedrock_cmk_guard.controls.assignment import Assignment, assign
from bedrock_cmk_guard.controls.documents import Policy
from bedrock_cmk_guard.controls.questions import KeyQuestions
from bedrock_cmk_guard.demands import Demand, Demands, WorkloadDemands
from bedrock_cmk_guard.subjects import Absent, Choice, EncryptedResource, Key, KeyName, Reading, Role, Unknown
from bedrock_cmk_guard.surfaces import KeyPurpose, Surface, catalogue


class Context:
    """One reading, looked at from its subjects: which key, role and workload belong to which resource."""

    def __init__(self, reading: Reading, demands: Demands, today: dt.date) -> None:
        self.reading = reading
        self.demands = demands
        self.today = today
        self._assigned: dict[int, Assignment] = {}
        self._policies: dict[str, Policy] = {}

    def surface(self, resource: EncryptedResource) -> Surface:
        """The row of the catalogue that a resource is an instance of."""
        return catalogue().surfaces[resource.surface]

    def holds_data(self, resource: EncryptedResource) -> bool:
        """Whether its key protects data at rest. A signing key protects none."""
        return self.surface(resource).key.purpose is KeyPurpose.ENCRYPTION

    def assignment(self, resource: EncryptedResource) -> Assignment:
        """Which workload it belongs to."""
        found = self._assigned.get(id(resource))
        if found is None:
            found = self._assigned[id(resource)] = assign(resource, self.demands.workloads)
        return found

    def demand(self, resource: EncryptedResource) -> Demand:
        """What is demanded of it."""
        return self.demands.demand(self.surface(resource).tier, self.assignment(resource).workload)

    @cached_property
    def demanded(self) -> tuple[EncryptedResource, ...]:
        """The resources of which something is demanded."""
        return tuple(
            resource
            for resource in self.reading.resources
            if self.holds_data(resource) and self.demand(resource) is not Demand.IGNORED
        )

    def key_named(self, name: str) -> Key | None:
        """The key that was read under this name: its ARN, its id or one of its aliases."""
        return self._keys.get(name) or self._keys.get(_alias(name))

    @cached_property
    def _keys(self) -> dict[str, Key]:
        found: dict[str, Key] = {}
        for key in self.reading.keys:
            for name in (key.arn, key.arn.rpartition("/")[2], *key.aliases):
                found.setdefault(name, key)
        return found

    def keys_of(self, resource: EncryptedResource) -> tuple[Key, ...]:
        """The keys read that it names, or may."""
        found = (self.key_named(each.text) for each in names(resource))
        return tuple({id(key): key for key in found if key is not None}.values())

    def users_of(self, key: Key) -> tuple[EncryptedResource, ...]:
        """The resources of which something is demanded that name the key, or may."""
        return self._users.get(key.arn, ())

    @cached_property
    def _users(self) -> dict[str, tuple[EncryptedResource, ...]]:
        found: dict[str, tuple[EncryptedResource, ...]] = {}
        for resource in self.demanded:
            for key in self.keys_of(resource):
                found[key.arn] = (*found.get(key.arn, ()), resource)
        return found

    def is_used(self, key: Key) -> bool:
        """Whether anything that was read names it, or may, whatever is demanded of it."""
        return any(key is each for resource in self.reading.resources for each in self.keys_of(resource))

    def workload_of(self, users: Iterable[EncryptedResource]) -> WorkloadDemands | None:
        """The one workload whose resources use a key or a role; None where there is none, or several."""
        found = {id(each): each for resource in users if (each := self.assignment(resource).workload)}
        return next(iter(found.values())) if len(found) == 1 else None

    def key_policy(self, key: Key) -> Policy:
        """The key's policy; what KMS gives it, where it has none."""
        found = self._policies.get(key.arn)
        if found is None:
            found = self._policies[key.arn] = KeyQuestions(self.reading, key.arn, key).policy
        return found

    def role_of(self, resource: EncryptedResource) -> Role | None:
        """The service role that it is given, where that was read."""
        name = resource.role.known() if resource.role is not None else None
        return self._roles.get(name) if name is not None else None

    @cached_property
    def _roles(self) -> dict[str, Role]:
        found = {role.arn: role for role in self.reading.roles}
        for role in self.reading.roles:
            name = role.name.known()
            if name is not None:
                found.setdefault(name, role)
        return found

    def served_by(self, role: Role) -> tuple[EncryptedResource, ...]:
        """The resources of which something is demanded whose service role it is."""
        return tuple(resource for resource in self.demanded if self.role_of(resource) is role)

    def called_by(self, role: Role) -> tuple[EncryptedResource, ...]:
        """The resources of which something is demanded that it is known to call."""
        return tuple(resource for resource in self.demanded if role.arn in resource.callers)


def names(resource: EncryptedResource) -> Iterator[KeyName]:
    """Whatever names the key, on any branch."""
    return (each for each in options(resource) if isinstance(each, KeyName))


def options(resource: EncryptedResource) -> tuple[KeyName | Absent | Unknown, ...]:
    """What the key may be; one thing, unless it is chosen by something that cannot be known."""
    value = resource.key.value
    return value.options if isinstance(value, Choice) else (value,)


def _alias(name: str) -> str:
    """The alias in an alias's ARN."""
    if not name.startswith("arn:") or ":alias/" not in name:
        return ""
    return f"alias/{name.partition(':alias/')[2]}"
