"""Every control for Checkov's terraform, terraform_json and terraform_plan runners."""

from __future__ import annotations

import os
from typing import Any

import bcg_host as host
from checkov.common.models.enums import CheckResult
from checkov.terraform.checks.module.base_module_check import BaseModuleCheck
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck


class TerraformCheck(BaseResourceCheck):
    """A control. The parameters of ``run`` have Checkov's names, by which it passes them."""

    def __init__(self, control: Any) -> None:
        self.control = control
        self.title = control.title
        self.tells_by_name = False
        types = host.types_of(control)
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
            name = entity_name.partition("[")[0]
            path = host.located("full_file_path")
            block = host.Block(
                file=os.path.abspath(getattr(path, "file_path", path)),
                name=f"{entity_type}.{name}",
                address=str(entity_configuration.get("__address__") or ""),
                root=_root(getattr(path, "tf_source_modules", None)),
            )
            return host.judged(self, self.control, block, skip_info)
        except Exception as problem:
            return host.broken(self, problem)

    def scan_resource_conf(self, conf: dict[str, Any]) -> CheckResult:
        """Fail: Checkov asks this only if it passes ``run`` by."""
        return CheckResult.FAILED


class ModuleCheck(BaseModuleCheck):
    """A control of what could not be read, at the block that calls a module: one that is not downloaded."""

    def __init__(self, control: Any) -> None:
        self.control = control
        self.title = control.title
        self.tells_by_name = False
        super().__init__(control.title, control.id, host.ENCRYPTION, guideline=host.guide(control))

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
            path = host.located("full_file_path")
            first, last = host.located("entity_lines_range")
            file = os.path.abspath(getattr(path, "file_path", path))
            run = host.current()
            run.asked_lines.add((self.control.id, os.path.realpath(file), first, last))
            return host.result(self, run.answers.ask_lines(self.control, file, first, last))
        except Exception as problem:
            return host.broken(self, problem)

    def scan_module_conf(self, conf: dict[str, Any]) -> CheckResult:
        """Fail: Checkov asks this only if it passes ``run`` by."""
        return CheckResult.FAILED


class Unusable(BaseResourceCheck):
    """Stands for all controls where bedrock-cmk-guard cannot be imported."""

    title = "bedrock-cmk-guard is installed beside Checkov"
    tells_by_name = False

    def __init__(self) -> None:
        types = ["aws_bedrock*", "awscc_bedrock*", "aws_agentregistry*"]
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


def _root(module: Any) -> str:
    """The folder of the root whose calls lead to a module, by Checkov's chain of them; empty for a root itself."""
    while getattr(module, "nested_tf_module", None) is not None:
        module = module.nested_tf_module
    return os.path.dirname(module.path) if module is not None else ""


if host.MISSING:
    Unusable()
elif host.concerns():
    for each in host.CONTROLS:
        if each.kind is host.SubjectKind.FAULT:
            ModuleCheck(each)
        else:
            TerraformCheck(each)
    host.install()
