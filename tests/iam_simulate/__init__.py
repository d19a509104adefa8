"""A second opinion on IAM decisions, from a separate process (see README.md)."""
