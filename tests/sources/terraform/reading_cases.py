"""Folders of Terraform under ``cases/``, each with what it must be read as in a YAML file beside it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bedrock_cmk_guard.sources.files import SourceFile, walk
from bedrock_cmk_guard.sources.terraform import TerraformOptions, read
from bedrock_cmk_guard.subjects import (
    Absent,
    Choice,
    EncryptedResource,
    Fact,
    Fault,
    Key,
    KeyName,
    KeyValue,
    Reading,
    Unknown,
    made_up_arn,
)

CASES = Path(__file__).parent / "cases"
# Git and packagers pass over .terraform, so that it has another name here.
_HIDDEN = "dot-terraform"


@dataclass(frozen=True)
class Case:
    name: str
    expected: dict[str, Any]

    def read(self, folder: Path) -> list[Reading]:
        """Copy the case into a folder and read it there, as a user would name its files."""
        shutil.copytree(CASES / self.name, folder, dirs_exist_ok=True)
        for hidden in folder.rglob(_HIDDEN):
            hidden.rename(hidden.with_name(".terraform"))
        return read_folder(
            folder, self.expected.get("scan", ["."]), var_files=self.expected.get("var_files", [])
        )


def all_cases() -> list[Case]:
    return [
        Case(path.stem, yaml.safe_load(path.read_text(encoding="utf-8")))
        for path in sorted(CASES.glob("*.yaml"))
    ]


def read_folder(folder: Path, scan: list[str], *, var_files: list[str] | None = None) -> list[Reading]:
    """Read what is below some paths of a folder that is the repository, shown relative to it."""
    options = TerraformOptions(
        root=folder,
        var_files=tuple(folder / name for name in var_files or ()),
        repository=lambda: _files(folder, ["."]),
    )
    return list(read(_files(folder, scan), options))


def _files(folder: Path, scan: list[str]) -> list[SourceFile]:
    found = walk([folder / each for each in scan], endings=(".tf", ".tofu", ".json", ".tfvars")).files
    return [SourceFile(file.path, file.path.relative_to(folder).as_posix()) for file in found]


def told_key(resource: EncryptedResource, readings: list[Reading]) -> Any:
    """The key as the YAML files write it."""
    return _told(resource.key.value, {key.arn: key.address for each in readings for key in each.keys})


def _told(value: KeyValue, known: dict[str, str]) -> Any:
    match value:
        case KeyName(text):
            ids = {arn.rpartition("/")[2]: address for arn, address in known.items()}
            if text in known:
                return {"of": known[text]}
            return {"id_of": ids[text]} if text in ids else text
        case Absent(how):
            return {"absent": how}
        case Choice(options, _):
            return {"choice": [_told(option, known) for option in options]}
        case Unknown(reason, delegated):
            return {"delegated" if delegated else "unknown": reason}


def told_trail(fact: Fact[KeyValue]) -> list[str]:
    return [f"{step.place.file}:{step.place.line}" for step in fact.trail if step.place]


def told_fault(fault: Fault) -> dict[str, Any]:
    return {
        "kind": fault.kind.value,
        "file": fault.place.file,
        "line": fault.place.line,
        "address": fault.address,
    }


def told_fact(fact: Fact[Any]) -> Any:
    """A fact's value; None where it is unknown."""
    return None if isinstance(fact.value, Unknown) else fact.value


def told(thing: EncryptedResource | Key, field: str) -> Any:
    """A field of a subject as the YAML files write it."""
    value = getattr(thing, field)
    if isinstance(value, Fact):
        return told_fact(value)
    return list(value) if isinstance(value, tuple) else value


def arn_of(wanted: dict[str, str]) -> str:
    """The ARN that stands for a declared key: ``{of: address, region: …, account: …}``."""
    where = {name: wanted[name] for name in ("region", "account") if name in wanted}
    return made_up_arn("kms", "key", wanted["of"], **where)
