"""What another scanner asks: a control's verdict on the block of a file, as a scan gives it.

The scan is made once for all that the other scanner was given, when it first asks. Whatever goes wrong is an answer
too, and one that fails. Nothing here knows the scanner.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bedrock_cmk_guard.controls import CONTROLS, Control, SubjectKind
from bedrock_cmk_guard.errors import GuardError
from bedrock_cmk_guard.repository import find_requirements
from bedrock_cmk_guard.sources.marks import CLOUDFORMATION_TYPES, TERRAFORM_TYPES
from bedrock_cmk_guard.sources.source_file import ENDINGS, Kind, SourceFile
from bedrock_cmk_guard.sources.terraform.kinds import KEYS, ROLES
from bedrock_cmk_guard.subjects import Verdict

if TYPE_CHECKING:
    from bedrock_cmk_guard.controls.finding import Result
    from bedrock_cmk_guard.reports.findings.result import Reported, ScanResult

REQUIREMENTS = "BEDROCK_CMK_GUARD_REQUIREMENTS"
"""The environment variable that names the requirements file; without it the usual one is looked for."""

Outcome = Literal["passed", "failed", "skipped", "no subject"]
Source = Literal["terraform", "terraform_json", "terraform_plan", "cloudformation"]

_TYPES: dict[SubjectKind, tuple[frozenset[str], frozenset[str]]] = {
    SubjectKind.RESOURCE: (TERRAFORM_TYPES, CLOUDFORMATION_TYPES),
    SubjectKind.KEY: (
        KEYS,
        frozenset({"AWS::KMS::Key", "AWS::KMS::ReplicaKey"}),
    ),
    SubjectKind.ROLE: (frozenset(ROLES), frozenset({"AWS::IAM::Role"})),
    SubjectKind.FAULT: (frozenset(), frozenset()),
}
_MODULES = re.compile(r'module\.[\w-]+(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\])?\.')
_INDEX = re.compile(r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]')


@dataclass(frozen=True, slots=True)
class Answer:
    """What a control says of a block."""

    outcome: Outcome
    message: str = ""
    """What is wrong and what to do, or why it does not count."""


@dataclass(frozen=True, slots=True)
class Block:
    """What is asked about, as far as the other scanner knows it."""

    file: str
    name: str
    """``type.name`` in Terraform, the logical id in a template."""
    address: str = ""
    root: str = ""
    """The folder of the root module that leads to it."""


@dataclass(frozen=True, slots=True)
class Unasked:
    """Something that a scan judged, or could not read, and nobody asked about."""

    control: Control
    answer: Answer
    address: str
    file: str
    line: int
    end_line: int


NO_SUBJECT = Answer("no subject")


def types_of(control: Control, *, cloudformation: bool = False) -> tuple[str, ...]:
    """Return the resource types that a control judges."""
    return tuple(sorted(_TYPES[control.kind][cloudformation]))


class Answers:
    """The answers for some paths."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = [path for path in paths if os.path.isdir(path) or path.endswith(ENDINGS)]  # noqa: PTH112
        self._more: dict[str, _Scanned] = {}

    def ask(self, control: Control, block: Block) -> Answer:
        """Return a control's verdict on a block. Never raises: what goes wrong fails."""
        try:
            return self._answer(control, block)
        except Exception as problem:
            return failed(f"it was not judged: {' '.join(str(problem).split()) or type(problem).__name__}")

    def ask_lines(self, control: Control, file: str, first: int, last: int) -> Answer:
        """Return whether a control, of what could not be read, has something on these lines."""
        try:
            found = [
                each
                for each in self._all.faults.get(os.path.realpath(file), ())
                if each.finding.control.id == control.id and first <= each.finding.place.line <= last
            ]
        except Exception as problem:
            return failed(f"it was not judged: {' '.join(str(problem).split()) or type(problem).__name__}")
        return _of_findings(found) if found else NO_SUBJECT

    def unasked(
        self,
        source: Source,
        asked: Collection[tuple[str, str, str]],
        asked_lines: Collection[tuple[str, str, int, int]],
    ) -> Iterator[Unasked]:
        """Give what a scan judged or could not read in files of one source, and nobody asked about.

        ``asked`` holds the control's id, the file and the block's name of each question; ``asked_lines`` the first and
        last line in the name's place.
        """
        for file, results in self._all.results.items():
            if _source_of(file) == source:
                for result in results:
                    for control in _controls(result):
                        if (control.id, file, block_name(result.address)) not in asked:
                            answer = self._all.verdict(control, [result])
                            yield _unasked(control, answer, result.address, result)
        for file, faults in self._all.faults.items():
            if _source_of(file) in (source, None):
                for fault in faults:
                    finding, place = fault.finding, fault.finding.place
                    if not any(
                        (control, where) == (finding.control.id, file) and first <= place.line <= last
                        for control, where, first, last in asked_lines
                    ):
                        answer = _of_findings([fault])
                        yield Unasked(
                            finding.control, answer, finding.address, file, place.line, place.end_line
                        )

    @cached_property
    def _all(self) -> _Scanned:
        return _Scanned(_scan(self._paths))

    def _answer(self, control: Control, block: Block) -> Answer:
        file = os.path.realpath(block.file)
        scanned = self._all
        if file not in scanned.read and file not in scanned.faults:
            # Ignored by git, or other people's: the other scanner asks all the same.
            if file not in self._more:
                self._more[file] = _Scanned(_scan([file]))
            scanned = self._more[file]
        found = _narrowed(
            [each for each in scanned.results.get(file, ()) if block_name(each.address) == block.name], block
        )
        if not found:
            unread = scanned.faults.get(file, ())
            if unread:
                return _of_findings(unread)
            # Keys and roles are read only where there is something that they may serve.
            if file in scanned.read or control.kind is not SubjectKind.RESOURCE:
                return NO_SUBJECT
            return failed("it was not judged: a scan does not read this file")
        return scanned.verdict(control, found)


