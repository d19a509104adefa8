"""What is right of requirements in which something is wrong, so that the rules can be held against that much of them.

A field that is wrong, or may be meant by a name that is none, is not there. A rule that asks for one stops
(:func:`as_far_as_known`): nothing is ever concluded from what was left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from operator import attrgetter, methodcaller
from typing import ParamSpec, TypeVar, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter

from bedrock_cmk_guard.errors import Problem, RequirementsError
from bedrock_cmk_guard.requirements.suggest import closest
from bedrock_cmk_guard.requirements.types import Model
from bedrock_cmk_guard.text.nodes import Path

T = TypeVar("T")
V = TypeVar("V")
M = TypeVar("M", bound=Model)
P = ParamSpec("P")


def contradictions_so_far(
    model: type[M],
    data: object,
    mistakes: Iterable[Path],
    rules: Iterable[Callable[[M], Iterator[Problem]]] = (),
) -> list[Problem]:
    """Every way in which what is right of the data contradicts itself, or breaks rules besides the model's own.

    ``mistakes`` are the fields that are not right.
    """
    wrong = _Wrong()
    for path in mistakes:
        wrong.mark(path)
    builder = _Builder()
    right = builder.build(model, data, wrong, ())
    return [*builder.problems, *(found for rule in rules for found in as_far_as_known(rule, right))]


def as_far_as_known(
    rule: Callable[P, Iterator[Problem]], *args: P.args, **kwargs: P.kwargs
) -> Iterator[Problem]:
    """What a rule finds until it asks for a field that is left out."""
    try:
        yield from rule(*args, **kwargs)
    except AttributeError as error:
        if not _is_left_out(error):
            raise


def each(items: Iterable[T], rule: Callable[[int, T], Iterator[Problem]]) -> Iterator[Problem]:
    """What a rule finds of each item, whatever is not known of the others."""
    for index, item in enumerate(items):
        yield from as_far_as_known(rule, index, item)


def known(items: Iterable[T], of: Callable[[T], V]) -> Iterator[V]:
    """A fact about each item of which it is known."""
    for item in items:
        try:
            yield of(item)
        except AttributeError as error:
            if not _is_left_out(error):
                raise


def names(items: Iterable[T], of: Callable[[T], str] = attrgetter("name")) -> list[str | None]:
    """The names of items in their order, None where one is not known."""
    return [next(known((item,), of), None) for item in items]


def _is_left_out(error: AttributeError) -> bool:
    return isinstance(error.obj, Model) and error.name in type(error.obj).model_fields


@dataclass(slots=True)
class _Wrong:
    """What is wrong with a field, and with the fields below it."""

    itself: bool = False
    below: dict[str | int, _Wrong] = field(default_factory=dict)

    def mark(self, path: Path) -> None:
        node = self
        for step in path:
            node = node.below.setdefault(step, _Wrong())
        node.itself = True


class _Builder:
    """Builds what is right, and asks of it whatever can be asked."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def build(self, kind: type[M], data: object, wrong: _Wrong, path: Path) -> M:
        """The part as far as it is right; with nothing in it, if its fields contradict each other."""
        values: dict[str, object] = {}
        left_out = set(kind.model_fields)
        if isinstance(data, Mapping):
            given = kind.given(data)
            assert isinstance(given, Mapping)
            may_be_meant = _may_be_meant(wrong.below.keys(), given.keys(), kind)
            for name in kind.model_fields:
                if name in wrong.below:
                    self._mend(kind, name, given.get(name), wrong.below[name], path, values)
                elif name in given:
                    values[name] = _reader(kind, name).validate_python(given[name])
            left_out -= values.keys() | (
                kind.model_fields.keys() - given.keys() - may_be_meant - wrong.below.keys()
            )
        made = _with(kind, values, left_out)
        if self._contradicts_itself(made, path):
            return _with(kind, {}, kind.model_fields)
        return made

    def _mend(
        self,
        kind: type[Model],
        name: str,
        value: object,
        wrong: _Wrong,
        path: Path,
        values: dict[str, object],
    ) -> None:
        """Put the field's right parts among the values, if it has parts."""
        part, many = _part(kind, name)
        here = (*path, name)
        if part is None:
            return
        if not many and isinstance(value, Mapping):
            values[name] = self.build(part, value, wrong, here)
        elif many and isinstance(value, list) and wrong.below:
            values[name] = tuple(
                self.build(part, item, wrong.below[index], (*here, index))
                if index in wrong.below
                else part.model_validate(item)
                for index, item in enumerate(value)
            )

    def _contradicts_itself(self, made: Model, path: Path) -> bool:
        """Whether the part's own rules, each by itself, find something."""
        found = False
        for name, rule in type(made).__pydantic_decorators__.model_validators.items():
            if rule.info.mode != "after":
                continue
            try:
                next(known((made,), methodcaller(name)), None)
            except RequirementsError as error:
                self.problems += error.problems
            except ValueError as error:
                self.problems.append(Problem(path, str(error)))
                found = True
        return found


def _with(kind: type[M], values: Mapping[str, object], left_out: Iterable[str]) -> M:
    made = kind.model_construct(None, **values)
    assert isinstance(made, kind)  # the plugin of mypy takes it for the bound
    for name in left_out:
        made.__dict__.pop(name, None)
    return made


def _may_be_meant(wrong: Iterable[str | int], given: Iterable[str], kind: type[Model]) -> set[str]:
    """The fields that were not given, or not under their name: the nearest to a name that is none, or any of them."""
    missing = kind.model_fields.keys() - set(given)
    meant: set[str] = set()
    for name in wrong:
        if name not in kind.model_fields:
            nearest = closest(str(name), kind.model_fields)
            meant |= {nearest} if nearest in missing else missing
    return meant


@cache
def _reader(kind: type[Model], name: str) -> TypeAdapter[object]:
    return TypeAdapter(get_type_hints(kind, include_extras=True)[name])


@cache
def _part(kind: type[Model], name: str) -> tuple[type[Model] | None, bool]:
    """The model that a field is made of, and whether it is a list of them."""
    annotation = kind.model_fields[name].annotation
    candidates = (annotation, *get_args(annotation))
    part = next((each for each in candidates if isinstance(each, type) and issubclass(each, Model)), None)
    return part, get_origin(annotation) is tuple
