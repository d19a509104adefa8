"""What is accepted: by exceptions, by inline skips, by a baseline; and what of that does not hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.scan.running import NO_KEY, TEMPLATE, WITH_KEY, Done, as_json, run, write

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "cmk-guard.yaml"
GOOD = 'bcg:skip=BCG_CMK_001 owner="platform team" reason="migration, CHG-1234" expires=2099-01-31'
MINIMAL = """version: 1
policy: {owner: Somebody, contact: somebody@example.com}
organization:
  id: o-exampleorg1
  management_account: "111111111111"
  regions: [eu-central-1]
  targets: [{name: all, id: r-ab12}]
environments: [{name: production, production: true}]
sensitivities: [internal]
principals:
  provisioners: [{role: a}]
  governance: [{role: b}]
  break_glass: [{role: c}]
  applier: [{role: d}]
"""


def cmk(done: Done) -> list[tuple[str, bool]]:
    """The findings of BCG_CMK_001: the resource, and whether it counts."""
    return [(f["resource"], f["counts"]) for f in done.json["findings"] if f["control"] == "BCG_CMK_001"]


def unheld(done: Done) -> list[str]:
    """What is said of acceptances that do not hold."""
    return [
        f["message"] for f in done.json["findings"] if f["control"].startswith("BCG_SCAN") and f["counts"]
    ]


def with_comment(comment: str) -> str:
    return NO_KEY.replace("{\n", f"{{\n  {comment}\n", 1)


@pytest.mark.parametrize(
    "code",
    [
        with_comment(f"# {GOOD}"),
        with_comment(f"// {GOOD}"),
        with_comment(f"/* {GOOD} */"),
        with_comment(f"/*\n   * {GOOD}\n   */"),
        f"# {GOOD}\n{NO_KEY}",
        f"# {GOOD}\n# and a word more\n{NO_KEY}",
        f"/*\n * {GOOD}\n */\n{NO_KEY}",
        NO_KEY.replace('claude-v2"', f'claude-v2" # {GOOD}'),
        with_comment(f"# {GOOD.replace('BCG_CMK_001', 'BCG_CMK_001,BCG_KEY_001')}"),
        with_comment(f"# note: {GOOD}"),
        f"/*\n words\n\n words\n * {GOOD}\n words */\n{NO_KEY}",
    ],
)
def test_an_inline_skip_accepts_what_it_names(tmp_path: Path, code: str) -> None:
    done = as_json("a.tf", cwd=write(tmp_path, {"a.tf": code}))
    assert cmk(done) == [("aws_bedrockagent_agent.this", False)]
    assert unheld(done) == []
    assert done.status == 0


def test_an_inline_skip_in_json(tmp_path: Path) -> None:
    code = '{"resource": {"aws_bedrockagent_agent": {"this": {\n  "//": "%s",\n  "agent_name": "a"\n}}}}'
    write(tmp_path, {"a.tf.json": code % GOOD.replace('"', "'")})
    done = as_json("a.tf.json", cwd=tmp_path)
    assert (cmk(done), done.status) == ([("aws_bedrockagent_agent.this", False)], 0)


def test_an_inline_skip_in_a_template(tmp_path: Path) -> None:
    code = TEMPLATE.replace("    Type:", f"    # {GOOD}\n    Type:")
    done = as_json("a.yaml", cwd=write(tmp_path, {"a.yaml": code}))
    assert (cmk(done), done.status) == ([("Agent", False)], 0)


@pytest.mark.parametrize(
    ("comment", "why"),
    [
        (
            GOOD.replace("2099-01-31", "2020-01-31"),
            "expired on 2020-01-31 (platform team: migration, CHG-1234)",
        ),
        (GOOD.replace('owner="platform team" ', ""), "accepts nothing without owner"),
        (GOOD.replace('reason="migration, CHG-1234" ', ""), "accepts nothing without reason"),
        (GOOD.replace('"migration, CHG-1234"', '"  "'), "accepts nothing without reason"),
        (GOOD.replace(" expires=2099-01-31", ""), "accepts nothing without expires"),
        ("bcg:skip=BCG_CMK_001", "accepts nothing without owner and reason and expires"),
        ("bcg:skip", "cannot be read"),
        ("bcg:skip=", "cannot be read"),
        (GOOD.replace("2099-01-31", "next year"), "cannot be read"),
        (GOOD.replace("2099-01-31", "2099-02-31"), "2099-02-31 is no date"),
        (GOOD.replace("BCG_CMK_001", "CKV_AWS_373"), "CKV_AWS_373 is no control's id"),
        (GOOD.replace("BCG_CMK_001", "BCG_SCAN_001"), "cannot be skipped inline"),
        (
            GOOD.replace("BCG_CMK_001", "BCG_CMK_001,BCG_CMK_011"),
            "accepts nothing: there is no control BCG_CMK_011; did you mean BCG_",
        ),
        (GOOD + ' ticket="x"', "there is no ticket in one"),
    ],
)
def test_a_skip_that_does_not_hold_is_a_finding_and_accepts_nothing(
    tmp_path: Path, comment: str, why: str
) -> None:
    done = as_json("a.tf", cwd=write(tmp_path, {"a.tf": with_comment(f"# {comment}")}))
    assert cmk(done) == [("aws_bedrockagent_agent.this", True)]
    (message,) = unheld(done)
    assert why in message
    place = next(f for f in done.json["findings"] if f["message"] == message)
    assert (place["file"], place["line"], place["column"]) == ("a.tf", 2, 5)
    assert done.status == 1


@pytest.mark.parametrize(
    "code",
    [
        f"# {GOOD}\n\n{NO_KEY}",
        f"{NO_KEY}# {GOOD}\n",
        f"locals {{\n}} /* {GOOD} */\n{NO_KEY}",
        f"locals {{\n}} /*\n * {GOOD}\n */\n{NO_KEY}",
        f'# {GOOD}\nresource "aws_s3_bucket" "b" {{}}\n{NO_KEY}',
        with_comment(f"# {GOOD.replace('BCG_CMK_001', 'BCG_CMK_002')}"),
        NO_KEY.replace('"support"', f'"{GOOD.replace(chr(34), chr(39))}"'),
    ],
)
def test_a_skip_elsewhere_accepts_nothing(tmp_path: Path, code: str) -> None:
    done = as_json("a.tf", cwd=write(tmp_path, {"a.tf": code}))
    assert cmk(done) == [("aws_bedrockagent_agent.this", True)]
    assert done.status == 1


def exceptions(expires: str, resource: str = "aws_bedrockagent_agent.*") -> str:
    return (
        f'{MINIMAL}exceptions:\n  - control: BCG_CMK_001\n    resource: "{resource}"\n    owner: Ann\n'
        f"    reason: moving\n    expires: {expires}\n"
    )


def test_an_exception_of_the_requirements_accepts_and_is_found_without_being_named(tmp_path: Path) -> None:
    write(tmp_path, {"infra/a.tf": NO_KEY, "cmk-guard.yaml": exceptions("2099-01-01"), ".git/HEAD": ""})
    done = as_json(".", cwd=tmp_path / "infra")
    assert (cmk(done), done.status) == ([("aws_bedrockagent_agent.this", False)], 0)
    finding = next(f for f in done.json["findings"] if f["control"] == "BCG_CMK_001")
    assert finding["accepted"] == {
        "by": "exception",
        "owner": "Ann",
        "reason": "moving",
        "expires": "2099-01-01",
    }
    assert done.err == ""


def test_an_expired_exception_accepts_nothing_and_is_a_finding(tmp_path: Path) -> None:
    write(tmp_path, {"a.tf": NO_KEY, "cmk-guard.yaml": exceptions("2020-01-01")})
    done = as_json(".", cwd=tmp_path)
    assert cmk(done) == [("aws_bedrockagent_agent.this", True)]
    (message,) = unheld(done)
    assert "expired on 2020-01-01 (Ann: moving)" in message
    assert done.status == 1


@pytest.mark.parametrize(
    ("control", "counts"),
    [("BCG_CMK_011", True), ("BCG_LIVE_099", True), ("BCG_LIVE_001", None), ("BCG_KEY_001", None)],
)
def test_an_exception_that_names_no_control_is_a_finding(
    tmp_path: Path, control: str, counts: bool | None
) -> None:
    requirements = exceptions("2099-01-01").replace("BCG_CMK_001", control)
    write(tmp_path, {"a.tf": NO_KEY, "cmk-guard.yaml": requirements})
    done = as_json(".", cwd=tmp_path)
    told = [f for f in done.json["findings"] if f["control"] == "BCG_SCAN_005"]
    assert [(f["counts"], f["file"]) for f in told] == (
        [] if counts is None else [(counts, "cmk-guard.yaml")]
    )
    assert all(f"there is no control {control}; did you mean BCG_" in f["message"] for f in told)
    # validate says where, and beside it what else is wrong.
    write(tmp_path, {"cmk-guard.yaml": requirements.replace("owner: Somebody", 'owner: ""')})
    told_there = run(command="validate", cwd=tmp_path)
    assert told_there.status == 1
    assert "cmk-guard.yaml:2:17: policy.owner: is empty\n" in told_there.out
    place = "cmk-guard.yaml:16:14: exceptions[0].control: "
    assert (f"{place}there is no control {control}; did you mean" in told_there.out) is (counts is not None)
    write(tmp_path, {"cmk-guard.yaml": requirements})
    assert run(command="validate", cwd=tmp_path).status == (0 if counts is None else 1)


def test_an_exception_that_names_no_control_and_is_about_what_is_elsewhere_fails_nobody(
    tmp_path: Path,
) -> None:
    requirements = exceptions("2099-01-01", "module.theirs.*").replace("BCG_CMK_001", "BCG_CMK_011")
    write(tmp_path, {"a.tf": WITH_KEY, "cmk-guard.yaml": requirements})
    done = as_json(".", cwd=tmp_path)
    assert [(f["control"], f["counts"]) for f in done.json["findings"]] == [("BCG_SCAN_005", False)]
    assert done.status == 0


def test_an_entry_of_a_baseline_that_names_no_control_is_a_finding(tmp_path: Path) -> None:
    write(tmp_path, {"a.tf": NO_KEY})
    run("--baseline", "base.json", "--write-baseline", ".", cwd=tmp_path)
    baseline = tmp_path / "base.json"
    baseline.write_text(baseline.read_text().replace("BCG_CMK_001", "BCG_CMK_101"))
    done = as_json("--baseline", "base.json", ".", cwd=tmp_path)
    assert done.status == 1
    (told,) = [f for f in done.json["findings"] if f["counts"]]
    assert (told["control"], told["file"]) == ("BCG_SCAN_005", "base.json")
    assert "there is no control BCG_CMK_101; did you mean BCG_CMK_" in told["message"]
    # Written again, it is in order.
    run("--baseline", "base.json", "--write-baseline", ".", cwd=tmp_path)
    again = as_json("--baseline", "base.json", ".", cwd=tmp_path)
    assert (again.status, again.json["fixed"]) == (0, [])


def test_an_expired_exception_for_what_is_elsewhere_is_said_and_fails_nobody(tmp_path: Path) -> None:
    code = NO_KEY.replace("this", "ours") + ""
    ours = f"# {GOOD}\n{code}"
    write(
        tmp_path, {"a.tf": ours, "cmk-guard.yaml": exceptions("2020-01-01", "aws_bedrockagent_agent.theirs")}
    )
    done = as_json(".", cwd=tmp_path)
    expired = [f for f in done.json["findings"] if "expired" in f["message"]]
    assert [(f["level"], f["counts"]) for f in expired] == [("recommended", False)]
    assert done.status == 0


def test_a_baseline_takes_what_is_there_and_reports_what_is_new_and_fixed(tmp_path: Path) -> None:
    write(tmp_path, {"a.tf": NO_KEY, "b.tf": NO_KEY.replace("this", "other")})
    first = run("--baseline", "base.json", "--write-baseline", ".", cwd=tmp_path)
    assert (first.status, first.out) == (0, "base.json: 2 findings\n")
    again = as_json("--baseline", "base.json", ".", cwd=tmp_path)
    assert again.status == 0
    assert again.json["summary"]["baseline"] == 2

    # Lines move, one resource is mended, a third comes.
    write(tmp_path, {"a.tf": "\n\n# moved\n" + NO_KEY, "c.tf": NO_KEY.replace("this", "third")})
    (tmp_path / "b.tf").write_text("")
    later = as_json("--baseline", "base.json", ".", cwd=tmp_path)
    assert later.status == 1
    assert cmk(later) == [("aws_bedrockagent_agent.this", False), ("aws_bedrockagent_agent.third", True)]
    assert [each["resource"] for each in later.json["fixed"]] == ["aws_bedrockagent_agent.other"]
    text = run("--baseline", "base.json", ".", cwd=tmp_path).out
    assert "1 finding known to the baseline\n1 finding of the baseline fixed" in text

    # Written again, the baseline takes the new one and lets the mended one go.
    assert run("--baseline", "base.json", "--write-baseline", ".", cwd=tmp_path).status == 0
    final = as_json("--baseline", "base.json", ".", cwd=tmp_path)
    assert (final.status, final.json["fixed"]) == (0, [])


def test_a_baseline_is_the_same_wherever_the_scan_starts(tmp_path: Path) -> None:
    write(tmp_path, {".git/HEAD": "", "infra/a.tf": NO_KEY})
    run("--baseline", "base.json", "--write-baseline", ".", cwd=tmp_path)
    for cwd, path in (("infra", "."), ("infra", "a.tf"), (".", "infra/a.tf"), (".", str(tmp_path))):
        done = as_json("--baseline", str(tmp_path / "base.json"), path, cwd=tmp_path / cwd)
        assert (done.status, done.json["summary"]["baseline"]) == (0, 1), (cwd, path)
        assert done.json["fixed"] == []


def test_a_scan_of_one_file_does_not_call_the_others_fixed(tmp_path: Path) -> None:
    write(tmp_path, {"a/a.tf": NO_KEY, "b/b.tf": NO_KEY})
    run("--baseline", "base.json", "--write-baseline", ".", cwd=tmp_path)
    done = as_json("--baseline", "base.json", "a/a.tf", cwd=tmp_path)
    assert (done.status, done.json["fixed"]) == (0, [])


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        '{"version": 2}',
        '{"version": 1}',
        '{"version": 1, "findings": [1]}',
        b"\xff",
        "[" * 100_000,
    ],
)
def test_a_broken_baseline_is_said(tmp_path: Path, content: str | bytes) -> None:
    done = run("--baseline", "base.json", ".", cwd=write(tmp_path, {"base.json": content, "a.tf": NO_KEY}))
    assert (done.status, done.out) == (2, "")
    assert "base.json" in done.err


def test_a_baseline_that_is_not_there_is_said(tmp_path: Path) -> None:
    done = run("--baseline", "base.json", ".", cwd=tmp_path)
    assert done.status == 2
    assert "there is no such baseline" in done.err
    assert run("--write-baseline", ".", cwd=tmp_path).status == 2


def test_a_baseline_is_the_same_text_every_time(tmp_path: Path) -> None:
    write(tmp_path, {"a.tf": NO_KEY, "b.tf": NO_KEY.replace("this", "other")})
    texts = []
    for name in ("one.json", "two.json"):
        run("--baseline", name, "--write-baseline", ".", cwd=tmp_path)
        texts.append((tmp_path / name).read_text())
    assert texts[0] == texts[1]
    assert json.loads(texts[0])["version"] == 1
