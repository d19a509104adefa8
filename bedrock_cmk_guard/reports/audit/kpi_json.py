"""The figures as JSON, of the form that scripts rely on: fields may be added, and none goes."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

from bedrock_cmk_guard.history.figures import Remediation, Share
from bedrock_cmk_guard.history.scoring import Score
from bedrock_cmk_guard.reports.audit.attempts import KeyAttempts
from bedrock_cmk_guard.reports.audit.model import ExceptionInForce, Group, Kpis

if TYPE_CHECKING:
    from bedrock_cmk_guard.iam import Json

SCHEMA_VERSION = 1


def write(kpis: Kpis) -> str:
    """Return the one object that ``kpi`` prints."""
    return json.dumps({"schema_version": SCHEMA_VERSION, **body(kpis)}, indent=2, ensure_ascii=False) + "\n"


def body(kpis: Kpis) -> dict[str, Json]:
    """The figures without the version, for reports that hold more."""
    changes = kpis.changes
    return {
        "at": kpis.at.isoformat(),
        "since": kpis.since.isoformat(),
        "audits": kpis.audits,
        "requirements": kpis.requirements or None,
        "score": score(kpis.score),
        "score_then": score(kpis.score_then) if kpis.score_then else None,
        "on_customer_keys": [_group(each) for each in kpis.groups],
        "remediation": {severity: _remediation(each) for severity, each in kpis.remediation.items()},
        "changes": {
            "opened": changes.opened,
            "reopened": changes.reopened,
            "fixed": changes.fixed,
            "deleted": changes.deleted,
        },
        "open_findings": [
            {
                "severity": each.severity,
                "age": each.age,
                "counted": each.counted,
                "accepted": each.accepted,
                "recommended": each.recommended,
            }
            for each in kpis.open
        ],
        "exceptions": [_exception(each, kpis.at.date()) for each in kpis.exceptions],
        "unauthorised_key_attempts": attempts(kpis.attempts) if kpis.attempts is not None else None,
        "not_audited": [
            {"account": cell.account, "region": cell.region, "surface": cell.surface, "reason": reason}
            for cell, reason in sorted(kpis.not_audited.items())
        ],
    }


def attempts(found: KeyAttempts) -> Json:
    """What CloudTrail has of attempts on guarded keys."""
    return {
        "calls": found.calls,
        "first": found.first or None,
        "last": found.last or None,
        "complete": found.complete,
        "unexpected_administration": found.unexpected_administration,
        "by_principal": [
            {
                "principal": each.principal,
                "action": each.action,
                "key": each.key or None,
                "refused_by": each.refused_by or None,
                "calls": each.calls,
                "last_seen": each.last_seen or None,
            }
            for each in found.attempts
        ],
    }


def score(found: Score) -> Json:
    """A score and what it is made of."""
    return {
        "value": found.value,
        "passed": found.passed,
        "accepted": found.accepted,
        "failed": found.failed,
        "unassigned": found.unassigned,
        "not_audited": found.not_audited,
    }


def share(found: Share) -> Json:
    """A share."""
    return {"passed": found.passed, "total": found.total, "percent": found.percent}


def _group(each: Group) -> Json:
    return {
        "dimension": each.dimension,
        "name": each.name,
        "production": share(each.production),
        "all": share(each.everything),
        "not_audited": each.not_audited,
    }


def _remediation(each: Remediation) -> Json:
    return {
        "fixed": each.count,
        "mean_seconds": each.mean.total_seconds() if each.mean is not None else None,
        "median_seconds": each.median.total_seconds() if each.median is not None else None,
    }


def _exception(each: ExceptionInForce, today: dt.date) -> Json:
    return {
        "control": each.control,
        "resource": each.resource or None,
        "owner": each.owner,
        "reason": each.reason or None,
        "expires": each.expires.isoformat() if each.expires else None,
        "days_left": each.days_left(today),
        "findings": each.findings,
        "names_a_control": each.names_a_control,
    }
