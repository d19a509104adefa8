variable "encryption" {
  type    = list(object({ key = string }))
  default = [{ key = "alias/inside" }]
}

variable "given_by_whoever" {
  type = list(string)
}

resource "aws_bedrockagent_data_source" "made" {
  name              = "made"
  knowledge_base_id = "KB"

  dynamic "server_side_encryption_configuration" {
    for_each = var.encryption
    content {
      kms_key_arn = server_side_encryption_configuration.value.key
    }
  }
}

resource "aws_bedrockagent_data_source" "with_iterator" {
  name              = "iterator"
  knowledge_base_id = "KB"

  dynamic "server_side_encryption_configuration" {
    for_each = toset(["alias/x"])
    iterator = each_key
    content {
      kms_key_arn = each_key.key
    }
  }
}

resource "aws_bedrockagent_data_source" "none" {
  name              = "none"
  knowledge_base_id = "KB"

  dynamic "server_side_encryption_configuration" {
    for_each = []
    content {
      kms_key_arn = "alias/never"
    }
  }
}

resource "aws_bedrockagent_data_source" "perhaps" {
  name              = "perhaps"
  knowledge_base_id = "KB"

  dynamic "server_side_encryption_configuration" {
    for_each = var.given_by_whoever
    content {
      kms_key_arn = "alias/perhaps"
    }
  }
}

resource "aws_bedrockagentcore_harness" "silent" {
  harness_name = "silent"
}

resource "aws_bedrockagentcore_harness" "own_memory" {
  harness_name = "own"

  memory {
    agentcore_memory_configuration {
      arn = "arn:aws:bedrock-agentcore:us-east-1:111122223333:memory/m"
    }
  }
}

resource "aws_bedrockagentcore_harness" "managed" {
  harness_name = "managed"

  memory {
    managed_memory_configuration {
      encryption_key_arn = "alias/harness"
    }
  }
}

resource "aws_bedrockagent_knowledge_base" "vectors" {
  name = "vectors"

  knowledge_base_configuration {
    type = "VECTOR"
    vector_knowledge_base_configuration {
      embedding_model_arn = "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0"
    }
  }
}

resource "aws_bedrockagent_agent" "keeps_memory" {
  agent_name                  = "remembers"
  customer_encryption_key_arn = "alias/agent"
  memory_configuration {
    enabled_memory_types = ["SESSION_SUMMARY"]
  }
}

resource "aws_bedrockagent_knowledge_base" "managed" {
  name = "managed"

  knowledge_base_configuration {
    type = "MANAGED"
  }
}

resource "aws_bedrockagentcore_oauth2_credential_provider" "with_a_secret" {
  name = "no key to speak of"
}
