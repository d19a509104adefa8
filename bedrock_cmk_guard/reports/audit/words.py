"""How figures are written for people."""

from __future__ import annotations

import datetime as dt

from bedrock_cmk_guard.history.figures import Share
from bedrock_cmk_guard.reports.audit.model import ExceptionInForce

NOTHING = "-"


def percent(share: Share) -> str:
    """A share of a hundred. What is not whole is never rounded up to 100%, and what is not nothing never to 0%."""
    exact = share.percent
    if exact is None:
        return NOTHING
    shown = round(exact, 1)
    if shown == 100 and share.passed < share.total:
        shown = 99.9
    if shown == 0 and share.passed:
        shown = 0.1
    return f"{shown:.1f}%"


def score(value: float | None) -> str:
    """A score of a hundred."""
    if value is None:
        return NOTHING
    return f"{99.9 if value < 100 and round(value, 1) == 100 else value:.1f}"


def duration(time: dt.timedelta | None) -> str:
    """A time in days, or in hours where it is less than two days."""
    if time is None:
        return NOTHING
    hours = time / dt.timedelta(hours=1)
    return f"{hours:.1f} hours" if hours < 48 else f"{hours / 24:.1f} days"


def day(moment: dt.datetime) -> str:
    """A moment's day."""
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d}"


def minute(moment: dt.datetime) -> str:
    """A moment."""
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"


def expiry(exception: ExceptionInForce, today: dt.date) -> str:
    """How long an exception still holds."""
    days_left = exception.days_left(today)
    if not exception.names_a_control:
        return "names no control"
    if days_left is None:
        return "no expiry"
    if days_left < 0:
        return "expired"
    return "today" if days_left == 0 else f"in {days_left} day{'' if days_left == 1 else 's'}"
