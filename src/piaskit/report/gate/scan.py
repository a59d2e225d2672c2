"""What no public file may hold: internal values, identifiers of persons, paths and credentials."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeAlias

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
_CREDENTIAL = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|(?<!\w)(?:AKIA|ASIA)[0-9A-Z]{16}(?!\w)"
    r"|(?<!\w)(?:ghp|gho|ghs|glpat|xox[abp]|sk)[-_][\w-]{16,}"
    r"|(?<!\w)eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"
    r"|(?<!\w)[a-z][a-z0-9+.-]{2,}://[^\s/:@\"'<>]+:[^\s/@\"'<>]+@[^\s\"'<>]+"
)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_DIGITS = re.compile(r"(?<![\w.,])\d(?:[ -]?\d){14,18}[\dXx]?(?![\w.,]\d|\w)")
_MOBILE = re.compile(r"(?<![\w.,+-])(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}(?![\w]|[.,-]\d)")
_ABROAD = re.compile(r"(?<![\w.,])\+\d(?:[ ()/-]{0,2}\d){7,14}(?!\w)")
_IP = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])")


@dataclass(frozen=True, slots=True)
class Leak:
    """What was found: its kind (a label id), the beginning of it, and where."""

    kind: str
    begins: str
    place: str
    secret: Secret | None = None


def find_leaks(
    passages: Sequence[Passage], secrets: Iterable[Secret], allowed: Iterable[str] = ()
) -> list[Leak]:
    """Return one leak for each internal value or identifier, at the first place that holds it.

    A value counts when it stands for itself, not inside a longer word or number; one of eight
    bytes and more also when spaces, line ends, hyphens at line ends or unseen characters cut it.
    ``allowed`` are the e-mail addresses and telephone numbers that the case makes public.
    """
    unique = list({(p.text, p.noisy): p for p in reversed(passages)}.values())[::-1]
    clear = _Heap([p for p in unique if not p.noisy])
    noisy = _Heap([p for p in unique if p.noisy])
    return [
        *_find_secrets(clear, noisy, secrets),
        *_find_identifiers(clear, noisy, frozenset(allowed)),
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


def _find_identifiers(clear: _Heap, noisy: _Heap, allowed: frozenset[str]) -> Iterator[Leak]:
    known = {_reduce(word) for word in allowed}
    seen: set[tuple[str, str]] = set()
    for heap in (clear, noisy):
        text = _APART.join(heap.texts)
        starts = list(accumulate((len(part) + len(_APART) for part in heap.texts), initial=0))
        for kind, finder in _KINDS.items():
            if heap is noisy and kind not in ("path", "credential"):
                continue
            for at, found in finder(text):
                if (kind, found) in seen or _reduce(found) in known:
                    continue
                seen.add((kind, found))
                yield Leak(kind, found[:2] + "…", heap.places[bisect_right(starts, at) - 1])


def _reduce(word: str) -> str:
    """Bring an address or number into one form: ``+86 138 0000 0000`` is ``13800000000``."""
    word = word.casefold().strip()
    if "@" in word:
        return word
    digits = re.sub(r"\D", "", word)
    return digits.removeprefix("86") if len(digits) == 13 else digits


Finder: TypeAlias = Callable[[str], Iterator[tuple[int, str]]]


def _search(pattern: re.Pattern[str], is_one: Callable[[str], bool] = bool) -> Finder:
    """Return a finder of (position, text) for what matches and passes its check digits."""

    def find(text: str) -> Iterator[tuple[int, str]]:
        for match in pattern.finditer(text):
            if is_one(match[0]):
                yield match.start(), match[0]

    return find


def _is_resident_id(text: str) -> bool:
    from stdnum.cn import ric

    return bool(ric.is_valid(text))


def _is_card(text: str) -> bool:
    from stdnum import luhn

    digits = re.sub(r"\D", "", text)
    return 15 <= len(digits) <= 19 and digits[0] in "34569" and bool(luhn.is_valid(digits))


def _is_phone(text: str) -> bool:
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text))
    except phonenumbers.NumberParseException:
        return False


def _is_host(text: str) -> bool:
    try:
        return not ipaddress.ip_address(text).is_unspecified
    except ValueError:
        return False


_KINDS: dict[str, Finder] = {
    "credential": _search(_CREDENTIAL),
    "path": _search(_PATH),
    "e-mail address": _search(_EMAIL),
    "resident identity number": _search(_DIGITS, _is_resident_id),
    "bank card number": _search(_DIGITS, _is_card),
    "mobile number": _search(_MOBILE),
    "telephone number": _search(_ABROAD, _is_phone),
    "IP address": _search(_IP, _is_host),
}
