"""Puts readings to the controls, and says of each finding whether somebody accepted it or it was known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bedrock_cmk_guard.controls import Finding, Level, Result, SubjectKind, judge, no_control
from bedrock_cmk_guard.controls.exceptions import accepts_nothing
from bedrock_cmk_guard.errors import GuardError, SourceError
from bedrock_cmk_guard.reports.findings.result import Excerpts, Reported, ScanResult
from bedrock_cmk_guard.scan.baseline import Baseline
from bedrock_cmk_guard.scan.filters import narrowed, wanted
from bedrock_cmk_guard.scan.fingerprints import fingerprints
from bedrock_cmk_guard.scan.selection import Selection
from bedrock_cmk_guard.scan.settings import Settings
from bedrock_cmk_guard.scan.skips import Skip, refused, skips_of
from bedrock_cmk_guard.subjects import Fault, FaultKind, Place, Reading, Verdict

_NO_REQUIREMENTS = (
    "no requirements file: judged by the shipped defaults; cmk-guard.yaml is looked for in this folder and above it, "
    "and --requirements names another"
)


class Judging:
    """What comes of the readings, one after the other."""

    def __init__(self, selection: Selection, settings: Settings) -> None:
        self._selection = selection
        self._settings = settings
        self._demands = settings.demands()
        self._wanted = wanted(settings)
        self._judged_by = narrowed(self._demands, settings.tiers)
        self._excerpts = Excerpts(_contents(selection))
        self._results: list[Result] = []
        self._findings: list[Finding] = []
        self._faults: dict[tuple[object, ...], Finding] = {}
        self._skips: dict[Place, tuple[Skip | Fault, ...]] = {}
        self._read: set[str] = set()

    def add(self, reading: Reading) -> None:
        """Judge a reading."""
        self._read.update(reading.files)
        try:
            for result in self._judged(reading):
                self._add(result)
        except GuardError:
            raise
        except Exception as problem:
            if self._settings.debug:
                raise
            what = " ".join(f"{type(problem).__name__}: {problem}".split())
            message = f"this was not judged, by a fault of bedrock-cmk-guard: {what}"
            files = reading.files or (reading.root,)
            self._add_faults(Fault(FaultKind.UNJUDGED, message, Place(file)) for file in files)

    def result(self, *, interrupted: bool) -> ScanResult:
        """Return everything that was found."""
        faults = [each for found in self._skips.values() for each in found if isinstance(each, Fault)]
        self._add_faults(faults)
        self._add_exceptions()
        self._add_baseline()
        findings = sorted([*self._findings, *self._faults.values()], key=_order)
        baseline = self._settings.baseline
        known = frozenset(each.fingerprint for each in baseline.entries) if baseline else frozenset()
        marks = tuple(fingerprints(findings, self._selection.repository))
        reported = tuple(
            Reported(finding, mark, mark in known and finding.counts)
            for finding, mark in zip(findings, marks, strict=True)
        )
        return ScanResult(
            results=tuple(
                sorted(self._results, key=lambda each: (_where(each.place), each.address, each.root))
            ),
            findings=reported,
            files=len(self._selection.files),
            read=frozenset(self._read),
            requirements=self._demands.source,
            skipped=tuple(self._selection.skipped),
            fixed=baseline.fixed(marks, self._selection) if baseline and not interrupted else (),
            warnings=tuple(self._warnings()),
            interrupted=interrupted,
            contents=_contents(self._selection),
        )

    def _warnings(self) -> Iterator[str]:
        if self._results and not self._demands.source:
            yield _NO_REQUIREMENTS

    def _judged(self, reading: Reading) -> list[Result]:
        """Have a reading judged, and see to it that no fault goes unsaid."""
        results = list(judge([reading], self._judged_by, self._settings.today))
        said = {each.place.file for result in results for each in result.findings}
        for fault in reading.faults:
            if fault.place.file not in said:
                raise SourceError(f"{fault.place.file}: {fault.message} (and no control speaks of it)")
        return results

    def _add(self, result: Result) -> None:
        findings = [each for each in result.findings if each.verdict is not Verdict.DELEGATED]
        if result.kind is SubjectKind.FAULT:
            for each in findings:
                # Two roots that call one module read the same broken file.
                self._faults.setdefault((each.control.id, each.place, each.message, each.address), each)
            return
        self._results.append(result)
        accepted = [self._accepted(each, result) for each in findings]
        self._findings += [each for each in accepted if each.control.id in self._wanted]

    def _add_faults(self, faults: Iterable[Fault], level: Level = Level.REQUIRED) -> None:
        given = tuple(faults)
        if not given:
            return
        results = self._judged(Reading(source="terraform", root="", faults=given))
        for result in results:
            self._add(replace(result, findings=tuple(replace(each, level=level) for each in result.findings)))

    def _accepted(self, finding: Finding, result: Result) -> Finding:
        if finding.accepted is not None:
            return finding
        for exception in self._demands.exceptions:
            if exception.acceptance.holds(self._settings.today) and exception.fits(
                finding.control.id, finding.address
            ):
                return replace(finding, accepted=exception.acceptance)
        for skip in self._skips_at(result):
            if isinstance(skip, Skip) and finding.control.id in skip.controls:
                return replace(finding, accepted=skip.acceptance)
        return finding

    def _skips_at(self, result: Result) -> tuple[Skip | Fault, ...]:
        """The skips in a subject's block; those that accept nothing are faults."""
        found = self._skips.get(result.place)
        if found is None:
            lines = self._excerpts.lines(result.place.file)
            found = self._skips[result.place] = tuple(
                self._held(each, result.address) for each in skips_of(result.place, lines)
            )
        return found

    def _held(self, skip: Skip | Fault, address: str) -> Skip | Fault:
        if isinstance(skip, Fault):
            return replace(skip, address=address)
        message = refused(skip, self._settings.today, allowed=self._demands.inline_skips)
        return Fault(FaultKind.ACCEPTANCE, message, skip.place, address) if message else skip

    def _add_exceptions(self) -> None:
        """Exceptions that do not hold; for those about nothing that was judged here it is enough to say so."""
        addresses = [each.address for each in self._results]
        for exception in self._demands.exceptions:
            message = accepts_nothing(exception, self._settings.today)
            if not message:
                continue
            fault = Fault(FaultKind.ACCEPTANCE, message, Place(self._demands.source), exception.resource)
            concerns = any(exception.fits(exception.control, address) for address in addresses)
            self._add_faults([fault], Level.REQUIRED if concerns else Level.RECOMMENDED)

    def _add_baseline(self) -> None:
        """Entries of the baseline that are no control's: nobody will ever find what they know."""
        baseline = self._settings.baseline or Baseline()
        for each in baseline.entries:
            if unknown := no_control(each.control):
                message = f"the baseline's entry on {each.resource or each.file} accepts nothing: {unknown}"
                self._add_faults(
                    [Fault(FaultKind.ACCEPTANCE, message, Place(str(baseline.path)), each.resource)]
                )


def _contents(selection: Selection) -> dict[str, bytes]:
    """What is in no file."""
    files = (*selection.terraform, *selection.templates, *selection.plans)
    return {each.shown: each.peek() for each in files if each.shown.startswith("<")}


def _order(finding: Finding) -> tuple[object, ...]:
    return (_where(finding.place), finding.control.id, finding.address, finding.root, finding.message)


def _where(place: Place) -> tuple[str, int, int]:
    return place.file, place.line, place.column
