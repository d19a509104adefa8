"""Exceptions of the requirements that accept nothing: what an audit says of them is what a scan says."""

from __future__ import annotations

import datetime as dt

from bedrock_cmk_guard.controls.ids import no_control
from bedrock_cmk_guard.demands import AcceptedFinding


def accepts_nothing(exception: AcceptedFinding, today: dt.date) -> str:
    """Why an exception accepts nothing, or nothing any more; empty, where it holds."""
    acceptance = exception.acceptance
    what = f"the exception for {exception.control} on {exception.resource}"
    by = f"({acceptance.owner}: {acceptance.reason})"
    if unknown := no_control(exception.control):
        return f"{what} accepts nothing: {unknown} {by}"
    if not acceptance.holds(today):
        return f"{what} expired on {acceptance.expires} {by}"
    return ""
