"""The manifest: what a folder of rendered files consists of, so that the next rendering knows its own.

It lies in ``manifest.json`` at the folder's root. The digests tell a file we wrote from one that somebody else
wrote or edited; the keys tell which have left the requirements since.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from bedrock_cmk_guard.errors import RenderError
from bedrock_cmk_guard.iam import Json
from bedrock_cmk_guard.render.layout import laid_out
from bedrock_cmk_guard.render.names import require_module_name, require_safe_path

MANIFEST = "manifest.json"
_GENERATOR = "bedrock-cmk-guard"
_SCHEMA_VERSION = 1
_DIGEST = re.compile(r"[0-9a-f]{64}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_ADDRESS = re.compile(r"aws_kms_(key|external_key)\.[A-Za-z_][A-Za-z0-9_-]*")

Digests = Mapping[str, str]
Resource = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class ModuleEntry:
    """What the manifest says of one module. ``keys`` and ``retired`` map Terraform addresses to aliases."""

    account: str
    regions: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()
    resources: tuple[Resource, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    retired: Mapping[str, str] = field(default_factory=dict)
    files: Digests = field(default_factory=dict)

    def to_json(self) -> Json:
        """The entry as JSON."""
        return {
            "account": self.account,
            "regions": list(self.regions),
            "prerequisites": list(self.prerequisites),
            "resources": [dict(resource) for resource in self.resources],
            "keys": dict(sorted(self.keys.items())),
            "retired": dict(sorted(self.retired.items())),
            "files": dict(sorted(self.files.items())),
        }


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a folder consists of.

    ``interrupted`` is empty but while files are being written: then it holds the digests that files may still
    have from before, so that a run that was broken off leaves no file that the next one takes for foreign.
    """

    modules: Mapping[str, ModuleEntry] = field(default_factory=dict)
    files: Digests = field(default_factory=dict)
    interrupted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def digests(self) -> dict[str, set[str]]:
        """Every digest under which each path is known as ours."""
        known: dict[str, set[str]] = {path: set(digests) for path, digests in self.interrupted.items()}
        for files in (self.files, *(module.files for module in self.modules.values())):
            for path, digest in files.items():
                known.setdefault(path, set()).add(digest)
        return known

    def paths(self) -> tuple[str, ...]:
        """Every path that the folder consists of, each once."""
        files = chain(self.files, *(module.files for module in self.modules.values()))
        return tuple(dict.fromkeys(files))

    def interrupted_after(self, known: Mapping[str, Iterable[str]]) -> Manifest:
        """Return this manifest as it stands while its files are being written over those known before."""
        return replace(
            self, interrupted={path: tuple(sorted(digests)) for path, digests in sorted(known.items())}
        )

    def text(self) -> str:
        """The manifest as it is written."""
        data: dict[str, Json] = {
            "generator": _GENERATOR,
            "schema_version": _SCHEMA_VERSION,
            "modules": {name: self.modules[name].to_json() for name in sorted(self.modules)},
            "files": dict(sorted(self.files.items())),
        }
        if self.interrupted:
            data["interrupted"] = {path: list(digests) for path, digests in self.interrupted.items()}
        return laid_out(data, step=" ").json() + "\n"


def load_manifest(folder: Path) -> Manifest | None:
    """Read the manifest of a folder; None where there is none yet."""
    path = folder / MANIFEST
    try:
        if path.is_symlink():
            raise RenderError(f"{path} is a symbolic link, which is not followed: remove it")
        return parse_manifest(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as problem:
        raise RenderError(f"cannot read {path}: {problem}") from None
    except (ValueError, RecursionError) as problem:
        raise RenderError(
            f"{path} is not a manifest that bedrock-cmk-guard wrote ({problem}); choose another folder, or restore "
            "the file from version control: without it, keys that have left the requirements are not known"
        ) from None


def parse_manifest(text: str) -> Manifest:
    """Read the text of a manifest strictly; what is wrong is a ``ValueError``."""
    data = json.loads(text)
    if not isinstance(data, dict) or data.get("generator") != _GENERATOR:
        raise ValueError(f'it has no "generator": "{_GENERATOR}"')
    if data.get("schema_version") != _SCHEMA_VERSION:
        raise ValueError(
            f'its "schema_version" is not {_SCHEMA_VERSION}: another version of the program wrote it'
        )
    modules = {name: _module(name, entry) for name, entry in _mapping(data.get("modules"), "modules").items()}
    interrupted = {
        _path(path): tuple(_digest(digest, path) for digest in _list(digests, path))
        for path, digests in _mapping(data.get("interrupted", {}), "interrupted").items()
    }
    return Manifest(modules, _files(data.get("files")), interrupted)


def _module(name: str, data: Json) -> ModuleEntry:
    _checked(require_module_name, name)
    entry = _mapping(data, name)
    account = _text(entry.get("account"), "account")
    if not _ACCOUNT.fullmatch(account):
        raise ValueError(f"{name}: {account!r} is no account id")
    return ModuleEntry(
        account=account,
        regions=tuple(_text(each, "regions") for each in _list(entry.get("regions"), "regions")),
        prerequisites=tuple(_text(each, "prerequisites") for each in _list(entry.get("prerequisites"), name)),
        resources=tuple(_mapping(each, "resources") for each in _list(entry.get("resources"), "resources")),
        keys=_addresses(entry.get("keys")),
        retired=_addresses(entry.get("retired")),
        files=_files(entry.get("files")),
    )


def _addresses(data: Json) -> dict[str, str]:
    found = {address: _text(alias, address) for address, alias in _mapping(data, "keys").items()}
    for address in found:
        if not _ADDRESS.fullmatch(address):
            raise ValueError(f"{address!r} is no address of a key")
    return found


def _files(data: Json) -> dict[str, str]:
    return {_path(path): _digest(digest, path) for path, digest in _mapping(data, "files").items()}


def _path(path: str) -> str:
    _checked(require_safe_path, path)
    return path


def _checked(check: Callable[[str], None], value: str) -> None:
    try:
        check(value)
    except RenderError as problem:
        raise ValueError(str(problem)) from None


def _digest(value: Json, path: str) -> str:
    digest = _text(value, path)
    if not _DIGEST.fullmatch(digest):
        raise ValueError(f"{path}: {digest!r} is no SHA-256 digest")
    return digest


def _mapping(value: Json, what: str) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise ValueError(f"{what}: this should be an object")
    return value


def _list(value: Json, what: str) -> list[Json]:
    if not isinstance(value, list):
        raise ValueError(f"{what}: this should be a list")
    return value


def _text(value: Json, what: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{what}: this should be text")
    return value
