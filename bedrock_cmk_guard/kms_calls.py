"""The calls to KMS that a surface makes, as requests: by whom, in what form, and what would allow them.

What a surface needs is the catalogue's; here it becomes what the evaluator is asked, for policies that people have
and for code that is scanned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bedrock_cmk_guard.iam import Effect, Json, PolicyDocument, PolicyKind, Principal, Statement
from bedrock_cmk_guard.iam.evaluator import Open
from bedrock_cmk_guard.surfaces import KmsPrincipal, KmsStatement, Surface, When

#: What a request of a surface says by itself; any other key that a policy tests is left open.
_KNOWN = re.compile(
    r"kms:(viaservice|calleraccount|encryptioncontext:.*|encryptioncontextkeys|grant.*)"
    r"|aws:(sourceaccount|sourcearn|principalarn|principalaccount|principaltype|principalisawsservice"
    r"|principalservicename.*|resourceaccount|viaawsservice|calledvia.*|requestedregion|username|userid)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class KeyUser:
    """Who wants to use the key, as what, for what, and where."""

    principal: str
    role: KmsPrincipal
    surface: Surface
    region: str
    account: str
    """The account that holds the key."""
    memory: bool = False

    @property
    def home(self) -> str:
        """The account that the surface's resource is in."""
        return self.principal.split(":")[4] if self.principal.startswith("arn:") else self.account

    @property
    def partition(self) -> str:
        """The partition of the principal."""
        return self.principal.split(":")[1] if self.principal.startswith("arn:") else "aws"


def needs(user: KeyUser) -> Iterator[KmsStatement]:
    """What KMS must allow this user, by the catalogue."""
    holding = {When.ALWAYS, *([When.MEMORY] if user.memory else [])}
    for statement in user.surface.kms:
        asked = user.role in statement.principals and statement.when in holding
        if asked and (user.role is not KmsPrincipal.SERVICE or statement.service == user.principal):
            yield statement


def call_context(
    user: KeyUser, statement: KmsStatement, action: str
) -> dict[str, str | tuple[str, ...] | Open]:
    """What KMS sees in the call, by the catalogue."""
    context: dict[str, str | tuple[str, ...] | Open] = {}
    if via := via_service(user, statement):
        context["kms:ViaService"] = via
    if statement.context is not None:
        context[statement.context.condition_key] = fill(user, statement.context.value)
    if user.role is KmsPrincipal.SERVICE and action != "kms:CreateGrant" and not statement.source_absent:
        context["aws:SourceAccount"] = user.home
        if statement.source_arn is not None:
            context["aws:SourceArn"] = fill(user, statement.source_arn)
    if action == "kms:CreateGrant":
        context["kms:GrantIsForAWSResource"] = "true"
        grant = statement.grant
        context["kms:GrantOperations"] = (grant.operations if grant else ()) or ("Decrypt",)
        if grant and grant.constraint:
            context["kms:GrantConstraintType"] = grant.constraint
    return context


def with_open_keys(
    context: Mapping[str, str | tuple[str, ...] | Open], open_keys: Iterable[str]
) -> dict[str, str | tuple[str, ...] | Open]:
    """The context of a call, and the condition keys that it does not settle left open."""
    given = {key.lower() for key in context}
    return {**{key: Open.ANYTHING for key in open_keys if key.lower() not in given}, **context}


def open_keys(documents: Iterable[PolicyDocument]) -> tuple[str, ...]:
    """The condition keys that the policies test and the surface's calls do not settle."""
    tested = {
        key
        for document in documents
        for statement in document.statements
        for block in statement.condition.values()
        for key in block
    }
    return tuple(sorted(key for key in tested if not _KNOWN.fullmatch(key)))


def via_service(user: KeyUser, statement: KmsStatement) -> str | None:
    """``kms:ViaService`` of the call."""
    via = statement.via
    if via is None and user.role in (KmsPrincipal.PROVISIONER, KmsPrincipal.CALLER):
        via = statement.via_inferred
    suffix = "amazonaws.com.cn" if user.partition == "aws-cn" else "amazonaws.com"
    return f"{via}.{user.region}.{suffix}" if via is not None else None


def fill(user: KeyUser, pattern: str, *, concrete: bool = True) -> str:
    """A pattern of the catalogue with the user's partition, Region and account in it."""
    filled = pattern.format(partition=user.partition, region=user.region, account=user.home)
    return filled.replace("*", "ABCDEF1234") if concrete else filled


def missing_statement(user: KeyUser, statement: KmsStatement, *, identity: bool) -> dict[str, Json]:
    """The Allow statement that the catalogue asks for, as JSON."""
    condition: dict[str, dict[str, tuple[str, ...]]] = {}
    if via := via_service(user, statement):
        condition["StringEquals"] = {"kms:ViaService": (via,)}
    if statement.context is not None:
        value = fill(user, statement.context.value, concrete=False)
        condition["StringLike"] = {statement.context.condition_key: (value,)}
    if (
        user.role is KmsPrincipal.SERVICE
        and not statement.source_absent
        and "kms:CreateGrant" not in statement.actions
    ):
        condition.setdefault("StringEquals", {})["aws:SourceAccount"] = (user.home,)
        if statement.source_arn is not None:
            condition["ArnLike"] = {"aws:SourceArn": (fill(user, statement.source_arn, concrete=False),)}
    if statement.grant is not None and statement.grant.for_aws_resource:
        condition["Bool"] = {"kms:GrantIsForAWSResource": ("true",)}
    service = user.role is KmsPrincipal.SERVICE
    named = Principal(service=(user.principal,)) if service else Principal(aws=(_role(user.principal),))
    kind = PolicyKind.IDENTITY if identity else PolicyKind.KEY
    key = f"arn:{user.partition}:kms:{user.region}:{user.account}:key/*"
    return Statement(
        sid="".join(
            part.title() for part in f"{user.surface.id}-{user.role.value}".replace("_", "-").split("-")
        ),
        effect=Effect.ALLOW,
        principal=None if identity else named,
        actions=statement.actions,
        resources=(key,) if identity else ("*",),
        condition=condition,
    ).to_dict(kind)


def _role(principal: str) -> str:
    """Key policies name the role of a session, which outlives it."""
    parts = principal.split(":", 5)
    if parts[2] != "sts" or not parts[5].startswith("assumed-role/"):
        return principal
    return f"arn:{parts[1]}:iam::{parts[4]}:role/{parts[5].split('/')[1]}"
