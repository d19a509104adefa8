"""Every error this library raises on purpose, under one base class.

They are raised with context (which file, which field, what to do) and printed only by the command line.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class GuardError(Exception):
    """The base of every error that bedrock-cmk-guard raises on purpose."""


class Problem(NamedTuple):
    """One thing that is wrong in a requirements file: which field, what, and where it is written.

    ``line`` and ``column`` count from 1 and are 0 where the requirements did not come from a file.
    """

    field: tuple[str | int, ...]
    message: str
    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = (
            f"{self.file}:{self.line}:{self.column}: " if self.line else f"{self.file}: " if self.file else ""
        )
        return f"{place}{field_path(self.field) or 'requirements'}: {self.message}"


def field_path(field: Iterable[str | int]) -> str:
    """A field as people write it: ``workloads[0].regions[1]``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in field).removeprefix(".")


class RequirementsError(GuardError):
    """The requirements cannot be read, or do not say something that can be acted on.

    ``problems`` holds every single one, so that a file is mended in one go.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class PolicyError(GuardError):
    """A policy document cannot be built: its grammar, its condition keys or its size are wrong."""


class RenderError(GuardError):
    """A resource cannot be written in the format asked for, or a file cannot be written where it belongs."""


class SourceError(GuardError):
    """Something that was to be read (a template, a plan, an account) could not be."""
