"""The IAM roles of a plan, each with the policies that the same plan gives it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bedrock_cmk_guard.sources.plan.documents import document
from bedrock_cmk_guard.sources.plan.instance import Instance, Value
from bedrock_cmk_guard.sources.plan.origins import Origin
from bedrock_cmk_guard.sources.plan.plan import Plan, because
from bedrock_cmk_guard.sources.terraform.kinds import POLICIES, ROLES
from bedrock_cmk_guard.subjects import Document, Fact, Role, Unknown

_GIVING = {
    "aws_iam_role_policy": ("role", "policy"),
    "awscc_iam_role_policy": ("role_name", "policy_document"),
    "aws_iam_role_policy_attachment": ("role", "policy_arn"),
    "aws_iam_policy_attachment": ("roles", "policy_arn"),
    "awscc_iam_managed_policy": ("roles", "policy_document"),
}
"""What gives a role a policy: the argument that names the role or roles, and the one with the policy."""


def roles(plan: Plan) -> tuple[Role, ...]:
    """Return every role that is there once the plan is applied."""
    known = _Known(plan)
    given: dict[str, list[Fact[Document]]] = {}
    for instance in plan.of_type(_GIVING):
        argument, policy = _GIVING[instance.type]
        is_arn = policy == "policy_arn"
        gives = known.managed(instance, policy) if is_arn else document(plan, instance, policy)
        for address in known.roles(instance, argument):
            given.setdefault(address, []).append(gives)
    return tuple(_role(known, instance, given.get(instance.address, [])) for instance in plan.of_type(ROLES))


class _Known:
    """Finds the roles and managed policies of a plan, by name, ARN or reference."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._roles: dict[str, set[str]] = {}
        self._policies = {plan.names.policy_arn(policy): policy for policy in plan.of_type(POLICIES)}
        for role in plan.of_type(ROLES):
            for name in {role.known_text("name", "role_name"), role.known_text("id")} - {None}:
                self._roles.setdefault(str(name), set()).add(role.address)

    def roles(self, instance: Instance, argument: str) -> set[str]:
        """Return the addresses of the roles that an argument names; they may be many."""
        value = instance.values.get(argument)
        values = _items(value) or (value,)
        found = {address for each in values if isinstance(each, str) for address in self._roles.get(each, ())}
        if any(isinstance(each, Unknown) for each in values):
            for origin in self.plan.origins.of(instance, (argument,)):
                if isinstance(origin, Origin) and origin.instance.type in ROLES:
                    found.add(origin.instance.address)
        return found

    def managed(self, instance: Instance, argument: str, index: int | None = None) -> Fact[Document]:
        """Return the document of the managed policy that an argument names, if the plan has it."""
        value = instance.values.get(argument)
        value = _items(value)[index] if index is not None else value
        if isinstance(value, Unknown):
            origin = self.plan.only_origin(instance, (argument,))
            if origin is None or origin.instance.type not in POLICIES or origin.instance.mode != "managed":
                return Fact(because(origin), instance.place)
            return _of_policy(self.plan, origin.instance)
        policy = self._policies.get(value) if isinstance(value, str) else None
        if policy is None:
            return Fact(Unknown(f"{value} is not in what was read"), instance.place)
        return _of_policy(self.plan, policy)


def _role(known: _Known, instance: Instance, given: Sequence[Fact[Document]]) -> Role:
    plan = known.plan
    awscc = instance.type.startswith("awscc_")
    name = instance.values.get("role_name" if awscc else "name")
    trust = document(plan, instance, "assume_role_policy_document" if awscc else "assume_role_policy")
    boundary = instance.values.get("permissions_boundary")
    return Role(
        address=instance.address,
        place=instance.place,
        arn=plan.names.role_arn(instance),
        name=Fact(name if isinstance(name, str) else because(None), instance.place),
        account=plan.names.account(instance),
        trust=trust,
        policies=(*_own(known, instance, awscc), *given),
        boundary=known.managed(instance, "permissions_boundary") if boundary else None,
    )


def _own(known: _Known, instance: Instance, awscc: bool) -> Iterator[Fact[Document]]:
    """Give the policies that stand in the role itself."""
    plan = known.plan
    blocks, inner = ("policies", "policy_document") if awscc else ("inline_policy", "policy")
    for index, block in enumerate(_items(instance.values.get(blocks))):
        if isinstance(block, Mapping) and (block.get(inner) or isinstance(block.get(inner), Unknown)):
            yield document(plan, instance, blocks, index, inner)
    if _is_written_later(plan, instance, blocks):
        yield Fact(because(plan.only_origin(instance, (blocks,))), instance.place)
    if _is_written_later(plan, instance, "managed_policy_arns"):
        yield Fact(because(plan.only_origin(instance, ("managed_policy_arns",))), instance.place)
    for index, _ in enumerate(_items(instance.values.get("managed_policy_arns"))):
        yield known.managed(instance, "managed_policy_arns", index)


def _is_written_later(plan: Plan, instance: Instance, name: str) -> bool:
    return isinstance(instance.values.get(name), Unknown) and not plan.is_left_out(instance, (name,))


def _of_policy(plan: Plan, policy: Instance) -> Fact[Document]:
    return document(plan, policy, "policy_document" if policy.type.startswith("awscc_") else "policy")


def _items(value: Value) -> Sequence[Value]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()
