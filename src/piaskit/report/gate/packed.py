"""A gzip file, such as an SVG that was packed: what it holds."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator

from piaskit.report.gate.passage import LARGEST, Dig, Passage, TooMuch, Unreadable


def read(data: bytes, dig: Dig) -> Iterator[Passage]:
    """Yield the passages of the file inside."""
    try:
        with gzip.open(io.BytesIO(data)) as file:
            inside = file.read(LARGEST + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Unreadable(f"a gzip file that cannot be unpacked ({error})") from None
    if len(inside) > LARGEST:
        raise TooMuch(f"unpacks to more than {LARGEST // 2**20} MB")
    yield from dig("unpacked", inside)
