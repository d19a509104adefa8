"""The figures as OpenMetrics text, which Prometheus and its kin read: https://prometheus.io/docs/specs/om/open_metrics_spec/."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bedrock_cmk_guard.reports.audit.model import Kpis

_PREFIX = "bedrock_cmk_guard"


@dataclass(frozen=True, slots=True)
class Family:
    """A gauge: its name, what it says, its unit, and its samples by labels."""

    name: str
    help: str
    samples: tuple[tuple[Mapping[str, str], float | None], ...]
    unit: str = ""


def write(kpis: Kpis) -> str:
    """Return the exposition. A figure of nothing has no sample."""
    lines = [line for family in families(kpis) for line in _family(family)]
    return "\n".join([*lines, "# EOF"]) + "\n"


def families(kpis: Kpis) -> Iterator[Family]:
    """All gauges."""
    score = kpis.score
    yield Family("score", "The compliance score, 0 to 100.", (({}, score.value),))
    kinds = {
        "passed": score.passed,
        "accepted": score.accepted,
        "failed": score.failed,
        "not audited": score.not_audited,
        "unassigned": score.unassigned,
    }
    yield Family(
        "scored",
        "What the score is made of; unassigned counts the others once more.",
        _labelled("kind", kinds),
    )
    yield Family(
        "on_customer_keys_ratio",
        "The share of resources that are under an acceptable customer key.",
        tuple(_shares(kpis)),
        "ratio",
    )
    yield Family("resources", "How many resources there are.", tuple(_totals(kpis)))
    yield Family(
        "remediation_seconds",
        "How long findings were open that were fixed.",
        tuple(_remediation(kpis)),
        "seconds",
    )
    fixed = {severity: each.count for severity, each in kpis.remediation.items() if severity != "all"}
    yield Family("fixed_findings", "How many findings were fixed.", _labelled("severity", fixed))
    yield Family("open_findings", "How many findings are open.", tuple(_open(kpis)))
    yield Family(
        "exception_expiry_timestamp_seconds",
        "The end of the day until which an exception holds.",
        tuple(_expiries(kpis)),
        "seconds",
    )
    yield Family(
        "not_audited_cells",
        "How many accounts' Regions, or surfaces there, could not be read.",
        (({}, len(kpis.not_audited)),),
    )
    if kpis.attempts is not None:
        yield Family(
            "unauthorised_key_attempts",
            "How many calls on guarded keys were refused, of the logs that were read.",
            (({}, kpis.attempts.calls),),
        )
    yield Family(
        "audit_timestamp_seconds", "When the figures are of.", (({}, kpis.at.timestamp()),), "seconds"
    )


def _labelled(label: str, values: Mapping[str, float]) -> tuple[tuple[Mapping[str, str], float], ...]:
    return tuple(({label: name}, value) for name, value in values.items())


def _shares(kpis: Kpis) -> Iterator[tuple[Mapping[str, str], float | None]]:
    for group in kpis.groups:
        for scope, share in (("production", group.production), ("all", group.everything)):
            labels = {"dimension": group.dimension, "name": group.name, "scope": scope}
            yield labels, share.passed / share.total if share.total else None


def _totals(kpis: Kpis) -> Iterator[tuple[Mapping[str, str], float]]:
    for group in kpis.groups:
        for scope, share in (("production", group.production), ("all", group.everything)):
            yield {"dimension": group.dimension, "name": group.name, "scope": scope}, share.total


def _remediation(kpis: Kpis) -> Iterator[tuple[Mapping[str, str], float | None]]:
    for severity, each in kpis.remediation.items():
        for name, time in (("mean", each.mean), ("median", each.median)):
            labels = {"severity": severity, "statistic": name}
            yield labels, time.total_seconds() if time is not None else None


def _open(kpis: Kpis) -> Iterator[tuple[Mapping[str, str], float]]:
    for each in kpis.open:
        for kind, number in (
            ("counted", each.counted),
            ("accepted", each.accepted),
            ("recommended", each.recommended),
        ):
            yield {"severity": each.severity, "age": each.age, "kind": kind}, number


def _expiries(kpis: Kpis) -> Iterator[tuple[Mapping[str, str], float]]:
    # Two of the same labels would be one sample twice, which no reader takes: the soonest stands for both.
    soonest: dict[tuple[str, str, str], dt.date] = {}
    for each in kpis.exceptions:
        if each.expires is not None:
            soonest.setdefault((each.control, each.resource, each.owner), each.expires)
    for (control, resource, owner), expires in soonest.items():
        end = dt.datetime.combine(expires, dt.time.max, dt.UTC).replace(microsecond=0)
        yield {"control": control, "resource": resource, "owner": owner}, end.timestamp()


def _family(family: Family) -> Iterator[str]:
    samples = [(labels, value) for labels, value in family.samples if value is not None]
    if not samples:
        return
    name = f"{_PREFIX}_{family.name}"
    yield f"# TYPE {name} gauge"
    if family.unit:
        yield f"# UNIT {name} {family.unit}"
    yield f"# HELP {name} {_escaped(family.help)}"
    for labels, value in samples:
        yield f"{name}{_labels(labels.items())} {_number(value)}"


def _labels(labels: Iterable[tuple[str, str]]) -> str:
    written = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{written}}}" if written else ""


def _escaped(text: str) -> str:
    clean = text.encode("utf-8", "replace").decode()
    return clean.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _number(value: float) -> str:
    return repr(float(value))
