"""The surface catalogue: what takes a KMS key, by what name, and what KMS must allow for it."""

from __future__ import annotations

from bedrock_cmk_guard.surfaces.catalogue import Catalogue, catalogue, load_catalogue
from bedrock_cmk_guard.surfaces.model import (
    Actions,
    CloudFormationProperty,
    EncryptionContext,
    GrantConstraint,
    IgnoredParameter,
    KeyCondition,
    KeyField,
    KeyForm,
    KeylessSurface,
    KeyPath,
    KeyPurpose,
    KmsPrincipal,
    KmsStatement,
    Surface,
    TerraformAttribute,
    Tier,
    UnlistedAction,
    When,
)

__all__ = [
    "Actions",
    "Catalogue",
    "CloudFormationProperty",
    "EncryptionContext",
    "GrantConstraint",
    "IgnoredParameter",
    "KeyCondition",
    "KeyField",
    "KeyForm",
    "KeyPath",
    "KeyPurpose",
    "KeylessSurface",
    "KmsPrincipal",
    "KmsStatement",
    "Surface",
    "TerraformAttribute",
    "Tier",
    "UnlistedAction",
    "When",
    "catalogue",
    "load_catalogue",
]
