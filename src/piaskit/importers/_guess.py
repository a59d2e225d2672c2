"""A first mapping of a foreign spreadsheet, guessed from headings and the shape of cells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from piaskit.case.cells import parse_period
from piaskit.case.words import fold
from piaskit.importers._headings import (
    Heading,
    Match,
    find_header,
    guess_kind,
    match_heading,
    name_headings,
)
from piaskit.importers._mapping import NOTHING, ColumnMap, SheetMap
from piaskit.importers._records import list_records
from piaskit.importers._sheet_words import (
    COUNTRIES,
    ENDLESS,
    MANY,
    NAMES,
    SEPARATORS,
    TEXT,
    YES_NO,
    Vocabulary,
    choose_separators,
    expand_kinds,
    is_listed,
    split_bracket,
    split_cell,
)
from piaskit.importers._sheets import Grid, clean_heading

MOST_SHOWN = 400  # words of one column that a mapping lists
ENOUGH = 0.6  # share of the cells that must have a shape before it counts


@dataclass(frozen=True)
class Proposal:
    """A guessed mapping that was written and waits to be corrected."""

    path: Path
    sheets: tuple[SheetMap, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return what was found, column by column."""
        return {
            "file": self.path.name,
            "sheets": [
                {
                    "sheet": sheet.name,
                    "row_is": sheet.row_is,
                    "header_rows": list(sheet.header_rows),
                    "first_row": sheet.first_row,
                    "columns": [
                        {
                            "heading": c.heading,
                            "field": c.field,
                            "because": c.sure,
                            "values": {w: v for w, v in c.values.items() if v},
                            "unknown": [w for w, v in c.values.items() if not v],
                        }
                        for c in sheet.columns
                    ],
                }
                for sheet in self.sheets
            ],
        }


def guess_sheet(grid: Grid, vocabulary: Vocabulary) -> SheetMap:
    """Guess the mapping of one sheet; a sheet without known headings is read as nothing."""
    row_is = guess_kind(grid, vocabulary)
    header = find_header(grid, vocabulary, row_is)
    if not header:
        return SheetMap(grid.name, NOTHING)
    sheet = SheetMap(grid.name, row_is, tuple(r + 1 for r in header), header[-1] + 2)
    headings = name_headings(grid, header)
    sheet.columns = [ColumnMap(h.key, TEXT, position=h.position) for h in headings]
    texts = _collect_texts(grid, sheet)
    _assign_fields(sheet, headings, vocabulary, texts)
    fields = {column.field for column in sheet.columns}
    if row_is == "activity" and not fields & {"activities.title", "activities.purpose"}:
        return SheetMap(grid.name, NOTHING)
    texts = _collect_texts(grid, sheet)
    for column in sheet.columns:
        cells = texts.get(column.position, [])
        split = row_is == "activity" and column.field in MANY
        column.split = choose_separators(column.field) if split else ""
        column.values = _guess_values(column, cells, vocabulary)
        column.samples = tuple(dict.fromkeys(clean_heading(t) for t in cells))[:2]
    return sheet


def _collect_texts(grid: Grid, sheet: SheetMap) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for record in list_records(grid, sheet, []):
        for cells in record.cells.values():
            for cell in cells:
                found.setdefault(cell.column.position, []).append(cell.text)
    if not found:  # before any title is known, every row with two cells counts
        for row in range(sheet.first_row - 1, len(grid.rows)):
            texts = grid.list_texts(row)
            for position, text in texts if len(texts) > 1 else ():
                found.setdefault(position, []).append(text)
    return found


def _assign_fields(
    sheet: SheetMap, headings: list[Heading], vocabulary: Vocabulary, texts: dict[int, list[str]]
) -> None:
    matches = [match_heading(h, vocabulary, sheet.row_is) for h in headings]
    taken: dict[str, list[int]] = {}
    waiting = [(m, n) for n, found in enumerate(matches) for m in found]
    waiting.sort(key=lambda e: (-_rank(e[0], headings[e[1]], vocabulary), e[1]))
    for match, n in waiting:
        column, cells = sheet.columns[n], texts.get(headings[n].position, [])
        if column.field != TEXT or column.sure or (match is not matches[n][0] and match.weight < 3):
            continue
        rivals = _find_rivals(matches[n], vocabulary)
        if rivals:
            column.sure = f"says both {rivals[0]} and {rivals[1]}"
            continue
        field = _fit_values(match.field, cells, vocabulary)
        if not field:
            column.sure = f"looks like {match.field}, but its cells only say yes or no"
        elif field == TEXT:
            column.sure = match.sure
        elif field in taken and not _shares(field, taken[field], n, headings, vocabulary):
            if match is matches[n][-1] or matches[n][matches[n].index(match) + 1].weight < 3:
                first = headings[taken[field][0]].key
                column.sure = f"looks like {field}, which is already {first}"
        else:
            column.field = field
            column.sure = match.sure if field == match.field else f"{match.sure}, values' shape"
            taken.setdefault(field, []).append(n)
    for n, column in enumerate(sheet.columns):
        if column.field == TEXT and not column.sure:
            shape = ""
            if sheet.row_is == "activity" and not matches[n]:
                shape = _guess_shape(texts.get(column.position, []), vocabulary)
            if shape and shape not in taken:
                column.field, column.sure = shape, "values' shape"
                taken[shape] = [n]
            else:
                column.sure = "no word known"


