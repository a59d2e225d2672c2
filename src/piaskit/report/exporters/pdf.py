"""The report as PDF/A-2a and PDF/UA-1, set by typst; texts reach it as data, never as markup."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from piaskit.report.fonts import FAMILIES, find_fonts, replace_missing
from piaskit.report.layout import (
    INSET,
    POINT,
    TALLEST_ROW,
    break_words,
    choose_size,
    count_lines,
    measure_line,
    plan_widths,
)
from piaskit.report.style import LOOKS, TEMPLATES, list_facts, read_words, split_opening

if TYPE_CHECKING:
    import typst

MARGIN = 18.0  # mm
PORTRAIT, LANDSCAPE = 210 - 2 * MARGIN, 297 - 2 * MARGIN
LONG_TITLE = 25.0  # em; what one line holds at full size
MOST_LEADING = 3  # texts between a heading and the wide table they turn with
LINE = 46.0  # em; the widest a word may be in running text


def export(document: Document, path: Path) -> None:
    """Write ``document`` to ``path`` as tagged PDF, the same bytes for the same document."""
    import typst

    midnight = datetime.combine(document.as_of, time(), UTC)
    typst.compile(
        TEMPLATES / "report.typ",
        output=path,
        font_paths=_load_fonts(),
        sys_inputs={"document": json.dumps(_Setter(document).set_document(), ensure_ascii=False)},
        pdf_standards=["a-2a", "ua-1"],
        timestamp=int(midnight.timestamp()),
    )


@cache
def _load_fonts() -> typst.Fonts:
    import typst

    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[path.parent for path in find_fonts()],
    )


class _Setter:
    """Turns a document into what the template reads, and counts the characters no font has."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.missing = 0

    def set_document(self) -> dict[str, Any]:
        document, words = self.document, read_words(self.document.lang)
        levels = [section.level for section in document.sections]
        first = levels.index(1, 1) if 1 in levels[1:] else len(levels)
        content: dict[str, Any] = {
            "title": self.set_string(document.title),
            "long_title": measure_line(document.title) > LONG_TITLE,
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
            "margin": MARGIN,
            "inset": INSET,
            "first": self.set_runs(document.sections[:first]),
            "rest": self.set_runs(document.sections[first:]),
        }
        lacking = words["stand_ins"].format(n=self.missing) if self.missing else ""
        return content | {"stand_ins": lacking}

    def set_runs(self, sections: Iterable[Section]) -> list[dict[str, Any]]:
        """Return blocks in runs of one orientation; text turns with its wide table."""
        runs: list[dict[str, Any]] = [{"landscape": False, "blocks": []}]
        for section in sections:
            opens_page, blocks = split_opening(section)
            if opens_page:
                runs[-1]["blocks"].append({"kind": "break"})
            heading = {
                "kind": "heading",
                "level": section.level,
                "title": self.set_string(section.title),
                "anchor": section.id,
            }
            _add_block(runs, heading)
            for block in blocks:
                _add_block(runs, self.set_block(block))
        return runs

    def set_block(self, block: Block) -> dict[str, Any]:
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
                return self.set_table(block)
            case Figure():
                drawing, missing = draw_printed(block)
                self.missing += missing
                return {
                    "kind": "figure",
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
        }

    def set_table(self, table: Table) -> dict[str, Any]:
        total = LANDSCAPE if table.landscape else PORTRAIT
        size = choose_size(len(table.columns))
        widths = plan_widths(table, total, size)
        ems = [(width - 2 * INSET) / (size * POINT) for width in widths]
        rows = []
        for row in table.rows:
            tallest = max(map(count_lines, map(read_text, row.cells), ems))
            cells = [self.set_cell(cell, em) for cell, em in zip(row.cells, ems, strict=True)]
            rows.append({"cells": cells, "anchor": row.anchor, "whole": tallest <= TALLEST_ROW})
        columns = [
            {"title": self.set_string(column.title, em), "right": column.kind == "number"}
            for column, em in zip(table.columns, ems, strict=True)
        ]
        return {
            "kind": "table",
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
            return [{"text": self.set_string(text.text, width), "to": text.anchor}]
        if isinstance(text, tuple):
            return [part for one in text for part in self.set_text(one, width)]
        return [{"text": self.set_string(text, width), "to": None}] if text else []

    def set_string(self, text: str, width: float = LINE) -> str:
        shown, missing = replace_missing(text)
        self.missing += missing
        return break_words(shown.replace("\t", "    "), width)


def _add_block(runs: list[dict[str, Any]], block: dict[str, Any]) -> None:
    blocks = runs[-1]["blocks"]
    if block.get("landscape", False):
        if not runs[-1]["landscape"]:
            start = _find_lead(blocks)
            runs[-1]["blocks"], lead = blocks[:start], blocks[start:]
            if start == 0:
                runs.pop()
            if not runs or not runs[-1]["landscape"]:
                runs.append({"landscape": True, "blocks": []})
            runs[-1]["blocks"] += lead
        runs[-1]["blocks"].append(block)
    elif runs[-1]["landscape"] and block["kind"] not in ("paragraph", "bullets", "break"):
        runs.append({"landscape": False, "blocks": [block]})
    else:
        blocks.append(block)


def _find_lead(blocks: list[dict[str, Any]]) -> int:
    """Return where the heading stands under which a wide table follows, its parents included."""
    start, level, texts = len(blocks), 4, 0
    for place in range(len(blocks) - 1, -1, -1):
        kind = blocks[place]["kind"]
        if kind == "heading" and blocks[place]["level"] < level:
            start, level, texts = place, blocks[place]["level"], 0
        elif kind in ("paragraph", "bullets") and texts < MOST_LEADING:
            texts += 1
        else:
            break
    return start
