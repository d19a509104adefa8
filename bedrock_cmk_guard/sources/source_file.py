"""A file that is read: its bytes, how the user named it, and what it is. Nothing here parses."""

from __future__ import annotations

import os
import stat
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.sources.marks import MARKS, NESTING, WIDE, holds

if TYPE_CHECKING:
    from bedrock_cmk_guard.subjects import Fault

MAX_BYTES = 16 * 1024 * 1024
"""Above this no code is written by hand, and parsing it would hold up a commit."""
MAX_PLAN_BYTES = 128 * 1024 * 1024
"""Plans are written by a program, and large ones are usual."""
MAX_SEARCHED = 512 * 1024 * 1024
"""Above this a file is not even searched."""
_PLAN = (b'"terraform_version"', b'"format_version"')
_CHUNK = 1024 * 1024
_OVERLAP = 64
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


class Kind(Enum):
    """What a file is, so that the source is known that reads it."""

    TERRAFORM = "terraform"
    """Terraform or OpenTofu code, native or JSON."""
    TFVARS = "tfvars"
    """Values for Terraform's variables."""
    CLOUDFORMATION = "cloudformation"
    """A template, YAML or JSON, that may declare something to judge, itself or by one below it."""
    PLAN = "plan"
    """What ``terraform show -json`` writes of a plan or a state."""
    STATE = "state"
    """A state as Terraform keeps it."""
    OTHER = "other"
    """Nothing to judge."""


_TERRAFORM = (".tf", ".tofu", ".tf.json", ".tofu.json")
_TFVARS = (".tfvars", ".tfvars.json")
_DATA = (".yaml", ".yml", ".json", ".template")
ENDINGS = (*_TERRAFORM, *_TFVARS, *_DATA)
"""The names that are read end in one of these."""


class SourceFile:
    """A file that is read: its bytes, and how the user named it."""

    __slots__ = ("_content", "_kind", "_name", "_path", "named", "shown")

    def __init__(
        self, path: str | Path, shown: str, *, named: bool = False, content: bytes | None = None
    ) -> None:
        """``named`` tells that the user gave the file itself; ``content`` stands for what is in no file."""
        self._name = os.fspath(path)
        self._path: Path | None = None
        self._content = content
        self._kind: Kind | None = None
        self.shown = shown
        self.named = named

    @property
    def path(self) -> Path:
        """The file's absolute path."""
        if self._path is None:
            self._path = Path(self._name)
        return self._path

    @property
    def folder(self) -> str:
        """The folder that it lies in, as text."""
        return self._name.rpartition(os.sep)[0] or os.sep

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SourceFile) and other._name == self._name

    def __hash__(self) -> int:
        return hash(self._name)

    def __repr__(self) -> str:
        return f"SourceFile({self.shown!r})"

    def content(self, limit: int = MAX_BYTES) -> bytes:
        """Return its bytes, read once. Raises ``SourceError`` if they cannot be read or are more than the limit."""
        if self._content is None:
            self._content = _read(self._name, self.shown, limit)
        if len(self._content) > limit:
            raise _too_large(self.shown, len(self._content), limit)
        return self._content

    def peek(self) -> bytes:
        """Return its bytes without keeping them. Raises ``SourceError`` as ``content`` does."""
        return _read(self._name, self.shown, MAX_BYTES) if self._content is None else self._content

    def kind(self) -> Kind:
        """Return what it is: code by its name, templates and plans by what they hold. Raises ``SourceError``."""
        if self._kind is None:
            self._kind = kind_of_name(self._name) or self._kind_of_content()
        return self._kind

    def set_kind(self, kind: Kind) -> None:
        """Say what it is, where its name and its content do not."""
        self._kind = kind

    def marked(self, marks: tuple[bytes, ...] = MARKS) -> bool:
        """Whether it may declare something to judge. Raises ``SourceError`` if it cannot be read.

        What it reads is kept only where something was found, so that a large tree takes no memory.
        """
        if self._content is not None:
            return holds(self._content, marks)
        found = _search(self._name, self.shown, marks)
        if isinstance(found, bytes):
            self._content = found
        return found is not False

    def sibling(self, path: Path) -> SourceFile:
        """Return another file, named as the user would name it who named this one."""
        relative = os.path.relpath(path, self.folder)
        shown = os.path.normpath(os.path.join(os.path.dirname(self.shown), relative))  # noqa: PTH118, PTH120
        if os.path.isabs(self.shown):  # noqa: PTH117
            shown = os.fspath(path)
        return SourceFile(path, shown.replace(os.sep, "/"))

    def _kind_of_content(self) -> Kind:
        json = self._name.endswith((".json", ".template"))
        # A plan that somebody names is read, whatever it holds: it may be cut off before anything that matters.
        marks = (*MARKS, *NESTING, *_PLAN) if json and self.named else (*MARKS, *NESTING)
        if not self.marked(marks):
            return Kind.OTHER
        return kind_of_holder(self.content(MAX_PLAN_BYTES) if json else self.content(), may_be_plan=json)


