"""The surface catalogue as a page."""

from __future__ import annotations

from collections.abc import Iterator

from bedrock_cmk_guard.surfaces import GrantConstraint, KmsStatement, Surface, Tier, catalogue
from docs.pages import GENERATED, code, codes, join, table, text

INTRODUCTION = """\
Every kind of AWS resource or call that takes a KMS key for what agents store, and what holds such data and
takes none. Leaving the key out is never an error in any of these APIs.

*Key* names the request member that carries the key. *Change* says whether an existing resource can be given
another key; *?* means that AWS's own pages disagree or that it depends on the request. *Alias* says whether
the API's pattern lets an alias ARN through.
"""


def page() -> str:
    """The whole page."""
    return join(
        GENERATED, "# Surfaces", INTRODUCTION, *_tiers(), *_without_key(), "## What KMS must allow", *_kms()
    )


def _tiers() -> Iterator[str]:
    for tier in Tier:
        rows = [_row(surface) for surface in catalogue().by_tier(tier)]
        if rows:
            yield f"## {tier.replace('-', ' ').capitalize()}"
            yield table(
                ("Surface", "What lies in it", "Key", "CloudFormation", "Terraform", "Change", "Alias"), rows
            )


def _row(surface: Surface) -> tuple[str, ...]:
    create = surface.key.request[0]
    cloudformation, terraform = surface.cloudformation, (surface.terraform_aws, surface.terraform_awscc)
    return (
        f"[{text(surface.title)}](#{surface.id})",
        text(surface.data),
        f"{code(create.operation)} {code(create.path)}",
        f"{code(cloudformation.type)} {code(cloudformation.property)}" if cloudformation else "",
        "<br>".join(f"{code(attribute.type)} {code(attribute.path)}" for attribute in terraform if attribute),
        {True: "yes", False: "no", None: "?"}[surface.key.mutable],
        "yes" if "alias_arn" in surface.key.accepts else "no",
    )


def _without_key() -> Iterator[str]:
    rows = (
        (
            text(surface.title) if surface.doc is None else f"[{text(surface.title)}]({surface.doc})",
            text(surface.where),
            text(surface.why),
            text(surface.alternative or ""),
        )
        for surface in catalogue().without_key.values()
    )
    yield "## Holds data and takes no key"
    yield "No setting puts these under a customer managed key. Close them, or keep data out of them."
    yield table(("What", "Where", "Why", "Instead"), rows)


def _kms() -> Iterator[str]:
    for surface in catalogue().surfaces.values():
        yield f"### {surface.id}"
        accepts = codes(sorted(surface.key.accepts))
        yield f"{text(surface.title)}. Keys are taken as {accepts}. {_visible(surface)}"
        yield table(
            ("Who", "May", "Only if", "When", "Why"), (_statement(statement) for statement in surface.kms)
        )
        notes = [*map(text, surface.notes), *(f"<{url}>" for url in surface.docs)]
        yield "".join(f"- {note}\n" for note in notes)


def _visible(surface: Surface) -> str:
    if surface.key_condition is None:
        return "No condition key shows the key to a policy."
    return (
        f"Policies see the key as {code(surface.key_condition.key)} on {code(surface.key_condition.action)}."
    )


def _statement(statement: KmsStatement) -> tuple[str, ...]:
    conditions = []
    if statement.via:
        conditions.append(f"{code('kms:ViaService')} is {code(statement.via)}")
    if statement.context:
        conditions.append(f"{code(statement.context.condition_key)} is {code(statement.context.value)}")
    if statement.source_arn:
        conditions.append(f"{code('aws:SourceArn')} is {code(statement.source_arn)}")
    if statement.grant:
        conditions.extend(_grant(statement.grant))
    basis = statement.basis
    return (
        ", ".join(sorted(principal.replace("_", " ") for principal in statement.principals))
        + (f" {code(statement.service)}" if statement.service else ""),
        codes(statement.actions, "<br>"),
        "<br>".join(conditions),
        statement.when.replace("-", " "),
        f"[documented]({basis})" if basis.startswith("https://") else text(basis),
    )


def _grant(grant: GrantConstraint) -> Iterator[str]:
    if grant.for_aws_resource:
        yield f"{code('kms:GrantIsForAWSResource')} is {code('true')}"
    if grant.operations:
        yield f"{code('kms:GrantOperations')} are among {codes(grant.operations)}"
    if grant.constraint:
        yield f"{code('kms:GrantConstraintType')} is {code(grant.constraint)}"
