"""Real Terraform (or OpenTofu) on a folder of configuration, with the stand-in provider behind it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from tests.terraform.provider import Applied, Served

Json: TypeAlias = "dict[str, Any]"
Action: TypeAlias = Literal["no-op", "create", "read", "update", "delete", "forget"]

PROGRAMS = ("terraform", "tofu")
_KEPT = ("PATH", "HOME", "TMPDIR")
_TIMEOUT_SECONDS = 300
_PLAN_FILE = "harness.tfplan"


class TerraformError(AssertionError):
    """A command that the test expected to succeed did not."""

    def __init__(self, result: Result) -> None:
        super().__init__(f"{' '.join(result.command)} exited {result.code}\n{result.stdout}\n{result.stderr}")
        self.result = result


@dataclass(frozen=True)
class Result:
    command: tuple[str, ...]
    code: int
    stdout: str
    stderr: str

    def check(self) -> Result:
        if self.code:
            raise TerraformError(self)
        return self

    def check_failed(self) -> str:
        """The error text of a command that must not succeed."""
        assert self.code, f"{' '.join(self.command)} succeeded, but must not:\n{self.stdout}"
        return self.stderr


@dataclass(frozen=True)
class Diagnostic:
    severity: str
    summary: str
    detail: str
    file: str | None
    line: int | None


@dataclass(frozen=True)
class Plan:
    """A plan as `terraform show -json` tells it."""

    raw: Json

    @property
    def actions(self) -> dict[str, tuple[Action, ...]]:
        """What is planned for each managed resource, by address."""
        return {
            change["address"]: tuple(change["change"]["actions"])
            for change in self.raw.get("resource_changes", [])
            if change["mode"] == "managed"
        }

    @property
    def changes(self) -> dict[str, tuple[Action, ...]]:
        """The same without what stays as it is."""
        return {address: actions for address, actions in self.actions.items() if actions != ("no-op",)}

    @property
    def moved(self) -> dict[str, str]:
        """New address by old address."""
        return {
            change["previous_address"]: change["address"]
            for change in self.raw.get("resource_changes", [])
            if "previous_address" in change
        }

    def values(self, address: str) -> Json:
        """The planned values of a resource; what is known after apply is absent."""
        for change in self.raw.get("resource_changes", []):
            if change["address"] == address:
                after: Json = change["change"]["after"]
                return after
        raise KeyError(f"{address} is not in the plan; it has {sorted(self.actions)}")


class Terraform:
    """One root module in `folder`. State, plan file and `.terraform` are kept in the folder."""

    def __init__(self, folder: Path, served: Served, program: str = "terraform") -> None:
        self.folder = folder
        self._served = served
        self._program = program

    def run(self, *arguments: str) -> Result:
        """Any command; its exit status is the caller's to judge."""
        self._served.provider.log.clear()
        command = (self._program, *arguments)
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=_environment(self._served.reattach),
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
        return Result(command, done.returncode, done.stdout, done.stderr)

    def init(self) -> Terraform:
        self.run("init", "-no-color", "-input=false").check()
        return self

    def validate(self) -> list[Diagnostic]:
        """Everything that `validate` objects to, warnings too; empty is good."""
        report = json.loads(self.run("validate", "-json").stdout)
        return [_diagnostic(entry) for entry in report["diagnostics"]]

    def unformatted(self) -> list[str]:
        """The files, here and below, that `fmt` would rewrite; a syntax error raises."""
        result = self.run("fmt", "-check", "-recursive", "-no-color", "-list=true")
        if result.code not in (0, 3):
            raise TerraformError(result)
        return result.stdout.split()

    def plan(self, *options: str) -> Plan:
        self.run("plan", "-no-color", "-input=false", f"-out={_PLAN_FILE}", *options).check()
        return Plan(json.loads(self.run("show", "-json", _PLAN_FILE).check().stdout))

    def apply(self) -> list[Applied]:
        """Apply and give back every change, in order, as the provider received it."""
        self.run("apply", "-no-color", "-input=false", "-auto-approve").check()
        return list(self._served.provider.log.applied)

    def replan_is_empty(self) -> bool:
        result = self.run("plan", "-no-color", "-input=false", "-detailed-exitcode")
        if result.code not in (0, 2):
            raise TerraformError(result)
        return result.code == 0

    def outputs(self) -> Json:
        raw = json.loads(self.run("output", "-json").check().stdout)
        return {name: entry["value"] for name, entry in raw.items()}

    def state(self) -> dict[str, Json]:
        """The values of every managed resource in the state, by address."""
        raw = json.loads(self.run("show", "-json").check().stdout)
        return _resources(raw.get("values", {}).get("root_module", {}))

    def destroy(self) -> Result:
        """Not checked: a test of `prevent_destroy` wants it to fail."""
        return self.run("destroy", "-no-color", "-input=false", "-auto-approve")


def _diagnostic(entry: Json) -> Diagnostic:
    where = entry.get("range") or {}
    return Diagnostic(
        severity=entry["severity"],
        summary=entry["summary"],
        detail=entry.get("detail", ""),
        file=where.get("filename"),
        line=where.get("start", {}).get("line"),
    )


def _resources(module: Json) -> dict[str, Json]:
    found = {entry["address"]: entry["values"] for entry in module.get("resources", [])}
    for child in module.get("child_modules", []):
        found |= _resources(child)
    return found


def _environment(reattach: str) -> dict[str, str]:
    """Nothing of the user's Terraform or AWS settings, and no call home."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {
        "TF_REATTACH_PROVIDERS": reattach,
        "TF_CLI_CONFIG_FILE": os.devnull,
        "TF_IN_AUTOMATION": "1",
        "CHECKPOINT_DISABLE": "1",
        "NO_COLOR": "1",
    }


def missing_program(program: str) -> str | None:
    """Why tests of this program are skipped, or None."""
    if shutil.which(program):
        return None
    return f"{program} is not on PATH: what it would say of the rendered configuration is not tested"
