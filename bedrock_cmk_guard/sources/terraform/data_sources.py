"""What data sources answer, as far as that follows from what is written; everything else is known only to AWS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from bedrock_cmk_guard.sources.terraform.policy_document import policy_document
from bedrock_cmk_guard.subjects import Unknown

if TYPE_CHECKING:
    from bedrock_cmk_guard.sources.terraform.declared import Declared
    from bedrock_cmk_guard.sources.terraform.language.values import Value

Answers = Mapping[str, Callable[[], "Value"]]


def answered(data: Declared) -> Answers:
    """Return the attributes that are known, each computed when it is asked for."""
    read = _ANSWERING.get(data.type)
    return read(data) if read else {}


def partition_of(region: str) -> str:
    """Return the partition that a Region is in.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    """
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def _caller(data: Declared) -> Answers:
    account = data.provider.account.known() if data.provider else None
    return {} if account is None else dict.fromkeys(("account_id", "id"), _constantly(account))


def _region(data: Declared) -> Answers:
    named = data.attribute("region", "name")
    region = data.evaluated(named.name) if named else None
    if region is None and data.provider is not None:
        region = data.provider.region.known()
    return {} if region is None else dict.fromkeys(("region", "name", "id"), _constantly(region))


def _partition(data: Declared) -> Answers:
    region = data.provider.region.known() if data.provider else None
    if region is None:
        return {}
    partition = partition_of(region)
    suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    known = {"partition": partition, "id": partition, "dns_suffix": suffix}
    return {name: _constantly(value) for name, value in known.items()}


def _constantly(value: Value) -> Callable[[], Value]:
    return lambda: value


def _document(data: Declared) -> Answers:
    return dict.fromkeys(("json", "minified_json"), lambda: policy_document(data))


def _remote_state(data: Declared) -> Answers:
    return {"outputs": lambda: Unknown(f"{data.address} is the state of another root, which is not read")}


_ANSWERING: Mapping[str, Callable[[Declared], Answers]] = {
    "aws_caller_identity": _caller,
    "aws_region": _region,
    "aws_partition": _partition,
    "aws_iam_policy_document": _document,
    "terraform_remote_state": _remote_state,
}
