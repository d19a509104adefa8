"""What the provider or AWS itself refuses although the schema allows it: the rules that are cheap and sure.

Sources: the provider's own validators (internal/service/{kms,organizations,iam} of
hashicorp/terraform-provider-aws) and the patterns and lengths in botocore's models of KMS, Organizations and
IAM. A rule is only asked about values that are known.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

Values: TypeAlias = Mapping[str, Any]
"""A resource's attributes; one that is null or not yet known is left out."""


class Problem(NamedTuple):
    attribute: str
    summary: str
    detail: str


Rule: TypeAlias = Callable[[Values], Iterator[Problem]]

_KMS_POLICY_BYTES = 32_768
_POLICY_CHARACTERS = re.compile(r"[\t\n\r\u0020-\u00ff]*")
_ROLE_DESCRIPTION = re.compile(r"[\t\n\r\u0020-\u007e\u00a1-\u00ff]*")
_ALIAS = re.compile(r"alias/[a-zA-Z0-9/_-]+")
_IAM_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]+")
_IAM_PATH = re.compile(r"/|/[\u0021-\u007e]+/")
_TARGET = re.compile(r"r-[0-9a-z]{4,32}|\d{12}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_POLICY_TYPES = frozenset({"SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "TAG_POLICY"})


def _within(attribute: str, low: int, high: int) -> Rule:
    def rule(values: Values) -> Iterator[Problem]:
        value = values.get(attribute)
        if value is not None and not low <= value <= high:
            detail = f"expected {attribute} to be in the range ({low} - {high}), got {value}"
            yield Problem(attribute, "Value out of range", detail)

    return rule


def _at_most(attribute: str, characters: int) -> Rule:
    def rule(values: Values) -> Iterator[Problem]:
        if len(values.get(attribute, "")) > characters:
            yield Problem(attribute, "Value too long", f"{attribute} has more than {characters} characters")

    return rule


def _matches(attribute: str, pattern: re.Pattern[str]) -> Rule:
    def rule(values: Values) -> Iterator[Problem]:
        value = values.get(attribute)
        if value is not None and not pattern.fullmatch(value):
            yield Problem(
                attribute, "Invalid value", f"{attribute} {value!r} does not match {pattern.pattern}"
            )

    return rule


def _json_object(attribute: str) -> Rule:
    def rule(values: Values) -> Iterator[Problem]:
        text = values.get(attribute)
        if text is None:
            return
        try:
            document = json.loads(text)
        except ValueError as error:
            yield Problem(attribute, "Invalid JSON", f"{attribute} contains invalid JSON: {error}")
            return
        if not isinstance(document, dict):
            yield Problem(attribute, "Invalid JSON", f"{attribute} must hold a JSON object")

    return rule


def _kms_policy_size(values: Values) -> Iterator[Problem]:
    size = len(values.get("policy", "").encode())
    if size > _KMS_POLICY_BYTES:
        yield Problem(
            "policy", "Policy too large", f"a key policy holds {_KMS_POLICY_BYTES} bytes, this is {size}"
        )


def _alias_not_reserved(values: Values) -> Iterator[Problem]:
    name = values.get("name", "")
    if name.startswith("alias/aws/"):
        yield Problem("name", "Reserved alias", f"{name!r}: AWS keeps alias/aws/ for itself")


def _rotation_period_needs_rotation(values: Values) -> Iterator[Problem]:
    if "rotation_period_in_days" in values and not values.get("enable_key_rotation", False):
        detail = "rotation_period_in_days needs enable_key_rotation = true"
        yield Problem("rotation_period_in_days", "Missing required argument", detail)


def _policy_type(values: Values) -> Iterator[Problem]:
    value = values.get("type", "SERVICE_CONTROL_POLICY")
    if value not in _POLICY_TYPES:
        detail = f"{value!r} is none of the policy types this project renders: {sorted(_POLICY_TYPES)}"
        yield Problem("type", "Invalid policy type", detail)


def _taggable_character(character: str) -> bool:
    return character in "_.:/=+-@" or unicodedata.category(character)[0] in "LZN"


