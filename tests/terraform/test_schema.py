"""The served schemas say what our rendering relies on, at the lowest provider version and at the newest."""

from __future__ import annotations

import pytest

from tests.terraform.schema import LOWEST, VERSIONS, load_schema

USED = {
    "aws_kms_key": {
        "bypass_policy_lockout_safety_check", "customer_master_key_spec", "deletion_window_in_days",
        "description", "enable_key_rotation", "is_enabled", "key_usage", "multi_region", "policy", "region",
        "rotation_period_in_days", "tags",
    },
    "aws_kms_external_key": {
        "bypass_policy_lockout_safety_check", "deletion_window_in_days", "description", "multi_region",
        "policy", "region", "tags",
    },
    "aws_kms_alias": {"name", "region", "target_key_id"},
    "aws_kms_key_policy": {"bypass_policy_lockout_safety_check", "key_id", "policy", "region"},
    "aws_organizations_policy": {"content", "description", "name", "skip_destroy", "tags", "type"},
    "aws_organizations_policy_attachment": {"policy_id", "skip_destroy", "target_id"},
    "aws_iam_role": {
        "assume_role_policy", "description", "max_session_duration", "name", "path", "permissions_boundary", "tags",
    },
    "aws_iam_role_policy": {"name", "policy", "role"},
    "aws_iam_role_policy_attachment": {"policy_arn", "role"},
    "aws_iam_policy": {"description", "name", "path", "policy", "tags"},
    "aws_cloudwatch_event_rule": {"description", "event_bus_name", "event_pattern", "name", "region", "state", "tags"},
    "aws_cloudwatch_event_target": {"arn", "region", "role_arn", "rule", "target_id"},
    "aws_cloudformation_stack_set": {"capabilities", "name", "permission_model", "region", "tags", "template_body"},
}  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("resource_type", sorted(USED))
def test_every_argument_we_use_can_be_set(version: str, resource_type: str) -> None:
    block = load_schema(version).resources[resource_type]
    settable = {
        name for name, attribute in block.attributes.items() if attribute.required or attribute.optional
    }
    assert USED[resource_type] - settable == set()


@pytest.mark.parametrize("version", VERSIONS)
def test_only_regional_resources_take_a_region(version: str) -> None:
    """Version 5 had no such argument at all: 6.0.0 brought it, and with it our lowest version."""
    resources = load_schema(version).resources
    with_region = {name for name in USED if "region" in resources[name].attributes}
    assert with_region == {name for name in USED if not name.startswith(("aws_iam_", "aws_organizations_"))}


def test_the_lowest_version_has_no_spec_or_usage_on_external_keys() -> None:
    attributes = load_schema(LOWEST).resources["aws_kms_external_key"].attributes
    assert "key_spec" not in attributes
    assert attributes["key_usage"].read_only


@pytest.mark.parametrize("version", VERSIONS)
def test_types_are_as_terraform_has_them(version: str) -> None:
    schema = load_schema(version)
    assert schema.version == version
    assert schema.resources["aws_kms_key"].attributes["tags"].type == ["map", "string"]
    assert schema.resources["aws_kms_key"].blocks["timeouts"].nesting == "single"
    assert schema.provider.attributes["allowed_account_ids"].type == ["set", "string"]
    assert schema.provider.blocks["assume_role"].nesting == "list"
