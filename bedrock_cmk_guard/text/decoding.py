"""Bytes to text, with the place of what is no text."""

from __future__ import annotations

import re

from bedrock_cmk_guard.text.place import Place
from bedrock_cmk_guard.text.tree import Complaint, TextError

_NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def decode(content: bytes | str, file: str, max_bytes: int) -> str:
    """UTF-8 as text, without a byte order mark; raises :class:`~bedrock_cmk_guard.text.tree.TextError`."""
    # A character is at least a byte, so this holds for text as well.
    if len(content) > max_bytes:
        raise _error(f"the file is larger than {max_bytes // 1_000_000} MB", Place(file, 0, 0))
    if isinstance(content, bytes):
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            column = error.start - content.rfind(b"\n", 0, error.start)
            message = f"is not UTF-8 text: byte 0x{content[error.start]:02X} cannot stand here"
            raise _error(message, Place(file, line, column)) from None
    else:
        text = content
    text = text.removeprefix("\ufeff")
    if bad := _NOT_TEXT.search(text):
        line = text.count("\n", 0, bad.start()) + 1
        column = bad.start() - text.rfind("\n", 0, bad.start())
        message = f"is not plain text: the character U+{ord(bad.group()):04X} cannot stand here"
        raise _error(message, Place(file, line, column))
    return text


def _error(message: str, place: Place) -> TextError:
    return TextError([Complaint((), message, place)])
