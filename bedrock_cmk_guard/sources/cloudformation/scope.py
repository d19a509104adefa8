"""What an intrinsic function may ask of the stack that it stands in."""

from __future__ import annotations

from typing import Protocol

from bedrock_cmk_guard.sources.cloudformation.values import Value
from bedrock_cmk_guard.subjects import Place, Unknown
from bedrock_cmk_guard.text.nodes import Entry, Node


class Scope(Protocol):
    """A stack as it is seen from one place in its template."""

    def evaluate(self, node: Node) -> Value:
        """What a node comes to."""

    def reference(self, name: str, place: Place) -> Value:
        """What ``Ref`` gives for a name."""

    def attribute(self, resource: str, attribute: str, place: Place) -> Value:
        """What ``Fn::GetAtt`` gives."""

    def mapping(self, name: str) -> Entry | None:
        """A mapping of the template."""

    def condition(self, name: str) -> bool | Unknown:
        """Whether a condition holds."""

    def assuming(self, name: str, truth: bool) -> Scope:
        """The same stack, where a condition holds or does not."""
