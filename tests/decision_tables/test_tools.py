"""The runner, its coverage, the mutation gate and the generator, on one small SCP and one key policy."""

from __future__ import annotations

import textwrap
import time
from pathlib import Path

import pytest

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam.document import Json, PolicyDocument, PolicyKind
from bedrock_cmk_guard.iam.evaluator import Outcome, Request, supplied_by_aws
from tests.decision_tables.coverage import gaps
from tests.decision_tables.generate import generate
from tests.decision_tables.mutation import mutants, survivors, unexcused
from tests.decision_tables.runner import CaseFailed, Documents, failures, load_table, run_case
from tests.decision_tables.table import Table, TableError

SCP: dict[str, Json] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "ProvisionerOnly",
            "Effect": "Deny",
            "Action": ["bedrock:CreateAgent", "bedrock:UpdateAgent"],
            "Resource": "arn:aws:bedrock:*:*:agent/*",
            "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/provisioner"}},
        }
    ],
}
KEY: dict[str, Json] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Callers",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"},
            "Action": ["kms:Decrypt"],
            "Resource": "*",
            "Condition": {"StringEquals": {"kms:ViaService": "bedrock.us-east-1.amazonaws.com"}},
        },
    ],
}
DOCUMENTS: Documents = {
    "agents-1": PolicyDocument.from_dict(PolicyKind.SCP, SCP),
    "key": PolicyDocument.from_dict(PolicyKind.KEY, KEY),
}
TABLE = """
requirements: {any: thing}
base:
  dev:
    principal: arn:aws:sts::111122223333:assumed-role/dev/session
    action: bedrock:CreateAgent
    resource: arn:aws:bedrock:us-east-1:111122223333:agent/A
  app:
    principal: arn:aws:sts::111122223333:assumed-role/app/session
    action: kms:Decrypt
    resource: arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555
    context: {kms:ViaService: bedrock.us-east-1.amazonaws.com}
cases:
  - name: a developer
    policy: agents-*
    base: dev
    request: {action: [bedrock:CreateAgent, bedrock:UpdateAgent]}
    expect: explicit_deny
    because: ProvisionerOnly
  - name: the provisioner
    policy: agents-*
    as: scp
    base: dev
    request:
      principal: arn:aws:sts::111122223333:assumed-role/provisioner/session
      action: [bedrock:CreateAgent, bedrock:UpdateAgent]
    expect: allowed
    because: ProvisionerOnly
    by: aws:PrincipalArn
  - name: a developer elsewhere
    policy: agents-*
    base: dev
    request: {resource: "*"}
    expect: allowed
    because: null
  - name: through Bedrock
    policy: key
    base: app
    expect: allowed
    because: Callers
  - name: directly
    policy: key
    base: app
    request: {context: {kms:ViaService: null}}
    expect: implicit_deny
    because: Callers
    by: kms:ViaService
  - name: another role
    policy: key
    base: app
    request: {principal: arn:aws:sts::111122223333:assumed-role/dev/session}
    expect: implicit_deny
    because: null
"""


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return write(tmp_path, TABLE)


def write(folder: Path, text: str) -> Table:
    path = folder / "table.yaml"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return load_table(path)


def test_a_table_is_read_and_holds(table: Table) -> None:
    assert len(table.cases) == 8
    assert table.requirements == {"any": "thing"}
    assert failures(table.cases, DOCUMENTS) == []
    assert run_case(table.cases[0], DOCUMENTS).outcome is Outcome.EXPLICIT_DENY


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "expect: implicit_deny\n    because: Callers",
            "expect: allowed\n    because: Callers",
            "expected allowed",
        ),
        ("because: Callers\n    by", "because: Other\n    by", "expected Other to decide; it was Callers"),
        ("by: kms:ViaService", "by: aws:PrincipalArn", "it was kms:viaservice"),
        (
            "because: Callers\n  - name: directly",
            "because: null\n  - name: directly",
            "expected no statement",
        ),
        ("kms:ViaService: null", "kms:ViaService: x, aws:RequestTag/x: y", "never supplies aws:RequestTag/x"),
    ],
)
def test_a_wrong_table_fails_and_says_why(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in TABLE
    table = write(tmp_path, TABLE.replace(old, new))

    failed = failures(table.cases, DOCUMENTS)

    assert len(failed) == 1
    with pytest.raises(CaseFailed, match=message):
        raise failed[0]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("expect: allowed", "expects: allowed", "no field 'expects'"),
        ("    because: null\n", "", "lacks because"),
        ("base: dev\n    request: {action", "base: devs\n    request: {action", "no base 'devs'"),
        ("expect: explicit_deny", "expect: denied", "'denied' is not a valid Outcome"),
        ("name: directly", "name: through Bedrock", "two cases are called"),
        ('{resource: "*"}', '{resources: "*"}', "no field 'resources'"),
        ("{action: [bedrock:CreateAgent, bedrock:UpdateAgent]}", "{action: bedrock:*}", "without wildcards"),
    ],
)
def test_a_malformed_table_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in TABLE

    with pytest.raises(TableError, match=message):
        write(tmp_path, TABLE.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("policy: agents-*\n    as", "policy: nothing\n    as", "no document is called"),
        ("as: scp", "as: key", "not key"),
    ],
)
def test_a_table_about_other_documents_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    table = write(tmp_path, TABLE.replace(old, new))

    with pytest.raises(TableError, match=message):
        failures(table.cases, DOCUMENTS)


