"""Whether one pattern covers another."""

from __future__ import annotations

from functools import lru_cache

from bedrock_cmk_guard.iam.arn_patterns import overlap
from bedrock_cmk_guard.iam.service_data import glob

_VARIABLE = "${"


@lru_cache(maxsize=65536)
def covers(wide: str, narrow: str) -> bool:
    """Whether everything that the second pattern matches is matched by the first; sure if it says yes."""
    if wide == narrow or wide == "*":
        return True
    if _VARIABLE in wide or ("?" in wide and "*" in narrow):
        return False
    return glob(wide).fullmatch(narrow) is not None


def may_overlap(first: str, second: str) -> bool:
    """Whether some text may be matched by both; policy variables may stand for anything."""
    return _VARIABLE in first or _VARIABLE in second or overlap(first, second)
