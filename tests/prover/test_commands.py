"""``prove`` and ``diff-access`` as people start them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bedrock_cmk_guard import claims_of, diff_access, load_requirements, load_set, prove
from bedrock_cmk_guard.cli import main

EXAMPLE = Path(__file__).parents[2] / "examples" / "cmk-guard.yaml"
ROLE = "      - role: hr-portal\n"


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A copy of the example, to change."""
    copy = tmp_path / "cmk-guard.yaml"
    copy.write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    return copy


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_example_is_proved(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", str(EXAMPLE)]) == 0
    out = capsys.readouterr().out
    assert "PROVED       decrypt/hr-assistant  (" in out
    assert "REFUTED      pasted-null" in out
    assert "bedrock:CreateAgent never supplies bedrock:CustomerEncryptionKeyArn" in out
    assert "kms-own-account: Another account's principals" in out
    assert "0 that they mean to hold" in out.splitlines()[-1]


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ("pipeline", {"pipeline"}),
        ("destroy*", {"destroy", "destroy/by-scp", "destroy/by-rcp"}),
        ("nobody outside the organisation", {"outsiders", "limit/unguarded-keys-used"}),
    ],
)
def test_one_claim(wanted: str, ids: set[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", str(EXAMPLE), "--claim", wanted, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {claim["id"] for claim in found["claims"]} == ids
    assert found["as_meant"]


def test_a_claim_that_nobody_knows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", str(EXAMPLE), "--claim", "nothing-like-it"]) == 2
    assert "no claim is called 'nothing-like-it'" in capsys.readouterr().err


def test_a_layer_that_is_off_is_told_plainly_and_is_no_failure(
    changed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(changed, "    kms_perimeter: {attach: [ai-workloads]}\n", "")
    assert main(["prove", str(changed), "--claim", "outsiders"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("REFUTED      outsiders  (")
    assert "Not meant to hold: the layer kms_perimeter is off." in out
    assert "counterexample (allowed):" in out


def test_json_has_the_counterexample_as_a_request(capsys: pytest.CaptureFixture[str]) -> None:
    main(["prove", str(EXAMPLE), "--claim", "pasted-null", "--format", "json"])
    (claim,) = json.loads(capsys.readouterr().out)["claims"]
    assert claim["verdict"] == "refuted"
    assert not claim["intended"]
    assert claim["counterexample"]["action"] == "bedrock:CreateAgent"
    assert claim["counterexample"]["decision"] == "explicit_deny"


def test_a_layer_missing_at_one_of_the_targets_is_an_exit_status(
    changed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The layer is on, and attached to one account only: the others are not bound, and the claim is false."""
    edit(
        changed,
        "    - name: security\n",
        '    - name: one-account\n      id: "555555555555"\n    - name: security\n',
    )
    edit(changed, "    memory_keys: {attach: [ai-workloads]}\n", "    memory_keys: {attach: [one-account]}\n")
    assert main(["prove", str(changed), "--claim", "key-of/*"]) == 1
    out = capsys.readouterr().out
    assert "<- the requirements mean this to hold" in out
    assert "1 that they mean to hold and that does not" in out


def test_nobody_gains_from_no_change(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rendered = tmp_path / "policies"
    assert main(["render", str(EXAMPLE), "--out", str(rendered), "--format", "json", "--quiet"]) == 0
    assert main(["diff-access", str(rendered), str(EXAMPLE)]) == 0
    assert (
        "nobody gains anything in what both sets have: proved for all requests; 0 losses"
        in capsys.readouterr().out
    )


def test_a_new_caller_gains_and_a_shorter_window_is_a_gain(
    changed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(changed, ROLE, f"{ROLE}      - role: hr-mobile\n")
    edit(changed, "  deletion_window_days: 30\n", "  deletion_window_days: 14\n")
    assert main(["diff-access", str(EXAMPLE), str(changed), "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    gains = {
        (change["who"], change["where"].partition(" in ")[0]): change["actions"]
        for change in found["changes"]
        if change["direction"] == "gains"
    }
    mobile = gains["arn:aws:iam::222222222222:role/hr-mobile", "key hr-assistant_eu-central-1"]
    assert "kms:Decrypt" in mobile
    governance = gains[
        "arn:aws:iam::222222222222:role/bedrock-cmk-governance", "key hr-assistant_eu-central-1"
    ]
    assert governance == ["kms:ScheduleKeyDeletion"]
    assert not found["nobody_gains"]
    assert not found["undecided"]


def test_a_layer_taken_away_is_a_gain_and_put_back_a_loss(
    changed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(changed, "    closed_surfaces: {attach: [ai-workloads], surfaces: [inline-agent]}\n", "")
    assert main(["diff-access", str(EXAMPLE), str(changed)]) == 1
    assert "gains on calls that SCPs limit:\n    bedrock:InvokeInlineAgent" in capsys.readouterr().out
    assert main(["diff-access", str(changed), str(EXAMPLE)]) == 0
    out = capsys.readouterr().out
    assert "loses on calls that SCPs limit:\n    bedrock:InvokeInlineAgent" in out
    assert "nobody gains anything in what both sets have: proved for all requests; 1 loss\n" in out


def test_what_only_one_set_has_is_named(changed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(changed, "      - name: contoso\n", "      - name: contoso\n      - name: fabrikam\n")
    main(["diff-access", str(EXAMPLE), str(changed)])
    assert "new: key support-desk_fabrikam_eu-central-1 in 666666666666" in capsys.readouterr().out


def test_a_folder_that_is_no_rendering(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff-access", str(tmp_path), str(EXAMPLE)]) == 2
    assert "has no manifest.json" in capsys.readouterr().err
    assert (
        main(["render", str(EXAMPLE), "--out", str(tmp_path / "t"), "--format", "terraform", "--quiet"]) == 0
    )
    assert main(["diff-access", str(tmp_path / "t"), str(EXAMPLE)]) == 2
    assert "holds no JSON documents: render it with --format json" in capsys.readouterr().err


def test_the_library() -> None:
    requirements = load_requirements(EXAMPLE)
    (judged,) = prove(requirements, ["pipeline"])
    assert judged.is_expected
    assert "pipeline" in {claim.id for claim in claims_of(requirements)}
    assert diff_access(load_set(EXAMPLE), load_set(EXAMPLE)).nobody_gains


def test_the_page_shows_what_the_command_prints(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = EXAMPLE.parents[1]
    page = (root / "docs" / "prove.md").read_text(encoding="utf-8")
    block = page.partition("```text\n$ bedrock-cmk-guard ")[2].partition("\n```")[0]
    command, _, shown = block.partition("\n")
    monkeypatch.chdir(root)
    assert main(command.split()) == 0
    assert timeless(shown) == timeless(capsys.readouterr().out.rstrip())


def timeless(text: str) -> str:
    return re.sub(r"\([0-9,]+ ms\)$|[0-9.]+ s$", "", text, flags=re.MULTILINE)
