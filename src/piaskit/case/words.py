"""The words a case may use: ids, their labels in both languages, and which one was nearly meant."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from piaskit.case.table import Column, Table
from piaskit.case.tables import TABLES

if TYPE_CHECKING:
    from piaskit.knowledge import Knowledge

GUESSES = 300  # wrong words of one check for which a near one is looked for
_SKIPPED = {ord(c): None for c in "-_‐‑‒–—−"}
_YES_NO = {
    "yes": "yes", "y": "yes", "true": "yes", "1": "yes", "是": "yes", "有": "yes",
    "no": "no", "n": "no", "false": "no", "0": "no", "否": "no", "无": "no",
}  # fmt: skip


@lru_cache(maxsize=20_000)  # most words are labels, compared again and again
def fold(text: str) -> str:
    """Bring a word into the form in which words are compared.

    Width, case, spaces, hyphens, underscores and invisible characters make no difference.

    >>> fold(" Ｌegal-Basis\u200b "), fold("SDK 提供方") == fold("sdk提供方")
    ('legalbasis', True)
    """
    text = unicodedata.normalize("NFKC", text)
    if not text.isascii():
        text = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return "".join(text.split()).translate(_SKIPPED).casefold()


def measure_distance(a: str, b: str, limit: int) -> int:
    """Count the letters to add, drop, change or swap between two words; stop above ``limit``.

    >>> measure_distance("retension", "retention", 2), measure_distance("form", "from", 2)
    (1, 1)
    """
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        now = [i]
        for j, y in enumerate(b, 1):
            step = min(row[j] + 1, now[j - 1] + 1, row[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                step = min(step, before[j - 2] + 1)
            now.append(step)
        if min(now) > limit:
            return limit + 1
        before, row = row, now
    return row[-1]


def find_nearest(text: str, words: Iterable[str]) -> str | None:
    """Return the word that was probably meant, or None.

    One letter may differ, two where the longer of both has eight letters or more. Words of one or
    two letters, or of three Chinese characters, are near nothing.

    >>> find_nearest("trainngs", ["roles", "trainings"]), find_nearest("comment", ["consent"])
    ('trainings', None)
    """
    asked = fold(text)
    best: tuple[int, str] | None = None
    if len(asked) > 100:
        return None
    for word in words:
        known = fold(word)
        longer = max(len(asked), len(known))
        if longer < (3 if known.isascii() else 4) or min(len(asked), len(known)) < 2:
            continue
        limit = 2 if longer >= 8 else 1
        distance = measure_distance(asked, known, limit if best is None else min(limit, best[0]))
        if distance <= limit and (best is None or distance < best[0]):
            best = (distance, word)
    return best[1] if best else None


@cache
def list_countries() -> Mapping[str, str]:
    """Return every accepted country word, folded, and its ISO 3166-1 alpha-2 code.

    >>> list_countries()[fold("中国香港")], list_countries()[fold("uk")]
    ('HK', 'GB')
    """
    found: dict[str, str] = {}
    for row in _read_countries():
        for word in (row["id"], row["en"], row["zh"], *filter(None, row["also"].split(";"))):
            found.setdefault(fold(word), row["id"])
    return found


@cache
def list_country_names(lang: str) -> Mapping[str, str]:
    """Return the name of every country or region by its ISO 3166-1 alpha-2 code.

    >>> list_country_names("zh")["DE"]
    '德国'
    """
    return {row["id"]: row[lang] for row in _read_countries()}


@cache
def _read_countries() -> tuple[Mapping[str, str], ...]:
    text = files("piaskit.case").joinpath("countries.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


class Words:
    """What each word of a case stands for, from the declaration of the tables and the packs."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self._guesses = 0
        labels = knowledge.labels
        self._tables = _fold_all({**{t: t for t in TABLES}, **labels.words("table", TABLES)})
        self._columns = {
            t.name: _fold_all({**{c: c for c in t.names}, **labels.words("column", t.names)})
            for t in TABLES.values()
        }
        self._values: dict[tuple[str, ...], dict[str, str]] = {}
        self.bases: dict[str, tuple[str, ...]] = {}
        for regulation in knowledge.regulations.values():
            if regulation.bases:
                known = self.bases.get(regulation.regime, ())
                self.bases[regulation.regime] = (*known, *regulation.bases)
        self._bases = self._index_bases()
        countries = list_countries()
        self.countries = dict(countries)
        for word, code in labels.words("value.country", set(countries.values())).items():
            self.countries.setdefault(fold(word), code)

    def guess(self, text: str, words: Iterable[str]) -> str | None:
        """Return the word a cell nearly holds, as long as not too many cells needed guessing."""
        self._guesses += 1
        return find_nearest(text, words) if self._guesses <= GUESSES else None

    def find_table(self, text: str) -> str | None:
        """Return the id of the table that a sheet or file name stands for."""
        return self._tables.get(fold(text))

    def guess_table(self, text: str) -> str | None:
        """Return the id of the table that a name nearly names."""
        near = find_nearest(text, self._tables)
        return self._tables[near] if near else None

    def find_column(self, table: Table, text: str) -> str | None:
        """Return the id of the column that a header stands for."""
        return self._columns[table.name].get(fold(text))

    def guess_column(self, table: Table, text: str) -> str | None:
        """Return the id of the column that a header nearly names."""
        near = find_nearest(text, self._columns[table.name])
        return self._columns[table.name][near] if near else None

    def list_values(self, column: Column) -> tuple[str, ...]:
        """Return the ids a cell of the column may hold."""
        if column.pack:
            return tuple(getattr(self.knowledge, column.pack))
        return ("yes", "no") if column.kind == "yes-no" else column.values

    def index_values(self, column: Column) -> Mapping[str, str]:
        """Return every accepted word of a column, folded, and the id it stands for."""
        key = (column.name, column.kind, *column.values, *(w for w, _ in column.also))
        if key not in self._values:
            values = self.list_values(column)
            found = {fold(v): v for v in values}
            found.update((k, v) for k, v in _YES_NO.items() if v in values)
            labels = self.knowledge.labels
            if column.pack:
                entries: Mapping[str, object] = getattr(self.knowledge, column.pack)
                for id, entry in entries.items():
                    title = getattr(entry, "title")  # noqa: B009
                    for word in (title.en, title.zh):
                        found.setdefault(fold(word), id)
            for prefix in (f"value.{column.name}", "value") if values else ():
                for word, id in labels.words(prefix, values).items():
                    found.setdefault(fold(word), id)
            found.update((fold(word), value) for word, value in column.also)
            self._values[key] = found
        return self._values[key]

    def find_basis(self, text: str) -> tuple[str | None, str | None]:
        """Return the legal basis a word stands for, else None and the one nearly meant.

        A bare word is one of cn-pipl.
        """
        text = unicodedata.normalize("NFKC", text).strip()
        found = self._bases.get(fold(text)) or self._bases.get(fold(f"cn-pipl.{text}"))
        if found:
            return found, None
        bare = fold(text.rpartition(".")[2].replace("(", "-").replace(")", ""))
        for known in self._bases.values():
            if fold(known.partition(".")[2]) == bare:
                return None, known
        near = self.guess(text, self._bases) or self.guess(f"cn-pipl.{text}", self._bases)
        return None, self._bases[near] if near else None

    def _index_bases(self) -> dict[str, str]:
        labels = self.knowledge.labels
        found: dict[str, str] = {}
        for regulation in self.knowledge.regulations.values():
            regime = regulation.regime
            for basis, title in regulation.bases.items():
                id = f"{regime}.{basis}"
                for word in (id, f"{regime}.{title.en}", f"{regime}.{title.zh}"):
                    found.setdefault(fold(word), id)
        everything = [f"{regime}.{basis}" for regime, all in self.bases.items() for basis in all]
        for word, id in labels.words("value.legal_basis", everything).items():
            found.setdefault(fold(word), id)
        short = list(self.bases.get("cn-pipl", ()))
        for word, id in labels.words("value.legal_basis", short).items():
            found.setdefault(fold(f"cn-pipl.{word}"), f"cn-pipl.{id}")
        return found


def _fold_all(words: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for word, id in words.items():
        found.setdefault(fold(word), id)
    return found
