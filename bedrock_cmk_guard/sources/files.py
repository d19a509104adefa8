"""Every file below the paths that a user gives; what cannot be read is a fault, so that it becomes a finding."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.sources.ignored import IGNORE_FILE, Ignored, rules_above, rules_of
from bedrock_cmk_guard.sources.source_file import (
    ENDINGS,
    MAX_BYTES,
    MAX_PLAN_BYTES,
    Kind,
    SourceFile,
    kind_of_name,
    unreadable,
)

if TYPE_CHECKING:
    from bedrock_cmk_guard.subjects import Fault

__all__ = [
    "ENDINGS",
    "MAX_BYTES",
    "MAX_PLAN_BYTES",
    "Found",
    "Kind",
    "SourceFile",
    "kind_of_name",
    "unreadable",
    "walk",
]

VENDORED = frozenset(
    {
        ".git", ".hg", ".svn", ".terraform", ".terragrunt-cache", ".tox", ".venv", "__pycache__", "bower_components",
        "node_modules", "site-packages", "third-party", "third_party", "vendor", "vendored",
    }
)  # fmt: skip
"""Folders of other people's code, and of programs'. What is called from there is read through its caller."""
_Identity = tuple[int, int]


class Found:
    """What there is to read, what could not be read, and what was left out."""

    __slots__ = ("faults", "files", "skipped")

    def __init__(self) -> None:
        self.files: list[SourceFile] = []
        self.faults: list[Fault] = []
        self.skipped: list[str] = []
        """Folders and files of a kind that would be read, which git ignores or which are other people's."""


def walk(paths: Iterable[str | Path], *, endings: tuple[str, ...] = ENDINGS, ignore: bool = True) -> Found:
    """Find the files below some paths that end in one of ``endings``; each once, in order.

    A file given by its name is found whatever it is called and whatever ignores it; so is a folder, but not all that
    is below it. Folders of ``VENDORED`` are passed over, and with ``ignore`` what git ignores. Links to folders are
    followed where they lead to what was not walked. Raises ``SourceError`` if a path given does not exist.
    """
    walked = _Walk(endings, ignore)
    for path in paths:
        walked.start(os.fspath(path))
    walked.follow_links()
    walked.found.files = list(dict.fromkeys(walked.found.files))
    return walked.found


class _Walk:
    def __init__(self, endings: tuple[str, ...], ignore: bool) -> None:
        self.found = Found()
        self._endings = endings
        self._ignore = ignore
        self._seen: set[_Identity] = set()
        self._links: list[tuple[str, str, Ignored | None]] = []

    def start(self, given: str) -> None:
        """Take a path that the user gave."""
        path = os.path.abspath(given)  # noqa: PTH100 - strings are several times faster here than paths
        shown = os.path.normpath(given).replace(os.sep, "/")
        if os.path.isdir(path):  # noqa: PTH112
            rules = rules_above(path) if self._ignore else None
            if rules is not None and rules.matches(path, is_folder=True):
                # Somebody wants to have it read: cdk.out is ignored nearly everywhere.
                rules = None
            self._below(path, "" if shown == "." else shown, rules)
        elif os.path.lexists(path):
            self.found.files.append(SourceFile(path, shown, named=True))
        else:
            raise SourceError(f"{given}: there is no such file or folder")

    def follow_links(self) -> None:
        """Walk what links to folders lead to, if it was not walked by its own name."""
        while self._links:
            links, self._links = sorted(self._links, key=_path_of), []
            for path, shown, rules in links:
                self._below(path, shown, rules)

    def _below(self, path: str, shown: str, rules: Ignored | None) -> None:
        stack = [(path, shown, rules)]
        while stack:
            here, named, inherited = stack.pop()
            try:
                with os.scandir(here) as entries:
                    held = sorted(entries, key=_by_name)
                status = os.stat(here)  # noqa: PTH116
            except OSError as problem:
                self.found.faults.append(
                    unreadable(named or ".", f"cannot read this folder: {problem.strerror}")
                )
                continue
            identity = (status.st_dev, status.st_ino)
            if identity in self._seen:
                continue
            self._seen.add(identity)
            own = inherited
            if self._ignore and any(entry.name == IGNORE_FILE for entry in held):
                own = rules_of(here, inherited)
            folders = [entry for entry in held if self._is_folder(entry, named, own)]
            self._take_files(held, named, own)
            stack.extend((entry.path, _join(named, entry.name), own) for entry in reversed(folders))

    def _is_folder(self, entry: os.DirEntry[str], named: str, rules: Ignored | None) -> bool:
        """Whether to walk an entry now; a link to a folder is put by."""
        if entry.is_dir(follow_symlinks=False):
            walked = not self._left_out(entry, named, rules)
            if not walked and not entry.name.startswith("."):
                self.found.skipped.append(_join(named, entry.name))
            return walked
        if entry.is_symlink() and _leads_to_folder(entry) and not self._left_out(entry, named, rules):
            self._links.append((entry.path, _join(named, entry.name), rules))
        return False

    def _left_out(self, entry: os.DirEntry[str], named: str, rules: Ignored | None) -> bool:
        return entry.name in VENDORED or (rules is not None and rules.matches(entry.path, is_folder=True))

    def _take_files(self, held: list[os.DirEntry[str]], named: str, rules: Ignored | None) -> None:
        for entry in held:
            if not entry.name.endswith(self._endings) or entry.is_dir(follow_symlinks=False):
                continue
            if entry.is_symlink() and _leads_to_folder(entry):
                continue
            shown = _join(named, entry.name)
            if rules is not None and rules.matches(entry.path, is_folder=False):
                self.found.skipped.append(shown)
            else:
                self.found.files.append(SourceFile(entry.path, shown))


def _by_name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _path_of(link: tuple[str, str, Ignored | None]) -> str:
    return link[0]


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False  # a loop of links: opening it says so


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
