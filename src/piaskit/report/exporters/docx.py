"""The report as a Word file for reviewers: real headings, tables and fields, and no trace of us.

The contents are filled in without page numbers and are not marked for update: Word would ask every
reader whether to update the fields. Updating them by hand (F9) adds the numbers. Latin text is in
Arial, Chinese in Microsoft YaHei, which Word brings along and LibreOffice knows how to replace.
Latin words are marked en-GB in Chinese reports, too: as zh-CN, LibreOffice breaks them anywhere.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from functools import cache, partial
from io import BytesIO
from itertools import count
from pathlib import Path
from struct import unpack
from typing import TYPE_CHECKING, Any, cast
from xml.sax.saxutils import escape

from markupsafe import Markup

from piaskit.report.arrange import decode_picture
from piaskit.report.document import (
    Cell,
    Document,
    Figure,
    Level,
    Link,
    Picture,
    Table,
    read_text,
    reveal_controls,
)
from piaskit.report.drawing import draw_rasters
from piaskit.report.layout import (
    INSET,
    LANDSCAPE,
    LOGO,
    MARGIN,
    POINT,
    PORTRAIT,
    TALLEST_ROW,
    arrange_runs,
    choose_size,
    count_lines,
    plan_widths,
)
from piaskit.report.style import (
    LOOKS,
    list_facts,
    open_templates,
    read_words,
    split_opening,
)

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.runtime import Context

LATIN, EAST = "Arial", "Microsoft YaHei"
PITCH = 13.6  # twips of a Chinese line per half point of its text
TWIP, EMU = 1440 / 25.4, 36_000  # per mm
DENSITY = 160  # dots per inch: the smallest Chinese letters have 16 dots
TALLEST_PICTURE, TALLEST_TURNED = 200.0, 145.0  # mm; heading and caption need room
LONGEST_PROPERTY = 255
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = ("main", "officeDocument", "document.xml")
_ROOT = [("main", "officeDocument", "word/document.xml"),
         ("core", "core-properties", "docProps/core.xml")]  # fmt: skip
_PARTS = [
    ("styles", "styles", "styles.xml"),
    ("settings", "settings", "settings.xml"),
    ("numbering", "numbering", "numbering.xml"),
    ("header", "header", "header1.xml"),
    ("blank", "header", "header2.xml"),
    ("footer", "footer", "footer1.xml"),
]
"""Parts of the file: their id, kind and name."""
_BETWEEN = re.compile(r">\s*\n\s*<")
_BREAKS = re.compile(r"([\n\t])")
_PAGE_FIELDS = {"{page}": "PAGE", "{pages}": "NUMPAGES"}
_EPOCH = (1980, 1, 1, 0, 0, 0)


def export(document: Document, path: Path) -> None:
    """Write ``document`` to ``path`` as DOCX, the same bytes for the same document."""
    parts, packed = _Writer(document).write(), BytesIO()
    with zipfile.ZipFile(packed, "w") as sealed:
        # Readers that guess a file's kind look at its first part.
        for name in sorted(parts, key=lambda name: (name[0] != "[", name)):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 0
            squeezed = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            sealed.writestr(entry, parts[name], squeezed)
    path.write_bytes(packed.getvalue())


@cache
def load_templates() -> Environment:
    """Return the parts of a Word file; what differs by document is given when they are filled."""
    from jinja2 import pass_context

    templates = open_templates(Path(__file__).parent)

    @pass_context
    def show(context: Context, content: Cell, look: str = "") -> Markup:
        return Markup(context["writer"].show(content, look))  # noqa: S704  # escaped piece by piece

    @pass_context
    def list_rows(context: Context, table: Table, plan: dict[str, Any]) -> Markup:
        return Markup(context["writer"].list_rows(table, plan))  # noqa: S704  # escaped likewise

    @pass_context
    def mark(context: Context, anchor: str) -> Markup:
        return Markup(_write_mark(context["marks"][anchor]))  # noqa: S704  # a number

    templates.filters |= {
        "show": show,
        "rows": list_rows,
        "mark": mark,
        "plan": _plan_table,
        "reveal": _reveal,
    }
    templates.globals |= {
        "looks": LOOKS,
        "field": _write_field,
        "latin": LATIN,
        "east": EAST,
        "sizes": sorted({round(2 * choose_size(columns)) for columns in range(1, 20)}),
        "margin": round(MARGIN * TWIP),
        "inset": round(INSET * TWIP),
        "portrait": round(PORTRAIT * TWIP),
    }
    return templates


class _Writer:
    """Fills the parts of a Word file; texts reach its XML escaped and never the code of a field."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.words = read_words(document.lang)
        self.marks = {anchor: number for number, anchor in enumerate(_list_anchors(document), 1)}
        self.media: dict[bytes, str] = {}
        self.given = {
            "writer": self,
            "document": document,
            "words": self.words,
            "accent": document.accent[1:].upper(),
            "marks": self.marks,
            "zh": document.lang == "zh",
            "pitch": partial(_space_lines, document.lang),
            "pages": self._number_pages(),
            "title": _reveal(document.title)[:LONGEST_PROPERTY],
            "lists": sum(
                getattr(block, "ordered", False)
                for section in document.sections
                for block in section.blocks
            ),
        }

    def write(self) -> dict[str, bytes]:
        """Return the parts of the file by their names."""
        parts = {
            f"word/{name}": self._fill(template, **given)
            for name, (template, given) in {
                "document.xml": ("document", self._set_document()),
                "styles.xml": ("styles", {}),
                "settings.xml": ("settings", {}),
                "numbering.xml": ("numbering", {}),
                "header1.xml": ("header", {}),
                "header2.xml": ("blank", {}),
                "footer1.xml": ("footer", {}),
            }.items()
        }
        parts["docProps/core.xml"] = self._fill("core")
        pictures = [(id, "image", f"media/{id}.png") for id in self.media.values()]
        parts |= {
            f"word/{target}": data
            for data, (_, _, target) in zip(self.media, pictures, strict=True)
        }
        parts["word/_rels/document.xml.rels"] = self._fill("relations", parts=_PARTS + pictures)
        parts["_rels/.rels"] = self._fill("relations", parts=_ROOT)
        parts["[Content_Types].xml"] = self._fill("types", parts=[_MAIN, *_PARTS])
        return parts

    def _fill(self, name: str, **values: Any) -> bytes:
        text = load_templates().get_template(f"word/{name}.xml").render(**self.given, **values)
        # White space between elements is the template's, never the document's.
        return (_DECLARATION + _BETWEEN.sub("><", text).strip()).encode()

    def _set_document(self) -> dict[str, Any]:
        sections = self.document.sections
        levels = [section.level for section in sections]
        first = levels.index(1, 1) if 1 in levels[1:] else len(levels)
        content: list[dict[str, Any]] = []
        for place, section in enumerate(sections):
            opens_page, blocks = split_opening(section)
            if place == first:
                content += [{"kind": "break"}, {"kind": "contents"}, {"kind": "break"}]
            if opens_page:
                content.append({"kind": "break"})
            content.append({"kind": "heading", "level": section.level, "block": section})
            for block in blocks:
                kind = type(block).__name__.lower().replace("pagebreak", "break")
                wide = getattr(block, "landscape", False)
                content.append({"kind": kind, "landscape": wide, "block": block})
        figures = [b for s in sections for b in s.blocks if isinstance(b, Figure)]
        table, figure, ordered = count(1), count(1), count(2)
        return {
            "runs": _drop_breaks(arrange_runs(content)),
            "facts": list_facts(self.document),
            "pictures": self._add_pictures(figures),
            "logo": self._add_logo(self.document.logo) if self.document.logo else None,
            "number_table": lambda: next(table),
            "number_figure": lambda: next(figure),
            "number_list": lambda: next(ordered),
        }

    def _add_pictures(self, figures: list[Figure]) -> dict[str, dict[str, Any]]:
        upright, turned = (PORTRAIT, TALLEST_PICTURE), (LANDSCAPE, TALLEST_TURNED)
        rooms = [(figure, *(turned if figure.landscape else upright)) for figure in figures]
        pictures = {}
        for figure, drawn in zip(figures, draw_rasters(rooms, DENSITY), strict=True):
            width, height = (round(pixels / DENSITY * 25.4 * EMU) for pixels in _read_size(drawn))
            pictures[figure.id] = {"id": self._keep(drawn), "width": width, "height": height}
        return pictures

    def _add_logo(self, logo: Picture) -> dict[str, Any]:
        drawn, height = decode_picture(logo), LOGO * EMU
        wide, high = _read_size(drawn)
        return {
            "id": self._keep(drawn),
            "width": round(height * wide / high),
            "height": round(height),
        }

    def _keep(self, png: bytes) -> str:
        return self.media.setdefault(png, f"image{len(self.media) + 1}")

    def _number_pages(self) -> Markup:
        parts = re.split(r"(\{pages?\})", self.words["page"])
        fields = [
            _write_field(_PAGE_FIELDS[part], 1) if part in _PAGE_FIELDS else self.show(part)
            for part in parts
        ]
        return Markup("".join(fields))  # noqa: S704  # escaped piece by piece

    def show(self, content: Cell, look: str = "") -> str:
        """Return a text or cell as the XML of its runs; ``look`` is that of their properties."""
        if isinstance(content, str):  # as most are
            return _write_run(_reveal(content), look)
        if isinstance(content, tuple):
            return "".join([self.show(part, look) for part in content])
        if isinstance(content, Link):
            words = self.show(content.text, '<w:rStyle w:val="Hyperlink"/>' + look)
            mark = self.marks[content.anchor]
            return f'<w:hyperlink w:anchor="bookmark{mark}" w:history="1">{words}</w:hyperlink>'
        if isinstance(content, Level):
            said = f"{LOOKS[content.id].symbol} {content.label}"
            return self.show(said, f'<w:rStyle w:val="Level-{content.id}"/>' + look)
        return _write_run(_reveal(read_text(content)), look)

    def list_rows(self, table: Table, plan: dict[str, Any]) -> str:
        """Return the rows of a table below its head as XML.

        There are thousands of cells; a macro of the template for each took most of the time.
        """
        style = f'<w:pStyle w:val="Cell{plan["size"]}"/>'
        heads = []
        for column, width in zip(table.columns, plan["widths"], strict=True):
            side = '<w:jc w:val="right"/>' if column.kind == "number" else ""
            cell = f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
            heads.append(f"{cell}<w:p><w:pPr>{style}{side}</w:pPr>")
        parts = []
        for row, whole in zip(table.rows, plan["whole"], strict=True):
            parts.append("<w:tr><w:trPr><w:cantSplit/></w:trPr>" if whole else "<w:tr>")
            mark = "" if row.anchor is None else _write_mark(self.marks[row.anchor])
            for head, content in zip(heads, row.cells, strict=True):
                parts.append(f"{head}{mark}{self.show(content)}</w:p></w:tc>")
                mark = ""
            parts.append("</w:tr>")
        return "".join(parts)


