"""Resources that only a default switches off: which variable would switch them on, and what they are then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from bedrock_cmk_guard.sources.terraform.placeholders import least_given
from bedrock_cmk_guard.sources.terraform.world import World
from bedrock_cmk_guard.subjects import Unknown

if TYPE_CHECKING:
    from bedrock_cmk_guard.sources.terraform.declared import DeclaredBlock
    from bedrock_cmk_guard.sources.terraform.language.values import Value

Supposing = Callable[[Mapping[str, "Value"]], World]
MAX_VARIABLES = 200
"""Of one root that are tried."""


def switched_off(world: World) -> Iterator[str]:
    """Give the addresses, without keys, of what is called or declared and has no instance."""
    for module in world.modules():
        for name in module.module.calls:
            call = module.call(name)
            if call is not None and not isinstance(call.folder, Unknown) and not call.expansion.items:
                yield call.address
        for kind, name in module.module.resources:
            declared = module.declared("resource", kind, name)
            if declared is not None and _is_judged(declared) and not declared.expansion.items:
                yield declared.address


def _is_judged(declared: DeclaredBlock) -> bool:
    from bedrock_cmk_guard.sources.terraform.targets import targets

    return declared.type in targets()


def supposed_worlds(world: World, suppose: Supposing) -> Iterator[tuple[World, str]]:
    """Give worlds in which more is there, each with what is supposed in it.

    One variable at a time is set to other than its default: true for false, and something unknown for what is null
    or empty. Where no single one helps, all of them are set together.
    """
    if not any(True for _ in switched_off(world)):
        return
    # One by one only what a count or for_each depends on: each costs a walk through all modules.
    fresh = suppose({})
    off = set(switched_off(fresh))
    possible = dict(_candidates(world))
    candidates = {name: value for name, value in possible.items() if name in fresh.asked}
    deeper: set[str] = set()
    for name, value in list(candidates.items())[:MAX_VARIABLES]:
        if not off:
            break
        other = suppose({name: value})
        still = set(switched_off(other))
        if off - still:
            yield other, _said(name, value)
            deeper |= still - off
            off &= still
    if off or deeper:
        yield from _all_together(possible, candidates, off | deeper, suppose)


def _all_together(
    possible: Mapping[str, Value], candidates: Mapping[str, Value], off: set[str], suppose: Supposing
) -> Iterator[tuple[World, str]]:
    """What several variables switch off between them, one in a module that another one switches off."""
    together = {name: value for name, value in possible.items() if value is not False} | dict(candidates)
    if len(together) > 1:
        other = suppose(together)
        if off - set(switched_off(other)):
            yield other, f"judged as created: only the defaults of {_listed(together)} switch it off"


def _candidates(world: World) -> Iterator[tuple[str, Value]]:
    for name, block in world.root.module.variables.items():
        if "default" not in block.body.attributes or world.given(name) is not None:
            continue
        value = world.root.variable(name).value
        if value is False or value is True:
            yield name, not value
        elif value is None or value in ("", 0, (), {}):
            reason = Unknown(f"var.{name} is empty by default only", delegated=world.published)
            yield name, least_given(block, reason) if world.published else reason


def _said(name: str, value: Value) -> str:
    if isinstance(value, bool):
        return f"judged as created: var.{name} is {'false' if value else 'true'} by default only"
    return f"judged as created: var.{name} is empty by default only"


def _listed(candidates: Mapping[str, Value]) -> str:
    names = [f"var.{name}" for name in candidates]
    return ", ".join(names[:5]) + (" and others" if len(names) > 5 else "")
