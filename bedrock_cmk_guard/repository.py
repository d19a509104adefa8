"""Where a repository begins, and where its requirements file is. Loads nothing that a hook would wait for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

FILE_NAME = "cmk-guard.yaml"


def find_requirements(start: Path) -> Path | None:
    """The ``cmk-guard.yaml`` of this folder, or of the nearest parent up to the repository's root.

    Outside a repository only the folder itself is looked at: nobody chose what lies in the folders above it.
    """
    folder = Path(os.path.realpath(start))
    if not folder.is_dir():
        folder = folder.parent
    root = repository_root(folder) or folder
    for place in _upwards(folder, root):
        # A dangling link counts: loading it says what is wrong, passing over it would drop every demand.
        if os.path.lexists(place / FILE_NAME):
            return place / FILE_NAME
    return None


def repository_root(folder: Path) -> Path | None:
    """The nearest folder at or above this one, links resolved, that holds a git repository."""
    root = repository_of(os.path.realpath(folder))
    return None if root is None else Path(root)


def repository_of(folder: str) -> str | None:
    """The same by an absolute name, whose links stay as they are."""
    while not os.path.lexists(os.path.join(folder, ".git")):  # noqa: PTH118 - strings, for speed
        parent = os.path.dirname(folder)  # noqa: PTH120
        if parent == folder:
            return None
        folder = parent
    return folder


def _upwards(folder: Path, root: Path) -> Iterator[Path]:
    for place in (folder, *folder.parents):
        yield place
        if place == root:
            return
