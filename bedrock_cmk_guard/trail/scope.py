"""What the questions are about: which keys, in whose accounts, administered by whom, and when."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bedrock_cmk_guard.errors import GuardError

if TYPE_CHECKING:
    from bedrock_cmk_guard.requirements import Requirements

EARLIEST, LATEST = "0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z"
_KEY_ARN = re.compile(r"arn:aws(-us-gov|-cn)?:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+")
#: A regular expression that nothing fits.
NOTHING = "a^"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which keys are guarded, as far as logs show it.

    Requirements name accounts, an alias and a tag, but no ids of keys: those are found in the logs. Without
    accounts every account counts.
    """

    keys: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    alias_pattern: str = NOTHING
    guard_tag: str = NOTHING
    administrators: str | None = None
    """A regular expression of the principals that may administer keys; None where nobody has said."""
    partition: str = "aws"
    since: str = EARLIEST
    until: str = LATEST
    """The first moment that is not asked about."""

    whole: bool = True
    """Whether all logs there are tell which keys are guarded, and not only those of the time asked about."""

    @property
    def days(self) -> tuple[str, str]:
        """The days whose files are read; what happens late on one is delivered on the next."""
        if self.whole:
            return _day(EARLIEST), _day(LATEST)
        after = (
            self.until if self.until == LATEST else f"{_moment(self.until) + dt.timedelta(days=1):%Y-%m-%d}"
        )
        return _day(self.since), _day(after)


def scope_of(
    requirements: Requirements | None,
    keys: tuple[str, ...] = (),
    since: str | None = None,
    until: str | None = None,
) -> Scope:
    """The scope that requirements and the command line give.

    ``since`` and ``until`` are days or moments in UTC, both meant inclusively.
    """
    for key in keys:
        if not _KEY_ARN.fullmatch(key):
            raise GuardError(f"--key {key}: give the ARN of a KMS key, arn:aws:kms:REGION:ACCOUNT:key/ID")
    start, end = _start(since), _end(until)
    if start >= end:
        raise GuardError(f"--since {since} is after --until {until}")
    if requirements is None:
        return Scope(keys=keys, since=start, until=end)
    from bedrock_cmk_guard.requirements.demands import demands_of

    demands = demands_of(requirements)
    partition = requirements.organization.partition.value
    administrators = (
        *requirements.principals.governance,
        *requirements.principals.applier,
        *requirements.principals.break_glass,
    )
    return Scope(
        keys=keys,
        accounts=tuple(sorted(demands.key_accounts)),
        alias_pattern=f"^{_alias(requirements.key_standard.alias_pattern)}$",
        guard_tag=_tag(*demands.guard_tag),
        administrators="^("
        + "|".join(sorted({_wildcard(role.arn_pattern(partition)) for role in administrators}))
        + ")$",
        partition=partition,
        since=start,
        until=end,
    )


def _alias(pattern: str) -> str:
    """A regular expression of the aliases that a pattern gives; its fields may hold anything an alias may."""
    return "[A-Za-z0-9/_-]+".join(map(_literal, re.split(r"\{[a-z]+\}", pattern)))


def _tag(key: str, value: str) -> str:
    """A regular expression of a request that sets a tag, whichever of its members comes first."""
    name, content = f'"tagKey" *: *"{_literal(key)}"', f'"tagValue" *: *"{_literal(value)}"'
    return f"{name} *, *{content}|{content} *, *{name}"


def _wildcard(pattern: str) -> str:
    return _literal(pattern).replace("[*]", ".*").replace("[?]", ".")


def _literal(text: str) -> str:
    # Backslashes are read differently by SQL dialects, and brackets by none.
    return re.sub(r"[^A-Za-z0-9/_:@=, -]", lambda found: f"[{found[0]}]", text)


def _day(moment: str) -> str:
    return moment[:10].replace("-", "/")


def _start(text: str | None) -> str:
    return EARLIEST if text is None else f"{_moment(text, '--since'):%Y-%m-%dT%H:%M:%SZ}"


def _end(text: str | None) -> str:
    if text is None:
        return LATEST
    step = dt.timedelta(days=1) if len(text) == len("2026-01-31") else dt.timedelta(seconds=1)
    return f"{_moment(text, '--until') + step:%Y-%m-%dT%H:%M:%SZ}"


def _moment(text: str, option: str = "") -> dt.datetime:
    for form in ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            found = dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC)
        except ValueError:
            continue
        if 1970 <= found.year <= 9000:
            return found
    raise GuardError(f"{option} {text}: give a day like 2026-01-31, or a moment like 2026-01-31T18:00:00Z")