class _Scanned:
    """The result of a scan, by file."""

    def __init__(self, result: ScanResult) -> None:
        self.read = frozenset(map(os.path.realpath, result.read))
        self.results: dict[str, list[Result]] = {}
        self.faults: dict[str, list[Reported]] = {}
        self._findings: dict[tuple[str, str, str], list[Reported]] = {}
        for each in result.results:
            self.results.setdefault(os.path.realpath(each.place.file), []).append(each)
        for reported in result.findings:
            finding = reported.finding
            if finding.control.kind is SubjectKind.FAULT:
                self.faults.setdefault(os.path.realpath(finding.place.file), []).append(reported)
            else:
                key = (finding.control.id, finding.address, finding.root)
                self._findings.setdefault(key, []).append(reported)

    def verdict(self, control: Control, results: Iterable[Result]) -> Answer:
        """Return what a control says of some subjects; the worst counts."""
        of_kind = [each for each in results if each.kind is control.kind]
        if not of_kind:
            return NO_SUBJECT
        keys = {(control.id, each.address, each.root) for each in of_kind}
        found = [reported for key in keys for reported in self._findings.get(key, ())]
        if found:
            return _of_findings(found)
        delegated = any(each.verdict is Verdict.DELEGATED for each in of_kind)
        if delegated and control.id.startswith("BCG_CMK"):
            return Answer("skipped", "left to whoever calls this module: the input has no default")
        return Answer("passed")


def failed(message: str) -> Answer:
    """Return the answer that something is wrong."""
    return Answer("failed", message)


def block_name(address: str) -> str:
    """Return an address without its modules, its instance and the stacks above it."""
    own = address
    while step := _MODULES.match(own):
        own = own[step.end() :]
    return _INDEX.sub("", own)


def _narrowed(found: list[Result], block: Block) -> list[Result]:
    """Return the results that are about the block's own address and root, where any are."""
    same_root = [each for each in found if block.root and _folder(each.root) == os.path.realpath(block.root)]
    found = same_root or found
    exact = [each for each in found if each.address == block.address]
    plain = _INDEX.sub("", block.address)
    return exact or [each for each in found if _INDEX.sub("", each.address) == plain] or found


def _folder(root: str) -> str:
    return os.path.realpath(root or ".")


def _controls(result: Result) -> Iterator[Control]:
    return (each for each in CONTROLS if each.kind is result.kind)


def _unasked(control: Control, answer: Answer, address: str, result: Result) -> Unasked:
    place = result.place
    return Unasked(control, answer, address, os.path.realpath(place.file), place.line, place.end_line)


def _of_findings(found: Iterable[Reported]) -> Answer:
    """Return the answer for findings: those that count first, unknown is as bad as wrong, and a note passes."""
    findings = list(found)
    counting = [each for each in findings if each.counts]
    if counting:
        said = dict.fromkeys(_said(each) for each in counting)
        return failed("; ".join(said))
    reasons = dict.fromkeys(f"{each.why_not}: {_said(each)}" for each in findings)
    only_noted = all(each.finding.noted and each.finding.accepted is None for each in findings)
    return Answer("passed" if only_noted else "skipped", "; ".join(reasons))


def _said(reported: Reported) -> str:
    finding = reported.finding
    unknown = "not known: " if finding.verdict is Verdict.UNKNOWN else ""
    return f"{unknown}{finding.message}. {finding.fix}".strip()


def _scan(paths: list[str]) -> ScanResult:
    from bedrock_cmk_guard.scan import scan

    named = os.environ.get(REQUIREMENTS)
    requirements = Path(named) if named else find_requirements(Path.cwd())
    return scan([os.path.abspath(path) for path in paths], requirements)  # noqa: PTH100


def _source_of(file: str) -> Source | None:
    """Return which source reads a file; None for folders, requirements files and the like."""
    if file.endswith((".tf", ".tofu")):
        return "terraform"
    if file.endswith((".tf.json", ".tofu.json")):
        return "terraform_json"
    try:
        kind = SourceFile(file, file).kind()
    except GuardError:
        return None
    if kind in (Kind.PLAN, Kind.STATE):
        return "terraform_plan"
    return "cloudformation" if kind is Kind.CLOUDFORMATION else None
