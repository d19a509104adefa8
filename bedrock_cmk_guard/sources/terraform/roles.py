"""The IAM roles of a root, each with the policies that the same root gives it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from bedrock_cmk_guard.sources.terraform.facts import place_of
from bedrock_cmk_guard.sources.terraform.keys import policy_fact
from bedrock_cmk_guard.sources.terraform.kinds import POLICIES, ROLES
from bedrock_cmk_guard.sources.terraform.language.values import Computed, Value, is_open, why_unknown
from bedrock_cmk_guard.sources.terraform.naming import Names
from bedrock_cmk_guard.sources.terraform.nested import nested, spot_of
from bedrock_cmk_guard.subjects import Document, Fact, Role, Unknown

if TYPE_CHECKING:
    from bedrock_cmk_guard.sources.terraform.declared import Declared
    from bedrock_cmk_guard.sources.terraform.world import World

_GIVING = {
    "aws_iam_role_policy": ("role", "policy"),
    "awscc_iam_role_policy": ("role_name", "policy_document"),
    "aws_iam_role_policy_attachment": ("role", "policy_arn"),
    "aws_iam_role_policy_attachments_exclusive": ("role_name", "policy_arns"),
    "aws_iam_policy_attachment": ("roles", "policy_arn"),
    "awscc_iam_managed_policy": ("roles", "policy_document"),
}
"""What gives a role a policy: the argument that names the role or roles, and the one with the policy."""


def roles(world: World, names: Names) -> tuple[Role, ...]:
    """Return every role."""
    reader = _Reader(world, names)
    given: dict[str, list[Fact[Document]]] = {}
    for instance in reader.of_types(_GIVING):
        argument, policy = _GIVING[instance.type]
        named = list(reader.roles(instance, argument))
        if named:
            facts = list(reader.policies(instance, policy))
            for address in named:
                given.setdefault(address, []).extend(facts)
    return tuple(
        reader.role(instance, given.get(instance.address, ())) for instance in reader.of_types(ROLES)
    )


class _Reader:
    def __init__(self, world: World, names: Names) -> None:
        self._world = world
        self._names = names
        self._by_name: dict[str, str] = {}
        self._by_arn: dict[str, str] = {}
        self._managed: dict[str, Declared] = {}
        for instance in self.of_types(ROLES):
            name = names.text(Computed(instance.address, (ROLES[instance.type],)))
            if isinstance(name, str):
                self._by_name.setdefault(name, instance.address)
            self._by_arn[names.role_arn(instance)] = instance.address
        for instance in self.of_types(POLICIES):
            self._managed[names.made_up("iam", "policy", instance)] = instance

    def of_types(self, types: Iterable[str]) -> Iterator[Declared]:
        for block in self._world.blocks("resource"):
            if block.type in types:
                yield from self._world.instances(block)

    def roles(self, instance: Declared, argument: str) -> Iterator[str]:
        """Give the addresses of the roles that an argument names."""
        value = instance.evaluated(argument)
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, Computed):
                declared = self._world.declared.get(each.address)
                if declared is not None and declared.type in ROLES and not declared.is_data:
                    yield each.address
                    continue
            name = self._names.text(each)
            if isinstance(name, str):
                address = self._by_name.get(name) or self._by_arn.get(name)
                if address:
                    yield address

    def policies(self, instance: Declared, argument: str) -> Iterator[Fact[Document]]:
        """Give the policies that an argument holds, or names by their ARNs."""
        if argument not in ("policy_arn", "policy_arns", "managed_policy_arns", "permissions_boundary"):
            yield policy_fact(self._names, instance, argument)
            return
        attribute = instance.attribute(argument)
        if attribute is None:
            return
        value, trail = instance.traced(attribute)
        for each in value if isinstance(value, tuple) else (value,):
            if each is not None:
                document = self._of_arn(each)
                yield Fact(document.value, attribute.place, (*trail, *document.trail))

    def _of_arn(self, value: Value) -> Fact[Document]:
        arn = self._names.text(value)
        if isinstance(arn, Unknown):
            return Fact(why_unknown(value) if is_open(value) else arn)
        policy = self._managed.get(arn)
        if policy is None:
            return Fact(Unknown(f"{arn} is not in what was read"))
        return policy_fact(self._names, policy, "policy", "policy_document")

    def role(self, instance: Declared, given: Iterable[Fact[Document]]) -> Role:
        names = self._names
        boundary = list(self.policies(instance, "permissions_boundary"))
        attribute = instance.attribute(ROLES[instance.type])
        name = names.text(Computed(instance.address, (ROLES[instance.type],)))
        return Role(
            address=instance.address,
            place=place_of(instance),
            arn=names.role_arn(instance),
            name=Fact(name, attribute.place if attribute else None),
            account=names.account(instance),
            trust=policy_fact(names, instance, "assume_role_policy", "assume_role_policy_document"),
            policies=(*self._own(instance), *given),
            boundary=boundary[0] if boundary else None,
        )

    def _own(self, instance: Declared) -> Iterator[Fact[Document]]:
        """Give the policies that stand in the role itself."""
        yield from self.policies(instance, "managed_policy_arns")
        awscc = instance.type.startswith("awscc_")
        path = ("policies", "policy_document") if awscc else ("inline_policy", "policy")
        whole = spot_of(instance.block.body, instance.block.header, instance.scope)
        for spot in nested(whole, path):
            if spot.there and not (spot.value is None and not spot.doubt):
                document: Document = Unknown(spot.doubt) if spot.doubt else self._names.document(spot.value)
                yield Fact(document, spot.place, spot.steps)
