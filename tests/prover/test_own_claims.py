"""Claims that a requirements file states itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bedrock_cmk_guard.cli import main
from bedrock_cmk_guard.errors import RequirementsError
from bedrock_cmk_guard.prove import prove
from bedrock_cmk_guard.requirements import dump_requirements, loads_requirements
from bedrock_cmk_guard.requirements.starter import starter_text

EXAMPLE = (Path(__file__).parents[2] / "examples" / "cmk-guard.yaml").read_text(encoding="utf-8")
PORTAL = '{ArnLike: {"aws:PrincipalArn": ["arn:aws:iam::222222222222:role/hr-portal"]}}'


def with_claim(**fields: str) -> str:
    given = {"name": "mine", "sentence": "It is so", "actions": '["kms:Decrypt"]', **fields}
    return (
        EXAMPLE + "\nclaims:\n  - {" + ", ".join(f"{name}: {value}" for name, value in given.items()) + "}\n"
    )


def verdict(**fields: str) -> str:
    (judged,) = prove(loads_requirements(with_claim(**fields)), ["own/mine"])
    return judged.verdict.value


def test_those_of_the_starting_file_are_proved() -> None:
    everything = loads_requirements(re.sub(r"(?m)^(\s*)#(?! [^ ]|$)", r"\1", starter_text()))
    judged = prove(everything, ["own/*"])
    assert [each.verdict.value for each in judged] == ["proved", "proved"]


def test_of_a_key_under_its_policy() -> None:
    assert verdict(key="hr-assistant", condition=PORTAL) == "refuted"
    assert verdict(key="hr-assistant", condition=PORTAL, actions='["kms:GenerateDataKeyPair*"]') == "proved"
    assert verdict(key="support-desk/contoso", condition=PORTAL) == "proved"


def test_that_something_is_always_allowed() -> None:
    through = (
        '{"ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::222222222222:role/hr-portal"]}, "StringEquals": '
    )
    bedrock = through + '{"kms:ViaService": ["bedrock.eu-central-1.amazonaws.com"]}}'
    assert verdict(key="hr-assistant", condition=bedrock, always="true") == "proved"
    assert verdict(key="hr-assistant", condition=PORTAL, always="true") == "refuted"


def test_of_services_and_of_the_accounts_alone() -> None:
    assert verdict(key="hr-assistant", callers="services", actions='["kms:Decrypt"]') == "proved"
    assert verdict(key="hr-assistant", callers="services", actions='["kms:ReEncryptFrom"]') == "refuted"
    window = '{NumericLessThan: {"kms:ScheduleKeyDeletionPendingWindowInDays": ["30"]}}'
    assert (
        verdict(actions='["kms:ScheduleKeyDeletion"]', condition=window) == "refuted"
    )  # of keys that are not guarded
    guarded = '{NumericLessThan: {"kms:ScheduleKeyDeletionPendingWindowInDays": ["30"]}, '
    guarded += 'StringEquals: {"aws:ResourceTag/bedrock-cmk": ["guarded"]}}'
    assert (
        verdict(actions='["kms:ScheduleKeyDeletion"]', condition=guarded, callers="workload-accounts")
        == "proved"
    )


def test_a_false_one_is_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cmk-guard.yaml"
    path.write_text(with_claim(key="hr-assistant", condition=PORTAL), encoding="utf-8")
    assert main(["prove", str(path), "--claim", "own/*"]) == 1
    assert "REFUTED      own/mine" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"condition": '{StringEqual: {"aws:PrincipalArn": ["x"]}}'},
            "unknown condition operator 'StringEqual'",
        ),
        (
            {"key": "hr-assistant", "resources": '["arn:aws:kms:*:*:key/*"]'},
            "give key or resources, not both",
        ),
        ({"actions": '["*"]'}, "claims[0].actions[0]"),
        ({"resources": '["everything"]'}, "'everything' is not a resource"),
    ],
)
def test_mistakes_are_told_with_their_place(fields: dict[str, str], said: str) -> None:
    with pytest.raises(RequirementsError, match=re.escape(said)) as told:
        loads_requirements(with_claim(**fields))
    assert told.value.problems[0].line > 0


def test_a_key_that_nobody_has() -> None:
    with pytest.raises(
        RequirementsError, match=r"claims\[0\]\.key: no key is of 'hr-assistent'.*hr-assistant"
    ):
        prove(loads_requirements(with_claim(key="hr-assistent")))


def test_one_name_for_two() -> None:
    twice = with_claim() + '  - {name: mine, sentence: It is not, actions: ["kms:Encrypt"]}\n'
    with pytest.raises(RequirementsError, match="'mine' is named 2 times"):
        loads_requirements(twice)


def test_they_are_written_as_they_are_read() -> None:
    found = loads_requirements(
        with_claim(key="hr-assistant", condition=PORTAL, always="true", callers="anybody")
    )
    assert loads_requirements(dump_requirements(found)) == found
