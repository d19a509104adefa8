"""SARIF 2.1.0, which code hosts show beside the lines of a change.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

from bedrock_cmk_guard.iam.document import Json

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class SarifRule:
    """A rule that results refer to by its id."""

    id: str
    title: str
    description: str
    help: str
    level: Level
    uri: str = ""
    tags: tuple[str, ...] = ()
    score: str = ""
    """How bad it is, from 0.0 to 10.0, as GitHub reads it."""


@dataclass(frozen=True, slots=True)
class SarifStep:
    """One step of how a value came to where it does harm."""

    message: str
    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Suppression:
    """That a result was accepted: in the source itself or outside of it, and why."""

    kind: Literal["inSource", "external"]
    why: str


@dataclass(frozen=True, slots=True)
class SarifResult:
    """One finding. ``region`` is line, column, end line and end column, from 1; nothing where there is no text."""

    rule: str
    level: Level
    message: str
    file: str
    region: tuple[int, int, int, int] | None = None
    snippet: str = ""
    logical: str = ""
    steps: tuple[SarifStep, ...] = ()
    fingerprint: str = ""
    """By which it is known again when lines have moved."""
    suppression: Suppression | None = None
    properties: Mapping[str, str] = field(default_factory=dict)


def sarif(
    tool: str, version: str, uri: str, rules: Sequence[SarifRule], results: Iterable[SarifResult]
) -> Json:
    """Return the log of one run."""
    number = {rule.id: i for i, rule in enumerate(rules)}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": tool,
                        "version": version,
                        "informationUri": uri,
                        "rules": [_rule(rule) for rule in rules],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(result, number[result.rule]) for result in results],
            }
        ],
    }


def _rule(rule: SarifRule) -> Json:
    found: dict[str, Json] = {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.description},
        "help": {"text": rule.help},
        "defaultConfiguration": {"level": rule.level},
    }
    if rule.uri:
        found["helpUri"] = rule.uri
    properties: dict[str, Json] = {}
    if rule.tags:
        properties["tags"] = list(rule.tags)
    if rule.score:
        properties["security-severity"] = rule.score
    return {**found, "properties": properties} if properties else found


def _result(result: SarifResult, number: int) -> Json:
    found: dict[str, Json] = {
        "ruleId": result.rule,
        "ruleIndex": number,
        "level": result.level,
        "message": {"text": result.message},
    }
    if location := _location(result):
        found["locations"] = [location]
    if result.steps:
        steps: list[Json] = [_step(step) for step in result.steps]
        found["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    if result.fingerprint:
        found["partialFingerprints"] = {"bedrockCmkGuard/v1": result.fingerprint}
    if result.suppression:
        suppression = result.suppression
        found["suppressions"] = [{"kind": suppression.kind, "justification": suppression.why}]
    if result.properties:
        found["properties"] = dict(result.properties)
    return found


def _location(result: SarifResult) -> dict[str, Json]:
    location: dict[str, Json] = {}
    if result.file:
        physical: dict[str, Json] = {"artifactLocation": {"uri": quote(result.file)}}
        if result.region:
            line, column, end_line, end_column = result.region
            physical["region"] = {
                "startLine": line,
                "startColumn": column,
                "endLine": end_line,
                "endColumn": end_column,
                **({"snippet": {"text": result.snippet}} if result.snippet else {}),
            }
        location["physicalLocation"] = physical
    if result.logical:
        location["logicalLocations"] = [{"fullyQualifiedName": result.logical}]
    return location


def _step(step: SarifStep) -> Json:
    return {
        "location": {
            "message": {"text": step.message},
            "physicalLocation": {
                "artifactLocation": {"uri": quote(step.file)},
                "region": {"startLine": step.line, "startColumn": step.column},
            },
        }
    }
