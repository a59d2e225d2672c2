"""A column's name, type, comment and table, read together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from piaskit.discovery.phrases import (
    NOTHING,
    OPEN,
    Reading,
    Subject,
    holds_text,
    read_phrase,
    read_subject,
    trim_comment,
)
from piaskit.discovery.vocabulary import Vocabulary


@dataclass(frozen=True)
class Column:
    """A column as a source describes it; ``target`` is the table that a foreign key leads to."""

    table: str
    name: str
    type: str = ""
    comment: str = ""
    table_comment: str = ""
    target: str = ""


@dataclass(frozen=True)
class Named:
    """What the name and the comment of a column say together."""

    reading: Reading
    by_name: Reading = OPEN
    by_comment: Reading = OPEN
    subject: Subject = field(default_factory=Subject)


def read_columns(vocabulary: Vocabulary, columns: Iterable[Column]) -> list[Named]:
    """Read columns in order; initials of pinyin count only in a table that has more of them."""
    columns = list(columns)
    subjects = {
        (c.table, c.table_comment): read_subject(vocabulary, c.table, c.table_comment)
        for c in columns
    }
    named = [_read_column(vocabulary, c, subjects[c.table, c.table_comment]) for c in columns]
    spelt: dict[str, int] = {}
    for column, found in zip(columns, named, strict=True):
        if found.by_name.way in ("pinyin", "initials"):
            spelt[column.table] = spelt.get(column.table, 0) + 1
    return [
        Named(OPEN, found.by_name, found.by_comment, found.subject)
        if found.reading.way == "initials" and spelt[column.table] < 2
        else found
        for column, found in zip(columns, named, strict=True)
    ]


def _read_column(vocabulary: Vocabulary, column: Column, subject: Subject) -> Named:
    text = holds_text(column.type)
    by_name = read_phrase(vocabulary, vocabulary.cut_name(column.name), subject, text)
    said = trim_comment(column.comment)
    tokens = vocabulary.cut_comment(said) if said else []
    by_comment = read_phrase(vocabulary, tokens, subject, text)
    return Named(_choose(vocabulary, by_name, by_comment), by_name, by_comment, subject)


def _choose(vocabulary: Vocabulary, by_name: Reading, by_comment: Reading) -> Reading:
    """A comment explains a name, and is believed before it; a key stays a key."""
    if by_name.kind == "link" and not by_name.sure and by_comment.kind in NOTHING:
        return by_comment
    if "link" in (by_name.kind, by_comment.kind) and "personal" not in (
        by_name.kind if by_name.sure else "",
        by_comment.kind,
    ):
        return by_name if by_name.kind == "link" else by_comment
    if "secret" in (by_name.kind, by_comment.kind) and by_comment.kind != "none":
        return by_comment if by_comment.kind == "secret" else by_name
    if by_comment.kind == "open":
        return by_name
    if by_comment.kind == "personal" and by_name.kind == "personal":
        firm = [vocabulary.namings[r.naming].firm for r in (by_name, by_comment)]
        return by_name if firm == [True, False] else by_comment
    return by_comment
