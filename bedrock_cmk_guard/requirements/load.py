"""Loads requirements: files to model, telling every mistake with its file, line, column and field."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bedrock_cmk_guard.errors import Problem, RequirementsError
from bedrock_cmk_guard.requirements.merge import Gatherer
from bedrock_cmk_guard.requirements.messages import MAX_TOLD, explain, mistakes
from bedrock_cmk_guard.requirements.model import Requirements
from bedrock_cmk_guard.requirements.nodes import plain, problem_at
from bedrock_cmk_guard.requirements.partial import contradictions_so_far
from bedrock_cmk_guard.requirements.sources import FileSource, Source, TextSource
from bedrock_cmk_guard.text.nodes import MapNode, place_of

if TYPE_CHECKING:
    from bedrock_cmk_guard.requirements.rules import Rule


def load_requirements(path: Path | str, *, rules: Iterable[Rule] = ()) -> Requirements:
    """The requirements in a file, with what it extends and includes.

    ``rules`` are held against them besides the model's own.
    Raises :class:`~bedrock_cmk_guard.errors.RequirementsError` with everything that is wrong.
    """
    return _load(FileSource(Path(path)), tuple(rules))


def loads_requirements(text: str, name: str = "<string>") -> Requirements:
    """The requirements in a text; ``name`` is what messages call it (JSON if it ends in ``.json``)."""
    return _load(TextSource(name, text))


def _load(source: Source, rules: tuple[Rule, ...] = ()) -> Requirements:
    gatherer = Gatherer()
    tree = gatherer.gather(source)
    if gatherer.problems or tree is None:
        besides = _of_single_fields(tree) if tree is not None else []
        raise RequirementsError(_in_order([*gatherer.problems, *besides], gatherer.files))
    data = plain(tree)
    found: list[ErrorDetails] = []
    try:
        requirements = Requirements.model_validate(data)
        if not any(True for rule in rules for _ in rule(requirements)):
            return requirements
    except ValidationError as error:
        found = mistakes(error)
    except RequirementsError:
        pass  # they are told below, with what else there is
    problems = explain(found, tree)
    if len(found) <= MAX_TOLD:
        wrong = (mistake["loc"] for mistake in found)
        so_far = contradictions_so_far(Requirements, data, wrong, rules)
        problems += (_located(problem, tree) for problem in so_far)
    raise RequirementsError(_in_order(problems, gatherer.files)) from None


def _of_single_fields(tree: MapNode) -> list[Problem]:
    """What is wrong of single values, and of names that are no field: so it is, whatever stands in files not read."""
    try:
        Requirements.model_validate(plain(tree))
    except ValidationError as error:
        found = [
            mistake
            for mistake in mistakes(error)
            if mistake["type"] == "extra_forbidden" or not isinstance(mistake["input"], (dict, list))
        ]
        return explain(found, tree)
    except RequirementsError:
        pass  # what contradicts what may turn on the rest
    return []


def _located(problem: Problem, tree: MapNode) -> Problem:
    return problem_at(place_of(tree, problem.field), problem.field, problem.message)


def _in_order(problems: list[Problem], files: list[str]) -> list[Problem]:
    order = {file: index for index, file in enumerate(files)}
    # The same thing may be found out twice, by a file that two others extend or by two rules.
    unique = dict.fromkeys(problems)
    # What has no line is about a file as a whole, and comes after the rest of it.
    return sorted(unique, key=lambda p: (order.get(p.file, len(order)), p.line == 0, p.line, p.column))
