"""The people and programs that act on keys and agents, and how a policy can name them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from bedrock_cmk_guard.requirements.types import Model, NoVariable, RoleArn, RoleNote, RolePattern

DUTIES = ("provisioners", "governance", "break_glass", "auditors", "applier")


def _names_somebody(subject: str) -> str:
    if not subject.strip("*?"):
        raise ValueError("lets in everybody who has an account with the provider: name the subjects")
    return subject


class OidcIdentity(Model):
    """A web identity, such as a CI pipeline's. It assumes a role without having an ``aws:PrincipalArn``."""

    provider: Annotated[
        str,
        Field(
            pattern=r"^[a-z0-9.-]+(/[A-Za-z0-9._~/-]+)?$", examples=["token.actions.githubusercontent.com"]
        ),
    ]
    """The identity provider's host (and path), without https://."""
    audience: Annotated[str, Field(pattern=r"^[!-~]{1,255}$", examples=["sts.amazonaws.com"]), NoVariable] = (
        "sts.amazonaws.com"
    )
    """The audience (aud) that its tokens are for."""
    subjects: Annotated[
        tuple[
            Annotated[
                str,
                Field(pattern=r"^[!-~]{1,500}$", examples=["repo:acme/agents:ref:refs/heads/main"]),
                AfterValidator(_names_somebody),
                NoVariable,
            ],
            ...,
        ],
        Field(min_length=1),
    ]
    """The subjects (sub) that may come; * and ? are wildcards."""


class RoleRef(Model):
    """An IAM role, either one role by its ARN or a role name (or pattern) that holds in every account."""

    role_arn: RoleArn | None = None
    """One role, by its ARN."""
    role: RolePattern | None = None
    """A role name, with its path if it has one; * and ? make it a pattern. It holds in every account."""

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.role_arn is None) == (self.role is None):
            raise ValueError("give exactly one of role_arn (one role) and role (a name or pattern)")
        return self

    @property
    def is_pattern(self) -> bool:
        """Whether the name holds wildcards, so that no key policy can name it as a principal."""
        return self.role is not None and any(mark in self.role for mark in "*?")

    def arn_pattern(self, partition: str) -> str:
        """The role's ARN as a pattern for ``aws:PrincipalArn``, in any account if it is known by name."""
        return self.role_arn or f"arn:{partition}:iam::*:role/{self.role}"

    def arn_in(self, partition: str, account: str) -> str:
        """The role's ARN when the role meant is the one in this account."""
        return self.role_arn or f"arn:{partition}:iam::{account}:role/{self.role}"


class TrustedBy(Model):
    """Who may assume a role that is rendered here: a role, or an OIDC identity."""

    role_arn: RoleArn | None = None
    """One role, by its ARN."""
    oidc: OidcIdentity | None = None
    """A web identity."""

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.role_arn is None) == (self.oidc is None):
            raise ValueError("give exactly one of role_arn and oidc")
        return self


class Role(RoleRef):
    """A role with a duty. With ``assumed_by`` it is rendered where it is needed, else it must exist."""

    assumed_by: tuple[TrustedBy, ...] = ()
    """Who may assume it. When given, the role itself is rendered, with this trust policy."""
    note: RoleNote | None = None
    """What this role is, for the reader."""

    @model_validator(mode="after")
    def _rendered_by_name(self) -> Self:
        if self.assumed_by and (self.role is None or self.is_pattern or "/" in self.role):
            raise ValueError(
                "assumed_by renders the role, so it needs a plain role name (no ARN, path or wildcard)"
            )
        return self


class Principals(Model):
    """Who does what. Duties that must not meet in one hand are separate lists."""

    provisioners: Annotated[tuple[Role, ...], Field(min_length=1)]
    """Create and change agents, memories and the other surfaces; they use keys only through the services."""
    governance: Annotated[tuple[Role, ...], Field(min_length=1)]
    """Administer keys: policy, rotation, tags, deletion. Never use them."""
    break_glass: Annotated[tuple[Role, ...], Field(min_length=1)]
    """The emergency way in. Its use is an incident."""
    auditors: tuple[Role, ...] = ()
    """Read configuration, never content."""
    pipeline: tuple[TrustedBy, ...] = ()
    """What may assume the provisioners: a pipeline's role, or its OIDC identity."""
    applier: Annotated[tuple[Role, ...], Field(min_length=1)]
    """Runs Terraform or CloudFormation on what is rendered here: creates keys and writes their policies."""

    def duties(self) -> Iterator[tuple[str, int, Role]]:
        """Every role with the duty it has and its place in that list."""
        for duty in DUTIES:
            for index, role in enumerate(getattr(self, duty)):
                yield duty, index, role
