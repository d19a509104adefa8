"""Events on an EventBridge bus: what an audit found new, what was put right or gone, and how things stand."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from bedrock_cmk_guard.history import History
from bedrock_cmk_guard.history.figures import Figures
from bedrock_cmk_guard.publish.aws import PublishError, Service
from bedrock_cmk_guard.reports.audit import kpi_json
from bedrock_cmk_guard.reports.audit.as_json import finding
from bedrock_cmk_guard.reports.audit.model import Kpis

if TYPE_CHECKING:
    from bedrock_cmk_guard.iam import Json

SOURCE = "bedrock-cmk-guard"
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
_BATCH = 10
_ATTEMPTS = 5
_MOST_BYTES = 200_000
"""Of the detail of one event; PutEvents took 256 KB for a whole request when its limit was lowest."""
_MOST_NAMED = 5


def put_events(
    history: History,
    kpis: Kpis,
    bus: str,
    since: dt.datetime,
    region: str | None = None,
    *,
    wait: Callable[[float], None] = time.sleep,
) -> int:
    """Send what changed after a time and until the figures' moment, then the figures; return how many events these are.

    Raises:
        PublishError: the bus refuses, or goes on refusing some events.

    """
    service = Service("events", "EventBridge", region)
    number = 0
    for batch in _batches(_entries(Figures(history, kpis.at), kpis, bus, since)):
        left = batch
        for attempt in range(_ATTEMPTS):
            if attempt:
                wait(2.0 ** (attempt - 1))
            answer = service.call("put_events", Entries=left)
            refused = _refused(left, answer)
            number += len(left) - len(refused)
            left = [entry for entry, _ in refused]
            if not left:
                break
        else:
            reasons = "; ".join(list(dict.fromkeys(reason for _, reason in refused))[:_MOST_NAMED])
            raise PublishError(
                f"EventBridge: {bus} refused {len(left):,} events {_ATTEMPTS} times, and took {number:,}: {reasons}"
            )
    return number


def _batches(entries: Iterator[dict[str, Json]]) -> Iterator[list[dict[str, Json]]]:
    """Entries that one call takes: not more than ten, and not too large together."""
    batch: list[dict[str, Json]] = []
    size = 0
    for entry in entries:
        own = len(str(entry["Detail"]).encode())
        if batch and (len(batch) == _BATCH or size + own > _MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += own
    if batch:
        yield batch


def _entries(figures: Figures, kpis: Kpis, bus: str, since: dt.datetime) -> Iterator[dict[str, Json]]:
    for each in figures.open_findings():
        if each.opened > since:
            yield _entry(bus, each.opened, "Finding Opened", finding(each), each.arn)
    for closed in figures.closed_findings(since):
        detail: dict[str, Json] = {
            "control": closed.control,
            "severity": closed.severity,
            "resource": closed.arn,
            "surface": closed.cell.surface,
            "account": closed.cell.account,
            "region": closed.cell.region,
            "message": closed.message,
            "opened": closed.opened.isoformat(),
            "closed": closed.closed.isoformat(),
        }
        yield _entry(bus, closed.closed, f"Finding {closed.why.value.title()}", detail, closed.arn)
    score = kpi_json.score(kpis.score)
    summary: dict[str, Json] = {
        "at": kpis.at.isoformat(),
        "score": score,
        "open_findings": kpis.open_now(),
        "not_audited": len(kpis.not_audited),
    }
    yield _entry(bus, kpis.at, "Audit Finished", summary)


def _entry(
    bus: str, when: dt.datetime, kind: str, detail: Mapping[str, Json], *resources: str
) -> dict[str, Json]:
    entry: dict[str, Json] = {
        "EventBusName": bus,
        "Source": SOURCE,
        "DetailType": kind,
        "Detail": json.dumps(detail, ensure_ascii=False),
        "Resources": list(resources),
    }
    return {**entry, "Time": when}  # type: ignore[dict-item]  # boto3 takes moments


def _refused(entries: list[dict[str, Json]], answer: Mapping[str, Json]) -> list[tuple[dict[str, Json], str]]:
    """The entries that were not taken; the answer has one for each, in their order."""
    results = answer.get("Entries")
    said = results if isinstance(results, list) else []
    if len(said) != len(entries):
        raise PublishError("EventBridge: put_events answered for another number of events than it was sent")
    return [
        (entry, f"{each.get('ErrorCode')}: {each.get('ErrorMessage')}")
        for entry, each in zip(entries, said, strict=True)
        if isinstance(each, dict) and each.get("ErrorCode")
    ]
