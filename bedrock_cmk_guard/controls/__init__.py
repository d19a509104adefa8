"""The controls: what is judged of resources, keys and roles, and what could not be."""

from __future__ import annotations

from bedrock_cmk_guard.controls.control import (
    Control,
    Fixes,
    Judgement,
    Severity,
    SubjectKind,
)
from bedrock_cmk_guard.controls.every import CONTROLS
from bedrock_cmk_guard.controls.finding import Finding, Level, Result
from bedrock_cmk_guard.controls.frameworks import Reference
from bedrock_cmk_guard.controls.ids import OF_FAULTS, chosen, no_control
from bedrock_cmk_guard.controls.judging import judge
from bedrock_cmk_guard.controls.live import LIVE_CONTROLS

__all__ = [
    "CONTROLS",
    "LIVE_CONTROLS",
    "OF_FAULTS",
    "Control",
    "Finding",
    "Fixes",
    "Judgement",
    "Level",
    "Reference",
    "Result",
    "Severity",
    "SubjectKind",
    "chosen",
    "judge",
    "no_control",
]
