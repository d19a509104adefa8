"""All rules, and the checks that apply them."""

from __future__ import annotations

from bedrock_cmk_guard.lint.finding import Rule
from bedrock_cmk_guard.lint.policy import Check, SetCheck
from bedrock_cmk_guard.lint.rules import (
    authorization,
    contradictions,
    key_policy,
    organization,
    redundancy,
    size,
    syntax,
    traps,
    trust,
)

RULES: tuple[Rule, ...] = (
    *authorization.RULES,
    *traps.RULES,
    *contradictions.RULES,
    *organization.RULES,
    *key_policy.RULES,
    *trust.RULES,
    *size.RULES,
    *redundancy.RULES,
    *syntax.RULES,
)
# Size is measured apart, because it takes a budget.
CHECKS: tuple[Check, ...] = (
    authorization.check,
    traps.check,
    contradictions.check,
    organization.check,
    key_policy.check,
    trust.check,
    redundancy.check,
)
SET_CHECKS: tuple[SetCheck, ...] = (traps.check_roles,)
