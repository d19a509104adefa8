"""Says where a report is, and opens it where somebody sits at a terminal with a browser.

python examples/audit/show.py build/audit/report.html
"""

from __future__ import annotations

import argparse
import os
import sys
import webbrowser
from pathlib import Path


def can_be_shown() -> bool:
    """Whether there is a terminal, a screen and a browser; one inside the terminal would only be in the way."""
    screen = (
        sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    if not (screen and sys.stdout.isatty()):
        return False
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    return not isinstance(browser, webbrowser.GenericBrowser) or isinstance(
        browser, webbrowser.BackgroundBrowser
    )


def main() -> int:
    """Say it, and show it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("report", type=Path)
    report = parser.parse_args().report
    print(f"The report: {report}")
    if can_be_shown():
        webbrowser.open(report.resolve().as_uri())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
