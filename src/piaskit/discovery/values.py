"""What the sampled values of a column show by themselves: forms, check digits, sets of words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from piaskit.discovery.checks import count_years, list_checks, read_birth_date
from piaskit.discovery.findings import Because, Confidence, Sighting
from piaskit.discovery.mask import mask_secret, mask_value
from piaskit.discovery.people import CHILD_BELOW, PeopleWords, find_birth_dates, find_names
from piaskit.discovery.places import Box
from piaskit.knowledge import Knowledge, Text
from piaskit.knowledge.pattern import Pattern, ValueSet

LEAST = 5  # distinct values below which nothing is concluded from a form
RARE = 0.02  # part of the values below which a form adds nothing
MIXED = 0.3  # part of the values from which a kind is told where a column mixes kinds
MIXED_EMAIL = 0.05
PLAIN = 0.6  # part of the values written in digits that must fit where kinds are mixed
LEAST_WORDS = 3  # different words of a set, where no certain ones are asked for
PROBED = 60  # values that tell whether a search in all of them is worth while
LONGEST = 400  # characters of a value that are looked at
_CHECKED = frozenset({"resident-id", "card", "imei", "iban", "uscc", "mac"})
_PLAIN = re.compile(r"[+\d][\d -]*")
_SHARES: dict[Confidence, int] = {"high": 0, "medium": 1, "low": 2}


@dataclass(frozen=True)
class Detectors:
    """The forms, sets and lists of all packs of patterns, ready to be put to values."""

    patterns: dict[str, Pattern]
    forms: dict[str, re.Pattern[str]]
    sets: dict[str, ValueSet]
    words: dict[str, frozenset[str]]
    inside: dict[str, re.Pattern[str]]
    checks: dict[str, Callable[[str], bool]]
    people: PeopleWords
    boxes: tuple[Box, ...]

    def detect_values(self, texts: Sequence[str], as_of: date) -> list[Sighting]:
        """Return what the values show, the surest first; ``texts`` are the values not blank."""
        values = list(dict.fromkeys(_normalise(text) for text in texts))
        found = [
            *self._match_patterns(values, as_of),
            *self._match_sets(values),
            *find_names(values, self.people, len(texts)),
            *find_birth_dates(values, as_of),
        ]
        return sorted(found, key=lambda s: (_SHARES[s.sure], not s.checked, -s.matched))

    def _match_patterns(self, values: Sequence[str], as_of: date) -> list[Sighting]:
        """Match forms; those of one category count together, for a column may mix them."""
        if len(values) < LEAST:
            return []
        serial = is_serial(values)
        fitting: dict[tuple[str, str], dict[str, list[str]]] = {}
        for id, pattern in self.patterns.items():
            if serial and not pattern.serial:
                continue
            form, check = self.forms[id], self.checks[pattern.check]
            matched = [v for v in values if form.fullmatch(v)]
            if len(matched) < RARE * len(values):
                continue
            matched = [v for v in matched if check(v)]
            if pattern.check == "ip" and not vary_as_addresses(matched):
                continue
            if matched:
                fitting.setdefault((pattern.category, pattern.kind), {})[id] = matched
        return [
            sighting
            for (category, kind), by_form in fitting.items()
            if (sighting := self._weigh(category, kind, by_form, values, as_of))
        ]

    def _weigh(
        self,
        category: str,
        kind: str,
        by_form: dict[str, list[str]],
        values: Sequence[str],
        as_of: date,
    ) -> Sighting | None:
        main = max(by_form, key=lambda name: len(by_form[name]))
        pattern = self.patterns[main]
        matched = set().union(*by_form.values())
        share = len(matched) / len(values)
        sure: Confidence = pattern.sure
        if len(matched) < LEAST:
            return None
        if share < pattern.share:
            if main != "email" and (pattern.check == "none" or pattern.sure != "high"):
                return None
            digits = sum(_PLAIN.fullmatch(value) is not None for value in values)
            if share < (MIXED_EMAIL if main == "email" else MIXED) or (
                main != "email" and len(matched) < PLAIN * digits
            ):
                return None
            sure = "medium"
        fields = _count_fields(len(matched), len(values), pattern.title)
        told: list[tuple[str, dict[str, object]]] = [("discover.because.form", fields)]
        children = None
        if pattern.check == "resident-id":
            children = _count_children(matched, as_of)
            if children:
                told.append(("discover.because.children", {"n": children, "of": len(matched)}))
        if pattern.check == "uscc":
            kind, told = _judge_traders(matched, kind, told)
        return Sighting(
            category,
            sure,
            tuple(told),
            len(matched),
            kind,
            pattern.check in _CHECKED,
            children,
            (mask_secret if kind == "secret" else mask_value)(by_form[main][0]),
        )

    def _match_sets(self, values: Sequence[str]) -> list[Sighting]:
        folded = {v.casefold() for v in values}
        found = []
        for id, words in self.sets.items():
            if words.most and len(folded) > words.most:
                continue
            matched = folded & self.words[id]
            if words.inside and self._may_hold(id, values, words.share):
                matched |= {v for v in folded if self.inside[id].search(v)}
            if any(folded.isdisjoint(group) for group in words.needs):
                continue
            if not matched or len(matched) < words.share * len(folded):
                continue
            if len(matched) < (2 if words.needs else LEAST if words.inside else LEAST_WORDS):
                continue
            fields = _count_fields(len(matched), len(folded), words.title)
            because: Because = (("discover.because.words", fields),)
            found.append(Sighting(words.category, words.sure, because, len(matched)))
        return found

    def _may_hold(self, id: str, values: Sequence[str], share: float) -> bool:
        """Look at some values before all: most columns hold none of the words."""
        tried = values[:PROBED]
        held = sum(self.inside[id].search(value) is not None for value in tried)
        return held >= share / 3 * len(tried)


def build_detectors(knowledge: Knowledge) -> Detectors:
    """Build the detectors of all packs of patterns in force."""
    patterns: dict[str, Pattern] = {}
    sets: dict[str, ValueSet] = {}
    lists: dict[str, tuple[str, ...]] = {}
    for pack in knowledge.patterns.values():
        patterns |= pack.patterns
        sets |= pack.sets
        for name, words in pack.lists.items():
            lists[name] = (*lists.get(name, ()), *words)
    return Detectors(
        patterns,
        {id: re.compile(pattern.pattern) for id, pattern in patterns.items()},
        sets,
        {id: frozenset(v.casefold() for v in words.values) for id, words in sets.items()},
        {id: compile_words(words.values) for id, words in sets.items()},
        list_checks(lists.get("card-ranges", ())),
        PeopleWords(
            lists.get("surnames-zh", ()),
            frozenset(lists.get("given-en", ())),
            frozenset(lists.get("surnames-en", ())),
            frozenset(lists.get("companies-en", ())),
        ),
        tuple(_read_box(text) for text in lists.get("boxes", ())),
    )


def _read_box(text: str) -> Box:
    south, north, west, east = map(float, text.split())
    return south, north, west, east


def list_checkable(knowledge: Knowledge) -> frozenset[str]:
    """List the categories whose values nearly always have a form that would have been seen."""
    return frozenset(
        pattern.category
        for pack in knowledge.patterns.values()
        for pattern in pack.patterns.values()
        if pattern.check in ("resident-id", "mobile", "ip", "card")
    ) | {"contact.email"}


def compile_words(words: Sequence[str]) -> re.Pattern[str]:
    """Compile words into one form: English ones as whole words, Chinese ones anywhere.

    >>> bool(compile_words(["gout", "痛风"]).search("he has gout")), bool(
    ...     compile_words(["gout"]).search("dugout")
    ... )
    (True, False)
    """
    ordered = sorted(map(re.escape, words), key=len, reverse=True)
    english = "|".join(word for word in ordered if word.isascii())
    chinese = "|".join(word for word in ordered if not word.isascii())
    parts = [rf"\b(?:{english})\b" if english else "", chinese]
    return re.compile("|".join(filter(None, parts)) or r"(?!)", re.IGNORECASE)


def is_serial(values: Sequence[str]) -> bool:
    """Say whether values are numbers in a row, as keys and counters are.

    >>> is_serial([str(13800000000 + n) for n in range(50)]), is_serial(["13800000000"] * 2)
    (True, False)
    """
    digits = [re.sub(r"\D", "", value) for value in values]
    numbers = sorted({int(d) for d in digits if d})
    if len(numbers) < LEAST or len(numbers) < 0.9 * len(values):
        return False
    gaps = [b - a for a, b in pairwise(numbers)]
    common = sorted(gaps)[len(gaps) // 2]
    return (numbers[-1] - numbers[0]) <= 40 * len(numbers) or gaps.count(common) > 0.8 * len(gaps)


def _count_fields(matched: int, of: int, title: Text) -> dict[str, object]:
    return {"n": matched, "of": of, "en": title.en, "zh": title.zh}


def _normalise(text: str) -> str:
    return unicodedata.normalize("NFKC", text[:LONGEST]).strip()


def vary_as_addresses(values: Sequence[str]) -> bool:
    """Tell addresses from version numbers, whose parts are small."""
    fours = [value for value in values if ":" not in value]
    large = sum(max(map(int, value.split("/")[0].split("."))) > 30 for value in fours)
    return bool(values) and large >= 0.5 * len(fours)


def _count_children(numbers: set[str], as_of: date) -> int:
    dates = (read_birth_date(number) for number in numbers if len(number) == 18)
    return sum(count_years(born, as_of) < CHILD_BELOW for born in dates if born)


def _judge_traders(
    codes: set[str], kind: str, told: list[tuple[str, dict[str, object]]]
) -> tuple[str, list[tuple[str, dict[str, object]]]]:
    """Codes that begin with 92 are of individual traders, who are persons."""
    traders = sum(code.startswith("92") for code in codes)
    if traders:
        return "personal", [*told, ("discover.because.traders", {"n": traders})]
    return kind, [*told, ("discover.because.organisation", {})]
