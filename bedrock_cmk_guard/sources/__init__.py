"""Sources: each reads one language, or live accounts, into subjects. Those of files, each by itself, are here.

Nothing is imported before one of them is called: a hook that has nothing to judge comes through here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bedrock_cmk_guard.sources.files import Kind, SourceFile
    from bedrock_cmk_guard.subjects import Reading

__all__ = ["read_plans", "read_templates", "read_terraform"]


def read_terraform(paths: Iterable[str | Path], *, var_files: Iterable[str | Path] = ()) -> Iterator[Reading]:
    """Read Terraform below some paths: a reading for each root, and one more for what could not be opened.

    A module is read through its callers in the repository, wherever in it they lie.
    """
    from bedrock_cmk_guard.sources.files import Kind, walk
    from bedrock_cmk_guard.sources.terraform import TerraformOptions, read

    given = [Path(path) for path in paths]
    root = _repository(given)
    options = TerraformOptions(
        root=root,
        var_files=tuple(map(Path, var_files)),
        repository=(lambda: walk([root]).files) if root else None,
    )
    files: list[SourceFile] = []
    yield from _of_kind(given, (Kind.TERRAFORM, Kind.TFVARS), files)
    yield from read(files, options)


def read_templates(
    paths: Iterable[str | Path], *, parameter_files: Iterable[str | Path] = ()
) -> Iterator[Reading]:
    """Read CloudFormation templates below some paths, each with those that it nests."""
    from bedrock_cmk_guard.sources.cloudformation import CloudFormationOptions, read
    from bedrock_cmk_guard.sources.files import Kind

    given = [Path(path) for path in paths]
    options = CloudFormationOptions(
        parameter_files=tuple(map(Path, parameter_files)), root=_repository(given)
    )
    files: list[SourceFile] = []
    yield from _of_kind(given, (Kind.CLOUDFORMATION,), files)
    yield from read(files, options)


def read_plans(paths: Iterable[str | Path]) -> Iterator[Reading]:
    """Read plans and states, as ``terraform show -json`` writes them, below some paths."""
    from bedrock_cmk_guard.sources.files import Kind
    from bedrock_cmk_guard.sources.plan import read

    files: list[SourceFile] = []
    yield from _of_kind([Path(path) for path in paths], (Kind.PLAN, Kind.STATE), files)
    yield from map(read, files)


def _of_kind(paths: list[Path], kinds: tuple[Kind, ...], files: list[SourceFile]) -> Iterator[Reading]:
    """Gather the files of some kinds; what cannot be told because it cannot be opened is a reading of faults."""
    from bedrock_cmk_guard.errors import SourceError
    from bedrock_cmk_guard.sources.files import unreadable, walk
    from bedrock_cmk_guard.subjects import Reading

    found = walk(paths)
    faults = list(found.faults)
    for file in found.files:
        try:
            if file.kind() in kinds:
                files.append(file)
        except SourceError as problem:
            faults.append(unreadable(file.shown, str(problem)))
    if faults:
        yield Reading(source="terraform", root="", faults=tuple(faults))


def _repository(paths: list[Path]) -> Path | None:
    from bedrock_cmk_guard.repository import repository_of

    if not paths:
        return None
    first = paths[0].absolute()
    found = repository_of(str(first if first.is_dir() else first.parent))
    return Path(found) if found else None
