"""By what name a key, alias, role or policy of a plan goes, and in which account and Region it is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bedrock_cmk_guard.sources.plan.configuration import Configuration, mapping, sequence
from bedrock_cmk_guard.sources.plan.instance import Instance
from bedrock_cmk_guard.subjects import ASSUMED_ACCOUNT, ASSUMED_REGION, Fact, Unknown, made_up_arn

_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d+")
_ACCOUNT = re.compile(r"\d{12}")
_ROLE = re.compile(r"arn:[\w-]+:iam::(\d{12}):role/")
_ARNS = ("arn", "target_key_arn", "agent_arn", "gateway_arn", "policy_arn")


class Names:
    """The names of one plan's or state's resources."""

    def __init__(self, configuration: Configuration, instances: Iterable[Instance]) -> None:
        self._configuration = configuration
        self._callers: dict[str, str] = {}
        for instance in instances:
            account = instance.known_text("account_id")
            if instance.mode == "data" and instance.type == "aws_caller_identity" and account:
                self._callers.setdefault(self._configuration.provider(instance)[0], account)

    def key_arn(self, instance: Instance) -> str:
        """Return a key's ARN: its own, or the one made up for it."""
        return instance.known_text("arn") or self._made_up(instance, "kms", "key")

    def role_arn(self, instance: Instance) -> str:
        """Return a role's ARN: its own, the one that it will have, or the one made up for it."""
        name, account = instance.known_text("name", "role_name"), self.account(instance).known()
        if (known := instance.known_text("arn")) or not name or not account:
            return known or self._made_up(instance, "iam", "role")
        # Policies may name the role by this ARN, written out.
        partition = self._where(instance)["partition"]
        return f"arn:{partition}:iam::{account}:role{instance.known_text('path') or '/'}{name}"

    def policy_arn(self, instance: Instance) -> str:
        """Return a managed policy's ARN: its own, or the one made up for it."""
        return instance.known_text("arn", "policy_arn") or self._made_up(instance, "iam", "policy")

    def alias(self, instance: Instance) -> str:
        """Return an alias's name, with ``alias/`` before it."""
        made_up = made_up_arn("kms", "alias", instance.address).rpartition(":")[2]
        return instance.known_text("name", "alias_name") or made_up

    def alias_arn(self, instance: Instance) -> str:
        """Return an alias's ARN: its own, or one with its name."""
        arn = made_up_arn("kms", "alias", instance.address, **self._where(instance))
        return instance.known_text("arn") or f"{arn.rpartition(':')[0]}:{self.alias(instance)}"

    def region(self, instance: Instance) -> Fact[str]:
        """Return a resource's Region: by what it says, by its ARN, by its provider."""
        arn = (instance.known_text(*_ARNS) or "").split(":")
        region = instance.known_text("region") or (arn[3] if len(arn) > 5 else "")
        if not region:
            written = self._configuration.constant(self._configuration.provider(instance)[1].get("region"))
            # A template around a variable looks like the variable here.
            region = written if isinstance(written, str) and _REGION.fullmatch(written) else ""
        unknown = Unknown("its Region is that of whoever applies it")
        return Fact(region or unknown, instance.place if region else None)

    def account(self, instance: Instance) -> Fact[str]:
        """Return a resource's account: by its ARN, or by its provider."""
        arn = (instance.known_text(*_ARNS) or "").split(":")
        account = arn[4] if len(arn) > 5 else ""
        account = account or self._account_of_provider(instance)
        return Fact(
            account or Unknown("its account is that of whoever applies it"),
            instance.place if account else None,
        )

    def _account_of_provider(self, instance: Instance) -> str:
        key, written = self._configuration.provider(instance)
        allowed = sequence(self._configuration.constant(written.get("allowed_account_ids")))
        if len(allowed) == 1 and _ACCOUNT.fullmatch(str(allowed[0])):
            return str(allowed[0])
        assumed = mapping(next(iter(sequence(written.get("assume_role"))), None)).get("role_arn")
        role = self._configuration.constant(assumed)
        if isinstance(role, str) and (named := _ROLE.match(role)):
            return named[1]
        return self._callers.get(key, "")

    def _made_up(self, instance: Instance, service: str, kind: str) -> str:
        return made_up_arn(service, kind, instance.address, **self._where(instance))

    def _where(self, instance: Instance) -> dict[str, str]:
        region = self.region(instance).known() or ASSUMED_REGION
        partition = (
            "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
        )
        return {
            "region": region,
            "account": self.account(instance).known() or ASSUMED_ACCOUNT,
            "partition": partition,
        }
