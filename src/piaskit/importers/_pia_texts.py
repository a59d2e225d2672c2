"""What the free texts of a PIA name: kinds of data, parties, systems, stages, grounds.

Only whole words that are known count; whatever else a text says stays text.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from piaskit.case.words import fold
from piaskit.importers._html import read_lines
from piaskit.importers._sheet_words import Vocabulary, split_cell
from piaskit.knowledge.read import read_tree

Record = Mapping[str, Any]
_LABELLED = re.compile(r"([^:：]{1,70}?)\s*[:：]\s*(.*)", re.DOTALL)
_ARTICLE = re.compile(r"(?:les?|la|des?|du|the|une?|an?)\s+|l['’]", re.IGNORECASE)
_MARK = re.compile(r"\s*\[([A-Za-z0-9.-]+)\]$")
_BASIS = re.compile(r"\b[a-z]{2}-[a-z]+\.[a-z0-9-]+")
_CJK = re.compile("[\u4e00-\u9fff]+")
_LONGEST_NAME = 60
_MOST_WORDS = 6
SEPARATORS = ",;、，；"
ARROW, BAR, NONE = " → ", " | ", "-"


@cache
def read_words() -> dict[str, Any]:
    """Read cnil_pia.yaml, the tool's questions and the words as data."""
    return read_tree(Path(__file__).with_name("cnil_pia.yaml"), "cnil_pia.yaml")[0].content


