"""What is asked: every request of the matrix, in the rows in which people read them."""

from __future__ import annotations

from bedrock_cmk_guard.resources import KmsKey
from bedrock_cmk_guard.verification.actors import Actor, Stage
from bedrock_cmk_guard.verification.operations.asked import (
    ALIAS,
    CLOSED,
    DELETE,
    DELETE_RECENT,
    DELETE_SHORT,
    DIRECT,
    DISABLE,
    ELSEWHERE,
    GRANT,
    KEYLESS,
    NONE,
    PUT_POLICY,
    READ_KEY,
    RECOVER,
    RIGHT,
    STORED,
    TAG,
    TAG_KEY,
    USE,
    WRITE,
    WRONG,
    Operation,
    Target,
    context_of,
    needed,
    via_of,
)
from bedrock_cmk_guard.verification.operations.key import administration, key_use, service_operations
from bedrock_cmk_guard.verification.operations.surfaces import shows_key, surfaces
from bedrock_cmk_guard.verification.operations.takeover import COMPUTE, federated_operations, takeovers

__all__ = [
    "ALIAS",
    "CLOSED",
    "COMPUTE",
    "DELETE",
    "DELETE_RECENT",
    "DELETE_SHORT",
    "DIRECT",
    "DISABLE",
    "ELSEWHERE",
    "GRANT",
    "KEYLESS",
    "NONE",
    "PUT_POLICY",
    "READ_KEY",
    "RECOVER",
    "RIGHT",
    "STORED",
    "TAG",
    "TAG_KEY",
    "USE",
    "WRITE",
    "WRONG",
    "Operation",
    "Target",
    "context_of",
    "federated_operations",
    "needed",
    "operations",
    "service_operations",
    "shows_key",
    "via_of",
]


def operations(stage: Stage, key: KmsKey, actors: tuple[Actor, ...]) -> tuple[Operation, ...]:
    """Everything that IAM principals are asked about.

    Services have :func:`service_operations`, tokens of identity providers :func:`federated_operations`.
    """
    return (
        *key_use(stage, key),
        *administration(stage, key),
        *surfaces(stage, key),
        *takeovers(stage, actors),
    )
