"""The scalar types that the requirements are made of, each with the form AWS gives it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic.config import JsonDict


def _describe(schema: JsonDict, model: type[BaseModel]) -> None:
    """Take the fields' descriptions from the text below each, only when a JSON Schema is asked for.

    pydantic does so whenever it is imported (use_attribute_docstrings), which takes longer than most scans.
    """
    from bedrock_cmk_guard.requirements.descriptions import descriptions_of

    properties = schema["properties"]
    assert isinstance(properties, dict)
    for name, description in descriptions_of(model).items():
        field = properties[name]
        assert isinstance(field, dict)
        field["description"] = description


class Model(BaseModel):
    """The base of every part of the requirements: immutable, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_describe)

    @model_validator(mode="before")
    @classmethod
    def _null_is_the_default(cls, data: object) -> object:
        return cls.given(data)

    @classmethod
    def given(cls, data: object) -> object:
        """What is given: a field that is there but empty has its default, unless null is a value it can have."""
        if not isinstance(data, dict) or None not in data.values():
            return data
        return {name: value for name, value in data.items() if value is not None or not cls._left_out(name)}

    @classmethod
    def _left_out(cls, name: str) -> bool:
        field = cls.model_fields.get(name)
        return field is not None and not field.is_required() and type(None) not in get_args(field.annotation)


def _text(pattern: str, example: str, portable: str | None = None) -> object:
    # A JSON Schema's reader may have a lesser regular-expression engine, and gets the portable form.
    extra: JsonDict | None = {"pattern": portable} if portable else None
    return Field(pattern=pattern, examples=[example], json_schema_extra=extra)


# Values come from files as text, and pydantic by itself would take "1_000" and "365.0" for numbers, "y" for
# true and a number of seconds for a date.
def _whole_number(value: object) -> object:
    if isinstance(value, str):
        if not re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", value, re.ASCII):
            raise ValueError(f"{value[:40]!r} is to be a whole number")
        return int(value)
    return value


def _true_or_false(value: object) -> object:
    if isinstance(value, str):
        if value not in ("true", "True", "TRUE", "false", "False", "FALSE"):
            raise ValueError(f"{value[:40]!r} is to be true or false")
        return value.lower() == "true"
    return value


def _date(value: object) -> object:
    if isinstance(value, str):
        try:
            if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value, re.ASCII):
                return dt.date.fromisoformat(value)
        except ValueError:
            pass
        raise ValueError(f"{value[:40]!r} is to be a date such as 2027-06-30")
    return value


def _no_variable(value: str) -> str:
    if "${" in value:
        raise ValueError("holds ${, which a policy takes for a variable: leave it out")
    return value


# For what is written into a policy's condition as it stands.
NoVariable = AfterValidator(_no_variable)
ReadInteger = BeforeValidator(_whole_number)
Flag = Annotated[bool, BeforeValidator(_true_or_false)]
Date = Annotated[dt.date, BeforeValidator(_date)]


AccountId = Annotated[str, _text(r"^[0-9]{12}$", "222222222222")]
Region = Annotated[str, _text(r"^[a-z]{2}(-[a-z]+)+-[0-9]$", "eu-central-1")]
OrganizationId = Annotated[str, _text(r"^o-[a-z0-9]{10,32}$", "o-exampleorg1")]
TargetId = Annotated[
    str,
    _text(r"^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}|[0-9]{12})$", "ou-ab12-11111111"),
]
OuId = Annotated[str, _text(r"^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$", "ou-ab12-11111111")]

# A name becomes part of file names, Terraform addresses, aliases and role names: the narrowest of these.
Name = Annotated[
    str, _text(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", "hr-assistant"), StringConstraints(max_length=32)
]

# IAM role names hold these characters; a path may stand before the name, and * and ? make it a pattern.
RolePattern = Annotated[
    str,
    _text(r"^[A-Za-z0-9+=,.@_*?-]+(/[A-Za-z0-9+=,.@_*?-]+)*$", "bedrock-agent-provisioner"),
    StringConstraints(max_length=512),
]
RoleName = Annotated[
    str, _text(r"^[A-Za-z0-9+=,.@_-]+$", "hr-assistant-agent"), StringConstraints(max_length=64)
]
RoleArn = Annotated[
    str,
    _text(
        r"^arn:(aws|aws-us-gov|aws-cn):iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]{1,512}$",
        "arn:aws:iam::333333333333:role/agent-pipeline",
    ),
]

# Tag limits of KMS: 128 and 256 characters of letters, digits, spaces and _.:/=+-@ ; no aws: prefix.
# https://docs.aws.amazon.com/kms/latest/APIReference/API_Tag.html
# The portable form is exact within ASCII and lets everything beyond it pass.
_NOT_IN_TAGS = r"\x00-\x1f!-*,;<>?\[-^`{-\x9f"
TagKey = Annotated[
    str,
    _text(r"^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$", "cost-centre", rf"^[^{_NOT_IN_TAGS}]+$"),
    StringConstraints(min_length=1, max_length=128),
]
TagValue = Annotated[
    str,
    _text(r"^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$", "4711", rf"^[^{_NOT_IN_TAGS}]*$"),
    StringConstraints(max_length=256),
]

# Free text that ends up in AWS descriptions: one line, no control characters.
_ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
Line = Annotated[str, _text(_ONE_LINE, "HR operations"), StringConstraints(min_length=1, max_length=500)]

# What IAM takes as a role's description, from botocore's model.
RoleNote = Annotated[
    str,
    _text(r"^[\x20-\x7e\u00a1-\u00ff]*$", "Administers keys and never uses them"),
    StringConstraints(min_length=1, max_length=500),
]

# A pattern in which * stands for anything.
Wildcard = Annotated[str, _text(_ONE_LINE, "hr-*"), StringConstraints(min_length=1, max_length=2048)]
