"""A page per control, with its fixtures as examples of what it refuses and what it lets pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from bedrock_cmk_guard.controls import CONTROLS, LIVE_CONTROLS, Control, SubjectKind
from docs.pages import GENERATED, join, table, text

EVERY = (*CONTROLS, *LIVE_CONTROLS)
FIXTURES = Path(__file__).resolve().parents[2] / "tests" / "controls"

INDEX = """\
A control is one judgement about one kind of subject. `bedrock-cmk-guard scan` puts all of them to Terraform, plans and
CloudFormation, and Checkov runs them by the [same ids](../scan.md). `bedrock-cmk-guard audit` puts the same ones to
[live accounts](../audit.md), and those named `BCG_LIVE`, which only a live account can answer.
`bedrock-cmk-guard explain ID` prints a page of these on the terminal. Ids are never used again for something else.
"""

_SUBJECTS = {
    SubjectKind.RESOURCE: "what takes a key (agents, memories, sessions, …)",
    SubjectKind.KEY: "KMS keys that serve such a resource",
    SubjectKind.ROLE: "IAM roles of such a resource",
    SubjectKind.FAULT: "what could not be read or judged",
}
_LANGUAGES = {".tf": "hcl", ".yaml": "yaml"}
_EXAMPLES = {"fail": "Refused", "unknown": "Not known, and so not passed", "pass": "Passes"}
_NOTES = {"fail": "Noted", "unknown": "Not known, and so noted", "pass": "Passes"}


def pages() -> Mapping[str, str]:
    """The index and a page per control, by path below docs/."""
    return {"controls/README.md": _index(), **{f"controls/{each.id}.md": _page(each) for each in EVERY}}


def _index() -> str:
    rows = (
        (f"[{each.id}]({each.id}.md)", text(each.title), each.severity.value, _SUBJECTS[each.kind])
        for each in EVERY
    )
    return join(GENERATED, "# Controls", INDEX, table(("Id", "What it demands", "Severity", "Judges"), rows))


def _page(control: Control) -> str:
    return join(
        GENERATED,
        f"# {control.id}: {text(control.title)}",
        f"Severity {control.severity.value}{', only noted' if control.note else ''} · judges {_SUBJECTS[control.kind]}",
        text(control.rationale),
        "## What to do",
        text(control.remediation),
        *_fixes(control),
        *_examples(control),
        *_frameworks(control),
        *("## Sources", "".join(f"- <{url}>\n" for url in control.references)) if control.references else "",
    )


def _fixes(control: Control) -> Iterator[str]:
    for language, fix in (("hcl", control.fixes.terraform), ("yaml", control.fixes.cloudformation)):
        if fix:
            yield f"```{language}\n{fix}\n```"


def _examples(control: Control) -> Iterator[str]:
    """The control's fixtures: the tests hold it to giving just these verdicts on them."""
    for verdict, title in (_NOTES if control.note else _EXAMPLES).items():
        for ending, language in _LANGUAGES.items():
            path = FIXTURES / control.id / f"{verdict}{ending}"
            if path.exists():
                yield f"## {title}: {'Terraform' if language == 'hcl' else 'CloudFormation'}"
                yield f"```{language}\n{path.read_text(encoding='utf-8').rstrip()}\n```"


def _frameworks(control: Control) -> Iterator[str]:
    if not control.frameworks:
        return
    yield "## Helps to show"
    yield "".join(
        f"- {text(each.framework)} [{each.id}]({each.url}): {text(each.title)}\n"
        for each in control.frameworks
    )
