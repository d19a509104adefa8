"""KMS grants: each says which operations one principal may call on one key, and under which constraints.

A grant only allows; an explicit Deny anywhere still denies. It needs no Allow in the key policy, and none in the
grantee's own policies either, in whichever account it lives: the flowchart in KMS's guide lets a grant settle both
the use of the key and, for a key of another account, the trust in it.
https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html

AWS does not say two things. Whether a permissions boundary or session policy without an Allow limits a grant: here
it does not, so access is overstated rather than missed. Whether a grant to an account speaks for all of its
identities: here it delegates to their own policies, as an account does wherever a Principal names it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam.document import Effect, FrozenMapping, Principal, Statement
from bedrock_cmk_guard.iam.evaluator.principals import is_service

#: The operations that a grant can hold (botocore's model of KMS, GrantOperation).
OPERATIONS = frozenset(
    {
        "CreateGrant",
        "Decapsulate",
        "Decrypt",
        "DeriveSharedSecret",
        "DescribeKey",
        "Encapsulate",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateMac",
        "GetPublicKey",
        "ReEncryptFrom",
        "ReEncryptTo",
        "RetireGrant",
        "Sign",
        "Verify",
        "VerifyMac",
    }
)
#: Those with an encryption context, to which its constraints apply. CreateGrant passes them on to the new grant.
WITH_CONTEXT = frozenset(
    {
        "Decrypt",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
        "ReEncryptFrom",
        "ReEncryptTo",
    }
)
_RETIRE = "RetireGrant"
ENCRYPTION_CONTEXT = "kms:EncryptionContext:"


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant on the key in question. ``grantee`` and ``retiring`` are ARNs or service principals.

    The encryption context constraints and ``source_arn`` are those of CreateGrant. The names of context pairs do
    not depend on case here, their values do.
    https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html
    """

    grantee: str
    operations: tuple[str, ...]
    encryption_context_equals: Mapping[str, str] = field(default_factory=dict)
    encryption_context_subset: Mapping[str, str] = field(default_factory=dict)
    source_arn: str | None = None
    retiring: str | None = None
    name: str = ""

    def __post_init__(self) -> None:
        unknown = sorted(set(self.operations) - OPERATIONS)
        if unknown or not self.operations:
            msg = f"{_called(self)}: operations are some of {', '.join(sorted(OPERATIONS))}"
            raise PolicyError(f"{msg}; not {', '.join(unknown)}" if unknown else f"{msg}; it has none")
        for constraint in ("encryption_context_equals", "encryption_context_subset"):
            object.__setattr__(self, constraint, FrozenMapping(getattr(self, constraint)))

    @property
    def statements(self) -> tuple[Statement, ...]:
        """What the grant allows, as statements of a policy.

        That ``EncryptionContextEquals`` forbids further pairs is no statement's to say: ``layers`` sees to it.
        """
        return _statements(self)


@lru_cache(maxsize=4096)
def _statements(grant: Grant) -> tuple[Statement, ...]:
    try:
        return tuple(_written(grant))
    except PolicyError as problem:
        raise PolicyError(f"{_called(grant)}: {problem}") from problem


def _written(grant: Grant) -> Iterator[Statement]:
    pairs = {**grant.encryption_context_subset, **grant.encryption_context_equals}
    source = {"aws:SourceArn": (_literal(grant.source_arn),)} if grant.source_arn is not None else {}
    context = {f"{ENCRYPTION_CONTEXT}{name}": (_literal(value),) for name, value in pairs.items()}
    operations = set(grant.operations)
    kinds: tuple[tuple[set[str], Mapping[str, tuple[str, ...]]], ...] = (
        (operations & WITH_CONTEXT, {**source, **context}),
        (operations - WITH_CONTEXT - {_RETIRE}, source),
        (operations & {_RETIRE}, {}),
    )
    for allowed, wanted in kinds:
        if allowed:
            yield _allow(grant, grant.grantee, allowed, wanted)
    if grant.retiring is not None:
        yield _allow(grant, grant.retiring, {_RETIRE}, {})


def _allow(grant: Grant, to: str, operations: set[str], wanted: Mapping[str, tuple[str, ...]]) -> Statement:
    return Statement(
        sid=grant.name,
        effect=Effect.ALLOW,
        actions=tuple(f"kms:{operation}" for operation in sorted(operations)),
        principal=Principal(service=(to,)) if is_service(to) else Principal(aws=(to,)),
        condition={"StringEquals": wanted} if wanted else {},
    )


def _literal(value: str) -> str:
    """A value in which nothing is a policy variable."""
    return value.replace("${", "${$}{")


def _called(grant: Grant) -> str:
    return f"grant {grant.name!r}" if grant.name else f"a grant to {grant.grantee}"
