"""Every text that can be got out of a file: seen or hidden, packed, encoded, attached.

What a file is, its first bytes say; its name may lie. Each kind has one module beside this one
with ``read(data, dig)``, which yields passages itself and hands packed parts to ``dig``.
"""

from __future__ import annotations

import base64
import binascii
import importlib
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import TypeAlias
from urllib.parse import unquote

DEEPEST = 6  # files within files
LARGEST = 256 * 2**20  # bytes of all parts of one file together, unpacked

_BASE64 = re.compile(r"[A-Za-z0-9+/\-_]{16,}={0,2}")
_ESCAPE = re.compile(r"\\+(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))")
_CSS = re.compile(r"\\([0-9a-fA-F]{2,6}) ?")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}[\s]?){8,}")


class Unreadable(Exception):
    """A file or a part of one that cannot be looked into; the message says why."""


class TooMuch(Unreadable):
    """Parts that unpack to more than is looked through."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text and the place in its file, such as ``page 3`` or ``xl/comments1.xml``.

    ``noisy`` text has bytes or drawing operators in it, where short values stand by chance.
    """

    place: str
    text: str
    noisy: bool = False


Dig: TypeAlias = Callable[[str, bytes], Iterator[Passage]]


def read_passages(data: bytes) -> Iterator[Passage]:
    """Yield every text of a file, those in attachments and encodings too.

    Raises Unreadable for what is encrypted or broken, TooMuch for what unpacks without end.

    >>> sorted({p.text.strip() for p in read_passages(b"<p>caf&eacute;</p>")})
    ['<p>caf&eacute;</p>', '<p>café</p>', 'caf&eacute;', 'café']
    """
    spent = 0
    decoded: set[tuple[str, bool]] = set()

    def dig_at(depth: int) -> Dig:
        def dig(place: str, part: bytes) -> Iterator[Passage]:
            nonlocal spent
            spent += len(part)
            if spent > LARGEST:
                raise TooMuch(f"unpacks to more than {LARGEST // 2**20} MB")
            if depth > DEEPEST:
                raise TooMuch(f"holds files within files, more than {DEEPEST} deep")
            kind = name_kind(part)
            module = importlib.import_module(f"piaskit.report.gate.{kind}")
            inner = dig_at(depth + 1)
            for passage in module.read(part, inner):
                where = f"{place}, {passage.place}".strip(", ") if passage.place else place
                yield Passage(where, passage.text, passage.noisy)
                said = (passage.text, passage.noisy)
                if kind != "raw" and said not in decoded:
                    decoded.add(said)
                    yield from _decode(where, passage.text, passage.noisy, inner)

        return dig

    yield from dig_at(0)("", data)


def name_kind(data: bytes) -> str:
    """Name the module that reads a file, after its first bytes.

    >>> name_kind(b"%PDF-1.7"), name_kind(b"PK\\x03\\x04"), name_kind("文".encode())
    ('pdf', 'archive', 'text')
    """
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "archive"
    if data[:8] == b"\x89PNG\r\n\x1a\n" or data[:3] == b"\xff\xd8\xff" or data[:4] == b"GIF8":
        return "image"
    if data[:4] in (b"RIFF", b"II*\x00", b"MM\x00*"):
        return "image"
    if data[:2] == b"\x1f\x8b":
        return "packed"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "text"
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return "raw"
    return "raw" if "\x00" in text else "text"


def inflate(data: bytes, most: int = LARGEST) -> bytes:
    """Return what a zlib, gzip or bare deflate stream holds, whatever follows it; b"" if none."""
    for bits in (zlib.MAX_WBITS, zlib.MAX_WBITS | 16, -zlib.MAX_WBITS):
        try:
            found = zlib.decompressobj(bits).decompress(data, most + 1)
        except zlib.error:
            continue
        if len(found) > most:
            raise TooMuch(f"unpacks to more than {most // 2**20} MB")
        if found:
            return found
    return b""


def _decode(place: str, text: str, noisy: bool, dig: Dig) -> Iterator[Passage]:
    """Yield a text once more in every notation it may be written in."""
    plain = unescape(text)
    forms = {
        plain,
        _CSS.sub(_character, plain) if "\\" in plain else plain,
        _ESCAPE.sub(_character, plain) if "\\" in plain else plain,
        unquote(plain) if "%" in plain else plain,
    }
    for form in sorted(forms - {text}):
        yield Passage(place, form, noisy)
    for match in _BASE64.finditer(plain):
        part = _from_base64(match[0])
        if part:
            yield from dig(f"{place}, base64", part)
    for match in _HEX.finditer(plain):
        digits = "".join(match[0].split())
        part = bytes.fromhex(digits[: len(digits) // 2 * 2])
        if _is_writing(part):
            yield Passage(f"{place}, hex", part.decode("utf-8"))


def _character(match: re.Match[str]) -> str:
    code = int(next(group for group in match.groups() if group), 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "�"


def _from_base64(word: str) -> bytes:
    """Return what a word of base64 says when that is a known file or writing, else nothing."""
    word = word.rstrip("=").replace("-", "+").replace("_", "/")
    word = word[: len(word) - (len(word) % 4 == 1)]
    try:
        part = base64.b64decode(word + "=" * (-len(word) % 4), validate=True)
    except binascii.Error:
        return b""
    return part if name_kind(part) not in ("raw", "text") or _is_writing(part) else b""


def _is_writing(part: bytes) -> bool:
    try:
        text = part.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return len(text) > 2 and all(c.isprintable() or c in "\r\n\t" for c in text)