def _rank(match: Match, heading: Heading, vocabulary: Vocabulary) -> float:
    """Weigh a match; among headings of one field some say it better than others."""
    about = vocabulary.data["fields"].get(match.field, {})
    first = [fold(w) for w in about.get("first", ())]
    own = fold(heading.lines[-1])
    return match.weight + (0.6 - first.index(own) / 100 if own in first else 0)


def _shares(
    field: str, taken: list[int], n: int, headings: list[Heading], vocabulary: Vocabulary
) -> bool:
    """Tell whether a further column may have a field that another one has."""
    if field not in MANY:
        return False
    first = {fold(w) for w in vocabulary.data["fields"][field].get("first", ())}
    return fold(headings[n].lines[-1]) in first or not any(
        fold(headings[t].lines[-1]) in first for t in taken
    )


def _find_rivals(matches: list[Match], vocabulary: Vocabulary) -> list[str]:
    if matches[0].weight >= 4:
        return []
    # What a heading itself says outweighs what its group says.
    fields = {m.field for m in matches if m.weight >= 3 or matches[0].weight < 3}
    return next((r for r in vocabulary.data["rivals"] if set(r) <= fields), [])


def _fit_values(field: str, cells: list[str], vocabulary: Vocabulary) -> str:
    """Return the field that a column's cells allow, '' when they say only yes and no."""
    said = [fold(c) for c in cells if not is_blank(c, vocabulary)]
    if not said:
        return field
    plain = vocabulary.yes | vocabulary.no
    if field in (*NAMES, "items.title", "safeguards.title") or field in COUNTRIES:
        affirmed = any(s in vocabulary.yes for s in said)
        if affirmed and sum(s in plain for s in said) >= ENOUGH * len(said):
            return "store.country" if field == "store.country" else ""
    if field == "store.system":
        index = vocabulary.index("store.country")
        if sum(s in index for s in said) >= ENOUGH * len(said):
            return "store.country"
    return field


def _guess_shape(cells: list[str], vocabulary: Vocabulary) -> str:
    said = [c for c in cells if not is_blank(c, vocabulary)]
    if len(said) < 2:
        return ""

    def holds(test: Any) -> bool:
        return sum(bool(test(c)) for c in said) >= ENOUGH * len(said)

    if holds(lambda c: parse_period(c)[0]):
        return "items.retention"
    if holds(lambda c: vocabulary.find_bases(c)[0] and not vocabulary.find_bases(c)[1]):
        return "activities.legal_basis"
    said_plainly = vocabulary.yes | vocabulary.no
    index = vocabulary.index("store.encrypted")
    if holds(lambda c: fold(c) in index and fold(c) not in said_plainly):
        return "store.encrypted"
    index = vocabulary.index("items.title")
    if holds(lambda c: len(p := expand_kinds(c, choose_separators("items.title"))[0]) > 1
             and sum(fold(k) in index for k in p) * 2 >= len(p)):  # fmt: skip
        return "items.title"
    return ""


def is_blank(text: str, vocabulary: Vocabulary) -> bool:
    """Tell whether a cell says that nothing is stated, as with a stroke."""
    return not text.strip() or (fold(text) or text.strip()) in vocabulary.blank


def list_pieces(column: ColumnMap, text: str) -> list[str]:
    """Return the pieces of a cell that a mapping gives values to."""
    separators = column.split or choose_separators(column.field)
    if column.field in ("items.title", "items.sensitive"):
        return [ENDLESS.sub("", kind) or kind for kind in expand_kinds(text, separators)[0]]
    return split_cell(text, separators) if is_listed(column.field) else [text]


def _guess_values(column: ColumnMap, cells: list[str], vocabulary: Vocabulary) -> dict[str, str]:
    field = column.field
    if vocabulary.list_values(field) is None or field == TEXT:
        return {}
    found: dict[str, str] = {}
    gdpr = vocabulary.index_gdpr([column.heading, *cells])
    for text in cells:
        if is_blank(text, vocabulary) or (
            field in MANY and fold(text) in vocabulary.none and field not in YES_NO
        ):
            continue
        if field.endswith("legal_basis") and gdpr:
            pieces = split_cell(text, SEPARATORS)
            found.update((clean_heading(p), gdpr.get(fold(p), "")) for p in pieces)
            continue
        if field.endswith("legal_basis"):
            bases, strange = vocabulary.find_bases(text)
            if len(bases) == 1 and not strange:
                found.setdefault(clean_heading(text), bases[0])
            found.update((clean_heading(s), "") for s in strange)
            continue
        if field in YES_NO and fold(split_bracket(text)[0]) in vocabulary.yes | vocabulary.no:
            pieces = [split_bracket(text)[0]]
        else:
            pieces = list_pieces(column, text)
        if field in ("items.title", "items.sensitive"):
            pieces = [part for piece in pieces for part in vocabulary.part_kind(piece)]
        for piece in pieces:
            key = clean_heading(piece)
            value = vocabulary.find_value(field, piece)
            if key and key not in found and not (value is None and _is_number(piece, field)):
                found[key] = value[0] if value else ""
    return dict(list(found.items())[:MOST_SHOWN])


def _is_number(piece: str, field: str) -> bool:
    return field in ("activities.children", "activities.minors") and piece.isdigit()
