"""The provider schema that the stand-in serves, read from a `terraform providers schema -json` subset."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).parent / "schema"
LOWEST = "6.0.0"
"""The lowest provider version that has every argument we render (`region` on resources came with it)."""
NEWEST = "6.69.1"
VERSIONS = (LOWEST, NEWEST)


@dataclass(frozen=True)
class Attribute:
    type: Any
    """A cty type as JSON: "string", ["list", "string"], ["object", {...}]."""
    required: bool
    optional: bool
    computed: bool

    @property
    def read_only(self) -> bool:
        return self.computed and not self.optional


@dataclass(frozen=True)
class NestedBlock:
    nesting: str
    block: Block
    min_items: int
    max_items: int


@dataclass(frozen=True)
class Block:
    attributes: Mapping[str, Attribute]
    blocks: Mapping[str, NestedBlock]


@dataclass(frozen=True)
class ProviderSchema:
    version: str
    provider: Block
    resources: Mapping[str, Block]
    data_sources: Mapping[str, Block]


def _attribute(raw: Mapping[str, Any]) -> Attribute:
    return Attribute(
        type=raw["type"],
        required=raw.get("required", False),
        optional=raw.get("optional", False),
        computed=raw.get("computed", False),
    )


def _block(raw: Mapping[str, Any]) -> Block:
    nested = {
        name: NestedBlock(
            entry["nesting_mode"],
            _block(entry["block"]),
            entry.get("min_items", 0),
            entry.get("max_items", 0),
        )
        for name, entry in raw.get("block_types", {}).items()
    }
    return Block({name: _attribute(entry) for name, entry in raw.get("attributes", {}).items()}, nested)


@cache
def load_schema(version: str = NEWEST) -> ProviderSchema:
    raw = json.loads((SCHEMAS / f"aws-{version}.json").read_text(encoding="utf-8"))
    (schemas,) = raw["provider_schemas"].values()
    return ProviderSchema(
        version=raw["provider_version"],
        provider=_block(schemas["provider"]["block"]),
        resources={name: _block(entry["block"]) for name, entry in schemas["resource_schemas"].items()},
        data_sources={name: _block(entry["block"]) for name, entry in schemas["data_source_schemas"].items()},
    )
