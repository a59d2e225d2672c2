"""The record of a template: how a report is arranged, worded and coloured by an organisation."""

from __future__ import annotations

import base64
import binascii
from io import BytesIO
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from piaskit.knowledge.records import Header, Id, Record, Text

LARGEST_LOGO = 60_000  # bytes
LONGEST_SIDE, WIDEST = 4_000, 12  # pixels, and times as wide as high: it must fit above a title
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3: text of normal size
_PNG = b"\x89PNG\r\n\x1a\n"
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


class Chapter(Record):
    """Sections in the order in which they stand; with a title they stand below a heading."""

    id: Id | None = None
    title: Text | None = None
    text: Text | None = None
    sections: tuple[Id, ...]

    @model_validator(mode="after")
    def _pair(self) -> Chapter:
        if (self.title is None) != (self.id is None):
            raise ValueError("a chapter with a title has an id, and one without has none")
        if self.text is not None and self.title is None:
            raise ValueError("only a chapter with a title has a text")
        return self


class TextBlock(Record):
    """A text of the organisation's own, at the beginning or the end of a section."""

    section: Id
    at: Literal["start", "end"] = "start"
    text: Text
    style: Literal["normal", "lead", "note"] = "normal"


class Logo(Record):
    """A picture as base64 of a PNG file, and words for those who do not see it."""

    png: str
    alt: Text

    @model_validator(mode="after")
    def _look(self) -> Logo:
        try:
            data = base64.b64decode("".join(self.png.split()), validate=True)
        except binascii.Error:
            raise ValueError("png is no base64") from None
        if not data.startswith(_PNG):
            raise ValueError("png is no PNG file")
        if len(data) > LARGEST_LOGO:
            raise ValueError(f"the logo is larger than {LARGEST_LOGO:,} bytes")
        width, height = _measure_png(data)
        if max(width, height) > LONGEST_SIDE or width > WIDEST * height:
            raise ValueError(
                f"the logo is {width:,} by {height:,} pixels; at most {LONGEST_SIDE:,} a side, and "
                f"{WIDEST} times as wide as high"
            )
        return self


def _measure_png(data: bytes) -> tuple[int, int]:
    """Return width and height of a PNG that a reader of pictures opens to its end."""
    from PIL import Image

    try:
        # Sizes first: a small file may unpack to gigabytes.
        with Image.open(BytesIO(data), formats=("PNG",)) as picture:
            size: tuple[int, int] = picture.size
            if max(size) <= LONGEST_SIDE:
                picture.load()
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError):
        raise ValueError("png is damaged: no picture can be read from it") from None
    return size


class Template(Header):
    """A file of ``templates/``: order, headings, texts, colour and logo of a report.

    Sections that no chapter names follow in their usual order: nothing gets lost.
    """

    editions: tuple[Literal["internal", "public"], ...] = ("internal", "public")
    subtitle: Text | None = None
    accent: Colour | None = None
    logo: Logo | None = None
    chapters: tuple[Chapter, ...] = Field(default_factory=tuple)
    blocks: tuple[TextBlock, ...] = Field(default_factory=tuple)

    @model_validator(mode="after")
    def _read(self) -> Template:
        if self.accent is not None and measure_contrast(self.accent) < LEAST_CONTRAST:
            raise ValueError(
                f"accent {self.accent} on white has a contrast of "
                f"{measure_contrast(self.accent):.1f}, below {LEAST_CONTRAST}"
            )
        named = [section for chapter in self.chapters for section in chapter.sections]
        if len(set(named)) < len(named):
            raise ValueError("a section stands in two chapters")
        return self


def measure_contrast(colour: str) -> float:
    """Return the contrast of a colour on white (WCAG 2.2), from 1 to 21.

    >>> measure_contrast("#000000"), round(measure_contrast("#17495c"), 1)
    (21.0, 9.8)
    """
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 1.05 / (light + 0.05)
