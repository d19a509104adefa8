# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

resource "aws_organizations_policy" "scp_bedrock-cmk-scp-ai-workloads-2" {
  name = "bedrock-cmk-scp-ai-workloads-2"
  type = "SERVICE_CONTROL_POLICY"

  description = "Keys of AI agents: agent writers"

  content = jsonencode({
    "Version" : "2012-10-17",
    "Statement" : [
      {
        "Sid" : "ProvisionersSessionMemory",
        "Effect" : "Deny",
        "Action" : [
          "bedrock:CreateAgent",
          "bedrock:UpdateAgent",
          "bedrock-agentcore:CreateMemory",
          "bedrock-agentcore:UpdateMemory",
          "bedrock-agentcore:DeleteMemory",
          "bedrock-agentcore:CreateHarness",
          "bedrock-agentcore:UpdateHarness",
          "bedrock-agentcore:DeleteHarness",
          "bedrock-agentcore:CreateHarnessEndpoint",
          "bedrock-agentcore:UpdateHarnessEndpoint",
          "bedrock-agentcore:DeleteHarnessEndpoint",
          "bedrock-agentcore:StartBatchEvaluation",
          "bedrock-agentcore:StopBatchEvaluation",
          "bedrock-agentcore:DeleteBatchEvaluation",
          "bedrock-agentcore:StartRecommendation",
          "bedrock-agentcore:DeleteRecommendation",
          "bedrock-agentcore:CreateDataset",
          "bedrock-agentcore:UpdateDataset",
          "bedrock-agentcore:DeleteDataset",
          "bedrock-agentcore:CreateDatasetVersion",
          "bedrock-agentcore:AddDatasetExamples",
          "bedrock-agentcore:UpdateDatasetExamples",
          "bedrock-agentcore:DeleteDatasetExamples",
          "bedrock-agentcore:CreateCapacityProvider",
          "bedrock-agentcore:UpdateCapacityProvider",
          "bedrock-agentcore:DeleteCapacityProvider"
        ],
        "Resource" : "*",
        "Condition" : {
          "ArnNotLike" : {
            "aws:PrincipalArn" : [
              "arn:aws:iam::*:role/bedrock-agent-provisioner",
              "arn:aws:iam::*:role/bedrock-cmk-breakglass"
            ]
          }
        }
      },
      {
        "Sid" : "ProvisionersAgentDefinition",
        "Effect" : "Deny",
        "Action" : [
          "bedrock:DeleteAgent",
          "bedrock:PrepareAgent",
          "bedrock:DeleteAgentVersion",
          "bedrock:CreateAgentAlias",
          "bedrock:DeleteAgentAlias",
          "bedrock:CreateAgentActionGroup",
          "bedrock:UpdateAgentActionGroup",
          "bedrock:DeleteAgentActionGroup",
          "bedrock:AssociateAgentCollaborator",
          "bedrock:UpdateAgentCollaborator",
          "bedrock:DisassociateAgentCollaborator",
          "bedrock:AssociateAgentKnowledgeBase",
          "bedrock:UpdateAgentKnowledgeBase",
          "bedrock:DisassociateAgentKnowledgeBase",
          "bedrock:CreateFlow",
          "bedrock:UpdateFlow",
          "bedrock:DeleteFlow",
          "bedrock:PrepareFlow",
          "bedrock:CreateFlowVersion",
          "bedrock:DeleteFlowVersion",
          "bedrock:CreateFlowAlias",
          "bedrock:UpdateFlowAlias",
          "bedrock:DeleteFlowAlias",
          "bedrock:CreatePrompt",
          "bedrock:UpdatePrompt",
          "bedrock:DeletePrompt",
          "bedrock:CreatePromptVersion",
          "bedrock:CreateGuardrail",
          "bedrock:UpdateGuardrail",
          "bedrock:DeleteGuardrail",
          "bedrock:CreateGuardrailVersion",
          "bedrock:CreateAutomatedReasoningPolicy",
          "bedrock:UpdateAutomatedReasoningPolicy",
          "bedrock:DeleteAutomatedReasoningPolicy",
          "bedrock:CreateAutomatedReasoningPolicyVersion",
          "bedrock:CreateAutomatedReasoningPolicyTestCase",
          "bedrock:UpdateAutomatedReasoningPolicyTestCase",
          "bedrock:DeleteAutomatedReasoningPolicyTestCase",
          "bedrock:UpdateAutomatedReasoningPolicyAnnotations",
          "bedrock:StartAutomatedReasoningPolicyBuildWorkflow",
          "bedrock:CancelAutomatedReasoningPolicyBuildWorkflow",
          "bedrock:DeleteAutomatedReasoningPolicyBuildWorkflow",
          "bedrock:StartAutomatedReasoningPolicyTestWorkflow",
          "bedrock-agentcore:CreateConfigurationBundle",
          "bedrock-agentcore:UpdateConfigurationBundle",
          "bedrock-agentcore:DeleteConfigurationBundle",
          "agent-registry:CreateRegistry",
          "agent-registry:UpdateRegistry",
          "agent-registry:DeleteRegistry",
          "agent-registry:CreateRegistryRecord",
          "agent-registry:UpdateRegistryRecord",
          "agent-registry:DeleteRegistryRecord",
          "agent-registry:UpdateRegistryRecordStatus",
          "agent-registry:SubmitRegistryRecordForApproval"
        ],
        "Resource" : "*",
        "Condition" : {
          "ArnNotLike" : {
            "aws:PrincipalArn" : [
              "arn:aws:iam::*:role/bedrock-agent-provisioner",
              "arn:aws:iam::*:role/bedrock-cmk-breakglass"
            ]
          }
        }
      },
      {
        "Sid" : "ProvisionersKnowledge",
        "Effect" : "Deny",
        "Action" : [
          "bedrock:CreateKnowledgeBase",
          "bedrock:UpdateKnowledgeBase",
          "bedrock:DeleteKnowledgeBase",
          "bedrock:CreateDataSource",
          "bedrock:UpdateDataSource",
          "bedrock:DeleteDataSource",
          "bedrock:CreateRetrievalInstruction",
          "bedrock:UpdateRetrievalInstruction",
          "bedrock:DeleteRetrievalInstruction",
          "bedrock:CreateRetrievalInstructionVersion"
        ],
        "Resource" : "*",
        "Condition" : {
          "ArnNotLike" : {
            "aws:PrincipalArn" : [
              "arn:aws:iam::*:role/bedrock-agent-provisioner",
              "arn:aws:iam::*:role/bedrock-cmk-breakglass"
            ]
          }
        }
      },
      {
        "Sid" : "ProvisionersOther",
        "Effect" : "Deny",
        "Action" : [
          "bedrock-agentcore:CreateGateway",
          "bedrock-agentcore:UpdateGateway",
          "bedrock-agentcore:DeleteGateway",
          "bedrock-agentcore:CreateGatewayTarget",
          "bedrock-agentcore:UpdateGatewayTarget",
          "bedrock-agentcore:DeleteGatewayTarget",
          "bedrock-agentcore:SynchronizeGatewayTargets",
          "bedrock-agentcore:CreateGatewayRule",
          "bedrock-agentcore:UpdateGatewayRule",
          "bedrock-agentcore:DeleteGatewayRule",
          "bedrock-agentcore:CreateGatewayRateLimit",
          "bedrock-agentcore:UpdateGatewayRateLimit",
          "bedrock-agentcore:DeleteGatewayRateLimit",
          "bedrock-agentcore:BatchPutGatewayRateLimits",
          "bedrock-agentcore:SetTokenVaultCMK",
          "bedrock-agentcore:ResetTokenVaultKeyMaterial",
          "bedrock-agentcore:CreateApiKeyCredentialProvider",
          "bedrock-agentcore:UpdateApiKeyCredentialProvider",
          "bedrock-agentcore:DeleteApiKeyCredentialProvider",
          "bedrock-agentcore:CreatePaymentCredentialProvider",
          "bedrock-agentcore:UpdatePaymentCredentialProvider",
          "bedrock-agentcore:DeletePaymentCredentialProvider",
          "bedrock-agentcore:CreateOauth2CredentialProvider",
          "bedrock-agentcore:UpdateOauth2CredentialProvider",
          "bedrock-agentcore:DeleteOauth2CredentialProvider",
          "bedrock-agentcore:CreatePolicyEngine",
          "bedrock-agentcore:UpdatePolicyEngine",
          "bedrock-agentcore:DeletePolicyEngine",
          "bedrock-agentcore:CreatePolicy",
          "bedrock-agentcore:UpdatePolicy",
          "bedrock-agentcore:DeletePolicy",
          "bedrock-agentcore:StartPolicyGeneration",
          "bedrock-agentcore:ManageAdminPolicy",
          "bedrock-agentcore:ManageResourceScopedPolicy",
          "bedrock-agentcore:CreateEvaluator",
          "bedrock-agentcore:UpdateEvaluator",
          "bedrock-agentcore:DeleteEvaluator",
          "bedrock-agentcore:CreatePaymentManager",
          "bedrock-agentcore:UpdatePaymentManager",
          "bedrock-agentcore:DeletePaymentManager",
          "bedrock-agentcore:CreatePaymentConnector",
          "bedrock-agentcore:UpdatePaymentConnector",
          "bedrock-agentcore:DeletePaymentConnector",
          "bedrock:CreateBlueprint",
          "bedrock:UpdateBlueprint",
          "bedrock:DeleteBlueprint",
          "bedrock:CreateBlueprintVersion",
          "bedrock:CopyBlueprintStage",
          "bedrock:CreateDataAutomationLibrary",
          "bedrock:UpdateDataAutomationLibrary",
          "bedrock:DeleteDataAutomationLibrary",
          "bedrock:InvokeDataAutomationLibraryIngestionJob",
          "bedrock:CreateDataAutomationProject",
          "bedrock:UpdateDataAutomationProject",
          "bedrock:DeleteDataAutomationProject"
        ],
        "Resource" : "*",
        "Condition" : {
          "ArnNotLike" : {
            "aws:PrincipalArn" : [
              "arn:aws:iam::*:role/bedrock-agent-provisioner",
              "arn:aws:iam::*:role/bedrock-cmk-breakglass"
            ]
          }
        }
      },
      {
        "Sid" : "AliasWriters",
        "Effect" : "Deny",
        "Action" : "bedrock:UpdateAgentAlias",
        "Resource" : "*",
        "Condition" : {
          "ArnNotLike" : {
            "aws:PrincipalArn" : [
              "arn:aws:iam::*:role/bedrock-agent-provisioner",
              "arn:aws:iam::*:role/bedrock-cmk-breakglass",
              "arn:aws:iam::*:role/bedrock-cmk-governance"
            ]
          }
        }
      },
      {
        "Sid" : "Callers1",
        "Effect" : "Deny",
        "Action" : "bedrock:CreateSession",
        "Resource" : "*",
        "Condition" : {
          "ArnNotLike" : {
            "aws:PrincipalArn" : [
              "arn:aws:iam::555555555555:role/adviser-desktop",
              "arn:aws:iam::*:role/bedrock-cmk-breakglass"
            ]
          }
        }
      },
      {
        "Sid" : "OpenedByNobody",
        "Effect" : "Deny",
        "Action" : [
          "bedrock:InvokeInlineAgent",
          "bedrock:RetrieveAndGenerate"
        ],
        "Resource" : "*",
        "Condition" : {
          "ArnNotLike" : {
            "aws:PrincipalArn" : "arn:aws:iam::*:role/bedrock-cmk-breakglass"
          }
        }
      }
    ]
  })
}

# ai-workloads
resource "aws_organizations_policy_attachment" "scp_bedrock-cmk-scp-ai-workloads-2_ou-ab12-11111111" {
  policy_id = aws_organizations_policy.scp_bedrock-cmk-scp-ai-workloads-2.id
  target_id = "ou-ab12-11111111"
}
