"""Lines and columns of an offset in a text."""

from __future__ import annotations

from bisect import bisect_right


class Lines:
    """Finds the line and the column of an offset; both count from 1, columns in characters."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._cut: dict[int, str] = {}
        self._starts = [0]
        at = text.find("\n")
        while at >= 0:
            self._starts.append(at + 1)
            at = text.find("\n", at + 1)

    def place(self, at: int) -> tuple[int, int]:
        """Return the line and the column of an offset."""
        line = bisect_right(self._starts, at)
        return line, at - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """Return the text of a line, without its end; asked again, the same object."""
        if number not in self._cut:
            start = self._starts[number - 1]
            end = self._starts[number] if number < len(self._starts) else len(self._text)
            self._cut[number] = self._text[start:end].rstrip("\r\n")
        return self._cut[number]
