"""Text of an incident as data: one line, without control characters and without personal data."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

HIDDEN = "***"

_ALONE = r"(?<![0-9A-Za-z])(?:{})(?![0-9A-Za-z])"
_BIRTH = r"(?:18|19|20)[0-9]{2}[01][0-9][0-3][0-9]"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",  # e-mail address
        _ALONE.format(rf"[1-9][0-9]{{5}}{_BIRTH}[0-9]{{3}}[0-9Xx]"),  # mainland identity number
        _ALONE.format(r"[A-Z]{2}[0-9]{2}(?: ?[0-9A-Z]{4}){3,7}(?: ?[0-9A-Z]{1,3})?"),  # IBAN
        _ALONE.format(r"(?:[0-9]{4}[ -]?){3,4}[0-9]{1,4}"),  # payment card
        _ALONE.format(r"[A-Z]{1,2}[0-9]{7,8}"),  # passport
        r"(?<![0-9])(?:\+?86[ -]?)?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9])",  # mobile
        r"(?<![0-9])\+[0-9]{1,3}(?:[ -]?[0-9]{2,5}){2,5}(?![0-9])",  # telephone with its country
        r"(?<![0-9])0[0-9]{2,3}[ -][0-9]{7,8}(?![0-9])",  # landline
        r"(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9.])",  # IPv4 address
    )
)


def flatten_text(text: str) -> str:
    """Make a text one line without control, format and surrogate characters.

    >>> flatten_text("two\\nlines\\u202e")
    'two lines'
    """
    spaced = re.sub(r"\s+", " ", text)
    return "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf", "Cs")).strip()


def mask_text(text: str, names: Iterable[str] = (), keep: Iterable[str] = ()) -> str:
    """Hide what identifies a person: addresses, numbers and the given names.

    ``keep`` are texts that may stand, such as the organisation's own contacts.

    >>> mask_text("Write to li@shop.example or 13800000000, not help@shop.example.",
    ...           keep=["help@shop.example"])
    'Write to *** or ***, not help@shop.example.'
    >>> mask_text("Li Lei found it.", names=["Li Lei"])
    '*** found it.'
    """
    kept = set(keep)

    def hide(match: re.Match[str]) -> str:
        return match[0] if match[0] in kept else HIDDEN

    masked = flatten_text(text)
    for pattern in _PATTERNS:
        masked = pattern.sub(hide, masked)
    for name in sorted(set(names) - kept, key=len, reverse=True):
        masked = masked.replace(name, HIDDEN)
    return masked
