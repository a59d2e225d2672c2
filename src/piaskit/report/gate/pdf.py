"""PDF: text layer, metadata, outline, notes, alternative texts, attachments, earlier revisions."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader, generic

from piaskit.report.gate import raw
from piaskit.report.gate.content import extract_text, join_strings
from piaskit.report.gate.passage import Dig, Passage, TooMuch, Unreadable, inflate, name_kind

REVISIONS = 20
_STREAM = re.compile(rb"stream\r?\n")
_REVISION = re.compile(rb"%%EOF\s*")
_WRITTEN = ("text", "raw")


def read(data: bytes, dig: Dig) -> Iterator[Passage]:
    """Yield the words of each page, every string of every object, and every stream unpacked."""
    ends = [match.end() for match in _REVISION.finditer(data)] or [len(data)]
    if len(ends) > REVISIONS:
        raise TooMuch(f"a PDF of more than {REVISIONS} revisions")
    reached: set[bytes] = set()
    for number, end in enumerate(ends, 1):
        last = number == len(ends)
        try:
            found = list(_read_revision(data if last else data[:end], dig, reached))
        except Unreadable:
            raise
        except Exception as error:  # a broken file breaks a parser in any way
            if last:
                raise Unreadable(f"a PDF that cannot be read ({type(error).__name__})") from None
            continue
        for passage in found:
            place = passage.place if last else f"revision {number}, {passage.place}"
            yield Passage(place, passage.text, passage.noisy)
    yield from raw.read(_unpack_rest(data, reached), dig)


def _read_revision(data: bytes, dig: Dig, reached: set[bytes]) -> Iterator[Passage]:
    logging.getLogger("pypdf").setLevel(logging.ERROR)
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted:
        raise Unreadable("an encrypted PDF")
    for number, page in enumerate(reader.pages, 1):
        yield Passage(f"page {number}", extract_text(page))
    for name, value in (reader.metadata or {}).items():
        yield Passage(f"metadata {name}", str(value))
    ids = {id for table in reader.xref.values() for id in table} | set(reader.xref_objStm)
    for id in sorted(ids - {0}):
        strings: list[str] = []
        streams: list[generic.StreamObject] = []
        _collect(reader.get_object(id), strings, streams)
        yield Passage(f"object {id}", "\n".join(strings))
        for stream in streams:
            yield from _read_stream(f"object {id}, stream", stream, dig, reached)


def _collect(value: Any, strings: list[str], streams: list[generic.StreamObject]) -> None:
    """Gather the strings, names and streams of one object; others it points to have their turn."""
    if isinstance(value, generic.TextStringObject):
        strings.append(str(value))
    elif isinstance(value, generic.ByteStringObject):
        strings += [bytes(value).decode(code, "replace") for code in ("utf-8", "utf-16-be")]
    elif isinstance(value, generic.NameObject):
        strings.append(str(value)[1:])
    elif isinstance(value, generic.ArrayObject):
        for part in value:
            _collect(part, strings, streams)
    elif isinstance(value, generic.DictionaryObject):
        for key, part in value.items():
            strings.append(str(key)[1:])
            _collect(part, strings, streams)
        if isinstance(value, generic.StreamObject):
            streams.append(value)


def _read_stream(
    place: str, stream: generic.StreamObject, dig: Dig, reached: set[bytes]
) -> Iterator[Passage]:
    kind, form = stream.get("/Type"), stream.get("/Subtype")
    packed = bytes(stream._data)
    reached.add(packed.strip())
    if form == "/Image" and stream.get("/Filter") == "/DCTDecode":
        yield from dig(f"{place}, picture", packed)
        return
    fonts = ("/Type1C", "/CIDFontType0C", "/OpenType")
    if form == "/Image" or form in fonts or "/Length1" in stream or kind == "/XRef":
        return  # pixels and outlines of letters
    try:
        data = bytes(stream.get_data())
    except Exception as error:  # a broken or unknown filter, of whatever library
        raise Unreadable(f"{place} cannot be unpacked ({type(error).__name__})") from None
    if kind in ("/Metadata", "/EmbeddedFile", "/Filespec") or name_kind(data) not in _WRITTEN:
        yield from dig(place, data)
    else:
        yield Passage(place, join_strings(data), noisy=True)


def _unpack_rest(data: bytes, reached: set[bytes]) -> bytes:
    """Return a file with its packed streams replaced by what they hold, where that is writing.

    Streams that an object leads to were read there. What remains is between objects, or left
    behind by an earlier revision.

    >>> _unpack_rest(b"1 0 obj stream\\nabc\\nendstream", set())
    b'1 0 obj abc endstream'
    """
    parts, at = [], 0
    for match in _STREAM.finditer(data):
        if match.start() < at or data[match.start() - 3 : match.start()] == b"end":
            continue
        end = data.find(b"endstream", match.end())
        if end < 0:
            break
        packed = data[match.end() : end].strip()
        inside = b"" if packed in reached else inflate(data[match.end() : end]) or packed
        parts += [data[at : match.start()], inside if _is_writing(inside) else b"", b" "]
        at = end
    return b"".join([*parts, data[at:]])


def _is_writing(data: bytes) -> bool:
    """Say whether bytes are more than fonts or pixels, by their beginning."""
    start = data[:4096]
    return sum(byte >= 32 or byte in (9, 10, 13) for byte in start) >= 0.9 * len(start)
