"""Lints policies: reads each as far as it can be read, and asks every check about it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam.document import PolicyDocument, PolicyKind
from bedrock_cmk_guard.iam.supply import Services
from bedrock_cmk_guard.lint.catalogue import CHECKS, SET_CHECKS
from bedrock_cmk_guard.lint.finding import LintFinding, Severity
from bedrock_cmk_guard.lint.policy import Policy
from bedrock_cmk_guard.lint.reading import read_policy
from bedrock_cmk_guard.lint.rules import size, syntax
from bedrock_cmk_guard.lint.services import service

_BESIDE = "\0beside"


def lint_policy(
    policy: str | bytes | Mapping[str, object],
    kind: PolicyKind | str,
    *,
    file: str = "",
    budget: int | None = None,
    beside: Iterable[tuple[str | bytes | Mapping[str, object], PolicyKind | str]] = (),
) -> list[LintFinding]:
    """Find what is wrong with somebody's policy, in the order in which it stands there.

    ``policy`` is its text, or the object that the text stands for; findings about an object have no lines.
    ``kind`` is what type of policy it is: scp, rcp, identity, key, trust or resource. ``budget`` is a size smaller
    than AWS's quota to hold it to. ``beside`` are policies that apply as well, with their kinds: an SCP among them
    may protect a role that this policy trusts by its name. What cannot be read is a finding, never an exception.
    """
    read, findings = read_one(policy, _kind(kind), file, budget)
    others = [read_one(other, _kind(other_kind), _BESIDE, None)[0] for other, other_kind in beside]
    findings += [found for found in lint_together((read, *others)) if found.file != _BESIDE]
    ordered = in_order(findings)
    return ordered if read.has_text else [_without_place(found) for found in ordered]


def _without_place(finding: LintFinding) -> LintFinding:
    """The finding, less a place in a text that nobody has seen."""
    return replace(finding, line=0, column=0, end_line=0, end_column=0, excerpt="")


def _kind(kind: PolicyKind | str) -> PolicyKind:
    try:
        return PolicyKind(kind)
    except ValueError:
        known = ", ".join(PolicyKind)
        raise PolicyError(f"{kind!r} is no type of policy; there are {known}") from None


def read_one(
    policy: str | bytes | Mapping[str, object],
    kind: PolicyKind,
    file: str,
    budget: int | None,
    services: Services = service,
) -> tuple[Policy, list[LintFinding]]:
    """Read one policy, and find all that can be told from it alone."""
    content = policy if isinstance(policy, str | bytes) else _text(policy)
    has_text = isinstance(policy, str | bytes)
    read, findings = read_policy(content, kind, file, services, has_text=has_text)
    for check in CHECKS:
        findings += check(read)
    findings += size.check(read, budget)
    if read.root is not None and all(found.severity is Severity.NOTE for found in findings):
        findings += _refused(read)
    return read, findings


def _text(policy: Mapping[str, object]) -> str:
    try:
        return json.dumps(policy, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as problem:
        raise PolicyError(f"the policy is not what JSON could hold: {problem}") from None


def _refused(policy: Policy) -> Iterable[LintFinding]:
    """The last word has the grammar by which this library writes policies of its own."""
    try:
        PolicyDocument.from_json(policy.kind, policy.text, where="policy")
    except PolicyError as problem:
        yield policy.finding(syntax.MALFORMED_VALUE, policy.top(), str(problem).removeprefix("policy: "))


def lint_together(policies: tuple[Policy, ...]) -> list[LintFinding]:
    """Find what only the policies together tell."""
    return [finding for check in SET_CHECKS for finding in check(policies)]


def in_order(findings: Iterable[LintFinding]) -> list[LintFinding]:
    """Findings in the order in which they stand in the files, each once."""
    unique = dict.fromkeys(findings)
    return sorted(unique, key=lambda each: (each.file, each.line, each.column, each.rule, each.message))
