"""Unauthorised key attempts, from the JSON that ``trail`` writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bedrock_cmk_guard.errors import SourceError

if TYPE_CHECKING:
    from bedrock_cmk_guard.iam import Json

_SCHEMA_VERSION = 1
_MOST_BYTES = 100_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Calls on a guarded key that were refused, of one principal and action."""

    principal: str
    action: str
    key: str
    """Empty, where the log does not say."""
    refused_by: str
    calls: int
    last_seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAttempts:
    """What CloudTrail has of attempts on guarded keys."""

    calls: int
    first: str
    last: str
    complete: bool
    """Whether every log could be read: if not, there may be more."""
    unexpected_administration: int | None
    """Changes of keys by others than those who administer them; None where it was not asked."""
    attempts: tuple[Attempt, ...]


def read_attempts(file: Path) -> KeyAttempts:
    """Read what ``trail --format json`` wrote.

    Raises:
        SourceError: it cannot be read, or is something else.

    """
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise SourceError(f"{file}: is larger than {_MOST_BYTES:,} bytes")
        found: Json = json.loads(file.read_bytes())
    except OSError as problem:
        raise SourceError(f"{file}: cannot be read: {problem.strerror or problem}") from None
    except (ValueError, RecursionError) as problem:
        raise SourceError(f"{file}: is not JSON: {' '.join(str(problem).split())}") from None
    match found:
        case {
            "schema_version": 1,
            "read": {"first": str() | None as first, "last": str() | None as last},
            "summary": {"complete": bool(complete), "unauthorised_key_attempts": int(calls), **summary},
            "denied": list(denied),
        }:
            unexpected = summary.get("unexpected_administration")
            return KeyAttempts(
                calls=calls,
                first=str(first or ""),
                last=str(last or ""),
                complete=complete,
                unexpected_administration=unexpected if isinstance(unexpected, int) else None,
                attempts=tuple(_attempts(denied, file)),
            )
    raise SourceError(
        f"{file}: is not what bedrock-cmk-guard trail LOGS --format json writes (schema_version {_SCHEMA_VERSION}, "
        "with the question 'denied')"
    )


def _attempts(rows: list[Json], file: Path) -> Iterator[Attempt]:
    for number, row in enumerate(rows):
        match row:
            case {
                "principal": principal,
                "action": str(action),
                "calls": int(calls),
                "last_seen": last,
                **more,
            }:
                yield Attempt(
                    principal=str(principal or ""),
                    action=action,
                    key=str(more.get("key") or ""),
                    refused_by=str(more.get("refused_by") or more.get("error") or ""),
                    calls=calls,
                    last_seen=str(last or ""),
                )
            case _:
                raise SourceError(f"{file}: denied[{number}] is not as trail writes it")
