"""The report in a real browser: it fits a phone, is printed whole, and nothing leaves the machine."""

from __future__ import annotations

import functools
import http.server
import io
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from bedrock_cmk_guard.cli import main
from tests.report.histories import REQUIREMENTS, make

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium: the report is not shown in a browser")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser")
    make(folder / "history.db")
    (folder / "cmk-guard.yaml").write_text(REQUIREMENTS, encoding="utf-8")
    known = ("--history", str(folder / "history.db"), "--requirements", str(folder / "cmk-guard.yaml"))
    assert main(["report", *known, "--tag", "application", "--output", str(folder / "report.html")]) == 0
    return folder / "report.html"


def browse(profile: Path, *arguments: str) -> str:
    command = [str(BROWSER), *OPTIONS, f"--user-data-dir={profile}", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


# The page forbids scripts, so one beside it looks into a frame of a phone's width and says what it sees.
FRAME = """<!DOCTYPE html><iframe id="f" src="report.html" style="width:375px;height:800px;border:0"></iframe>
<script>
document.getElementById("f").onload = () => {
  const inside = document.getElementById("f").contentDocument;
  const sticksOut = (each) => !each.closest(".table, .chart") && each.getBoundingClientRect().right > 375.5;
  const wide = [...inside.querySelectorAll("body *")].filter(sticksOut).map((each) => each.outerHTML);
  const width = inside.documentElement.scrollWidth;
  document.title = JSON.stringify([width, wide, inside.querySelectorAll("li").length > 10]);
};
</script>"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, and notes what is asked for."""

    asked: list[str]

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        self.asked.append(self.path)
        return super().send_head()

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def served(report: Path) -> Iterator[tuple[str, list[str]]]:
    """The address of a server of the report's folder, and what was asked of it."""
    (report.parent / "frame.html").write_text(FRAME, encoding="utf-8")
    asked: list[str] = []
    handler = type("Handler", (Quiet,), {"asked": asked})
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(handler, directory=str(report.parent))
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def test_it_fits_a_phone_and_asks_for_nothing(served: tuple[str, list[str]], tmp_path: Path) -> None:
    address, asked = served
    # Whatever is not this server does not exist.
    nowhere = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    shown = browse(
        tmp_path,
        nowhere,
        "--window-size=600,900",
        "--virtual-time-budget=5000",
        "--dump-dom",
        f"{address}/frame.html",
    )
    assert "<title>[375,[],true]</title>" in shown
    assert set(asked) <= {"/frame.html", "/report.html", "/favicon.ico"}
    assert "/report.html" in asked


def test_it_is_printed(report: Path, tmp_path: Path) -> None:
    pdf = tmp_path / "report.pdf"
    browse(tmp_path / "profile", f"--print-to-pdf={pdf}", "--no-pdf-header-footer", report.as_uri())
    assert pdf.read_bytes().startswith(b"%PDF-")
    if reader := shutil.which("pdftotext"):
        text = subprocess.run(
            [reader, "-raw", str(pdf), "-"], check=True, capture_output=True, text=True
        ).stdout
        # What is folded away on the screen is on the paper.
        for said in (
            "Compliance score",
            "recommended only",
            "accepted by Dana",
            "AccessDenied",
            "How the score comes about",
        ):
            assert said in " ".join(text.split())
