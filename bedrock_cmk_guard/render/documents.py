"""A module as bare JSON documents, byte for byte what is measured and sent."""

from __future__ import annotations

from collections.abc import Iterator

from bedrock_cmk_guard.render.files import RenderedFile
from bedrock_cmk_guard.render.names import identifier
from bedrock_cmk_guard.render.prepared import PreparedModule
from bedrock_cmk_guard.resources import IamRole


def files(module: PreparedModule) -> Iterator[RenderedFile]:
    """Yield a file per document, without a line feed at its end: ``--content file://…`` sends it as it is."""
    for prepared in module.resources:
        resource = prepared.resource
        suffix = "-trust" if isinstance(resource, IamRole) else ""
        yield RenderedFile(
            f"json/{module.module.name}/{resource.kind}-{identifier(resource.name)}{suffix}.json",
            prepared.text,
        )
