"""Whether an id that somebody wrote is a control's, and of what kind."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Iterable

from bedrock_cmk_guard.controls.control import Control, SubjectKind
from bedrock_cmk_guard.controls.every import CONTROLS
from bedrock_cmk_guard.controls.live import LIVE_CONTROLS
from bedrock_cmk_guard.errors import SourceError

_IDS = frozenset(control.id for control in (*CONTROLS, *LIVE_CONTROLS))
OF_FAULTS = frozenset(control.id for control in CONTROLS if control.kind is SubjectKind.FAULT)
"""Those that say what a scan could not read or judge, and which acceptances do not hold."""


def chosen(patterns: Collection[str], among: Iterable[Control], always: frozenset[str]) -> frozenset[str]:
    """Return the ids that fit one of the patterns, and those of ``always``; without a pattern all.

    Raises:
        SourceError: a pattern fits no control.

    """
    ids = [control.id for control in among]
    found = set(always)
    for pattern in patterns:
        fitting = fnmatch.filter(ids, pattern)
        if not fitting:
            raise SourceError(f"--control {pattern}: there is no such control; there are {', '.join(ids)}")
        found.update(fitting)
    return frozenset(found if patterns else ids)


def no_control(name: str) -> str:
    """Say that an id is no control's, neither of scan nor of audit, and which may be meant; nothing, if it is one."""
    if name in _IDS:
        return ""
    from difflib import get_close_matches

    near = get_close_matches(name[:100], sorted(_IDS), n=1)
    hint = f"did you mean {near[0]}?" if near else "bedrock-cmk-guard controls lists them"
    return f"there is no control {name}; {hint}"
