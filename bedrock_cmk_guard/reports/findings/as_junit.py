"""A result as JUnit XML, as Jenkins and GitLab read it: a test case for each subject and each finding.

The form is that of https://github.com/jenkinsci/xunit-plugin (junit-10.xsd). A finding that counts is a failure, or an
error where something could not be known; one that does not count is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from bedrock_cmk_guard.reports.findings.result import Reported, ScanResult

# What XML 1.0 cannot hold, not even escaped.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = "bedrock-cmk-guard"


def write(result: ScanResult) -> str:
    """Return the report."""
    cases = [*_clean(result), *map(_case, result.findings)]
    failures, errors = result.counted("fail"), result.counted("unknown")
    skipped = len(result.findings) - failures - errors
    numbers = f'tests="{len(cases)}" failures="{failures}" errors="{errors}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="{_NAME}" {numbers}>',
        f'  <testsuite name="{_NAME} scan" {numbers} skipped="{skipped}">',
        *cases,
        "  </testsuite>",
        "</testsuites>",
    ]
    return "\n".join(lines) + "\n"


def _clean(result: ScanResult) -> Iterator[str]:
    """A test case that passed, for each subject of which there is no finding, or only a note."""
    spoken_of = {
        (each.finding.root, each.finding.address, each.finding.surface)
        for each in result.findings
        if not each.finding.noted
    }
    for each in result.results:
        if (each.root, each.address, each.surface) not in spoken_of:
            name = _attribute(_named(each.address, each.surface))
            yield f"    <testcase classname={_attribute(each.place.file)} name={name}/>"


def _case(reported: Reported) -> str:
    finding = reported.finding
    name = f"{finding.control.id} {_named(finding.address or finding.place.file, finding.surface)}"
    element = "skipped"
    if reported.counts:
        element = "failure" if finding.verdict == "fail" else "error"
    message = finding.message if reported.counts else f"{finding.message} ({reported.why_not})"
    return (
        f"    <testcase classname={_attribute(finding.place.file)} name={_attribute(name)}>\n"
        f"      <{element} type={_attribute(finding.control.id)} message={_attribute(message)}>"
        f"{_text(_body(reported))}</{element}>\n"
        "    </testcase>"
    )


def _named(address: str, surface: str) -> str:
    """Its address, and as what: an agent that keeps memory is two surfaces."""
    return f"{address} ({surface})" if surface else address


def _body(reported: Reported) -> str:
    finding = reported.finding
    place = finding.place
    lines = [f"{place.file}:{place.line}:{place.column}: {finding.message}"]
    lines += [
        f"- {step.text}" + (f" ({step.place.file}:{step.place.line})" if step.place else "")
        for step in finding.trail
    ]
    return "\n".join([*lines, f"fix: {finding.fix}"])


def _text(text: str) -> str:
    return escape(_NO_XML.sub("\ufffd", text))


def _attribute(text: str) -> str:
    return quoteattr(_NO_XML.sub("\ufffd", text))
