"""The policies: one module each, listed here, and :func:`build`, which makes modules of what they yield."""

from __future__ import annotations

from bedrock_cmk_guard.policies.build import POLICIES, build
from bedrock_cmk_guard.policies.policy import Policy

__all__ = ["POLICIES", "Policy", "build"]
