"""Text files: HTML, SVG, XML, JSON, notebooks, style sheets, feeds, Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from piaskit.report.gate.passage import Dig, Passage

_TAG = re.compile(r"<!--.*?-->|<[!?/a-zA-Z][^<>]*>", re.DOTALL)
_ELEMENT = re.compile(r"</?[a-zA-Z][\w:.-]*(?:\s+[\w:.-]+=(?:\"[^\"<>]*\"|'[^'<>]*'))*\s*/?>")
_HIDDEN = re.compile(r"<(script|style)\b[^>]*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_INLINE = re.compile(
    r"</?(?:(?:a|abbr|b|bdi|bdo|cite|code|del|em|font|i|ins|kbd|mark|q|s|small|span|strong|sub|sup"
    r"|tspan|u|wbr)\b(?!:)|w:(?!(?:p|tc|tr|tbl|br|tab|cr)\b)|(?:r|t|rPr)\b(?![:\w]))[^<>]*>"
)
# Where a spreadsheet says which of its cells it speaks of; an id such as b10 is no leak there.
_CELL = r"\$?[A-Z]{1,3}\$?[0-9]{1,7}"
_CELLS = re.compile(
    rf'(?<= )(?:r|ref|sqref|activeCell|topLeftCell)="{_CELL}(?:[: ]{_CELL})*"'
    rf'|(?<=!){_CELL}(?::{_CELL})?(?=[<"])'
)


def read(data: bytes, dig: Dig) -> Iterator[Passage]:
    """Yield the source, the words between tags joined and apart, and the strings of JSON."""
    sixteen = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = data.decode("utf-16" if sixteen else "utf-8-sig", "replace")
    if "<" in text and ">" in text:
        # Inline markup may cut a word in two; blocks stand on lines of their own.
        yield Passage("text", _TAG.sub("\n", _INLINE.sub("", _HIDDEN.sub("\n", text))))
    if text.lstrip().startswith(("{", "[", '"')):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            pass
        else:
            yield from _read_json(found, "top")
    source = _CELLS.sub("", text) if "/spreadsheetml/" in text[:2000] else text
    yield Passage("source", _leave_out_repeated(source))


def _leave_out_repeated(source: str) -> str:
    """Empty every tag that has stood there before: it says nothing new, and most of Office XML.

    An address in angle brackets is no tag: whose it is may be said the second time.

    >>> _leave_out_repeated('<b id="x">1</b><b id="x">2</b>')
    '<b id="x">1</b><>2<>'
    >>> _leave_out_repeated("<p>Write to <a@b.example>, that is Li <a@b.example></p>")
    '<p>Write to <a@b.example>, that is Li <a@b.example></p>'
    """
    if not source.lstrip().startswith("<"):
        return source
    first: dict[str, int] = {}

    def show(tag: re.Match[str]) -> str:
        return tag[0] if first.setdefault(tag[0], tag.start()) == tag.start() else "<>"

    return _ELEMENT.sub(show, source)


def _read_json(value: Any, path: str) -> Iterator[Passage]:
    if isinstance(value, str):
        yield Passage(path, value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield Passage(path, str(key))
            yield from _read_json(inner, f"{path}.{key}".removeprefix("top."))
    elif isinstance(value, list):
        if all(isinstance(part, str) for part in value):  # the lines of a notebook's cell
            apart = "" if all(part.endswith("\n") for part in value[:-1]) else "\n"
            yield Passage(path, apart.join(value))
        for number, inner in enumerate(value):
            yield from _read_json(inner, f"{path}[{number}]")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield Passage(path, repr(value))
