"""Weak passwords that people choose, bent until a policy lets them pass; always the same ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from piaskit.accounts.policy import Policy, count_classes

if TYPE_CHECKING:
    from piaskit.case import Case

WORDS = ("password", "welcome", "admin", "iloveyou", "sunshine", "dragon", "summer", "qwerty")
PINYIN = ("woaini", "nihao", "zhangwei", "wangfang", "zhongguo", "mima", "beijing", "laopo")
WALKS = ("1qaz2wsx", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1q2w3e4r5t", "qazwsxedc", "123456789")
NUMBERS = ("1314520", "5201314", "88888888", "123123123", "11223344")
TAILS = ("", "1", "123", "@123", "!", "888", "520")
FILL = ("123", "!", "1", "a", "A")  # what people add until a form stops complaining
MOST = 160
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]{2,}")


def name_service(case: Case) -> list[str]:
    """Return the words by which a case's organisation is known, small letters, for its passwords.

    The first Latin word of each of its names and of the id of the case; Chinese ones are left out.
    """
    known = case.organisation
    texts = [known.get(key) or "" for key in ("name", "name_en")] + [case.id]
    found = (_WORD.search(text) for text in texts)
    return list(dict.fromkeys(match[0].lower() for match in found if match))


def draw_samples(policy: Policy, names: Sequence[str], year: int) -> list[str]:
    """Return weak passwords that a policy lets pass, the most usual kinds first.

    ``names`` are words for the service, ``year`` the present one. A list for common passwords is
    not applied here: ``measure_strength`` leaves out what stands in one.

    >>> draw_samples(Policy("p", min_length=8, classes=3), ["xinfan"], 2026)[:3]
    ['Xinfan11', 'Password1', 'Welcome1']
    """
    return list(_draw_samples(policy, tuple(names), year))


@lru_cache(maxsize=256)
def _draw_samples(policy: Policy, names: tuple[str, ...], year: int) -> tuple[str, ...]:
    """Draw them once for reports in several languages and editions."""
    found: dict[str, None] = {}
    for base in _list_bases(names, year):
        bent = _bend(base, policy)
        if bent and policy.allows(bent, names):
            found[bent] = None
        if len(found) == MOST:
            break
    return tuple(found)


def _list_bases(names: Sequence[str], year: int) -> Iterator[str]:
    roots = (*names, *WORDS, *PINYIN)
    for tail in (*TAILS, str(year), str(year - 1), f"@{year}", f"{year}!", "1990", "1988"):
        for root in roots:
            yield root + tail
        if tail in ("", "1", "!"):
            for walk in (*WALKS, *NUMBERS):
                yield walk + tail
    for root in roots:
        yield root + root


def _bend(base: str, policy: Policy) -> str:
    """Add what is missing in the order in which people do: a capital first, then digit and sign."""
    text = base
    wanted = policy.classes or 1
    if wanted > count_classes(text) and text[0].isalpha():
        text = text[0].upper() + text[1:]
    for more in ("1", "!", "a", "A"):
        if count_classes(text) >= wanted:
            break
        if count_classes(text + more) > count_classes(text):
            text += more
    needed = policy.min_length or 1
    for n in range(needed):
        if len(text) >= needed:
            break
        text += FILL[n % len(FILL)] if needed - len(text) >= 3 else "1"
    longest = policy.max_length
    return text if longest is None else text[:longest]
