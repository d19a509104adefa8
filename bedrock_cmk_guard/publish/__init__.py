"""Puts what was found where others look: CloudWatch, Security Hub, EventBridge and S3.

Nothing else in this package writes to AWS.
"""

from __future__ import annotations