@cache
def _index(part: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for value, words in read_words()[part].items():
        for word in words["words"] if isinstance(words, dict) else words:
            found.setdefault(fold(word), str(value))
    return found


@dataclass(frozen=True)
class Party:
    """A party that a line names, and the mark behind its name."""

    role: str
    name: str
    mark: str = ""


@dataclass(frozen=True)
class Step:
    """One step of the life cycle: its stage, the line, and what stands behind its label."""

    stage: str
    line: str
    rest: str


def find_measure(title: str, placeholder: str) -> str:
    """Return the slug of the tool's knowledge base that a measure is, or ''.

    >>> find_measure("Sauvegardes", ""), find_measure("?", "knowledge_base.slugs.PIA_TEC_LOG.x")
    ('PIA_SEC_BKP', 'PIA_TEC_LOG')
    """
    slug = re.search(r"PIA_[A-Z]{3}_[A-Z]+", placeholder)
    if slug and slug[0] in read_words()["measures"]:
        return slug[0]
    return _index("measures").get(fold(title), "")


def list_parties(lines: Sequence[str], vocabulary: Vocabulary) -> Iterator[Party]:
    """Yield the parties of lines such as ``Processors: A, B``.

    A mark behind a name, its country or a dash, says that the line holds one name.

    >>> list(list_parties(["Sous-traitant(s) : BETA ;", "We use BETA."], Vocabulary()))
    [Party(role='processor', name='BETA', mark='')]
    """
    for line in lines:
        label, rest = split_label(line)
        role = find_role(label, vocabulary)
        marked = _MARK.search(rest)
        if role and marked:
            yield Party(role, rest[: marked.start()], marked[1])
            continue
        for name in split_cell(rest, SEPARATORS) if role else ():
            name = name.strip(" .")
            if _is_name(name):
                yield Party(role, name)


def find_role(label: str, vocabulary: Vocabulary) -> str:
    """Return the role that a label names, or ''."""
    asked = fold(label)
    return _index("labels").get(asked) or vocabulary.index("parties.role").get(asked, "")


def list_kinds(lines: Sequence[str], vocabulary: Vocabulary) -> Iterator[tuple[str, str, str]]:
    """Yield (title, category, '') of what lines name; ('', '', line) of what nobody knows.

    >>> list(list_kinds(["Données : adresse électronique, humidité"], Vocabulary()))
    [('adresse électronique', 'contact.email', ''), ('', '', 'humidité')]
    """
    asides = {fold(word) for word in read_words()["asides"]}
    for line in lines:
        exact = _MARK.search(line)
        if exact and exact[1] in vocabulary.knowledge.categories:
            yield line[: exact.start()], exact[1], ""
            continue
        label, rest = split_label(line)
        if label and (fold(label) in asides or find_role(label, vocabulary) or not rest):
            yield "", "", line
            continue
        for piece in split_cell(rest, SEPARATORS):
            title = piece.strip(" .")
            category = find_kind(title, vocabulary)
            yield (title, category, "") if category else ("", "", title)


def find_kind(title: str, vocabulary: Vocabulary) -> str:
    """Return the category of a kind of data named by a whole known word, or ''."""
    plain = fold(_ARTICLE.sub("", title, count=1) if _ARTICLE.match(title) else title)
    if plain in _index("kinds"):
        return _index("kinds")[plain]
    found = vocabulary.find_value("items.title", title)
    return found[0] if found and found[1] == "exact word" and "." in found[0] else ""


def list_systems(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield (name, mark) of the supporting assets that lists name; sentences name none.

    >>> list(list_systems(["Storage: cloud servers, phone ;", "The data are kept with care."]))
    [('cloud servers', ''), ('phone', '')]
    """
    for line in lines:
        if marked := _MARK.search(line):
            yield line[: marked.start()], marked[1]
            continue
        label, rest = split_label(line)
        pieces = split_cell(rest, SEPARATORS)
        if label or len(pieces) > 1 or not line.endswith((".", "。")):
            names = (piece.strip(" .") for piece in pieces)
            yield from ((name, "") for name in names if _is_name(name))


def list_steps(lines: Sequence[str], vocabulary: Vocabulary) -> Iterator[Step]:
    """Yield the steps of a life cycle that begin with the word of a stage.

    >>> [s.stage for s in list_steps(["Collecte des données : par capteurs"], Vocabulary())]
    ['collect']
    """
    words = sorted(_index("stages"), key=len, reverse=True)
    exact = vocabulary.index("flows.stage")
    for line in lines:
        label, rest = split_label(line)
        head = fold(_ARTICLE.sub("", label, count=1))
        word = next((w for w in words if head.startswith(w)), "")
        stage = exact.get(head) or (_index("stages")[word] if word else "")
        if not stage:
            continue
        yield Step(stage, line, rest)


def find_ends(text: str, names: Container[str]) -> tuple[str, str, str] | None:
    """Return source, target and the rest of ``A → B | C; D`` by names that are known, folded.

    A dash stands for an end that nobody stated; None when the text draws no arrow between names.

    >>> find_ends("Shop → web → - | name", {"shop→web"})
    ('Shop → web', '', 'name')
    """
    head, _, items = text.partition(BAR)
    found = [m.start() for m in re.finditer(ARROW, head)]
    for at in found:
        ends = head[:at].strip(), head[at + len(ARROW) :].strip()
        if all(end == NONE or fold(end) in names for end in ends):
            source, target = ("" if end == NONE else end for end in ends)
            return source, target, items
    return None


def find_titles(text: str, titles: Container[str]) -> tuple[list[str], list[str]]:
    """Part a list at its semicolons into titles that are known, folded, and the rest.

    >>> find_titles("Name; first; age", {"name;first"})
    (['Name; first'], ['age'])
    """
    pieces = [piece for piece in text.split("; ") if piece]
    found, strange = [], []
    while pieces:
        for size in range(len(pieces), 0, -1):
            whole = "; ".join(pieces[:size])
            if fold(whole) in titles:
                found.append(whole)
                break
        else:
            size = 1
            strange.append(pieces[0])
        pieces = pieces[size:]
    return found, strange


def find_country(sentence: str, vocabulary: Vocabulary) -> str:
    """Return the one country that a sentence names, or '' for none or several.

    >>> find_country("Their servers are in the United States.", Vocabulary())
    'US'
    >>> find_country("Normalised in Romania", Vocabulary())
    'RO'
    """
    names = {**vocabulary.words.countries, **_index("countries")}
    words = re.findall(r"[\w'’-]+", sentence)
    runs = {fold("".join(words[n : n + k])) for n in range(len(words)) for k in (1, 2, 3, 4)}
    found = {code for name, code in names.items() if len(name) > 3 and name in runs}
    found |= {c for n, c in names.items() if len(n) > 1 and _CJK.fullmatch(n) and n in sentence}
    return found.pop() if len(found) == 1 else ""


def list_grounds(text: str) -> list[str]:
    """Return the grounds a text speaks of, in the order of the list."""
    folded = fold(text)
    grounds = read_words()["grounds"].items()
    return [g for g, words in grounds if any(fold(word) in folded for word in words)]


def list_bases(text: str, vocabulary: Vocabulary) -> list[str]:
    """Return the legal bases that a text names by their ids."""
    known = {f"{regime}.{basis}" for regime, all in vocabulary.words.bases.items() for basis in all}
    return list(dict.fromkeys(found for found in _BASIS.findall(text) if found in known))


def split_label(line: str) -> tuple[str, str]:
    """Part a line at its first colon: label and rest, a line without one is all rest.

    >>> split_label("Données : nom"), split_label("nom")
    (('Données', 'nom'), ('', 'nom'))
    """
    found = _LABELLED.fullmatch(line)
    return (found[1].strip(), found[2].strip()) if found else ("", line)


def _is_name(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_NAME and len(text.split()) <= _MOST_WORDS


def join_text(value: object) -> str:
    """Return a text, or the texts of a list, without markup."""
    if isinstance(value, list):
        return ", ".join(map(join_text, value))
    return "\n".join(read_lines(str(value))) if value not in (None, "") else ""


def read_number(value: object) -> int | None:
    """Read a number that may be written as text, or None when it is none."""
    text = str(value).strip()
    return int(text) if text.isdigit() and len(text) < 10 else None


def read_gauge(value: object) -> int | None:
    """Read a step of a gauge: 0 when it is not set, None when it is no step."""
    if value in (None, ""):
        return 0
    level = read_number(value)
    return level if level is not None and level <= 4 else None


def read_day(value: object) -> str:
    """Return the day of an ISO time, or '' when it is none.

    >>> read_day("2018-03-01T00:00:00.000Z"), read_day("soon")
    ('2018-03-01', '')
    """
    try:
        return date.fromisoformat(str(value or "")[:10]).isoformat()
    except ValueError:
        return ""
