"""What the adapters have in common: they find out where Checkov is, ask, and report what Checkov never asked about.

Checkov fails open: a check that raises, a file that does not parse and an unknown verdict all leave no trace and exit
status 0. So whatever goes wrong here is FAILED, with the reason. Checkov 3.3.30 gives a check a relative path only;
the absolute one, and the runner, stand in its frames.

Checkov loads this file as if it held checks, and anew for each runner. So it keeps nothing itself: what belongs to a
run is kept on the runner.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.common.output.record import Record
from checkov.common.output.report import Report
from checkov.common.runners.base_runner import BaseRunner

try:
    from bedrock_cmk_guard.answers import Answer, Answers, Block, types_of
    from bedrock_cmk_guard.controls import CONTROLS, SubjectKind

    MISSING = ""
except Exception as problem:  # an older or broken installation may raise anything
    MISSING = (
        f"bedrock-cmk-guard cannot be used, so nothing was judged; install it beside Checkov ({problem})"
    )

__all__ = ["CONTROLS", "ENCRYPTION", "MISSING", "Block", "SubjectKind", "types_of"]

ENCRYPTION = [CheckCategories.ENCRYPTION]
_STATE = "_bedrock_cmk_guard"
_RUNNERS = ("terraform", "terraform_json", "terraform_plan", "cloudformation")
_OTHERS_THAT_ASK = ("serverless",)
_RESULTS = {
    "passed": CheckResult.PASSED,
    "failed": CheckResult.FAILED,
    "skipped": CheckResult.SKIPPED,
    "no subject": CheckResult.UNKNOWN,
}


def guide(control: Any) -> str | None:
    """Return the page that says why."""
    return next((each for each in control.references if each.startswith("https://")), None)


class Run:
    """One run of one of Checkov's runners."""

    def __init__(self, frame: FrameType) -> None:
        files, folder = frame.f_locals.get("files"), frame.f_locals.get("root_folder")
        self.report = frame.f_locals["report"]
        self.root = os.path.abspath(folder) if folder else os.getcwd()
        self.answers = Answers(files or [self.root])
        self.asked: set[tuple[str, str, str]] = set()
        self.asked_lines: set[tuple[str, str, int, int]] = set()
        self.finished = False


def frames() -> Iterator[FrameType]:
    """Give the frames that lead here, the innermost first."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back


def runner_frame() -> FrameType | None:
    """Return the frame of the runner that is running."""
    for frame in frames():
        found = frame.f_locals.get("self")
        if frame.f_code.co_name == "run" and isinstance(found, BaseRunner) and "report" in frame.f_locals:
            return frame
    return None


def concerns() -> bool:
    """Whether the runner that loads the checks could ask them: most of Checkov's thirty cannot."""
    frame = runner_frame()
    return frame is None or frame.f_locals["self"].check_type in (*_RUNNERS, *_OTHERS_THAT_ASK)


def current() -> Run:
    """Return the run that is going on."""
    frame = runner_frame()
    if frame is None:
        raise LookupError("this version of Checkov is not known: its runner was not found")
    runner = frame.f_locals["self"]
    run: Run | None = getattr(runner, _STATE, None)
    # With several --directory the same runner runs for each, with a report of its own.
    if run is None or run.report is not frame.f_locals["report"]:
        run = Run(frame)
        setattr(runner, _STATE, run)
    return run


def located(*names: str) -> Any:
    """Return the nearest local variable of one of these names in the frames above that has a value."""
    for frame in frames():
        for name in names:
            if frame.f_locals.get(name):
                return frame.f_locals[name]
    raise LookupError("this version of Checkov is not known: it does not say which file it scans")


def judged(check: Any, control: Any, block: Any, skip: Any) -> dict[str, Any]:
    """Ask about a block, and return the result as Checkov wants it; the message goes where it is shown."""
    run = current()
    run.asked.add((control.id, os.path.realpath(block.file), block.name))
    return result(check, run.answers.ask(control, block), skip)


