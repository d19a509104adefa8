"""What an expression asks of its surroundings: what names mean, and what stands in files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bedrock_cmk_guard.errors import GuardError
from bedrock_cmk_guard.sources.terraform.language.values import Value
from bedrock_cmk_guard.subjects import Place, Step, Unknown


class EvaluationError(GuardError):
    """Terraform would refuse this expression; ``try`` and ``can`` catch it, nothing else does.

    A scope raises it too, for what Terraform calls an error: an attribute that a module does not output.
    What merely cannot be known is no error but Unknown.
    """


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a reference leads to."""

    value: Value
    consumed: int
    """How many of the attributes the value answers for; the others are then taken from the value."""
    steps: tuple[Step, ...] = ()
    """How the value came there: for the trail, if the expression comes to use it."""


class Scope(Protocol):
    """Gives the names in an expression their meaning."""

    def resolve(self, root: str, attributes: Sequence[str], place: Place) -> Resolved:
        """What ``root.attributes…`` leads to.

        ``var.a.b`` asks ``resolve("var", ("a", "b"), place)``, and the answer is ``Resolved(value of var.a, 1)``; of
        ``aws_kms_key.k[0].arn`` it is asked ``resolve("aws_kms_key", ("k",), place)``, and the answer is a tuple of
        :class:`Instance`. Names bound by a ``for`` never get here.
        """

    def read_file(self, path: str) -> bytes | Unknown:
        """The content of a file; Unknown where it may not or cannot be read here.

        Raises :class:`EvaluationError` where the file is surely not there.
        """


class EmptyScope:
    """No name means anything, as in the default of a variable, and no file is read."""

    def resolve(self, root: str, attributes: Sequence[str], place: Place) -> Resolved:
        """Refuse."""
        raise EvaluationError(f"{'.'.join((root, *attributes))} means nothing here")

    def read_file(self, path: str) -> bytes | Unknown:
        """Refuse."""
        return Unknown(f"the file {path} is not read here")
