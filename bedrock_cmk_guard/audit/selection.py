"""Which controls an audit is about."""

from __future__ import annotations

import fnmatch

from bedrock_cmk_guard.audit.judging import EVERY
from bedrock_cmk_guard.errors import SourceError

_ALWAYS = ("BCG_LIVE_006", "BCG_SCAN_004")
"""What could not be read or judged is said whatever is asked."""


def wanted(patterns: tuple[str, ...]) -> frozenset[str]:
    """Return the ids that fit; what could not be read is always among them.

    Raises:
        SourceError: a pattern fits no control.

    """
    ids = [control.id for control in EVERY]
    if not patterns:
        return frozenset(ids)
    chosen = set(_ALWAYS)
    for pattern in patterns:
        fitting = fnmatch.filter(ids, pattern)
        if not fitting:
            raise SourceError(f"--control {pattern}: there is no such control; there are {', '.join(ids)}")
        chosen.update(fitting)
    return frozenset(chosen)
