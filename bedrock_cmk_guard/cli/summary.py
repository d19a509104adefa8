"""What is said after rendering: how large each policy is, and how many each target has, against AWS's limits."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bedrock_cmk_guard.iam.quotas import LIMITS, Quota
from bedrock_cmk_guard.reports.table import Table, plain

if TYPE_CHECKING:
    from bedrock_cmk_guard.iam import Json
    from bedrock_cmk_guard.render import Manifest
    from bedrock_cmk_guard.requirements import Requirements

_KINDS = {
    "service_control_policy": "SCP",
    "resource_control_policy": "RCP",
    "tag_policy": "tag policy",
    "kms_key": "key policy",
    "iam_policy": "IAM policy",
    "iam_role": "role trust",
}
_SLOTS = (
    ("service_control_policy", Quota.SCP, "scp"),
    ("resource_control_policy", Quota.RCP, "rcp"),
    ("tag_policy", Quota.TAG_POLICY, "tag_policy"),
)
_PER_ACCOUNT = ("kms_key", "iam_policy", "iam_role")


@dataclass(frozen=True, slots=True)
class _Size:
    kind: str
    name: str
    size: int
    quota: int
    unit: str


def summary(manifest: Manifest, requirements: Requirements) -> tuple[Table, ...]:
    """Say how much of AWS's limits the folder's policies take, theirs by name and the accounts' by kind."""
    resources = [resource for module in manifest.modules.values() for resource in module.resources]
    sizes = list(_sizes(resources))
    tables = (
        Table("Policies", ("policy", "type", "size", "limit", "used"), tuple(_policies(sizes, requirements))),
        Table(
            "Attached per target",
            ("target", "type", "here", "others", "limit"),
            tuple(_attachments(resources, requirements)),
        ),
    )
    return tuple(table for table in tables if table.rows)


def show(tables: Iterable[Table]) -> None:
    """Print tables: ruled and coloured on a terminal, as plain columns anywhere else."""
    if sys.stdout.isatty():
        _show_ruled(tables)
        return
    for table in tables:
        sys.stdout.write("\n" + "".join(f"{line}\n" for line in plain(table)))


def _show_ruled(tables: Iterable[Table]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table as Ruled
    from rich.text import Text

    console = Console()
    for table in tables:
        ruled = Ruled(title=table.title, title_justify="left", box=SIMPLE_HEAD)
        for number, column in enumerate(table.columns):
            ruled.add_column(column, justify="left" if number < table.text else "right", overflow="fold")
        for row in table.rows:
            ruled.add_row(*map(Text, row))
        console.print(ruled)


def _sizes(resources: Iterable[object]) -> Iterator[_Size]:
    for resource in resources:
        match resource:
            case {
                "kind": str(kind),
                "name": str(name),
                "size": int(size),
                "quota": int(quota),
                "unit": str(unit),
            }:
                yield _Size(kind, name, size, quota, unit)


def _policies(sizes: Sequence[_Size], requirements: Requirements) -> Iterator[tuple[str, ...]]:
    for each in sizes:
        if each.kind not in _PER_ACCOUNT:
            scp = each.kind == "service_control_policy"
            yield _row(each.name, each, requirements.enforcement.scp_budget if scp else each.quota)
    for kind in _PER_ACCOUNT:
        if of_kind := [each for each in sizes if each.kind == kind]:
            largest = max(of_kind, key=lambda each: each.size / each.quota)
            name = largest.name if len(of_kind) == 1 else f"{largest.name}, largest of {len(of_kind):,}"
            yield _row(name, largest, largest.quota)


def _row(name: str, size: _Size, limit: int) -> tuple[str, ...]:
    unit = "" if size.unit == "characters" else f" {size.unit}"
    return (
        name,
        _KINDS.get(size.kind, size.kind),
        f"{size.size:,}",
        f"{limit:,}{unit}",
        f"{size.size / limit:.0%}",
    )


def _attachments(resources: Sequence[object], requirements: Requirements) -> Iterator[tuple[str, ...]]:
    for target in requirements.organization.targets:
        for kind, quota, field in _SLOTS:
            here = sum(target.id in _target_ids(resource, kind) for resource in resources)
            if here:
                others = getattr(target.occupied, field)
                yield target.name, _KINDS[kind], str(here), str(others), str(LIMITS[quota].per_target)


def _target_ids(resource: object, kind: str) -> tuple[Json, ...]:
    match resource:
        case {"kind": str(found), "targets": list(targets)} if found == kind:
            return tuple(target["id"] for target in targets if isinstance(target, dict) and "id" in target)
    return ()
