"""Kinds of personal information in the cells of a register become items."""

from __future__ import annotations

import re

from piaskit.case.words import fold
from piaskit.importers._guess import is_blank
from piaskit.importers._places import make_id
from piaskit.importers._records import Cell, Record
from piaskit.importers._retention import read_retention
from piaskit.importers._sheet_words import (
    ENDLESS,
    TEXT,
    Vocabulary,
    choose_separators,
    expand_kinds,
    split_bracket,
)
from piaskit.importers.register import Register

_UNIT = re.compile(r"[（(]\s*(?:单位[:：]\s*)?(年|个?月|天|日|years?|months?|days?)\s*[)）]", re.I)


class ItemReader:
    """Turns the cells that list kinds into items of an activity."""

    def __init__(self, vocabulary: Vocabulary, out: Register) -> None:
        self.vocabulary, self.out = vocabulary, out
        self.known: dict[tuple[str, str], str] = {}  # (activity, folded title) -> item
        self.bare: dict[tuple[str, str], str] = {}  # the same, titles without their bracket

    def read(self, record: Record, activity: str, staff: bool) -> list[str]:
        """Read the items of one row; return their ids."""
        found: list[str] = []
        for field in ("items.title", "items.sensitive"):
            for cell in record.cells.get(field, ()):
                if not self._says_none(cell, field):
                    found += self._read_cell(record, cell, activity, staff)
        found = list(dict.fromkeys(found))
        self._state_retention(record, found)
        self._check_sensitive(record, found)
        return found

    def _says_none(self, cell: Cell, field: str) -> bool:
        if is_blank(cell.text, self.vocabulary) or fold(cell.text) in self.vocabulary.none:
            return True
        plain = fold(split_bracket(cell.text)[0])
        return field == "items.sensitive" and plain in self.vocabulary.yes | self.vocabulary.no

    def _read_cell(self, record: Record, cell: Cell, activity: str, staff: bool) -> list[str]:
        separators = cell.column.split or choose_separators(cell.column.field)
        text = cell.text.strip()
        if ENDLESS.search(text):
            self.out.lack(cell.where, f"{cell.column.heading}: what else, the list is open")
            text = ENDLESS.sub("", text)
        kinds, groups = expand_kinds(text, separators)
        for group in groups:
            self.out.keep(cell.where, f"{cell.column.heading}, group", group)
        found = []
        for kind in kinds:
            for title in self.vocabulary.part_kind(ENDLESS.sub("", kind) or kind):
                found.append(self._add_item(record, cell, activity, title, staff))
        return [item for item in found if item]

    def _add_item(self, record: Record, cell: Cell, activity: str, title: str, staff: bool) -> str:
        title = " ".join(title.split())
        key = (activity, fold(title) or title)
        if key in self.known:
            return self.known[key]
        outer, inner = split_bracket(title)
        bare = (activity, fold(outer) or outer)
        if cell.column.field == "items.sensitive" and bare in self.bare:
            if inner:
                self.out.keep(cell.where, cell.column.heading, title)
            return self.bare[bare]
        own = cell.column.values.get(fold(title) or title)
        if own in (TEXT, "yes", "no"):  # a yes among kinds names none
            self.out.keep(cell.where, cell.column.heading, title)
            return ""
        found = (own, "exact word") if own else self.vocabulary.find_value("items.title", title)
        if found and found[0] == TEXT:
            self.out.keep(cell.where, cell.column.heading, title)
            self.out.lack(cell.where, f"{title} was read as personal information that is not used")
            return ""
        unspecific = self.vocabulary.data["unspecific"]["employee" if staff else "customer"]
        category = found[0] if found else unspecific
        row = {"activity": activity, "title": title, "category": category}
        item = self.out.add("items", {"id": make_id(activity, title) or activity, **row})
        if not found:
            text = f"which kind of personal information {title} is (read as {category})"
            self.out.lack(f"items/{item}", text)
        elif found[1] != "exact word":
            self.out.lack(f"items/{item}", f"kind of {title} (read as {category}, {found[1]})")
        self.known[key] = item
        self.bare.setdefault(bare, item)
        return item

    def _state_retention(self, record: Record, items: list[str]) -> None:
        rows = self.out.tables.get("items", {})
        start = record.get("items.retention_start")
        start = "" if is_blank(start, self.vocabulary) else start
        for cell in record.cells.get("items.retention", ()):
            if is_blank(cell.text, self.vocabulary):
                continue
            unit = _UNIT.search(cell.column.heading) if cell.text.isdigit() else None
            found = read_retention(cell.text + (f" {unit[1]}" if unit else ""))
            if not found:
                self.out.keep(cell.where, cell.column.heading, cell.text)
                self.out.lack(cell.where, "retention as a period or an event")
                continue
            if not items:
                self.out.keep(cell.where, cell.column.heading, cell.text)
            for item in items:
                rows[item].setdefault("retention", found[0])
                if found[1]:
                    rows[item].setdefault("retention_start", found[1])
        for item in items if start else ():
            rows[item].setdefault("retention_start", start)

    def _check_sensitive(self, record: Record, items: list[str]) -> None:
        """Compare what the register calls sensitive with what the categories say."""
        rows = self.out.tables.get("items", {})
        categories = self.vocabulary.knowledge.categories
        judged = {i: categories[rows[i]["category"]].sensitive["cn-pipl"] for i in items}
        sure = [rows[i]["title"] for i in items if judged[i] == "yes"]
        for cell in record.cells.get("items.sensitive", ()):
            plain = fold(split_bracket(cell.text)[0])
            no = plain in self.vocabulary.no or fold(cell.text) in self.vocabulary.none
            if no and sure:
                text = f"says nothing is sensitive, and PIPL 28 calls {', '.join(sure)} sensitive"
                self.out.contradict(f"{record.where}: {cell.column.heading} {text}")
            elif plain in self.vocabulary.yes and not no and not set(judged.values()) - {"no"}:
                text = "says yes, and none of the items is of a category that can be sensitive"
                self.out.contradict(f"{record.where}: {cell.column.heading} {text}")
            if split_bracket(cell.text)[1] and plain in self.vocabulary.yes:
                self.out.keep(cell.where, cell.column.heading, cell.text)
