"""What was judged and found, in every format: a module each, with one function from a result to text."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bedrock_cmk_guard.reports.findings.result import ScanResult

FORMATS = ("text", "json", "sarif", "junit", "github", "markdown")


def formatted(result: ScanResult, form: str, *, colour: bool = False) -> str:
    """Return the result in one of ``FORMATS``; only that one's module is loaded."""
    home = f"{__name__}.as_{form}"
    write: Callable[..., str] = import_module(home).write
    return write(result, colour=colour) if form == "text" else write(result)
