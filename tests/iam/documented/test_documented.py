"""AWS's own documented examples of policy evaluation, each with the page that says what comes of it.

A file holds documents by name (a list of statements each) and cases in the form that ``simulate`` reads, in which
a document's name stands for it. The examples are retold: names and accounts are as in AWS's pages, the rest is only
what the case needs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from bedrock_cmk_guard.simulate import simulate

FOLDER = Path(__file__).parent
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    source: str
    line: str
    expect: str
    because: str | None


def load(path: Path) -> list[Case]:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    documents = {
        name: {"Version": "2012-10-17", "Statement": statements}
        for name, statements in content["documents"].items()
    }

    def place(value: Json) -> Json:
        if isinstance(value, list):
            return [place(item) for item in value]
        return documents[value] if isinstance(value, str) else value

    cases = []
    for given in content["cases"]:
        asked: dict[str, Any] = {
            key: place(value) if key not in ("request", "grants") else value
            for key, value in given.items()
            if key not in ("name", "source", "expect", "because")
        }
        asked["request"].setdefault("resource", "*")
        cases.append(
            Case(
                f"{path.stem}: {given['name']}",
                given.get("source", content["source"]),
                json.dumps(asked, default=str),
                given["expect"],
                given.get("because"),
            )
        )
    return cases


CASES = [case for path in sorted(FOLDER.glob("*.yaml")) for case in load(path)]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_as_aws_documents_it(case: Case) -> None:
    (answer,) = simulate([case.line])

    assert "error" not in answer, answer
    assert answer["decision"] == case.expect, (case.source, answer["reasons"])
    if case.because is not None:
        assert case.because in [statement["sid"] for statement in answer["statements"]]


def test_there_are_many_and_each_has_its_page() -> None:
    assert len(CASES) >= 60
    assert len({case.name for case in CASES}) == len(CASES)
    assert all(case.source.startswith("https://docs.aws.amazon.com/") for case in CASES)
    assert {case.expect for case in CASES} == {"allowed", "explicit_deny", "implicit_deny"}
