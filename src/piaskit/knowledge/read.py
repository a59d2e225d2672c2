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
NULLS = frozenset(
    ("", "~", "null", "Null", "NULL")
)  # what YAML's core schema calls nothing, unquoted

_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one file may hold: bytes, levels, values; with ``aliases`` also written-out ones.

    Without ``aliases`` a file says everything where it stands: no anchor, alias or tag. ``noun`` is
    what one file holds. With ``blanks`` a key without a value stays, its value ``''``.
    """

    largest: int = LARGEST
    deepest: int = DEEPEST
    values: int = LARGEST
    aliases: bool = False
    noun: str = "pack"
    blanks: bool = False


OWN = Bounds()


@dataclass
class Tree:
    """The content of a file, the line of every path in it, and what was wrong with its text.

    ``above``, ``steps`` and ``rows`` hold each step once, in reading order: the place of the step
    above it (-1: none), the step itself, its line. Flat lists, so that the many steps are not as
    many objects for the garbage collector to walk.
    """

    file: str
    content: dict[str, Any] = field(default_factory=dict)
    above: list[int] = field(default_factory=list)
    steps: list[str | int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)

    @cached_property
    def lines(self) -> dict[Steps, int]:
        """The line of every path, put together when somebody asks for one."""
        paths: list[Steps] = []
        lines: dict[Steps, int] = {}
        for above, step, row in zip(self.above, self.steps, self.rows, strict=True):
            path = (*paths[above], step) if above >= 0 else (step,)
            paths.append(path)
            lines.setdefault(path, row)
        return lines

    def locate(self, path: Steps) -> Place:
        """Return the place of a path, or of its nearest ancestor that stands in the file."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        column = ".".join(str(part) for part in path) or None
        row = self.lines.get(known, 1) if self.rows else None
        return Place(self.file, None, row, column)

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


def read_tree(path: Path, file: str, bounds: Bounds = OWN) -> tuple[Tree, bytes]:
    """Read one YAML file as text scalars; problems are in ``Tree.issues``, none is raised."""
    tree = Tree(file)
    data = b""
    try:
        if path.is_symlink() or not path.is_file():
            raise _Refused(1, "is a link or no plain file", "put the file itself here")
        if path.stat().st_size > bounds.largest:
            hint = f"split the {bounds.noun}"
            raise _Refused(1, f"is larger than {bounds.largest:,} bytes", hint)
        data = path.read_bytes()
        _build(tree, _decode(data), bounds)
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


def _build(tree: Tree, text: str, bounds: Bounds = OWN) -> None:
    """Fill the tree from the parser's events; nothing recursive, so nesting cannot hurt."""
    loader = yaml.CSafeLoader(text)
    builder = _Builder(tree, bounds)
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
    """An open collection: its step, and in a mapping its keys and the one that waits.

    ``before`` counts the values read before it, ``levels`` how deep it nests below itself.
    """

    holder: Any
    step: int
    keys: dict[str, int] | None
    anchor: str | None = None
    before: int = 0
    levels: int = 1
    key: str | None = None
    key_step: int = -1