def _tags(values: Values) -> Iterator[Problem]:
    """The tag grammar that KMS, IAM and Organizations share."""
    for key, value in (values.get("tags") or {}).items():
        text = value if isinstance(value, str) else ""
        if not 1 <= len(key) <= 128 or len(text) > 256:
            yield Problem(
                "tags", "Invalid tag", f"{key!r}: a key has 1 to 128 characters, a value at most 256"
            )
        if not all(map(_taggable_character, key + text)):
            yield Problem("tags", "Invalid tag", f"{key!r} = {text!r} has a character that tags may not have")
        if key.lower().startswith("aws:"):
            yield Problem("tags", "Invalid tag", f"{key!r}: AWS keeps the prefix aws: for itself")


_KMS_KEY_RULES: tuple[Rule, ...] = (
    _within("deletion_window_in_days", 7, 30),
    _at_most("description", 8192),
    _json_object("policy"),
    _matches("policy", _POLICY_CHARACTERS),
    _kms_policy_size,
    _tags,
)

_RULES: Mapping[str, tuple[Rule, ...]] = {
    "aws_kms_key": (
        *_KMS_KEY_RULES,
        _within("rotation_period_in_days", 90, 2560),
        _rotation_period_needs_rotation,
    ),
    "aws_kms_external_key": _KMS_KEY_RULES,
    "aws_kms_replica_key": _KMS_KEY_RULES,
    "aws_kms_key_policy": (
        _json_object("policy"),
        _matches("policy", _POLICY_CHARACTERS),
        _kms_policy_size,
    ),
    "aws_kms_alias": (_matches("name", _ALIAS), _at_most("name", 256), _alias_not_reserved),
    "aws_organizations_policy": (
        _policy_type,
        _json_object("content"),
        _at_most("name", 128),
        _at_most("description", 512),
        _tags,
    ),
    "aws_organizations_policy_attachment": (_matches("target_id", _TARGET),),
    "aws_iam_role": (
        _matches("name", _IAM_NAME),
        _at_most("name", 64),
        _matches("path", _IAM_PATH),
        _at_most("description", 1000),
        _matches("description", _ROLE_DESCRIPTION),
        _json_object("assume_role_policy"),
        _matches("assume_role_policy", _POLICY_CHARACTERS),
        _within("max_session_duration", 3600, 43200),
        _tags,
    ),
    "aws_iam_role_policy": (
        _matches("name", _IAM_NAME),
        _at_most("name", 128),
        _json_object("policy"),
        _matches("policy", _POLICY_CHARACTERS),
    ),
    "aws_iam_policy": (
        _matches("name", _IAM_NAME),
        _at_most("name", 128),
        _at_most("description", 1000),
        _json_object("policy"),
        _matches("policy", _POLICY_CHARACTERS),
        _tags,
    ),
    "aws_cloudwatch_event_rule": (_json_object("event_pattern"), _at_most("description", 512)),
}

FORCE_NEW: Mapping[str, frozenset[str]] = {
    "aws_kms_key": frozenset(
        {
            "custom_key_store_id",
            "customer_master_key_spec",
            "key_usage",
            "multi_region",
            "region",
            "xks_key_id",
        }
    ),
    "aws_kms_external_key": frozenset(
        {"key_material_base64", "key_spec", "key_usage", "multi_region", "region"}
    ),
    "aws_kms_key_policy": frozenset({"key_id", "region"}),
    "aws_kms_alias": frozenset({"name", "name_prefix", "region"}),
    "aws_organizations_policy": frozenset({"type"}),
    "aws_organizations_policy_attachment": frozenset({"policy_id", "target_id"}),
    "aws_iam_role": frozenset({"name", "name_prefix", "path"}),
    "aws_iam_role_policy": frozenset({"name", "name_prefix", "role"}),
    "aws_iam_role_policy_attachment": frozenset({"policy_arn", "role"}),
    "aws_iam_policy": frozenset({"description", "name", "name_prefix", "path"}),
}
"""Attributes whose change replaces the resource. The provider knows them; its schema does not show them."""


def problems(resource_type: str, values: Values) -> Iterator[Problem]:
    """What the provider or AWS would refuse in these values."""
    for rule in _RULES.get(resource_type, ()):
        yield from rule(values)
    yield from _matches("region", _REGION)(values)
