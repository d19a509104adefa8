"""What the catalogue says that logs can be asked by: services, encryption contexts, and calls that claim a key."""

from __future__ import annotations

from dataclasses import dataclass

from bedrock_cmk_guard.surfaces import catalogue

#: The services whose events are looked at, by event source, and the prefix of their IAM actions.
SOURCES = {
    "kms.amazonaws.com": "kms",
    "bedrock.amazonaws.com": "bedrock",
    "bedrock-agentcore.amazonaws.com": "bedrock-agentcore",
    "agent-registry.amazonaws.com": "agent-registry",
    "iam.amazonaws.com": "iam",
    "sts.amazonaws.com": "sts",
}
#: Operations that use a key's material, as CloudTrail names them.
CRYPTOGRAPHIC = (
    "Decapsulate",
    "Decrypt",
    "DeriveSharedSecret",
    "Encapsulate",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "ReEncrypt",
    "Sign",
    "Verify",
    "VerifyMac",
)
# Where the response of each call says what it made; botocore's models have them, and a test compares.
_MADE = {
    "CreateAgent": "agent.agentArn",
    "UpdateAgent": "agent.agentArn",
    "CreateSession": "sessionArn",
    "CreateFlow": "arn",
    "UpdateFlow": "arn",
    "CreatePrompt": "arn",
    "UpdatePrompt": "arn",
    "CreateKnowledgeBase": "knowledgeBase.knowledgeBaseArn",
    "UpdateKnowledgeBase": "knowledgeBase.knowledgeBaseArn",
    "CreateGuardrail": "guardrailArn",
    "UpdateGuardrail": "guardrailArn",
    "CreateMemory": "memory.arn",
    "CreateHarness": "harness.arn",
    "CreateGateway": "gatewayArn",
    "UpdateGateway": "gatewayArn",
    "CreatePolicyEngine": "policyEngineArn",
    "CreateEvaluator": "evaluatorArn",
    "UpdateEvaluator": "evaluatorArn",
    "StartBatchEvaluation": "batchEvaluationArn",
    "CreateDataset": "datasetArn",
    "CreateConfigurationBundle": "bundleArn",
    "UpdateConfigurationBundle": "bundleArn",
    "CreatePaymentManager": "paymentManagerArn",
    "UpdatePaymentManager": "paymentManagerArn",
    "CreateRegistry": "registryArn",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """A call that puts a resource under a key: where its request names the key, and its response what was made."""

    event: str
    service: str
    key: str
    made: str
    has_context: bool
    """Whether AWS publishes the encryption context under which the resource's key is used."""


def services() -> tuple[str, ...]:
    """The services that use keys for agents, as ``userIdentity.invokedBy`` names them."""
    statements = [each for surface in catalogue().surfaces.values() for each in surface.kms]
    named = {each.service for each in statements if each.service is not None}
    via = {
        f"{name}.amazonaws.com"
        for each in statements
        for name in (each.via, each.via_inferred)
        if name is not None
    }
    return tuple(sorted(named | via))


def context_keys() -> tuple[str, ...]:
    """The keys of encryption contexts that name an agent, a session or a flow."""
    statements = (each for surface in catalogue().surfaces.values() for each in surface.kms)
    return tuple(sorted({each.context.key for each in statements if each.context is not None}))


def claims() -> tuple[Claim, ...]:
    """The calls that claim a key, each once."""
    found: dict[str, Claim] = {}
    for surface in catalogue().surfaces.values():
        has_context = any(each.context is not None for each in surface.kms)
        for request in surface.key.request:
            event = request.operation
            if event in _MADE and "[]" not in request.path and event not in found:
                found[event] = Claim(event, surface.service, request.path, _MADE[event], has_context)
    return tuple(found.values())
