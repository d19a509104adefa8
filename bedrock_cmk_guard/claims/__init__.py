"""Claims: what the rendered policies are meant to make true, as sentences about all requests, from Requirements."""

from bedrock_cmk_guard.claims.build import claims_in, claims_of
from bedrock_cmk_guard.claims.claim import Claim, Judged, Verdict, judge
from bedrock_cmk_guard.claims.world import ASSUMPTIONS, World

__all__ = ["ASSUMPTIONS", "Claim", "Judged", "Verdict", "World", "claims_in", "claims_of", "judge"]
