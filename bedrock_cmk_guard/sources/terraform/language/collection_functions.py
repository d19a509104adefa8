"""Terraform's functions on lists, sets, maps and objects. One that is not sure to agree says Unknown.

Source: https://developer.hashicorp.com/terraform/language/functions
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal

from bedrock_cmk_guard.sources.terraform.language import operators
from bedrock_cmk_guard.sources.terraform.language.casting import (
    cast,
    list_of_set,
    set_of,
    type_of_element,
)
from bedrock_cmk_guard.sources.terraform.language.joining import NOT_SURE, known_text, tolerant
from bedrock_cmk_guard.sources.terraform.language.scope import EvaluationError
from bedrock_cmk_guard.sources.terraform.language.text_functions import Function
from bedrock_cmk_guard.sources.terraform.language.types import (
    ANY,
    BOOL,
    NUMBER,
    STRING,
    CollectionType,
    Type,
    unify,
)
from bedrock_cmk_guard.sources.terraform.language.values import (
    ListValue,
    MapValue,
    SetValue,
    Value,
    is_known,
    is_open,
    one_of,
    same,
    why_unknown,
)
from bedrock_cmk_guard.subjects import Unknown

MAX_RANGE = 10_000


def _listed(value: Value) -> tuple[Value, ...] | Unknown:
    """A list, tuple or set as a tuple, in the order in which Terraform walks it."""
    if isinstance(value, SetValue):
        ordered = list_of_set(value)
        return ordered if isinstance(ordered, tuple) else why_unknown(ordered)
    if isinstance(value, tuple):
        return value
    if is_open(value):
        return why_unknown(value)
    return _refused(value, "it takes a list")


def _refused(value: Value, message: str) -> Unknown:
    """Refuse a value; of a null without a type Terraform says that the result is unknown."""
    if value is None:
        return Unknown("null is given to a function")
    raise EvaluationError(message)


def on_list(compute: Callable[..., Value]) -> Function:
    """Make a function of one whose first argument is a list."""

    def function(value: Value, *others: Value) -> Value:
        listed = _listed(value)
        return listed if isinstance(listed, Unknown) else compute(listed, *others)

    return function


def _mapped(value: Value) -> Mapping[str, Value] | Unknown:
    if isinstance(value, Mapping):
        return value
    if is_open(value):
        return why_unknown(value)
    return _refused(value, "it takes a map")


def length(value: Value) -> Value:
    """Count elements, or the characters of a text."""
    if isinstance(value, SetValue) and len(value) > 1 and not is_known(value):
        return why_unknown(value)
    if isinstance(value, str):
        return len(value) if value.isascii() else Unknown("how long the text is, is not counted here")
    if isinstance(value, (tuple, Mapping)):
        return len(value)
    if is_open(value):
        return why_unknown(value)
    return _refused(value, "it has no length")


def element(items: tuple[Value, ...], index: Value) -> Value:
    """Take an element, from the start again behind the end."""
    position = cast(index, NUMBER)
    if isinstance(position, Decimal):
        raise EvaluationError("the index is no whole number")
    if not isinstance(position, int):
        return why_unknown(position) if is_open(position) else Unknown("the index is no whole number")
    if not items:
        raise EvaluationError("there is no such element")
    if position < 0:
        return Unknown(f"{NOT_SURE}: versions of Terraform differ about an index below zero")
    return items[position % len(items)]


def lookup(value: Value, key: Value, *default: Value) -> Value:
    """Take an element by its key, or the default."""
    found = _mapped(value)
    name = known_text(key)
    if isinstance(found, Unknown):
        return found
    if isinstance(name, Unknown):
        return name
    if name in found:
        return found[name]
    if not default:
        raise EvaluationError(f"there is no element {name}")
    if isinstance(found, MapValue) and found:
        return cast(default[0], unify(map(type_of_element, found.values())))
    return default[0]


def merge(*values: Value) -> Value:
    """Lay maps over each other, the last one on top."""
    made: dict[str, Value] = {}
    mapped = True
    for value in values:
        if value is None:
            continue
        found = _mapped(value)
        if isinstance(found, Unknown):
            return found
        mapped = mapped and isinstance(found, MapValue)
        made.update({name: found[name] for name in found})
    return MapValue(made) if mapped else made


def concat(*values: Value) -> Value:
    """Put lists behind each other."""
    parts = [_listed(value) for value in values]
    items: list[Value] = []
    for part in parts:
        if isinstance(part, Unknown):
            return part
        items.extend(part)
    if all(isinstance(part, ListValue) for part in parts):
        return cast(tuple(items), CollectionType("list", ANY))
    return tuple(items)


def flatten(items: tuple[Value, ...]) -> Value:
    """Lay lists in lists flat."""
    flat: list[Value] = []
    for item in items:
        inner = _listed(item) if isinstance(item, tuple) else None
        if isinstance(inner, Unknown) or (is_open(item) and not _is_single(item)):
            return why_unknown(item)
        if inner is None:
            flat.append(item)
            continue
        laid = flatten(inner)
        if not isinstance(laid, tuple):
            return laid
        flat.extend(laid)
    return tuple(flat)


def _is_single(value: Value) -> bool:
    """Whether what is not known is surely no list."""
    return operators.surely_not_empty(value)


def compact(items: tuple[Value, ...]) -> Value:
    """Leave out what is null or empty."""
    kept: list[Value] = []
    for item in items:
        if is_open(item) and not operators.surely_not_empty(item):
            return why_unknown(item)
        if item is not None and item != "":
            kept.append(cast(item, STRING))
    return ListValue(kept)


def distinct(items: tuple[Value, ...]) -> Value:
    """Leave out what comes a second time."""
    if len(items) > 1 and not is_known(items):
        return why_unknown(items)
    kept: list[Value] = []
    for item in items:
        if not any(same(item, other) for other in kept):
            kept.append(item)
    return ListValue(kept)


def contains(items: tuple[Value, ...], wanted: Value) -> Value:
    """Whether something is among the elements."""
    if wanted is None:
        raise EvaluationError("null is looked for")
    unknown: Unknown | None = None
    for item in items:
        is_it = operators.equal(item, wanted)
        if is_it is True:
            return True
        if isinstance(is_it, Unknown):
            unknown = is_it
    return unknown if unknown is not None else False


def coalesce(*values: Value) -> Value:
    """Return the first that is neither null nor empty."""
    common = unify(map(type_of_element, values))
    for index, value in enumerate(values):
        if is_open(value) and not operators.surely_not_empty(value):
            rest = values[index + 1 :]
            if not rest:
                return value
            return one_of([value, tolerant(coalesce, rest)], why_unknown(value).reason)
        if value is not None and value != "":
            return cast(value, common)
    raise EvaluationError("all of them are null or empty")


def one(items: tuple[Value, ...]) -> Value:
    """Return the only element, or null."""
    if len(items) > 1:
        raise EvaluationError("there is more than one element")
    return items[0] if items else None


def _convert(kind: Type) -> Function:
    def function(value: Value) -> Value:
        return cast(value, kind)

    return function


def _keys(value: Value) -> Value:
    found = _mapped(value)
    return found if isinstance(found, Unknown) else ListValue(sorted(found))


def _values(value: Value) -> Value:
    found = _mapped(value)
    if isinstance(found, Unknown):
        return found
    items = (found[name] for name in sorted(found))
    return ListValue(items) if isinstance(found, MapValue) else tuple(items)


def _slice(items: tuple[Value, ...], start: Value, end: Value) -> Value:
    first, last = cast(start, NUMBER), cast(end, NUMBER)
    if not isinstance(first, int) or not isinstance(last, int):
        return Unknown("which part of the list it is, is not known")
    if not 0 <= first <= last <= len(items):
        raise EvaluationError("the part lies outside of the list")
    return type(items)(items[first:last]) if isinstance(items, ListValue) else items[first:last]


def _reverse(items: tuple[Value, ...]) -> Value:
    return ListValue(items[::-1]) if isinstance(items, ListValue) else items[::-1]


def _sort(items: tuple[Value, ...]) -> Value:
    texts = [known_text(item) for item in items]
    unknown = next((text for text in texts if isinstance(text, Unknown)), None)
    return ListValue(sorted(text for text in texts if isinstance(text, str))) if unknown is None else unknown


def _zipmap(keys: tuple[Value, ...], values: Value) -> Value:
    listed = _listed(values)
    if isinstance(listed, Unknown):
        return listed
    if len(listed) != len(keys):
        raise EvaluationError("there are not as many keys as values")
    names = [known_text(key) for key in keys]
    unknown = next((name for name in names if isinstance(name, Unknown)), None)
    return unknown if unknown is not None else dict(zip(map(str, names), listed, strict=True))


def _range(*values: Value) -> Value:
    numbers = [cast(value, NUMBER) for value in values]
    whole = [number for number in numbers if isinstance(number, int)]
    if len(whole) < len(numbers) or not 1 <= len(whole) <= 2:
        return Unknown("the limits of a range are not known")
    start, limit = whole if len(whole) == 2 else (0, whole[0])
    made = range(start, limit, 1 if start <= limit else -1)
    return ListValue(made) if len(made) <= MAX_RANGE else Unknown("the range is too long")


def _union(*values: Value) -> Value:
    return (
        set_of(_all_items(values))
        if all(isinstance(value, tuple) for value in values)
        else why_unknown(values)
    )


def _all_items(values: Iterable[Value]) -> Iterator[Value]:
    return (item for value in values if isinstance(value, tuple) for item in value)


def _subtract(left: Value, right: Value) -> Value:
    both = (left, right)
    if not isinstance(left, tuple) or not isinstance(right, tuple) or not is_known(both):
        return why_unknown(both)
    return set_of(item for item in left if not any(same(item, other) for other in right))


def _truths(decisive: bool) -> Callable[[tuple[Value, ...]], Value]:
    def function(items: tuple[Value, ...]) -> Value:
        truths = [cast(item, BOOL) for item in items]
        if any(truth is decisive for truth in truths):
            return decisive
        unknown = [truth for truth in truths if not isinstance(truth, bool)]
        if not unknown:
            return not decisive
        return why_unknown(unknown[0]) if is_open(unknown[0]) else Unknown("one of them is null")

    return function


def _extreme(choose: Callable[[list[int | Decimal]], int | Decimal]) -> Function:
    def function(*values: Value) -> Value:
        numbers = [cast(value, NUMBER) for value in values]
        known = [number for number in numbers if isinstance(number, (int, Decimal))]
        return choose(known) if known and len(known) == len(numbers) else why_unknown(tuple(numbers))

    return function


def _coalesce_lists(*values: Value) -> Value:
    for value in values:
        if is_open(value):
            return why_unknown(value)
        if value:
            return value
    raise EvaluationError("all of the lists are empty")


def _same(value: Value) -> Value:
    return value


COLLECTION_FUNCTIONS: dict[str, Function] = {
    "alltrue": on_list(_truths(False)),
    "anytrue": on_list(_truths(True)),
    "coalesce": coalesce,
    "coalescelist": _coalesce_lists,
    "compact": on_list(compact),
    "concat": concat,
    "contains": on_list(contains),
    "distinct": on_list(distinct),
    "element": on_list(element),
    "flatten": on_list(flatten),
    "keys": _keys,
    "length": length,
    "lookup": lookup,
    "max": _extreme(max),
    "merge": merge,
    "min": _extreme(min),
    "nonsensitive": _same,
    "one": on_list(one),
    "range": _range,
    "reverse": on_list(_reverse),
    "sensitive": _same,
    "setsubtract": _subtract,
    "setunion": _union,
    "slice": on_list(_slice),
    "sort": on_list(_sort),
    "tobool": _convert(BOOL),
    "tolist": _convert(CollectionType("list", ANY)),
    "tomap": _convert(CollectionType("map", ANY)),
    "tonumber": _convert(NUMBER),
    "toset": _convert(CollectionType("set", ANY)),
    "tostring": _convert(STRING),
    "values": _values,
    "zipmap": on_list(_zipmap),
}
