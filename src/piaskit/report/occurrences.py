"""Where any of many words stands in a long text, in one pass over the text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

SHORTEST = 3
_STARTS = (6, SHORTEST)  # characters that a word is recognised by; longer words by more
_BITS = 16


def find_occurrences(text: str, words: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Yield each word with each position it stands at; words of less than three characters never.

    The beginnings of all words are looked up at once by their hash (Karp and Rabin, 1987), so that
    the time does not depend on the number of words.

    >>> sorted(find_occurrences("banana bandana", {"ana", "bandana"}))
    [('ana', 1), ('ana', 3), ('ana', 11), ('bandana', 7)]
    """
    left = {word for word in words if len(word) >= SHORTEST}
    codes = _encode(text)
    for size in _STARTS:
        starts: defaultdict[str, list[str]] = defaultdict(list)
        for word in left:
            if len(word) >= size:
                starts[word[:size]].append(word)
        left -= {word for group in starts.values() for word in group}
        if not starts:
            continue
        known = np.zeros(1 << _BITS, dtype=np.bool_)
        known[_hash(_encode("".join(starts)), size)[::size]] = True
        for at in np.flatnonzero(known[_hash(codes, size)]).tolist():
            for word in starts.get(text[at : at + size], ()):
                if text.startswith(word, at):
                    yield word, at


def _encode(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


def _hash(codes: NDArray[np.uint32], size: int) -> NDArray[np.uint32]:
    """Return the hash of every piece of ``size`` characters, shape (characters - size + 1,)."""
    pieces = max(len(codes) - size + 1, 0)
    found = np.zeros(pieces, dtype=np.uint32)
    for at in range(size):
        found = (found + codes[at : at + pieces]) * np.uint32(2654435761)  # Knuth's multiplier
        found ^= found >> np.uint32(15)
    return found >> np.uint32(32 - _BITS)
