"""Notes on the cells of a sheet: the part that holds their texts, and the shapes that show them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from piaskit.case.archive import name_column

if TYPE_CHECKING:
    from piaskit.case.parts import Book

AUTHOR = "piaskit"
OOXML = "application/vnd.openxmlformats-officedocument"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
# What comes behind the element that names a sheet's old-style drawing.
_AFTER = (
    "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems",
    "tableParts", "extLst", "AlternateContent",
)  # fmt: skip
_SHAPETYPE = (
    '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" '
    'path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
    '<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_VML = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit">'
    '<o:idmap v:ext="edit" data="{map}"/></o:shapelayout></xml>'
)
_SHAPE = (
    '<v:shape id="_x0000_s{id}" type="#_x0000_t202" style="position:absolute;'
    'width:240pt;height:{height}pt;z-index:{z};visibility:hidden" fillcolor="#ffffe1" '
    'o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>'
    '<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"/>'
    '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
    "<x:Anchor>{left}, 15, {top}, 4, {right}, 15, {bottom}, 4</x:Anchor>"
    "<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column>"
    "</x:ClientData></v:shape>"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A note on a cell: its row counted from 1, its position from 0."""

    row: int
    position: int
    text: str

    @property
    def ref(self) -> str:
        """The cell as a spreadsheet names it.

        >>> Mark(14, 5, "").ref
        'F14'
        """
        return f"{name_column(self.position)}{self.row}"


def note_cells(book: Book, part: str, marks: Sequence[Mark]) -> None:
    """Put a note on each cell of the sheet in ``part``; one that is there is written on."""
    links = book.read_links(part)
    notes = next((p for kind, p in links.values() if kind == f"{book.base}/comments"), None)
    if notes is None:
        notes = book.find_name("xl/comments", ".xml")
        space = book.main[1:-1]
        book.parts[notes] = (
            f'<comments xmlns="{space}"><authors/><commentList/></comments>'.encode()
        )
        book.declare_part(notes, f"{OOXML}.spreadsheetml.comments+xml")
        book.link_part(part, "comments", notes)
    tree = book.open_tree(notes)
    authors, listed = (tree.find(f"{book.main}{n}") for n in ("authors", "commentList"))
    known = {comment.get("ref"): comment for comment in listed}
    names = [author.text or "" for author in authors]
    if AUTHOR not in names:
        names.append(AUTHOR)
        etree.SubElement(authors, f"{book.main}author").text = AUTHOR
    fresh = []
    for mark in marks:
        text = mark.text
        if mark.ref in known:
            text = f"\n\n{text}"
            told = known[mark.ref].find(f"{book.main}text")
        else:
            comment = etree.SubElement(
                listed, f"{book.main}comment", ref=mark.ref, authorId=str(names.index(AUTHOR))
            )
            told = etree.SubElement(comment, f"{book.main}text")
            fresh.append(mark)
        run = etree.Element(f"{book.main}r")
        words = etree.SubElement(run, f"{book.main}t")
        words.text = protect_text(text)
        words.set(_SPACE, "preserve")
        # Runs come before the phonetic parts of a text.
        tail = [c for c in told if etree.QName(c).localname in ("rPh", "phoneticPr")]
        tail[0].addprevious(run) if tail else told.append(run)
    if fresh:
        _draw_notes(book, part, fresh)


def _draw_notes(book: Book, part: str, marks: Sequence[Mark]) -> None:
    """Give each new note the shape without which old programs do not show it."""
    tree = book.open_tree(part)
    links = book.read_links(part)
    old = tree.find(f"{book.main}legacyDrawing")
    if old is not None and old.get(book.relation) in links:
        drawing = links[old.get(book.relation)][1]
    else:
        drawing = book.find_name("xl/drawings/vmlDrawing", ".vml")
        maps = b"".join(data for name, data in book.parts.items() if name.endswith(".vml"))
        used = {int(n) for data in re.findall(rb'data="([\d,]+)"', maps) for n in data.split(b",")}
        book.parts[drawing] = _VML.format(map=1 + max(used, default=0)).encode()
        book.declare_type("vml", f"{OOXML}.vmlDrawing")
        new = etree.Element(f"{book.main}legacyDrawing")
        new.set(book.relation, book.link_part(part, "vmlDrawing", drawing))
        behind = [c for c in tree if etree.QName(c).localname in _AFTER]
        behind[0].addprevious(new) if behind else tree.append(new)
    book.parts[drawing] = _add_shapes(book.parts[drawing], marks)


def protect_text(text: str) -> str:
    """Keep what a workbook would read as the code of a sign.

    >>> protect_text("_x0041_")
    '_x005F_x0041_'
    """
    return re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)


def _add_shapes(data: bytes, marks: Sequence[Mark]) -> bytes:
    """Add a shape per note before the end of a drawing, whose other bytes stay."""
    found = [int(n) for n in re.findall(rb'id="_x0000_s(\d+)"', data)]
    maps = re.findall(rb'idmap\b[^>]*\bdata="(\d+)', data)
    start = max([*found, (int(maps[0]) if maps else 1) * 1024])
    shapes = [] if b"_x0000_t202" in data else [_SHAPETYPE]
    for n, mark in enumerate(marks, 1):
        lines = sum(1 + len(line) // 44 for line in mark.text.split("\n"))
        shapes.append(
            _SHAPE.format(
                id=start + n, z=n, height=12 * lines + 10, row=mark.row - 1, column=mark.position,
                left=mark.position + 1, top=max(mark.row - 2, 0), right=mark.position + 4,
                bottom=max(mark.row - 2, 0) + lines,
            )
        )  # fmt: skip
    end = data.rindex(b"</")
    return data[:end] + "".join(shapes).encode() + data[end:]
