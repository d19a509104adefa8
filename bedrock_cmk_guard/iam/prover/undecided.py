"""How the prover gives up: with a reason, and never with a guess."""

from __future__ import annotations

from bedrock_cmk_guard.errors import PolicyError


class UndecidedError(PolicyError):
    """A question that the prover does not answer. The message says what stands in the way."""
