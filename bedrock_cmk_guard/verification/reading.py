"""Which calls tell somebody what is stored or said, and which decryptions their caller must be allowed for them."""

from __future__ import annotations

from collections.abc import Iterator

from bedrock_cmk_guard.requirements.workloads import Workload
from bedrock_cmk_guard.surfaces import KmsPrincipal, Tier
from bedrock_cmk_guard.verification.actors import Stage
from bedrock_cmk_guard.verification.operations import DIRECT, RIGHT, STORED, USE, Operation, needed

# Use that answers with what was stored or said, on surfaces that hold it; the rest of use writes or deletes.
_TELLING = ("Invoke", "Retrieve", "AgenticRetrieve", "Get")
_HOLDING = frozenset({Tier.SESSION_MEMORY, Tier.KNOWLEDGE})

Reading = tuple[Operation, tuple[Operation, ...]]


def readings(stage: Stage, asked: tuple[Operation, ...]) -> Iterator[Reading]:
    """The calls that read, each with the decryptions of which its caller needs one, if any."""
    for operation in asked:
        if operation.row is DIRECT and operation.action == "kms:Decrypt":
            yield operation, ()
    for row in (STORED, USE):
        for operation in asked:
            if operation.row is row and operation.workload is not None:
                holding = _holding(stage, operation.action, operation.workload)
                telling = operation.action.partition(":")[2].startswith(_TELLING)
                if row is STORED or (holding and telling):
                    yield operation, tuple(_decryptions(stage, asked, operation.action))


def _holding(stage: Stage, action: str, workload: Workload) -> bool:
    """Whether the action touches a surface on which people's words lie."""
    return any(
        action in surface.actions.use and surface.tier in _HOLDING
        for surface in stage.scope.surfaces(workload)
    )


def _decryptions(stage: Stage, asked: tuple[Operation, ...], action: str) -> Iterator[Operation]:
    """The decryptions that the caller of an action must be allowed, by the catalogue."""
    contexts = {
        (
            statement.via or statement.via_inferred,
            statement.context.condition_key if statement.context else None,
        )
        for _, surface, statement in needed(stage)
        if action in surface.actions.every
        and KmsPrincipal.CALLER in statement.principals
        and "kms:Decrypt" in statement.actions
    }
    for operation in asked:
        encryption = operation.encryption[0] if operation.encryption is not None else None
        right = operation.row is RIGHT and operation.action == "kms:Decrypt"
        if right and (operation.via, encryption) in contexts:
            yield operation
