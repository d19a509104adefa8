"""The policies that a Terraform plan or state holds: as text, and those that data sources will put together.

Source of the arguments: https://registry.terraform.io/providers/hashicorp/aws/latest/docs and, for ``awscc``,
https://registry.terraform.io/providers/hashicorp/awscc/latest/docs
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bedrock_cmk_guard.iam.document import PolicyKind
from bedrock_cmk_guard.lint.held import Held
from bedrock_cmk_guard.sources.plan.documents import document
from bedrock_cmk_guard.sources.plan.instance import Instance
from bedrock_cmk_guard.sources.plan.plan import Plan, plan_of
from bedrock_cmk_guard.sources.plan.reading import load
from bedrock_cmk_guard.sources.source_file import SourceFile
from bedrock_cmk_guard.subjects import Document, Fault, Unknown

_Path = tuple[str, ...]

#: What holds a policy: the argument, or the list of blocks and the argument within each; the type of policy.
_HOLDERS: dict[str, tuple[tuple[_Path, PolicyKind], ...]] = {
    "aws_kms_key": ((("policy",), PolicyKind.KEY),),
    "aws_kms_external_key": ((("policy",), PolicyKind.KEY),),
    "aws_kms_replica_key": ((("policy",), PolicyKind.KEY),),
    "aws_kms_replica_external_key": ((("policy",), PolicyKind.KEY),),
    "aws_kms_key_policy": ((("policy",), PolicyKind.KEY),),
    "awscc_kms_key": ((("key_policy",), PolicyKind.KEY),),
    "awscc_kms_replica_key": ((("key_policy",), PolicyKind.KEY),),
    "aws_iam_role": (
        (("assume_role_policy",), PolicyKind.TRUST),
        (("inline_policy", "policy"), PolicyKind.IDENTITY),
    ),
    "awscc_iam_role": (
        (("assume_role_policy_document",), PolicyKind.TRUST),
        (("policies", "policy_document"), PolicyKind.IDENTITY),
    ),
    "aws_iam_policy": ((("policy",), PolicyKind.IDENTITY),),
    "aws_iam_role_policy": ((("policy",), PolicyKind.IDENTITY),),
    "aws_iam_user_policy": ((("policy",), PolicyKind.IDENTITY),),
    "aws_iam_group_policy": ((("policy",), PolicyKind.IDENTITY),),
    "awscc_iam_managed_policy": ((("policy_document",), PolicyKind.IDENTITY),),
    "awscc_iam_role_policy": ((("policy_document",), PolicyKind.IDENTITY),),
    "aws_ssoadmin_permission_set_inline_policy": ((("inline_policy",), PolicyKind.IDENTITY),),
    "aws_s3_bucket_policy": ((("policy",), PolicyKind.RESOURCE),),
    "aws_secretsmanager_secret_policy": ((("policy",), PolicyKind.RESOURCE),),
    "aws_sqs_queue_policy": ((("policy",), PolicyKind.RESOURCE),),
    "aws_sns_topic_policy": ((("policy",), PolicyKind.RESOURCE),),
}
_ORGANIZATION = {
    "aws_organizations_policy": ("content", "type"),
    "awscc_organizations_policy": ("content", "type"),
}
_ORGANIZATION_TYPES = {
    "SERVICE_CONTROL_POLICY": PolicyKind.SCP,
    "RESOURCE_CONTROL_POLICY": PolicyKind.RCP,
}
# Keys, roles and managed policies are what policies refer to; data sources put policies together.
_RELEVANT = re.compile(
    r"aws(cc)?_(kms|iam|organizations)_|aws_(s3_bucket|secretsmanager_secret|sqs_queue|sns_topic)_policy$"
    r"|aws_ssoadmin_permission_set_inline_policy$|aws_(caller_identity|region|partition)$"
)


def held_by_plan(file: SourceFile) -> tuple[list[Held], list[Fault]]:
    """Every policy of a plan or state, and what could not be read of it."""
    contents = load(file, _RELEVANT)
    if isinstance(contents, Fault):
        return [], [contents]
    plan = plan_of(contents)
    held = [each for instance in plan.instances.values() for each in _held(plan, instance)]
    return held, contents.faults


def _held(plan: Plan, instance: Instance) -> Iterator[Held]:
    if instance.mode != "managed" or not instance.kept:
        return
    for path, kind in _HOLDERS.get(instance.type, ()):
        yield from _of_argument(plan, instance, path, kind)
    if instance.type in _ORGANIZATION:
        argument, named = _ORGANIZATION[instance.type]
        told = instance.values.get(named) or "SERVICE_CONTROL_POLICY"
        if isinstance(told, Unknown):
            yield Held(f"{instance.address}.{argument}", PolicyKind.SCP, told, instance.place)
        elif isinstance(told, str) and told in _ORGANIZATION_TYPES:
            yield from _of_argument(plan, instance, (argument,), _ORGANIZATION_TYPES[told])


def _of_argument(plan: Plan, instance: Instance, path: _Path, kind: PolicyKind) -> Iterator[Held]:
    name, *within = path
    value = instance.values.get(name)
    if not within or isinstance(value, Unknown):
        yield from _found(f"{instance.address}.{name}", kind, _content(plan, instance, name), instance)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index in range(len(value)):
            content = _content(plan, instance, name, index, *within)
            yield from _found(f"{instance.address}.{name}[{index}].{within[0]}", kind, content, instance)


def _content(plan: Plan, instance: Instance, *path: str | int) -> Document:
    """The text that will be sent, where it is known; else what can be known of it."""
    value: object = instance.values
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, Sequence) and not isinstance(value, str) and isinstance(step, int):
            value = value[step]
    return value if isinstance(value, str) else document(plan, instance, *path).value


def _found(resource: str, kind: PolicyKind, content: Document, instance: Instance) -> Iterator[Held]:
    if content is not None and content != "":
        yield Held(resource, kind, content, instance.place)
