"""Lets ``python -m bedrock_cmk_guard`` stand for the installed program."""

from __future__ import annotations

import sys

from bedrock_cmk_guard.cli import main

if __name__ == "__main__":
    sys.exit(main())
