"""What git ignores, by the ``.gitignore`` files of the folders walked and of those above them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from bedrock_cmk_guard.repository import repository_of

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILE = ".gitignore"
_TOO_LONG = 1024 * 1024


class Ignored(NamedTuple):
    """The rules of one folder and of those above it, the nearest first."""

    folder: str
    spec: GitIgnoreSpec
    above: Ignored | None

    def matches(self, path: str, *, is_folder: bool) -> bool:
        """Whether git ignores a path; the nearest file that has a rule for it decides."""
        rules: Ignored | None = self
        while rules:
            name = os.path.relpath(path, rules.folder).replace(os.sep, "/")
            decided = rules.spec.check_file(f"{name}/" if is_folder else name).include
            if decided is not None:
                return decided
            rules = rules.above
        return False


def rules_of(folder: str, above: Ignored | None) -> Ignored | None:
    """Return the rules that hold in a folder, which has an ignore file of its own if that can be read."""
    return _read(os.path.join(folder, IGNORE_FILE), folder, above)  # noqa: PTH118 - strings, for speed


def rules_above(folder: str) -> Ignored | None:
    """Return the rules that hold in a folder by the repository that it is in."""
    root = repository_of(folder)
    if root is None:
        return None
    found = _read(os.path.join(root, ".git", "info", "exclude"), root, None)  # noqa: PTH118
    between = []
    while folder != root:
        folder = os.path.dirname(folder)  # noqa: PTH120
        between.append(folder)
    for here in reversed(between):
        found = rules_of(here, found)
    return found


def _read(path: str, folder: str, above: Ignored | None) -> Ignored | None:
    try:
        with open(path, "rb") as stream:  # noqa: PTH123
            text = stream.read(_TOO_LONG).decode("utf-8", errors="replace")
    except OSError:
        return above
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        return above
    from pathspec import GitIgnoreSpec  # only where there is something to ignore

    try:
        return Ignored(folder, GitIgnoreSpec.from_lines(lines), above)
    except ValueError:
        # A pattern that git itself does without; the others are kept.
        return Ignored(folder, GitIgnoreSpec.from_lines(filter(_is_pattern, lines)), above)


def _is_pattern(line: str) -> bool:
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True