class _Builder:
    """Puts parsed values into their place, one open collection upon the other."""

    def __init__(self, tree: Tree, bounds: Bounds) -> None:
        self.tree, self.bounds = tree, bounds
        self.root: Any = None
        self._documents = 0
        self._values = 0  # those that aliases repeat included
        self._ended = -1  # where the last scalar ended
        self._open: list[_Frame] = []
        self._anchors: dict[str, tuple[Any, int, int]] = {}  # its value, values in it, levels

    def take(self, event: Any) -> None:
        """Take one event; raises _Refused for what the file may not hold."""
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._take_scalar(event)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            line = event.start_mark.line + 1
            self._refuse_dress(event, line)
            self._count(1, 1, line)
            value: Any = {} if kind is yaml.MappingStartEvent else []
            step = self._put(value, line)
            keys: dict[str, int] | None = {} if kind is yaml.MappingStartEvent else None
            self._open.append(_Frame(value, step, keys, event.anchor, self._values - 1))
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._close()
        elif kind is yaml.AliasEvent:
            self._repeat(event.anchor, event.start_mark.line + 1)
        elif kind is yaml.DocumentStartEvent:
            self._documents += 1
            if self._documents > 1:
                hint = f"one file, one {self.bounds.noun}"
                raise _Refused(event.start_mark.line + 1, "holds a second document", hint)

    def _count(self, values: int, levels: int, line: int) -> None:
        self._values += values
        if len(self._open) + levels > self.bounds.deepest:
            raise _Refused(line, f"nests deeper than {self.bounds.deepest} levels")
        if self._values > self.bounds.values:
            raise _Refused(line, f"holds more than {self.bounds.values:,} values, aliases included")

    def _refuse_dress(self, event: Any, line: int) -> None:
        if self.bounds.aliases:
            return
        if event.anchor is not None:
            raise _Refused(line, "uses an anchor (&)", "write the text out")
        if event.tag is not None:
            raise _Refused(line, "uses a tag (!)", "leave it out: every value is text")

    def _close(self) -> None:
        frame = self._open.pop()
        if self._open:
            self._open[-1].levels = max(self._open[-1].levels, frame.levels + 1)
        if self.bounds.aliases and frame.keys:
            _merge_keys(frame.holder)
        if frame.anchor is not None:
            size = self._values - frame.before
            self._anchors[frame.anchor] = frame.holder, size, frame.levels

    def _repeat(self, anchor: str, line: int) -> None:
        if not self.bounds.aliases:
            raise _Refused(line, "uses an alias (*)", "write the text out")
        if anchor not in self._anchors:
            message = f"repeats {quote(anchor)}, which does not stand complete above it"
            raise _Refused(line, message)
        value, size, levels = self._anchors[anchor]
        self._count(size, levels, line)
        if self._open:
            self._open[-1].levels = max(self._open[-1].levels, levels + 1)
        self._put(value, line)
        self._ended = -1

    def _take_scalar(self, event: Any) -> None:
        """Take a key, a value or a member: what files hold most, so without a detour."""
        start, end = event.start_mark, event.end_mark.index
        line = start.line + 1
        self._values += 1
        if self._values > self.bounds.values:
            self._count(0, 0, line)
        anchor = event.anchor
        if anchor is not None or event.tag is not None:
            self._refuse_dress(event, line)
        text = event.value
        # A key without a colon: the rest of a text that was cut at its comma.
        if start.index == end == self._ended and self._open and self._open[-1].key is not None:
            hint = "a text that holds a comma needs quotes inside { }"
            raise _Refused(line, f"{quote(self._open[-1].key)} stands alone, without a colon", hint)
        if text in NULLS and not event.style:
            text = None
        elif not text.isprintable():
            _refuse_control(text, line)
        if anchor is not None:
            self._anchors[anchor] = text, 1, 0
        self._put(text, line)
        self._ended = end

    def _put(self, value: Any, line: int) -> int:
        """Put a value where it belongs and return its step; a blank may leave its key out."""
        if not self._open:
            self.root = value
            return -1
        frame, tree = self._open[-1], self.tree
        key = frame.key
        if key is not None:
            frame.key = None
            if value is None and self.bounds.blanks:
                value = ""
            if value is not None:
                frame.holder.setdefault(key, value)
            return frame.key_step
        if frame.keys is not None and not isinstance(value, str):
            raise _Refused(line, "has a key that is not text")
        tree.above.append(frame.step)
        tree.rows.append(line)
        if frame.keys is None:
            tree.steps.append(len(frame.holder))
            frame.holder.append("" if value is None else value)
            return len(tree.steps) - 1
        frame.key, frame.key_step = value, len(tree.steps)
        tree.steps.append(value)
        if value in frame.keys:
            self._report_twice(frame.key_step, value, line, frame.keys[value])
        else:
            frame.keys[value] = line
        return frame.step

    def _report_twice(self, step: int, key: str, line: int, first: int) -> None:
        place = Place(self.tree.file, None, line, ".".join(map(str, self._name_path(step))))
        message, hint = f"{quote(key)} stands twice", f"first in row {first}"
        self.tree.issues.append(Issue("pack-duplicate-key", place, message, quote(key), hint))

    def _name_path(self, step: int) -> Steps:
        path: list[str | int] = []
        while step >= 0:
            path.insert(0, self.tree.steps[step])
            step = self.tree.above[step]
        return tuple(path)


def _merge_keys(mapping: dict[str, Any]) -> None:
    """Replace YAML's merge key (<<) by what it brings; what is said here wins, then the first."""
    merged = mapping.get("<<")
    brought: list[Any] = merged if isinstance(merged, list) else [merged]
    if all(isinstance(more, dict) for more in brought):
        del mapping["<<"]
        for more in brought:
            mapping.update({key: value for key, value in more.items() if key not in mapping})


def _refuse_control(text: str, line: int) -> None:
    if any(unicodedata.category(c) == "Cc" for c in text if c not in "\n\t"):
        raise _Refused(line, "holds a control character", "delete it")
