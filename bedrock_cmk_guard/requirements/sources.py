"""Where requirements are read from: files, the files they name, and files inside installed packages."""

from __future__ import annotations

import glob
import importlib.util
import os
import re
from collections.abc import Hashable
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath
from typing import Protocol

from bedrock_cmk_guard.errors import Problem, RequirementsError
from bedrock_cmk_guard.repository import repository_root
from bedrock_cmk_guard.requirements.reader import MAX_BYTES

_PACKAGE = re.compile(r"package:(?P<package>[A-Za-z_][A-Za-z0-9_]*)/(?P<file>.+)", re.ASCII)
_MAX_INCLUDED = 1000


class ReferencedFileError(ValueError):
    """What ``extends`` or ``include`` names cannot be had; the text says why."""


class Source(Protocol):
    """Something that requirements are read from."""

    @property
    def name(self) -> str:
        """What messages call it."""

    def identity(self) -> Hashable:
        """Equal for two names of the same file."""

    def read(self) -> bytes | str:
        """Its content."""

    def extended(self, reference: str) -> Source:
        """What an ``extends`` in it names."""

    def included(self, pattern: str) -> list[Source]:
        """What one item of an ``include`` in it names."""


@dataclass(frozen=True)
class FileSource:
    """A file on disk."""

    path: Path

    @property
    def name(self) -> str:
        """The path as it was given."""
        return str(self.path)

    def identity(self) -> Hashable:
        """The path without symbolic links."""
        return os.path.realpath(self.path)

    def read(self) -> bytes:
        """The file's bytes, no more of them than requirements may have."""
        try:
            with self.path.open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            reason = "there is no such file; `bedrock-cmk-guard init` writes one to start from"
        except OSError as error:
            reason = f"cannot be read: {error.strerror or error}"
        except ValueError as error:
            reason = f"is not a path: {error}"
        raise RequirementsError([Problem((), reason, self.name)])

    def extended(self, reference: str) -> Source:
        """A file beside this one, or one in an installed package."""
        if reference.startswith("package:"):
            return _packaged(reference)
        found = self._beside(reference)
        if not found.path.is_file():
            raise ReferencedFileError(f"there is no file {found.name}")
        return found

    def included(self, pattern: str) -> list[Source]:
        """The files beside this one that fit the pattern, in order of name."""
        _check_relative(pattern)
        if not glob.has_magic(pattern):
            return [self.extended(pattern)]
        folder = self.path.parent
        try:
            # pathlib's patterns do not go round in circles of symbolic links, as glob's do.
            found = sorted(path.relative_to(folder) for path in folder.glob(pattern) if path.is_file())
        except (OSError, ValueError) as error:
            raise ReferencedFileError(f"{pattern!r} cannot be looked up: {error}") from None
        hidden = Path(pattern).name.startswith(".")
        files: list[Source] = [self._beside(str(path)) for path in found if hidden or path.name[0] != "."]
        if not files:
            raise ReferencedFileError(f"no file fits {pattern!r}")
        if len(files) > _MAX_INCLUDED:
            raise ReferencedFileError(f"more than {_MAX_INCLUDED:,} files fit {pattern!r}")
        return files

    def _beside(self, reference: str) -> FileSource:
        _check_relative(reference)
        path = Path(os.path.normpath(self.path.parent / reference))
        # What is written as .. was meant; what a symbolic link makes of a path may not have been.
        real = Path(os.path.realpath(path))
        plain = Path(os.path.normpath(Path(os.path.realpath(self.path.parent)) / reference))
        home = repository_root(self.path.parent) or Path(os.path.realpath(self.path.parent))
        if real != plain and not real.is_relative_to(home):
            raise ReferencedFileError(f"{path} leads out of {home} by a symbolic link")
        return FileSource(path)


@dataclass(frozen=True)
class PackageSource:
    """A file inside an installed Python package."""

    package: str
    file: PurePosixPath

    @property
    def name(self) -> str:
        """The reference that names it."""
        return f"package:{self.package}/{self.file}"

    def identity(self) -> Hashable:
        """The reference that names it."""
        return self.name

    def read(self) -> bytes:
        """The file's bytes."""
        try:
            with _resources(self.package).joinpath(*self.file.parts).open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError as error:
            reason = f"cannot be read: {error.strerror or error}"
            raise RequirementsError([Problem((), reason, self.name)]) from None

    def extended(self, reference: str) -> Source:
        """A file of the same package, or of another."""
        if reference.startswith("package:"):
            return _packaged(reference)
        _check_relative(reference)
        return _packaged(f"package:{self.package}/{self.file.parent / reference}")

    def included(self, pattern: str) -> list[Source]:
        """One file of the package; patterns are not looked up in packages."""
        if glob.has_magic(pattern):
            raise ReferencedFileError("a file in a package can include files by name only, not by pattern")
        return [self.extended(pattern)]


@dataclass(frozen=True)
class TextSource:
    """Text that is in memory already."""

    name: str
    text: str

    def identity(self) -> Hashable:
        """Nothing else is the same text."""
        return id(self)

    def read(self) -> str:
        """The text."""
        return self.text

    def extended(self, reference: str) -> Source:
        """A file of an installed package; there is no folder to look in."""
        if reference.startswith("package:"):
            return _packaged(reference)
        raise ReferencedFileError("these requirements are not in a file, so only package:… can be named")

    def included(self, pattern: str) -> list[Source]:
        """As :meth:`extended`."""
        return [self.extended(pattern)]


def _check_relative(reference: str) -> None:
    if not reference or "\0" in reference:
        raise ReferencedFileError("names no file")
    if Path(reference).is_absolute() or reference.startswith("~"):
        raise ReferencedFileError(f"{reference!r} is to be a path relative to this file")


def _packaged(reference: str) -> PackageSource:
    match = _PACKAGE.fullmatch(reference)
    file = PurePosixPath(os.path.normpath(match["file"]).replace(os.sep, "/")) if match else PurePosixPath()
    if match is None or file.is_absolute() or ".." in file.parts or "\0" in reference:
        raise ReferencedFileError(f"{reference!r} is to be written package:NAME/FILE, the name without dots")
    source = PackageSource(match["package"], file)
    if not _resources(source.package).joinpath(*file.parts).is_file():
        raise ReferencedFileError(f"the package {source.package!r} has no file {str(file)!r}")
    return source


def _resources(package: str) -> Traversable:
    """The files of a package, found without importing it: reading requirements must not run its code."""
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        # __main__ and other modules that were made without a specification.
        spec = None
    if spec is None or spec.loader is None or spec.submodule_search_locations is None:
        raise ReferencedFileError(f"there is no installed package {package!r}")
    reader = getattr(spec.loader, "get_resource_reader", lambda _: None)(package)
    if reader is None:
        raise ReferencedFileError(f"the package {package!r} cannot be looked into")
    files = reader.files()
    assert isinstance(files, Traversable)
    return files
