"""Live accounts, read through boto3: resources that take a key, their keys, their roles, and what is attached above."""
