"""Pictures: what stands beside the pixels, such as a camera's notes or an author's name."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import suppress

from piaskit.report.gate import raw
from piaskit.report.gate.passage import Dig, Passage, Unreadable

PNG = b"\x89PNG\r\n\x1a\n"
PIXELS = 100_000_000
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of a pixel, by the kind of colour of a PNG
_PIECE = 2**20  # bytes that are unpacked at a time


def read(data: bytes, dig: Dig) -> Iterator[Passage]:
    """Yield text chunks, EXIF, XMP, comments, and the bytes themselves with what is appended."""
    from PIL import ExifTags, Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as picture:
                if picture.width * picture.height > PIXELS:
                    raise Unreadable(f"a picture of more than {PIXELS:,} pixels")
                picture.load()
                noted = dict(picture.info) | dict(getattr(picture, "text", {}))
                exif = picture.getexif()
    except (OSError, SyntaxError, ValueError) as error:
        raise Unreadable(f"a picture that cannot be opened ({error})") from None
    for name, value in noted.items():
        yield from _tell(str(name), value)
    for directory in (exif, *(exif.get_ifd(id) for id in ExifTags.IFD)):
        for tag, value in directory.items():
            yield from _tell(f"EXIF {ExifTags.TAGS.get(tag, tag)}", value)
    yield from raw.read(data, dig, _leave_out_pixels(data))


def _leave_out_pixels(data: bytes) -> bytes:
    """Return a PNG without its packed pixels, where they are all that is packed there."""
    if data[:8] != PNG:
        return data
    parts, packed, at = [data[:8]], [], 8
    while len(head := data[at : at + 8]) == 8:
        end = at + 12 + int.from_bytes(head[:4], "big")
        if head[4:] == b"IDAT":
            packed.append(data[at + 8 : end - 4])
        else:
            parts.append(data[at:end])
        at = end
    parts.append(data[at:])
    return b"".join(parts) if holds_pixels(data[16:29], b"".join(packed)) else data


def holds_pixels(header: bytes, packed: bytes) -> bool:
    """Tell whether a zlib stream holds the pixels of a PNG, no byte more, and nothing after it."""
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if interlaced or colour not in _SAMPLES:
        return False
    left = height * (1 + (width * depth * _SAMPLES[colour] + 7) // 8)
    stream = zlib.decompressobj()
    with suppress(zlib.error):
        while packed and left >= 0:
            left -= len(stream.decompress(packed, _PIECE))
            packed = stream.unconsumed_tail
    return left == 0 and stream.eof and not stream.unused_data


def _tell(place: str, value: object) -> Iterator[Passage]:
    yield Passage(place, place)
    if isinstance(value, bytes):
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            yield Passage(place, value.decode(encoding, "replace"))
    else:
        yield Passage(place, str(value))
