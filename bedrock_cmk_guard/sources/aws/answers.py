"""What AWS answers, looked into without trusting its form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

Answer: TypeAlias = Mapping[str, object]


def text(answer: Answer, *names: str) -> str:
    """The first of these members that holds text; empty where none does."""
    return next((value for name in names if isinstance(value := answer.get(name), str)), "")


def part(answer: Answer, name: str) -> Answer:
    """A member that is a structure; empty where it is none."""
    value = answer.get(name)
    return value if isinstance(value, Mapping) else {}


def items(answer: Answer, name: str) -> list[Answer]:
    """A member that is a list of structures."""
    value = answer.get(name)
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    return [each for each in value if isinstance(each, Mapping)]


def date(answer: Answer, *names: str) -> dt.date | None:
    """The day of the first of these members that holds a time."""
    for name in names:
        value = answer.get(name)
        if isinstance(value, dt.datetime):
            return value.astimezone(dt.UTC).date()
    return None


def leaves(answer: object, path: Sequence[str]) -> Iterator[object]:
    """What stands at the end of a path of the catalogue, once for each element of the lists on its way.

    None where the path breaks off; nothing for an empty list.
    """
    if not path:
        yield answer
        return
    value = answer.get(path[0].removesuffix("[]")) if isinstance(answer, Mapping) else None
    if path[0].endswith("[]") and isinstance(value, Sequence) and not isinstance(value, str):
        for each in value:
            yield from leaves(each, path[1:])
    else:
        yield from leaves(value, path[1:])


def tags_in(value: object) -> dict[str, str]:
    """Tags, in any of the three forms in which AWS's services write them."""
    if isinstance(value, Mapping):
        return {str(name): str(each) for name, each in value.items()}
    found: dict[str, str] = {}
    for each in value if isinstance(value, Sequence) and not isinstance(value, str) else ():
        if isinstance(each, Mapping):
            name = text(each, "key", "Key", "TagKey")
            found[name] = text(each, "value", "Value", "TagValue")
    return found
