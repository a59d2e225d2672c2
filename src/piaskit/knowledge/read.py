"""YAML text to a plain tree of text, with the line of every key: strict, flat in memory."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from piaskit.errors import Issue, Place, quote

LARGEST = 2_000_000  # bytes of one pack file
DEEPEST = 24  # levels of nesting
NULLS = ("", "~", "null", "Null", "NULL")  # what YAML's core schema calls nothing, unquoted

_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

Steps = tuple[str | int, ...]


@dataclass
class Tree:
    """The content of a file, the line of every path in it, and what was wrong with its text.

    ``marks`` holds each step once, in reading order: the place of the step above it (-1: none), the
    step itself, its line.
    """

    file: str
    content: dict[str, Any] = field(default_factory=dict)
    marks: list[tuple[int, str | int, int]] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)

    @cached_property
    def lines(self) -> dict[Steps, int]:
        """The line of every path, put together when somebody asks for one."""
        paths: list[Steps] = []
        lines: dict[Steps, int] = {}
        for above, step, line in self.marks:
            path = (*paths[above], step) if above >= 0 else (step,)
            paths.append(path)
            lines.setdefault(path, line)
        return lines

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
        while (event := loader.get_event()) is not None:
            builder.take(event)
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


@dataclass(slots=True)
class _Frame:
    """An open collection: where it stands, and in a mapping its keys and the one that waits."""

    holder: Any
    mark: int
    keys: dict[str, int] | None
    key: str | None = None
    key_mark: int = -1


class _Builder:
    """Puts parsed values into their place, one open collection upon the other."""

    def __init__(self, tree: Tree) -> None:
        self.tree, self.marks = tree, tree.marks
        self.root: Any = None
        self._documents = 0
        self._ended = -1  # where the last scalar ended
        self._open: list[_Frame] = []

    def take(self, event: Any) -> None:
        """Take one event; raises _Refused for what a pack may not hold."""
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._take_scalar(event)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            line = event.start_mark.line + 1
            self._refuse_dress(event, line)
            value: Any = {} if kind is yaml.MappingStartEvent else []
            if len(self._open) >= DEEPEST:
                raise _Refused(line, f"nests deeper than {DEEPEST} levels")
            mark = self._put(value, line)
            self._open.append(_Frame(value, mark, {} if kind is yaml.MappingStartEvent else None))
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._open.pop()
        elif kind is yaml.AliasEvent:
            raise _Refused(event.start_mark.line + 1, "uses an alias (*)", "write the text out")
        elif kind is yaml.DocumentStartEvent:
            self._documents += 1
            if self._documents > 1:
                line = event.start_mark.line + 1
                raise _Refused(line, "holds a second document", "one file, one pack")

    def _refuse_dress(self, event: Any, line: int) -> None:
        if event.anchor is not None:
            raise _Refused(line, "uses an anchor (&)", "write the text out")
        if event.tag is not None:
            raise _Refused(line, "uses a tag (!)", "leave it out: every value is text")

    def _take_scalar(self, event: Any) -> None:
        start, end = event.start_mark, event.end_mark.index
        line = start.line + 1
        if event.anchor is not None or event.tag is not None:
            self._refuse_dress(event, line)
        key = self._open[-1].key if self._open else None
        # A key without a colon: the rest of a text that was cut at its comma.
        if key is not None and start.index == end == self._ended:
            hint = "a text that holds a comma needs quotes inside { }"
            raise _Refused(line, f"{quote(key)} stands alone, without a colon", hint)
        self._put(_read_scalar(event, line), line)
        self._ended = end

    def _put(self, value: Any, line: int) -> int:
        """Put a value where it belongs and return its mark; a blank leaves its key out."""
        if not self._open:
            self.root = value
            return -1
        frame = self._open[-1]
        if frame.keys is None:
            self.marks.append((frame.mark, len(frame.holder), line))
            frame.holder.append("" if value is None else value)
            return len(self.marks) - 1
        key = frame.key
        if key is None:
            self._await_value(frame, frame.keys, value, line)
            return frame.mark
        frame.key = None
        if value is not None:
            frame.holder.setdefault(key, value)
        return frame.key_mark

    def _await_value(self, frame: _Frame, keys: dict[str, int], key: Any, line: int) -> None:
        if not isinstance(key, str):
            raise _Refused(line, "has a key that is not text")
        frame.key, frame.key_mark = key, len(self.marks)
        self.marks.append((frame.mark, key, line))
        if key in keys:
            column = ".".join(map(str, self._name_path(frame.key_mark)))
            place = Place(self.tree.file, None, line, column)
            message, hint = f"{quote(key)} stands twice", f"first in row {keys[key]}"
            self.tree.issues.append(Issue("pack-duplicate-key", place, message, quote(key), hint))
        keys.setdefault(key, line)

    def _name_path(self, mark: int) -> Steps:
        steps: list[str | int] = []
        while mark >= 0:
            mark, step, _ = self.marks[mark]
            steps.insert(0, step)
        return tuple(steps)


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
