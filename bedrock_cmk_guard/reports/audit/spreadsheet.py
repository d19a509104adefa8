"""CSV that a spreadsheet shows as text, whatever somebody called a resource."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from bedrock_cmk_guard.reports.terminal import safe

# https://owasp.org/www-community/attacks/CSV_Injection; the last are the full-width forms of the first.
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def as_csv(header: Sequence[str], rows: Iterable[Sequence[str | int | float | None]]) -> str:
    """Return a table with its header. Numbers stay numbers, and what is not known is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_cell(each) for each in row] for row in rows)
    return out.getvalue()


def _cell(value: str | int | float | None) -> str | int | float:
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    text = safe(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
