"""The library as a program uses it: load requirements, build, judge what was built, render it.

mypy checks this file with the gate, so every `assert_type` is part of the public interface.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import assert_type

from bedrock_cmk_guard import (
    Drift,
    Format,
    KmsKey,
    Manifest,
    Module,
    PolicyDocument,
    Rendering,
    Requirements,
    RequirementsError,
    Resource,
    ServiceControlPolicy,
    Written,
    build,
    check,
    load_manifest,
    load_requirements,
    render,
    sent_size,
    write,
)


def keys(modules: tuple[Module, ...]) -> Iterator[KmsKey]:
    """Every key, wherever it is rendered."""
    for module in modules:
        for resource in module.resources:
            assert_type(resource, Resource)
            if isinstance(resource, KmsKey):
                assert_type(resource.policy, PolicyDocument)
                yield resource


def report(modules: tuple[Module, ...]) -> Iterator[str]:
    """A line per service control policy and per key."""
    for module in modules:
        for resource in module.resources:
            if isinstance(resource, ServiceControlPolicy):
                yield f"{resource.name}: {assert_type(sent_size(resource.content), int)} characters"
    for key in keys(modules):
        yield f"{key.alias} in {key.region}, for {key.tags['application']}"


def main(requirements_file: Path, out: Path) -> int:
    """Render the Terraform of a requirements file, and say what it holds."""
    try:
        requirements = assert_type(load_requirements(requirements_file), Requirements)
    except RequirementsError as error:
        for problem in error.problems:
            print(f"{problem.file}:{problem.line}: {problem.message}", file=sys.stderr)
        return 2
    modules = assert_type(build(requirements), tuple[Module, ...])
    previous = assert_type(load_manifest(out), Manifest | None)
    rendering = assert_type(render(modules, [Format.TERRAFORM], previous=previous), Rendering)
    drift = assert_type(check(rendering, out), Drift)
    print(f"{len(drift.paths)} files are to change")
    written = assert_type(write(rendering, out), Written)
    print(f"{len(written.changed)} files written", *report(modules), sep="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), Path(sys.argv[2])))
