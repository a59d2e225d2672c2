"""YAML text to a plain tree of text, with the line of every key: strict, flat in memory."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from piaskit.errors import Issue, Place, quote

LARGEST = 2_000_000  # bytes of one pack file
DEEPEST = 24  # levels of nesting
NULLS = ("", "~", "null", "Null", "NULL")  # what YAML's core schema calls nothing, unquoted

_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

Steps = tuple[str | int, ...]


@dataclass(slots=True)
class Tree:
    """The content of a file, the line of every path in it, and what was wrong with its text."""

    file: str
    content: dict[str, Any] = field(default_factory=dict)
    lines: dict[Steps, int] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)

    def locate(self, path: Steps) -> Place:
        """Return the place of a path, or of its nearest ancestor that stands in the file."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        column = ".".join(str(part) for part in path) or None
        return Place(self.file, None, self.lines.get(known, 1), column)

    def report(
        self,
        slug: str,
        path: Steps,
        message: str,
        value: str | None = None,
        hint: str | None = None,
    ) -> None:
        """Add an issue at a path."""
        self.issues.append(Issue(slug, self.locate(path), message, value, hint))


class _Refused(Exception):
    """Text that cannot be read further."""

    def __init__(self, line: int, message: str, hint: str | None = None) -> None:
        self.line, self.message, self.hint = line, message, hint


def read_tree(path: Path, file: str) -> tuple[Tree, bytes]:
    """Read one YAML file as text scalars; problems are in ``Tree.issues``, none is raised."""
    tree = Tree(file)
    data = b""
    try:
        if path.is_symlink() or not path.is_file():
            raise _Refused(1, "is a link or no plain file", "put the file itself here")
        if path.stat().st_size > LARGEST:
            raise _Refused(1, f"is larger than {LARGEST:,} bytes", "split the pack")
        data = path.read_bytes()
        _build(tree, _decode(data))
    except _Refused as refused:
        place = Place(file, None, refused.line)
        tree.issues.append(Issue("pack-yaml", place, refused.message, None, refused.hint))
    except OSError as error:
        place = Place(file, None, 1)
        tree.issues.append(Issue("pack-yaml", place, f"cannot be read: {error.strerror}"))
    return tree, data


def _decode(data: bytes) -> str:
    bad = _CONTROL.search(data)
    if bad:
        name = "NUL byte" if bad[0] == b"\0" else "control character"
        line = data[: bad.start()].count(b"\n") + 1
        raise _Refused(line, f"holds a {name}", "save the file as plain UTF-8 text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _Refused(line, "is not UTF-8", "save the file as plain UTF-8 text") from None


def _build(tree: Tree, text: str) -> None:
    """Fill the tree from the parser's events; nothing recursive, so nesting cannot hurt."""
    loader = yaml.CSafeLoader(text)
    builder = _Builder(tree)
    try:
        while loader.check_event():
            builder.take(loader.get_event())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _Refused(mark.line + 1 if mark else 1, f"is not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise _Refused(1, f"is not YAML: {quote(error)}") from None
    finally:
        loader.dispose()
    if not isinstance(builder.root, dict):
        raise _Refused(1, "is not a mapping of keys", "start with id, title, version ...")
    tree.content = builder.root


class _Builder:
    """Puts parsed values into their place, one open collection upon the other."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.root: Any = None
        self._documents = 0
        self._ended = -1  # where the last scalar ended
        self._open: list[tuple[Any, Steps]] = []
        self._keys: list[str | None] = []  # of each open collection: the key that waits
        self._rows: list[dict[str, int]] = []  # of each open collection: its keys so far

    def take(self, event: Any) -> None:
        """Take one event; raises _Refused for what a pack may not hold."""
        line = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise _Refused(line, "holds a second document", "one file, one pack")
        elif isinstance(event, yaml.AliasEvent):
            raise _Refused(line, "uses an alias (*)", "write the text out")
        elif isinstance(event, yaml.CollectionEndEvent):
            for frames in (self._open, self._keys, self._rows):
                frames.pop()
        elif isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            if event.anchor is not None:
                raise _Refused(line, "uses an anchor (&)", "write the text out")
            if event.tag is not None:
                raise _Refused(line, "uses a tag (!)", "leave it out: every value is text")
            if isinstance(event, yaml.ScalarEvent):
                start, end = event.start_mark, event.end_mark
                assert start is not None
                assert end is not None
                self._refuse_rest(start.index, end.index, line)
                self._put(_read_scalar(event, line), line)
                self._ended = end.index
            else:
                value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
                if len(self._open) >= DEEPEST:
                    raise _Refused(line, f"nests deeper than {DEEPEST} levels")
                self._open.append((value, self._put(value, line)))
                self._keys.append(None)
                self._rows.append({})

    def _refuse_rest(self, start: int, end: int, line: int) -> None:
        """Refuse a key without a colon: the rest of a text that was cut at its comma."""
        key = self._keys[-1] if self._keys else None
        if key is not None and start == end == self._ended:
            hint = "a text that holds a comma needs quotes inside { }"
            raise _Refused(line, f"{quote(key)} stands alone, without a colon", hint)

    def _put(self, value: Any, line: int) -> Steps:
        """Put a value where it belongs and return its path; a blank leaves its key out."""
        if not self._open:
            self.root = value
            return ()
        holder, above = self._open[-1]
        if isinstance(holder, list):
            path: Steps = (*above, len(holder))
            self.tree.lines[path] = line
            holder.append("" if value is None else value)
            return path
        key = self._keys[-1]
        if key is None:
            self._await_value(holder, above, value, line)
            return above
        self._keys[-1] = None
        if value is not None:
            holder.setdefault(key, value)
        return (*above, key)

    def _await_value(self, holder: Any, above: Steps, key: Any, line: int) -> None:
        if not isinstance(key, str):
            raise _Refused(line, "has a key that is not text")
        self._keys[-1] = key
        path = (*above, key)
        rows = self._rows[-1]
        if key in rows:
            place = Place(self.tree.file, None, line, ".".join(map(str, path)))
            message, hint = f"{quote(key)} stands twice", f"first in row {rows[key]}"
            self.tree.issues.append(Issue("pack-duplicate-key", place, message, quote(key), hint))
        rows.setdefault(key, line)
        self.tree.lines.setdefault(path, line)


def _read_scalar(event: Any, line: int) -> str | None:
    """Return a scalar's text, None for a blank."""
    text: str = event.value
    if not event.style and text in NULLS:
        return None
    if not text.isprintable() and any(
        unicodedata.category(c) == "Cc" for c in text if c not in "\n\t"
    ):
        raise _Refused(line, "holds a control character", "delete it")
    return text
