"""Builds the tree of a requirements file, which takes less than YAML does: no tags, merge keys or second document."""

from __future__ import annotations

import re

from bedrock_cmk_guard.text.place import Place
from bedrock_cmk_guard.text.tree import TreeBuilder
from bedrock_cmk_guard.text.yaml_reader import shown_tag

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


class RequirementsTree(TreeBuilder):
    """Refuses what requirements do not take."""

    def __init__(self) -> None:
        super().__init__()
        self._documents = 0

    def document(self, place: Place) -> bool:
        """A document begins; a second one is refused."""
        self._documents += 1
        if self._documents > 1:
            self.refuse(place, "a second document begins here: keep to one in a file")
        return self._documents == 1

    def start(self, place: Place, *, is_map: bool, anchor: str | None = None, tag: str | None = None) -> None:
        """A list or mapping begins."""
        self._refuse_tag(place, tag)
        super().start(place, is_map=is_map, anchor=anchor)

    def scalar(
        self,
        text: str | None,
        place: Place,
        anchor: str | None = None,
        *,
        quoted: bool = True,
        tag: str | None = None,
    ) -> None:
        """A single value."""
        self._refuse_tag(place, tag)
        if text is not None and (control := _CONTROL.search(text)):
            self.refuse(place, f"holds a character that is not text: U+{ord(control.group()):04X}")
        super().scalar(text, place, anchor, quoted=quoted)

    def refused_name(self, name: str) -> str | None:
        """An empty name says nothing, and a merge key would hide what is written where."""
        if not name:
            return "a field has no name"
        if name == "<<":
            return "merge keys (<<) are not taken here: repeat the fields, or use extends"
        return None

    def _refuse_tag(self, place: Place, tag: str | None) -> None:
        if tag:
            self.refuse(
                place,
                f"the tag {shown_tag(tag)} is not taken here: remove it (a quoted value is text already)",
            )
