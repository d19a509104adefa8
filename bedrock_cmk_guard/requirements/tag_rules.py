"""The rules that hold between the tag standard and the workloads, each yielding the field that breaks it."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from bedrock_cmk_guard.errors import Problem
from bedrock_cmk_guard.requirements.partial import as_far_as_known, each
from bedrock_cmk_guard.requirements.standards import Isolation, RequiredTag, TagSource
from bedrock_cmk_guard.requirements.suggest import with_hint
from bedrock_cmk_guard.requirements.types import TagValue

if TYPE_CHECKING:
    from bedrock_cmk_guard.requirements.model import Requirements
    from bedrock_cmk_guard.requirements.workloads import Workload

_TAG_VALUE = TypeAdapter(TagValue)


def reserved(req: Requirements) -> Iterator[Problem]:
    """Nobody sets a tag that is reserved."""

    def demanded(j: int, tag: RequiredTag) -> Iterator[Problem]:
        if _is_reserved(tag.key, req):
            yield Problem(("tag_standard", "tags", j, "key"), f"{tag.key!r} is reserved")

    def set_by(i: int, workload: Workload) -> Iterator[Problem]:
        for key in workload.tags:
            if _is_reserved(key, req):
                yield Problem(("workloads", i, "tags", key), "is reserved")

    yield from as_far_as_known(lambda: each(req.tag_standard.tags, demanded))
    yield from each(req.workloads, set_by)


def values(req: Requirements) -> Iterator[Problem]:
    """Every demanded tag has a value that the standard allows."""
    for i, workload in enumerate(req.workloads):
        yield from each(req.tag_standard.tags, partial(_tag_value, i, workload))


def _is_reserved(key: str, req: Requirements) -> bool:
    ours = {own.lower() for own in req.tag_standard.guard.reserved}
    return key.lower() in ours or key.lower().startswith("aws:")


def _tag_value(index: int, workload: Workload, _: int, tag: RequiredTag) -> Iterator[Problem]:
    field: tuple[str | int, ...] = ("workloads", index)
    if tag.value_from is None:
        field, value = (*field, "tags", tag.key), workload.tags.get(tag.key)
    else:
        if workload.tags.get(tag.key) is not None:
            yield Problem(
                (*field, "tags", tag.key),
                f"the value of this tag comes from {tag.value_from}: leave it out here",
            )
        field, value = (*field, tag.value_from.value), getattr(workload, tag.value_from.value)
    if value is None:
        yield Problem(field, "is missing: this tag is demanded and nothing gives its value")
    elif not _fits_kms(value):
        yield Problem(
            field,
            f"the tag {tag.key!r} takes its value from here, and KMS takes only letters, digits, spaces and "
            "_.:/=+-@ in a tag's value, 256 of them at most",
        )
    elif tag.values and value not in tag.values:
        yield Problem(field, with_hint(f"{value!r} is not a value of the tag {tag.key!r}", value, tag.values))
    elif tag.pattern is not None and not _fits(value, tag.pattern):
        yield Problem(field, f"{value!r} does not fit the tag {tag.key!r}: {tag.pattern}")


def _fits(value: str, pattern: str) -> bool:
    # In a tag policy only * is a wildcard.
    return fnmatchcase(value, pattern.replace("[", "[[]").replace("?", "[?]"))


def _fits_kms(value: str) -> bool:
    try:
        _TAG_VALUE.validate_python(value)
    except ValidationError:
        return False
    return True


def shared_keys(req: Requirements) -> Iterator[Problem]:
    """Workloads that share an environment's key must agree on the tags that it has to carry."""
    demanded = [
        tag
        for tag in req.tag_standard.tags
        if "kms:key" in tag.required_on and tag.value_from is not TagSource.NAME
    ]
    first: dict[tuple[str, str], Workload] = {}

    def agrees(i: int, workload: Workload) -> Iterator[Problem]:
        if req.isolation(workload) is not Isolation.ENVIRONMENT:
            return
        other = first.setdefault((workload.environment, req.key_account(workload)), workload)
        for tag in demanded:
            ours, theirs = workload.tag_value(tag), other.tag_value(tag)
            if ours != theirs:
                yield Problem(
                    ("workloads", i, tag.value_from.value if tag.value_from else "tags"),
                    f"shares the key of {workload.environment} with {other.name!r}, so the tag {tag.key!r} must have "
                    f"one value: {ours!r} here, {theirs!r} there; give it a key of its own with isolation: workload",
                )

    return each(req.workloads, agrees)
