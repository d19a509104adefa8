"""Where the files lie that are no Python: the templates."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data_dir(name: str) -> Path:
    """Return the folder of this name: in the installed package first, then in the checkout around it.

    Never the other way round: the folder around an installed package is everybody's, and may hold somebody
    else's ``templates``.
    """
    for root in (_PACKAGE / "_data", _PACKAGE.parent):
        if (root / name).is_dir():
            return root / name
    raise FileNotFoundError(f"bedrock-cmk-guard is installed without its folder {name!r}: install it again")
