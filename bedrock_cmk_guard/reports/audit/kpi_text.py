"""The figures as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bedrock_cmk_guard.reports.audit.model import AGES, Group, Kpis
from bedrock_cmk_guard.reports.audit.words import NOTHING, day, duration, expiry, minute, percent, score
from bedrock_cmk_guard.reports.table import Table, plain
from bedrock_cmk_guard.reports.terminal import count, safe, wrapped
from bedrock_cmk_guard.reports.unread import unread

_TITLES = {
    "tier": "On customer keys, by tier",
    "surface": "On customer keys, by surface",
    "account": "On customer keys, by account",
    "workload": "On customer keys, by workload",
    "environment": "On customer keys, by environment",
    "kind": "Keys and roles as demanded",
}


def write(kpis: Kpis) -> str:
    """Return the figures, no wider than a terminal of 80 but for the resources of exceptions."""
    return "\n".join(_lines(kpis)) + "\n"


def _lines(kpis: Kpis) -> Iterator[str]:
    yield from _head(kpis)
    for dimension in (*_TITLES, *kpis.tags):
        title = _TITLES.get(dimension, f"On customer keys, by {safe(dimension)}")
        yield from _table(_shares(title, kpis.of(dimension)))
    yield from _table(_remediation(kpis))
    yield from _table(_open(kpis))
    yield from _attempts(kpis)
    yield from _part("Exceptions", _exceptions(kpis))
    yield from _part("Not audited", unread(kpis.not_audited))


def _head(kpis: Kpis) -> Iterator[str]:
    found, everything = kpis.score, kpis.on_customer_keys
    yield f"Compliance score: {score(found.value)} of 100{_before(kpis)}"
    yield (
        f"On customer keys: {percent(everything.production)} in production "
        f"({everything.production.passed:,} of {everything.production.total:,}), "
        f"{percent(everything.everything)} of all"
    )
    yield from wrapped(
        f"As of {minute(kpis.at)}, from {count(kpis.audits, 'audit')}. Of what a key is required of: "
        f"{found.passed:,} as demanded, {found.failed:,} not, {found.accepted:,} accepted, "
        f"{found.not_audited:,} not audited; {found.unassigned:,} of no workload.",
        "",
    )
    if kpis.not_audited:
        yield from wrapped(
            f"Of {count(len(kpis.not_audited), 'place')} nothing is known, because it could not be read (below): the "
            "score counts that as failed, the percentages are of what was seen.",
            "",
        )
    changes = kpis.changes
    yield from wrapped(
        f"Since {day(kpis.since)}: {count(changes.opened, 'new finding')} ({changes.reopened:,} of them again), "
        f"{changes.fixed:,} fixed, {changes.deleted:,} gone with what they were about.",
        "",
    )
    if not kpis.requirements:
        yield from wrapped(
            "No requirements file: no environment is known to be production, only what is of no workload counts so.",
            "",
        )


def _before(kpis: Kpis) -> str:
    then = kpis.score_then
    if then is None or kpis.since >= kpis.at:
        return ""
    return f" ({score(then.value)} on {day(kpis.since)})"


def _table(table: Table) -> Iterator[str]:
    if table.rows:
        yield ""
        yield from plain(table)


def _shares(title: str, groups: tuple[Group, ...]) -> Table:
    rows = tuple(
        (
            safe(each.name),
            f"{each.production.passed:,}/{each.production.total:,}",
            percent(each.production),
            f"{each.everything.passed:,}/{each.everything.total:,}",
            percent(each.everything),
            f"{each.not_audited:,}" if each.not_audited else NOTHING,
        )
        for each in groups
    )
    return Table(title, ("", "production", "", "all", "", "not audited"), rows, 1)


def _remediation(kpis: Kpis) -> Table:
    rows = tuple(
        (severity, f"{each.count:,}", duration(each.mean), duration(each.median))
        for severity, each in kpis.remediation.items()
    )
    return Table(
        f"Time to remediate, since {day(kpis.since)}", ("severity", "fixed", "mean", "median"), rows, 1
    )


def _open(kpis: Kpis) -> Table:
    rows = []
    for severity in dict.fromkeys(each.severity for each in kpis.open):
        of = [each for each in kpis.open if each.severity == severity]
        rows.append(
            (
                severity,
                *(f"{each.counted:,}" for each in of),
                f"{sum(each.accepted for each in of):,}",
                f"{sum(each.recommended for each in of):,}",
            )
        )
    ages = tuple(name.removeprefix("up to ").removesuffix(" days").replace(" to ", "-") for name, _ in AGES)
    columns = ("days open:", *ages, "accepted", "recommended")
    return Table("Open findings, by severity and age", columns, tuple(rows), 1)


def _attempts(kpis: Kpis) -> Iterator[str]:
    found = kpis.attempts
    if found is None:
        return
    rows = tuple(
        (safe(each.principal), each.action, f"{each.calls:,}", each.last_seen[:10]) for each in found.attempts
    )
    columns = ("principal", "action", "calls", "last")
    yield from _table(Table("Unauthorised key attempts", columns, rows or (("none", "", "", ""),), 2))
    yield from wrapped(
        f"{count(found.calls, 'call')}, of what CloudTrail has from {found.first} to {found.last}.", ""
    )
    if not found.complete:
        yield from wrapped("Not all logs could be read: there may be more.", "")


def _exceptions(kpis: Kpis) -> Iterator[str]:
    today = kpis.at.date()
    for each in kpis.exceptions:
        held = f"until {each.expires}, {expiry(each, today)}" if each.expires else expiry(each, today)
        yield from wrapped(
            f"{safe(each.control)}  {held}: {count(each.findings, 'finding')}, accepted by {safe(each.owner)}",
            "  ",
            "    ",
        )
        if each.resource:
            # On one line, whatever its length, so that it can be copied.
            yield f"    {safe(each.resource)}"
        yield from wrapped(safe(each.reason), "    ")


def _part(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = tuple(lines)
    if found:
        yield from ("", title, *found)
