"""Terraform configuration, read as Terraform would, without running it: :func:`read` makes a Reading of each root.

What Terraform would take from elsewhere is not known here: the environment (``TF_VAR_…`` is not read, so that a scan
says the same on every machine), the workspace, other roots' states, and what only AWS can answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from bedrock_cmk_guard.sources.terraform.options import TerraformOptions

if TYPE_CHECKING:
    from bedrock_cmk_guard.sources.files import SourceFile
    from bedrock_cmk_guard.subjects import Reading

__all__ = ["TerraformOptions", "read"]


def read(files: Sequence[SourceFile], options: TerraformOptions) -> Iterator[Reading]:
    """Read the roots that these files belong to; one that cannot declare anything to judge is passed over.

    A folder that another one of the repository calls is read through each of its callers.
    """
    from bedrock_cmk_guard.sources.terraform.reading import Readings

    return Readings(files, options).read()
