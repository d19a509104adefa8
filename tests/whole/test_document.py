"""The policy that people read, as a browser takes it: whatever stands in the requirements is text and no mark-up."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

from tests.whole.rendered import Rendered

_FRAME = {"html", "head", "meta", "title", "style", "body", "main", "div"}
_MARKUP = {"h1", "h2", "h3", "p", "br", "ul", "li", "em", "strong", "code"}
_TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
_VOID = {"meta", "br"}


class Page(HTMLParser):
    """The text of a page, its tags, and the number of cells in each row of its tables."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.cells: list[list[int]] = []
        self.parts: list[str] = []
        self.feed(source)
        self.close()

    @property
    def text(self) -> str:
        return _plain("".join(self.parts))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attributes)
        if tag not in _VOID:
            self.open.append(tag)
        if tag == "table":
            self.cells.append([])
        elif tag == "tr":
            self.cells[-1].append(0)
        elif tag in ("td", "th"):
            self.cells[-1][-1] += 1

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.parts.append(data)


def _plain(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _said(rendered: Rendered) -> Iterator[str]:
    """What the requirements say in words and the document repeats."""
    required = rendered.requirements
    yield from (
        required.policy.title,
        required.policy.owner,
        required.policy.contact,
        required.organization.id,
    )
    for tag in required.tag_standard.tags:
        yield from (tag.key, tag.purpose, tag.pattern or "", *tag.values)
    for workload in required.workloads:
        yield from (workload.name, workload.data_owner, workload.account)
    for accepted in (*required.exceptions, *required.exemptions):
        yield from (accepted.owner, accepted.reason, str(accepted.expires))


def test_the_page_says_what_the_requirements_say_and_nothing_in_it_is_live(rendered: Rendered) -> None:
    page = Page((rendered.folder / "policy" / "policy.html").read_text(encoding="utf-8"))

    assert page.open == []
    assert page.tags <= _FRAME | _MARKUP | _TABLE
    assert page.attributes <= {"lang", "charset", "name", "content", "class"}
    for said in _said(rendered):
        assert _plain(said) in page.text
    for rows in page.cells:
        assert len(rows) > 1
        assert len(set(rows)) == 1


def test_the_markdown_keeps_to_its_lines(rendered: Rendered) -> None:
    text = (rendered.folder / "policy" / "policy.md").read_bytes().decode("utf-8")

    assert text.splitlines() == text.removesuffix("\n").split("\n")
    assert text.count("\n# ") + text.startswith("# ") == 1
    for workload in rendered.requirements.workloads:
        assert f"| {workload.name} |" in text
