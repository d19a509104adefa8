"""A stack: a template with what it is given, and with it every value that is in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from bedrock_cmk_guard.sources.cloudformation.calls import FOR_EACH, call_of
from bedrock_cmk_guard.sources.cloudformation.conditions import implied, truth
from bedrock_cmk_guard.sources.cloudformation.foreach import expand
from bedrock_cmk_guard.sources.cloudformation.functions import apply
from bedrock_cmk_guard.sources.cloudformation.identities import attribute_of, referred
from bedrock_cmk_guard.sources.cloudformation.nesting import NESTED, Given, given_to, nested_template
from bedrock_cmk_guard.sources.cloudformation.parameters import has_default, parameter
from bedrock_cmk_guard.sources.cloudformation.sam import implied_roles
from bedrock_cmk_guard.sources.cloudformation.scalars import typed
from bedrock_cmk_guard.sources.cloudformation.template import Declared, Template, declared
from bedrock_cmk_guard.sources.cloudformation.values import NoValue, Value, either, follow, options, unknown
from bedrock_cmk_guard.sources.cloudformation.world import MAX_NESTED, World
from bedrock_cmk_guard.subjects import ASSUMED_ACCOUNT, ASSUMED_REGION, FaultKind, Place, Step, Unknown
from bedrock_cmk_guard.text.nodes import Entry, MapNode, Node, Scalar

_CIRCLE = "it goes round in a circle"
_PSEUDO_UNKNOWN = ("AWS::StackName", "AWS::StackId", "AWS::NotificationARNs")


@dataclass(slots=True)
class _Memory:
    """What was found before. None stands for what is being looked for."""

    values: dict[tuple[str, bool], Value | None] = field(default_factory=dict)
    truths: dict[object, bool | Unknown | None] = field(default_factory=dict)


class Stack:
    """A template with what it is given."""

    def __init__(
        self,
        template: Template,
        world: World,
        *,
        prefix: str = "",
        given: Mapping[str, Given] | None = None,
        above: tuple[Template, ...] = (),
    ) -> None:
        self.template = template
        self.world = world
        self.prefix = prefix
        self.given = given or {}
        self.above = above
        self.memory = _Memory()
        self.children: dict[str, Stack | None] = {}
        world.files[template.file] = None

    def address(self, name: str) -> str:
        """The address of a resource: its logical id behind those of the stacks that it is nested in."""
        return self.prefix + name

    @property
    def scope(self) -> Scoped:
        """The stack as it is seen from anywhere in it."""
        return Scoped(self)

    @cached_property
    def conditions(self) -> Mapping[str, Entry]:
        """The conditions, loops written out."""
        return self._expanded("Conditions")

    @cached_property
    def outputs(self) -> Mapping[str, Entry]:
        """The outputs, loops written out."""
        return self._expanded("Outputs")

    @cached_property
    def resources(self) -> Mapping[str, Declared]:
        """The resources, loops written out, with the roles that SAM adds."""
        found: dict[str, Declared] = {}
        for name, entry in self._expanded("Resources").items():
            resource = declared(name, entry)
            if resource is not None:
                found[name] = resource
        return {**implied_roles(found), **found}

    def _expanded(self, section: str) -> Mapping[str, Entry]:
        def refuse(entry: Entry, message: str) -> None:
            self.world.fault(FaultKind.UNJUDGED, message, entry.key_place)

        return expand(self.template.section(section), self.scope.evaluate, self.world.spend, refuse)

    def parameter(self, name: str, entry: Entry, *, overridden: bool) -> Value:
        """What a parameter comes to; ``overridden``, if somebody sets one that is left to its default."""
        key = (name, overridden)
        if key in self.memory.values:
            return self.memory.values[key] or unknown(_CIRCLE, entry.key_place)
        self.memory.values[key] = None
        given = self.given[name]() if name in self.given else Value(NoValue(), entry.key_place)
        taken = [
            parameter(name, entry, None if isinstance(each.data, NoValue) else each, overridden=overridden)
            for each in options(given)
        ]
        found = either(taken, given.unknown.reason, given.place) if given.unknown is not None else taken[0]
        self.memory.values[key] = found
        return found

    @cached_property
    def left_to_defaults(self) -> frozenset[str]:
        """The parameters that nobody sets, though anybody may."""
        return frozenset(
            name
            for name, entry in self.template.section("Parameters").items()
            if name not in self.given and has_default(entry)
        )


@dataclass(frozen=True, slots=True)
class Scoped:
    """A stack as it is seen from one place: which conditions hold there, and whether defaults may be overridden."""

    stack: Stack
    holds: Mapping[str, bool] = field(default_factory=dict)
    overridden: bool = False

    def evaluate(self, node: Node) -> Value:
        """What a node comes to."""
        world = self.stack.world
        if world.nested >= MAX_NESTED:
            return unknown("values are nested too deep, or go round in a circle", node.place)
        if not world.spend():
            return unknown("the template comes to more values than are looked at", node.place)
        world.nested += 1
        try:
            found = self._evaluated(node)
        finally:
            world.nested -= 1
        if isinstance(found.data, str) and "{{resolve:" in found.data:
            return found.but(Unknown("a dynamic reference is resolved when the stack is made"))
        return found

    def _evaluated(self, node: Node) -> Value:
        call = call_of(node)
        if call is not None:
            return apply(call, self)
        if isinstance(node, Scalar):
            return Value(typed(node), node.place)
        if isinstance(node, MapNode):
            return self._map(node)
        return Value(tuple(self.evaluate(item) for item in node.items), node.place)

    def _map(self, node: MapNode) -> Value:
        if "Fn::Transform" in node.entries:
            return unknown("Fn::Transform runs a macro over it", node.place)
        refused: list[str] = []
        entries = expand(
            node.entries, self.evaluate, self.stack.world.spend, lambda _, message: refused.append(message)
        )
        if refused:
            return unknown(refused[0], node.place)
        return Value({name: self.evaluate(entry.value) for name, entry in entries.items()}, node.place)

    def property(self, resource: Declared, *path: str) -> Value:
        """What a property of a resource comes to; NoValue where it is left out."""
        return self.within(resource.properties, path)

    def within(self, node: Node, path: tuple[str, ...]) -> Value:
        """What stands at a path below a node, without a look at its neighbours."""
        for index, name in enumerate(path):
            if not isinstance(node, MapNode) or call_of(node) is not None:
                return follow(self.evaluate(node), path[index:])
            if "Fn::Transform" in node.entries:
                return unknown("Fn::Transform runs a macro over it", node.place)
            if name not in node.entries and any(each.startswith(FOR_EACH) for each in node.entries):
                return follow(self.evaluate(node), path[index:])
            below = node.get(name)
            if below is None:
                return Value(NoValue(), node.place)
            node = below
        return self.evaluate(node)

    def reference(self, name: str, place: Place) -> Value:
        """What ``Ref`` gives for a name."""
        if name.startswith("AWS::"):
            return self._pseudo(name, place)
        entry = self.stack.template.section("Parameters").get(name)
        if entry is not None:
            overridden = self.overridden and name in self.stack.left_to_defaults
            return self.stack.parameter(name, entry, overridden=overridden)
        resource = self.stack.resources.get(name)
        if resource is None:
            return unknown(f"there is no parameter or resource {name}", place)
        return referred(resource, self, place)

    def _pseudo(self, name: str, place: Place) -> Value:
        environment = self.stack.world.environment
        region = environment.region or ASSUMED_REGION
        match name:
            case "AWS::NoValue":
                return Value(NoValue(), place)
            case "AWS::AccountId":
                account = environment.account
                return Value(account or ASSUMED_ACCOUNT, place, assumed=account is None)
            case "AWS::Region":
                return Value(region, place, assumed=environment.region is None)
            case "AWS::Partition":
                return Value(environment.partition, place, assumed=environment.region is None)
            case "AWS::URLSuffix":
                suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
                return Value(suffix, place, assumed=environment.region is None)
        known = name in _PSEUDO_UNKNOWN
        return unknown(f"{name} is known once the stack exists" if known else f"there is no {name}", place)

    def attribute(self, resource: str, attribute: str, place: Place) -> Value:
        """What ``Fn::GetAtt`` gives."""
        # A module's resources have a dot in their ids, and so has what is nested.
        found = self.stack.resources.get(resource)
        if found is None:
            return unknown(f"there is no resource {resource}", place)
        if found.type in NESTED and attribute.startswith("Outputs."):
            return self._output(found, attribute.removeprefix("Outputs."), place)
        return attribute_of(found, attribute, self, place)

    def _output(self, resource: Declared, name: str, place: Place) -> Value:
        child = self.child(resource)
        if child is None:
            return unknown(f"the template of {resource.id} was not read", place)
        entry = child.outputs.get(name)
        value = entry.value.get("Value") if entry and isinstance(entry.value, MapNode) else None
        if entry is None or value is None:
            return unknown(f"{resource.id} has no output {name}", place)
        found = child.scope.evaluate(value)
        return found.after(Step(f"output {name} of {resource.id}", entry.key_place))

    def child(self, resource: Declared) -> Stack | None:
        """The stack that a resource nests; None, with a fault, where its template cannot be read."""
        children = self.stack.children
        if resource.id not in children:
            found = nested_template(resource, self)
            given = {} if found is None else given_to(resource, self)
            children[resource.id] = None if found is None else self._nested(found, resource, given)
        return children[resource.id]

    def _nested(self, template: Template, resource: Declared, given: Mapping[str, Given]) -> Stack:
        return Stack(
            template,
            self.stack.world,
            prefix=f"{self.stack.address(resource.id)}/",
            given=given,
            above=(*self.stack.above, self.stack.template),
        )

    def mapping(self, name: str) -> Entry | None:
        """A mapping of the template."""
        return self.stack.template.section("Mappings").get(name)

    def condition(self, name: str) -> bool | Unknown:
        """Whether a condition holds."""
        if name in self.holds:
            return self.holds[name]
        entry = self.stack.conditions.get(name)
        if entry is None:
            return Unknown(f"there is no condition {name}")
        truths, key = self.stack.memory.truths, (name, self.overridden, frozenset(self.holds.items()))
        if key in truths:
            known = truths[key]
            return Unknown(_CIRCLE) if known is None else known
        world = self.stack.world
        if world.nested >= MAX_NESTED:
            return Unknown("conditions are nested too deep")
        truths[key] = None
        world.nested += 1
        try:
            found = truth(entry.value, self)
        finally:
            world.nested -= 1
        truths[key] = found
        return found

    def assuming(self, name: str, truth: bool) -> Scoped:
        """The same stack, where a condition holds or does not, with what follows from that."""
        holds = dict(self.holds)
        pending = [(name, truth)]
        while pending:
            each, value = pending.pop()
            if each not in holds:
                holds[each] = value
                entry = self.stack.conditions.get(each)
                if entry is not None:
                    pending.extend(implied(entry.value, value))
        return replace(self, holds=holds)
