"""What a policy builder says about itself: what it stops, what it does not stop, and how to roll it out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.resources import Resource

Builder = Callable[[Requirements], Iterable[Resource]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One policy of the set: its builder, and the page an architect reads about it.

    ``id`` is the name of its page and, for a layer of SCP or RCP, of its field under ``enforcement.layers``.
    ``rollout`` is its place in the order of rolling out, counted from 1; policies of one step go together.
    """

    id: str
    title: str
    kind: str
    stops: tuple[str, ...]
    does_not_stop: tuple[str, ...]
    needs_first: tuple[str, ...]
    rollout: int
    rollout_note: str
    references: tuple[str, ...]
    build: Builder
