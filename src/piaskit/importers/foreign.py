"""Files of other tools, read within bounds: JSON, YAML, archives and the files they include.

Nothing here trusts a file: its bytes, levels and values are counted before they are used, aliases
by what they stand for, archives by what they unpack to; a path that a file names stays below the
folder it lies in. Workbooks have their own inspection in ``piaskit.case.archive``.
"""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

from piaskit.case.archive import is_oversized, unpack_part
from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.knowledge.read import Bounds, Tree, read_tree

LARGEST = 64_000_000  # bytes of one JSON file, and of an archive when unpacked
DEEPEST = 100  # levels of nesting
MOST_VALUES = 2_000_000  # commas and brackets of a JSON file
YAML = Bounds(16_000_000, DEEPEST, values=500_000, aliases=True, noun="document", blanks=True)

_SIGNS = (b",", b"[", b"{")
_TOO_DEEP = f"nests deeper than {DEEPEST} levels"
_HALF = re.compile("[\ud800-\udfff]")


def read_json(path: Path, data: bytes | None = None) -> Any:
    """Read a JSON file, or ``data`` as if it stood in it: one value, every key once.

    Raises InvalidData when it is too large, nests too deep, or is no JSON (with the line).
    """
    if data is None:
        data = read_bytes(path)
    if sum(map(data.count, _SIGNS)) > MOST_VALUES:
        _refuse(path, f"holds more than {MOST_VALUES:,} values", "import-too-large")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        _refuse(path, "is not UTF-8", row=row, hint="save it as plain UTF-8 text")
    try:
        content = json.loads(text, object_pairs_hook=_pair_keys, parse_constant=_refuse_number)
    except json.JSONDecodeError as error:
        _refuse(path, f"is no JSON: {error.msg}", row=error.lineno, column=f"column {error.colno}")
    except RecursionError:
        _refuse(path, _TOO_DEEP, "import-too-large")
    except ValueError as error:
        _refuse(path, f"is no JSON that can be used: {quote(error)}")
    if _measure_depth(content) > DEEPEST:
        _refuse(path, _TOO_DEEP, "import-too-large")
    if "\\u" in text and _HALF.search(json.dumps(content, ensure_ascii=False)):
        _refuse(path, "holds half a character (a lone surrogate)", hint="save it as plain UTF-8")
    return content


def read_bytes(path: Path, largest: int = LARGEST) -> bytes:
    """Read a file of at most so many bytes; raises InvalidData when it is larger or unreadable."""
    try:
        if path.stat().st_size > largest:
            _refuse(path, f"is larger than {largest:,} bytes", "import-too-large")
        return path.read_bytes()
    except OSError as error:
        _refuse(path, f"cannot be read: {error.strerror}")


def read_yaml(path: Path, *, blanks: bool = True) -> Tree:
    """Read a YAML file as text scalars with lines; anchors, aliases and merge keys are followed.

    Without ``blanks`` a key that has no value is left out. Raises InvalidData with every problem:
    no YAML, too large, too deep, a key twice.
    """
    tree, _ = read_tree(path, path.name, replace(YAML, blanks=blanks))
    if tree.issues:
        raise InvalidData(replace(issue, slug="import-unreadable") for issue in tree.issues)
    return tree


def read_content(path: Path, *, blanks: bool = True) -> Tree:
    """Read a file that may be JSON or YAML, as YAML is read: text scalars, a null is blank.

    Without ``blanks`` a key whose value is null is left out. Raises InvalidData when the file is
    neither, or no mapping of keys.
    """
    if path.suffix.lower() in (".yaml", ".yml") or not _begins_as_json(path):
        return read_yaml(path, blanks=blanks)
    content = _write_scalars(read_json(path), blanks)
    if not isinstance(content, dict):
        _refuse(path, "is not a mapping of keys")
    return Tree(path.name, content)


