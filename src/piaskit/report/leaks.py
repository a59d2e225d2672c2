"""The gate before publishing: no internal value of a case may stand in a public document."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import lru_cache
from html import unescape
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from piaskit.case.tables import TABLES
from piaskit.errors import Issue, Place
from piaskit.report.document import Document
from piaskit.report.occurrences import find_occurrences

if TYPE_CHECKING:
    import pandas as pd

    from piaskit.case import Case
    from piaskit.knowledge.records import Labels

# Never public, by table; companions in other languages are included. Digests are no secret: the
# manifest of a public edition tells those of all inputs.
INTERNAL: Mapping[str, tuple[str, ...]] = {
    "systems": ("id", "title", "owner", "mlps_filing"),
    "parties": ("id", "contract", "onward", "contact"),
    "activities": ("owner", "consent_evidence"),
    "flows": ("id", "mechanism_ref"),
    "safeguards": ("owner", "evidence"),
    "roles": ("id", "holder", "contact"),
    "assessments": ("assessors", "consulted", "approved_by", "opinion"),
    "judgements": ("problem", "evidence", "reason", "judged_by"),
    "acceptances": ("reason", "decided_by"),
    "actions": ("title", "owner", "verified_by", "evidence"),
    "incidents": ("title", "lessons"),
    "requests": ("outcome",),
    "access": ("account", "person", "object", "approved_by"),
}
# Public by their place: an internal value equal to one of these is no secret.
OPEN: Mapping[str, tuple[str, ...]] = {
    "activities": ("title", "purpose", "necessity", "subjects", "notice"),
    "items": ("title", "retention", "retention_start"),
    "safeguards": ("title", "standard"),
    "assessments": ("benefit", "exceptions"),
}
SHORTEST = 3
LONGEST_WORD = 9  # bytes; a shorter value of a column that no list names is taken for a word
_DIGITS = re.compile(r"\d{1,3}")
_WORD = re.compile(r"[0-9a-z]")
_TAGS = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Secret:
    """An internal value, folded for comparison, and the column it stands in."""

    text: str
    table: str
    column: str


def scan_public(
    document: Document, case: Case, internal: Iterable[Secret] | None = None
) -> list[Issue]:
    """Return an issue for every internal value that stands in a public document.

    Every text is read: cells, notes, properties, alternative texts, anchors and the words inside
    figures. Ordinary words, values shorter than three characters, numbers below four digits and
    values that equal a public one do not count. Issues name kind and place, and
    only the first characters of the value. ``internal`` are the values of ``collect_secrets`` where
    they are known.
    """
    known = collect_secrets(case) if internal is None else internal
    secrets = {secret.text: secret for secret in known}
    places, texts = zip(*read_document(document), strict=True)
    whole = "\n".join(texts)
    ends = list(accumulate(len(text) + 1 for text in texts))
    found: dict[tuple[str, str, str], Issue] = {}
    for word, at in find_occurrences(whole, secrets):
        if stands_alone(whole, at, word):
            place, secret = places[bisect_right(ends, at)], secrets[word]
            found.setdefault((secret.table, secret.column, str(place)), _report(place, secret))
    return list(found.values())


def collect_secrets(case: Case) -> list[Secret]:
    """Return all internal values of a case that would be recognised as such."""
    allowed = _list_allowed(case)
    found: dict[str, Secret] = {}
    for table, columns in INTERNAL.items():
        frame = case.frames[table]
        known = {f"{c}{suffix}": c for c in columns for suffix in ("", "_en", "_zh")}
        known |= {str(c): str(c) for c in frame.columns if not _is_declared(table, str(c))}
        for column in known:
            if column not in frame.columns:
                continue
            for value in _list_values(frame[column]):
                if not _is_common(value, known[column]):
                    _add(found, Secret(fold_text(value), table, known[column]), allowed)
    for secret in _list_others(case, "\n".join(allowed)):
        _add(found, secret, allowed)
    _add(found, Secret(fold_text(case.root.name), "case", "folder"), allowed)
    stated = "\n".join(_list_stated(case))
    told = [secret for secret in found.values() if secret.text not in stated]
    return sorted(told, key=lambda s: (s.table, s.column, s.text))


def _list_values(values: pd.Series[Any]) -> Iterable[str]:
    """Return what stands in a column, each value once."""
    return dict.fromkeys(map(str, values.dropna().tolist()))


def _list_others(case: Case, told: str) -> Iterator[Secret]:
    """Yield the values of all other columns: internal, too, unless a public text repeats them.

    Short words are left out: what no list calls telling is often an everyday one.
    """
    for table, frame in case.frames.items():
        public = {"title" if table == "assessments" else "id", *OPEN.get(table, ())}
        for column in map(str, frame.columns):
            name = column.removesuffix("_en").removesuffix("_zh")
            declared = _is_declared(table, column)
            if name in public or name in INTERNAL.get(table, ()):
                continue
            if declared and TABLES[table][name].kind not in ("text", "path"):
                continue
            for value in _list_values(frame[column]):
                text = fold_text(value)
                telling = len(text.encode()) >= LONGEST_WORD and not (
                    value.isascii() and value.isalpha()
                )
                if not declared or (telling and text not in told):
                    yield Secret(text, table, column)


def _add(found: dict[str, Secret], secret: Secret, allowed: frozenset[str]) -> None:
    text = secret.text
    if len(text) < SHORTEST or text in allowed or _DIGITS.fullmatch(text):
        return
    # Ids of parties and flows are often plain words; only those with a digit are telling.
    if secret.column == "id" and secret.table != "systems" and not any(map(str.isdigit, text)):
        return
    found.setdefault(text, secret)


def _is_common(value: str, column: str) -> bool:
    """Say whether a value is an everyday Latin word, such as a department named Marketing.

    >>> _is_common("Marketing", "owner"), _is_common("orders", "id"), _is_common("Orion", "title")
    (True, True, False)
    """
    plain = value.isascii() and value.isalpha()
    return plain and (value.islower() or (column == "owner" and value.istitle()))


def _is_declared(table: str, column: str) -> bool:
    names = TABLES[table].names
    return column in names or column.removesuffix("_en").removesuffix("_zh") in names


def _list_allowed(case: Case) -> frozenset[str]:
    """Words of the product, and the public values of the case."""
    words: list[str] = []
    for table, columns in OPEN.items():
        frame = case.frames[table]
        for column in (f"{c}{suffix}" for c in columns for suffix in ("", "_en", "_zh")):
            if column in frame.columns:
                words += _list_values(frame[column])
    for entries in (case.knowledge.categories, case.knowledge.controls):
        for entry in entries.values():
            words += [entry.title.en, entry.title.zh]
    return _fold_labels(case.knowledge.labels).union(map(fold_text, words))


@lru_cache(maxsize=1)
def _fold_labels(labels: Labels) -> frozenset[str]:
    words = [id.rpartition(".")[2] for id in labels]
    return frozenset(map(fold_text, [*words, *labels.words("value")]))


def _list_stated(case: Case) -> list[str]:
    """What case.yaml itself says in public: title, organisation, contacts."""
    words = [case.title, case.organisation.name]
    words += [*case.texts.values(), *case.organisation.texts.values()]
    words += [text for contact in case.contacts for text in contact.values()]
    return [fold_text(word) for word in words]


def fold_text(text: str) -> str:
    """Bring a text into the form in which leaks are looked for: width, case, spaces.

    >>> fold_text("Ｏrder  DB")
    'order db'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def stands_alone(text: str, at: int, word: str) -> bool:
    """Say whether a word at a position stands for itself, not inside a longer one or a number.

    >>> stands_alone("the order of orders", 4, "order"), stands_alone("the orders", 4, "order")
    (True, False)
    """
    before, after = text[at - 1 : at], text[at + len(word) : at + len(word) + 1]
    return not (
        (_WORD.match(before) and _WORD.match(word[0]))
        or (_WORD.match(after) and _WORD.match(word[-1]))
    )


