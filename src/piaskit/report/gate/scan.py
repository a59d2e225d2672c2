"""What no public file may hold: internal values, identifiers of persons, paths and credentials."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from piaskit.discovery.texts import TextSearch
from piaskit.report.gate.passage import Passage
from piaskit.report.leaks import Secret, stands_alone
from piaskit.report.occurrences import find_occurrences

DENSE = 8  # bytes from which a value is also looked for with every space taken out
_APART = "\n\x00\n"  # between passages: nothing is found across it
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]")
_BREAK = re.compile(r"[-\u2010\u2011]\s*\n\s*")
_NUMBER = re.compile(r"[\d\s.,:/-]+")
# Each way begins with a character of its own, which a search finds fast; a drive at its colon.
_PATH = re.compile(
    r"file:/{2,}[^\s\"'<>]{3,}"
    r"|/(?<![\w/:.~-]/)(?:home|Users|root|mnt|opt|srv|var|tmp|private|work|workspace|data|app)"
    r"/[\w.@+-]+/[\w./@+-]+"
    r"|:(?<=[A-Za-z]:)(?<!\w.:)\\(?:[^\\/:*?\"<>|\r\n]+\\)+[^\\/:*?\"<>|\r\n]*"
    r"|\\(?<![\w\\]\\)\\[\w.-]+\\[\w$.-]+"
)


@dataclass(frozen=True, slots=True)
class Leak:
    """What was found: its kind (a label id), the beginning of it, and where."""

    kind: str
    begins: str
    place: str
    secret: Secret | None = None


def find_leaks(
    passages: Sequence[Passage],
    secrets: Iterable[Secret],
    search: TextSearch,
    allowed: Iterable[str] = (),
) -> list[Leak]:
    """Return one leak for each internal value or identifier, at the first place that holds it.

    A value counts when it stands for itself, not inside a longer word or number; one of eight
    bytes and more also when spaces, line ends, hyphens at line ends or unseen characters cut it.
    Identifiers and credentials are those that discovery's packs prove by form or check digits;
    ``allowed`` are the e-mail addresses and telephone numbers that the case makes public.
    """
    unique = list({(p.text, p.noisy): p for p in reversed(passages)}.values())[::-1]
    clear = _Heap([p for p in unique if not p.noisy])
    noisy = _Heap([p for p in unique if p.noisy])
    return [
        *_find_secrets(clear, noisy, secrets),
        *_find_identifiers(clear, noisy, frozenset(allowed), search),
    ]


class _Heap:
    """Passages as one text, folded and squeezed once, with the way back to their places."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.places = [p.place for p in passages]
        joined = _APART.join(p.text.replace("\x00", "\x01") for p in passages)
        self.text = unicodedata.normalize("NFKC", _UNSEEN.sub("", joined))
        folded = self.text.casefold()
        self.plain = " ".join(folded.split())
        # A hyphen at a line's end is the value's own or one of the setting: it is looked for both.
        both = dict.fromkeys((folded, _BREAK.sub("", folded)))
        self.dense = ["".join(text.split()) for text in both]

    def find_first(self, words: Iterable[str]) -> dict[str, str]:
        """Return the first place that holds a word, of each word that is held at all."""
        words, squeezed = list(words), defaultdict(list)
        for word in words:
            if len(word.encode()) >= DENSE:
                squeezed[_squeeze(word)].append(word)
        found: dict[str, int] = {}
        for word, at in find_occurrences(self.plain, words):
            if word not in found and stands_alone(self.plain, at, word):
                found[word] = _count_before(self.plain, at)
        for text in self.dense:
            dense: dict[str, int] = {}
            for short, at in find_occurrences(text, squeezed):
                if short not in dense and not _is_in_number(text, at, short):
                    dense[short] = _count_before(text, at)
            for short, number in dense.items():
                found |= {word: min(number, found.get(word, number)) for word in squeezed[short]}
        return {word: self.places[number] for word, number in found.items()}


def _find_secrets(clear: _Heap, noisy: _Heap, secrets: Iterable[Secret]) -> Iterator[Leak]:
    texts = [(secret, _UNSEEN.sub("", secret.text)) for secret in secrets]
    telling = [text for _, text in texts if len(text.encode()) >= _tell_least(text)]
    places = noisy.find_first(telling) | clear.find_first(text for _, text in texts)
    for secret, text in texts:
        if text in places:
            yield Leak("internal", secret.text[:2] + "…", places[text], secret)


def _tell_least(text: str) -> int:
    """Return how many bytes of a value do not stand in noise by chance."""
    return 8 if _NUMBER.fullmatch(text) else 6


def _count_before(text: str, at: int) -> int:
    """Count the passages that end before a position of their joined texts."""
    return text.count("\x00", 0, at)


def _squeeze(text: str) -> str:
    return text.replace(" ", "")


def _is_in_number(dense: str, at: int, short: str) -> bool:
    """A number of a longer number is no leak; words may touch where spaces were taken out."""
    around = dense[at - 1 : at], dense[at + len(short) : at + len(short) + 1]
    return short.isdigit() and any(part.isdigit() for part in around)


def _find_identifiers(
    clear: _Heap, noisy: _Heap, allowed: frozenset[str], search: TextSearch
) -> Iterator[Leak]:
    known = {_reduce(word) for word in allowed}
    seen: set[str] = set()
    for heap in (clear, noisy):
        text = heap.text
        paths = (match.span() for match in _PATH.finditer(text))
        spans = ((start - (text[start] == ":"), end) for start, end in paths)
        found = [("path of a machine", start, text[start:end]) for start, end in spans]
        kind = "" if heap is clear else "secret"  # others stand in noise by chance
        found += [(form.title.en, at, piece) for form, at, piece in search.find_proven(text, kind)]
        for kind, at, piece in found:
            if piece not in seen and _reduce(piece) not in known:
                seen.add(piece)
                yield Leak(kind, piece[:2] + "…", heap.places[_count_before(text, at)])


def _reduce(word: str) -> str:
    """Bring an address or number into one form: ``+86 138 0000 0000`` is ``13800000000``."""
    word = word.casefold().strip()
    if "@" in word:
        return word
    digits = re.sub(r"\D", "", word)
    return digits.removeprefix("86") if len(digits) == 13 else digits
