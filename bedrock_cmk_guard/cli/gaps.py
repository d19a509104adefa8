"""What is said last after rendering: what the set that was just written does not stop."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable

from bedrock_cmk_guard.policies import Policy
from bedrock_cmk_guard.reports.terminal import WIDTH
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.written_policy import is_on


def show_gaps(requirements: Requirements, policies: Iterable[Policy]) -> None:
    """Print the first thing that each policy does not stop, and every layer that is off."""
    sys.stdout.write("\nWhat this set does not stop (the first of each; all of them in policy/policy.md)\n")
    for policy in sorted(policies, key=lambda policy: policy.rollout):
        gap = policy.does_not_stop[0] if is_on(requirements, policy) else "it is off."
        text = textwrap.fill(
            f"{policy.id}: {gap}", WIDTH, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False
        )
        sys.stdout.write(f"{text}\n")
