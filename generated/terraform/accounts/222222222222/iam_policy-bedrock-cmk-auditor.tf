# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

resource "aws_iam_policy" "bedrock-cmk-auditor" {
  name = "bedrock-cmk-auditor"
  path = "/bedrock-cmk-guard/"

  description = "What the auditor of AI agent keys may do"

  policy = jsonencode({
    "Version" : "2012-10-17",
    "Statement" : [
      {
        "Sid" : "ReadSurfaces",
        "Effect" : "Allow",
        "Action" : [
          "agent-registry:GetRegistry",
          "agent-registry:ListRegistries",
          "agent-registry:ListTagsForResource",
          "bedrock-agentcore:GetCapacityProvider",
          "bedrock-agentcore:GetConfigurationBundle",
          "bedrock-agentcore:GetDataset",
          "bedrock-agentcore:GetGateway",
          "bedrock-agentcore:GetHarness",
          "bedrock-agentcore:GetMemory",
          "bedrock-agentcore:GetRecommendation",
          "bedrock-agentcore:GetTokenVault",
          "bedrock-agentcore:ListBatchEvaluations",
          "bedrock-agentcore:ListCapacityProviders",
          "bedrock-agentcore:ListConfigurationBundles",
          "bedrock-agentcore:ListDatasets",
          "bedrock-agentcore:ListEvaluators",
          "bedrock-agentcore:ListGateways",
          "bedrock-agentcore:ListHarnesses",
          "bedrock-agentcore:ListMemories",
          "bedrock-agentcore:ListPaymentManagers",
          "bedrock-agentcore:ListPolicyEngineSummaries",
          "bedrock-agentcore:ListRecommendations",
          "bedrock-agentcore:ListTagsForResource",
          "bedrock:GetAdvancedPromptOptimizationJob",
          "bedrock:GetAgent",
          "bedrock:GetAgentVersion",
          "bedrock:GetAutomatedReasoningPolicy",
          "bedrock:GetBlueprint",
          "bedrock:GetCustomModel",
          "bedrock:GetDataAutomationLibrary",
          "bedrock:GetDataAutomationProject",
          "bedrock:GetDataSource",
          "bedrock:GetEvaluationJob",
          "bedrock:GetFlow",
          "bedrock:GetFlowVersion",
          "bedrock:GetGuardrail",
          "bedrock:GetKnowledgeBase",
          "bedrock:GetMarketplaceModelEndpoint",
          "bedrock:GetModelCustomizationJob",
          "bedrock:GetModelImportJob",
          "bedrock:GetPrompt",
          "bedrock:GetRetrievalInstruction",
          "bedrock:GetSession",
          "bedrock:ListAdvancedPromptOptimizationJobs",
          "bedrock:ListAgentAliases",
          "bedrock:ListAgentVersions",
          "bedrock:ListAgents",
          "bedrock:ListAsyncInvokes",
          "bedrock:ListAutomatedReasoningPolicies",
          "bedrock:ListBlueprints",
          "bedrock:ListCustomModels",
          "bedrock:ListDataAutomationLibraries",
          "bedrock:ListDataAutomationProjects",
          "bedrock:ListDataSources",
          "bedrock:ListEvaluationJobs",
          "bedrock:ListFlowAliases",
          "bedrock:ListFlowVersions",
          "bedrock:ListFlows",
          "bedrock:ListGuardrails",
          "bedrock:ListKnowledgeBases",
          "bedrock:ListMarketplaceModelEndpoints",
          "bedrock:ListModelCopyJobs",
          "bedrock:ListModelCustomizationJobs",
          "bedrock:ListModelImportJobs",
          "bedrock:ListModelInvocationJobs",
          "bedrock:ListPrompts",
          "bedrock:ListRetrievalInstructions",
          "bedrock:ListSessions",
          "bedrock:ListTagsForResource"
        ],
        "Resource" : "*"
      },
      {
        "Sid" : "ReadKeysAndRoles",
        "Effect" : "Allow",
        "Action" : [
          "iam:GetPolicy",
          "iam:GetPolicyVersion",
          "iam:GetRole",
          "iam:GetRolePolicy",
          "iam:ListAttachedRolePolicies",
          "iam:ListRolePolicies",
          "kms:DescribeKey",
          "kms:GetKeyPolicy",
          "kms:GetKeyRotationStatus",
          "kms:ListAliases",
          "kms:ListGrants",
          "kms:ListResourceTags",
          "organizations:DescribeOrganization",
          "organizations:DescribePolicy",
          "organizations:ListAccounts",
          "organizations:ListParents",
          "organizations:ListPoliciesForTarget"
        ],
        "Resource" : "*"
      }
    ]
  })
}

resource "aws_iam_role_policy_attachment" "bedrock-cmk-auditor_bedrock-cmk-auditor" {
  role       = aws_iam_role.bedrock-cmk-auditor.name
  policy_arn = aws_iam_policy.bedrock-cmk-auditor.arn
}
