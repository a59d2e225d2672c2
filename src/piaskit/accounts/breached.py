"""Passwords in a list of breached ones on this machine. Nothing is sent anywhere."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from piaskit.errors import InvalidData, Issue, Place

_HASHED = re.compile(rb"[0-9A-Fa-f]{40}(:\d+)?\s*")
_LINE = 4096  # no line of such a list is longer
SMALL = 1 << 26  # bytes that are read through at once, rather than searched


def find_breached(path: Path | str, passwords: Iterable[str]) -> set[str]:
    """Return those of the passwords that a list holds.

    The list is a text file of one entry a line: SHA-1 digests in hexadecimal, with or without a
    count behind a colon, or plain words. A large sorted list of digests is searched by halving, any
    other is read once from its beginning to its end; neither is held in memory. Raises InvalidData
    (``file-unreadable``) when it cannot be read.
    """
    wanted = sorted(set(passwords))
    try:
        with Path(path).open("rb") as stream:
            first = stream.readline(_LINE)
            if not _HASHED.fullmatch(first):
                stream.seek(0)
                return _scan(stream, {word.encode(): word for word in wanted}, hashed=False)
            digests = {_digest(word): word for word in wanted}
            large = stream.seek(0, 2) > SMALL
            found = _search(stream, sorted(digests)) if large else None
            if found is None:
                stream.seek(0)
                return _scan(stream, digests, hashed=True)
            return {digests[digest] for digest in found}
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        hint = "give a text file of SHA-1 digests or words, one a line"
        raise InvalidData(
            [Issue("file-unreadable", Place(Path(path).name), message, None, hint)]
        ) from None


def _digest(word: str) -> bytes:
    return hashlib.sha1(word.encode(), usedforsecurity=False).hexdigest().upper().encode()


def _scan(stream: BinaryIO, wanted: dict[bytes, str], *, hashed: bool) -> set[str]:
    found = set()
    for line in stream:
        key = line[:40].upper() if hashed else line.strip(b"\r\n")
        if key in wanted:
            found.add(wanted[key])
    return found


def _search(stream: BinaryIO, digests: list[bytes]) -> set[bytes] | None:
    """Halve the file for each digest, from where the one before it was; None when it is unsorted.

    That a list is sorted is not taken on trust: every line looked at has to lie between those
    around it, else the whole list is read.
    """
    size = stream.seek(0, 2)
    found: set[bytes] = set()
    start = 0
    for digest in digests:
        low, high = start, size
        below, above = b"", b"G"  # before and after every digest
        while low < high:
            middle = (low + high) // 2
            at, key = _read_from(stream, middle)
            if not key or at >= high:
                high = middle
                continue
            if not below <= key <= above:
                return None
            if key < digest:
                low, below = at + 1, key
            else:
                high, above = middle, key
        start = max(0, low - 1)
        at, key = _read_from(stream, low)
        if key == digest:
            found.add(digest)
    return found


def _read_from(stream: BinaryIO, position: int) -> tuple[int, bytes]:
    """Return where the first line at or after a position begins, and its digest."""
    stream.seek(max(0, position - 1))
    if position:
        stream.readline(_LINE)  # the rest of the line that begins before
    at = stream.tell()
    return at, stream.readline(_LINE)[:40].upper()
