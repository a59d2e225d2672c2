"""A workbook changed part by part: what is not touched keeps every byte.

Notes, fills and one more sheet are put into the parts of the archive; charts, pictures,
validations, threaded comments and whatever else a spreadsheet program wrote stay as they are.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Sequence
from copy import deepcopy
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from piaskit.case.archive import count_letters, name_column
from piaskit.case.notes import OOXML, Mark, note_cells, protect_text

FILL = "FFFFD966"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = f"{{{_PACKAGE}/content-types}}"
_RELS = f"{{{_PACKAGE}/relationships}}"


class Book:
    """The parts of a workbook in hand; ``data`` has been inspected and is a sound archive."""

    def __init__(self, data: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            self.infos = {info.filename: info for info in archive.infolist()}
            self.parts = {name: archive.read(name) for name in self.infos}
        self.trees: dict[str, Any] = {}
        self.names = {name.casefold(): name for name in self.parts}
        book = self.open_tree("xl/workbook.xml")
        self.main = f"{{{etree.QName(book).namespace}}}"
        links = self.read_links("xl/workbook.xml")
        # Transitional and strict workbooks name their relations differently.
        self.base = next(
            kind.removesuffix("/worksheet")
            for kind, _ in links.values()
            if kind.endswith("/worksheet")
        )
        self.relation = f"{{{self.base}}}id"
        self.sheets = {
            sheet.get("name"): links[sheet.get(self.relation)][1]
            for sheet in book.iter(f"{self.main}sheet")
            if sheet.get(self.relation) in links
        }
        self.filled: dict[int, int] = {}  # style -> the same with a fill

    def save(self) -> bytes:
        """Return the archive; untouched parts in their order and as they were."""
        for name, tree in self.trees.items():
            self.parts[name] = etree.tostring(
                tree, xml_declaration=True, encoding="UTF-8", standalone=True
            )
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.parts.items():
                old = self.infos.get(name)
                info = zipfile.ZipInfo(name, old.date_time if old else (1980, 1, 1, 0, 0, 0))
                info.external_attr = old.external_attr if old else 0
                archive.writestr(info, data, old.compress_type if old else zipfile.ZIP_DEFLATED)
        return out.getvalue()

    def mark_sheet(self, sheet: str, marks: Sequence[Mark]) -> None:
        """Fill cells and put a note on each; a note that is there already is written on."""
        part = self.sheets[sheet]
        self._fill_cells(self.open_tree(part), marks)
        note_cells(self, part, marks)

    def add_sheet(
        self,
        title: str,
        heads: Sequence[str],
        rows: Sequence[Sequence[str]],
        links: Sequence[str],
        widths: Sequence[int],
    ) -> None:
        """Add a sheet of text at the end, or put it in the place of one with this title.

        ``links`` lead from the first cell of each row.
        """
        data = self._write_sheet(heads, rows, links, widths)
        if title in self.sheets:  # of an earlier copy
            self.parts[self.sheets[title]] = data
            return
        part = self.find_name("xl/worksheets/sheet", ".xml")
        self.parts[part] = data
        self.declare_part(part, f"{OOXML}.spreadsheetml.worksheet+xml")
        sheets = self.open_tree("xl/workbook.xml").find(f"{self.main}sheets")
        numbers = [int(sheet.get("sheetId")) for sheet in sheets]
        new = etree.SubElement(sheets, f"{self.main}sheet")
        new.set("name", title)
        new.set("sheetId", str(1 + max(numbers)))
        new.set(self.relation, self.link_part("xl/workbook.xml", "worksheet", part))

    def open_tree(self, part: str) -> Any:
        """Return the root of a part; what is changed in it will be saved."""
        if part not in self.trees:
            self.trees[part] = _parse(self.parts[part])
        return self.trees[part]

    def _place_links(self, part: str) -> str:
        folder, name = posixpath.split(part)
        return f"{folder}/_rels/{name}.rels"

    def read_links(self, part: str) -> dict[str, tuple[str, str]]:
        """Return the relations of a part: id -> kind and the part it leads to."""
        place = self._place_links(part)
        if place not in self.parts:
            return {}
        # Only looked at: a part that is not changed is saved as it was.
        tree = self.trees[place] if place in self.trees else _parse(self.parts[place])
        found = {}
        for link in tree:
            target = link.get("Target", "")
            inside = (
                target.lstrip("/")
                if target.startswith("/")
                else posixpath.normpath(posixpath.join(posixpath.dirname(part), target))
            )
            found[link.get("Id")] = (
                link.get("Type", ""),
                self.names.get(inside.casefold(), inside),
            )
        return found

    def link_part(self, part: str, kind: str, target: str) -> str:
        """Relate a part to another one; returns the id of the relation."""
        place = self._place_links(part)
        if place not in self.parts:
            self.parts[place] = b""
            self.trees[place] = etree.Element(f"{_RELS}Relationships", nsmap={None: _RELS[1:-1]})
        tree = self.open_tree(place)
        taken = {link.get("Id") for link in tree}
        id = next(id for n in range(1, len(taken) + 2) if (id := f"rId{n}") not in taken)
        kind = f"{self.base}/{kind}"
        etree.SubElement(tree, f"{_RELS}Relationship", Id=id, Type=kind, Target=f"/{target}")
        return id

    def declare_part(self, part: str, kind: str) -> None:
        """Say of what kind a new part is."""
        tree = self.open_tree("[Content_Types].xml")
        etree.SubElement(tree, f"{_TYPES}Override", PartName=f"/{part}", ContentType=kind)

    def declare_type(self, suffix: str, kind: str) -> None:
        """Say of what kind all parts with a suffix are, unless that is said already."""
        tree = self.open_tree("[Content_Types].xml")
        if not any(entry.get("Extension", "").casefold() == suffix for entry in tree):
            tree.insert(0, etree.Element(f"{_TYPES}Default", Extension=suffix, ContentType=kind))

    def find_name(self, start: str, end: str) -> str:
        names = {name.casefold() for name in self.parts}
        return next(
            n for i in range(1, len(names) + 2) if (n := f"{start}{i}{end}").casefold() not in names
        )

    def _fill_cells(self, tree: Any, marks: Sequence[Mark]) -> None:
        wanted: dict[int, list[int]] = {}
        for mark in marks:
            wanted.setdefault(mark.row, []).append(mark.position)
        data = tree.find(f"{self.main}sheetData")
        styles = self._read_columns(tree)
        number, after = 0, 0
        for index, row in enumerate(list(data)):
            number = int(row.get("r") or number + 1)
            while wanted and (first := min(wanted)) < number:
                added = etree.Element(f"{self.main}row", r=str(first))
                data.insert(index + after, added)
                after += 1
                self._fill_row(added, first, wanted.pop(first), styles)
            if number in wanted:
                self._fill_row(row, number, wanted.pop(number), styles)
        for first in sorted(wanted):
            added = etree.SubElement(data, f"{self.main}row", r=str(first))
            self._fill_row(added, first, wanted[first], styles)

    def _fill_row(
        self, row: Any, number: int, positions: Sequence[int], styles: dict[int, int]
    ) -> None:
        own = int(row.get("s") or 0) if row.get("customFormat") in ("1", "true") else None
        at = -1
        places = []
        for cell in row.iterfind(f"{self.main}c"):
            letters = re.match(r"[A-Z]+", cell.get("r") or "")
            at = count_letters(letters[0].encode()) - 1 if letters else at + 1
            places.append((at, cell))
        for position in positions:
            cell = next((cell for place, cell in places if place == position), None)
            if cell is None:
                cell = etree.Element(f"{self.main}c", r=f"{name_column(position)}{number}")
                style = own if own is not None else styles.get(position, 0)
                before = next((c for place, c in places if place > position), None)
                if before is not None:
                    before.addprevious(cell)
                else:
                    row.append(cell)
                places.append((position, cell))
                places.sort(key=lambda pair: pair[0])
            else:
                style = int(cell.get("s") or 0)
            cell.set("s", str(self._fill_style(style)))

    def _read_columns(self, tree: Any) -> dict[int, int]:
        """Return the style that blank cells of each column have."""
        found: dict[int, int] = {}
        for column in tree.iterfind(f"{self.main}cols/{self.main}col"):
            if column.get("style"):
                first, last = int(column.get("min")), min(int(column.get("max")), 1_000)
                found |= dict.fromkeys(range(first - 1, last), int(column.get("style")))
        return found

    def _fill_style(self, style: int) -> int:
        """Return a style like the given one, with the fill of a mark."""
        if style not in self.filled:
            tree = self.open_tree(self._find_styles())
            fills, forms = (tree.find(f"{self.main}{name}") for name in ("fills", "cellXfs"))
            if not self.filled:
                fill = etree.SubElement(fills, f"{self.main}fill")
                pattern = etree.SubElement(fill, f"{self.main}patternFill", patternType="solid")
                etree.SubElement(pattern, f"{self.main}fgColor", rgb=FILL)
                etree.SubElement(pattern, f"{self.main}bgColor", indexed="64")
                fills.set("count", str(len(fills)))
                self._fill_id = str(len(fills) - 1)
            form = deepcopy(forms[style if style < len(forms) else 0])
            form.set("fillId", self._fill_id)
            form.set("applyFill", "1")
            forms.append(form)
            forms.set("count", str(len(forms)))
            self.filled[style] = len(forms) - 1
        return self.filled[style]

    def _find_styles(self) -> str:
        links = self.read_links("xl/workbook.xml").values()
        return next(part for kind, part in links if kind.endswith("/styles"))

    def _write_sheet(
        self,
        heads: Sequence[str],
        rows: Sequence[Sequence[str]],
        links: Sequence[str],
        widths: Sequence[int],
    ) -> bytes:
        wrap = self._wrap_style()
        head = self._fill_style(0)
        lines = [
            _write_row(1, heads, head),
            *(_write_row(n, row, wrap) for n, row in enumerate(rows, 2)),
        ]
        columns = "".join(
            f'<col min="{n}" max="{n}" width="{wide}" customWidth="1"/>'
            for n, wide in enumerate(widths, 1)
        )
        leads = "".join(
            f'<hyperlink ref="A{n}" location="{escape(link, {chr(34): "&quot;"})}"/>'
            for n, link in enumerate(links, 2)
            if link and n <= 65_000
        )
        pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        area = f"A1:{name_column(len(heads) - 1)}{len(rows) + 1}"
        text = (
            f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            f'<worksheet xmlns="{self.main[1:-1]}"><sheetViews><sheetView workbookViewId="0">{pane}'
            f"</sheetView></sheetViews><cols>{columns}</cols><sheetData>{''.join(lines)}</sheetData>"
            f'<autoFilter ref="{area}"/>'
            + (f"<hyperlinks>{leads}</hyperlinks>" if leads else "")
            + "</worksheet>"
        )
        return text.encode()

    def _wrap_style(self) -> int:
        forms = self.open_tree(self._find_styles()).find(f"{self.main}cellXfs")
        form = deepcopy(forms[0])
        for old in form.findall(f"{self.main}alignment"):
            form.remove(old)
        form.insert(0, etree.Element(f"{self.main}alignment", vertical="top", wrapText="1"))
        form.set("applyAlignment", "1")
        forms.append(form)
        forms.set("count", str(len(forms)))
        return len(forms) - 1


def _parse(data: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    return etree.fromstring(data, parser)


def _write_row(number: int, cells: Sequence[str], style: int) -> str:
    told = "".join(
        f'<c r="{name_column(n)}{number}" s="{style}" t="inlineStr">'
        f'<is><t xml:space="preserve">{escape(protect_text(text))}</t></is></c>'
        for n, text in enumerate(cells)
    )
    return f'<row r="{number}">{told}</row>'
