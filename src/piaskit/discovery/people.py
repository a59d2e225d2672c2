"""Names of persons and dates of birth, by what many values have in common."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import NamedTuple

from piaskit.discovery.findings import Because, Confidence, Sighting
from piaskit.discovery.mask import mask_value

COMMON = 60  # surnames of the list that are common
LEAST_NAMES = 15
KNOWN = 0.35  # part of English names of which a list knows a word
OLDEST = 110
YEAR = 365.25
CHILD_BELOW = 14
_HAN = re.compile(r"[㐀-鿿·]{2,6}")
_LATIN = re.compile(
    r"(?:(?:Mr|Mrs|Ms|Dr|Prof)\.? )?[A-Z][A-Za-z'’-]+(?:,? [A-Z][A-Za-z'’.-]*){0,3}"
)
_DATE = re.compile(
    r"((?:18|19|20)\d{2})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[ T]00:00(?::00)?(?:\.0+)?)?"
)


class PeopleWords(NamedTuple):
    """Surnames and given names, the commonest first."""

    surnames_zh: tuple[str, ...]
    given_en: frozenset[str]
    surnames_en: frozenset[str]
    companies_en: frozenset[str]


def find_names(values: Sequence[str], words: PeopleWords, filled: int) -> list[Sighting]:
    """See names of persons: surnames as people bear them, or given names that many bear.

    A column may hold Chinese and English names. Words that only begin like a surname differ from
    names by which surnames they begin with.
    """
    if len(values) < LEAST_NAMES or len(values) < 0.03 * filled:
        return []
    chinese = [v for v in values if _is_name_zh(v, words.surnames_zh)]
    latin = [v for v in values if _LATIN.fullmatch(v)]
    han = [v for v in values if _HAN.fullmatch(v)]
    english = _pick_names_en(latin, words)
    if not _bear_surnames(chinese, han, words.surnames_zh):
        chinese = []
    total = len(chinese) + len(english)
    if total < LEAST_NAMES or total < 0.75 * len(values):
        return []
    because: Because = (("discover.because.names", {"n": total, "of": len(values)}),)
    sure: Confidence = "high" if total >= 0.9 * len(values) else "medium"
    shown = mask_value((chinese or english)[0])
    return [Sighting("identity.name", sure, because, total, example=shown)]


def _is_name_zh(value: str, surnames: Sequence[str]) -> bool:
    if not _HAN.fullmatch(value) or len(value.replace("·", "")) > 4:
        return False
    return value[0] in surnames or value[:2] in surnames


def _bear_surnames(names: Sequence[str], han: Sequence[str], surnames: Sequence[str]) -> bool:
    """Tell persons from words: nearly all begin with a surname, of which many and common ones."""
    if len(names) < LEAST_NAMES or len(names) < 0.85 * len(han):
        return False
    first = Counter(name[0] for name in names)
    common = set(surnames[:COMMON])
    share = sum(n for surname, n in first.items() if surname in common) / len(names)
    short = sum(len(name) in (2, 3) for name in names) / len(names)
    return share >= 0.4 and len(first) >= 8 and short >= 0.7


def _pick_names_en(values: Sequence[str], words: PeopleWords) -> list[str]:
    """Return the values if enough of them hold a given name or surname of the lists."""
    known = 0
    for value in values:
        parts = re.split(r"[ ,]+", value.lower())
        surname = len(parts) > 1 and parts[-1] in words.surnames_en
        known += surname or not words.given_en.isdisjoint(parts)
        known -= not words.companies_en.isdisjoint(parts)
    return list(values) if known >= KNOWN * max(1, len(values)) else []


def find_birth_dates(values: Sequence[str], as_of: date) -> list[Sighting]:
    """See dates that spread over the ages of living persons, most of them of adults."""
    ages: list[float] = []
    for value in values:
        found = _DATE.fullmatch(value)
        with suppress(ValueError):
            if found:
                born = date(*map(int, found.groups()))
                ages.append((as_of - born).days / YEAR)
    if len(ages) < LEAST_NAMES or len(ages) < 0.9 * len(values):
        return []
    ages.sort()
    middle, low, high = (ages[int(len(ages) * q)] for q in (0.5, 0.05, 0.95))
    if ages[0] < 0 or ages[-1] > OLDEST or middle < 16 or high - low < 20 or high < 35:
        return []
    fields = {"n": len(ages), "of": len(values), "low": int(low), "high": int(high)}
    because: Because = (("discover.because.ages", fields),)
    children = sum(age < CHILD_BELOW for age in ages)
    shown = mask_value(values[0])
    return [
        Sighting(
            "identity.birth-date", "medium", because, len(ages), children=children, example=shown
        )
    ]
