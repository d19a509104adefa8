"""The key that an answer names."""

from __future__ import annotations

from collections.abc import Mapping

from bedrock_cmk_guard.sources.aws.answers import Answer, leaves
from bedrock_cmk_guard.subjects import Absent, Choice, Fact, KeyName, KeyValue, Place, Step, Unknown
from bedrock_cmk_guard.surfaces import Surface


def key_in(surface: Surface, operation: str, wrapper: str, resource: Answer, place: Place) -> Fact[KeyValue]:
    """The key that a resource names, wherever the catalogue says that this operation shows it.

    The catalogue's paths begin at the answer; ``wrapper`` is the member of it that the resource was taken from.
    """
    found: dict[KeyName | Absent | Unknown, None] = {}
    paths = [each.path for each in surface.key.response if each.operation == operation]
    if not paths:
        return Fact(Unknown(f"{operation} does not show it"), place)
    for path in paths:
        first, *rest = path.split(".")
        *above, last = rest if wrapper and first.removesuffix("[]") == wrapper else [first, *rest]
        for holder in leaves(resource, above):
            # Of several places for a key (volumes of different kinds) some are not there at all.
            if isinstance(holder, Mapping) or len(paths) == 1:
                named = holder.get(last) if isinstance(holder, Mapping) else None
                found[KeyName(named) if isinstance(named, str) and named else Absent("left out")] = None
    if not found:
        found[Absent("left out")] = None
    # Several volumes are each encrypted by themselves: one without a key leaves data without one.
    absent = next((each for each in found if isinstance(each, Absent)), None)
    if absent is not None:
        return Fact(absent, place, (Step(f"{operation} shows no key", place),))
    names = tuple(found)
    said = " and ".join(each.text for each in names if isinstance(each, KeyName))
    value: KeyValue = names[0] if len(names) == 1 else Choice(names, "its volumes have a key each")
    return Fact(value, place, (Step(f"{operation} shows {said}", place),))
