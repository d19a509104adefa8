"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from bedrock_cmk_guard.errors import SourceError


def write_file(path: Path, text: str) -> None:
    """Write a file at once, so that nobody finds half of it. Raises ``SourceError`` if it cannot be written."""
    try:
        if path.exists() and not path.is_file():
            # A device or a pipe, which cannot be replaced by a file.
            path.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
            return
        _replace(Path(os.path.realpath(path)), text)
    except OSError as problem:
        raise SourceError(f"cannot write {path}: {problem.strerror or problem}") from None


def _replace(path: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(text.encode("utf-8", "backslashreplace"))
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        os.chmod(name, mode)  # noqa: PTH101 - a name, not yet a path of anybody's
        os.replace(name, path)  # noqa: PTH105
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
