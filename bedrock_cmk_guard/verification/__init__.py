"""Who can do what with keys and data: the access matrix, the sequences, and where they differ from intent."""

from __future__ import annotations

from bedrock_cmk_guard.verification.model import (
    Cell,
    Finding,
    FindingKind,
    KeyMatrix,
    Row,
    Source,
    Standing,
    Step,
    Verdict,
    Verification,
    Way,
    Who,
)
from bedrock_cmk_guard.verification.verifying import verify

__all__ = [
    "Cell",
    "Finding",
    "FindingKind",
    "KeyMatrix",
    "Row",
    "Source",
    "Standing",
    "Step",
    "Verdict",
    "Verification",
    "Way",
    "Who",
    "verify",
]
