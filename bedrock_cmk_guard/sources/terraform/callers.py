"""Which folders are roots: found by a byte search for who calls whom, and confirmed by reading the callers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.sources.files import SourceFile
from bedrock_cmk_guard.sources.terraform.library import Library, folder_of, join
from bedrock_cmk_guard.sources.terraform.module import Module
from bedrock_cmk_guard.sources.terraform.sources_of_modules import Installed, is_local, local_sources

_BEARING = (b"kms", b"aws_iam", b"awscc_iam")
"""What a key, or a role that uses one, is declared with: it may serve a resource that another folder declares."""


class Callers:
    """The folders of a repository and the local calls between them."""

    def __init__(self, library: Library, load: Callable[[str], Module]) -> None:
        self._library = library
        self._load = load
        self._called: dict[str, tuple[str, ...]] = {}

    def roots(self, folders: Iterable[str]) -> list[str]:
        """Return the roots that reach one of these folders and may declare something to judge, in order."""
        found: dict[str, None] = {}
        for folder in dict.fromkeys(folders):
            if self.may_judge(folder) or self._may_serve(folder):
                found.update(dict.fromkeys(self._roots_above(folder)))
        return [root for root in found if self.may_judge(root)]

    def is_called(self, folder: str) -> bool:
        """Whether another folder of the repository calls this one."""
        return any(True for _ in self._callers(folder))

    def may_judge(self, folder: str) -> bool:
        """Whether a folder, or a module below it, holds what the byte search looks for."""
        return any(map(self._library.marked, self._below(folder)))

    def _may_serve(self, folder: str) -> bool:
        for file in self._library.configuration(folder):
            content = _content(file)
            if any(word in content for word in _BEARING):
                return True
        return False

    def _below(self, folder: str) -> Iterator[str]:
        seen = {folder}
        pending = [folder, *Installed(self._library, folder).folders()]
        while pending:
            current = pending.pop()
            yield current
            for callee in self._callees(current):
                if callee not in seen:
                    seen.add(callee)
                    pending.append(callee)

    def _callees(self, folder: str) -> tuple[str, ...]:
        """What a folder seems to call: more than it does call, where a call is commented out."""
        found = self._called.get(folder)
        if found is None:
            sources = (
                join(folder, source)
                for file in self._library.configuration(folder)
                for source in local_sources(_content(file))
            )
            found = self._called[folder] = tuple(dict.fromkeys(sources))
        return found

    @cached_property
    def _seeming_callers(self) -> dict[str, list[str]]:
        callers: dict[str, list[str]] = {}
        for folder in dict.fromkeys(folder_of(os.fspath(file.path)) for file in self._library.everything):
            for callee in self._callees(folder):
                callers.setdefault(callee, []).append(folder)
        return callers

    def _callers(self, folder: str) -> Iterator[str]:
        for caller in self._seeming_callers.get(folder, ()):
            if caller != folder and folder in _confirmed(self._load(caller)):
                yield caller

    def _roots_above(self, folder: str) -> list[str]:
        """Return the roots that lead here; the folder itself, where callers only lead round in a ring."""
        roots: dict[str, None] = {}
        seen = {folder}
        pending = [folder]
        while pending:
            current = pending.pop()
            callers = list(self._callers(current))
            if not callers:
                roots[current] = None
            for caller in callers:
                if caller not in seen:
                    seen.add(caller)
                    pending.append(caller)
        return sorted(roots) or [folder]


def _confirmed(module: Module) -> set[str]:
    sources = (block.body.attributes.get("source") for block in module.calls.values())
    texts = (getattr(source.expression, "value", None) for source in sources if source)
    return {join(module.folder, text) for text in texts if isinstance(text, str) and is_local(text)}


def _content(file: SourceFile) -> bytes:
    """The bytes, not kept: nearly every file is looked at this way, and few are parsed."""
    try:
        return file.peek()
    except SourceError:
        return b""