def _write_mark(number: int) -> str:
    start = f'<w:bookmarkStart w:id="{number}" w:name="bookmark{number}"/>'
    return f'{start}<w:bookmarkEnd w:id="{number}"/>'


def _space_lines(lang: str, size: int, line: int) -> str:
    """Return the spacing of lines: the fonts of Chinese differ too much in height to go by them.

    ``size`` is that of the text in half points, ``line`` in 240ths of the font's own lines.
    """
    if lang == "zh":
        return f'w:line="{round(size * PITCH)}" w:lineRule="exact"'
    return f'w:line="{line}" w:lineRule="auto"'


def _write_run(text: str, look: str) -> str:
    if not text:
        return ""
    properties = f"<w:rPr>{look}</w:rPr>" if look else ""
    shown = f'<w:t xml:space="preserve">{escape(text)}</w:t>'
    if "\n" in text or "\t" in text:
        parts = {"\n": "<w:br/>", "\t": "<w:tab/>"}
        pieces = [
            parts.get(piece) or f'<w:t xml:space="preserve">{escape(piece)}</w:t>'
            for piece in _BREAKS.split(text)
            if piece
        ]
        shown = "".join(pieces)
    return f"<w:r>{properties}{shown}</w:r>"


def _write_field(code: str, shown: object) -> Markup:
    """Return a field; its code is always one of this exporter."""
    return Markup('<w:fldSimple w:instr=" {} "><w:r><w:t>{}</w:t></w:r></w:fldSimple>').format(
        code, shown
    )


