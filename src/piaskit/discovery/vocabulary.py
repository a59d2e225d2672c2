"""The words of the packs of names, indexed so that names and comments can be cut into them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

from piaskit.case.words import fold
from piaskit.knowledge import Knowledge
from piaskit.knowledge.naming import NamePack, Naming, Words

MOST_TOKENS = 4  # of a column's name that one word may span
SHORTEST = 3  # letters of initials, and of a part of a name written without a break
_HAN = re.compile(r"[㐀-鿿]")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[㐀-鿿]+|\d+")


class Sense(NamedTuple):
    """One meaning of a word: ``kind`` is role, head, theme or name, ``id`` that of the pack."""

    kind: str
    id: str


class Token(NamedTuple):
    """A piece of a name or comment as it is written, and what it can mean.

    ``way`` says how it was recognised: word, pinyin, initials or nothing.
    """

    text: str
    senses: frozenset[Sense] = frozenset()
    way: str = ""

    def ids(self, *kinds: str) -> set[str]:
        """Return the ids of its senses of some kinds."""
        return {sense.id for sense in self.senses if sense.kind in kinds}


@dataclass(frozen=True)
class Vocabulary:
    """Words by their folded form, and what the names among them stand for."""

    words: Mapping[str, frozenset[Sense]]
    pinyin: Mapping[str, frozenset[Sense]]
    initials: Mapping[str, frozenset[Sense]]
    namings: Mapping[str, Naming]
    longest: int

    def cut_comment(self, text: str) -> list[Token]:
        """Cut a phrase without breaks into the longest known words, from its end.

        >>> from piaskit.knowledge import load_knowledge
        >>> [t.text for t in build_vocabulary(load_knowledge()).cut_comment("收货人手机号")]
        ['收货人', '手机号']
        """
        if not _HAN.search(text):
            return self.cut_name(text)
        text, tokens, end = fold(text), [], len(fold(text))
        while end:
            start = self._find_start(text, end)
            piece = text[start:end]
            tokens.append(Token(piece, self.words.get(piece, frozenset()), "word"))
            end = start
        return tokens[::-1]

    def _find_start(self, text: str, end: int) -> int:
        for start in range(max(0, end - self.longest), end):
            cuts = start and text[start - 1 : start + 1].isascii()
            if cuts and text[start - 1 : start + 1].isalnum():
                continue  # a word of letters is not cut
            if text[start:end] in self.words:
                return start
        start = end - 1
        while start and text[start - 1 : end].isascii() and text[start - 1 : end].isalnum():
            start -= 1
        return start

    def cut_name(self, name: str) -> list[Token]:
        """Cut a name into known words, longest first from its end.

        >>> from piaskit.knowledge import load_knowledge
        >>> [t.text for t in build_vocabulary(load_knowledge()).cut_name("lastLoginIP")]
        ['last login ip']
        """
        parts = [part.lower() for part in _PARTS.findall(name) if not part.isdigit()]
        tokens: list[Token] = []
        end = len(parts)
        while end:
            for start in range(max(0, end - MOST_TOKENS), end):
                found, way = self._look_up("".join(parts[start:end]), end - start == 1)
                if found:
                    break
            else:
                tokens += self._break_up(parts[end - 1])[::-1]
                end -= 1
                continue
            tokens.append(Token(" ".join(parts[start:end]), found, way))
            end = start
        return tokens[::-1]

    def _look_up(self, key: str, single: bool) -> tuple[frozenset[Sense], str]:
        for form in (key, key.removesuffix("s"), key.removesuffix("es")):
            if form in self.words:
                return self.words[form], "word"
        if key in self.pinyin:
            return self.pinyin[key], "pinyin"
        if single and key in self.initials:
            return self.initials[key], "initials"
        return frozenset(), ""

    def _break_up(self, part: str) -> list[Token]:
        """Break a part that is two words written as one, such as ``usermobile``."""
        for cut in range(len(part) - 2, SHORTEST - 1, -1):
            left, right = part[:cut], part[cut:]
            if left in self.words and right in self.words:
                return [Token(piece, self.words[piece], "word") for piece in (left, right)]
        return [Token(part)]


_LAST: list[tuple[tuple[NamePack, ...], Vocabulary]] = []


def build_vocabulary(knowledge: Knowledge) -> Vocabulary:
    """Build the vocabulary of all packs of names in force; the last one is kept."""
    packs = tuple(knowledge.names.values())
    if not _LAST or any(a is not b for a, b in zip_longest(_LAST[0][0], packs)):
        _LAST[:] = [(packs, _build(packs))]
    return _LAST[0][1]


def _build(packs: tuple[NamePack, ...]) -> Vocabulary:
    words: dict[str, set[Sense]] = {}
    spoken: dict[str, set[Sense]] = {}
    short: dict[str, set[Sense]] = {}
    namings: dict[str, Naming] = {}
    for sense, entry in _list_entries(packs):
        for word in (*entry.en, *entry.zh):
            words.setdefault(fold(word), set()).add(sense)
        for word in entry.short:
            short.setdefault(fold(word), set()).add(sense)
        if sense.kind == "name" or sense.id in ("person", "official"):
            _spell_words(entry.zh, sense, spoken, short)
        if isinstance(entry, Naming):
            namings[sense.id] = entry
    return Vocabulary(
        {word: frozenset(senses) for word, senses in words.items()},
        {word: frozenset(senses) for word, senses in spoken.items() if word not in words},
        {word: frozenset(senses) for word, senses in short.items() if word not in words},
        namings,
        max(map(len, words)),
    )


def _list_entries(packs: Sequence[NamePack]) -> Iterable[tuple[Sense, Words]]:
    for pack in packs:
        for kind in ("role", "head", "theme", "name"):
            for id, entry in getattr(pack, f"{kind}s").items():
                yield Sense(kind, id), entry


def _spell_words(
    words: Iterable[str],
    sense: Sense,
    spoken: dict[str, set[Sense]],
    short: dict[str, set[Sense]],
) -> None:
    """Add the pinyin of Chinese words: whole, and as initials long enough to mean something."""
    from pypinyin import lazy_pinyin

    for word in words:
        if not all(map(_HAN.match, word)) or len(word) < 2:
            continue
        syllables = lazy_pinyin(word)
        spoken.setdefault("".join(syllables), set()).add(sense)
        initials = "".join(syllable[0] for syllable in syllables)
        if len(initials) >= SHORTEST:
            short.setdefault(initials, set()).add(sense)
