"""A verification as JSON, for scripts: ``schema_version`` 1."""

from __future__ import annotations

import json
from collections.abc import Iterable

from bedrock_cmk_guard.iam import Json
from bedrock_cmk_guard.verification.model import Cell, Finding, KeyMatrix, Source, Verification, Way

SCHEMA_VERSION = 1


def as_json(verification: Verification) -> str:
    """The whole report, a line: there may be many thousand cells."""
    return json.dumps(_verification(verification), ensure_ascii=False, separators=(",", ":")) + "\n"


def _verification(verification: Verification) -> Json:
    return {
        "schema_version": SCHEMA_VERSION,
        "title": verification.title,
        "organization": verification.organization,
        "as_of": verification.as_of.isoformat(),
        "summary": {
            "keys": len(verification.keys),
            "requests": sum(len(key.cells) for key in verification.keys),
            "findings": len(verification.findings),
        },
        "findings": [_finding(finding) for finding in verification.findings],
        "keys": [_key(key) for key in verification.keys],
        "assumptions": list(verification.assumptions),
        "not_modelled": list(verification.not_modelled),
    }


def _finding(finding: Finding) -> Json:
    return {
        "kind": finding.kind.value,
        "workload": finding.workload,
        "key": finding.key,
        "who": finding.who,
        "message": finding.message,
        "decided_by": _sources(finding.decided_by),
        "change": finding.change,
        "actions": list(finding.actions),
    }


def _key(matrix: KeyMatrix) -> Json:
    return {
        "key": matrix.key,
        "scope": matrix.scope,
        "region": matrix.region,
        "account": matrix.account,
        "workloads": list(matrix.workloads),
        "shut_out_administrators": matrix.shut_out,
        "cast": [
            {"id": who.id, "kind": who.kind, "title": who.title, "principal": who.principal}
            for who in matrix.cast
        ],
        "rows": [{"id": row.id, "group": row.group, "title": row.title} for row in matrix.rows],
        "cells": [_cell(cell) for cell in matrix.cells],
        "ways": [_way(way) for way in matrix.ways],
        "possible": [_way(way) for way in matrix.possible],
    }


def _cell(cell: Cell) -> Json:
    return {
        "who": cell.who,
        "row": cell.row,
        "action": cell.action,
        "form": cell.form,
        "resource": cell.resource,
        "decision": cell.verdict.value,
        "explicit": cell.explicit,
        "decided_by": _sources(cell.decided_by),
        "reason": cell.reason,
        "expected": cell.expected.value if cell.expected is not None else None,
        "because": cell.because,
    }


def _way(way: Way) -> Json:
    return {
        "who": way.who,
        "title": way.title,
        "standing": way.standing.value,
        "remark": way.remark,
        "condition": way.condition,
        "steps": [
            {"who": step.who, "does": step.does, "decided_by": _sources(step.decided_by)}
            for step in way.steps
        ],
    }


def _sources(sources: Iterable[Source]) -> Json:
    return [{"policy": source.policy, "sid": source.sid} for source in sources]
