"""Using bedrock-cmk-guard from Python: load the requirements, look at what they ask for, write it.

Run it from the root of the repository: ``python examples/library.py``.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from bedrock_cmk_guard import (
    Format,
    KmsKey,
    RequirementsError,
    ServiceControlPolicy,
    build,
    catalogue,
    load_requirements,
    render,
    sent_size,
    write,
)

EXAMPLE = Path(__file__).with_name("cmk-guard.yaml")


def main() -> None:
    """Print the keys and SCPs that the example asks for, and write its Terraform to a temporary folder."""
    try:
        requirements = load_requirements(EXAMPLE)
    except RequirementsError as error:
        for problem in error.problems:
            print(f"line {problem.line}: {problem.message}")
        raise SystemExit(2) from None

    modules = build(requirements)
    for module in modules:
        for resource in module.resources:
            if isinstance(resource, KmsKey):
                print(
                    f"{module.name}: key {resource.alias} in {resource.region}, {resource.tags['data-owner']}"
                )
            elif isinstance(resource, ServiceControlPolicy):
                attached = ", ".join(target.name for target in resource.targets)
                print(f"{resource.name}: {sent_size(resource.content):,} characters, attached to {attached}")

    keyless = ", ".join(surface.title for surface in catalogue().without_key.values())
    print(f"No policy can put these under your key: {keyless}")

    with tempfile.TemporaryDirectory() as folder:
        written = write(render(modules, [Format.TERRAFORM]), Path(folder))
        print(f"{len(written.changed)} files of Terraform")


if __name__ == "__main__":
    main()
