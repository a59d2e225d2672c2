"""Parties and systems that the cells of a register name: each once, whoever names it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field

from piaskit.case.words import fold
from piaskit.importers._sheet_words import Vocabulary, split_bracket
from piaskit.importers.register import Register, make_slug

LONGEST_ID = 60
_LEGAL_FORM = re.compile(
    r"(?:公司|\b(?:gmbh|ltd|limited|inc|llc|llp|corp|corporation|plc|s\.a|b\.v)\b\.?)$",
    re.IGNORECASE,
)


def make_id(*parts: str) -> str:
    """Make a stable id; a long one ends in a digest of the whole.

    >>> make_id("ＨＲ-01", "姓名")
    'hr-01-姓名'
    >>> len(make_id("x" * 300))
    60
    """
    slug = make_slug(*(unicodedata.normalize("NFKC", part) for part in parts))
    if len(slug) <= LONGEST_ID:
        return slug
    digest = hashlib.sha256(slug.encode()).hexdigest()[:8]
    return f"{slug[: LONGEST_ID - 9].rstrip('-')}-{digest}"


@dataclass
class Places:
    """The parties and systems of a register so far."""

    vocabulary: Vocabulary
    out: Register
    parties: dict[tuple[str, str], str] = field(default_factory=dict)  # (title, role) -> id
    systems: dict[str, str] = field(default_factory=dict)
    listed: frozenset[str] = frozenset()  # folded titles that the list of systems has

    def add_party(self, text: str, role: str, where: str) -> str:
        """Return the id of the party a piece names; a bracket may hold its country or role."""
        title, country = text, ""
        outer, inner = split_bracket(text)
        if inner:
            code = self.vocabulary.find_value("parties.country", inner)
            said = self._find_role(inner)
            if code or said:
                title, country, role = outer, code[0] if code else "", said or role
            elif _LEGAL_FORM.search(outer) or self._find_role(outer) == "authority":
                # A firm's name ends in its legal form: what follows is a remark on it.
                self.out.keep(where, f"remark on {outer}", inner)
                title = outer
        if self._find_role(title) == "authority":
            role = "authority"
        key = (fold(title) or title, role)
        before = self.out.tables["parties"][self.parties[key]] if key in self.parties else {}
        if country and before.get("country", country) != country:
            self.out.contradict(
                f"{where}: {title} is in {country} here and in {before['country']} elsewhere;"
                " kept as two"
            )
            title, key = text, (fold(text) or text, role)
        if key not in self.parties:
            others = [r for t, r in self.parties if t == key[0]]
            if others:
                text = f"{where}: {title} is {role} here and {others[0]} elsewhere; kept as two"
                self.out.contradict(text)
            name = make_id(title, role) if others else make_id(title)
            row = {"id": name or "party", "title": title, "role": role}
            self.parties[key] = self.out.add("parties", row)
        party = self.parties[key]
        if country:
            self.set_cell("parties", party, "country", country, where)
        return party

    def _find_role(self, text: str) -> str:
        return self.vocabulary.index("parties.role").get(fold(text), "")

    def find_party(self, text: str) -> str:
        """Return the id of the party of this id or title, whatever its role, or ''."""
        rows = self.out.tables.get("parties", {})
        found = [
            id for id, row in rows.items() if fold(text) in (fold(id), fold(row.get("title", "")))
        ]
        return found[0] if found else ""

    def add_system(self, title: str, where: str) -> str:
        """Return the id of the system of a title; a listed one may have a remark behind it."""
        outer, inner = split_bracket(title)
        country = None
        if inner and fold(outer) in self.listed:
            country = self.vocabulary.index("systems.country").get(fold(inner))
            if not country:
                self.out.keep(where, f"remark on {outer}", inner)
            title = outer
        key = fold(title) or title
        if key not in self.systems:
            row = {"id": make_id(title) or "system", "title": title}
            self.systems[key] = self.out.add("systems", row)
        if country:
            self.set_cell("systems", self.systems[key], "country", country, where)
        return self.systems[key]

    def find_place(self, text: str) -> str:
        """Return the id of the system or party of this id or title, or ''."""
        rows = self.out.tables.get("systems", {})
        found = [
            id for id, row in rows.items() if fold(text) in (fold(id), fold(row.get("title", "")))
        ]
        return found[0] if found else self.find_party(text)

    def set_cell(self, table: str, id: str, column: str, value: str, where: str) -> None:
        """State a cell of a row; what another row of the register denies is told."""
        row = self.out.tables[table][id]
        if row.setdefault(column, value) != value:
            text = f"{where}: {table}/{id} {column} is {value} here and {row[column]} before"
            self.out.contradict(f"{text}; the first one counts")
