"""The markup of a sheet, many cells at a time: where each stands, of what kind, what it holds.

Read is only the markup that spreadsheet programs write for shared texts, numbers and truth values;
whoever meets another one is told so and has to look closer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

LONGEST_PIECE = 1 << 24  # bytes of a sheet after which a cell is no longer waited for

_BEGIN, _END = b"<sheetData>", b"</sheetData>"
_ENDS = 24  # bytes that may be looked at past the last one
_WORD = np.dtype("<u8")
_LOW: NDArray[np.uint64] = np.array([(1 << 8 * n) - 1 for n in range(9)], dtype=np.uint64)
_FORM = re.compile(rb'(?: s="(\d{1,6})"| t="([snb])")*')
_LONGEST_FORM = 16
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_GOES_ON = np.isin(np.arange(256), list(b"cvr/"))  # how a tag may begin: c, v, row and their ends


@dataclass(frozen=True, slots=True)
class Form:
    """What the attributes of a cell say: the style, and ``s`` text, ``n`` number or ``b`` truth."""

    style: int
    kind: str


@dataclass(slots=True)
class Cells:
    """The cells of a sheet that hold something, in reading order.

    ``rows`` count from 1, ``columns`` from 0; ``forms`` point into ``known``. ``values`` are the
    places of shared texts, numbers without sign and decimals, or 0 and 1; ``others`` holds, by
    the place of a cell, the numbers that are written otherwise.
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    forms: NDArray[np.int64]
    values: NDArray[np.int64]
    known: list[Form] = field(default_factory=list)
    others: dict[int, float] = field(default_factory=dict)


def read_cells(pieces: Iterable[bytes]) -> Cells | None:
    """Read the cells of a sheet whose pieces end where a cell begins; None for other markup."""
    reader = _Reader()
    begun = ended = False
    for whole in pieces:
        piece = whole
        if ended or b"\0" in piece or len(piece) >= LONGEST_PIECE:
            return None
        if not begun:
            head, begin, piece = piece.partition(_BEGIN)
            if not begin or b"<!" in head:
                return None
            begun = True
        piece, end, rest = piece.partition(_END)
        ended = bool(end)
        if b"<!" in rest or not reader.read(piece):
            return None
    return reader.gather() if ended else None


def list_shared(cells: Cells) -> NDArray[np.int64]:
    """Return the places of the shared texts that cells hold, one per cell."""
    text = np.array([form.kind == "s" for form in cells.known] or [False])
    places: NDArray[np.int64] = cells.values[text[cells.forms]]
    return places


