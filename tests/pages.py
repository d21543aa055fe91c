"""What the tests of reports share: an HTML page read strictly, and the check that it needs nothing from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser

VOID = {"meta", "br", "img", "link", "hr", "input"}


class Page(HTMLParser):
    """Reads a page strictly: tags closed in order; ids, links, tags and tables kept."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.headings: list[str] = []
        self.tables: list[list[list[str]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == [], "all tags are closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._seen(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        elif tag in ("h1", "h2", "h3"):
            self.headings.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._seen(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.open and self.open[-1] in ("td", "th"):
            self.tables[-1][-1][-1] += data
        elif self.open and self.open[-1] in ("h1", "h2", "h3"):
            self.headings[-1] += data

    def _seen(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            assert not name.startswith("on") and name != "xmlns", name
            if name == "id":
                self.ids.append(value or "")
            elif name in ("href", "src", "xlink:href", "action"):
                self.links.append(value or "")
            else:
                assert "http" not in (value or ""), f"{name}={value}"
                self.links += re.findall(r"url\((.*?)\)", value or "")

    def rows(self, *heading: str) -> dict[str, list[str]]:
        """First cell -> the other cells, of the first table whose heading begins so."""
        (table, *_) = [t for t in self.tables if tuple(t[0][: len(heading)]) == heading]
        return {row[0]: row[1:] for row in table[1:]}


def alone(text: str) -> Page:
    """A page, after checking that it is valid and needs nothing from elsewhere."""
    read = Page(text)
    assert len(set(read.ids)) == len(read.ids), "each id once"
    assert all(link.startswith("#") and link[1:] in read.ids for link in read.links), read.links
    assert not {"script", "iframe", "link", "object", "embed", "base", "form", "img"} & set(read.tags)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None and "@import" not in style[1] and "url(" not in style[1]
    assert text.startswith("<!DOCTYPE html>") and "xmlns" not in text
    return read
