"""Finds the policies below the paths given: files of their own, and those that plans and templates hold.

What looks like a policy and cannot be read is a finding.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.iam.document import PolicyKind
from bedrock_cmk_guard.lint.finding import LintFinding, Rule
from bedrock_cmk_guard.lint.held import Held, fault_finding, lint_held, placed, token
from bedrock_cmk_guard.lint.kinds import is_rendered, kind_of_content, kind_of_name, kind_of_rendered
from bedrock_cmk_guard.lint.linting import in_order, lint_together, read_one
from bedrock_cmk_guard.lint.policy import Policy
from bedrock_cmk_guard.lint.reading import MAX_BYTES, decoded
from bedrock_cmk_guard.lint.rules import syntax
from bedrock_cmk_guard.sources.marks import holds
from bedrock_cmk_guard.sources.source_file import MAX_PLAN_BYTES, Kind, SourceFile, kind_of_holder

STDIN = "-"
_TEMPLATES = (".yaml", ".yml", ".template")
_PASSED_OVER = frozenset({".git", ".hg", ".svn", "node_modules", ".terraform", ".venv", "__pycache__"})
_SAY_TYPE = (
    "say which with --type scp, rcp, identity, key, trust or resource, or name the file NAME.<type>.json"
)


@dataclass(slots=True)
class LintReport:
    """What was linted, with what result; ``skipped`` are JSON files that hold no policy, and why not.

    ``linted`` are policies in files of their own, ``held`` those in plans and templates: by file and resource.
    """

    findings: list[LintFinding] = field(default_factory=list)
    linted: dict[str, PolicyKind] = field(default_factory=dict)
    held: dict[tuple[str, str], PolicyKind] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _File:
    """A file to lint; ``named`` tells whether it was given itself, and not the folder it is in."""

    path: Path
    named: bool

    @property
    def name(self) -> str:
        """What messages call it."""
        return "<stdin>" if str(self.path) == STDIN else self.path.as_posix()


def lint_paths(
    paths: Iterable[str | Path], kind: PolicyKind | None = None, *, budget: int | None = None
) -> LintReport:
    """Lint files and folders, all together; ``-`` is standard input.

    Of folders these are policies (``*.json``), Terraform plans and states as JSON, and CloudFormation templates.

    Where no ``kind`` is given it is told from what ``render`` wrote, from names like ``NAME.scp.json``, and from
    statements that can be of one type only. Raises ``SourceError`` if there is nothing to lint, or if a file given
    by its name is of no type that can be told.
    """
    report = LintReport()
    policies: list[Policy] = []
    holders: dict[SourceFile, _File] = {}
    for file in dict.fromkeys(found for path in paths for found in _files(Path(path))):
        content = _content(file, report)
        holder = _holder(file, content) if content is not None else None
        if holder is not None:
            holders[holder] = file
        elif content is not None and (policy := _lint(file, content, kind, budget, report)):
            policies.append(policy)
    found, others = _lint_holders(list(holders), budget, report) if holders else ([], [])
    for other in others:
        policy = _lint(holders[other], other.content(), kind, budget, report)
        policies += [policy] if policy else []
    together = lint_together((*policies, *(policy for _, policy in found)))
    report.findings = in_order([*report.findings, *_placed(together, found)])
    if not report.linted and not report.held and not report.findings:
        raise SourceError(
            "there is no policy in what was given: *.json with a Statement, or a plan or template that holds policies"
        )
    return report


def _lint_holders(
    holders: Sequence[SourceFile], budget: int | None, report: LintReport
) -> tuple[list[tuple[Held, Policy]], list[SourceFile]]:
    """Lint what plans and templates hold; give that, and the files that are no templates after all."""
    from bedrock_cmk_guard.lint.in_plans import held_by_plan
    from bedrock_cmk_guard.lint.in_templates import held_by_templates

    held, faults = [], []
    for file in holders:
        if file.kind() is not Kind.CLOUDFORMATION:
            of_plan, of_reading = held_by_plan(file)
            held += of_plan
            faults += of_reading
    templates = held_by_templates([file for file in holders if file.kind() is Kind.CLOUDFORMATION])
    report.findings += [fault_finding(fault) for fault in (*faults, *templates.faults)]
    found = []
    for each in (*held, *templates.held):
        policy, findings = lint_held(each, budget)
        report.held[each.place.file, each.resource] = each.kind
        report.findings += findings
        if policy is not None:
            found.append((each, policy))
    return found, templates.others


def _placed(findings: Iterable[LintFinding], found: Iterable[tuple[Held, Policy]]) -> Iterator[LintFinding]:
    by_token = {token(held): (held, policy) for held, policy in found}
    for finding in findings:
        if finding.file in by_token:
            yield placed(*by_token[finding.file], finding)
        else:
            yield finding


def _files(path: Path) -> Iterator[_File]:
    if str(path) != STDIN and path.is_dir():
        for found in _below(path):
            yield _File(found, named=False)
    else:
        yield _File(path, named=True)


def _below(folder: Path) -> Iterator[Path]:
    """The files below a folder that may hold policies. Links to folders are not followed, so there are no loops."""

    def fail(problem: OSError) -> None:
        raise SourceError(f"cannot read {problem.filename}: {problem.strerror}") from None

    for here, folders, files in os.walk(folder, onerror=fail):
        folders[:] = sorted(name for name in folders if name not in _PASSED_OVER)
        for name in sorted(files):
            if name.lower().endswith((".json", *_TEMPLATES)):
                yield Path(here, name)


def _content(file: _File, report: LintReport) -> bytes | None:
    """The bytes of a file, and no more of a huge one than shows what it is and that it is huge."""
    try:
        if str(file.path) == STDIN:
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        if not file.path.is_file() and file.path.exists():
            raise OSError("it is no regular file")
        with file.path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as problem:
        if file.named:
            raise SourceError(f"cannot read {file.name}: {problem.strerror or problem}") from None
        report.findings.append(_unread(file, f"not read: {problem.strerror or problem}"))
        return None


def _lint(
    file: _File, content: bytes, kind: PolicyKind | None, budget: int | None, report: LintReport
) -> Policy | None:
    """Lint a policy in a file of its own."""
    if not file.named and file.name.lower().endswith(_TEMPLATES):
        return None
    if not file.named and b'"Statement"' not in content and len(content) <= MAX_BYTES:
        report.skipped[file.name] = "it has no Statement"
        return None
    found = kind or _kind(file, content)
    if found is None:
        _no_kind(file, content, report)
        return None
    policy, findings = read_one(content, found, file.name, budget)
    report.linted[file.name] = found
    report.findings += findings
    return policy


def _holder(file: _File, head: bytes) -> SourceFile | None:
    """The file as a plan or template, if it is one by what it begins with."""
    name = file.name.lower()
    kind = kind_of_holder(head, may_be_plan=not name.endswith((".yaml", ".yml")))
    # The words of a template stand in many an SCP too; what is JSON has them as a field.
    if kind is Kind.OTHER or (
        name.endswith(".json") and kind is Kind.CLOUDFORMATION and not _has_resources(head)
    ):
        return None
    stdin = str(file.path) == STDIN
    content = head + sys.stdin.buffer.read(MAX_PLAN_BYTES) if stdin else None
    source = SourceFile(file.path.absolute(), file.name, named=file.named, content=content)
    source.set_kind(kind)
    return source


def _has_resources(head: bytes) -> bool:
    return holds(head, (b'"Resources"',))


def _kind(file: _File, content: bytes) -> PolicyKind | None:
    if is_rendered(file.path):
        return kind_of_rendered(file.path)
    text, _, _ = decoded(content)
    return kind_of_name(file.path) or kind_of_content(text)


def _no_kind(file: _File, content: bytes, report: LintReport) -> None:
    if file.named:
        raise SourceError(f"{file.name}: it cannot be told what type of policy this is; {_SAY_TYPE}")
    if is_rendered(file.path):
        report.skipped[file.name] = "lint has no rules for this type"
        return
    wrong = decoded(content)[2]
    rule, _, message = wrong or (
        syntax.UNREADABLE,
        0,
        f"not judged, because it cannot be told what type of policy this is; {_SAY_TYPE}",
    )
    report.findings.append(_unread(file, message, rule))


def _unread(file: _File, message: str, rule: Rule = syntax.UNREADABLE) -> LintFinding:
    return LintFinding(
        file.name, 1, 1, rule.id, rule.severity, message, rule.instead, end_line=1, end_column=1
    )
