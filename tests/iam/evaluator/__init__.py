"""What the IAM evaluator decides, from AWS's documented semantics."""
