"""The stand-in provider with what plans need beside the resources that are rendered: awscc, and data sources.

awscc's attributes are all optional and computed, as in the real provider. Source of the names: the CloudFormation
schemas of AWS::Bedrock::Guardrail, AWS::Bedrock::DataAutomationLibrary, AWS::BedrockAgentCore::Memory and
AWS::KMS::Key, from which that provider is generated.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from tests.terraform.provider import Served
from tests.terraform.schema import Attribute, Block, NestedBlock, ProviderSchema, load_schema

AWSCC = ("registry.terraform.io/hashicorp/awscc", "registry.opentofu.org/hashicorp/awscc")


def _attribute(
    kind: Any = "string", *, required: bool = False, optional: bool = False, computed: bool = False
) -> Attribute:
    return Attribute(kind, required, optional, computed)


def _both(kind: Any = "string") -> Attribute:
    return _attribute(kind, optional=True, computed=True)


def _set_of(block: Block) -> NestedBlock:
    return NestedBlock("set", block, 0, 0)


def _list_of(block: Block) -> NestedBlock:
    return NestedBlock("list", block, 0, 0)


_PRINCIPAL = Block(
    {"type": _attribute(required=True), "identifiers": _attribute(["set", "string"], required=True)}, {}
)
_CONDITION = Block(
    {
        "test": _attribute(required=True),
        "variable": _attribute(required=True),
        "values": _attribute(["list", "string"], required=True),
    },
    {},
)
_STATEMENT = Block(
    {
        name: _attribute(["set", "string"], optional=True)
        for name in ("actions", "not_actions", "resources", "not_resources")
    }
    | {"sid": _attribute(optional=True), "effect": _attribute(optional=True)},
    {
        "principals": _set_of(_PRINCIPAL),
        "not_principals": _set_of(_PRINCIPAL),
        "condition": _set_of(_CONDITION),
    },
)
_DOCUMENT = Block(
    {
        "json": _attribute(computed=True),
        "version": _attribute(optional=True),
        "source_policy_documents": _attribute(["list", "string"], optional=True),
    },
    {"statement": _list_of(_STATEMENT)},
)
_KEY_DATA = Block(
    {
        "key_id": _attribute(required=True),
        "arn": _attribute(computed=True),
        "key_manager": _attribute(computed=True),
        "key_spec": _attribute(computed=True),
    },
    {},
)
_HARNESS = Block(
    {
        "harness_name": _attribute(required=True),
        "execution_role_arn": _attribute(required=True),
    },
    {
        "memory": _list_of(
            Block(
                {},
                {
                    "agentcore_memory_configuration": _list_of(Block({"arn": _attribute(required=True)}, {})),
                    "managed_memory_configuration": _list_of(
                        Block({"encryption_key_arn": _attribute(optional=True)}, {})
                    ),
                },
            )
        )
    },
)
_AWSCC = {
    "awscc_bedrock_guardrail": Block(
        {"name": _attribute(required=True), "kms_key_arn": _both(), "id": _both()}, {}
    ),
    "awscc_bedrock_data_automation_library": Block(
        {
            "library_name": _attribute(required=True),
            "encryption_configuration": _both(["object", {"kms_key_id": "string"}]),
            "id": _both(),
        },
        {},
    ),
    "awscc_bedrockagentcore_memory": Block(
        {
            "name": _attribute(required=True),
            "encryption_key_arn": _both(),
            "memory_arn": _attribute(computed=True),
        },
        {},
    ),
    "awscc_kms_key": Block(
        {
            "arn": _attribute(computed=True),
            "key_id": _attribute(computed=True),
            "enable_key_rotation": _both("bool"),
            "key_policy": _both(),
            "pending_window_in_days": _both("number"),
            "tags": _both(["set", ["object", {"key": "string", "value": "string"}]]),
        },
        {},
    ),
}


_ALIAS_DATA = Block(
    {
        "name": _attribute(required=True),
        "arn": _attribute(computed=True),
        "target_key_arn": _attribute(computed=True),
        "target_key_id": _attribute(computed=True),
    },
    {},
)


def lenient() -> ProviderSchema:
    """The same without required arguments, for code that has only what it is about."""
    whole = schema()
    return dataclasses.replace(
        whole, resources={name: _nothing_required(block) for name, block in whole.resources.items()}
    )


def _nothing_required(block: Block) -> Block:
    return Block(
        {
            name: dataclasses.replace(each, required=False, optional=each.optional or each.required)
            for name, each in block.attributes.items()
        },
        {
            name: dataclasses.replace(each, block=_nothing_required(each.block), min_items=0)
            for name, each in block.blocks.items()
        },
    )


def schema() -> ProviderSchema:
    aws = load_schema()
    return dataclasses.replace(
        aws,
        resources={**aws.resources, "aws_bedrockagentcore_harness": _HARNESS, **_AWSCC},
        data_sources={
            **aws.data_sources,
            "aws_iam_policy_document": _DOCUMENT,
            "aws_kms_key": _KEY_DATA,
            "aws_kms_alias": _ALIAS_DATA,
        },
    )


class ServedBoth(Served):
    """Answers for ``aws`` and ``awscc`` alike."""

    @property
    def reattach(self) -> str:
        entries = json.loads(super().reattach)
        one = next(iter(entries.values()))
        return json.dumps({**entries, **dict.fromkeys(AWSCC, one)})
