"""What a name of a key says by itself: which of AWS's forms it has, and what can be read from it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bedrock_cmk_guard.surfaces import KeyForm

#: As the patterns of the APIs have it.
_KEY_ID = r"[a-zA-Z0-9-]{36}"
_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):kms:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):(?P<resource>.+)"
)
_BARE_ID = re.compile(_KEY_ID)
_ALIAS = re.compile(r"alias/[a-zA-Z0-9/_-]+")


@dataclass(frozen=True, slots=True)
class NameParts:
    """A key's name taken apart."""

    form: KeyForm | None
    """None where it is no name of a key at all."""
    partition: str = ""
    region: str = ""
    account: str = ""
    alias: str = ""

    @property
    def of_aws(self) -> bool:
        """Whether it is an alias that only keys of AWS's own have.

        Source: https://docs.aws.amazon.com/kms/latest/developerguide/alias-about.html
        """
        return self.alias.lower().startswith("alias/aws/")


WORDS = {
    KeyForm.KEY_ARN: "a key ARN",
    KeyForm.MULTI_REGION_ARN: "the ARN of a multi-Region key",
    KeyForm.ALIAS_ARN: "an alias ARN",
    KeyForm.ALIAS_NAME: "an alias",
    KeyForm.KEY_ID: "a key id",
}


def parts_of(name: str) -> NameParts:
    """Take the name of a key apart."""
    found = _ARN.fullmatch(name)
    if found is None:
        if _ALIAS.fullmatch(name):
            return NameParts(KeyForm.ALIAS_NAME, alias=name)
        return NameParts(KeyForm.KEY_ID if _BARE_ID.fullmatch(name) else None)
    place = (found["partition"], found["region"], found["account"])
    resource = found["resource"]
    if _ALIAS.fullmatch(resource):
        return NameParts(KeyForm.ALIAS_ARN, *place, alias=resource)
    key_id = resource.removeprefix("key/")
    if key_id == resource or not _BARE_ID.fullmatch(key_id):
        return NameParts(None, *place)
    multi_region = key_id.startswith("mrk-")
    return NameParts(KeyForm.MULTI_REGION_ARN if multi_region else KeyForm.KEY_ARN, *place)
