"""CloudFormation templates, read as CloudFormation would, without making a stack: :func:`read` makes Readings of them.

What CloudFormation would take from elsewhere is not known here: other stacks' exports, Systems Manager, and what
macros make of a template.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from bedrock_cmk_guard.sources.cloudformation.options import CloudFormationOptions

if TYPE_CHECKING:
    from bedrock_cmk_guard.sources.files import SourceFile
    from bedrock_cmk_guard.subjects import Reading

__all__ = ["CloudFormationOptions", "read"]


def read(files: Sequence[SourceFile], options: CloudFormationOptions) -> Iterator[Reading]:
    """Read templates, each with those that it nests; one that another of them nests is read through that one."""
    from bedrock_cmk_guard.sources.cloudformation.reading import Readings

    return Readings(files, options).read()
