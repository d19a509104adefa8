"""Reads what ``terraform show -json`` (or ``tofu show -json``) wrote of a plan or a state."""

from __future__ import annotations

import json
import re
from json import JSONDecodeError
from typing import TYPE_CHECKING

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.sources.plan.contents import RELEVANT, Contents, read_contents
from bedrock_cmk_guard.sources.plan.encrypted import encrypted_resources
from bedrock_cmk_guard.sources.plan.keys import keys
from bedrock_cmk_guard.sources.plan.plan import plan_of
from bedrock_cmk_guard.sources.plan.roles import roles
from bedrock_cmk_guard.sources.source_file import MAX_PLAN_BYTES
from bedrock_cmk_guard.subjects import Fault, FaultKind, Place, Reading

if TYPE_CHECKING:
    from bedrock_cmk_guard.sources.source_file import SourceFile

_TOO_DEEP = "it nests deeper than Terraform writes"
_NOT_TERRAFORM = (
    "this is neither what terraform show -json prints nor a state of version 4: make it with "
    "terraform show -json PLANFILE > plan.json, or without PLANFILE for the state"
)


def read(file: SourceFile) -> Reading:
    """Read a plan or a state. What cannot be read is a fault of the reading, never an exception."""
    contents = load(file)
    if isinstance(contents, Fault):
        return Reading(source="plan", root=file.shown, faults=(contents,), files=(file.shown,))
    try:
        return _reading(contents, file.shown)
    except RecursionError:
        fault = _unread(file, FaultKind.UNREADABLE, _TOO_DEEP)
        return Reading(source="plan", root=file.shown, faults=(fault,), files=(file.shown,))


def load(file: SourceFile, relevant: re.Pattern[str] = RELEVANT) -> Contents | Fault:
    """Read what a plan or a state holds, of resources those of relevant types."""
    try:
        contents = read_contents(_decoded(file.content(MAX_PLAN_BYTES)), file.shown, relevant)
    except SourceError as problem:
        return _unread(file, FaultKind.UNREADABLE, str(problem))
    except UnicodeDecodeError as problem:
        message = f"it is not UTF-8 text: byte {problem.start + 1} is no part of any character"
        return _unread(file, FaultKind.UNREADABLE, message)
    except JSONDecodeError as problem:
        return _unread(
            file, FaultKind.SYNTAX, f"it is not JSON: {problem.msg}", problem.lineno, problem.colno
        )
    except RecursionError:
        return _unread(file, FaultKind.UNREADABLE, _TOO_DEEP)
    return contents if contents.is_terraform else _unread(file, FaultKind.UNREADABLE, _NOT_TERRAFORM)


def _decoded(content: bytes) -> str:
    """Decode as JSON is, by its first bytes: PowerShell redirects into UTF-16, with a mark before it."""
    return content.decode(json.detect_encoding(content))


def _reading(contents: Contents, shown: str) -> Reading:
    plan = plan_of(contents)
    return Reading(
        source=contents.origin,
        root=shown,
        resources=tuple(encrypted_resources(plan)),
        keys=keys(plan),
        roles=roles(plan),
        faults=tuple(contents.faults),
        files=(shown,),
    )


def _unread(file: SourceFile, kind: FaultKind, message: str, line: int = 1, column: int = 1) -> Fault:
    return Fault(kind, message, Place(file.shown, line, column))
