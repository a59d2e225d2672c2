"""Personal information in a running text: what it holds, where, and whose it is."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from piaskit.discovery.checks import count_years, list_checks, read_birth_date
from piaskit.discovery.findings import Confidence
from piaskit.discovery.people import CHILD_BELOW
from piaskit.discovery.values import compile_words, vary_as_addresses
from piaskit.knowledge import Knowledge
from piaskit.knowledge.pattern import Cue, Pattern, ValueSet
from piaskit.knowledge.records import Text

Whose = Literal["self", "other", "child", "unclear"]

LONGEST = 1_000_000  # characters of a text
_SENTENCE = re.compile(r"[。！？!?\n；;]|\.(?=\s|$)")


@dataclass(frozen=True)
class Span:
    """A piece of a text, from ``start`` to ``end``, and whose information it seems to be."""

    start: int
    end: int
    category: str
    kind: str
    sure: Confidence
    title: Text
    whose: Whose = "unclear"
    child: bool = False


@dataclass(frozen=True)
class TextSearch:
    """The forms, sets and cues of all packs of patterns, ready to be put to texts."""

    patterns: tuple[tuple[Pattern, re.Pattern[str]], ...]
    sets: tuple[tuple[ValueSet, re.Pattern[str]], ...]
    cues: tuple[tuple[Cue, re.Pattern[str]], ...]
    whose: tuple[tuple[Whose, re.Pattern[str]], ...]
    card_ranges: tuple[str, ...]

    def search_text(self, text: str, as_of: date) -> list[Span]:
        """Return what a text holds, in its order; of pieces that overlap the surest one stays."""
        found = sorted(
            self._find_spans(text[:LONGEST], as_of),
            key=lambda span: (_ORDER[span.sure], span.start - span.end, span.start),
        )
        taken: list[Span] = []
        for span in found:
            at = bisect_right(taken, span.start, key=lambda other: other.start)
            clear = not at or taken[at - 1].end <= span.start
            if clear and (at == len(taken) or span.end <= taken[at].start):
                taken.insert(at, span)
        ends = [match.end() for match in _SENTENCE.finditer(text)]
        return [self._own(text, ends, span) for span in taken]

    def find_proven(self, text: str, kind: str = "") -> Iterator[tuple[Pattern, int, str]]:
        """Yield form, position and piece of what check digits or plain forms prove in a text.

        With a ``kind``, forms of that kind alone are looked for.
        """
        proofs = [
            (pattern, form)
            for pattern, form in self.patterns
            if pattern.sure == "high" and kind in ("", pattern.kind)
        ]
        for pattern, match in self._match_forms(text, proofs):
            yield pattern, match.start(), match[0]

    def _match_forms(
        self, text: str, forms: Iterable[tuple[Pattern, re.Pattern[str]]]
    ) -> Iterator[tuple[Pattern, re.Match[str]]]:
        checks = list_checks(self.card_ranges)
        for pattern, form in forms:
            if pattern.core and not re.search(pattern.core, text):
                continue
            for match in form.finditer(text):
                if checks[pattern.check](match[0]) and _is_address(pattern, match[0]):
                    yield pattern, match

    def _find_spans(self, text: str, as_of: date) -> Iterator[Span]:
        for pattern, match in self._match_forms(text, self.patterns):
            child = pattern.check == "resident-id" and _is_child(match[0], as_of)
            yield Span(
                *match.span(),
                pattern.category,
                pattern.kind,
                pattern.sure,
                pattern.title,
                child=child,
            )
        for words, form in self.sets:
            for match in form.finditer(text):
                yield Span(*match.span(), words.category, "personal", "medium", words.title)
        for cue, form in self.cues:
            for match in form.finditer(text):
                yield Span(*match.span("held"), cue.category, cue.kind, cue.sure, cue.title)

    def _own(self, text: str, ends: Sequence[int], span: Span) -> Span:
        """Say whose a piece is: of whom the sentence speaks nearest before it, else after it."""
        at = bisect_right(ends, span.start)
        start = ends[at - 1] if at else 0
        end = ends[at] if at < len(ends) else len(text)
        before, after = text[start : span.start], text[span.end : end]
        child = span.child or span.category == "children.any"
        whose: Whose = "unclear"
        for part, last in ((before, True), (after, False)):
            spoken = [
                (match.start(), len(match[0]), who)
                for who, form in self.whose
                for match in form.finditer(part)
            ]
            if spoken:
                whose = (max if last else min)(spoken)[2]
                break
        if child and whose != "self":
            whose = "child"
        return Span(
            span.start, span.end, span.category, span.kind, span.sure, span.title, whose, child
        )


_ORDER: Mapping[Confidence, int] = {"high": 0, "medium": 1, "low": 2}


def build_search(knowledge: Knowledge) -> TextSearch:
    """Build the search of texts from all packs of patterns in force."""
    patterns: dict[str, Pattern] = {}
    sets: dict[str, ValueSet] = {}
    cues: dict[str, Cue] = {}
    lists: dict[str, tuple[str, ...]] = {}
    for pack in knowledge.patterns.values():
        patterns |= pack.patterns
        sets |= pack.sets
        cues |= pack.cues
        for name, words in pack.lists.items():
            lists[name] = (*lists.get(name, ()), *words)
    surnames = "|".join(sorted(lists.get("surnames-zh", ()), key=len, reverse=True))
    given = "|".join(word.title() for word in lists.get("given-en", ()))
    kinds: tuple[tuple[Whose, str], ...] = (
        ("self", "self"),
        ("other", "others"),
        ("child", "children"),
    )
    return TextSearch(
        tuple((p, re.compile(p.search)) for p in patterns.values() if p.search),
        tuple((s, compile_words(s.values)) for s in sets.values() if s.text),
        tuple(
            (cue, re.compile(cue.pattern.replace("{surname}", surnames).replace("{given}", given)))
            for cue in cues.values()
        ),
        tuple((who, compile_words(lists.get(name, ()))) for who, name in kinds),
        lists.get("card-ranges", ()),
    )


def _is_address(pattern: Pattern, piece: str) -> bool:
    return pattern.check != "ip" or vary_as_addresses([piece])


def _is_child(number: str, as_of: date) -> bool:
    born = read_birth_date(number)
    return born is not None and count_years(born, as_of) < CHILD_BELOW
