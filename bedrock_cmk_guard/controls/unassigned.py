"""What belongs to no workload of the requirements."""

from __future__ import annotations

from collections.abc import Iterator

from bedrock_cmk_guard.controls.context import Context
from bedrock_cmk_guard.controls.control import Control, Judgement, Severity, control, fails, unknown
from bedrock_cmk_guard.subjects import EncryptedResource

_OWNERS = (
    "https://docs.aws.amazon.com/wellarchitected/latest/framework/ops_ops_model_def_resource_owners.html"
)
_SO = "; so it is judged as production"


@control(
    "BCG_SCAN_006",
    severity=Severity.LOW,
    remediation="Have one workload of the requirements match it: its account and Region, and its tags, role or name.",
    references=(_OWNERS,),
    note=True,
)
def belongs_to_a_workload(resource: EncryptedResource, context: Context) -> Iterator[Judgement]:
    """Every resource belongs to one workload of the requirements.

    What no workload claims, or several do, has nobody who answers for its data, and nobody has said what is demanded
    of it. So the strictest demands hold: it is judged as production, with the most sensitive data. That it belongs to
    no workload is only noted, and counted apart; it fails nothing by itself. Where the requirements have no workloads,
    nothing is noted.
    """
    if not context.demands.workloads:
        return
    found = context.assignment(resource)
    if found.undecided is not None:
        yield unknown(f"{found.why}{_SO}", value=found.undecided)
    elif found.workload is None:
        yield fails(f"{found.why}{_SO}", fix=found.fix)


CONTROLS: tuple[Control, ...] = (belongs_to_a_workload,)
