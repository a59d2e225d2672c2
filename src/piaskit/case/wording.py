"""Values of a case in the words of one language, each of which reads back as the value."""

from __future__ import annotations

from collections.abc import Mapping

from piaskit.case.cells import build_parser
from piaskit.case.table import Column
from piaskit.case.words import Words, list_country_names


class Wording:
    """The words that a case's cells show in one language.

    >>> from piaskit.case.tables import TABLES
    >>> from piaskit.knowledge import load_knowledge
    >>> wording = Wording(Words(load_knowledge()), "zh")
    >>> wording.say(TABLES["flows"]["consent"], "separate;guardian")
    '单独同意;监护人同意'
    >>> wording.say(TABLES["flows"]["disposal"], "shredded")
    'shredded'
    """

    def __init__(self, words: Words, lang: str) -> None:
        self.words, self.lang = words, lang
        self._lists: dict[tuple[str, ...], Mapping[str, str]] = {}

    def say(self, column: Column, value: str) -> str:
        """Write a value in words; what has no word of its own stays as it is."""
        known = self.list_words(column)
        if not known:
            return value
        if column.many:
            return ";".join(known.get(part, part) for part in value.split(";"))
        return known.get(value, value)

    def list_words(self, column: Column) -> Mapping[str, str]:
        """Return the word of each fixed value: its label, where that reads back as the value."""
        key = (column.name, column.kind, *column.values)
        if key not in self._lists:
            read = build_parser(column, self.words)
            found: dict[str, str] = {}
            for id in self._list_ids(column):
                label = self.name(column, id, self.lang)
                sound = label and ";" not in label and read(label) == (id, ())
                found[id] = label if label and sound else id
            self._lists[key] = found
        return self._lists[key]

    def _list_ids(self, column: Column) -> tuple[str, ...]:
        if column.kind in ("choice", "choices", "yes-no"):
            return self.words.list_values(column)
        if column.kind == "bases":
            return tuple(f"{r}.{basis}" for r, all in self.words.bases.items() for basis in all)
        if column.kind == "country":
            return tuple(list_country_names(self.lang))
        if column.kind == "some":
            return ("yes",)
        return ("none",) if column.kind == "text" and column.also else ()

    def name(self, column: Column, id: str, lang: str) -> str | None:
        """Return the label of a value in a language, whether or not it reads back."""
        knowledge = self.words.knowledge
        if column.pack:
            title: Mapping[str, str] = getattr(knowledge, column.pack)[id].title
            return title[lang]
        if column.kind == "country":
            return list_country_names(lang).get(id)
        for label in (f"value.{column.name}.{id}", f"value.{id}"):
            if label in knowledge.labels:
                return knowledge.labels(label, lang)
        return None
