"""The auditor reads what an audit asks for, and nothing that people typed."""

from __future__ import annotations

import json
from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core import set_initial_no_auth_action_count

from bedrock_cmk_guard.audit_calls import audit_calls, calls_of, why_unread
from bedrock_cmk_guard.iam import PolicyDocument
from bedrock_cmk_guard.surfaces import catalogue
from tests.policies.documents import EXAMPLE, requirements_at
from tests.policies.worlds import World

REGION = "eu-central-1"
# The key of these is shown only by an operation that also returns some of what is in them.
SHOWS_THE_KEY_AND_MORE = {
    "bedrock-agentcore:GetDataset",
    "bedrock-agentcore:GetRecommendation",
    "bedrock:GetSession",
}


def policies(account: str = "222222222222") -> tuple[PolicyDocument, ...]:
    return World(requirements_at(EXAMPLE)).policies(account, "bedrock-cmk-auditor")


def allowed() -> set[str]:
    return {action for document in policies() for s in document.statements for action in s.actions}


def test_it_allows_what_an_audit_calls_and_nothing_else() -> None:
    assert allowed() == {call.action for call in audit_calls()} - {""}


def test_every_surface_that_can_be_read_is() -> None:
    """What is left out is left out for a reason that audits give, too."""
    for surface in catalogue().surfaces.values():
        calls = calls_of(surface)
        assert (calls is None) == bool(why_unread(surface))
        if calls is not None:
            shown = {path.operation for path in surface.key.response}
            assert shown & {call.operation for call in (calls.list, calls.get) if call is not None}, (
                surface.id
            )
            assert {call.action for call in calls.every()} <= allowed()


def test_of_what_is_stored_only_what_shows_a_key() -> None:
    every = catalogue()
    stored = {action for surface in every.surfaces.values() for action in surface.actions.stored_data}
    stored |= {action for surface in every.without_key.values() for action in surface.stored_data}
    assert {"bedrock:GetAgentMemory", "bedrock-agentcore:ListEvents"} <= stored
    assert allowed() & stored == SHOWS_THE_KEY_AND_MORE


def test_it_only_reads() -> None:
    assert all(action.partition(":")[2].startswith(("Describe", "Get", "List")) for action in allowed())


def test_it_is_the_same_in_every_account() -> None:
    assert policies("555555555555") == policies("666666666666") == policies()


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    """A user with exactly the rendered policy, in a moto with a few things to look at."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        iam = boto3.client("iam", region_name=REGION)
        iam.create_role(RoleName="hr-assistant-agent", AssumeRolePolicyDocument="{}")
        iam.create_user(UserName="auditor")
        for number, document in enumerate(policies()):
            content = json.dumps(document.to_dict())
            made = iam.create_policy(PolicyName=f"auditor-{number}", PolicyDocument=content)
            iam.attach_user_policy(UserName="auditor", PolicyArn=made["Policy"]["Arn"])
        keys = iam.create_access_key(UserName="auditor")["AccessKey"]
        yield boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], region_name=REGION)


def asked(session: boto3.Session, service: str, operation: str, **arguments: str) -> int:
    """The HTTP status of one call under IAM's enforcement."""

    @set_initial_no_auth_action_count(0)
    def call() -> int:
        try:
            answer = getattr(session.client(service), operation)(**arguments)
        except ClientError as error:
            # moto's own trouble with some paths, which would look like a refusal.
            if "SignatureDoesNotMatch" in str(error):
                raise
            return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
        return int(answer["ResponseMetadata"]["HTTPStatusCode"])

    return call()


def test_reads_go_through(session: boto3.Session) -> None:
    key = boto3.client("kms", region_name=REGION).create_key()["KeyMetadata"]["KeyId"]
    assert asked(session, "kms", "list_aliases") == 200
    for operation in ("describe_key", "get_key_rotation_status", "list_resource_tags", "list_grants"):
        assert asked(session, "kms", operation, KeyId=key) == 200
    assert asked(session, "kms", "get_key_policy", KeyId=key, PolicyName="default") == 200
    for operation in ("get_role", "list_role_policies", "list_attached_role_policies"):
        assert asked(session, "iam", operation, RoleName="hr-assistant-agent") == 200
    assert asked(session, "bedrock-agent", "list_agents") == 200
    assert asked(session, "bedrock-agent", "list_knowledge_bases") == 200


def test_writes_and_content_do_not(session: boto3.Session) -> None:
    key = boto3.client("kms", region_name=REGION).create_key()["KeyMetadata"]["KeyId"]
    refused = {
        asked(session, "kms", "put_key_policy", KeyId=key, PolicyName="default", Policy="{}"),
        asked(session, "kms", "schedule_key_deletion", KeyId=key),
        asked(session, "kms", "generate_data_key", KeyId=key, KeySpec="AES_256"),
        asked(session, "iam", "delete_role", RoleName="hr-assistant-agent"),
        asked(session, "iam", "create_access_key", UserName="auditor"),
        asked(session, "bedrock-agent", "create_agent", agentName="rogue"),
        asked(
            session,
            "bedrock-agentcore",
            "list_events",
            memoryId="support-desk-0123456789",
            actorId="customer",
            sessionId="session",
        ),
    }
    assert refused == {403}
