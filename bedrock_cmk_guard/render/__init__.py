"""Rendering: resources as Terraform, CloudFormation and JSON, and the folder they are written to.

``render`` is pure: it takes modules and gives files, lazily. ``write`` makes a folder hold them, ``check`` says
how the folder differs from them.
"""

from bedrock_cmk_guard.render.comparing import Drift, check
from bedrock_cmk_guard.render.files import Format, RenderedFile
from bedrock_cmk_guard.render.manifest import MANIFEST, Manifest, load_manifest
from bedrock_cmk_guard.render.rendering import Rendering, render
from bedrock_cmk_guard.render.writing import Written, write

__all__ = [
    "MANIFEST",
    "Drift",
    "Format",
    "Manifest",
    "RenderedFile",
    "Rendering",
    "Written",
    "check",
    "load_manifest",
    "render",
    "write",
]
