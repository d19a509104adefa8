"""Fixtures for tests that need Terraform. `tests/conftest.py` loads them for the whole suite.

`terraform` is a factory, `terraform(folder) -> Terraform`, run against the lowest and the newest provider
schema. A test for one of them says `@pytest.mark.parametrize("aws_version", ["6.0.0"], indirect=True)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.terraform.harness import PROGRAMS, Terraform, missing_program
from tests.terraform.provider import Served
from tests.terraform.schema import VERSIONS, load_schema

TerraformFactory: TypeAlias = Callable[[Path], Terraform]


@pytest.fixture(scope="session", params=PROGRAMS)
def terraform_program(request: pytest.FixtureRequest) -> str:
    program: str = request.param
    if reason := missing_program(program):
        pytest.skip(reason)
    return program


@pytest.fixture(scope="session", params=VERSIONS)
def aws_version(request: pytest.FixtureRequest) -> str:
    """The AWS provider version whose schema is served."""
    version: str = request.param
    return version


@pytest.fixture(scope="session")
def served_aws(aws_version: str) -> Iterator[Served]:
    with Served(load_schema(aws_version)) as served:
        yield served


@pytest.fixture(scope="session")
def terraform(served_aws: Served, terraform_program: str) -> TerraformFactory:
    return lambda folder: Terraform(folder, served_aws, terraform_program)