def test_coverage_is_whole_and_tells_what_a_missing_case_leaves_open(table: Table) -> None:
    without = [case for case in table.cases if case.name != "the provisioner [bedrock:UpdateAgent]"]

    assert gaps(DOCUMENTS, table.cases) == []
    assert [str(gap) for gap in gaps(DOCUMENTS, without)] == [
        "agents-1: no case in which ProvisionerOnly is kept from applying by aws:principalarn alone, "
        "for bedrock:UpdateAgent"
    ]


def test_mutants_are_killed_and_a_survivor_is_named(table: Table) -> None:
    report = survivors(DOCUMENTS, table.cases)
    weaker = [case for case in table.cases if case.name not in ("directly", "another role")]

    assert report.tried >= 10
    assert report.score == 1
    assert sorted(str(mutant) for mutant in survivors(DOCUMENTS, weaker).survivors) == [
        "key: Callers has principal *",
        "key: Callers loses StringEquals kms:ViaService",
    ]


def test_every_kind_of_damage_is_done() -> None:
    document = PolicyDocument.from_dict(
        PolicyKind.KEY,
        {
            "Version": "2012-10-17",
            "Statement": {
                "Sid": "S",
                "Effect": "Deny",
                "Principal": {"AWS": "111122223333", "Service": "bedrock.amazonaws.com"},
                "Action": ["kms:Encrypt", "kms:Decrypt"],
                "Resource": "arn:aws:kms:us-east-1:111122223333:key/x",
                "Condition": {
                    "StringNotLikeIfExists": {"kms:ViaService": ["a", "b"]},
                    "Bool": {"aws:SecureTransport": "false"},
                    "NumericLessThan": {"aws:MultiFactorAuthAge": "7"},
                },
            },
        },
    )

    found = {mutant.text: mutant.changed.statements[0] for mutant in mutants(document)}

    assert set(found) == {
        "S is dropped",
        "S flips its effect",
        "S flips its actions",
        "S loses action kms:Encrypt",
        "S loses action kms:Decrypt",
        "S has resource *",
        "S flips its resources",
        "S loses StringNotLikeIfExists kms:ViaService",
        "S loses StringNotLikeIfExists kms:ViaService a",
        "S loses StringNotLikeIfExists kms:ViaService b",
        "S flips StringNotLikeIfExists kms:ViaService",
        "S loses Bool aws:SecureTransport",
        "S flips Bool aws:SecureTransport",
        "S loses NumericLessThan aws:MultiFactorAuthAge",
        "S flips NumericLessThan aws:MultiFactorAuthAge",
        "S has NumericLessThan aws:MultiFactorAuthAge 6",
        "S has NumericLessThan aws:MultiFactorAuthAge 8",
        "S has principal *",
        "S loses principal 111122223333",
        "S loses principal bedrock.amazonaws.com",
    }
    flipped = found["S flips StringNotLikeIfExists kms:ViaService"].condition
    assert flipped["StringLikeIfExists"] == {"kms:ViaService": ("a", "b")}
    assert found["S flips NumericLessThan aws:MultiFactorAuthAge"].condition["NumericGreaterThanEquals"]


def test_excuses_need_a_reason_and_go_stale(tmp_path: Path, table: Table) -> None:
    excuse = 'equivalent: [{mutant: "key: Callers is dropped", reason: "%s"}]\n'
    report = survivors(DOCUMENTS, table.cases)

    assert unexcused(report, table) == []
    stale = unexcused(report, write(tmp_path, TABLE + excuse % "it was not"))
    assert stale == ["excused, but no such mutant survives: key: Callers is dropped"]
    with pytest.raises(TableError, match="without a reason"):
        write(tmp_path, TABLE + excuse % "")


def test_thousands_of_mutants_a_second(table: Table) -> None:
    rounds = 20
    start = time.perf_counter()
    tried = sum(survivors(DOCUMENTS, table.cases).tried for _ in range(rounds))

    assert tried / (time.perf_counter() - start) > 500  # thousands on an idle machine


def test_generated_requests_meet_every_statement_action_and_key_both_ways() -> None:
    keys = {"agents-1": "aws:principalarn", "key": "kms:viaservice"}

    for name, document in DOCUMENTS.items():
        found = {(case.request.action, case.key) for case in generate(document)}
        assert found == {(a, key) for a in document.statements[0].actions for key in (None, keys[name])}


def test_requests_are_checked_when_a_case_is_built() -> None:
    with pytest.raises(PolicyError, match="service:Name"):
        Request("x", "nonsense")
    assert not supplied_by_aws(Request("bedrock.amazonaws.com", "kms:Decrypt"), "kms:CallerAccount")
