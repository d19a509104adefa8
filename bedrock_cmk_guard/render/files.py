"""The formats that can be rendered, a rendered file, and the digest by which files are known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256


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

    @property
    def data(self) -> bytes:
        """Its bytes on disk."""
        return self.text.encode("utf-8")


def digest(data: bytes) -> str:
    """Return the digest by which the manifest knows a file of these bytes."""
    return sha256(data).hexdigest()
