"""Where the code of a called module lies: beside the caller, or where ``terraform init`` has put it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping

from bedrock_cmk_guard.sources.terraform.library import Library, join

_LOCAL = ("./", "../")
MANIFEST = ".terraform/modules/modules.json"
_SOURCE = re.compile(
    rb"""\bsource"?\s*[=:]\s*"(?:\$\{path\.(?:module|root)\}/)?(\.{1,2}(?:/[^"$\\\n]*)?)\"""", re.VERBOSE
)


def is_local(source: str) -> bool:
    """Whether a module is called by a path."""
    return source.startswith(_LOCAL) or source in (".", "..")


def local_sources(content: bytes) -> list[str]:
    """Find, byte by byte, what looks like the path of a called module."""
    return [match[1].decode("utf-8", "replace") for match in _SOURCE.finditer(content)]


class Installed:
    """The modules that ``terraform init`` has put beside a root."""

    def __init__(self, library: Library, root: str) -> None:
        self._root = root
        self._folders = _manifest(library.content(join(root, MANIFEST)))

    def folder(self, names: tuple[str, ...]) -> str | None:
        """Return the folder of the module that these calls lead to, None where it is not there."""
        relative = self._folders.get(".".join(names))
        if relative is None:
            return None
        folder = join(self._root, relative)
        return folder if os.path.isdir(folder) else None  # noqa: PTH112

    def folders(self) -> list[str]:
        """Return all of their folders."""
        return [join(self._root, relative) for relative in self._folders.values()]


def _manifest(content: bytes | None) -> Mapping[str, str]:
    """Terraform's list of what it downloaded: ``{"Modules": [{"Key": "a.b", "Dir": "…"}]}``."""
    if content is None:
        return {}
    try:
        modules = json.loads(content)["Modules"]
        return {entry["Key"]: entry["Dir"] for entry in modules if entry["Key"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
