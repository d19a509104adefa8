"""Audit: reads live accounts, judges what it finds by the same controls as scan, and says what it could not read.

import datetime as dt

import boto3

from bedrock_cmk_guard import load_requirements
from bedrock_cmk_guard.audit import audit

found = audit(boto3.Session(), load_requirements("cmk-guard.yaml"), now=dt.datetime.now(dt.UTC))
for result in found:
    print(result.address, result.verdict)
print(found.coverage.not_audited)
"""

from __future__ import annotations

from bedrock_cmk_guard.audit.auditing import audit
from bedrock_cmk_guard.audit.result import AuditResult, Coverage
from bedrock_cmk_guard.audit.scope import Progress, Scope, Speed

__all__ = ["AuditResult", "Coverage", "Progress", "Scope", "Speed", "audit"]
