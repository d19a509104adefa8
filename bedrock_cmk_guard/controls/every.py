"""Every control, in the order in which people read them."""

from __future__ import annotations

from bedrock_cmk_guard.controls import (
    cmk,
    faults,
    key_duties,
    key_life,
    key_material,
    key_names_and_tags,
    key_policy,
    key_use,
    roles,
    unassigned,
)
from bedrock_cmk_guard.controls.control import Control

CONTROLS: tuple[Control, ...] = (
    *cmk.CONTROLS,
    *sorted(
        (
            *key_life.CONTROLS,
            *key_material.CONTROLS,
            *key_names_and_tags.CONTROLS,
            *key_policy.CONTROLS,
            *key_duties.CONTROLS,
            *key_use.CONTROLS,
        ),
        key=lambda each: each.id,
    ),
    *roles.CONTROLS,
    *faults.CONTROLS,
    *unassigned.CONTROLS,
)
