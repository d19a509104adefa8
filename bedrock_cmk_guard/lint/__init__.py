"""Finds what is wrong with anybody's policies: what AWS accepts and does not do, and what it refuses."""

from __future__ import annotations

from bedrock_cmk_guard.lint.catalogue import RULES
from bedrock_cmk_guard.lint.files import LintReport, lint_paths
from bedrock_cmk_guard.lint.finding import LintFinding, Rule, Severity
from bedrock_cmk_guard.lint.linting import lint_policy

__all__ = ["RULES", "LintFinding", "LintReport", "Rule", "Severity", "lint_paths", "lint_policy"]
