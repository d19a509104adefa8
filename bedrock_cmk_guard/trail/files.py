"""The log files: found in folders or under an S3 prefix, and looked at before anything is read of them.

What cannot be read whole is not read at all, and is told of: a trail with a gap says less than it seems to.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bedrock_cmk_guard.errors import SourceError

#: CloudTrail's own files are some tens of megabytes at most.
MAX_BYTES = 256 * 1024 * 1024
_ENDINGS = (".json", ".json.gz", ".gz")
_GZIP = b"\x1f\x8b"
_CHUNK = 1 << 20
_NOT_LOGS = {"CloudTrail-Digest": "a digest, no log", "CloudTrail-Insight": "insights, no log"}


@dataclass(frozen=True, slots=True)
class Unread:
    """What could not be read, or not be counted, and why."""

    file: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.reason}"


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file that can be read: under which name people know it, where it lies, and how."""

    name: str
    path: Path
    gzipped: bool
    size: int
    """Its bytes, unpacked."""


@dataclass(slots=True)
class Looked:
    """What was found while looking for logs."""

    unread: list[Unread] = field(default_factory=list)
    aside: list[Unread] = field(default_factory=list)
    """Files that are no logs, by their name."""


def find(places: Iterable[str], looked: Looked) -> Iterator[tuple[str, Path]]:
    """The files below folders, and those named one by one, each once and in order."""
    seen: set[Path] = set()
    for place in places:
        path = Path(place)
        if not path.exists():
            raise SourceError(f"{place}: there is no such file or folder")
        below = [path] if path.is_file() else sorted(_walk(path, looked))
        for file in below:
            real = file.resolve()
            if real in seen:
                continue
            seen.add(real)
            if file is path or is_log(str(file), looked):
                yield str(file), file


def is_log(name: str, looked: Looked) -> bool:
    """Whether a file is a log by its name; what is none is noted."""
    parts = name.replace(os.sep, "/").split("/")
    for part, why in _NOT_LOGS.items():
        if part in parts:
            looked.aside.append(Unread(name, why))
            return False
    if not name.lower().endswith(_ENDINGS):
        looked.aside.append(Unread(name, "its name does not end in .json or .json.gz"))
        return False
    return True


def looked_at(name: str, path: Path, looked: Looked) -> LogFile | None:
    """The file, if it is whole; what is not is noted."""
    try:
        with path.open("rb") as stream:
            gzipped = stream.read(2) == _GZIP
            stream.seek(0)
            chunks = iter(lambda: stream.read(_CHUNK), b"")
            size = _unpacked(chunks) if gzipped else path.stat().st_size
    except OSError as problem:
        looked.unread.append(Unread(name, problem.strerror or "it cannot be opened"))
        return None
    except (zlib.error, ValueError) as problem:
        looked.unread.append(Unread(name, str(problem)))
        return None
    if size > MAX_BYTES:
        looked.unread.append(Unread(name, f"it holds more than {MAX_BYTES // 1024**2} MB, which no log does"))
        return None
    if not size:
        looked.unread.append(Unread(name, "it is empty"))
        return None
    return LogFile(name, path, gzipped, size)


def _walk(folder: Path, looked: Looked) -> Iterator[Path]:
    def refused(problem: OSError) -> None:
        name = str(problem.filename or folder)
        looked.unread.append(Unread(name, problem.strerror or "it cannot be read"))

    for parent, _, names in os.walk(folder, onerror=refused):
        yield from (Path(parent, name) for name in names)


def _unpacked(chunks: Iterable[bytes]) -> int:
    """How many bytes a gzip stream comes to; its checksums and its end are verified. A bomb is not unpacked whole."""
    size = 0
    member = zlib.decompressobj(wbits=31)
    started = False
    for chunk in chunks:
        rest = chunk
        while rest:
            if member.eof:
                member, started = zlib.decompressobj(wbits=31), False
            started = True
            try:
                size += len(member.decompress(rest, _CHUNK))
            except zlib.error:
                raise ValueError("its gzip data is damaged") from None
            if size > MAX_BYTES:
                return size
            rest = member.unused_data if member.eof else member.unconsumed_tail
    if started and not member.eof:
        raise ValueError("its gzip data breaks off: the file is cut short")
    return size
