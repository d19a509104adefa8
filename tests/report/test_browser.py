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


# How well each text stands out from what is behind it, as WCAG counts; what is said there is at least 4.5.
CONTRAST = """<!DOCTYPE html><iframe id="f" src="report.html" style="width:1000px;height:800px;border:0"></iframe>
<script>
const channel = (v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
const light = ([r, g, b]) => .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
document.getElementById("f").onload = () => {
  const inside = document.getElementById("f").contentDocument;
  const see = (each) => inside.defaultView.getComputedStyle(each);
  const behind = (each) => {
    for (; each; each = each.parentElement) {
      const colour = numbers(see(each).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const says = (each) => [...each.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
  const weak = [], texts = [...inside.querySelectorAll("body *:not(title, desc)")].filter(says);
  for (const each of texts) {
    const colour = each.closest("svg") ? see(each).fill : see(each).color;
    const both = [light(numbers(colour)), light(behind(each))].sort((a, b) => b - a);
    const ratio = (both[0] + .05) / (both[1] + .05);
    if (ratio < 4.5) weak.push([each.tagName, each.className, colour, ratio]);
  }
  document.title = JSON.stringify([numbers(see(inside.documentElement).backgroundColor), texts.length > 100, weak]);
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
    (report.parent / "contrast.html").write_text(CONTRAST, encoding="utf-8")
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


@pytest.mark.parametrize(
    ("scheme", "paper"), [(1, "[255,255,255]"), (0, "[13,17,23]")], ids=["light", "dark"]
)
def test_every_text_can_be_read(
    served: tuple[str, list[str]], tmp_path: Path, scheme: int, paper: str
) -> None:
    address, _ = served
    shown = browse(
        tmp_path,
        f"--blink-settings=preferredColorScheme={scheme}",
        "--virtual-time-budget=5000",
        "--dump-dom",
        f"{address}/contrast.html",
    )
    assert f"<title>[{paper},true,[]]</title>" in shown


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
