"""What single cells of a register say: values, legal bases, names; the rest is kept as text."""

from __future__ import annotations

import re

from piaskit.case.cells import build_parser
from piaskit.case.tables import TABLES
from piaskit.case.words import fold
from piaskit.importers._guess import is_blank, list_pieces
from piaskit.importers._mapping import ColumnMap
from piaskit.importers._records import Cell, Record
from piaskit.importers._sheet_words import (
    SEPARATORS,
    TEXT,
    Vocabulary,
    split_bracket,
    split_cell,
)
from piaskit.importers.register import Register


class CellReader:
    """Reads cells by the mapping and the known words; what they do not say is told."""

    def __init__(self, vocabulary: Vocabulary, out: Register) -> None:
        self.vocabulary, self.out = vocabulary, out
        self._read: dict[tuple[str, str], list[str]] = {}

    def parse(self, field: str, cell: Cell) -> str:
        """Read a cell as the case format does; what it refuses is kept as text."""
        table, _, name = field.partition(".")
        value, problems = build_parser(TABLES[table][name], self.vocabulary.words)(cell.text)
        return self.refuse(cell, cell.column.heading) if problems else str(value)

    def refuse(self, cell: Cell, lacking: str) -> str:
        """Keep a cell as text and name what it leaves open; returns a blank."""
        self.out.keep(cell.where, cell.column.heading, cell.text)
        self.out.lack(cell.where, lacking)
        return ""

    def read_bases(self, cell: Cell) -> str:
        """Read legal bases; a piece that names none is never guessed."""
        consents = (w for w in self.vocabulary.data["consents"] if w in cell.text.lower())
        for word in consents:
            self.out.keep(cell.where, cell.column.heading, cell.text)
            self.out.lack(cell.where, f"which flows the {word} covers")
        if any(split_bracket(piece)[1] for piece in split_cell(cell.text, SEPARATORS)):
            self.out.keep(cell.where, cell.column.heading, cell.text)
        own = cell.column.values.get(fold(" ".join(cell.text.split())))
        if own:
            if own == TEXT:
                text = " ".join(cell.text.split())
                return self.refuse(cell, f"which legal basis {text} stands for")
            return own
        pieces = split_cell(cell.text, SEPARATORS)
        mapped = [cell.column.values.get(fold(piece), "") for piece in pieces]
        if pieces and all(mapped) and TEXT not in mapped:
            return ";".join(dict.fromkeys(mapped))
        bases, strange = self.vocabulary.find_bases(cell.text)
        for piece in strange:
            value = cell.column.values.get(fold(piece), TEXT)
            if value != TEXT:
                bases.append(value)
            else:
                self.out.keep(cell.where, cell.column.heading, piece)
                self.out.lack(cell.where, f"which legal basis {' '.join(piece.split())} stands for")
        return ";".join(dict.fromkeys(bases))

    def translate(self, cell: Cell, piece: str, field: str) -> str | None:
        """Return our value of a piece; an unknown one is kept as text and gives None."""
        value = find_own_or_known(self.vocabulary, cell.column, piece, field)
        if value is None and field not in ("activities.children", "activities.minors"):
            self.out.keep(cell.where, cell.column.heading, piece)
            self.out.lack(cell.where, f"what {cell.column.heading} {' '.join(piece.split())} means")
        elif (
            value is not None and split_bracket(piece)[1] and "yes" in self.vocabulary.index(field)
        ):
            self.out.keep(cell.where, cell.column.heading, piece)
        if value == TEXT:
            self.out.keep(cell.where, cell.column.heading, piece)
            return ""
        return value

    def list_names(self, record: Record, field: str) -> list[tuple[Cell, str]]:
        """Return the names in the cells of a field, without those that say there is none."""
        found = []
        for cell in record.cells.get(field, ()):
            if is_blank(cell.text, self.vocabulary) or fold(cell.text) in self.vocabulary.none:
                continue
            if fold(split_bracket(cell.text)[0]) in self.vocabulary.yes:
                self.out.keep(cell.where, cell.column.heading, cell.text)
                self.out.lack(cell.where, f"{cell.column.heading}: who")
                continue
            for piece in self._list_places(cell):
                name = re.sub(r"等$", "", piece)
                if name != piece:
                    self.out.lack(cell.where, f"{cell.column.heading}: who else than {name}")
                if fold(name) not in self.vocabulary.none:
                    found.append((cell, name))
        return found

    def _list_places(self, cell: Cell) -> list[str]:
        """Return the pieces of a cell of names, as the mapping calls them.

        A bracket that lists countries gives one name per country.
        """
        found = []
        countries = self.vocabulary.index("parties.country")
        for piece in list_pieces(cell.column, cell.text):
            own = cell.column.values.get(fold(" ".join(piece.split())) or piece, piece)
            if own == TEXT:
                self.out.keep(cell.where, cell.column.heading, piece)
                continue
            outer, inner = split_bracket(own)
            members = [re.sub(r"等$", "", m) for m in split_cell(inner, SEPARATORS)]
            named = [m for m in members if fold(m) in countries]
            if len(named) > 1 and cell.column.field != "store.system":
                self.out.keep(cell.where, cell.column.heading, piece)
                if re.search(r"等(?:$|[，,；;])|\betc", inner):
                    self.out.lack(cell.where, f"{cell.column.heading}: which other countries")
                found += [f"{outer}（{name}）" for name in named]
            else:
                found.append(own)
        return found

    def read_choice(self, record: Record, field: str) -> list[str]:
        """Read the values of a field in one row, each row and field once."""
        key = (record.where, field)
        if key in self._read:
            return self._read[key]
        found = self._read.setdefault(key, [])
        for cell in record.cells.get(field, ()):
            if is_blank(cell.text, self.vocabulary):
                continue
            if cell.column.field == "flows.transport" and fold(cell.text) in self.vocabulary.none:
                continue
            for piece in list_pieces(cell.column, cell.text):
                value = self.translate(cell, piece, field)
                found += [value] if value else []
        found[:] = dict.fromkeys(found)
        return found


def find_own_or_known(
    vocabulary: Vocabulary, column: ColumnMap, piece: str, field: str
) -> str | None:
    """Return our value of a piece: the mapping's, else that of the known words, else None."""
    own = column.values.get(fold(" ".join(piece.split())) or piece)
    if own:
        return own
    found = vocabulary.find_value(field, piece)
    return found[0] if found else None
