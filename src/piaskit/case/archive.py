"""A workbook before it is opened: is it one, is it of a sane size, which cells carry no value."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from piaskit.case.markup import LONGEST_PIECE, Cells, list_shared, read_cells
from piaskit.case.shared import Styles, read_shared, read_styles
from piaskit.errors import InvalidData, Issue, Place, quote

LARGEST_FILE = 200_000_000  # bytes of any file of the inventory
LARGEST_TEXT = 100_000_000  # bytes of a CSV file
LARGEST_BOOK = 256_000_000  # bytes of a workbook, unpacked
LARGEST_STRINGS = 64_000_000  # bytes of its shared strings: each costs far more in memory
MOST_PARTS = 2_000
MOST_COLUMNS = 1_000
MOST_CELLS = 8_000_000  # of one sheet, blank ones between the first and the last included
RATIO, RATIO_FROM = 300, 10_000_000  # how far a large part may have been packed

_OLD = b"\xd0\xcf\x11\xe0"
_SUSPECT = r"\br=[\"'](?:[A-Z]{2,3}\d|[A-Z](?:[3-9]\d{5}|\d{7}))"  # past Z299999
_REF = re.compile(rb"\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']")
_ROW_OR_CELL = re.compile(
    rb"<(?:\w+:)?row\b([^>]*)>|<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL
)
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?(?:/>|>(.*?)</(?:\w+:)?v>)", re.DOTALL)
_FORMULA = re.compile(rb"<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>(.*?)</(?:\w+:)?f>)", re.DOTALL)
_ERROR = re.compile(rb"\bt=[\"']e[\"']")
_TEXT = re.compile(rb"\bt=[\"']str[\"']")
_SHARED = re.compile(rb"<(?:\w+:)?si\b(?:[^>]*/>|.*?</(?:\w+:)?si>)", re.DOTALL)
_SHARING = re.compile(rb"\bt=[\"']s[\"'][^>]*>\s*<(?:\w+:)?v>(\d+)<")
_PIECE = 1 << 20  # bytes of a sheet that are skimmed at a time: as many as the processor keeps
_PACKED = 1 << 16  # bytes that unpack to a few pieces
_TEXTS, _STYLES = "xl/sharedStrings.xml", "xl/styles.xml"
_KINDS = ("sharedStrings", "styles")
_FROM_1904 = re.compile(rb"\bdate1904=[\"'](?:1|true)")
_LARGEST_STYLES = 8_000_000  # bytes
_MARKUP = len("<si><t></t></si>")
_AT = re.compile(rb"\br=[\"']([A-Z]*)(\d+)[\"']")


@dataclass(slots=True)
class Archive:
    """What the parts of a workbook say that its values do not.

    ``broken`` holds, per sheet, the cells without a usable value: (row, position) counted from 1
    and 0, with the slug of the problem and what stands in the cell. ``cells`` holds the sheets that
    could be read at once. ``hidden`` has all sheets of cells in their order, and says which are
    hidden.
    """

    broken: dict[str, dict[tuple[int, int], tuple[str, str]]] = field(default_factory=dict)
    cells: dict[str, Cells] = field(default_factory=dict)
    hidden: dict[str, bool] = field(default_factory=dict)
    texts: pa.Array | None = None  # shared by the cells
    styles: Styles = field(default_factory=Styles)


def name_column(position: int) -> str:
    """Return the letters of a column counted from 0.

    >>> name_column(0), name_column(27)
    ('A', 'AB')
    """
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def inspect_workbook(path: Path, file: str) -> Archive:
    """Look into a workbook without trusting it.

    Raises InvalidData when the file is no workbook, too large when unpacked, or declares XML
    entities.
    """
    head = path.read_bytes()[:4] if path.stat().st_size <= LARGEST_FILE else b""
    if not head:
        refuse("file-too-large", file, f"is empty or larger than {LARGEST_FILE:,} bytes")
    if head == _OLD:
        hint = "save it as .xlsx without a password"
        refuse("not-a-workbook", file, "is an old .xls workbook or has a password", hint)
    try:
        with zipfile.ZipFile(path) as book:
            return _inspect_parts(book, path, file)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OverflowError):
        refuse("not-a-workbook", file, "is no workbook or is damaged", "save it as .xlsx again")
    except (ElementTree.ParseError, KeyError, UnicodeDecodeError, ValueError):
        refuse("not-a-workbook", file, "is a zip file but no workbook", "save it as .xlsx again")
    raise AssertionError


def refuse(slug: str, file: str, message: str, hint: str | None = None) -> None:
    """Raise InvalidData for a whole file."""
    raise InvalidData([Issue(slug, Place(file), message, None, hint)])


def refuse_width(file: str) -> None:
    """Raise InvalidData for a table wider than any table is."""
    hint = "delete stray cells to the right of the table"
    refuse("file-too-large", file, f"has more than {MOST_COLUMNS:,} columns", hint)


def is_oversized(parts: Sequence[zipfile.ZipInfo], largest: int) -> bool:
    """Tell whether the parts of an archive unpack to too much, by number, bytes or packing."""
    return (
        len(parts) > MOST_PARTS
        or sum(part.file_size for part in parts) > largest
        or any(
            part.file_size > RATIO_FROM and part.file_size > RATIO * max(part.compress_size, 1)
            for part in parts
        )
    )


def _inspect_parts(book: zipfile.ZipFile, path: Path, file: str) -> Archive:
    parts = book.infolist()
    strings = sum(p.file_size for p in parts if p.filename.endswith("sharedStrings.xml"))
    if is_oversized(parts, LARGEST_BOOK) or strings > LARGEST_STRINGS:
        total = sum(part.file_size for part in parts)
        hint = "use CSV or Parquet for a register of this size"
        refuse("file-too-large", file, f"unpacks to {total:,} bytes in {len(parts):,} parts", hint)
    if any(part.flag_bits & 1 for part in parts):
        refuse("not-a-workbook", file, "has a password", "save it without one")
    names, hidden, usual = _list_sheets(book, file)
    archive = Archive(hidden=hidden)
    shared = np.zeros(0, dtype=np.int64)  # length of each shared string
    written = 0
    for part in sorted(parts, key=lambda part: not part.filename.endswith("sharedStrings.xml")):
        if part.is_dir() or part.filename.endswith((".bin", ".png", ".jpeg", ".jpg", ".emf")):
            continue
        cells = _read_sheet(part, path) if part.filename in names else None
        if cells is not None:
            written = _count_text(written + _add_lengths(list_shared(cells), shared), file)
            archive.cells[names[part.filename]] = cells
            continue
        data = unpack_part(part, path)
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data or b"\0" in data[:200]:
            refuse(
                "xml-entity",
                file,
                f"declares XML entities or another encoding in {quote(part.filename)}",
                "save it again with a spreadsheet program",
            )
        if part.filename.endswith("sharedStrings.xml"):
            shared = np.maximum(_measure_shared(data) - _MARKUP, 1)
        if part.filename == _TEXTS:
            archive.texts = read_shared(data)
        elif part.filename == _STYLES and len(data) <= _LARGEST_STYLES:
            archive.styles = read_styles(data)
        elif part.filename == _STYLES:
            usual = False
        if part.filename in names:
            written = _count_text(written + _add_lengths(_find_shared(data), shared), file)
            broken = _inspect_sheet(data, file, names[part.filename])
            archive.broken[names[part.filename]] = broken
    if not usual:
        archive.cells.clear()
    return archive


def _count_text(written: int, file: str) -> int:
    if written > LARGEST_TEXT:
        message = f"repeats texts to more than {LARGEST_TEXT:,} bytes"
        refuse("file-too-large", file, message, "use CSV or Parquet for such a register")
    return written


def _add_lengths(used: NDArray[np.int64], shared: NDArray[np.int64]) -> int:
    return int(shared[used[used < len(shared)]].sum())


def _read_sheet(part: zipfile.ZipInfo, path: Path) -> Cells | None:
    """Read a sheet once, piece by piece; None where it needs a closer look."""
    cells = read_cells(_unpack_pieces(part, path))
    if cells is None:
        return None
    wide, high = int(cells.columns.max(initial=0)) + 1, int(cells.rows.max(initial=0))
    return cells if wide * high <= MOST_CELLS and wide <= MOST_COLUMNS else None


def _measure_shared(data: bytes) -> NDArray[np.int64]:
    """Return the length of each shared string, markup included."""
    if b"<si " in data or b"<si/" in data or b":si" in data:
        return np.array([len(text) for text in _SHARED.findall(data)], dtype=np.int64)
    parts = pc.split_pattern(pa.array([data], pa.large_binary()), b"<si>").values[1:]
    lengths: NDArray[np.int64] = pc.binary_length(parts).to_numpy() + len("<si>")
    return lengths


def _find_shared(data: bytes) -> NDArray[np.int64]:
    """Find which shared string each cell holds, however the cell is written."""
    return np.array([int(index[:9]) for index in _SHARING.findall(data)], dtype=np.int64)


def unpack_part(part: zipfile.ZipInfo, path: Path) -> bytes:
    """Unpack a part by what it holds, not by the size it declares.

    Raises BadZipFile or zlib.error when the two differ or the part is damaged.
    """
    data = _read_packed(part, path)
    if part.compress_type == zipfile.ZIP_DEFLATED:
        data = zlib.decompressobj(-15).decompress(data, part.file_size + 1)
    if len(data) != part.file_size or zlib.crc32(data) != part.CRC:
        raise zipfile.BadZipFile
    return data


def _unpack_pieces(part: zipfile.ZipInfo, path: Path) -> Iterator[bytes]:
    """Unpack a part as ``unpack_part`` does, in pieces that end where a cell begins."""
    if part.compress_type != zipfile.ZIP_DEFLATED:
        yield unpack_part(part, path)
        return
    packed, unpacking = _read_packed(part, path), zlib.decompressobj(-15)
    size, check, rest = 0, 0, b""
    for start in range(0, len(packed), _PACKED):
        waiting = packed[start : start + _PACKED]
        while not unpacking.eof and (fresh := unpacking.decompress(waiting, _PIECE)):
            waiting, size = unpacking.unconsumed_tail, size + len(fresh)
            check = zlib.crc32(fresh, check)
            if size > part.file_size:
                raise zipfile.BadZipFile
            rest += fresh
            end = rest.rfind(b"<c ") if len(rest) < LONGEST_PIECE else len(rest)
            if end > 0:
                yield rest[:end]
                rest = rest[end:]
    if size != part.file_size or check != part.CRC:
        raise zipfile.BadZipFile
    yield rest


def _read_packed(part: zipfile.ZipInfo, path: Path) -> bytes:
    with path.open("rb") as raw:
        raw.seek(part.header_offset)
        head = raw.read(30)
        if len(head) < 30 or head[:4] != b"PK\x03\x04":
            raise zipfile.BadZipFile
        raw.seek(int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little"), 1)
        data = raw.read(part.compress_size)
    if part.compress_type not in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        raise zipfile.BadZipFile
    return data


def _list_sheets(book: zipfile.ZipFile, file: str) -> tuple[dict[str, str], dict[str, bool], bool]:
    """Return the part of each sheet with its name, and which sheets of cells are hidden.

    Also whether texts and styles lie where programs put them, and days count from 1900.
    """
    data = {}
    for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        part = book.getinfo(name)
        if part.file_size > 1_000_000:
            refuse("file-too-large", file, f"has {part.file_size:,} bytes in {name}")
        data[name] = book.read(part)
        if b"<!DOCTYPE" in data[name] or b"<!ENTITY" in data[name] or b"\0" in data[name]:
            hint = "save it again with a spreadsheet program"
            refuse("xml-entity", file, f"declares XML entities or another encoding in {name}", hint)
    links = ElementTree.fromstring(data["xl/_rels/workbook.xml.rels"])
    targets = {link.get("Id", ""): link.get("Target", "") for link in links}
    kinds = {link.get("Id", ""): link.get("Type", "").rpartition("/")[2] for link in links}
    found: dict[str, str] = {}
    hidden: dict[str, bool] = {}
    for sheet in ElementTree.fromstring(data["xl/workbook.xml"]).iter():
        if sheet.tag.rpartition("}")[2] != "sheet":
            continue
        link = next((v for k, v in sheet.items() if k.rpartition("}")[2] == "id"), "")
        target = targets.get(link, "")
        full = _find_part(target)
        found[full] = sheet.get("name", "")
        if kinds.get(link) == "worksheet":
            hidden[found[full]] = sheet.get("state", "visible") != "visible"
    placed = {_find_part(targets[id]) for id, kind in kinds.items() if kind in _KINDS}
    usual = placed <= {_TEXTS, _STYLES} and not _FROM_1904.search(data["xl/workbook.xml"])
    return found, hidden, usual


def _find_part(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _matches(data: bytes, pattern: str) -> bool:
    """Search as `re` does, in a tenth of the time where there is nothing to find."""
    return bool(pc.match_substring_regex(pa.array([data], pa.large_binary()), pattern)[0].as_py())


def _inspect_sheet(data: bytes, file: str, sheet: str) -> dict[tuple[int, int], tuple[str, str]]:
    if _matches(data, _SUSPECT):
        wide = high = 0
        for found in _REF.finditer(data):
            wide, high = max(wide, count_letters(found[1])), max(high, int(found[2]))
        if wide * high > MOST_CELLS:
            place = Place(file, sheet)
            message = f"reaches from A1 to {name_column(wide - 1)}{high}, too far to be a table"
            hint = "delete the cells far below or right of it"
            raise InvalidData([Issue("file-too-large", place, message, None, hint)])
    if _ERROR.search(data) is None and _FORMULA.search(data) is None:
        return {}
    broken: dict[tuple[int, int], tuple[str, str]] = {}
    row, position = 0, -1
    for found in _ROW_OR_CELL.finditer(data):
        attributes, body = found[2], found[3] or b""
        if found[1] is not None:
            at = _AT.search(found[1])
            row, position = (int(at[2]) if at else row + 1), -1
            continue
        at = _AT.search(attributes)
        position = count_letters(at[1]) - 1 if at and at[1] else position + 1
        here = (int(at[2]) if at else row, position)
        value, formula = _VALUE.search(body), _FORMULA.search(body)
        if _ERROR.search(attributes):
            shown = value[1] if value and value[1] else b"error"
            broken[here] = ("error-cell", shown.decode("utf-8", "replace"))
        elif formula and not (value and (value[1] or _TEXT.search(attributes))):
            text = (formula[1] or b"").decode("utf-8", "replace")
            broken[here] = ("formula-without-value", f"={text}")
    return broken


def count_letters(letters: bytes) -> int:
    """Return the number of a column, counted from 1, from its letters.

    >>> count_letters(b"A"), count_letters(b"AB")
    (1, 28)
    """
    count = 0
    for letter in letters:
        count = count * 26 + letter - 64
    return count