def _read_size(png: bytes) -> tuple[int, int]:
    """Return width and height of a PNG in pixels."""
    return cast("tuple[int, int]", unpack(">II", png[16:24]))


def _reveal(text: str) -> str:
    return reveal_controls(text)[0]


def _plan_table(table: Table) -> dict[str, Any]:
    """Return the size of a table's text in half points, its widths, and which rows stay whole."""
    size = choose_size(len(table.columns))
    widths = plan_widths(table, LANDSCAPE if table.landscape else PORTRAIT, size)
    ems = [(width - 2 * INSET) / (size * POINT) for width in widths]
    whole = [
        max(map(count_lines, map(read_text, row.cells), ems)) <= TALLEST_ROW for row in table.rows
    ]
    return {
        "size": round(2 * size),
        "widths": [round(width * TWIP) for width in widths],
        "whole": whole,
    }


def _drop_breaks(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out breaks where a page begins or ends anyway; Word would leave it blank."""
    kept = []
    for run in runs:
        blocks: list[dict[str, Any]] = []
        for block in run["blocks"]:
            if block["kind"] != "break" or (blocks and blocks[-1]["kind"] != "break"):
                blocks.append(block)
        if blocks and blocks[-1]["kind"] == "break":
            blocks.pop()
        kept.append({**run, "blocks": blocks})
    return [run for place, run in enumerate(kept) if run["blocks"] or place == 0]


def _list_anchors(document: Document) -> Iterator[str]:
    for section in document.sections:
        yield section.id
        yield from (block.id for block in section.blocks if isinstance(block, Figure))
    for table in document.tables():
        yield table.id
        yield from (row.anchor for row in table.rows if row.anchor is not None)
