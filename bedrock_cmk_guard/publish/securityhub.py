"""Findings in Security Hub: what is open is imported, what is put right or gone is archived.

Findings of the default product must be of the account that imports them, so every finding is of the account whose
credentials are used; the resource says whose it is.
https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from bedrock_cmk_guard.history import History
from bedrock_cmk_guard.history.figures import Figures
from bedrock_cmk_guard.publish.aws import PublishError, Service
from bedrock_cmk_guard.reports.audit.asff import Publisher, closed_finding, findings, unread_cell

if TYPE_CHECKING:
    from bedrock_cmk_guard.iam import Json

_BATCH = 100
# Security Hub deletes a finding that was not updated for 90 days, so what was closed before needs no archiving:
# https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings.html
_KEPT = dt.timedelta(days=90)
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Imported:
    """How many findings Security Hub took."""

    active: int
    archived: int


def import_findings(history: History, at: dt.datetime, region: str | None = None) -> Imported:
    """Import what is open at a moment, and archive what was closed before.

    Raises:
        PublishError: Security Hub refuses, all of them or some; those it took stay.

    """
    service = Service("securityhub", "Security Hub", region)
    identity = Service("sts", "Security Hub", region).call("get_caller_identity")
    publisher = Publisher(str(identity["Account"]), service.region, service.partition)
    figures = Figures(history, at)
    rest = iter(_every(figures, publisher))
    active = archived = 0
    refused: list[str] = []
    while batch := list(islice(rest, _BATCH)):
        answer = service.call("batch_import_findings", Findings=batch)
        failed = _failed(answer.get("FailedFindings"))
        refused += failed.values()
        for each in batch:
            if each["Id"] not in failed:
                archived += each["RecordState"] == "ARCHIVED"
                active += each["RecordState"] == "ACTIVE"
    if refused:
        reasons = "; ".join(list(dict.fromkeys(refused))[:_MOST_NAMED])
        raise PublishError(
            f"Security Hub: {len(refused):,} findings were refused and {active + archived:,} taken: {reasons}"
        )
    return Imported(active, archived)


def _every(figures: Figures, publisher: Publisher) -> Iterator[dict[str, Json]]:
    unread, since = figures.not_audited, figures.at - _KEPT
    times = {cell: figures.coverage.unread_since(cell) for cell in unread}
    yield from findings(figures.open_findings(), unread, times, figures.at, publisher)
    for each in figures.closed_findings(since):
        yield closed_finding(each, publisher)
    for cell, when in figures.coverage.read_again(since).items():
        yield unread_cell(cell, "it was read since", when, figures.at, publisher, archived=True)


def _failed(answer: Json) -> dict[str, str]:
    """The ids of what was refused, and why."""
    found = {}
    for each in answer if isinstance(answer, list) else []:
        if isinstance(each, dict):
            found[str(each.get("Id"))] = f"{each.get('ErrorCode')}: {each.get('ErrorMessage')}"
    return found
