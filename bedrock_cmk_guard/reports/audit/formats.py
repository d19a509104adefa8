"""The report in every format: a module each, with one function from a report to text."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from bedrock_cmk_guard.reports.audit.report import AuditReport

FORMATS = {
    "html": "text/html; charset=utf-8",
    "markdown": "text/markdown; charset=utf-8",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "asff": "application/json",
}
"""The formats, and the media type of each."""


def formatted(report: AuditReport, form: str) -> str:
    """Return the report in one of ``FORMATS``; only that one's module is loaded."""
    write: Callable[[AuditReport], str] = import_module(f"bedrock_cmk_guard.reports.audit.as_{form}").write
    return write(report)
