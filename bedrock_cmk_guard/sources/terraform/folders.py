"""Which files of a folder Terraform reads, and in what order.

Source: the loading rules of Terraform's own configuration reader (files, ``override`` files, ``.auto.tfvars``) and
OpenTofu's on ``.tofu`` files.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

CONFIGURATION_ENDINGS = (".tf", ".tofu", ".tf.json", ".tofu.json")
VALUE_ENDINGS = (".tfvars", ".tfvars.json")
_FIRST_VALUES = ("terraform.tfvars", "terraform.tfvars.json")
_AUTO_VALUES = (".auto.tfvars", ".auto.tfvars.json")


@dataclass(frozen=True, slots=True)
class FolderFiles:
    """The names of the files in one folder that make a module, in Terraform's order."""

    primary: tuple[str, ...]
    override: tuple[str, ...]
    """Merged into what the primary files declare, in this order."""
    values: tuple[str, ...]
    """Values for variables that Terraform takes by itself where the folder is a root; a later file wins."""

    @property
    def configuration(self) -> tuple[str, ...]:
        """Every file of the module."""
        return self.primary + self.override


def is_configuration(name: str) -> bool:
    """Whether Terraform or OpenTofu reads a file of this name as part of a module."""
    return name.endswith(CONFIGURATION_ENDINGS) and not _ignored(name)


def folder_files(names: Iterable[str]) -> FolderFiles:
    """Sort out a folder's names."""
    ordered = sorted(names)
    present = set(ordered)
    configuration = [name for name in ordered if is_configuration(name) and not _replaced(name, present)]
    first = [name for name in _FIRST_VALUES if name in present]
    auto = [name for name in ordered if name.endswith(_AUTO_VALUES) and not _ignored(name)]
    return FolderFiles(
        primary=tuple(name for name in configuration if not _overrides(name)),
        override=tuple(name for name in configuration if _overrides(name)),
        values=(*first, *auto),
    )


def _ignored(name: str) -> bool:
    """Editors' backups and hidden files."""
    return name.startswith(".") or name.endswith("~") or (name.startswith("#") and name.endswith("#"))


def _replaced(name: str, present: set[str]) -> bool:
    """Whether OpenTofu has a file of its own in place of this one."""
    for ours, theirs in ((".tf.json", ".tofu.json"), (".tf", ".tofu")):
        if name.endswith(ours):
            return name.removesuffix(ours) + theirs in present
    return False


def _overrides(name: str) -> bool:
    stem = name.removesuffix(".json").rpartition(".")[0]
    return stem == "override" or stem.endswith("_override")
