"""Names for what is written: Terraform identifiers, logical ids, paths. Different things never share one.

Each is made from the resource's own name alone, never from its neighbours, because an identifier that changes
is a key that is replaced. A name that the target's alphabet cannot hold as it stands gets a digest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256

from bedrock_cmk_guard.errors import RenderError

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9-]*(/[A-Za-z0-9-]+)*")
_WORD = re.compile(r"[A-Z][a-z]*|[0-9]+")
_MODULE = re.compile(r"organization|(accounts|keys|workloads)/[a-z0-9]+(-[a-z0-9]+)*")
# CloudFormation's limit for a logical id is 255, and so is that for an export's name, which contains one.
_LONGEST_CAMEL = 120
# What Windows refuses in file names, and POSIX tools take amiss.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"\\|?*]|^[ ~-]|[. ]$')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_LONGEST_PART = 255


def _digest(name: str) -> str:
    return sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]


@lru_cache(maxsize=65536)
def identifier(name: str) -> str:
    """Return the name as a Terraform identifier: ``hr-assistant/eu-central-1`` is ``hr-assistant_eu-central-1``."""
    changed = name.replace("/", "_")
    # A file that ends in _override.tf is merged into others instead of standing for itself.
    if _PLAIN.fullmatch(name) and len(name) <= 200 and not changed.endswith("_override"):
        return changed
    kept = re.sub(r"[^A-Za-z0-9-]", "_", name)[:150]
    return f"{'' if kept[:1].isalpha() else '_'}{kept}_{_digest(name)}"


@lru_cache(maxsize=65536)
def logical_id(kind: str, name: str) -> str:
    """Return a resource's logical id: ``kms_key``, ``hr/eu-central-1`` is ``KmsKeyHrInEuCentral1``."""
    words = re.split(r"[^A-Za-z0-9]+", name.replace("/", "-in-"))
    camel = "".join(word[:1].upper() + word[1:] for word in words)
    read_back = "-".join(_WORD.findall(camel)).lower().replace("-in-", "/")
    if read_back != name or len(camel) > _LONGEST_CAMEL:
        camel = camel[:_LONGEST_CAMEL] + _digest(name)
    return "".join(word.capitalize() for word in kind.split("_")) + camel


def require_module_name(name: str) -> None:
    """Raise ``RenderError`` for a module that has no place in the output."""
    if not _MODULE.fullmatch(name):
        raise RenderError(
            f"module {name!r}: a module is organization, or accounts/, keys/ or workloads/ followed by a name of "
            "a-z, 0-9 and single dashes"
        )


def require_safe_path(path: str) -> None:
    """Raise ``RenderError`` for a path that leaves the output folder, or that some system cannot hold."""
    for part in path.split("/"):
        if not part or part in (".", ".."):
            raise RenderError(f"{path!r}: this path leaves the output folder; rename what it is made from")
        if _is_unsafe(part):
            raise RenderError(
                f"{path!r}: {part!r} is no file name on every system; rename what it is made from"
            )


@lru_cache(maxsize=4096)
def _is_unsafe(part: str) -> bool:
    too_long = len(part.encode(errors="replace")) > _LONGEST_PART
    return too_long or _UNSAFE.search(part) is not None or _RESERVED.fullmatch(part) is not None


def require_distinct(paths: Iterable[str]) -> None:
    """Raise ``RenderError`` for paths that are one path where upper and lower case are the same.

    A file that another path needs as a folder is such a collision too.
    """
    seen: dict[str, str] = {}
    folders: dict[str, str] = {}
    for path in paths:
        folded = path.casefold()
        other = seen.get(folded) or folders.get(folded)
        parts = folded.split("/")
        for end in range(1, len(parts)):
            folder = "/".join(parts[:end])
            other = other or seen.get(folder)
            folders.setdefault(folder, path)
        if other is not None:
            raise RenderError(
                f"{path!r} and {other!r} would be the same file on some systems; rename one of the two"
            )
        seen[folded] = path
