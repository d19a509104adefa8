"""The resource types of keys, aliases, roles and managed policies, in the Terraform providers aws and awscc."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

KEYS = frozenset(
    {
        "aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key", "aws_kms_replica_external_key",
        "awscc_kms_key", "awscc_kms_replica_key",
    }
)  # fmt: skip
REPLICAS = frozenset({"aws_kms_replica_key", "aws_kms_replica_external_key", "awscc_kms_replica_key"})
EXTERNAL_KEYS = frozenset({"aws_kms_external_key", "aws_kms_replica_external_key"})
"""Their key material is imported."""
ALIASES: Mapping[str, str] = MappingProxyType({"aws_kms_alias": "name", "awscc_kms_alias": "alias_name"})
"""The argument that holds an alias's name."""
ROLES: Mapping[str, str] = MappingProxyType({"aws_iam_role": "name", "awscc_iam_role": "role_name"})
"""The argument that holds a role's name."""
POLICIES = frozenset({"aws_iam_policy", "awscc_iam_managed_policy"})
