"""Terraform modules that are called from a registry or a repository and are not there: nobody knows what they make.

Where nothing is to be judged Terraform's code is not parsed, so these calls are found byte by byte, in the form that
people write them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from bedrock_cmk_guard.sources.files import walk

if TYPE_CHECKING:
    from bedrock_cmk_guard.subjects import Fault

CODE = (".tf", ".tofu", ".tf.json", ".tofu.json")
_MANIFEST = os.path.join(".terraform", "modules", "modules.json")  # noqa: PTH118 - strings, for speed
# Compiled when they are first needed, which is seldom.
_CALL = rb'(?m)^[ \t]*module[ \t]+"(?P<name>[^"\n]+)"[ \t]*\{'
_NEXT = rb"(?m)^[ \t]*(?:module|resource|data|variable|output|locals|provider|terraform|moved|import|check)\b"
_SOURCE = rb'(?m)(?:^|[{\s])source[ \t]*=[ \t]*"(?P<source>[^"\n]*)"'
_COMMENTED = rb"(?:#|//)[^\n]*\Z"
_CALL_JSON = rb'"(?P<name>[^"\n]+)"\s*:\s*\[?\s*\{[^{}]*?"source"\s*:\s*"(?P<source>[^"\n]*)"'
_SCHEME = r"^(?:git::|hg::)?(?:https?://|ssh://(?:git@)?|git@)?"


class RemoteCall(NamedTuple):
    """A call of a module that does not lie beside the code."""

    file: str
    line: int
    name: str
    source: str

    def fault(self) -> Fault:
        """Return the fault that it is not there."""
        from bedrock_cmk_guard.subjects import Fault, FaultKind, Place

        return Fault(
            FaultKind.MODULE,
            f"the module {self.source} is not downloaded, so what it makes is not judged; terraform init downloads it",
            Place(self.file, self.line),
            f"module.{self.name}",
        )


def remote_calls(content: bytes, file: str) -> Iterator[RemoteCall]:
    """Find the calls in a file of Terraform code."""
    if b"module" not in content or b"source" not in content:
        return
    for name, found in _calls_json(content) if file.endswith(".json") else _calls(content):
        source = found["source"].decode("utf-8", "replace")
        if not source.startswith((".", "$")):
            line = content.count(b"\n", 0, found.start("source")) + 1
            yield RemoteCall(file, line, name.decode("utf-8", "replace"), source)


def _calls(content: bytes) -> Iterator[tuple[bytes, re.Match[bytes]]]:
    """Each call's name, and where its source is written; what is commented out is none."""
    for call in re.finditer(_CALL, content):
        following = re.compile(_NEXT).search(content, call.end())
        end = following.start() if following else len(content)
        sources = re.compile(_SOURCE).finditer(content, call.end() - 1, end)
        first = next(
            (each for each in sources if not re.search(_COMMENTED, _line_before(content, each))), None
        )
        if first is not None:
            yield call["name"], first


def _calls_json(content: bytes) -> Iterator[tuple[bytes, re.Match[bytes]]]:
    for found in re.finditer(_CALL_JSON, content):
        if b'"module"' in content[: found.start()]:
            yield found["name"], found


def _line_before(content: bytes, found: re.Match[bytes]) -> bytes:
    """What stands on the line before the source."""
    end = found.start("source") - 1
    return content[content.rfind(b"\n", 0, end) + 1 : end]


class Downloaded:
    """What ``terraform init`` has put beside the roots of a tree."""

    def __init__(self, folders: Iterable[str]) -> None:
        self._sources = {source for folder in folders for source in _sources(folder)}

    def has(self, call: RemoteCall) -> bool:
        """Whether the module that is called is there. A registry's name may stand before the module's own."""
        wanted = _plain(call.source)
        return any(each == wanted or each.endswith(f"/{wanted}") for each in self._sources)


def folders_below(folder: str) -> set[str]:
    """Return the folders of a tree that hold Terraform code, whether git ignores them or not: that is quicker."""
    return {file.folder for file in walk([folder], endings=CODE, ignore=False).files}


def module_folders(folder: str) -> Iterator[str]:
    """Return where the modules lie that ``terraform init`` has put beside a root."""
    for _, below in _downloaded(folder):
        yield os.path.normpath(os.path.join(folder, below))  # noqa: PTH118


def _sources(folder: str) -> Iterator[str]:
    for source, below in _downloaded(folder):
        if os.path.isdir(os.path.join(folder, below)):  # noqa: PTH112, PTH118
            yield _plain(source)


def _downloaded(folder: str) -> list[tuple[str, str]]:
    """The source and the folder of each module in Terraform's own list."""
    path = os.path.join(folder, _MANIFEST)  # noqa: PTH118
    if not os.path.exists(path):  # noqa: PTH110
        return []
    import json

    try:
        with open(path, "rb") as stream:  # noqa: PTH123
            modules = json.load(stream)["Modules"]
        return [(str(each["Source"]), str(each["Dir"])) for each in modules]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []


def _plain(source: str) -> str:
    return re.sub(_SCHEME, "", source).partition("?")[0].replace(".git", "").replace(":", "/")
