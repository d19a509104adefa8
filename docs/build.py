"""Write the reference pages below docs/, from the code that they describe.

    python docs/build.py [--out DIR] [--check]

With ``--check`` nothing is written: what would change is printed as a diff, and the exit status is 1 if
anything would.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from docs.pages import cli, controls, lint, policies, requirements, scale, surfaces

DOCS = Path(__file__).resolve().parent
COMMAND = "make generated"


def pages() -> Mapping[str, str]:
    """Every page by its path below docs/."""
    return {
        **policies.pages(),
        **controls.pages(),
        "requirements.md": requirements.page(),
        "surfaces.md": surfaces.page(),
        "cli.md": cli.page(),
        "lint.md": lint.page(),
        "scale.md": scale.page(),
    }


def current(folder: Path) -> Mapping[str, str]:
    """What is there now, of the pages that this program writes."""
    found = [folder / name for name in ("requirements.md", "surfaces.md", "cli.md", "lint.md", "scale.md")]
    found += sorted(path for name in ("policies", "controls") for path in (folder / name).glob("*.md"))
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in found
        if path.exists()
    }


def drift(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """What would change, as a unified diff."""
    return "".join(
        line if line.endswith("\n") else f"{line}\n"
        for name in sorted({*old, *new})
        for line in difflib.unified_diff(
            old.get(name, "").splitlines(keepends=True),
            new.get(name, "").splitlines(keepends=True),
            f"docs/{name} (is)" if name in old else "/dev/null",
            f"docs/{name} (should be)" if name in new else "/dev/null",
        )
    )


def write(folder: Path, old: Mapping[str, str], new: Mapping[str, str]) -> None:
    """Write the pages that differ and delete those that no longer have a subject."""
    for name in new:
        if old.get(name) != new[name]:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(new[name], encoding="utf-8", newline="\n")
            print(f"wrote docs/{name}")
    for name in old.keys() - new.keys():
        (folder / name).unlink()
        print(f"deleted docs/{name}")


def main() -> int:
    """Write or check the pages."""
    parser = argparse.ArgumentParser(description="Write the reference pages below docs/.")
    parser.add_argument("--out", type=Path, default=DOCS, help="the folder to write to or to compare with")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if anything would change")
    arguments = parser.parse_args()
    old, new = current(arguments.out), pages()
    if not arguments.check:
        write(arguments.out, old, new)
        return 0
    if difference := drift(old, new):
        print(difference, end="")
        print(f"docs/ is not what the code says; run: {COMMAND}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
