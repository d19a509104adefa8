"""Whether Terraform code can matter, told byte by byte: almost no commit touches an agent, and none should wait.

A file matters if its folder, or one that calls it or is called by it, and so on, holds what may declare something to
judge. More is let through than need be (a call that is commented out), never less.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.scan.remote_modules import CODE, folders_below, module_folders
from bedrock_cmk_guard.sources.marks import holds
from bedrock_cmk_guard.sources.source_file import SourceFile

# Compiled when it is first needed, which is seldom.
_LOCAL = rb'\bsource"?\s*[=:]\s*"(?:\$\{path\.(?:module|root)\}/)?(\.{1,2}(?:/[^"\n]*)?)"'


class Relevance:
    """The folders of Terraform code and the calls between them, as far as they were looked at."""

    def __init__(self, repository: Path | None) -> None:
        self._repository = repository
        self._whole: set[str] = set()
        self._marked: set[str] = set()
        self._calls: dict[str, list[str]] = {}

    def add(self, folder: str, content: bytes, *, whole: bool) -> bool:
        """Take a file into account, and return whether it may declare something by itself.

        ``whole`` says that the folder's other files are added too.
        """
        marked = holds(content)
        if whole:
            self._whole.add(folder)
        if marked:
            self._marked.add(folder)
        if b"module" in content:
            called = (os.fsdecode(each) for each in re.findall(_LOCAL, content))
            self._calls.setdefault(folder, []).extend(_join(folder, each) for each in called)
        return marked

    def matters(self, folders: Iterable[str]) -> bool:
        """Whether what is in these folders may be, or serve, something to judge."""
        given = list(dict.fromkeys(folders))
        if self._reaches(given, self._called):
            return True
        return self._repository is not None and self._reaches(given, self._neighbours())

    def _reaches(self, folders: list[str], leads_to: Callable[[str], Iterable[str]]) -> bool:
        seen = set(folders)
        pending = list(folders)
        while pending:
            folder = pending.pop()
            self._look_into(folder)
            if folder in self._marked:
                return True
            for other in leads_to(folder):
                if other not in seen:
                    seen.add(other)
                    pending.append(other)
        return False

    def _called(self, folder: str) -> Iterator[str]:
        """What a folder calls: beside it, and downloaded."""
        yield from self._calls.get(folder, ())
        yield from module_folders(folder)

    def _neighbours(self) -> Callable[[str], Iterable[str]]:
        """What each folder calls, and by whom each is called, in the whole repository."""
        for folder in folders_below(str(self._repository)):
            self._look_into(folder)
        callers: dict[str, list[str]] = {}
        for folder, called in self._calls.items():
            for each in called:
                callers.setdefault(each, []).append(folder)
        return lambda folder: (*self._called(folder), *callers.get(folder, ()))

    def _look_into(self, folder: str) -> None:
        if folder in self._whole:
            return
        self._whole.add(folder)
        for path in _code(folder):
            try:
                self.add(folder, SourceFile(path, path).peek(), whole=True)
            except SourceError:
                # It may hold anything, and reading it says that it cannot be read.
                self._marked.add(folder)


def _code(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [each.path for each in entries if each.name.endswith(CODE)]
    except OSError:
        return []


def _join(folder: str, name: str) -> str:
    return os.path.normpath(os.path.join(folder, name))  # noqa: PTH118 - strings, for speed
