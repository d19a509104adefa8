"""Every control for Checkov's cloudformation runner."""

from __future__ import annotations

import os
from typing import Any

import bcg_host as host
from checkov.cloudformation.checks.resource.base_resource_check import BaseResourceCheck
from checkov.common.models.enums import CheckResult


class CloudFormationCheck(BaseResourceCheck):
    """A control. The parameters of ``run`` have Checkov's names, by which it passes them."""

    def __init__(self, control: Any) -> None:
        self.control = control
        self.title = control.title
        self.tells_by_name = True
        types = host.types_of(control, cloudformation=True)
        super().__init__(control.title, control.id, host.ENCRYPTION, types, host.guide(control))

    def run(
        self,
        scanned_file: str,
        entity_configuration: dict[str, Any],
        entity_name: str,
        entity_type: str,
        skip_info: Any,
    ) -> dict[str, Any]:
        """Return the verdict of a scan."""
        try:
            file = os.path.abspath(host.located("file_abs_path", "full_file_path"))
            block = host.Block(file=file, name=entity_name)
            return host.judged(self, self.control, block, skip_info)
        except Exception as problem:
            return host.broken(self, problem)

    def scan_resource_conf(self, conf: dict[str, Any]) -> CheckResult:
        """Fail: Checkov asks this only if it passes ``run`` by."""
        return CheckResult.FAILED


class Unusable(BaseResourceCheck):
    """Stands for all controls where bedrock-cmk-guard cannot be imported."""

    title = "bedrock-cmk-guard is installed beside Checkov"
    tells_by_name = True

    def __init__(self) -> None:
        types = ["AWS::Bedrock*", "AWS::AgentRegistry*"]
        super().__init__(self.title, "BCG_SCAN_001", host.ENCRYPTION, types)

    def run(
        self,
        scanned_file: str,
        entity_configuration: dict[str, Any],
        entity_name: str,
        entity_type: str,
        skip_info: Any,
    ) -> dict[str, Any]:
        """Fail, whatever it is."""
        return host.broken(self, host.MISSING)

    def scan_resource_conf(self, conf: dict[str, Any]) -> CheckResult:
        """Fail: Checkov asks this only if it passes ``run`` by."""
        return CheckResult.FAILED


if host.MISSING:
    Unusable()
elif host.concerns():
    for each in host.CONTROLS:
        if each.kind is not host.SubjectKind.FAULT:
            CloudFormationCheck(each)
    host.install()