class _Reader:
    def __init__(self) -> None:
        self.known: list[Form] = []
        self.words: list[tuple[np.uint64, np.uint64]] = []  # how each form is written
        self.parts: list[tuple[NDArray[Any], ...]] = []
        self.others: dict[int, float] = {}
        self.count = 0

    def gather(self) -> Cells:
        parts = self.parts or [(np.zeros(0, dtype=np.int64),) * 4]
        rows, columns, forms, values = map(np.concatenate, zip(*parts, strict=True))
        return Cells(rows, columns, forms, values, self.known, self.others)

    def read(self, piece: bytes) -> bool:
        """Read a piece; False where it holds something rarer."""
        letters = np.frombuffer(piece + bytes(_ENDS), dtype=np.uint8)
        words: NDArray[np.uint64] = np.ndarray(
            (len(letters) - _WORD.itemsize + 1,), _WORD, letters, strides=(1,)
        )
        tags = np.flatnonzero(letters == ord("<"))
        after = letters[tags + 1]
        if not _GOES_ON[after].all():
            return False
        stated = np.flatnonzero(after == ord("v"))
        if not len(stated):
            return True
        if stated[0] == 0 or stated[-1] + 2 >= len(tags):
            return False
        start, value = tags[stated - 1], tags[stated]
        end, close = tags[stated + 1], tags[stated + 2]
        if not (
            _agree(words, start, b'<c r="')
            and _agree(words, value, b"<v>")
            and _agree(words, end, b"</v>")
            and _agree(words, close, b"</c>")
            and (letters[value - 1] == ord(">")).all()
        ):
            return False
        place = start + len('<c r="')
        first, second = letters[place].astype(np.int64), letters[place + 1].astype(np.int64)
        wide = second > ord("9")
        columns = np.where(wide, (first - 64) * 26 + second - 65, first - 65)
        digits = place + 1 + wide
        rows, size = read_numbers(words[digits])
        quote = digits + size
        sound = (size > 0) & (size < 8) & (letters[quote] == ord('"')) & (columns >= 0)
        sound &= (first <= ord("Z")) & (second <= ord("Z")) & (columns < 27 * 26) & (rows > 0)
        if not sound.all():
            return False
        forms = self._find_forms(piece, words, quote + 1, value - 1)
        if forms is None:
            return False
        values, size = read_numbers(words[value + 3])
        plain = (size > 0) & (size < 8) & (value + 3 + size == end)
        for n in np.flatnonzero(~plain).tolist():
            text = piece[value[n] + 3 : end[n]]
            if self.known[forms[n]].kind != "n" or not _NUMBER.fullmatch(text):
                return False
            self.others[self.count + n] = float(text)
        self.parts.append((rows, columns, forms, values))
        self.count += len(rows)
        return True

    def _find_forms(
        self,
        piece: bytes,
        words: NDArray[np.uint64],
        start: NDArray[np.int64],
        end: NDArray[np.int64],
    ) -> NDArray[np.int64] | None:
        """Tell the form of each cell by how its attributes are written: a sheet has few ways."""
        length = end - start
        if length.min() < 0 or length.max() > _LONGEST_FORM:
            return None
        low = words[start] & _LOW[np.minimum(length, 8)]
        high = words[start + 8] & _LOW[np.maximum(length - 8, 0)]
        forms = np.full(len(start), -1, dtype=np.int64)
        for number, (one, two) in enumerate(self.words):
            forms[(low == one) & (high == two)] = number
        while len(rest := np.flatnonzero(forms < 0)):
            n = rest[0]
            said = _FORM.fullmatch(piece[start[n] : end[n]])
            if said is None or len(self.words) > 1_000:
                return None
            forms[(low == low[n]) & (high == high[n])] = len(self.words)
            self.words.append((low[n], high[n]))
            self.known.append(Form(int(said[1] or 0), (said[2] or b"n").decode()))
        return forms


def _agree(words: NDArray[np.uint64], places: NDArray[np.int64], text: bytes) -> bool:
    """Whether the same few letters stand at each place."""
    wanted = np.uint64(int.from_bytes(text, "little"))
    return bool(((words[places] & _LOW[len(text)]) == wanted).all())


def read_numbers(words: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Read the digits that words of eight letters begin with; return numbers and their lengths.

    All eight at once: digits become their values, the two, four and eight beside each other are
    added up with the weights of their places.

    >>> words = np.frombuffer(b"12</v>  007\\"    ", dtype=np.uint64)
    >>> [found.tolist() for found in read_numbers(words)]
    [[12, 7], [2, 3]]
    """
    # A byte of a digit is 0 to 9 after this, and no other one is.
    digits = words ^ np.uint64(0x3030303030303030)
    other = (digits + np.uint64(0x7676767676767676)) | digits
    other &= np.uint64(0x8080808080808080)
    lowest = other & (~other + np.uint64(1))
    bits = np.bitwise_count(lowest - np.uint64(1)) & np.uint8(0x78)
    digits = np.where(bits > 0, digits << (np.uint64(64) - bits), np.uint64(0))
    digits = digits * np.uint64(10) + (digits >> np.uint64(8))
    pairs = np.uint64(0x000000FF000000FF)
    high = (digits & pairs) * np.uint64(0x000F424000000064)
    low = ((digits >> np.uint64(16)) & pairs) * np.uint64(0x0000271000000001)
    return ((high + low) >> np.uint64(32)).astype(np.int64), (bits >> np.uint8(3)).astype(np.int64)
