"""Names, comments and sampled values of a column become one finding, with its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from piaskit.discovery.columns import Column, Named
from piaskit.discovery.findings import Because, Confidence, Finding, Link, Sighting
from piaskit.discovery.phrases import PERSONS
from piaskit.discovery.values import list_checkable
from piaskit.discovery.vocabulary import Vocabulary
from piaskit.knowledge import Knowledge

ENOUGH = 20  # values that must have been seen before their silence says something
CERTAIN = "high"


@dataclass(frozen=True)
class Judge:
    """Weighs what is known of a column."""

    vocabulary: Vocabulary
    knowledge: Knowledge

    def judge_column(
        self, column: Column, named: Named, sightings: Sequence[Sighting], seen: int, path: str = ""
    ) -> Finding | None:
        """Return the finding of a column, if it holds anything; ``seen`` counts its values."""
        reading = named.reading
        if reading.kind in ("personal", "secret"):
            return self._confirm(column, named, sightings, seen, path)
        for sighting in sightings:
            weak = sighting.sure == "low" or (sighting.sure != CERTAIN and reading.kind != "open")
            if weak or (reading.kind == "link" and not sighting.checked):
                continue
            return _make_finding(column, sighting, (), ("values",), seen, path)
        return None

    def _confirm(
        self, column: Column, named: Named, sightings: Sequence[Sighting], seen: int, path: str
    ) -> Finding:
        """Let values support, correct or doubt what the name says."""
        naming = self.vocabulary.namings[named.reading.naming]
        because = self._explain(named)
        found_by = tuple(
            way
            for way, reading in (("name", named.by_name), ("comment", named.by_comment))
            if reading.kind == named.reading.kind
            and self.vocabulary.namings[reading.naming].category == naming.category
        ) or ("name",)
        formed = naming.category in list_checkable(self.knowledge)
        same = [s for s in sightings if s.category == naming.category]
        other = [s for s in sightings if s.sure == CERTAIN]
        proven = [s for s in other if s.checked or formed]
        if same or proven:
            found = (same or proven)[0]
            return _make_finding(column, found, because, (*found_by, "values"), seen, path)
        if other:  # the name says whose or what for: an emergency contact's telephone number
            found = replace(other[0], category=naming.category)
            return _make_finding(column, found, because, (*found_by, "values"), seen, path)
        confidence = self._weigh(named, found_by)
        if seen >= ENOUGH and formed:
            confidence = "low"
            because = (*because, ("discover.because.unlike", {"n": seen}))
        return Finding(
            column.table,
            column.name,
            naming.category,
            confidence,
            because,
            "secret" if naming.secret else "personal",
            path,
            found_by,
            seen,
        )

    def _weigh(self, named: Named, found_by: tuple[str, ...]) -> Confidence:
        reading = named.reading
        naming = self.vocabulary.namings[reading.naming]
        if reading.way == "initials" or not reading.sure:
            return "low" if len(found_by) == 1 else "medium"
        if len(found_by) == 2 or (not naming.within and reading.way == "word"):
            return "high"
        return "medium"

    def _explain(self, named: Named) -> Because:
        reading = named.reading
        told: list[tuple[str, dict[str, object]]] = []
        for source, found in (("name", named.by_name), ("comment", named.by_comment)):
            if found.kind == reading.kind and found.word:
                way = found.way if found.way in ("pinyin", "initials") else source
                told.append((f"discover.because.{way}", {"word": found.word}))
        if reading.owner and reading.owner != reading.word:
            place = "table" if reading.owner == named.subject.word else "owner"
            told.append((f"discover.because.{place}", {"word": reading.owner}))
        return tuple(told)


def _make_finding(
    column: Column,
    sighting: Sighting,
    because: Because,
    found_by: tuple[str, ...],
    seen: int,
    path: str,
) -> Finding:
    named = bool(because)
    return Finding(
        column.table,
        column.name,
        sighting.category,
        "high" if named and sighting.sure != "low" else sighting.sure,
        (*because, *sighting.because),
        sighting.kind,
        path,
        found_by,
        seen,
        sighting.matched,
        sighting.children,
        sighting.example,
    )


def list_links(pairs: Iterable[tuple[Column, Named]]) -> list[Link]:
    """List the keys to persons' rows: by a foreign key to a table of persons, or by their name."""
    pairs = list(pairs)
    persons = {
        column.table: "person" if "person" in named.subject.topics else "official"
        for column, named in pairs
        if named.subject.topics & PERSONS
    }
    found = []
    for column, named in pairs:
        if named.reading.kind in ("personal", "secret"):
            continue
        if column.target in persons:
            because: Because = (("discover.because.foreign-key", {"table": column.target}),)
            of = persons[column.target]
            found.append(Link(column.table, column.name, column.target, because, of))
        elif named.reading.kind == "link":
            because = (("discover.because.key", {"word": named.reading.word}),)
            of = named.reading.owner
            found.append(Link(column.table, column.name, column.target, because, of))
    return found
