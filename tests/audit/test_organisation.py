"""The simulated organisation, through the command: what is found on one day, in every format, and what is called."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from moto.backends import get_backend

from bedrock_cmk_guard.audit import AuditResult, Scope, Speed, audit
from bedrock_cmk_guard.audit_calls import audit_calls
from bedrock_cmk_guard.cli import main
from bedrock_cmk_guard.controls import Result
from examples.audit.organisation import ADVISER, AUDITOR, HR, World, organisation
from examples.audit.service import Asked, Refused

# Without the exceptions that the simulation has: the command looks at the clock, and they lapse.
REQUIREMENTS = Path(__file__).resolve().parents[2] / "examples" / "cmk-guard.yaml"
DAY = dt.date(2026, 10, 19)
NOW = dt.datetime.combine(DAY, dt.time(6), dt.UTC)
ALL = Speed(rate=0)
# Who is wrong about what, and no more.
EXPECTED = {
    ("agent/HRASSIST01", "BCG_LIVE_002", "fail"),
    ("session/00000004-0000-4000-8000-000000000000", "BCG_CMK_001", "fail"),
    ("agent/FINADVISE2", "BCG_CMK_003", "fail"),
    ("agent/FINLEGACY1", "BCG_LIVE_003", "fail"),
    ("key/financial-adviser/us-east-1", "BCG_LIVE_004", "fail"),
    ("key/financial-adviser/eu-central-1", "BCG_LIVE_005", "fail"),
    ("harness/lab-0123456789", "BCG_CMK_001", "fail"),
    ("token-vault/default", "BCG_CMK_001", "fail"),
    ("key/support-desk/northwind/eu-central-1", "BCG_KEY_015", "fail"),
    ("key/support-desk/eu-central-1", "BCG_KEY_015", "unknown"),
    ("agent/SHADOW0002", "BCG_CMK_001", "fail"),
    ("agent/BOUGHTIN01", "BCG_CMK_001", "fail"),
    ("agent/SHADOW0002", "BCG_SCAN_006", "fail"),
    ("agent/BOUGHTIN01", "BCG_SCAN_006", "fail"),
    # Workloads are told by a tag, and of these AWS shows none.
    ("token-vault/default", "BCG_SCAN_006", "unknown"),
    ("knowledge-base/HRKNOWLEDG/data-source/HRHANDBOOK", "BCG_SCAN_006", "unknown"),
}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with organisation(DAY) as made:
        yield made


@pytest.fixture(scope="module")
def audited(world: World) -> tuple[AuditResult, list[Result]]:
    world.bedrock.calls.clear()
    result = audit(world.session, world.requirements, now=NOW, scope=world.scope, speed=ALL)
    return result, list(result)


def named(world: World, address: str) -> str:
    keys = {arn: name for name, arn in world.keys.items()}
    return f"key/{keys[address]}" if address in keys else address.split(":")[-1]


def test_what_is_wrong_is_found_and_nothing_else(
    world: World, audited: tuple[AuditResult, list[Result]]
) -> None:
    result, found = audited
    findings = {
        (named(world, finding.address), finding.control.id, finding.verdict.value)
        for each in found
        for finding in each.findings
    }
    assert findings == EXPECTED
    assert not result.coverage.not_audited
    assert len(result.coverage.accounts) == 8


def test_nothing_is_counted_twice(audited: tuple[AuditResult, list[Result]]) -> None:
    result, found = audited
    subjects = [(each.address, each.surface) for each in found]
    assert len(set(subjects)) == len(subjects) == sum(result.verdicts.values())


def test_only_calls_of_the_list_are_made_and_all_are_counted(
    world: World, audited: tuple[AuditResult, list[Result]]
) -> None:
    made = dict(world.bedrock.calls)
    assert set(made) <= {(call.service, call.operation) for call in audit_calls()}
    assert made == dict(audited[0].calls)
    assert all(operation.startswith(("Get", "List", "Describe", "AssumeRole")) for _, operation in made)


def test_guardrails_are_compared_by_what_they_say(world: World) -> None:
    """A policy that somebody loosened, under its old name."""
    client = world.session.client("organizations")
    policies = client.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]
    (policy,) = [each for each in policies if each["Name"] == "bedrock-cmk-scp-ai-workloads-1"]
    backend = get_backend("organizations")["111111111111"]["aws"]
    (kept,) = [each for each in backend.policies if each.id == policy["Id"]]
    content = str(kept.content)
    loosened = json.loads(content)
    gone = loosened["Statement"].pop()
    try:
        kept.content = json.dumps(loosened)
        scope = Scope(role=AUDITOR, tiers=("knowledge",), guardrails=True)
        found = list(audit(world.session, world.requirements, now=NOW, scope=scope, speed=ALL))
        # In another order, one action as a text and statements without names, it is the same.
        kept.content = json.dumps(
            {"Statement": [rewritten(each) for each in reversed(json.loads(content)["Statement"])]}
        )
        same = list(audit(world.session, world.requirements, now=NOW, scope=scope, speed=ALL))
    finally:
        kept.content = content
    (message,) = [f.message for each in found for f in each.findings if f.control.id == "BCG_LIVE_007"]
    assert message.startswith("bedrock-cmk-scp-ai-workloads-1 does not bind ai-workloads (ou-ab12-11111111)")
    assert message.endswith(f"missing are {gone['Sid']}")
    assert not [f for each in same for f in each.findings]


def rewritten(statement: dict[str, object]) -> dict[str, object]:
    found = {name: value for name, value in reversed(statement.items()) if name != "Sid"}
    action = found.get("Action")
    return found | ({"Action": action[0]} if isinstance(action, list) and len(action) == 1 else {})


@pytest.fixture
def credentials(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    found = world.session.get_credentials()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", found.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", found.secret_key)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "BEDROCK_CMK_GUARD_HISTORY"):
        monkeypatch.delenv(name, raising=False)


HERE = (
    "audit",
    "--requirements",
    str(REQUIREMENTS),
    "--rate",
    "100",
    "--account",
    HR,
    "--region",
    "eu-central-1",
    "--no-history",
)


@pytest.mark.usefixtures("credentials")
def test_text_is_for_terminals_and_says_what_to_do(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.bedrock.fault = lambda asked: _refuse_flows(asked)
    try:
        status = main([*HERE, "--tier", "agent-definition"])
    finally:
        world.bedrock.fault = lambda asked: None
    out = capsys.readouterr().out
    assert status == 1
    wide = [
        line for line in out.splitlines() if len(line) > 80 and not line.startswith(("  run: ", "  arn:"))
    ]
    assert not wide
    assert (
        "\nNot audited\n  222222222222  eu-central-1: flow\n    ListFlows was refused: AccessDeniedException"
        in out
    )
    assert "  fix: Delete the version, if nobody goes back to it.\n" in out
    assert "\nNever audited\n  inline-agent," in out
    assert out.endswith("calls to AWS.\n")


def _refuse_flows(asked: Asked) -> None:
    if asked.operation == "ListFlows":
        raise Refused("AccessDeniedException", "no \x1b[31mcolours", 403)


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize(("fail_on", "status"), [("unknown", 1), ("fail", 1), ("never", 0)])
def test_json_has_the_form_of_a_scan_and_the_coverage(
    capsys: pytest.CaptureFixture[str], fail_on: str, status: int
) -> None:
    assert main([*HERE, "--tier", "agent-definition", "--format", "json", "--fail-on", fail_on]) == status
    data = json.loads(capsys.readouterr().out)
    assert data["schema_version"] == 1
    assert {each["verdict"] for each in data["resources"]} == {"pass"}
    (finding,) = data["findings"]
    assert (finding["control"], finding["file"]) == ("BCG_LIVE_002", f"aws/{HR}/eu-central-1/bedrock-agent")
    assert data["coverage"]["accounts"] == [{"account": HR, "resources": 3}]
    assert data["coverage"]["calls"]["bedrock-agent:GetAgent"] == 2


@pytest.mark.usefixtures("credentials")
def test_sarif_junit_and_a_file(tmp_path: Path) -> None:
    kept = tmp_path / "audit.sarif"
    assert main([*HERE, "--tier", "agent-definition", "--format", "sarif", "--output", str(kept)]) == 1
    (run,) = json.loads(kept.read_text())["runs"]
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "BCG_LIVE_002"
    kept = tmp_path / "audit.xml"
    assert main([*HERE, "--tier", "agent-definition", "--format", "junit", "--output", str(kept)]) == 1
    assert [case.tag for case in ElementTree.parse(kept).iter("failure")] == ["failure"]


@pytest.mark.usefixtures("credentials")
def test_a_clean_part_is_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*HERE, "--control", "BCG_CMK_*", "--tier", "knowledge"]) == 0
    assert "No findings that count" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--account", "123"], "an account's id has twelve digits"),
        (["--region", "Frankfurt"], "this is no Region's name"),
        (["--control", "BCG_NOPE"], "there is no such control"),
        (["--resume"], "what is not kept cannot be gone on with"),
        (["--control", "BCG_CMK_*", "--history", "x.db"], "the history would take the rest for fixed"),
        (["--profile", "nobody"], "AWS's configuration: The config profile (nobody)"),
        (["--requirements", "nowhere.yaml"], "there is no such requirements file"),
    ],
)
@pytest.mark.usefixtures("credentials")
def test_what_cannot_be_done_is_status_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["audit", "--requirements", str(REQUIREMENTS), "--no-history", *arguments]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err


def test_without_credentials_it_says_so(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(asked: Asked) -> None:
        raise Refused("InvalidClientTokenId", "The security token included in the request is invalid", 403)

    monkeypatch.setattr(world.bedrock, "fault", fault)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "wrong")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    assert main([*HERE]) == 2
    assert "set AWS credentials up, as for the AWS CLI" in capsys.readouterr().err


@pytest.mark.usefixtures("credentials")
def test_every_region_is_looked_at_and_those_that_are_not_enabled_are_said(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(asked: Asked) -> None:
        if asked.region not in ("", "eu-central-1"):
            raise Refused("UnrecognizedClientException", "The security token is invalid", 403)

    monkeypatch.setattr(world.bedrock, "fault", fault)
    account = [each for each in HERE if each not in ("--region", "eu-central-1")]
    assert main([*account, "--all-regions", "--tier", "knowledge", "--format", "json"]) == 1
    data = json.loads(capsys.readouterr().out)
    everywhere = {each["region"] for each in data["coverage"]["not_audited"]} | {"eu-central-1"}
    assert everywhere == set(world.session.get_available_regions("bedrock"))
    assert {each["surface"] for each in data["coverage"]["not_audited"]} == {"*"}
    assert {"managed-knowledge-base", "kb-data-source"} < {each["surface"] for each in data["resources"]}


@pytest.mark.usefixtures("credentials")
def test_an_organisation_that_may_not_be_listed_is_status_2(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(asked: Asked) -> None:
        if asked.operation == "ListAccounts":
            raise Refused("AccessDeniedException", status=400)

    monkeypatch.setattr(world.bedrock, "fault", fault)
    assert main(["audit", "--organization", "--requirements", str(REQUIREMENTS), "--no-history"]) == 2
    assert "use the management account or a delegated administrator" in capsys.readouterr().err


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize(("concurrency", "together"), [("1", False), ("2", True)])
def test_as_many_accounts_are_read_at_a_time_as_is_said(
    world: World, monkeypatch: pytest.MonkeyPatch, concurrency: str, together: bool
) -> None:
    asked: list[str] = []

    def fault(call: Asked) -> None:
        if call.operation.startswith("List") and call.service.startswith("bedrock"):
            asked.append(call.account)
            # The first waits until the other has begun, if it is to.
            for _ in range(100 if together and len(set(asked)) == 1 else 0):
                time.sleep(0.02)
                if len(set(asked)) > 1:
                    break

    monkeypatch.setattr(world.bedrock, "fault", fault)
    accounts = ["--account", ADVISER, "--tier", "agent-definition", "--concurrency", concurrency]
    assert main([*HERE, *accounts]) == 1
    turns = [account for account, _ in itertools.groupby(asked)]
    assert (len(turns) > 2) == together


@pytest.mark.usefixtures("credentials")
def test_it_is_kept_and_kpi_tells_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*HERE[:-1], "--tier", "agent-definition", "--resume"]) == 1
    assert (tmp_path / "cmk-guard-history.db").exists()
    assert "warning: no audit that asks for the same was broken off" in capsys.readouterr().err
    assert main(["kpi", "--requirements", str(REQUIREMENTS), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)


def test_boto3_is_named_where_it_is_missing() -> None:
    program = (
        "import sys; sys.modules['boto3'] = sys.modules['botocore'] = None\n"
        "from bedrock_cmk_guard.cli import main; sys.exit(main(['audit']))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install 'bedrock-cmk-guard[aws]'" in done.stderr
