"""YAML text to a plain tree of text, with the line of every key: strict, flat in memory."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from piaskit.errors import Issue, Place, quote

LARGEST = 2_000_000  # bytes of one pack file
DEEPEST = 24  # levels of nesting

_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

Path_ = tuple[str | int, ...]


@dataclass(slots=True)
class Tree:
    """The content of a file, the line of every path in it, and what was wrong with its text."""

    file: str
    content: dict[str, Any] = field(default_factory=dict)
    lines: dict[Path_, int] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)

    def locate(self, path: Path_) -> Place:
        """Return the place of a path, or of its nearest ancestor that stands in the file."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        column = ".".join(str(part) for part in path) or None
        return Place(self.file, None, self.lines.get(known, 1), column)

    def report(
        self,
        slug: str,
        path: Path_,
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
    # One frame per open collection: its value, its path, and the key that waits for a value.
    stack: list[tuple[Any, Path_, str | None]] = []
    root: Any = None
    documents = 0
    try:
        while loader.check_event():
            event: Any = loader.get_event()
            line = event.start_mark.line + 1
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _Refused(line, "holds a second document", "one file, one pack")
                continue
            if isinstance(event, yaml.AliasEvent):
                raise _Refused(line, "uses an alias (*)", "write the text out")
            if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
                if event.anchor is not None:
                    raise _Refused(line, "uses an anchor (&)", "write the text out")
                if event.tag is not None:
                    raise _Refused(line, "uses a tag (!)", "leave it out: every value is text")
            if isinstance(event, yaml.CollectionEndEvent):
                done, path, _ = stack.pop()
                if not stack:
                    root = done
                continue
            if isinstance(event, yaml.CollectionStartEvent):
                if len(stack) >= DEEPEST:
                    raise _Refused(line, f"nests deeper than {DEEPEST} levels")
                value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
            elif isinstance(event, yaml.ScalarEvent):
                value = event.value
                if event.style is None and value == "":
                    value = None
                elif not value.isprintable():
                    bad = [c for c in value if not c.isprintable() and c not in "\n\t"]
                    if any(ord(c) < 32 or 127 <= ord(c) < 160 for c in bad):
                        raise _Refused(line, "holds a control character", "delete it")
            else:
                continue
            if not stack:
                path = ()
                root = value
            else:
                holder, above, key = stack[-1]
                if isinstance(holder, dict):
                    if key is None:
                        if not isinstance(value, str):
                            raise _Refused(line, "has a key that is not text")
                        stack[-1] = (holder, above, value)
                        if value in holder:
                            first = tree.lines[(*above, value)]
                            place = Place(
                                tree.file, None, line, ".".join(map(str, (*above, value)))
                            )
                            tree.issues.append(
                                Issue(
                                    "pack-duplicate-key",
                                    place,
                                    f"the key {quote(value)} stands twice",
                                    value,
                                    f"first in row {first}",
                                )
                            )
                        else:
                            tree.lines[(*above, value)] = line
                        continue
                    path = (*above, key)
                    if value is not None:
                        holder.setdefault(key, value)
                    stack[-1] = (holder, above, None)
                else:
                    path = (*above, len(holder))
                    tree.lines[path] = line
                    holder.append(value if value is not None else "")
            if isinstance(event, yaml.CollectionStartEvent):
                stack.append((value, path, None))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _Refused(mark.line + 1 if mark else 1, f"is not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise _Refused(1, f"is not YAML: {quote(error)}") from None
    finally:
        loader.dispose()
    if not isinstance(root, dict):
        raise _Refused(1, "is not a mapping of keys", "start with id, title, version ...")
    tree.content = root
