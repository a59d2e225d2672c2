"""The report as PDF/A-2a and PDF/UA-1, set by typst; texts reach it as data, never as markup.

Words of Hebrew and Arabic are drawn rightly, but stored in the order of their glyphs on the line,
which readers turn round. Typst stores them so whatever the direction and language of a text, and
has no means to give an element its text besides (``ActualText``).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from piaskit.report.arrange import decode_picture
from piaskit.report.destinations import name_scheme, set_destinations
from piaskit.report.document import (
    Block,
    Bullets,
    Cards,
    Cell,
    Document,
    Figure,
    Level,
    Link,
    PageBreak,
    Paragraph,
    Section,
    Signature,
    Table,
    Text,
    read_text,
)
from piaskit.report.drawing import draw_printed
from piaskit.report.fonts import FAMILIES, find_fonts, load_fonts, replace_missing
from piaskit.report.layout import (
    INSET,
    LANDSCAPE,
    MARGIN,
    POINT,
    PORTRAIT,
    SMALLEST,
    TALLEST_ROW,
    arrange_runs,
    break_words,
    choose_size,
    choose_title_size,
    count_lines,
    plan_widths,
)
from piaskit.report.style import LOOKS, TEMPLATES, list_facts, read_words, split_opening

TALLEST, TALLEST_TURNED = 220.0, 148.0  # mm; drawings on upright and turned pages
_VIEW_BOX = re.compile(r'viewBox="\S+ \S+ (\S+) (\S+)"')
LINE = 46.0  # em; the widest a word may be in running text


def export(document: Document, path: Path) -> None:
    """Write ``document`` to ``path`` as tagged PDF, the same bytes for the same document."""
    import typst

    midnight = datetime.combine(document.as_of, time(), UTC)
    template, fonts = TEMPLATES / "report.typ", load_fonts()
    text = json.dumps(_Setter(document).set_document(), ensure_ascii=False)
    # One entry: typst puts several in any order, and lays out again where it is another one.
    told = {(scheme := name_scheme(text)): text}
    content = typst.compile(
        template,
        font_paths=fonts,
        sys_inputs=told,
        pdf_standards=["a-2a", "ua-1"],
        timestamp=int(midnight.timestamp()),
    )
    # Typst still knows the layout, so that to ask for places costs next to nothing.
    found = typst.query(template, "<places>", field="value", font_paths=fonts, sys_inputs=told)
    said = read_words(document.lang)["page"]
    path.write_bytes(set_destinations(content, json.loads(found)[0], said, scheme))


def _is_tall(drawing: str, landscape: bool) -> bool:
    """Say whether a drawing as wide as the page would be higher than it."""
    found = _VIEW_BOX.search(drawing)
    wide, high = map(float, found.groups()) if found else (1.0, 1.0)
    room = LANDSCAPE if landscape else PORTRAIT
    return room * high / wide > (TALLEST_TURNED if landscape else TALLEST)


class _Setter:
    """Turns a document into what the template reads, and counts the characters no font has."""

    def __init__(self, document: Document) -> None:
        self.document = document
        anchors = sorted({link.anchor for link in document.links()})
        self.anchors = {anchor: number for number, anchor in enumerate(anchors)}
        self.counts = Counter[str]()
        self.missing = 0

    def set_document(self) -> dict[str, Any]:
        document, words = self.document, read_words(self.document.lang)
        levels = [section.level for section in document.sections]
        first = levels.index(1, 1) if 1 in levels[1:] else len(levels)
        content: dict[str, Any] = {
            "title": self.set_string(document.title),
            "title_size": choose_title_size(document.title),
            "subtitle": self.set_string(document.subtitle),
            "lang": document.lang,
            "region": "cn" if document.lang == "zh" else "gb",
            "organisation": self.set_string(document.organisation),
            "edition": words[document.edition],
            "as_of": document.as_of.isoformat(),
            "date": [document.as_of.year, document.as_of.month, document.as_of.day],
            "facts": [[self.set_string(text) for text in fact] for fact in list_facts(document)],
            "words": words,
            "families": FAMILIES[: len(find_fonts())],
            "looks": {name: look._asdict() for name, look in LOOKS.items()},
            "accent": document.accent,
            "logo": self.set_logo(),
            "margin": MARGIN,
            "tallest": [TALLEST, TALLEST_TURNED],
            "anchors": list(self.anchors),
            "inset": INSET,
            "contents": [
                [s.level, replace_missing(s.title)[0]] for s in document.sections if s.level < 3
            ],
            "first": self.set_runs(document.sections[:first]),
            "rest": self.set_runs(document.sections[first:]),
        }
        lacking = words["stand_ins"].format(n=self.missing) if self.missing else ""
        return content | {"stand_ins": lacking}

    def set_logo(self) -> dict[str, Any] | None:
        """Return the logo as numbers, of which the template makes a file."""
        logo = self.document.logo
        if logo is None:
            return None
        return {"png": list(decode_picture(logo)), "alt": self.set_string(logo.alt)}

    def set_runs(self, sections: Iterable[Section]) -> list[dict[str, Any]]:
        """Return blocks in runs of one orientation; text turns with its wide table."""
        content: list[dict[str, Any]] = []
        for section in sections:
            opens_page, blocks = split_opening(section)
            if opens_page:
                content.append({"kind": "break"})
            heading = {
                "kind": "heading",
                "level": section.level,
                "title": self.set_string(section.title),
                "anchor": section.id,
            }
            content.append(heading)
            for block in blocks:
                titled = isinstance(block, Table) and block.title == section.title
                content.append(self.set_block(block, titled=titled and block is blocks[0]))
        return arrange_runs(content)

    def number(self, kind: str) -> str:
        """Return what stands before the title of the next table or figure."""
        self.counts[kind] += 1
        return f"{read_words(self.document.lang)[kind]} {self.counts[kind]}"

    def set_block(self, block: Block, *, titled: bool = False) -> dict[str, Any]:
        match block:
            case Paragraph():
                return {
                    "kind": "paragraph",
                    "style": block.style,
                    "text": self.set_text(block.text),
                }
            case Bullets():
                items = [self.set_text(item) for item in block.items]
                return {"kind": "bullets", "ordered": block.ordered, "items": items}
            case Table():
                return self.set_table(block, titled=titled)
            case Figure():
                drawing, missing = draw_printed(block)
                self.missing += missing
                return {
                    "kind": "figure",
                    "number": self.number("figure"),
                    "landscape": block.landscape,
                    "tall": _is_tall(drawing, block.landscape),
                    "title": self.set_string(block.title),
                    "anchor": block.id,
                    "alt": self.set_string(block.alt),
                    "svg": drawing,
                    "twin": None if block.twin is None else self.set_table(block.twin),
                }
            case Cards():
                return {"kind": "cards", "items": [self.set_card(card) for card in block.items]}
            case Signature():
                fields = [[self.set_string(text) for text in field] for field in block.fields]
                return {"kind": "signature", "fields": fields, "seal": self.set_string(block.seal)}
            case PageBreak():
                return {"kind": "break"}

    def set_card(self, card: Any) -> dict[str, Any]:
        return {
            "label": self.set_string(card.label, 14),
            "value": self.set_text(card.value, 9),
            "note": self.set_text(card.note, 16),
            "level": None if card.level is None else self.set_cell(card.level, 12),
            "said": card.is_level,
        }

    def set_table(self, table: Table, *, titled: bool = False) -> dict[str, Any]:
        total = LANDSCAPE if table.landscape else PORTRAIT
        size = SMALLEST if table.landscape else choose_size(len(table.columns))
        widths = plan_widths(table, total, size)
        ems = [(width - 2 * INSET) / (size * POINT) for width in widths]
        rows = []
        for row in table.rows:
            tallest = max(map(count_lines, map(read_text, row.cells), ems))
            cells = [self.set_cell(cell, em) for cell, em in zip(row.cells, ems, strict=True)]
            anchor = row.anchor if row.anchor in self.anchors else None
            rows.append({"cells": cells, "anchor": anchor, "whole": tallest <= TALLEST_ROW})
        columns = [
            {"title": self.set_string(column.title, em), "right": column.kind == "number"}
            for column, em in zip(table.columns, ems, strict=True)
        ]
        return {
            "kind": "table",
            "titled": titled,
            "number": "" if titled else self.number("table"),
            "title": self.set_string(table.title),
            "anchor": table.id,
            "landscape": table.landscape,
            "size": size,
            "widths": widths,
            "columns": columns,
            "rows": rows,
            "note": self.set_text(table.note),
        }

    def set_cell(self, cell: Cell, width: float) -> Any:
        if isinstance(cell, Level):
            return {"level": cell.id, "label": self.set_string(cell.label, width)}
        if isinstance(cell, Link | tuple):
            return self.set_text(cell, width)
        return self.set_string(read_text(cell), width)

    def set_text(self, text: Text, width: float = LINE) -> Any:
        if isinstance(text, Link):
            return [{"text": self.set_string(text.text, width), "to": self.anchors[text.anchor]}]
        if isinstance(text, tuple):
            return [part for one in text for part in self.set_text(one, width)]
        return [{"text": self.set_string(text, width), "to": None}] if text else []

    def set_string(self, text: str, width: float = LINE) -> str:
        shown, missing = replace_missing(text)
        self.missing += missing
        return break_words(shown.replace("\t", "    "), width)
