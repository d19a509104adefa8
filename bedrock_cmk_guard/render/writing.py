"""Writing a rendering to a folder, so that whatever happens the folder can be brought right by rendering again.

1. Every file that differs is written to a staging folder inside the output folder, at the same path there. Nothing
   visible changes yet, and a file that is not ours, or that somebody edited, stops everything here.
2. A manifest is written that knows both the old and the new digests.
3. Each file, or a folder that is new as a whole, is moved to its place, which is atomic; files that are no longer
   rendered are deleted.
4. The final manifest is written.

Broken off before 2, nothing has happened. Broken off after it, every file is known as ours.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bedrock_cmk_guard.errors import RenderError
from bedrock_cmk_guard.render.files import RenderedFile, digest
from bedrock_cmk_guard.render.folder import Folder
from bedrock_cmk_guard.render.manifest import MANIFEST, Manifest, ModuleEntry, load_manifest
from bedrock_cmk_guard.render.rendering import Rendering

_STAGING = ".bedrock-cmk-guard.tmp"
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Written:
    """What writing did, by path, and what the folder now holds."""

    changed: tuple[str, ...]
    unchanged: int
    removed: tuple[str, ...]
    manifest: Manifest


@dataclass(slots=True)
class _Staged:
    """What is found while files are staged."""

    known: dict[str, set[str]]
    force: bool
    changed: list[str] = field(default_factory=list)
    unchanged: int = 0
    conflicts: list[str] = field(default_factory=list)


def write(rendering: Rendering, out: Path, *, force: bool = False) -> Written:
    """Make a folder hold what was rendered, and no file of ours besides.

    A file that we did not write, or that was edited since, is a ``RenderError`` that names it, and then nothing
    is changed; with ``force`` it is overwritten or deleted.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        folder = Folder(out)
        with _staging(folder) as staging:
            return _write(rendering, folder, staging, force)
    except OSError as problem:
        where = problem.filename2 or problem.filename or out
        raise RenderError(f"cannot write {where}: {problem.strerror or problem}") from None


def _write(rendering: Rendering, folder: Folder, staging: str, force: bool) -> Written:
    current = load_manifest(folder.root) or Manifest()
    staged = _Staged(current.digests(), force)
    manifest = _stage_all(rendering, folder, staging, staged)
    stale = _stale(folder, manifest, staged)
    if staged.conflicts:
        more = len(staged.conflicts) - _MOST_NAMED
        shown = staged.conflicts[:_MOST_NAMED] + ([f"… and {more} more"] if more > 0 else [])
        raise RenderError(
            "nothing was written. --force overwrites and deletes these all the same:\n  " + "\n  ".join(shown)
        )
    text = manifest.text()
    if staged.changed or stale:
        interrupted = manifest.interrupted_after(staged.known).text() if staged.known else text
        _put(folder, staging, MANIFEST, interrupted)
    for path in dict.fromkeys(map(folder.unit, staged.changed)):
        folder.put(_source(staging, path), path)
    for path in stale:
        folder.remove(path)
    if folder.read(MANIFEST) != text.encode():
        _put(folder, staging, MANIFEST, text)
    return Written(tuple(staged.changed), staged.unchanged, tuple(stale), manifest)


@contextmanager
def _staging(folder: Folder) -> Iterator[str]:
    """Make the staging folder, and clear it away afterwards; what an interrupted run left is cleared before."""
    staging = Path(folder.place(f"{_STAGING}/file")).parent
    if staging.exists():
        shutil.rmtree(staging)
    staging.mkdir()
    try:
        yield str(staging)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _stage_all(rendering: Rendering, folder: Folder, staging: str, staged: _Staged) -> Manifest:
    entries: dict[str, ModuleEntry] = {}
    for part in rendering.parts():
        digests = {file.path: _stage(file, folder, staging, staged) for file in part.files}
        entries[part.name] = replace(part.entry, files=digests)
    for file in rendering.extra:
        _stage(file, folder, staging, staged)
    return rendering.manifest(entries)


def _stage(file: RenderedFile, folder: Folder, staging: str, staged: _Staged) -> str:
    """Put a file into the staging folder if it is not in its place already, and return its digest."""
    data = file.data
    new, old = digest(data), folder.digest(file.path)
    if old == new:
        staged.unchanged += 1
        return new
    if old is not None and not staged.force:
        if file.path not in staged.known:
            staged.conflicts.append(f"{file.path} was not written by bedrock-cmk-guard")
        elif old not in staged.known[file.path]:
            staged.conflicts.append(f"{file.path} was edited since it was written")
    _write_file(_source(staging, file.path), data)
    staged.changed.append(file.path)
    return new


def _stale(folder: Folder, manifest: Manifest, staged: _Staged) -> list[str]:
    """Return the files of ours that are no longer rendered and still there."""
    stale = []
    for path in sorted(staged.known.keys() - set(manifest.paths())):
        found = folder.digest(path)
        if found is None:
            continue
        if found not in staged.known[path] and not staged.force:
            staged.conflicts.append(f"{path} is no longer rendered, and was edited since it was written")
        stale.append(path)
    return stale


def _put(folder: Folder, staging: str, path: str, text: str) -> None:
    source = _source(staging, path)
    _write_file(source, text.encode("utf-8"))
    folder.put(source, path)


def _source(staging: str, path: str) -> str:
    """Return where a file or folder lies until it is moved to its path."""
    return f"{staging}{os.sep}{path.replace('/', os.sep)}"


def _write_file(path: str, data: bytes) -> None:
    """Write a file and the folders it needs. Paths stay text: a Path for each of many files takes long."""
    try:
        with open(path, "wb") as file:  # noqa: PTH123
            file.write(data)
    except FileNotFoundError:
        Path(path).parent.mkdir(parents=True)
        _write_file(path, data)
