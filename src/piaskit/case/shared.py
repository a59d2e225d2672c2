"""What the parts of a workbook say besides its cells: the texts these share, and styles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_MOST_ODD = 500_000  # texts that are looked at one by one
_OPEN, _KEPT, _CLOSE = b"<t>", b'<t xml:space="preserve">', b"</t></si>"
_PHONETIC = (
    r"<phoneticPr\b[^<>]*/>"  # how to read a text aloud; programs for Chinese add it to each
)
_RUBY = re.compile(rb"<rPh\b.*?</rPh>", re.DOTALL)
_RUN = re.compile(rb"<t(?:\s[^<>]*)?>([^<]*)</t>")
_ENTITY = re.compile(r"&(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|(\w+));|&")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_QUIET = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]|general', re.IGNORECASE)
# Formats without a code of their own: days, and what tells a time or depends on the language.
_DAYS, _TIMES = (
    frozenset({14, 15, 16, 17}),
    frozenset({*range(18, 23), *range(27, 37), *range(45, 48), *range(50, 59)}),
)


@dataclass(frozen=True, slots=True)
class Styles:
    """Which styles show a number as a day, and which show it as something rarer."""

    days: frozenset[int] = frozenset()
    rare: frozenset[int] = frozenset()


def read_styles(data: bytes) -> Styles:
    """Read from the part of styles how each of them shows a number."""
    tree = ElementTree.fromstring(data)
    codes = {
        int(f.get("numFmtId", -1)): f.get("formatCode", "") for f in tree.iter() if _is(f, "numFmt")
    }
    forms = next((found for found in tree if _is(found, "cellXfs")), ())
    days, rare = set(), set()
    for number, form in enumerate(forms):
        id = int(form.get("numFmtId") or 0)
        quiet = _QUIET.sub("", codes.get(id, "").partition(";")[0]).casefold()
        if id in _DAYS or (set("dy") <= set(quiet) and not set("hs[") & set(quiet)):
            days.add(number)
        elif id in _TIMES or set("dmyhs[") & set(quiet):
            rare.add(number)
    return Styles(frozenset(days), frozenset(rare))


def _is(element: Any, name: str) -> bool:
    return bool(element.tag.rpartition("}")[2] == name)


def read_shared(data: bytes) -> pa.Array | None:
    """Return the shared texts of a workbook in their order; None where they are written otherwise.

    >>> data = b"<sst><si><t>a &amp; b</t></si><si><r><t>c</t></r><r><t>d</t></r></si></sst>"
    >>> read_shared(data).to_pylist()
    ['a & b', 'cd']
    """
    whole = pa.array([data], pa.large_binary())
    if b"<phoneticPr" in data:
        whole = pc.replace_substring_regex(whole, _PHONETIC, "")
    parts = pc.split_pattern(whole, b"<si>").values[1:]
    if not len(parts) or b"<si " in data or b"<si/" in data or b":si" in data:
        return None if len(parts) else pa.array([], pa.large_string())
    last = parts[-1].as_py().partition(b"</sst>")[0]
    parts = pa.concat_arrays([parts[:-1], pa.array([last], pa.large_binary())])
    texts = _cut(parts)
    simple = pc.is_valid(texts)
    rest = np.flatnonzero(~simple.to_numpy(zero_copy_only=False))
    if len(rest) > _MOST_ODD:
        return None
    if len(rest):
        joined = [_join_runs(part) for part in parts.take(pa.array(rest)).to_pylist()]
        if None in joined:
            return None
        texts = pc.replace_with_mask(texts, pc.invert(simple), pa.array(joined, pa.large_binary()))
    try:
        texts = texts.cast(pa.large_string())
    except pa.ArrowInvalid:  # no UTF-8
        return None
    return _unescape(texts)


def _cut(parts: pa.Array) -> pa.Array:
    """Return the text between the tags of each part; blank where something else stands there."""
    kept = pc.starts_with(parts, _KEPT).to_numpy(zero_copy_only=False)
    fine = pc.or_(pc.starts_with(parts, _OPEN), pc.starts_with(parts, _KEPT))
    fine = pc.and_(fine, pc.ends_with(parts, _CLOSE))
    # Opening and closing tag of the text, and of the entry that closes.
    fine = pc.and_(fine, pc.equal(pc.count_substring(parts, b"<"), 3))
    _, offsets, letters = parts.buffers()
    place = np.frombuffer(offsets, dtype=np.int64)[parts.offset : parts.offset + len(parts) + 1]
    good = fine.to_numpy(zero_copy_only=False)
    start = np.where(good, place[:-1] + np.where(kept, len(_KEPT), len(_OPEN)), place[:-1])
    end = np.where(good, place[1:] - len(_CLOSE), place[:-1])
    borders = np.append(np.column_stack([start, end]).ravel(), place[-1])
    pieces = pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), len(borders) - 1, [None, pa.py_buffer(borders), letters]
    )
    return pc.if_else(fine, pieces.take(pa.array(np.arange(0, 2 * len(parts), 2))), None)


def _join_runs(part: bytes) -> bytes | None:
    """Return the text of an entry that is written in several runs; None for other markup."""
    part = _RUBY.sub(b"", part)
    runs = _RUN.findall(part)
    whole = (
        part.count(b"</t>") == len(runs) and part.rstrip().endswith(b"</si>") and b"<!" not in part
    )
    return b"".join(runs) if whole else None


def _unescape(texts: pa.Array) -> pa.Array | None:
    """Replace entities and the escapes of spreadsheets; None where one means no character."""
    escaped = pc.match_substring_regex(texts, "&|_x[0-9A-Fa-f]{4}_")
    count = pc.sum(escaped).as_py() or 0
    if not count or count > _MOST_ODD:
        return None if count else texts
    try:
        plain = [
            _ESCAPE.sub(_read_escape, _ENTITY.sub(_read_entity, text))
            for text in texts.filter(escaped).to_pylist()
        ]
        return pc.replace_with_mask(texts, escaped, pa.array(plain, texts.type))
    except (ValueError, KeyError):
        return None


def _read_entity(found: re.Match[str]) -> str:
    if found[1] or found[2]:
        return chr(int(found[1]) if found[1] else int(found[2], 16))
    return _NAMED[found[3]]


def _read_escape(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))
