"""The formats that can be rendered, and a rendered file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Format(StrEnum):
    """A language that the resources are written in."""

    TERRAFORM = "terraform"
    CLOUDFORMATION = "cloudformation"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """A file to be written: its path below the output folder, with slashes, and its text."""

    path: str
    text: str
