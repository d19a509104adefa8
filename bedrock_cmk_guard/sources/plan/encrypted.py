"""The resources of a plan that take a key, and the key that each names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bedrock_cmk_guard.sources.plan.instance import Instance, Value
from bedrock_cmk_guard.sources.plan.origins import Lost, Origin
from bedrock_cmk_guard.sources.plan.plan import Plan, because, tags_of
from bedrock_cmk_guard.sources.terraform import targets as terraform
from bedrock_cmk_guard.sources.terraform.kinds import ALIASES, KEYS, ROLES
from bedrock_cmk_guard.subjects import (
    Absent,
    Choice,
    EncryptedResource,
    Fact,
    KeyName,
    KeyValue,
    Step,
    Unknown,
)

_Path = tuple[str | int, ...]
_DYNAMIC = Unknown("it stands in a dynamic block, and a plan does not say what that refers to")


@dataclass(frozen=True, slots=True)
class _Leaf:
    """The value at the end of a path, or where the path broke off."""

    path: _Path
    value: Value
    whole: bool
    """Whether this is the end of the path."""


def encrypted_resources(plan: Plan) -> Iterator[EncryptedResource]:
    """Give every resource that takes a key, once for each surface that it is."""
    for instance in plan.of_type(terraform.targets()):
        for target in terraform.targets()[instance.type]:
            circumstance = terraform.CIRCUMSTANCES.get(target.surface)
            if circumstance is None or _holds(plan, instance, circumstance):
                yield _resource(plan, instance, target)


def _resource(plan: Plan, instance: Instance, target: terraform.Target) -> EncryptedResource:
    return EncryptedResource(
        surface=target.surface,
        type=instance.type,
        address=instance.address,
        place=instance.place,
        key=_key(plan, instance, target),
        attribute=target.attribute,
        name=_name(instance),
        account=plan.names.account(instance),
        region=plan.names.region(instance),
        tags=tags_of(instance),
        role=_role(plan, instance),
    )


def _holds(plan: Plan, instance: Instance, circumstance: terraform.Circumstance) -> bool:
    """Whether the resource is of the surface; where that is not known it is taken to be."""
    wanted = [_there(plan, instance, path) for path in circumstance.any_of]
    if circumstance.or_equal is not None:
        path, value = circumstance.or_equal
        wanted.append(any(leaf.value == value for leaf in _leaves(instance.values, path)))
    refused = [_there(plan, instance, path) for path in circumstance.none_of]
    return (not wanted or any(there is not False for there in wanted)) and True not in refused


def _there(plan: Plan, instance: Instance, path: Sequence[str]) -> bool | None:
    """Whether something stands at a path; None where that is not known."""
    for leaf in _leaves(instance.values, tuple(path)):
        if isinstance(leaf.value, Unknown):
            return False if plan.is_left_out(instance, leaf.path) else None
        if leaf.whole and leaf.value not in (None, [], False):
            return True
    return False


def _leaves(values: Value, path: tuple[str, ...], before: _Path = ()) -> Iterator[_Leaf]:
    """Follow a path through blocks, of which there may be several, and objects."""
    if isinstance(values, Sequence) and not isinstance(values, str) and values:
        for index, item in enumerate(values):
            yield from _leaves(item, path, (*before, index))
    elif isinstance(values, Mapping) and path:
        yield from _leaves(values.get(path[0]), path[1:], (*before, path[0]))
    else:
        yield _Leaf(before, values, whole=not path)


def _key(plan: Plan, instance: Instance, target: terraform.Target) -> Fact[KeyValue]:
    key = _named_key(plan, instance, target)
    return terraform.switched(
        target.surface,
        key,
        lambda path: (leaf.value for leaf in _leaves(instance.values, path) if leaf.whole),
    )


def _named_key(plan: Plan, instance: Instance, target: terraform.Target) -> Fact[KeyValue]:
    facts = [_leaf_key(plan, instance, leaf) for leaf in _leaves(instance.values, target.path)]
    if len(facts) == 1:
        return facts[0]
    trail = tuple(step for fact in facts for step in fact.trail)
    return Fact(
        _one_of([fact.value for fact in facts], "several blocks name one each"), instance.place, trail
    )


def _leaf_key(plan: Plan, instance: Instance, leaf: _Leaf) -> Fact[KeyValue]:
    attribute = ".".join(step for step in leaf.path if isinstance(step, str))
    value = leaf.value
    if isinstance(value, Unknown):
        return _key_after_apply(plan, instance, leaf, attribute)
    dropped = _dropped(instance, leaf.path)
    if value in (None, []):
        how = "null" if leaf.whole and not plan.is_left_out(instance, leaf.path) else "left out"
        said = f"{attribute} is {'left out' if how == 'left out' else 'null'}"
        return Fact(
            Absent("left out" if how == "left out" else "null"),
            instance.place,
            (Step(said, instance.place), *dropped),
        )
    if value == "":
        return Fact(
            Absent("empty"), instance.place, (Step(f"{attribute} is empty", instance.place), *dropped)
        )
    if not isinstance(value, str):
        return Fact(Unknown(f"{attribute} is not text"), instance.place)
    return Fact(KeyName(value), instance.place, (Step(f"{attribute} is {value}", instance.place),))


def _dropped(instance: Instance, path: _Path) -> tuple[Step, ...]:
    """Tell of a key that the plan takes away."""
    here: object = instance.before
    for step in path:
        if isinstance(here, Mapping) and isinstance(step, str):
            here = here.get(step)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            here = here[step]
        else:
            return ()
    return (
        (Step(f"before this plan it was {here}", instance.place),) if isinstance(here, str) and here else ()
    )


def _key_after_apply(plan: Plan, instance: Instance, leaf: _Leaf, attribute: str) -> Fact[KeyValue]:
    if plan.is_left_out(instance, leaf.path):
        if _may_be_dynamic(plan, instance, leaf):
            return Fact(_DYNAMIC, instance.place)
        # Optional and computed: the provider will know what AWS chose, which is no customer's key.
        left_out = Step(f"{attribute} is left out", instance.place)
        return Fact(Absent("left out"), instance.place, (left_out,))
    origins = plan.origins.of(instance, leaf.path)
    said = Step(f"{attribute} is known only after the apply", instance.place)
    trail = (said, *(step for origin in origins for step in origin.trail))
    values = [_key_name(plan, origin, alone=len(origins) == 1) for origin in origins] or [because(None)]
    return Fact(_one_of(values, "the plan does not say which"), instance.place, trail)


def _may_be_dynamic(plan: Plan, instance: Instance, leaf: _Leaf) -> bool:
    """Whether a dynamic block may stand for what is not written: a plan has nothing of those. awscc has no blocks."""
    above = (leaf.path[:length] for length in range(1, len(leaf.path)))
    is_block = not leaf.whole and not instance.type.startswith("awscc_")
    return is_block or any(plan.is_left_out(instance, path) for path in above)


def _key_name(plan: Plan, origin: Origin | Lost, *, alone: bool) -> KeyName | Unknown:
    """Return the name of the key that an origin is, or why it is not known.

    A key's id, or an alias's name, that is not the only origin may have been put together with others to an ARN.
    """
    if isinstance(origin, Lost) or origin.instance.mode != "managed":
        return because(origin)
    instance, attribute, names = origin.instance, origin.attribute, plan.names
    if instance.type in KEYS:
        # A whole resource, as a splat refers to it: whatever of a key names it, names that key.
        if attribute in ("arn", ""):
            return KeyName(names.key_arn(instance))
        if alone and attribute in ("id", "key_id"):
            return KeyName(names.key_arn(instance).rpartition("/")[2])
    if instance.type in ALIASES:
        if attribute in ("arn", ""):
            return KeyName(names.alias_arn(instance))
        if alone and attribute in ("name", "id", "alias_name"):
            return KeyName(names.alias(instance))
        if attribute in ("target_key_arn", "target_key_id"):
            target = plan.only_origin(instance, ("target_key_id",))
            if target is not None and target.instance.type in KEYS:
                return KeyName(names.key_arn(target.instance))
    return because(origin)


def _one_of(values: Sequence[KeyValue], reason: str) -> KeyValue:
    options: list[KeyName | Absent | Unknown] = []
    for value in values:
        options += value.options if isinstance(value, Choice) else (value,)
    distinct = tuple(dict.fromkeys(options))
    return distinct[0] if len(distinct) == 1 else Choice(distinct, reason)


def _name(instance: Instance) -> Fact[str]:
    for name in terraform.NAMES:
        value = instance.values.get(name)
        if isinstance(value, Unknown) or (isinstance(value, str) and value):
            return Fact(value, instance.place)
    return Fact(Unknown("it has no name"))


def _role(plan: Plan, instance: Instance) -> Fact[str] | None:
    for name in terraform.ROLES:
        value = instance.values.get(name)
        if isinstance(value, str):
            return Fact(value, instance.place)
        if isinstance(value, Unknown):
            origin = plan.only_origin(instance, (name,))
            if origin is not None and origin.instance.type in ROLES and origin.instance.mode == "managed":
                return Fact(plan.names.role_arn(origin.instance), instance.place, origin.trail)
            return Fact(because(origin), instance.place)
    return None
