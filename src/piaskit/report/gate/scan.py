"""What no public file may hold: internal values, identifiers of persons, paths and credentials."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from piaskit.discovery.texts import TextSearch
from piaskit.report.gate.passage import Passage
from piaskit.report.leaks import Secret, fold_text, holds

DENSE = 8  # bytes from which a value is also looked for with every space taken out
_APART = "\n\x00\n"  # between passages: nothing is found across it
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]")
_BREAK = re.compile(r"[-\u2010\u2011]\s*\n\s*")
_TOKEN = re.compile(r"[0-9a-z]+|[^\W0-9a-z_]")
_NUMBER = re.compile(r"[\d\s.,:/-]+")
_PATH = re.compile(
    r"file:/{2,}[^\s\"'<>]{3,}"
    r"|(?<![\w/:.~-])/(?:home|Users|root|mnt|opt|srv|var|tmp|private|work|workspace|data|app)"
    r"/[\w.@+-]+/[\w./@+-]+"
    r"|(?<!\w)[A-Za-z]:\\(?:[^\\/:*?\"<>|\r\n]+\\)+[^\\/:*?\"<>|\r\n]*"
    r"|(?<![\w\\])\\\\[\w.-]+\\[\w$.-]+"
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
        texts = [_UNSEEN.sub("", p.text) for p in passages]
        self.places = [p.place for p in passages]
        self.texts = [unicodedata.normalize("NFKC", text) for text in texts]
        self.plain = [fold_text(text) for text in texts]
        self.dense = [_squeeze(fold_text(_BREAK.sub("", text))) for text in texts]
        self.words = {word for text in self.plain for word in _TOKEN.findall(text)}
        joined = _APART.join(self.dense)
        self.grams = {joined[at : at + 4] for at in range(len(joined) - 3)}

    def find(self, secret: Secret, least: int) -> str | None:
        """Return the place of the first passage that holds a value, if any."""
        text = _UNSEEN.sub("", secret.text)
        short, size = _squeeze(text), len(text.encode())
        if size < least:
            return None
        squeezed = size >= DENSE and {short[:4], short[-4:]} <= self.grams
        if not (squeezed or self.words.issuperset(_TOKEN.findall(text))):
            return None
        for place, plain, dense in zip(self.places, self.plain, self.dense, strict=True):
            if holds(plain, text) or (squeezed and _holds_dense(dense, short)):
                return place
        return None


def _find_secrets(clear: _Heap, noisy: _Heap, secrets: Iterable[Secret]) -> Iterator[Leak]:
    for secret in secrets:
        least = 8 if _NUMBER.fullmatch(secret.text) else 6
        place = clear.find(secret, 0)
        place = noisy.find(secret, least) if place is None else place
        if place is not None:
            yield Leak("internal", secret.text[:2] + "…", place, secret)


def _squeeze(text: str) -> str:
    return text.replace(" ", "")


def _holds_dense(dense: str, short: str) -> bool:
    """A number of a longer number is no leak; words may touch where spaces were taken out."""
    at = dense.find(short)
    while at >= 0:
        around = dense[at - 1 : at], dense[at + len(short) : at + len(short) + 1]
        if not (short.isdigit() and any(part.isdigit() for part in around)):
            return True
        at = dense.find(short, at + 1)
    return False


def _find_identifiers(
    clear: _Heap, noisy: _Heap, allowed: frozenset[str], search: TextSearch
) -> Iterator[Leak]:
    known = {_reduce(word) for word in allowed}
    seen: set[str] = set()
    for heap in (clear, noisy):
        text = _APART.join(heap.texts)
        starts = list(accumulate((len(part) + len(_APART) for part in heap.texts), initial=0))
        found = [("path of a machine", match.start(), match[0]) for match in _PATH.finditer(text)]
        kind = "" if heap is clear else "secret"  # others stand in noise by chance
        found += [(form.title.en, at, piece) for form, at, piece in search.find_proven(text, kind)]
        for kind, at, piece in found:
            if piece not in seen and _reduce(piece) not in known:
                seen.add(piece)
                yield Leak(kind, piece[:2] + "…", heap.places[bisect_right(starts, at) - 1])


def _reduce(word: str) -> str:
    """Bring an address or number into one form: ``+86 138 0000 0000`` is ``13800000000``."""
    word = word.casefold().strip()
    if "@" in word:
        return word
    digits = re.sub(r"\D", "", word)
    return digits.removeprefix("86") if len(digits) == 13 else digits
