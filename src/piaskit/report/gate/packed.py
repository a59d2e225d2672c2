"""A gzip file, such as an SVG that was packed: what it holds."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

from piaskit.report.gate.passage import Dig, Passage, Unreadable, unzip


def read(data: bytes, dig: Dig) -> Iterator[Passage]:
    """Yield the passages of the file inside."""
    try:
        inside = unzip(data)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Unreadable(f"a gzip file that cannot be unpacked ({error})") from None
    yield from dig("unpacked", inside)
