"""Provider blocks: in which Region and account, and with which tags, their resources are made."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from bedrock_cmk_guard.sources.terraform.language.expressions import (
    Expression,
    Literal,
    ObjectExpression,
    Reference,
)
from bedrock_cmk_guard.sources.terraform.nested import Spot, nested, spot_of
from bedrock_cmk_guard.subjects import Fact, Unknown

if TYPE_CHECKING:
    from bedrock_cmk_guard.sources.terraform.language.syntax import Block
    from bedrock_cmk_guard.sources.terraform.language.values import Value
    from bedrock_cmk_guard.sources.terraform.module_instance import ModuleInstance

_NO_REGION = Unknown("its Region is that of whoever applies it")
_NO_ACCOUNT = Unknown("its account is that of whoever applies it")


class Provider:
    """A provider block, in the module that has it."""

    def __init__(self, module: ModuleInstance, block: Block) -> None:
        self._module = module
        self.block = block

    @cached_property
    def region(self) -> Fact[str]:
        """The Region."""
        spot = next(iter(self._at("region")), None)
        if spot is None or not isinstance(spot.value, str):
            return Fact(_NO_REGION)
        return Fact(spot.value, spot.place, spot.steps)

    @cached_property
    def account(self) -> Fact[str]:
        """The account: that of the role that is assumed, or the only one that is allowed."""
        for spot in (
            *self._at("assume_role", "role_arn"),
            *self._at("assume_role_with_web_identity", "role_arn"),
        ):
            if isinstance(spot.value, str) and spot.value.count(":") >= 5:
                return Fact(spot.value.split(":")[4], spot.place, spot.steps)
        for spot in self._at("allowed_account_ids"):
            if isinstance(spot.value, tuple) and len(spot.value) == 1 and isinstance(spot.value[0], str):
                return Fact(spot.value[0], spot.place, spot.steps)
        return Fact(_NO_ACCOUNT)

    @cached_property
    def default_tags(self) -> Mapping[str, Value] | Unknown:
        """The tags that everything of this provider gets."""
        tags: dict[str, Value] = {}
        for spot in self._at("default_tags", "tags"):
            if isinstance(spot.value, Mapping):
                tags.update(spot.value)
            elif spot.value is not None:
                return Unknown("the provider's default tags are not known")
        return tags

    def _at(self, *path: str) -> list[Spot]:
        return [
            spot
            for spot in nested(spot_of(self.block.body, self.block.header, self._module.scope), path)
            if spot.there
        ]


def provider_of(module: ModuleInstance, name: str) -> Provider | None:
    """Find the block behind a provider's name in a module: its own, or one that its caller hands down."""
    block = module.module.providers.get(name)
    if block is not None:
        return Provider(module, block)
    if module.inputs is None:
        return None
    handed = _handed_down(module.inputs.block)
    if name in handed:
        return module.inputs.caller.provider(handed[name])
    return None if "." in name else module.inputs.caller.provider(name)


def _handed_down(call: Block) -> Mapping[str, str]:
    attribute = call.body.attributes.get("providers")
    if attribute is None or not isinstance(attribute.expression, ObjectExpression):
        return {}
    names = ((_name(key), _name(value)) for key, value in attribute.expression.items)
    return {key: value for key, value in names if key and value}


def _name(expression: Expression) -> str:
    """A provider's name, as ``aws`` or ``aws.eu``, or the same in quotes."""
    if isinstance(expression, Reference):
        return ".".join((expression.root, *expression.attributes))
    return expression.value if isinstance(expression, Literal) and isinstance(expression.value, str) else ""
