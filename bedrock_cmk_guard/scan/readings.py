"""Has the sources read what was selected. Whatever goes wrong there is a fault, never silence."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.scan.relevance import Relevance
from bedrock_cmk_guard.scan.remote_modules import CODE, Downloaded, RemoteCall, folders_below, remote_calls
from bedrock_cmk_guard.scan.selection import Selection
from bedrock_cmk_guard.scan.settings import Settings
from bedrock_cmk_guard.sources.files import Kind, SourceFile, unreadable, walk

if TYPE_CHECKING:
    from bedrock_cmk_guard.subjects import Fault, Reading


class Readings:
    """The readings of a selection, one after the other."""

    def __init__(self, selection: Selection, settings: Settings) -> None:
        self._selection = selection
        self._settings = settings
        self._faults = list(selection.faults)
        self._calls: list[RemoteCall] = []
        self._marked: list[SourceFile] = []
        self._read: set[str] = set()
        self._everything: list[SourceFile] | None = None

    def read(self) -> Iterator[Reading]:
        """Read everything; what could not be read comes last."""
        if self._terraform_matters():
            yield from self._guarded(self._terraform, self._selection.terraform)
        if self._selection.templates:
            yield from self._guarded(self._templates, self._selection.templates)
        for plan in self._selection.plans:
            yield from self._guarded(lambda plan=plan: self._plan(plan), [plan])  # type: ignore[misc]
        self._faults += self._not_downloaded()
        self._faults += self._overlooked()
        if self._faults:
            from bedrock_cmk_guard.subjects import Reading

            yield Reading(source="terraform", root="", faults=tuple(self._faults))

    def _terraform_matters(self) -> bool:
        """Whether any code may declare something to judge: what was selected, or what belongs together with it."""
        relevance = Relevance(self._selection.repository)
        folders: dict[str, None] = {}
        for file in self._selection.terraform:
            folder = file.folder
            folders[folder] = None
            try:
                content = file.peek()
            except SourceError as problem:
                self._faults.append(unreadable(file.shown, str(problem)))
                continue
            if relevance.add(folder, content, whole=not file.named):
                self._marked.append(file)
            if b"module" in content and file.kind() is Kind.TERRAFORM:
                self._calls += remote_calls(content, file.shown)
        return relevance.matters(folders)

    def _repository(self) -> list[SourceFile]:
        """Every file of code in the repository: whoever calls a module may lie anywhere in it."""
        if self._everything is None:
            root = self._selection.repository
            self._everything = [] if root is None else walk([self._as_named(root)], endings=CODE).files
        return self._everything

    def _as_named(self, root: Path) -> Path:
        """The repository's root, so that the files below it are named as those that the user gave."""
        absolute = any(os.path.isabs(each.shown) for each in self._selection.terraform)  # noqa: PTH117
        return root if absolute else Path(os.path.relpath(root))

    def _terraform(self) -> Iterator[Reading]:
        from bedrock_cmk_guard.sources.terraform import TerraformOptions, read

        options = TerraformOptions(
            var_files=self._settings.var_files,
            root=self._selection.repository,
            repository=self._repository,
        )
        yield from read(self._selection.terraform, options)

    def _templates(self) -> Iterator[Reading]:
        from bedrock_cmk_guard.sources.cloudformation import CloudFormationOptions, read

        options = CloudFormationOptions(
            parameter_files=self._settings.parameter_files, root=self._selection.repository
        )
        yield from read(self._selection.templates, options)

    def _plan(self, file: SourceFile) -> Iterator[Reading]:
        from bedrock_cmk_guard.sources.plan import read

        yield read(file)

    def _guarded(
        self, read: Callable[[], Iterator[Reading]], files: Sequence[SourceFile]
    ) -> Iterator[Reading]:
        """Read on after a fault of ours, which is a finding for every file that was not read because of it."""
        try:
            for reading in read():
                self._read.update(reading.files)
                yield reading
        except SourceError as problem:
            self._faults += self._missed(files, str(problem))
        except Exception as problem:
            if self._settings.debug:
                raise
            what = " ".join(f"{type(problem).__name__}: {problem}".split())
            self._faults += self._missed(
                files, f"this could not be read, by a fault of bedrock-cmk-guard: {what}"
            )

    def _missed(self, files: Iterable[SourceFile], message: str) -> Iterator[Fault]:
        for file in files:
            if file.shown not in self._read and _may_matter(file):
                yield unreadable(file.shown, message)

    def _overlooked(self) -> Iterable[Fault]:
        """What declares something and was read by nobody; files that could not be read are said already."""
        if not self._marked and not self._selection.templates:
            return ()
        from bedrock_cmk_guard.scan.overlooked import overlooked

        said = {fault.place.file for fault in self._faults}
        return overlooked(self._marked, self._selection.templates, self._read | said)

    def _not_downloaded(self) -> Iterator[Fault]:
        """Modules that are called and not there, in code that no source had to read."""
        calls = [call for call in self._calls if call.file not in self._read]
        if not calls:
            return
        folders = {file.folder for file in self._selection.terraform}
        if self._selection.repository is not None:
            folders |= folders_below(str(self._selection.repository))
        downloaded = Downloaded(folders)
        for call in calls:
            if not downloaded.has(call):
                yield call.fault()


def _may_matter(file: SourceFile) -> bool:
    try:
        return file.marked()
    except SourceError:
        return True
