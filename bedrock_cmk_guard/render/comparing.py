"""Comparing a rendering with a folder: what writing it would change, as a unified diff. Nothing is written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from difflib import unified_diff
from itertools import islice
from pathlib import Path

from bedrock_cmk_guard.render.folder import Folder
from bedrock_cmk_guard.render.manifest import MANIFEST, Manifest, load_manifest
from bedrock_cmk_guard.render.rendering import Rendering

MOST_LINES = 1_000
_LONGEST_LINE = 500
# Comparing lines takes time that grows with the square of their number.
_MOST_TEXT = 400_000


@dataclass(frozen=True, slots=True)
class Drift:
    """How a folder differs from what would be rendered; ``paths`` is empty where it does not."""

    paths: tuple[str, ...]
    diff: str


def check(rendering: Rendering, out: Path) -> Drift:
    """Compare the set of paths and the bytes of every file that is ours with what would be rendered."""
    folder = Folder(out)
    paths: list[str] = []
    diffs: list[str] = []
    room = MOST_LINES
    for path, old, new in _differences(rendering, folder):
        paths.append(path)
        lines = list(islice(_diff(path, old, new), room + 1))
        room -= len(lines)
        if room >= 0:
            diffs += lines
    if room < 0:
        diffs.append(f"… the diff is longer than {MOST_LINES:,} lines; these files differ:\n")
        diffs += [f"  {path}\n" for path in islice(paths, MOST_LINES)]
    return Drift(tuple(paths), "".join(diffs))


def _differences(rendering: Rendering, folder: Folder) -> Iterator[tuple[str, bytes | None, bytes | None]]:
    ours = set()
    for file in rendering.files():
        ours.add(file.path)
        old, new = folder.read(file.path), file.data
        if old != new:
            yield file.path, old, new
    kept = {path for name in rendering.kept for path in rendering.previous.modules[name].files}
    if rendering.partial:
        kept.update(rendering.previous.files)
    before = load_manifest(folder.root) or Manifest()
    for path in sorted(before.digests().keys() - ours - kept):
        if (old := folder.read(path)) is not None:
            yield path, old, None


def _diff(path: str, old: bytes | None, new: bytes | None) -> Iterator[str]:
    before, after = _lines(path, old), _lines(path, new)
    names = (f"a/{path}" if old is not None else "/dev/null", f"b/{path}" if new is not None else "/dev/null")
    if len(old or b"") + len(new or b"") > _MOST_TEXT and path == MANIFEST:
        yield from (
            f"--- {names[0]}\n",
            f"+++ {names[1]}\n",
            f"  {len(before):,} lines become {len(after):,}\n",
        )
        return
    if before == after:
        yield f"{path}: only the white space differs\n"
    for line in unified_diff(before, after, *names):
        yield _short(line)


def _lines(path: str, data: bytes | None) -> list[str]:
    """Split a file into lines; JSON in one line is laid out, so that one sees what differs."""
    text = (data or b"").decode("utf-8", "replace")
    if path.startswith("json/"):
        with suppress(ValueError):
            text = json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"
    return text.splitlines(keepends=True)


def _short(line: str) -> str:
    line = line.rstrip("\n")
    return (line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…") + "\n"
