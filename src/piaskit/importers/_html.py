"""Texts that an editor kept as HTML, read as plain lines and written again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from html.parser import HTMLParser

_BREAKS = frozenset(
    {"br", "p", "div", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "blockquote"}
)
_SILENT = frozenset({"script", "style"})


class _Lines(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in _SILENT
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in _SILENT and self.silent > 0
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(re.sub(r"\s+", " ", data))


def read_lines(text: str) -> list[str]:
    """Return the lines that a text shows, without markup and blank lines.

    >>> read_lines("<ul><li><strong>Name</strong> : A &amp; B<br />C</li></ul>")
    ['Name : A & B', 'C']
    """
    parser = _Lines()
    parser.feed(text)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).split("\n"))
    return [line for line in lines if line]


def write_lines(lines: Iterable[str]) -> str:
    """Write lines as a list, or '' when there are none; whatever stands in them is text.

    >>> write_lines(["a < b"])
    '<ul><li>a &lt; b</li></ul>'
    """
    items = "".join(f"<li>{escape(line, quote=False)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""
