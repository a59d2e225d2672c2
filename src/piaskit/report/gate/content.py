"""The content streams of a PDF: their strings, and what they do to the text of a page."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from pypdf import PageObject, generic

Operation: TypeAlias = tuple[list[Any], bytes]

# What shows text, or moves it; whatever only draws is left out.
_TELLING = frozenset(b"BT ET q Q cm Tz Tc Tw TL Tf Td TD Tm T* Tj TJ ' \" Do".split())
_LITERAL = rb"\(([^\\()]*+(?:(?:\\.|\((?:\\.|[^\\()])*+\))[^\\()]*+)*+)\)"
_HEX = rb"<([0-9A-Fa-f\s]*)>"
_TOKEN = re.compile(
    rb"\s*+(?:([-+.\d][-+.\d\s]*+)|%s|%s" % (_LITERAL, _HEX)
    + rb"|(/[^\s()<>\[\]{}/%#]*+)|([A-Za-z'\"][A-Za-z0-9*]*+)|([\[\]])|<<|>>|%[^\r\n]*+)",
    re.DOTALL,
)
_NUMBERS, _TEXT, _CODE, _NAME, _OPERATOR, _BRACKET = range(1, 7)
_STRING = re.compile(rb"%s|%s|%%([^\r\n]*)|([\[\]])" % (_LITERAL, _HEX), re.DOTALL)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.DOTALL)
_LIKE_PYTHON = re.compile(rb"(?:[^\\]+|\\(?:[0-3][0-7][0-7]|[nrtbf\\]))*+")
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f",
            b"\n": b"", b"\r": b"", b"\r\n": b""}  # fmt: skip


class _Content(generic.ContentStream):
    """A content stream that is read at once where it is plain, by pypdf byte by byte elsewhere."""

    @property  # type: ignore[misc]  # nobody sets what is read
    def operations(self) -> list[Operation]:
        plain = read_operations(self.get_data())
        return super().operations if plain is None else plain


def extract_text(page: PageObject) -> str:
    """Return the text layer of a page, as pypdf puts it together."""
    key = generic.NameObject("/Contents")
    try:
        content = _Content(page[key], page.pdf, "bytes")
    except (AttributeError, KeyError):
        return ""
    kept, page[key] = page.raw_get(key), content
    try:
        return page.extract_text()
    finally:
        page[key] = kept


def read_operations(data: bytes) -> list[Operation] | None:
    """Return the operations of a content stream that tell of text; None where it is not plain.

    An inline image, an escaped name and what is no content stream at all are not plain.

    >>> read_operations(b"q 1 .5 .5 rg BT /F1 9 Tf [(Quo) -20 <6b>] TJ ET Q")[2:4]
    [(['/F1', 9.0], b'Tf'), ([[b'Quo', -20.0, b'k']], b'TJ')]
    >>> read_operations(b"BI /W 1 ID x EI")
    """
    found: list[Operation] = []
    operands: list[Any] = []
    row: list[Any] | None = None
    at = 0
    for match in _TOKEN.finditer(data):
        start, end = match.span()
        if start != at:
            return None
        at, kind = end, match.lastindex
        into = operands if row is None else row
        if kind == _TEXT:
            into.append(unescape(match[_TEXT]))
        elif kind == _NUMBERS:
            try:
                into += map(float, match[_NUMBERS].split())
            except ValueError:
                return None
        elif kind == _OPERATOR:
            operator = match[_OPERATOR]
            if operator == b"BI" or row is not None:
                return None
            if operator in _TELLING:
                found.append((operands, operator))
            operands = []
        elif kind == _NAME:
            into.append(generic.NameObject(match[_NAME].decode("latin-1")))
        elif kind == _CODE:
            into.append(read_hex(match[_CODE]))
        elif kind == _BRACKET:
            if (match[_BRACKET] == b"[") != (row is None):
                return None
            if row is not None:
                operands.append(generic.ArrayObject(row))
            row = [] if row is None else None
    return found if row is None and not data[at:].strip() else None


def join_strings(data: bytes) -> str:
    """Return the strings and comments of a stream, the pieces of one array in one word.

    >>> join_strings(b"BT [(Quo) -20 (kka)] TJ 1 0 0 1 7 7 cm <0041> Tj ET % note")
    'Quokka\\nA\\nnote'
    """
    lines: list[str] = []
    inside = False
    for match in _STRING.finditer(data):
        literal, code, comment, bracket = match.groups()
        if bracket:
            inside = bracket == b"["
            lines += [""] * inside
            continue
        if literal is not None:
            word = unescape(literal).translate(None, b"\b\f").decode("latin-1")
        elif code is not None:
            word = _decode_hex(read_hex(code))
        else:
            word = comment.decode("utf-8", "replace").strip()
        if inside and lines and comment is None:
            lines[-1] += word
        else:
            lines.append(word)
    return "\n".join(line for line in lines if line)


def unescape(literal: bytes) -> bytes:
    r"""Return the bytes that a literal string stands for.

    >>> unescape(rb"\101\(b\)")
    b'A(b)'
    """
    if b"\\" not in literal:
        return literal
    if _LIKE_PYTHON.fullmatch(literal):
        return literal.decode("unicode_escape").encode("latin-1")  # five times as fast
    return _ESCAPE.sub(_unescape, literal)


def _unescape(match: re.Match[bytes]) -> bytes:
    code = match[1]
    if code[:1] in b"01234567":
        return bytes([int(code, 8) & 255])
    return _ESCAPED.get(code, code)


def read_hex(code: bytes) -> bytes:
    """Return the bytes that a string in hexadecimal digits stands for."""
    digits = b"".join(code.split())
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())


def _decode_hex(data: bytes) -> str:
    return data.decode("utf-16-be", "replace") if len(data) % 2 == 0 else data.decode("latin-1")