def kind_of_name(name: str) -> Kind | None:
    """Return what a file is by its name alone; None where its content tells, or nothing does."""
    if name.endswith(_TERRAFORM):
        return Kind.TERRAFORM
    if name.endswith(_TFVARS):
        return Kind.TFVARS
    return None


def kind_of_holder(content: bytes, *, may_be_plan: bool) -> Kind:
    """Return what a file of data is by what it holds: a plan, a state, a template, or something else."""
    if may_be_plan and holds(content, _PLAN) and not holds(content, (b'"Resources"',)):
        return Kind.STATE if holds(content, (b'"lineage"',)) else Kind.PLAN
    if holds(content, (b"Resources",)) and holds(content, (b"AWS::",)):
        return Kind.CLOUDFORMATION
    return Kind.OTHER


def unreadable(file: str, message: str) -> Fault:
    """Return the fault that a file or folder cannot be read."""
    from bedrock_cmk_guard.subjects import Fault, FaultKind, Place

    return Fault(FaultKind.UNREADABLE, message, Place(file))


def _too_large(shown: str, size: int, limit: int) -> SourceError:
    return SourceError(f"{shown}: too large to be read: {size:,} bytes, and the limit is {limit:,}")


def _open(name: str, shown: str) -> tuple[int, int]:
    """Open a regular file, and return its descriptor and size. A pipe must not make anybody wait."""
    try:
        descriptor = os.open(name, _FLAGS)
    except (OSError, ValueError) as problem:
        raise _cannot(shown, problem) from None
    status = os.fstat(descriptor)
    if stat.S_IFMT(status.st_mode) != stat.S_IFREG:
        os.close(descriptor)
        raise SourceError(f"cannot read {shown}: it is no regular file")
    return descriptor, status.st_size


def _cannot(shown: str, problem: OSError | ValueError) -> SourceError:
    return SourceError(f"cannot read {shown}: {getattr(problem, 'strerror', None) or problem}")


def _read(name: str, shown: str, limit: int) -> bytes:
    descriptor, size = _open(name, shown)
    try:
        if size > limit:
            raise _too_large(shown, size, limit)
        content = os.read(descriptor, max(size, 4096) + 1)
        # Nearly always that is all; what grows meanwhile, or says that it is empty, is read on.
        while len(content) > size and (more := os.read(descriptor, 65536)):
            content += more
        return content
    except OSError as problem:
        raise _cannot(shown, problem) from None
    finally:
        os.close(descriptor)


def _search(name: str, shown: str, marks: tuple[bytes, ...]) -> bytes | bool:
    """Return the content of a marked file, True for one too large to hold, False where there is no mark."""
    descriptor, size = _open(name, shown)
    try:
        if size > MAX_SEARCHED:
            raise _too_large(shown, size, MAX_SEARCHED)
        if size > _CHUNK:
            return _search_parts(descriptor, marks)
        content = os.read(descriptor, size + 1 if size else _CHUNK)
        return content if holds(content, marks) else False
    except OSError as problem:
        raise _cannot(shown, problem) from None
    finally:
        os.close(descriptor)


def _search_parts(descriptor: int, marks: tuple[bytes, ...]) -> bool:
    before = b""
    wide = b""
    while part := os.read(descriptor, _CHUNK):
        if not before and part.startswith(WIDE):
            wide = part[:2]
        if holds(wide + before + part, marks):
            return True
        before = part[-_OVERLAP:]
    return False
