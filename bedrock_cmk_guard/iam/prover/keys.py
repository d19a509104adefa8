"""What a condition key can hold at all: its form, whether it has several values, whether it may be absent.

Types are those of the service authorization data and of ``global_keys``; forms are AWS's own, so that an example
request is one that could be made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from bedrock_cmk_guard.iam import global_keys
from bedrock_cmk_guard.iam.global_keys import Supplied
from bedrock_cmk_guard.iam.prover.automaton import Group
from bedrock_cmk_guard.iam.prover.languages import ANY, DIGIT, HOST, NOT_COLON, PATH, sequence
from bedrock_cmk_guard.iam.service_data import frozen_service
from bedrock_cmk_guard.iam.supply import known_type

ANYTHING: Group = (sequence((ANY, "+")),)
ACCOUNT: Group = (sequence(*[DIGIT] * 12),)
ARN: Group = (sequence("arn:", *(((NOT_COLON, "*"), ":") * 4), (ANY, "+")),)
_TRUTH: Group = (sequence("true"), sequence("false"))
_ORGANIZATION: Group = (sequence("o-", (HOST, "+")),)
_ORG_PATH: Group = (sequence("o-", (HOST, "+"), "/", (PATH, "*")),)
_SERVICE_OF_REGION: Group = tuple(
    sequence((HOST, "+"), ".", (HOST, "+"), f".{suffix}") for suffix in ("amazonaws.com", "amazonaws.com.cn")
)

_FORMS: Mapping[str, Group] = {
    "aws:sourceaccount": ACCOUNT,
    "aws:principalaccount": ACCOUNT,
    "aws:resourceaccount": ACCOUNT,
    "aws:vpceaccount": ACCOUNT,
    "kms:calleraccount": ACCOUNT,
    "aws:principalorgid": _ORGANIZATION,
    "aws:resourceorgid": _ORGANIZATION,
    "aws:sourceorgid": _ORGANIZATION,
    "aws:vpceorgid": _ORGANIZATION,
    "aws:principalorgpaths": _ORG_PATH,
    "aws:resourceorgpaths": _ORG_PATH,
    "aws:sourceorgpaths": _ORG_PATH,
    "aws:vpceorgpaths": _ORG_PATH,
    "kms:viaservice": _SERVICE_OF_REGION,
}

# Values to show where they do as well as any other.
_HINTS: Mapping[str, tuple[str, ...]] = {
    "aws:sourceaccount": ("999999999999", "888888888888"),
    "aws:principalorgid": ("o-somebodyelse",),
    "aws:sourceorgid": ("o-somebodyelse",),
    "aws:principalorgpaths": ("o-somebodyelse/r-ab12/ou-ab12-11111111/",),
    "kms:viaservice": ("s3.eu-central-1.amazonaws.com",),
    "aws:sourcearn": ("arn:aws:s3:eu-central-1:999999999999:somewhere-else",),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What a key can hold. ``type`` is AWS's type of it, None where AWS has no such key."""

    type: str | None
    domain: Group
    several: bool
    always: bool
    hints: tuple[str, ...] = ()


@lru_cache(maxsize=65536)
def shape(key: str) -> Shape:
    """The shape of a key; one that AWS does not know may hold anything."""
    kind = known_type(key, frozen_service)
    found = global_keys.find(key)
    domain = _FORMS.get(key.lower()) or {"Bool": _TRUTH, "ARN": ARN, "ArrayOfARN": ARN}.get(
        kind or "", ANYTHING
    )
    return Shape(
        type=kind,
        domain=domain,
        several=kind is not None and kind.startswith("ArrayOf"),
        always=found is not None and found.supplied is Supplied.ALWAYS,
        hints=_HINTS.get(key.lower(), ()),
    )
