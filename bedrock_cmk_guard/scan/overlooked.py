"""A last look: what declares something to judge, and no source has read, is a finding."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.sources.marks import CLOUDFORMATION_TYPES, TERRAFORM_TYPES
from bedrock_cmk_guard.sources.source_file import SourceFile

if TYPE_CHECKING:
    from bedrock_cmk_guard.subjects import Fault

_TERRAFORM = re.compile(rb'^[ \t]*resource[ \t]+"([a-z_0-9]+)"|"([a-z_0-9]+)"\s*:\s*[{\[]', re.MULTILINE)
_TEMPLATE = re.compile(rb"""\bType["']?\s*:\s*["']?(AWS::\w+::\w+)""")


def overlooked(
    terraform: Sequence[SourceFile], templates: Iterable[SourceFile], read: set[str]
) -> Iterator[Fault]:
    """Return a fault for each file that was not read and seems to declare something.

    A template within a string of Terraform's is read by nobody, wherever it stands.
    """
    for files, pattern, types in (
        (terraform, _TERRAFORM, TERRAFORM_TYPES),
        (templates, _TEMPLATE, CLOUDFORMATION_TYPES),
    ):
        for file in files:
            if file.shown not in read and (found := _declared(file, pattern, types)):
                yield _fault(file, found)
    for file in terraform:
        yield from _embedded(file)


def _declared(file: SourceFile, pattern: re.Pattern[bytes], types: frozenset[str]) -> list[str]:
    try:
        names = {found[found.lastindex or 0].decode() for found in pattern.finditer(file.content())}
    except SourceError:
        return []  # that it cannot be read is a fault already
    return sorted(names & types)


def _fault(file: SourceFile, types: list[str]) -> Fault:
    from bedrock_cmk_guard.subjects import Fault, FaultKind, Place

    message = f"{', '.join(types)} seems to be declared here, and was not judged"
    return Fault(FaultKind.UNJUDGED, message, Place(file.shown))


def _embedded(file: SourceFile) -> Iterator[Fault]:
    try:
        content = file.content()
    except SourceError:
        return
    if b"AWS::" not in content:
        return
    from bedrock_cmk_guard.sources.embedded import embedded_types
    from bedrock_cmk_guard.subjects import Fault, FaultKind, Place

    for kind, line in embedded_types(content.decode("utf-8", "replace")):
        message = (
            f"{kind} is declared here in a template within the code, and was not judged; give the template a file, "
            "or declare it in Terraform"
        )
        yield Fault(FaultKind.UNJUDGED, message, Place(file.shown, line))
