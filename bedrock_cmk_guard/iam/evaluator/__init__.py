"""The IAM decision for one request, and which statements and conditions decide it."""

from __future__ import annotations

from bedrock_cmk_guard.iam.evaluator.decision import Decision, NearMiss, Outcome, StatementRef
from bedrock_cmk_guard.iam.evaluator.engine import evaluate
from bedrock_cmk_guard.iam.evaluator.grants import Grant
from bedrock_cmk_guard.iam.evaluator.request import OpenRequest, PolicySet, Request, Supplies
from bedrock_cmk_guard.iam.evaluator.supplied import check_key, strictly_supplied, supplied_by_aws
from bedrock_cmk_guard.iam.evaluator.truth import Open

__all__ = [
    "Decision",
    "Grant",
    "NearMiss",
    "Open",
    "OpenRequest",
    "Outcome",
    "PolicySet",
    "Request",
    "StatementRef",
    "Supplies",
    "check_key",
    "evaluate",
    "strictly_supplied",
    "supplied_by_aws",
]
