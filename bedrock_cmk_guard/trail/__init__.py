"""What CloudTrail says of guarded keys: by DuckDB on one machine, by the same queries on Athena beyond it."""

from __future__ import annotations
