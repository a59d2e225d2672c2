"""The fonts of printed reports, and what to do with characters they lack.

Only fonts that come with the installed packages are used, so a report looks alike on every machine.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from piaskit.kept import keep
from piaskit.report.document import name_code, reveal_controls

if TYPE_CHECKING:
    import typst

FAMILIES = ("Noto Sans SC", "DejaVu Sans")  # the second for other scripts and signs
_NO_GLYPH_NEEDED = frozenset("\n\t\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
# Marks of writing from right to left: typst drops them where nothing else is written so.
_DROPPED = re.compile("[\u061c\u200f]")


@cache
def find_fonts() -> tuple[Path, ...]:
    """Return the font files of ``FAMILIES``, in that order."""
    import pylopdf_fonts_zh_cn

    found = [pylopdf_fonts_zh_cn.sans_path()]
    matplotlib = find_spec("matplotlib")
    if matplotlib is not None and matplotlib.origin is not None:
        found.append(
            Path(matplotlib.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
        )
    return tuple(path for path in found if path.is_file())


@cache
def load_fonts() -> typst.Fonts:
    """Return the fonts for typst, which looks at no others."""
    import typst

    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[path.parent for path in find_fonts()],
    )


@cache
def read_coverage() -> tuple[frozenset[str], ...]:
    """Return the characters that each of the fonts has."""
    fonts = ((path, path.stat()) for path in find_fonts())
    seals = (f"{p} {file.st_size} {file.st_mtime_ns} {file.st_ctime_ns}" for p, file in fonts)
    glyphs = keep("glyphs", _list_glyphs, [Path(__file__).parent], *seals)
    return tuple(frozenset(font) | _NO_GLYPH_NEEDED for font in glyphs)


def _list_glyphs() -> tuple[str, ...]:
    from fontTools.ttLib import TTFont

    found = []
    for path in find_fonts():
        with TTFont(path, lazy=True) as font:
            found.append("".join(map(chr, font.getBestCmap())))
    return tuple(found)


def replace_missing(text: str) -> tuple[str, int]:
    """Put ``[U+code]`` where no font has a glyph; return the text and how many were put.

    A character and the marks on it need one font that has them all.

    >>> replace_missing("数据 data")
    ('数据 data', 0)
    >>> replace_missing("a\\U0010fffd")
    ('a[U+10FFFD]', 1)
    >>> replace_missing("a\\u200fb")
    ('a[U+200F]b', 1)
    """
    if text.isascii() and text.isprintable():
        return text, 0
    shown, count = reveal_controls(text)
    if _DROPPED.search(shown) and not _turns_left(_DROPPED.sub("", shown)):
        shown, dropped = _DROPPED.subn(lambda found: name_code(found[0]), shown)
        count += dropped
    fonts = read_coverage()
    if fonts[0].issuperset(shown):
        return shown, count
    parts = []
    for cluster in _split_clusters(shown):
        if not any(font.issuperset(cluster) for font in fonts):
            base, marks = cluster[0], list(cluster[1:])
            lacking = marks if any(base in font for font in fonts) else list(cluster)
            count += len(lacking)
            cluster = cluster[: len(cluster) - len(lacking)] + "".join(map(name_code, lacking))
        parts.append(cluster)
    return "".join(parts), count


def _turns_left(text: str) -> bool:
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)


def _split_clusters(text: str) -> list[str]:
    clusters: list[str] = []
    for character in text:
        if clusters and unicodedata.category(character).startswith("M"):
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters
