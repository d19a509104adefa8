"""For modules made at random, real Terraform gives an agent the key that we read, or we say that it is not known."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from bedrock_cmk_guard.subjects import Absent, Choice, KeyName, KeyValue, Reading
from tests.sources.terraform.generated_modules import Generator
from tests.sources.terraform.reading_cases import read_folder
from tests.terraform.fixtures import TerraformFactory
from tests.terraform.harness import Json

pytestmark = pytest.mark.thorough

CASES = 60
_SEEDS = int(os.environ.get("GENERATED_ROOTS", "2"))
_KEY = "customer_encryption_key_arn"


def _made(state: dict[str, Json]) -> dict[str, str | None]:
    """The key that each agent has after an apply."""
    return {address: values[_KEY] for address, values in state.items() if "aws_bedrockagent_agent" in address}


def _read(reading: Reading, state: dict[str, Json]) -> dict[str, set[str | None] | None]:
    """What each agent's key may be, with the ARNs that the keys have got; None where that is not known."""
    arns = {key.arn: str(state[key.address]["arn"]) for key in reading.keys if key.address in state}
    return {
        resource.address: _possible(resource.key.value, arns)
        for resource in reading.resources
        if resource.address in state
    }


def _possible(value: KeyValue, arns: dict[str, str]) -> set[str | None] | None:
    match value:
        case KeyName(text):
            for ours, theirs in arns.items():
                text = text.replace(ours, theirs)
            return {text}
        case Absent(how):
            return {"" if how == "empty" else None}
        case Choice(options, _):
            sets = [_possible(option, arns) for option in options]
            return None if None in sets else {each for some in sets if some is not None for each in some}
        case _:
            return None


def _wrong(made: dict[str, str | None], read: dict[str, set[str | None] | None]) -> dict[str, object]:
    return {
        address: (possible, made[address])
        for address, possible in read.items()
        if possible is not None and made[address] not in possible
    }


@pytest.mark.parametrize("aws_version", ["6.69.1"], indirect=True)
@pytest.mark.parametrize("seed", range(_SEEDS))
def test_terraform_makes_what_we_read(terraform: TerraformFactory, tmp_path: Path, seed: int) -> None:
    Generator(seed).write(tmp_path, CASES)
    (reading,) = read_folder(tmp_path, ["main.tf"])
    assert not reading.faults
    root = terraform(tmp_path).init()
    root.apply()
    state = root.state()
    made, read = _made(state), _read(reading, state)
    assert {resource.address for resource in reading.resources} == set(made)
    assert _wrong(made, read) == {}
    # It would be no test if we never knew.
    known = Counter(possible is not None and len(possible) == 1 for possible in read.values())
    assert known[True] > 4 * known[False], known


@pytest.mark.parametrize("aws_version", ["6.69.1"], indirect=True)
@pytest.mark.parametrize("seed", range(1_004, 1_004 + _SEEDS - 1))
def test_what_is_not_given_yet_is_not_guessed(terraform: TerraformFactory, tmp_path: Path, seed: int) -> None:
    generator = Generator(seed, open_inputs=True)
    generator.write(tmp_path, CASES)
    (reading,) = read_folder(tmp_path, ["main.tf"])
    assert not reading.faults
    generator.give(tmp_path)
    root = terraform(tmp_path).init()
    root.apply()
    state = root.state()
    made, read = _made(state), _read(reading, state)
    # Instances that are not known are judged together, under the address without a key.
    addresses = {resource.address for resource in reading.resources}
    assert [each for each in made if not {each, each.rpartition("[")[0]} & addresses] == []
    assert _wrong(made, read) == {}
    known = Counter(possible is not None for possible in read.values())
    assert known[True] > known[False], known
