"""Checkov adapters: every control, in Checkov's terraform, terraform_json, terraform_plan and cloudformation runners.

checkov -d . --external-checks-dir "$(bedrock-cmk-guard checks path)" --check 'BCG_*'

They judge nothing. They ask bedrock-cmk-guard, which must be installed beside Checkov, and hand on its verdict.
"""

__all__ = ["bcg_cloudformation", "bcg_host", "bcg_terraform"]
