"""What an override file does to the block that it names: Terraform's rules for merging."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bedrock_cmk_guard.sources.terraform.language.syntax import Attribute, Block, Body


def merged(original: Block, override: Block) -> Block:
    """Return a block as the override leaves it: arguments replaced one by one, nested blocks by type.

    A ``dynamic`` block counts as a block of the type that it makes, on either side.
    """
    attributes: Mapping[str, Attribute] = {**original.body.attributes, **override.body.attributes}
    kept = original.body.blocks
    if original.type != "terraform":
        replaced = {_kind(block) for block in override.body.blocks}
        kept = tuple(block for block in kept if _kind(block) not in replaced)
    body = Body(attributes, kept + override.body.blocks)
    return replace(original, body=body, reliable=original.reliable and override.reliable)


def _kind(block: Block) -> str:
    return block.labels[0] if block.type == "dynamic" and block.labels else block.type
