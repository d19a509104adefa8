"""By what name the API will know what does not exist yet: keys, aliases, roles, accounts, whole documents.

References to one thing must all give the same text, wherever they stand, so that controls need only compare.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from bedrock_cmk_guard.sources.terraform.data_sources import partition_of
from bedrock_cmk_guard.sources.terraform.kinds import ALIASES, KEYS, POLICIES, ROLES
from bedrock_cmk_guard.sources.terraform.language.values import (
    Computed,
    Encoded,
    Instance,
    Joined,
    OneOf,
    Value,
    why_unknown,
)
from bedrock_cmk_guard.subjects import ASSUMED_ACCOUNT, ASSUMED_REGION, Document, Fact, Unknown, made_up_arn

if TYPE_CHECKING:
    from bedrock_cmk_guard.sources.terraform.declared import Declared
    from bedrock_cmk_guard.sources.terraform.world import World

_SERVICES = {
    "bedrockagentcore": "bedrock-agentcore",
    "bedrockagent": "bedrock",
    "cloudwatch": "logs",
    "opensearchserverless": "aoss",
}


class Names:
    """The names of everything in one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def region(self, declared: Declared) -> Fact[str]:
        """Return the Region of an instance: by its own argument, or by its provider."""
        attribute = declared.attribute("region") if declared.type.startswith("aws_") else None
        if attribute is not None:
            value, steps = declared.traced(attribute)
            if value is not None:
                return Fact(self.text(value), attribute.place, steps)
        if declared.provider is not None:
            return declared.provider.region
        return Fact(Unknown("its Region is that of whoever applies it"))

    def account(self, declared: Declared) -> Fact[str]:
        """Return the account of an instance, by its provider."""
        if declared.provider is not None:
            return declared.provider.account
        return Fact(Unknown("its account is that of whoever applies it"))

    def made_up(self, service: str, kind: str, declared: Declared) -> str:
        """Return the ARN that stands for an instance."""
        region = self.region(declared).known() or ASSUMED_REGION
        return made_up_arn(
            service,
            kind,
            declared.address,
            partition=partition_of(region),
            region=region,
            account=self.account(declared).known() or ASSUMED_ACCOUNT,
        )

    def key_arn(self, declared: Declared) -> str:
        """Return a key's ARN."""
        return self.made_up("kms", "key", declared)

    def role_arn(self, declared: Declared) -> str:
        """Return a role's ARN: the one that it will have, for policies may name it so, or one made up."""
        made_up = self.made_up("iam", "role", declared)
        name = declared.evaluated(ROLES[declared.type])
        path = declared.evaluated("path")
        known = self.text(name) if name is not None else None
        folder = self.text(path) if path is not None else "/"
        if not isinstance(known, str) or not isinstance(folder, str):
            return made_up
        return f"{made_up.partition(':role/')[0]}:role{folder}{known}"

    def alias(self, declared: Declared) -> str | Unknown:
        """Return an alias's name; one that the provider chooses has a name made up here."""
        value = declared.evaluated(ALIASES[declared.type])
        if value is None:
            prefix = declared.evaluated("name_prefix")
            text = self.text(prefix) if prefix is not None else "alias/"
            tail = made_up_arn("kms", "alias", declared.address).rpartition("/")[2]
            return text if isinstance(text, Unknown) else text + tail
        return self.text(value)

    def alias_arn(self, declared: Declared) -> str | Unknown:
        """Return an alias's ARN."""
        name = self.alias(declared)
        if isinstance(name, Unknown):
            return name
        return f"{self.made_up('kms', 'alias', declared).rpartition(':')[0]}:{name}"

    @cached_property
    def aliases(self) -> Mapping[str, Declared]:
        """The aliases that the root declares, by their names."""
        found: dict[str, Declared] = {}
        for block in self._world.blocks("resource"):
            if block.type in ALIASES:
                for declared in block.instances.values():
                    name = self.alias(declared)
                    if isinstance(name, str):
                        found.setdefault(name, declared)
        return found

    # Text.

    def text(self, value: Value) -> str | Unknown:
        """Return text, with what does not exist yet under the name made up for it."""
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (int, Decimal)):
            return str(value)
        if isinstance(value, Joined):
            parts = [self.text(part) for part in value.parts]
            unknown = next((part for part in parts if isinstance(part, Unknown)), None)
            return "".join(map(str, parts)) if unknown is None else unknown
        if isinstance(value, Computed):
            return self._computed(value) or _later(value)
        if isinstance(value, Encoded):
            document = self.document(value)
            return why_unknown(value.document) if _has_unknown(document) else json.dumps(document)
        if isinstance(value, (Unknown, OneOf, Instance)):
            return why_unknown(value)
        return Unknown("it is no text")

    def _computed(self, value: Computed) -> str | None:
        declared = self._world.declared.get(value.address)
        if declared is None or len(value.path) != 1 or not isinstance(value.path[0], str):
            return None
        name = value.path[0]
        return self._of_data(declared, name) if declared.is_data else self._of_resource(declared, name)

    def _of_resource(self, declared: Declared, name: str) -> str | None:
        if declared.type in KEYS:
            arn = self.key_arn(declared)
        elif declared.type in ALIASES:
            return self._of_alias(declared, name)
        elif declared.type in ROLES:
            arn = self.role_arn(declared)
            if name in ("name", "id", "role_name"):
                return self._role_name(declared, arn)
        elif declared.type in POLICIES:
            arn = self.made_up("iam", "policy", declared)
            if name in ("id", "policy_arn"):
                return arn
        else:
            words = declared.type.split("_")
            service = _SERVICES.get(words[1], words[1]) if len(words) > 1 else words[0]
            arn = self.made_up(service, words[-1], declared)
        if name == "arn" or name.endswith("_arn"):
            return arn
        return arn.rpartition("/")[2] if name == "id" or name.endswith("_id") else None

    def _role_name(self, declared: Declared, arn: str) -> str | None:
        written = declared.evaluated(ROLES[declared.type])
        if written is None:
            return arn.rpartition("/")[2]
        name = self.text(written)
        return name if isinstance(name, str) else None

    def _of_alias(self, declared: Declared, name: str) -> str | None:
        found: str | Unknown | None = None
        if name == "arn":
            found = self.alias_arn(declared)
        elif name in ("name", "id", "alias_name"):
            found = self.alias(declared)
        elif name in ("target_key_arn", "target_key_id"):
            found = self.key_looked_up(declared, declared.evaluated("target_key_id"))
        return found if isinstance(found, str) else None

    def _of_data(self, data: Declared, name: str) -> str | None:
        region = self.region(data).known() or ASSUMED_REGION
        account = self.account(data).known() or ASSUMED_ACCOUNT
        fixed = {
            "aws_caller_identity": {"account_id": account, "id": account},
            "aws_region": {"name": region, "region": region, "id": region},
            "aws_partition": {
                "partition": partition_of(region),
                "id": partition_of(region),
                "dns_suffix": "amazonaws.com",
            },
        }.get(data.type)
        if fixed is not None:
            return fixed.get(name)
        if data.type == "aws_iam_role" and name == "arn":
            role = self.text(data.evaluated("name"))
            start = f"arn:{partition_of(region)}:iam::{account}:role/"
            return start + role if isinstance(role, str) else None
        if data.type in ("aws_kms_key", "aws_kms_alias"):
            return self._of_looked_up(data, name)
        return None

    def _of_looked_up(self, data: Declared, name: str) -> str | None:
        named = data.evaluated("key_id" if data.type == "aws_kms_key" else "name")
        arn = self.key_looked_up(data, named)
        if data.type == "aws_kms_alias" and name == "arn":
            return self._alias_arn_of(data, named)
        if isinstance(arn, Unknown):
            return None
        if name in ("arn", "target_key_arn"):
            return arn
        return arn.rpartition("/")[2] if name in ("id", "key_id", "target_key_id") else None

    def _alias_arn_of(self, data: Declared, named: Value) -> str | None:
        name = self.text(named)
        if isinstance(name, Unknown):
            return None
        return f"{self.made_up('kms', 'alias', data).rpartition(':')[0]}:{name}"

    def key_looked_up(self, declared: Declared, named: Value) -> str | Unknown:
        """Return the ARN of the key that something names: by ARN, id or alias, declared here or not.

        An alias of AWS's own stays one: it says whose key it is.
        """
        text = self.text(named) if named is not None else Unknown(f"{declared.address} names no key")
        if isinstance(text, Unknown) or _is_key_arn(text):
            return text
        alias = text.rpartition(":")[2]
        if alias.startswith("alias/aws/"):
            return text
        if alias.startswith("alias/") and (found := self.aliases.get(alias)) is not None:
            target = self.text(found.evaluated("target_key_id"))
            if isinstance(target, str) and target != text:
                return target if _is_key_arn(target) else self._key_of_id(target) or self.key_arn(declared)
        return self._key_of_id(text) or self.key_arn(declared)

    def _key_of_id(self, key_id: str) -> str | None:
        """The ARN of the key declared here whose made-up id this is."""
        for declared in self._world.declared.values():
            if declared.type in KEYS and not declared.is_data:
                arn = self.key_arn(declared)
                if arn.endswith(f"/{key_id}"):
                    return arn
        return None

    # Documents.

    def document(self, value: Value) -> Document:
        """Return a policy from its JSON text, or from the object that a provider takes instead."""
        if value is None or value == "":
            return None
        if isinstance(value, Encoded):
            return self._plain(value.document)
        if isinstance(value, Mapping):
            return self._plain(value)
        if isinstance(value, (str, Joined)):
            return self._parsed(value.parts if isinstance(value, Joined) else (value,))
        return why_unknown(value)

    def _plain(self, value: Value) -> Document:
        if isinstance(value, Mapping):
            return {name: self._plain(value[name]) for name in value}
        if isinstance(value, tuple):
            return [self._plain(item) for item in value]
        if value is None or isinstance(value, (bool, int, str)):
            return value
        return float(value) if isinstance(value, Decimal) else self.text(value)

    def _parsed(self, parts: tuple[Value, ...]) -> Document:
        """Read JSON text with holes in it: each is filled with a mark, and found again in what was read."""
        holes: dict[str, Unknown] = {}
        text = ""
        for part in parts:
            known = self.text(part)
            if isinstance(known, Unknown):
                mark = f"\ue000{len(holes)}\ue001"
                holes[mark] = known
                known = mark
            elif isinstance(part, Computed):
                known = json.dumps(known)[1:-1]
            text += known
        try:
            read = json.loads(text)
        except (ValueError, RecursionError):
            return next(iter(holes.values()), Unknown("the policy is not JSON"))
        return (
            _with_holes(read, holes) if isinstance(read, dict) else Unknown("the policy is not a JSON object")
        )


def _with_holes(read: object, holes: Mapping[str, Unknown]) -> Document:
    if isinstance(read, dict):
        return {str(name): _with_holes(value, holes) for name, value in read.items()}
    if isinstance(read, list):
        return [_with_holes(item, holes) for item in read]
    if isinstance(read, str):
        return next((reason for mark, reason in holes.items() if mark in read), read)
    return read if isinstance(read, (bool, int, float)) or read is None else Unknown("it is no JSON")


def _has_unknown(document: Document) -> bool:
    if isinstance(document, Unknown):
        return True
    if isinstance(document, Mapping):
        return any(map(_has_unknown, document.values()))
    return isinstance(document, list) and any(map(_has_unknown, document))


def _is_key_arn(text: str) -> bool:
    return text.startswith("arn:") and ":key/" in text


def _later(value: Computed) -> Unknown:
    return Unknown(f"{'.'.join((value.address, *map(str, value.path)))} is known only once it exists")
