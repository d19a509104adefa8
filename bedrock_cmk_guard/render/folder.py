"""The output folder as it is on disk. A symbolic link in it is never followed, and nothing beside it is touched."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from bedrock_cmk_guard.errors import RenderError
from bedrock_cmk_guard.render.files import digest


class Folder:
    """A folder that rendered files are written to or compared with."""

    def __init__(self, root: Path) -> None:
        # The folder itself may be a link: whoever names it means what it leads to.
        self.root = root.resolve()
        self._prefix = f"{self.root}{os.sep}"
        self._plain: set[str] = {""}
        self._absent: set[str] = set()

    def place(self, path: str) -> str:
        """Return where a file lies; a link or a file among its folders is a ``RenderError``."""
        folder = path.rpartition("/")[0]
        if folder not in self._plain and folder not in self._absent:
            self._require_plain(folder)
        return self._prefix + path.replace("/", os.sep)

    def _require_plain(self, folder: str) -> None:
        above = folder.rpartition("/")[0]
        if above not in self._plain and above not in self._absent:
            self._require_plain(above)
        if above in self._absent:
            self._absent.add(folder)
            return
        place = self._prefix + folder.replace("/", os.sep)
        mode = _mode(place)
        if mode is not None and not stat.S_ISDIR(mode):
            kind = "a symbolic link, which is not followed" if stat.S_ISLNK(mode) else "not a folder"
            raise RenderError(f"{place} is {kind}: remove it, or choose another folder")
        (self._absent if mode is None else self._plain).add(folder)

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, or None where there is nothing; what is no plain file is a ``RenderError``."""
        place = self.place(path)
        if path.rpartition("/")[0] in self._absent:
            return None
        mode = _mode(place)
        if mode is None:
            return None
        if not stat.S_ISREG(mode):
            raise RenderError(f"{place} is not a plain file: remove it, or choose another folder")
        try:
            return Path(place).read_bytes()
        except OSError as problem:
            raise RenderError(f"cannot read {place}: {problem.strerror}") from None

    def digest(self, path: str) -> str | None:
        """Return a file's digest, or None where there is nothing."""
        data = self.read(path)
        return None if data is None else digest(data)

    def unit(self, path: str) -> str:
        """Return what is to be moved for a file to be there: it, or the highest of its folders that are not there."""
        self.place(path)
        above = path.rpartition("/")[0]
        while above in self._absent:
            path, above = above, above.rpartition("/")[0]
        return path

    def put(self, source: str, path: str) -> None:
        """Move a file, or a folder that is not there yet, to its place, which is atomic."""
        os.replace(source, self.place(path))  # noqa: PTH105 - a Path for each of many takes as long as the move
        # What was not there when the files were compared may be there now.
        self._absent.clear()

    def remove(self, path: str) -> None:
        """Delete a file, and the folders that become empty by that."""
        place = Path(self.place(path))
        place.unlink(missing_ok=True)
        for parent in place.parents:
            if parent == self.root or any(parent.iterdir()):
                return
            parent.rmdir()
            self._plain = {""}


def _mode(path: str) -> int | None:
    try:
        return os.lstat(path).st_mode
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise RenderError(f"cannot look at {path}: {problem.strerror}") from None
