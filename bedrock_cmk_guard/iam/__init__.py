"""The IAM policy language: documents that cannot be wrong, what AWS authorises, quotas, and an evaluator.

It knows nothing of KMS keys or agents. Importing it reads no data file.
"""

from bedrock_cmk_guard.iam.document import (
    Condition,
    Effect,
    Json,
    PolicyDocument,
    PolicyKind,
    Principal,
    Statement,
)

__all__ = ["Condition", "Effect", "Json", "PolicyDocument", "PolicyKind", "Principal", "Statement"]