def read_document(document: Document) -> Iterator[tuple[Place, str]]:
    """Yield every text of a document with its place, folded."""
    file = f"public report ({document.lang})"
    for name in ("title", "subtitle", "organisation", "properties"):
        for text in _read(getattr(document, name)):
            yield Place(file, column=name), text
    for section in document.sections:
        for text in (section.id, section.title):
            yield Place(file, section.id, column="title"), fold_text(text)
        for number, block in enumerate(section.blocks, 1):
            for text in _read(block):
                yield Place(file, section.id, number), text


def _read(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        text = unescape(_TAGS.sub("\n", value)) if value.lstrip().startswith("<svg") else value
        yield fold_text(text)
        if text is not value:
            yield fold_text(unescape(value))
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _read(getattr(value, field.name))
    elif isinstance(value, date) or value is None or isinstance(value, bool):
        return
    elif isinstance(value, int | float):
        yield f"{value}"
    elif isinstance(value, Iterable):
        for part in value:
            yield from _read(part)


def _report(place: Place, secret: Secret) -> Issue:
    start = secret.text[:2] + "…"
    return Issue(
        "public-leak",
        place,
        f"holds an internal value of {secret.table}.{secret.column}, beginning with {start!r}",
        hint="reword the title, purpose, necessity or other public text that repeats it",
    )
