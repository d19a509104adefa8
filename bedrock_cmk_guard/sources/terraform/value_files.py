"""Values for a root's variables, from the files that Terraform takes them from.

The environment (``TF_VAR_…``) is not read: what a scan says must not depend on whose machine it runs on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.sources.files import SourceFile, unreadable
from bedrock_cmk_guard.sources.terraform.language.evaluation import evaluate
from bedrock_cmk_guard.sources.terraform.language.hcl import parse
from bedrock_cmk_guard.sources.terraform.language.scope import EmptyScope
from bedrock_cmk_guard.subjects import Fault, FaultKind, Place, Step, Unknown

if TYPE_CHECKING:
    from bedrock_cmk_guard.sources.terraform.language.values import Value


@dataclass(frozen=True, slots=True)
class Given:
    """What a file sets a variable to."""

    value: Value
    step: Step


@dataclass(slots=True)
class GivenValues:
    """Every value that a root is given, the last file's where several set one."""

    values: dict[str, Given] = field(default_factory=dict)
    unreadable: str = ""
    """The file that may set any variable to anything, because it cannot be read."""
    faults: list[Fault] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def read_values(files: Iterable[SourceFile]) -> GivenValues:
    """Read the files in Terraform's order: a later one wins."""
    given = GivenValues()
    for file in files:
        given.files.append(file.shown)
        try:
            read = _json_values if file.path.name.endswith(".json") else _native_values
            found, faults = read(file)
        except SourceError as error:
            found, faults = {}, [unreadable(file.shown, str(error))]
        if faults:
            given.values.clear()
            given.unreadable = file.shown
            given.faults.extend(faults)
        given.values.update(found)
    return given


def _native_values(file: SourceFile) -> tuple[dict[str, Given], list[Fault]]:
    tree = parse(file.content(), file.shown)
    faults = [Fault(FaultKind.SYNTAX, fault.message, fault.place) for fault in tree.faults]
    found = {
        name: Given(evaluate(attribute.expression, EmptyScope()), _step(name, file, attribute.place))
        for name, attribute in tree.body.attributes.items()
    }
    return ({} if faults else found), faults


def _json_values(file: SourceFile) -> tuple[dict[str, Given], list[Fault]]:
    """Texts in a JSON file of values are plain: Terraform reads no template in them."""
    content = file.content()
    try:
        raw = json.loads(content.decode("utf-8-sig"), parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        return {}, [Fault(FaultKind.SYNTAX, f"this is no JSON: {error}", Place(file.shown))]
    if not isinstance(raw, dict):
        return {}, [Fault(FaultKind.SYNTAX, "values for variables are a JSON object", Place(file.shown))]
    lines = dict(_lines(content))
    return {
        name: Given(_value(value), _step(name, file, Place(file.shown, lines.get(name, 1))))
        for name, value in raw.items()
    }, []


def _lines(content: bytes) -> Iterator[tuple[str, int]]:
    for match in re.finditer(rb'"([^"\\]+)"\s*:', content):
        yield match[1].decode("utf-8", "replace"), content.count(b"\n", 0, match.start()) + 1


def _value(raw: object, depth: int = 0) -> Value:
    if depth > 100:
        return Unknown("it is nested too deeply")
    if isinstance(raw, dict):
        return {str(name): _value(value, depth + 1) for name, value in raw.items()}
    if isinstance(raw, list):
        return tuple(_value(value, depth + 1) for value in raw)
    if raw is None or isinstance(raw, (bool, int, Decimal, str)):
        return raw
    return Unknown("it is no value that JSON has")


def _step(name: str, file: SourceFile, place: Place) -> Step:
    return Step(f"var.{name} is set in {file.shown}", place)
