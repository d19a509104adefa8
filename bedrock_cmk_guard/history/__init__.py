"""The history of audits: what was found, since when, and how long it took to put right."""

from __future__ import annotations

from bedrock_cmk_guard.history.records import (
    Cell,
    Closed,
    Coverage,
    FindingRecord,
    SubjectRecord,
)
from bedrock_cmk_guard.history.schema import HistoryError
from bedrock_cmk_guard.history.store import History, Recording

__all__ = [
    "Cell",
    "Closed",
    "Coverage",
    "FindingRecord",
    "History",
    "HistoryError",
    "Recording",
    "SubjectRecord",
]
