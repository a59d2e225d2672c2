"""Where the links of a printed report lead, put into the finished file.

Typst is given the number of an anchor in an address of a scheme of its own, so that it need not lay
out every linked cell again when it knows the place of that anchor. The addresses become
destinations here, and the table that tells where each object of the file begins follows.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import TypeAlias

Place: TypeAlias = tuple[int, float, float]  # number of a page, points from its left and upper edge

_LINK = rb"/A<</Type/Action/S/URI/URI\(%b:(\d+)\)>>(/F \d+/StructParent \d+)/Contents\(%b:\d+\)"
_PAGE = re.compile(rb"\n(\d+) 0 obj\n<</Type/Page/[^\[]*/MediaBox\[0 0 \S+ ([\d.]+)\]")
_TABLE = re.compile(rb"xref\n0 \d+\n.{20}((?:\d{10} \d{5} n..)+)(.*startxref\n)(\d+)", re.DOTALL)
ABOVE = 10.0  # points of the page shown above a place


def name_scheme(content: str) -> str:
    """Return the scheme of the addresses in a file of this content, which no text in it can name.

    >>> name_scheme("content")
    'anchor-ed7002b439e9ac84'
    """
    return "anchor-" + hashlib.sha256(content.encode()).hexdigest()[:16]


def set_destinations(content: bytes, places: Sequence[Place], said: str, scheme: str) -> bytes:
    """Let the links of a file that typst wrote lead to ``places``, by the number in their address.

    The addresses are ``<scheme>:<number>``; ``said`` is what a reader hears of a link, with
    ``{page}`` and ``{pages}`` in it.

    Raises ValueError when the file is not written as expected, so that a link would lead nowhere.
    """
    import numpy as np

    pages = [(int(number), float(height)) for number, height in _PAGE.findall(content)]
    links = [_write_link(place, pages, said) for place in places]
    parts, ends, grown = [], [], [0]
    start = more = 0
    name = scheme.encode()
    for found in re.finditer(_LINK % (name, name), content):
        target, words = links[int(found[1])]
        link = b"%b%b/Contents%b" % (target, found[2], words)
        parts += [content[start : found.start()], link]
        start = found.end()
        more += len(link) - (found.end() - found.start())
        ends.append(start)
        grown.append(more)
    rest = content[start:]
    table = _TABLE.search(rest, max(rest.rfind(b"\nxref\n0 "), 0))
    if table is None or content.count(b"URI(%b:" % name) != len(ends):
        raise ValueError("this release of typst writes links or tables in another form")
    entries, between, begin = table.groups()
    before = np.array([int(entries[n : n + 10]) for n in range(0, len(entries), 20)])
    after = before + np.array(grown)[np.searchsorted(ends, before)]
    parts += [rest[: table.start(1)], *(b"%010d 00000 n \n" % place for place in after.tolist())]
    parts += [between, b"%d" % (int(begin) + more), rest[table.end() :]]
    return b"".join(parts)


def _write_link(place: Place, pages: list[tuple[int, float]], said: str) -> tuple[bytes, bytes]:
    number, x, y = place
    page, height = pages[number - 1]
    words = said.format(page=number, pages=len(pages)).encode("utf-16-be").hex().upper()
    target = b"/Dest[%d 0 R/XYZ %.2f %.2f 0]" % (page, x, height - max(y - ABOVE, 0.0))
    return target, b"<FEFF%b>" % words.encode()
