"""Tables whose rows are records of persons: every column of theirs says something of somebody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from piaskit.discovery.columns import Column, Named
from piaskit.discovery.findings import Because, Finding, Link, PersonTable
from piaskit.discovery.phrases import Subject
from piaskit.discovery.tables import Table

# What a record of a theme is as a kind of information, the first theme that fits.
_KINDS = (
    ("order", "finance.order"),
    ("claim", "finance.order"),
    ("invoice", "finance.invoice"),
    ("medical", "health.record"),
    ("education", "education.grade"),
    ("message", "content.message"),
    ("review", "content.post"),
    ("post", "content.post"),
    ("search", "behaviour.search"),
    ("browse", "behaviour.browsing"),
    ("favourite", "profile.preference"),
    ("log", "account.log"),
    ("staff", "employment.record"),
    ("official", "account.log"),
)
_THEMES = frozenset(theme for theme, _ in _KINDS) - {"official", "staff", "log"}


def find_person_tables(
    tables: Sequence[Table],
    named: Mapping[Column, Named],
    findings: Iterable[Finding],
    links: Sequence[Link],
) -> list[PersonTable]:
    """Find tables of persons, of records about them, and those whose rows belong to such a record.

    What stands in the columns that are not told by themselves, such as the amount of an order, is
    information on the person all the same (PIPL Art. 4): it counts for access, copy and erasure.
    """
    told = {(finding.table, finding.column) for finding in findings}
    filled = {table for table, _ in told}
    told |= {(link.table, link.column) for link in links}
    persons: dict[str, Because] = {}
    records: dict[str, Because] = {}
    for table in tables:
        subject = named[table.columns[0]].subject if table.columns else Subject()
        keys = [link for link in links if link.table == table.name and link.of != "official"]
        if subject.topics & {"person", "official"}:
            persons[table.name] = (("discover.because.table", {"word": subject.word}),)
        elif keys:
            records[table.name] = (("discover.because.keyed", {"column": keys[0].column}),)
        elif table.name in filled and subject.topics & _THEMES:
            records[table.name] = (("discover.because.table", {"word": subject.word}),)
    hanging: dict[str, Because] = {}
    for table in tables:
        parent = _find_parent(table, records)
        if parent and table.name not in persons and table.name not in records:
            hanging[table.name] = (("discover.because.hangs", {"table": parent}),)
    by_table = persons | records | hanging
    found = []
    for table in tables:
        if table.name not in by_table:
            continue
        rest = [
            column.name
            for column in table.columns
            if (table.name, column.name) not in told and not _keeps_house(named[column])
        ]
        kind = _name_kind(named[table.columns[0]].subject.topics)
        if rest:
            found.append(PersonTable(table.name, kind, tuple(rest), by_table[table.name]))
    return found


def _find_parent(table: Table, records: Mapping[str, Because]) -> str:
    """Name the table of records that a key of this one leads to, by a foreign key or by name."""
    for column in table.columns:
        if column.target in records:
            return column.target
        stem = column.name.lower().removesuffix("_id").removesuffix("id").strip("_")
        if stem == column.name.lower() or len(stem) < 3:
            continue
        for name in records:
            end = name.lower().removesuffix("s")
            if end == stem or end.endswith(f"_{stem}"):
                return name
    return ""


def _keeps_house(named: Named) -> bool:
    """Say whether a column serves the database: keys, flags of deletion, order and versions."""
    return "house" in (named.by_name.kind, named.by_comment.kind)


def _name_kind(topics: frozenset[str]) -> str:
    return next((kind for theme, kind in _KINDS if theme in topics), "customer.record")
