"""ICO's sheets: a block on the organisation, then a row per activity and category."""

from __future__ import annotations

from functools import cache
from itertools import groupby

from piaskit.case.words import fold
from piaskit.importers._activity_rows import ActivityReader
from piaskit.importers._mapping import ColumnMap, SheetMap
from piaskit.importers._places import make_id
from piaskit.importers._records import Cell, Record, list_records
from piaskit.importers._sheet_words import (
    SEPARATORS,
    TEXT,
    choose_separators,
    is_listed,
    split_cell,
)
from piaskit.importers._sheets import Grid, clean_heading
from piaskit.importers.ropa import read_words, spell

_SEARCHED = 40
_MOST = 0.7  # share of the headings that the layout must know
_OWN_FIELDS = ("article.6", "article.9", "rights", "assessment")


@cache
def _index(part: str) -> dict[str, str]:
    found = read_words()[part]
    if part == "headings":
        return {spell(heading): field for heading, field in found.items()}
    return {spell(word): key for key, words in found.items() for word in words}


def find_heading(grid: Grid) -> int | None:
    """Return the row (from 0) that holds the headings of the layout, or None."""
    best, counted = None, int(read_words()["enough"]) - 1
    for n in range(min(_SEARCHED, len(grid.rows))):
        texts = grid.list_texts(n)
        known = len({spell(text) for _, text in texts} & _index("headings").keys())
        if known > counted and known >= _MOST * len(texts):
            best, counted = n, known
    return best


def read_rows(grid: Grid, heading: int, reader: ActivityReader) -> None:
    """Read the rows below the headings; those of one purpose and function are one activity."""
    _read_block(grid, heading, reader)
    sheet = SheetMap(grid.name, "activity", (heading + 1,), heading + 2)
    titles = [clean_heading(text) for text in grid.rows[heading]]
    for position, title in enumerate(titles):
        if title or any(grid.get(n, position) for n in range(heading + 1, len(grid.rows))):
            sheet.columns.append(_map_column(title, position))
    processor = {spell(w) for w in read_words()["processor"]} & {spell(t) for t in titles}
    records = list(list_records(grid, sheet, reader.out.kept_as_text))
    named = [record for record in records if _name(record)[0]]
    for record in records:
        if record not in named:
            texts = [cell.text for cells in record.cells.values() for cell in cells]
            reader.out.keep(record.where, "row without a purpose", texts)
            reader.out.contradict(f"{record.where}: has no purpose; not read as an activity")
    for _, group in groupby(sorted(named, key=_name), key=_name):
        rows = sorted(group, key=lambda record: record.row)
        wanted = make_id(*_name(rows[0])[1:], _name(rows[0])[0])
        id = ""
        for record in rows:
            own = {field: record.cells.pop(field, []) for field in _OWN_FIELDS}
            id = reader.read(record, id or wanted, again=bool(id))
            for field in ("article.6", "article.9"):
                _add_bases(reader, id, own[field])
            _add_rights(reader, id, own["rights"])
            _read_assessment(reader, id, own["assessment"])
        activity = reader.out.tables["activities"][id]
        activity.setdefault("role", "processor" if processor else "controller")
        reader.out.lack(f"activities/{id}", f"role (read as {activity['role']} from its sheet)")


def _name(record: Record) -> tuple[str, str]:
    title = record.get("activities.title") or record.get("activities.purpose")
    return " ".join(title.split()), " ".join(record.get("activities.owner").split())


def _map_column(title: str, position: int) -> ColumnMap:
    field = _index("headings").get(spell(title), TEXT)
    column = ColumnMap(title, field, position=position, sure="layout")
    if is_listed(field) or field in ("article.6", "article.9"):
        column.split = choose_separators(field)
    words = read_words()["values"].get(
        "activities.legal_basis" if field == "article.6" else field, {}
    )
    column.values = {fold(word): value for value, listed in words.items() for word in listed}
    return column


def _add_bases(reader: ActivityReader, activity: str, cells: list[Cell]) -> None:
    row = reader.out.tables["activities"][activity]
    for cell in cells:
        found = [b for b in reader.cells.read_bases(cell).split(";") if b.startswith("eu-gdpr.")]
        stated = [*row.get("legal_basis", "").split(";"), *found]
        if any(stated):
            row["legal_basis"] = ";".join(dict.fromkeys(filter(None, stated)))


def _add_rights(reader: ActivityReader, activity: str, cells: list[Cell]) -> None:
    row = reader.out.tables["activities"][activity]
    for cell in cells:
        stated = [right for right in row.get("rights", "").split(";") if right]
        for piece in split_cell(cell.text, SEPARATORS):
            right = cell.column.values.get(fold(piece), "")
            if right:
                stated.append(right)
            else:
                reader.out.keep(cell.where, cell.column.heading, piece)
        if stated:
            row["rights"] = ";".join(dict.fromkeys(stated))


def _read_assessment(reader: ActivityReader, activity: str, cells: list[Cell]) -> None:
    for cell in cells:
        reader.out.keep(cell.where, cell.column.heading, cell.text)
        reader.out.lack(f"activities/{activity}", "the assessment that its record links to")


def _read_block(grid: Grid, heading: int, reader: ActivityReader) -> None:
    """Read the organisation, its officer and its representative from the rows above."""
    sections: dict[int, str] = {}
    found: dict[str, dict[str, str]] = {}
    for n in range(heading):
        for column, text in grid.list_texts(n):
            section = _index("sections").get(spell(text))
            label = _index("labels").get(spell(text))
            behind = grid.get(n, column + 1)
            if section:
                sections = {c: s for c, s in sections.items() if c < column} | {column: section}
                if behind and spell(behind) not in _index("labels") | _index("sections"):
                    found.setdefault(section, {}).setdefault("name", behind)
            elif label and behind:
                near = [c for c in sections if c <= column]
                part = found.setdefault(sections[max(near)] if near else "organisation", {})
                part.setdefault(label, behind)
            elif not any(grid.get(n, c) == text for c in range(column)) and not label:
                before = grid.get(n, column - 1) if column else ""
                if spell(before) not in _index("labels") | _index("sections"):
                    reader.out.keep(f"{grid.name} row {n + 1}", "above the headings", text)
    out = reader.out
    name = found.get("organisation", {}).get("name")
    if name:
        known = out.case.setdefault("organisation", {"name": name})["name"]
        out.case.setdefault("title", name)
        if known != name:
            out.contradict(f"{grid.name}: the organisation is {name} here and {known} elsewhere")
    contacts: list[dict[str, str]] = out.case.setdefault("contacts", [])
    for who, facts in found.items():
        out.keep(f"{grid.name}, {who}", "address", facts.pop("address", ""))
        role = "controller" if who == "organisation" else who
        stated = {"role": role} | {k: facts[k] for k in ("name", "email", "phone") if k in facts}
        if len(stated) > 2 - (who != "organisation") and stated not in contacts:
            contacts.append(stated)
        if who == "dpo" and facts.get("name"):
            roles = out.tables.get("roles", {}).values()
            if not any(row.get("holder") == facts["name"] for row in roles):
                contact = facts.get("email") or facts.get("phone", "")
                row = {"id": "dpo", "role": "dpo", "holder": facts["name"], "contact": contact}
                out.add("roles", row)
    if not contacts:
        del out.case["contacts"]
