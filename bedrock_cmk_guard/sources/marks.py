"""What a file must hold to matter: a byte search for it costs next to nothing, where parsing costs.

Written out, so that a hook with nothing to judge need not read the catalogue; a test holds it to the catalogue.
"""

from __future__ import annotations

MARKS = (b"bedrock", b"Bedrock", b"agentregistry", b"AgentRegistry")
"""One of these stands in the type of every resource that a source reads into an ``EncryptedResource``."""

_STEMS = (b"edrock", b"egistry")
"""Each mark holds one of these, so most files are searched twice and not four times."""

NESTING = (b"AWS::CloudFormation::Stack", b"AWS::Serverless::Application", b"::MODULE", b"AWS::Include")
"""One of these stands in a template that has others below it, or that brings in what lies elsewhere."""

TERRAFORM_TYPES = frozenset(
    {
        "aws_agentregistry_registry",
        "aws_bedrock_custom_model",
        "aws_bedrock_evaluation_job",
        "aws_bedrock_guardrail",
        "aws_bedrock_model_invocation_job",
        "aws_bedrockagent_agent",
        "aws_bedrockagent_data_source",
        "aws_bedrockagent_flow",
        "aws_bedrockagent_knowledge_base",
        "aws_bedrockagent_prompt",
        "aws_bedrockagentcore_configuration_bundle",
        "aws_bedrockagentcore_dataset",
        "aws_bedrockagentcore_evaluator",
        "aws_bedrockagentcore_gateway",
        "aws_bedrockagentcore_harness",
        "aws_bedrockagentcore_memory",
        "aws_bedrockagentcore_oauth2_credential_provider",
        "aws_bedrockagentcore_policy_engine",
        "aws_bedrockagentcore_token_vault_cmk",
        "awscc_bedrock_agent",
        "awscc_bedrock_automated_reasoning_policy",
        "awscc_bedrock_blueprint",
        "awscc_bedrock_data_automation_library",
        "awscc_bedrock_data_automation_project",
        "awscc_bedrock_data_source",
        "awscc_bedrock_guardrail",
        "awscc_bedrock_knowledge_base",
        "awscc_bedrock_prompt",
        "awscc_bedrockagentcore_configuration_bundle",
        "awscc_bedrockagentcore_evaluator",
        "awscc_bedrockagentcore_gateway",
        "awscc_bedrockagentcore_memory",
        "awscc_bedrockagentcore_o_auth_2_credential_provider",
        "awscc_bedrockagentcore_policy_engine",
    }
)
"""The catalogue's Terraform types, of both providers."""

CLOUDFORMATION_TYPES = frozenset(
    {
        "AWS::AgentRegistry::Registry",
        "AWS::Bedrock::Agent",
        "AWS::Bedrock::AutomatedReasoningPolicy",
        "AWS::Bedrock::Blueprint",
        "AWS::Bedrock::DataAutomationLibrary",
        "AWS::Bedrock::DataAutomationProject",
        "AWS::Bedrock::DataSource",
        "AWS::Bedrock::Flow",
        "AWS::Bedrock::Guardrail",
        "AWS::Bedrock::KnowledgeBase",
        "AWS::Bedrock::Prompt",
        "AWS::Bedrock::RetrievalInstruction",
        "AWS::Bedrock::Session",
        "AWS::BedrockAgentCore::CapacityProvider",
        "AWS::BedrockAgentCore::ConfigurationBundle",
        "AWS::BedrockAgentCore::Dataset",
        "AWS::BedrockAgentCore::Evaluator",
        "AWS::BedrockAgentCore::Gateway",
        "AWS::BedrockAgentCore::Harness",
        "AWS::BedrockAgentCore::Memory",
        "AWS::BedrockAgentCore::OAuth2CredentialProvider",
        "AWS::BedrockAgentCore::PolicyEngine",
    }
)
"""The catalogue's CloudFormation types."""

WIDE = (b"\xff\xfe", b"\xfe\xff")
"""What text in UTF-16 begins with, the little end first or last."""


def holds(content: bytes, marks: tuple[bytes, ...] = MARKS) -> bool:
    """Whether one of some marks stands in the content, escapes included.

    Text in UTF-16, by its own mark, is looked into too.
    """
    if content.startswith(WIDE):
        encoding = "utf-16-le" if content.startswith(WIDE[0]) else "utf-16-be"
        return any(mark.decode().encode(encoding) in content for mark in marks)
    if not (marks is MARKS and _STEMS[0] not in content and _STEMS[1] not in content):
        for mark in marks:
            if mark in content:
                return True
    # A letter that is written as an escape hides a mark from this search, and from nobody who reads the file.
    return b"\\" in content and (b"\\u00" in content or b"\\x" in content) and _spelt_out(content, marks)


def _spelt_out(content: bytes, marks: tuple[bytes, ...]) -> bool:
    import re

    escape = re.compile(rb"\\(?:u00|x)([2-7][0-9A-Fa-f])")
    plain = escape.sub(lambda found: bytes((int(found[1], 16),)), content)
    return any(mark in plain for mark in marks)
