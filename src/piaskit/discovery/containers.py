"""Columns that can hold anything: JSON blobs, the values of EAV tables, running text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from piaskit.discovery.columns import Column, Named
from piaskit.discovery.files import flatten_record
from piaskit.discovery.findings import Because, Container
from piaskit.discovery.tables import Table
from piaskit.discovery.vocabulary import Vocabulary

MOST_KEYS = 200
WIDEST_EAV = 12  # columns of a table of attributes and values
_TEXTS = ("message", "content", "wording", "post", "review", "customer", "medical-text")
_JSON_TYPE = re.compile(r"json|hstore|\bxml|variant|struct|map<", re.IGNORECASE)
_LONG = re.compile(r"text|clob|long|string|nvarchar\(max\)|varchar\((?:\d{4,}|[5-9]\d\d)\)", re.I)
_KEY = re.compile(r"[A-Za-z_][\w. -]{0,60}|[㐀-鿿]{1,12}")
_LONG_TEXT = 25  # characters on average from which values are running text


@dataclass(frozen=True)
class Inside:
    """The values under one key inside a container."""

    table: str
    column: str
    key: str
    texts: Sequence[str]
    table_comment: str = ""

    def show_path(self, known: bool) -> str:
        """Show a key only where it is a word of the packs: any other could be a value itself."""
        return f".{self.key}" if known and _KEY.fullmatch(self.key) else ".*"


def find_containers(
    table: Table, named: Mapping[Column, Named], vocabulary: Vocabulary
) -> list[Container]:
    """Recognise the containers of a table by types, names and the look of sampled values."""
    found: list[Container] = []
    key, told = _find_attributes(table, vocabulary)
    if key and told and not _is_about_things(named, table):
        found.append(Container(table.name, told, "eav", (("discover.because.eav", {"key": key}),)))
    for column in table.columns:
        if column.name == told and found:
            continue
        texts = table.list_texts(column.name)
        why = ""
        if _JSON_TYPE.search(column.type) or _hold_json(texts):
            why = "json"
        elif not texts and _LONG.search(column.type) and _end(column, vocabulary) & {"blob"}:
            why = "blob"
        elif _is_running_text(texts, named[column]):
            why = "text"
        if why:
            kind = "text" if why == "text" else "json"
            because: Because = ((f"discover.because.{why}", {}),)
            found.append(Container(table.name, column.name, kind, because))
    return found


def _find_attributes(table: Table, vocabulary: Vocabulary) -> tuple[str, str]:
    """Name the column of attributes and that of their values, blank where a table has no such."""
    keys = [c.name for c in table.columns if _end(c, vocabulary) & {"attribute"}]
    told = [c.name for c in table.columns if _end(c, vocabulary) & {"told"}]
    return (keys[0], told[0]) if keys and told and len(table.columns) <= WIDEST_EAV else ("", "")


def _end(column: Column, vocabulary: Vocabulary) -> set[str]:
    """Return the heads that a column's name ends in."""
    tokens = vocabulary.cut_name(column.name)
    return tokens[-1].ids("head") if tokens else set()


def open_containers(table: Table, containers: Sequence[Container]) -> Iterator[Inside]:
    """Yield the values inside containers by key, as if each key were a column."""
    comment = table.columns[0].table_comment if table.columns else ""
    for container in containers:
        texts = table.list_texts(container.column)
        if not texts:
            continue
        if container.kind == "json":
            inside: dict[str, list[str]] = {}
            for text in texts:
                for key, value in flatten_record(_parse(text)):
                    if value is not None and len(inside) <= MOST_KEYS:
                        inside.setdefault(key, []).append(str(value))
            for key, found in inside.items():
                yield Inside(table.name, container.column, key, found, comment)
        elif container.kind == "eav":
            key = str(container.because[0][1]["key"])
            yield from _open_eav(table, container, key, comment)


def _open_eav(table: Table, container: Container, key: str, comment: str) -> Iterator[Inside]:
    names, texts = table.values.get(key, ()), table.values[container.column]
    if len(names) != len(texts):
        return  # nested records, whose rows are not kept
    inside: dict[str, list[str]] = {}
    for name, text in zip(names, texts, strict=True):
        if name.strip() and text.strip():
            inside.setdefault(name, []).append(text)
    for name, found in list(inside.items())[:MOST_KEYS]:
        yield Inside(table.name, container.column, name, found, comment)


def _parse(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _hold_json(texts: Sequence[str]) -> bool:
    """Say whether values are objects, or lists of objects, written as JSON."""
    tried = [text.strip() for text in texts[:50]]
    fitting = [t for t in tried if t.startswith(("{", "[{")) and t.endswith(("}", "]"))]
    parsed = sum(_parse(text) is not None for text in fitting)
    return bool(tried) and parsed >= 0.5 * len(tried)


def _is_running_text(texts: Sequence[str], named: Named) -> bool:
    if named.reading.naming and named.reading.kind == "personal":
        return named.reading.naming in _TEXTS
    return is_wordy(texts, _LONG_TEXT)


def is_wordy(texts: Sequence[str], length: int) -> bool:
    """Say whether most values are several words, on average longer than ``length`` characters."""
    several = (" " in t.strip() or len(t.encode()) > 2 * len(t) for t in texts)
    letters = sum(sum(map(str.isalpha, t)) > 1 for t in texts)
    half = 0.5 * len(texts)
    long = sum(map(len, texts)) > length * len(texts)
    return long and letters > half and sum(several) > half


def _is_about_things(named: Mapping[Column, Named], table: Table) -> bool:
    topics = named[table.columns[0]].subject.topics
    return bool(topics) and topics <= {"thing", "lookup", "organisation"}
