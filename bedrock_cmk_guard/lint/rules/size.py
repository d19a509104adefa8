"""Rules of size: as AWS measures it, minified and as it stands."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bedrock_cmk_guard.iam.document import PolicyKind
from bedrock_cmk_guard.iam.quotas import AS_OF, LIMITS, SMALL_SCP_SIZE, Quota, quota_of, text_size
from bedrock_cmk_guard.lint.finding import LintFinding, Rule, Severity
from bedrock_cmk_guard.lint.policy import Policy
from bedrock_cmk_guard.lint.tree import plain

OVER_QUOTA = Rule(
    "over-quota",
    Severity.ERROR,
    "The policy is larger than AWS takes",
    "AWS refuses it. Sizes are measured minified, with six characters for each <, > and & that Terraform's jsonencode "
    "writes; a key policy is measured in bytes.",
    "Drop what other statements cover, use patterns, or split the policy in two.",
    tuple(sorted({limit.source for limit in LIMITS.values()})),
)
BLANKS = Rule(
    "blanks-over-quota",
    Severity.WARNING,
    "The policy is too large as it stands, and fits without its blanks",
    "Organizations counts every blank and line break of a policy that comes through the API, the CLI or an SDK; only "
    "the console removes them.",
    "Send it minified. Terraform's jsonencode() and CloudFormation do that.",
    (LIMITS[Quota.SCP].source,),
)
NEAR_QUOTA = Rule(
    "near-quota",
    Severity.NOTE,
    "The policy is close to a limit",
    "Until 15 May 2026 an SCP had 5,120 characters, and some tools still hold to that. The next statement may not fit.",
    "Plan how to split the policy.",
    (LIMITS[Quota.SCP].source,),
)

RULES = (OVER_QUOTA, BLANKS, NEAR_QUOTA)

_NEAR = 0.9


def check(policy: Policy, budget: int | None = None) -> Iterator[LintFinding]:
    """Measure the policy against its quota, or against a smaller budget."""
    if policy.root is None:
        return
    quota = quota_of(policy.kind)
    limit = LIMITS[quota]
    allowed = min(budget or limit.size, limit.size)
    minified = json.dumps(plain(policy.root), separators=(",", ":"), ensure_ascii=False)
    size = text_size(minified, policy.kind)
    called = "the budget given is" if allowed < limit.size else f"a {quota} may have"
    share = f"{size:,} {limit.unit} minified, {size / allowed:.0%} of the {allowed:,} that"
    top = policy.top()
    if size > allowed:
        over = f"{size:,} {limit.unit} minified, and {called} {allowed:,}: {size - allowed:,} too many"
        yield policy.finding(OVER_QUOTA, top, over)
        return
    raw = len(policy.text.strip()) if policy.has_text else 0
    if policy.kind in (PolicyKind.SCP, PolicyKind.RCP) and raw > allowed:
        message = f"{raw:,} characters as the file stands and {size:,} minified, and {called} {allowed:,}"
        yield policy.finding(BLANKS, top, message)
    if policy.kind is PolicyKind.SCP and size > SMALL_SCP_SIZE and allowed > SMALL_SCP_SIZE:
        message = f"{share} an SCP may have (as of {AS_OF}); more than the {SMALL_SCP_SIZE:,} it had before May 2026"
        yield policy.finding(NEAR_QUOTA, top, message)
    elif size > allowed * _NEAR:
        yield policy.finding(NEAR_QUOTA, top, f"{share} it may have")
