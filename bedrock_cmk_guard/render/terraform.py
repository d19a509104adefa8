"""A module as Terraform (and OpenTofu) configuration: a folder without provider or backend blocks.

Without them a folder is a root module, taking the provider from the environment, or a child module of one's own
configuration, as its user likes. ``removed`` blocks need Terraform 1.7, the ``region`` argument needs version 6
of the AWS provider.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bedrock_cmk_guard.errors import RenderError
from bedrock_cmk_guard.render.files import RenderedFile
from bedrock_cmk_guard.render.limits import texts
from bedrock_cmk_guard.render.names import identifier
from bedrock_cmk_guard.render.prepared import Prepared, PreparedModule, called
from bedrock_cmk_guard.render.templates import Escaped, fill
from bedrock_cmk_guard.resources import (
    IamPolicy,
    IamRole,
    KmsKey,
    Module,
    OrganizationPolicy,
    Resource,
)

TERRAFORM_VERSION = ">= 1.7"
PROVIDER_VERSION = ">= 6.0"
KEY, EXTERNAL_KEY = "aws_kms_key", "aws_kms_external_key"

_SHORT = {"SERVICE_CONTROL_POLICY": "scp", "RESOURCE_CONTROL_POLICY": "rcp", "TAG_POLICY": "tag"}
Group = tuple[str, Sequence[tuple[str, Escaped]]]


@dataclass(frozen=True, slots=True)
class Output:
    """An output: a map of maps from names to references; a group without a name stands for its members."""

    name: str
    description: str
    groups: Sequence[Group]


def files(module: PreparedModule, retired: Sequence[str]) -> Iterator[RenderedFile]:
    """Yield the files of a module; ``retired`` are the addresses of keys that Terraform shall forget."""
    folder = f"terraform/{module.module.name}"
    yield RenderedFile(
        f"{folder}/versions.tf",
        fill(
            "terraform/versions.tf.j2",
            prerequisites=module.module.prerequisites,
            terraform_version=TERRAFORM_VERSION,
            provider_version=PROVIDER_VERSION,
        ),
    )
    for prepared in module.resources:
        resource = prepared.resource
        _require_normal_form(module.module, prepared)
        yield RenderedFile(
            f"{folder}/{resource.kind}-{identifier(resource.name)}.tf",
            fill(
                f"terraform/{resource.kind}.tf.j2",
                resource=resource,
                document=prepared.layout,
                tags=dict(sorted(getattr(resource, "tags", {}).items())),
                key_type=Escaped(KEY),
                external_type=Escaped(EXTERNAL_KEY),
            ),
        )
    if outputs := list(_outputs(module)):
        yield RenderedFile(f"{folder}/outputs.tf", fill("terraform/outputs.tf.j2", outputs=outputs))
    if retired:
        yield RenderedFile(
            f"{folder}/retired.tf",
            fill("terraform/retired.tf.j2", addresses=[Escaped(each) for each in retired]),
        )


def key_address(key: KmsKey) -> str:
    """Return the address of a key in its module."""
    return _key_address(key, key.name)


def former_key_address(key: KmsKey) -> str | None:
    """Return the address that a ``moved`` block takes a key from."""
    if key.former_name is None or key.former_name == key.name:
        return None
    return _key_address(key, key.former_name)


def former_key_addresses(key: KmsKey) -> frozenset[str]:
    """Return every address that a key may have had before it was renamed, whatever its origin was then."""
    if key.former_name is None or key.former_name == key.name:
        return frozenset()
    return frozenset(f"{type_}.{identifier(key.former_name)}" for type_ in (KEY, EXTERNAL_KEY))


def _key_address(key: KmsKey, name: str) -> str:
    return f"{EXTERNAL_KEY if key.origin == 'EXTERNAL' else KEY}.{identifier(name)}"


def _policy_address(policy: OrganizationPolicy) -> str:
    return f"aws_organizations_policy.{identifier(f'{_SHORT[policy.policy_type]}/{policy.name}')}"


def _outputs(module: PreparedModule) -> Iterator[Output]:
    resources = [prepared.resource for prepared in module.resources]
    keys = [resource for resource in resources if isinstance(resource, KmsKey)]
    policies = [resource for resource in resources if isinstance(resource, OrganizationPolicy)]
    yield from _output(
        "key_arn",
        "The ARN of each key, by what shares it and by Region.",
        ((key.scope, key.region, f"{key_address(key)}.arn") for key in keys),
    )
    yield from _output(
        "alias_name",
        "The alias of each key, by what shares it and by Region.",
        ((key.scope, key.region, f"aws_kms_alias.{identifier(key.name)}.name") for key in keys),
    )
    yield from _output(
        "policy_id",
        "The id of each policy of AWS Organizations, by type and name.",
        ((policy.policy_type, policy.name, f"{_policy_address(policy)}.id") for policy in policies),
    )
    yield from _output(
        "role_arn", "The ARN of each role, by name.", _iam_members(resources, IamRole, "aws_iam_role")
    )
    yield from _output(
        "policy_arn",
        "The ARN of each managed policy, by name.",
        _iam_members(resources, IamPolicy, "aws_iam_policy"),
    )


def _iam_members(
    resources: Sequence[Resource], kind: type[Resource], terraform_type: str
) -> Iterator[tuple[str, str, str]]:
    for resource in resources:
        if isinstance(resource, kind):
            yield "", resource.name, f"{terraform_type}.{identifier(resource.name)}.arn"


def _output(name: str, description: str, members: Iterable[tuple[str, str, str]]) -> Iterator[Output]:
    groups: dict[str, list[tuple[str, Escaped]]] = {}
    for group, member, reference in members:
        groups.setdefault(group, []).append((member, Escaped(reference)))
    if groups:
        yield Output(name, description, list(groups.items()))


def _require_normal_form(module: Module, prepared: Prepared) -> None:
    """Refuse text that Terraform would change: it puts every string into Unicode's normal form C."""
    odd = [field for field, text in texts(prepared.resource) if not unicodedata.is_normalized("NFC", text)]
    if not unicodedata.is_normalized("NFC", prepared.layout.text):
        odd.append("its document")
    for field in odd:
        raise RenderError(
            f"{module.name}: {called(prepared.resource)}: {field}: Terraform would change this text, because it is "
            "not in Unicode's normal form C; write it with composed characters"
        )


def retired_addresses(
    before: Mapping[str, str], keys: Sequence[KmsKey], moved: frozenset[str]
) -> Mapping[str, str]:
    """Return the keys of an earlier rendering that are gone and that no ``moved`` block takes along."""
    present = {key_address(key) for key in keys}
    return {address: alias for address, alias in sorted(before.items()) if address not in present | moved}
