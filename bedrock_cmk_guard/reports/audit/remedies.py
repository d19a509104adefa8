"""What mends a finding, as it stands in code: the line that is missing, in the place where it belongs."""

from __future__ import annotations

from bedrock_cmk_guard.controls import CONTROLS, LIVE_CONTROLS, Control
from bedrock_cmk_guard.history.figures import OpenFinding
from bedrock_cmk_guard.surfaces import Surface, catalogue

_CONTROLS = {control.id: control for control in (*CONTROLS, *LIVE_CONTROLS)}
_KEY = "aws_kms_key.agents.arn"


def control_of(identity: str) -> Control | None:
    """The control; None for one that an older or newer version had."""
    return _CONTROLS.get(identity)


def title_of(identity: str) -> str:
    """What a control demands."""
    control = control_of(identity)
    return control.title if control is not None else identity


def change(finding: OpenFinding) -> str:
    """The change of the Terraform that made it, as a diff; nothing, where no line mends it."""
    control = control_of(finding.control)
    if control is None:
        return ""
    surface = catalogue().surfaces.get(finding.cell.surface)
    if surface is not None and finding.control.startswith("BCG_CMK"):
        return _of_surface(surface)
    if surface is not None:
        return ""
    return "\n".join(f"+ {line}" for line in control.fixes.terraform.splitlines())


def _of_surface(surface: Surface) -> str:
    attribute = surface.terraform_aws
    if attribute is None:
        return ""
    *blocks, last = attribute.path.split(".")
    lines = [f'  resource "{attribute.type}" "…" {{']
    for depth, block in enumerate(blocks, start=2):
        lines.append(f"{'  ' * depth}{block.removesuffix('[]')} {{")
    inner = "  " * (len(blocks) + 1)
    lines.append(f"+ {inner}{last} = {_KEY}")
    lines += [f"{'  ' * depth}}}" for depth in range(len(blocks) + 1, 0, -1)]
    return "\n".join(lines)
