"""The files of a repository as Terraform modules: listed and read once, by absolute path.

Paths are strings here: a whole tree goes through these functions, and ``pathlib`` is several times slower.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.sources.files import SourceFile
from bedrock_cmk_guard.sources.terraform.folders import FolderFiles, folder_files, is_configuration


class Library:
    """Every file that a reading may look at."""

    def __init__(
        self,
        files: Sequence[SourceFile],
        root: Path | None,
        repository: Callable[[], Iterable[SourceFile]] | None,
    ) -> None:
        self.given = files
        self._files = {os.fspath(file.path): file for file in files}
        self._root = None if root is None else os.fspath(root)
        self._repository = repository
        self._given_in: dict[str, list[str]] = {}
        for path in self._files:
            self._given_in.setdefault(folder_of(path), []).append(base(path))
        self._folders: dict[str, FolderFiles] = {}
        self._listed: dict[str, bool] = {}

    def file(self, path: str) -> SourceFile:
        """Return the file at a path, named as the user would name it."""
        found = self._files.get(path)
        if found is None:
            found = self.given[0].sibling(Path(path)) if self.given else SourceFile(path, path)
            self._files[path] = found
        return found

    def folder(self, path: str) -> FolderFiles:
        """Return which files of a folder make a module; none where there is no such folder."""
        found = self._folders.get(path)
        if found is None:
            names = _names(path)
            # What is in no file, as a document from standard input, stands alone.
            elsewhere = [name for name in self._given_in.get(path, ()) if name not in names]
            found = self._folders[path] = folder_files(elsewhere or names)
        return found

    def configuration(self, folder: str) -> list[SourceFile]:
        """Return the files of a folder's module, overrides last."""
        return [self.file(join(folder, name)) for name in self.folder(folder).configuration]

    def marked(self, folder: str) -> bool:
        """Whether a folder's own files may declare something to judge. One that cannot be read may."""
        found = self._listed.get(folder)
        if found is None:
            found = self._listed[folder] = any(map(_marked, self.configuration(folder)))
        return found

    def content(self, path: str) -> bytes | None:
        """Return a file's bytes, None if it cannot be read."""
        try:
            return self.file(path).content()
        except SourceError:
            return None

    def within(self, path: str) -> bool:
        """Whether a path lies in the repository, where one is known; then what lies outside is not read."""
        if self._root is None:
            return True
        real = os.path.realpath(path)
        root = os.path.realpath(self._root)
        return real == root or real.startswith(root.rstrip(os.sep) + os.sep)

    @cached_property
    def everything(self) -> list[SourceFile]:
        """The configuration files of the whole repository, as far as it is known, and those given."""
        found = dict.fromkeys(file for file in self.given if is_configuration(file.path.name))
        for file in () if self._repository is None else self._repository():
            path = os.fspath(file.path)
            if is_configuration(base(path)):
                found.setdefault(self._files.setdefault(path, file))
        return list(found)


def join(folder: str, name: str) -> str:
    """Join a folder and a relative path, without ``..`` in what comes out."""
    return os.path.normpath(os.path.join(folder, name))  # noqa: PTH118


def folder_of(path: str) -> str:
    """Return the folder that a file lies in."""
    return os.path.dirname(path)  # noqa: PTH120


def base(path: str) -> str:
    """Return a file's own name."""
    return os.path.basename(path)  # noqa: PTH119


def _names(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.is_file()]
    except (OSError, ValueError):
        return []


def _marked(file: SourceFile) -> bool:
    try:
        return file.marked()
    except SourceError:
        return True