def result(check: Any, answer: Any, skip: Any = None) -> dict[str, Any]:
    """Return an answer as Checkov wants it.

    A comment of Checkov's is no acceptance of ours: that has an owner, a reason and an expiry.
    """
    message = answer.message
    if skip and answer.outcome == "failed":
        message += " (checkov:skip accepts nothing here: bcg:skip does, with owner, reason and expires)"
    _say(check, message)
    return {
        "result": _RESULTS[answer.outcome],
        "suppress_comment": message,
        "evaluated_keys": [],
        "entity": {},
    }


def broken(check: Any, problem: BaseException | str) -> dict[str, Any]:
    """Return that nothing was judged, which fails."""
    what = problem if isinstance(problem, str) else f"it was not judged: {type(problem).__name__}: {problem}"
    _say(check, what)
    return {"result": CheckResult.FAILED, "evaluated_keys": [], "entity": {}}


def _say(check: Any, message: str) -> None:
    check.details = [message] if message else []
    # The cloudformation runner drops the details, so there the name says it.
    check.name = f"{check.title}: {message}" if message and check.tells_by_name else check.title


def finish(report: Report, frame: FrameType) -> None:
    """Report what a scan found and Checkov never asked about: it could not parse the file, or passed it over."""
    runner = frame.f_locals["self"]
    if runner.check_type not in _RUNNERS or MISSING:
        return
    run = current()
    if run.finished:
        return
    run.finished = True
    runner_filter = frame.f_locals["runner_filter"]
    try:
        for each in run.answers.unasked(runner.check_type, run.asked, run.asked_lines):
            if runner_filter.should_run_check(check_id=each.control.id, report_type=runner.check_type):
                report.add_record(_record(run, each.control.id, each.control.title, each))
    except Exception as problem:
        answer = Answer("failed", f"bedrock-cmk-guard could not scan this: {problem}")
        report.add_record(_record(run, "BCG_SCAN_001", "everything was read", None, answer))


def _record(run: Run, control: str, title: str, found: Any, answer: Any = None) -> Record:
    answer = answer or found.answer
    file = found.file if found else run.root
    first = found.line if found else 1
    last = max(first, found.end_line if found else 1)
    record = Record(
        check_id=control,
        check_name=title,
        check_result={
            "result": _RESULTS[answer.outcome],
            "suppress_comment": answer.message,
            "evaluated_keys": [],
        },
        code_block=_lines(file, first, last),
        file_path=f"/{os.path.relpath(file, run.root)}",
        file_line_range=[first, last],
        resource=(found.address if found else "") or os.path.basename(file),
        evaluations=None,
        check_class=__name__,
        file_abs_path=file,
        details=[answer.message] if answer.message else [],
    )
    record.set_guideline(guide(found.control) if found else None)
    return record


def _lines(file: str, first: int, last: int) -> list[tuple[int, str]]:
    try:
        with open(file, encoding="utf-8", errors="replace") as stream:
            lines = stream.read().split("\n")[first - 1 : last]
    except OSError:
        lines = []
    return [(first + number, f"{line}\n") for number, line in enumerate(lines)] or [(first, "\n")]


def _patched(home: type, name: str, kinds: tuple[str, ...]) -> None:
    """Have a run finished before a method of Checkov's that every runner calls once its checks have run."""
    original = getattr(home, name)
    if hasattr(original, _STATE):
        return

    def method(self: Any, *arguments: Any, **options: Any) -> Any:
        frame = runner_frame()
        if frame is not None and frame.f_locals["self"].check_type in kinds:
            finish(frame.f_locals["report"], frame)
        return original(self, *arguments, **options)

    setattr(method, _STATE, True)
    setattr(home, name, method)


def install() -> None:
    """Take part in what runners do at their end.

    The plan runner stops early where no plan parses; the others run their graph checks whatever happened.
    """
    _patched(Report, "add_parsing_errors", ("terraform_plan",))
    _patched(BaseRunner, "run_graph_checks_results", ("terraform", "terraform_json", "cloudformation"))
