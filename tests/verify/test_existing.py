"""Policies that exist already: can a principal use a key, what stops it, what to add, is anybody locked out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bedrock_cmk_guard.cli import main
from bedrock_cmk_guard.iam import PolicyDocument, PolicyKind
from bedrock_cmk_guard.resources import IamPolicy, KmsKey
from tests.verify.changing import rendered

PORTAL = "arn:aws:iam::222222222222:role/hr-portal"
MEMORY_CONTEXT = "kms:EncryptionContext:aws-crypto-ec:aws:bedrock:arn"


class Desk:
    """A folder with the example's policies as files, which a test may change."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        resources = [resource for module in rendered() for resource in module.resources]
        key = next(r for r in resources if isinstance(r, KmsKey) and r.scope == "hr-assistant")
        callers = next(r for r in resources if isinstance(r, IamPolicy) and r.name == "hr-assistant-callers")
        self.key: Any = key.policy.to_dict()
        self.identity: Any = callers.content.to_dict()
        self.scps: list[Any] = []
        self.rcps: list[Any] = []

    def statements(self, *sids: str) -> list[Any]:
        return [s for s in self.key["Statement"] if s["Sid"] in sids]

    def drop(self, *prefixes: str) -> None:
        self.key["Statement"] = [s for s in self.key["Statement"] if not s["Sid"].startswith(prefixes)]

    def verify(self, *options: str, principal: str = PORTAL, surface: str = "bedrock-agent") -> int:
        arguments = [
            "--key-policy",
            self._file("key.json", self.key),
            "--identity",
            self._file("role.json", self.identity),
        ]
        for kind, documents in (("scp", self.scps), ("rcp", self.rcps)):
            for number, document in enumerate(documents):
                arguments += [f"--{kind}", self._file(f"{kind}{number}.json", document)]
        return main(["verify", *arguments, "--principal", principal, "--surface", surface, *options])

    def answer(self, *options: str, status: int, **who: str) -> Any:
        assert self.verify("--format", "json", *options, **who) == status
        return json.loads(self.capsys.readouterr().out)

    def _file(self, name: str, document: Any) -> str:
        path = self.folder / name
        path.write_text(json.dumps(document), encoding="utf-8")
        return str(path)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def deny(sid: str, action: str, **condition: Any) -> Any:
    statement = {"Sid": sid, "Effect": "Deny", "Action": action, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": statement | ({"Condition": condition} if condition else {})}


def test_the_caller_can_use_the_key(desk: Desk) -> None:
    answer = desk.answer("--memory", status=0)
    assert answer["usable"]
    assert answer["lockout"] == ""
    assert answer["account"] == "222222222222"
    assert answer["region"] == "eu-central-1"
    assert {each["decision"] for each in answer["answers"]} == {"allowed"}
    assert MEMORY_CONTEXT in " ".join(each["form"] for each in answer["answers"])


def test_what_turns_on_the_keys_tags_is_told(desk: Desk) -> None:
    desk.scps = [deny("Guarded", "kms:*", StringNotEquals={"aws:ResourceTag/bedrock-cmk": "guarded"})]
    answer = desk.answer(status=1)
    assert {each["decision"] for each in answer["answers"]} == {"depends"}
    assert {tuple(each["depends_on"]) for each in answer["answers"]} == {("aws:ResourceTag/bedrock-cmk",)}
    desk.verify()
    assert "turns on aws:ResourceTag/bedrock-cmk" in desk.capsys.readouterr().out


def test_a_missing_statement_is_printed(desk: Desk) -> None:
    desk.drop("Callers", "NobodyElse")
    answer = desk.answer("--memory", status=1)
    assert not answer["usable"]
    missing = [each["add"] for each in answer["answers"] if each["add"]]
    desk.key["Statement"] += [s for i, s in enumerate(missing) if s not in missing[:i]]
    for number, statement in enumerate(desk.key["Statement"]):
        statement["Sid"] += str(number)
    assert desk.answer("--memory", status=0)["usable"], "what was printed mends it"
    PolicyDocument.from_dict(PolicyKind.KEY, desk.key)


def test_a_missing_identity_statement_is_printed_as_one(desk: Desk) -> None:
    """Where the key policy delegates to the account, the principal's own policy has to allow."""
    desk.drop("Callers", "NobodyElse")
    root = {"AWS": "arn:aws:iam::222222222222:root"}
    desk.key["Statement"].append(
        {"Sid": "Delegate", "Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    )
    desk.identity = {
        "Version": "2012-10-17",
        "Statement": {"Sid": "Nothing", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
    }
    answer = desk.answer(status=1)
    add = answer["answers"][0]["add"]
    assert answer["answers"][0]["add_to"] == "the principal's identity policy"
    assert "Principal" not in add
    desk.identity["Statement"] = [desk.identity["Statement"], add]
    assert desk.answer(status=0)["usable"]


def test_a_deny_that_stops_it_is_named(desk: Desk) -> None:
    desk.scps = [deny("NoKeys", "kms:Decrypt")]
    answer = desk.answer(status=1)
    stopped = [each for each in answer["answers"] if each["decision"] == "explicit_deny"]
    assert [each["action"] for each in stopped] == ["kms:Decrypt"]
    assert stopped[0]["decided_by"][0]["sid"] == "NoKeys"
    assert stopped[0]["decided_by"][0]["policy"].endswith("scp0.json")
    assert any("FullAWSAccess" in text for text in answer["assumptions"])
    desk.verify()
    text = desk.capsys.readouterr().out
    assert "cannot use the key" in text
    assert "NoKeys" in text


def test_an_rcp_that_stops_it_is_named(desk: Desk) -> None:
    rcp = deny("Perimeter", "kms:*", StringNotEquals={"aws:PrincipalAccount": "999999999999"})
    rcp["Statement"]["Principal"] = "*"
    desk.rcps = [rcp]
    answer = desk.answer(status=1)
    assert {each["decision"] for each in answer["answers"]} == {"explicit_deny"}


def test_what_turns_on_the_organisation_is_told(desk: Desk) -> None:
    rcp = deny("Org", "kms:*", StringNotEquals={"aws:PrincipalOrgID": "o-exampleorg1"})
    rcp["Statement"]["Principal"] = "*"
    desk.rcps = [rcp]
    answer = desk.answer(status=1)
    assert all(each["depends_on"] == ["aws:PrincipalOrgID"] for each in answer["answers"])


def test_an_scp_that_allows_a_list_is_taken_as_the_whole_list(desk: Desk) -> None:
    listed = deny("OnlyS3", "s3:*")
    listed["Statement"]["Effect"] = "Allow"
    desk.scps = [listed]
    answer = desk.answer(status=1)
    assert {each["add_to"] for each in answer["answers"]} == {"an SCP of every level"}


def test_a_key_policy_that_nobody_can_change_is_a_lockout(desk: Desk) -> None:
    desk.drop("RootRecovery", "Governance", "Applier", "BreakGlass")
    answer = desk.answer(status=1)
    assert answer["usable"]
    assert "only AWS Support" in answer["lockout"]
    assert desk.verify() == 1
    assert "LOCKOUT" in desk.capsys.readouterr().out


def test_a_key_policy_that_denies_its_own_change_is_one_too(desk: Desk) -> None:
    desk.key["Statement"].append(
        {"Sid": "Frozen", "Effect": "Deny", "Principal": "*", "Action": "kms:PutKeyPolicy", "Resource": "*"}
    )
    assert desk.answer(status=1)["lockout"]


def test_the_service_role_and_the_provisioner_and_the_service(desk: Desk) -> None:
    provisioner = "arn:aws:iam::222222222222:role/bedrock-agent-provisioner"
    assert desk.answer("--as", "provisioner", status=0, principal=provisioner)["usable"]
    answer = desk.answer("--as", "service", "--memory", status=0, principal="bedrock.amazonaws.com")
    assert all("aws:SourceAccount=222222222222" in each["form"] for each in answer["answers"])
    stranger = "arn:aws:sts::222222222222:assumed-role/developer/alice"
    answer = desk.answer(status=1, principal=stranger)
    assert {each["decided_by"][0]["sid"] for each in answer["answers"]} == {"NobodyElse"}
    named = {each["add"]["Principal"]["AWS"] for each in answer["answers"]}
    assert named == {"arn:aws:iam::222222222222:role/developer"}, "an Allow is missing besides"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            ("--as", "service_role"),
            "needs nothing of a service_role; it needs something of: caller, provisioner",
        ),
        (("--format", "html"), "html is for REQUIREMENTS"),
    ],
)
def test_questions_without_an_answer(desk: Desk, options: tuple[str, ...], told: str) -> None:
    assert desk.verify(*options) == 2
    assert told in desk.capsys.readouterr().err


def test_a_surface_that_is_not_in_the_catalogue(desk: Desk) -> None:
    assert desk.verify(surface="bedrock-agents") == 2
    assert "there is no surface 'bedrock-agents'; there are: advanced-prompt" in desk.capsys.readouterr().err


def test_a_key_policy_that_does_not_say_where(desk: Desk) -> None:
    desk.key["Statement"] = desk.statements("Governance")
    assert desk.verify() == 2
    assert "give --region" in desk.capsys.readouterr().err
    assert desk.answer("--region", "eu-central-1", status=1)["account"] == "222222222222"
