"""What an organisation demands, as a typed model; see :class:`Requirements`."""

from bedrock_cmk_guard.repository import find_requirements
from bedrock_cmk_guard.requirements.dump import dump_requirements
from bedrock_cmk_guard.requirements.load import load_requirements, loads_requirements
from bedrock_cmk_guard.requirements.model import Requirements
from bedrock_cmk_guard.requirements.schema import json_schema

__all__ = [
    "Requirements",
    "dump_requirements",
    "find_requirements",
    "json_schema",
    "load_requirements",
    "loads_requirements",
]
