"""Files as templates: parsed once, with what is wrong with them."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.sources.cloudformation.template import Template
from bedrock_cmk_guard.sources.cloudformation.world import Environment
from bedrock_cmk_guard.sources.files import MAX_BYTES, SourceFile, unreadable
from bedrock_cmk_guard.subjects import Fault, FaultKind, Place
from bedrock_cmk_guard.text.decoding import decode
from bedrock_cmk_guard.text.json_reader import read_json
from bedrock_cmk_guard.text.nodes import MapNode, Node
from bedrock_cmk_guard.text.tree import Complaint, TextError, TreeBuilder
from bedrock_cmk_guard.text.yaml_reader import read_yaml

_MANIFEST = "manifest.json"
_STACK = "aws:cloudformation:stack"


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a file holds: its documents, and what is wrong with it."""

    roots: tuple[Node, ...] = ()
    faults: tuple[Fault, ...] = ()


class Loader:
    """The files of one run, each parsed once."""

    def __init__(self, files: Sequence[SourceFile], root: Path | None) -> None:
        self._files = {os.fspath(file.path): file for file in files}
        self._root = None if root is None else os.path.realpath(root)
        self._parsed: dict[str, Parsed] = {}
        self.nested: set[str] = set()
        """The paths of the templates that others nest."""
        self.faults: dict[str, list[Fault]] = {}

    def parsed(self, file: SourceFile) -> Parsed:
        """Return what a file holds."""
        path = os.fspath(file.path)
        found = self._parsed.get(path)
        if found is None:
            found = self._parsed[path] = parse(file)
        return found

    def load(self, template: Template, name: str) -> Template | str:
        """Find the template that another one nests; the reason, where it cannot be had."""
        path = os.path.normpath(template.path.parent / name)
        real = os.path.realpath(path)
        if self._root is not None and not (real + os.sep).startswith(self._root + os.sep):
            return f"{name} is outside of the repository"
        if not os.path.isfile(path):  # noqa: PTH113 - strings, as everywhere here
            return f"there is no file {name}"
        file = self._files.get(path)
        if file is None:
            parent = self._files.get(os.fspath(template.path))
            file = parent.sibling(Path(path)) if parent else SourceFile(path, path)
            self._files[path] = file
        parsed = self.parsed(file)
        if parsed.faults:
            return f"{file.shown}: {parsed.faults[0].message}"
        root = parsed.roots[0] if parsed.roots else None
        if not isinstance(root, MapNode):
            return f"{file.shown} is no template"
        self.nested.add(path)
        return Template(file.path, file.shown, root)


def parse(file: SourceFile) -> Parsed:
    """Read a file as YAML or JSON. What is wrong with it is a fault."""
    try:
        content = file.content()
    except SourceError as problem:
        return Parsed(faults=(unreadable(file.shown, str(problem)),))
    tree = TreeBuilder()
    try:
        text = decode(content, file.shown, MAX_BYTES)
        is_json = text.lstrip()[:1] in ("{", "[") and file.shown.endswith((".json", ".template"))
        (read_json if is_json or file.shown.endswith(".json") else read_yaml)(text, file.shown, tree)
    except TextError as problem:
        return Parsed(faults=tuple(map(_fault, problem.complaints)))
    except RecursionError:
        return Parsed(faults=(unreadable(file.shown, "it is nested too deep"),))
    return Parsed(tuple(tree.roots), tuple(map(_fault, tree.complaints)))


def environment_of(path: Path) -> Environment:
    """Where a stack is made, by the manifest that the CDK writes beside its template.

    Source: the cloud assembly's schema, aws-cdk-lib/cloud-assembly-schema.
    """
    try:
        manifest = json.loads(SourceFile(path.parent / _MANIFEST, _MANIFEST).content())
        artifacts = manifest["artifacts"].values()
        for each in artifacts:
            if each.get("type") == _STACK and each["properties"]["templateFile"] == path.name:
                account, _, region = each["environment"].removeprefix("aws://").partition("/")
                return Environment(_known(account), _known(region))
    except (SourceError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Environment()
    return Environment()


def _known(word: str) -> str | None:
    return None if not word or word.startswith("unknown-") else word


def _fault(complaint: Complaint) -> Fault:
    where = ".".join(map(str, complaint.path))
    message = f"{where}: {complaint.message}" if where else f"it {complaint.message}"
    place = complaint.place
    # A limit has no line of its own.
    known = place if place.line > 0 else Place(place.file)
    return Fault(FaultKind.SYNTAX, message, known)
