"""ZIP files, workbooks and word-processor files among them: each part, however hidden."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from piaskit.report.gate.passage import LARGEST, Dig, Passage, TooMuch, Unreadable

MOST = 10_000  # parts
_TAG = re.compile(r"<[^<>]*>")


def read(data: bytes, dig: Dig) -> Iterator[Passage]:
    """Yield names, comments and extra fields, then what each part holds, and what stands between.

    A part of Office XML is read with its tags, without them (runs joined) and tag by tag, so that
    hidden sheets, comments, defined names, cached values, properties and revisions are read alike.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST:
                raise TooMuch(f"holds more than {MOST:,} parts")
            if sum(part.file_size for part in parts) > LARGEST:
                raise TooMuch(f"unpacks to more than {LARGEST // 2**20} MB")
            yield from _read_bytes("comment of the archive", archive.comment)
            for part in parts:
                yield Passage("name of a part", part.filename)
                yield from _read_bytes(f"{part.filename}, comment", part.comment)
                yield from _read_bytes(f"{part.filename}, extra", part.extra)
                if part.flag_bits & 1:
                    raise Unreadable(f"{part.filename} is encrypted")
                yield from dig(part.filename, archive.read(part))
            yield from _read_between(data, archive)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise Unreadable(f"an archive that cannot be unpacked ({error})") from None


def _read_bytes(place: str, data: bytes) -> Iterator[Passage]:
    if data:
        for encoding in ("utf-8", "utf-16-le"):
            yield Passage(place, data.decode(encoding, "replace"))


def _read_between(data: bytes, archive: zipfile.ZipFile) -> Iterator[Passage]:
    """What stands before the first part, between parts and after the end of the directory."""
    spans = []
    for part in archive.infolist():
        start = part.header_offset
        name, extra = (
            int.from_bytes(data[start + at : start + at + 2], "little") for at in (26, 28)
        )
        spans.append((start, start + 30 + name + extra + part.compress_size))
    spans.append((archive.start_dir, len(data)))
    end = 0
    for start, stop in sorted(spans):
        if start - end > 16:  # a data descriptor has up to 24 bytes, none of them writing
            yield from _read_bytes("between the parts", data[end:start])
        end = max(end, stop)
    yield from _read_bytes("end of the archive", data[archive.start_dir :])