def try_content(path: Path) -> dict[str, Any]:
    """Return what ``read_content`` reads, or nothing when it is refused: to recognise a format."""
    try:
        return read_content(path).content
    except InvalidData:
        return {}


def refuse_unreadable(path: Path) -> None:
    """Say what is wrong with the text of a file that begins or is named as JSON, YAML or ZIP.

    Raises InvalidData where something is; any other file passes.
    """
    if path.suffix.lower() in (".yaml", ".yml"):
        read_yaml(path)
    elif path.suffix.lower() == ".json" or _begins_as_json(path):
        read_json(path)
    elif path.suffix.lower() == ".zip":
        read_members(path)


def read_members(path: Path, *suffixes: str) -> dict[str, bytes]:
    """Unpack the files of an archive whose names end so, by name, in order of name.

    Raises InvalidData when it is no ZIP archive, has a password or names leading out of it, or
    unpacks to too much.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = [part for part in archive.infolist() if not part.is_dir()]
            if path.stat().st_size > LARGEST or is_oversized(parts, LARGEST):
                total = sum(part.file_size for part in parts)
                text = f"unpacks to {total:,} bytes in {len(parts):,} files"
                _refuse(path, text, "import-too-large")
            names = [part.filename for part in parts]
            if any(part.flag_bits & 1 for part in parts):
                _refuse(path, "has a password", hint="pack it again without one")
            for name in names:
                if _leads_out(name):
                    _refuse(path, f"holds {quote(name)}, which leads out of it", "import-leaves")
            return {
                part.filename: unpack_part(part, path)
                for part in sorted(parts, key=lambda part: part.filename)
                if part.filename.lower().endswith(suffixes)
            }
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OverflowError):
        _refuse(path, "is no ZIP archive or is damaged", hint="pack it again")
    except OSError as error:
        _refuse(path, f"cannot be read: {error.strerror}")


def find_include(path: Path, name: str, root: Path, place: Place | None = None) -> Path:
    """Return the file that ``path`` includes by ``name``, which must lie below ``root``.

    Raises InvalidData for an absolute name, one that leads out of the folder, also through a link,
    or to no file.
    """
    found = path.parent / name
    try:
        inside = found.resolve().is_relative_to(root.resolve()) and found.is_file()
    except (OSError, ValueError, RuntimeError):  # too long, a NUL byte, links in a circle
        inside = False
    if not inside or PurePosixPath(name).is_absolute():
        text = f"includes {quote(name)}, which is no file below the folder of the import"
        place = place or Place(path.name)
        raise InvalidData([Issue("import-leaves", place, text, quote(name))])
    return found


def _leads_out(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or bool(re.match(r"[A-Za-z][\w+.-]*:", name))


def _begins_as_json(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(1000).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
    except OSError:
        return False


def _pair_keys(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counted = Counter(key for key, _ in pairs)
        raise ValueError(f"the key {quote(counted.most_common(1)[0][0])} stands twice")
    return found


def _refuse_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _measure_depth(content: Any) -> int:
    depth, level = 0, [content]
    while level and depth <= DEEPEST:
        depth += 1
        inner: list[Any] = []
        for value in level:
            if isinstance(value, (dict, list)):
                inner += value.values() if isinstance(value, dict) else value
        level = inner
    return depth


def _write_scalars(value: Any, blanks: bool) -> Any:
    if isinstance(value, dict):
        said = value.items() if blanks else ((k, v) for k, v in value.items() if v is not None)
        return {k: _write_scalars(v, blanks) for k, v in said}
    if isinstance(value, list):
        return [_write_scalars(v, blanks) for v in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _refuse(
    path: Path,
    message: str,
    slug: str = "import-unreadable",
    *,
    row: int | None = None,
    column: str | None = None,
    hint: str | None = None,
) -> NoReturn:
    place = Place(path.name, None, row, column)
    raise InvalidData([Issue(slug, place, message, None, hint)])
