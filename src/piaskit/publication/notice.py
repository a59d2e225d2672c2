"""A notice of a risk, as its author writes it: a YAML file in one or both languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from piaskit.errors import InvalidData, Issue, quote
from piaskit.knowledge.read import Bounds, Tree, read_tree

TEXTS = ("title", "risk", "affected", "done")  # a sentence or a paragraph each
NEEDED = ("title", "risk")
LISTS = ("advice",)
KEYS = ("id", "found_on", *TEXTS, *LISTS)
LANGUAGES = ("zh", "en")
_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?")
_BOUNDS = Bounds(largest=200_000, noun="notice")

Notice = dict[str, Any]


def read_notice(path: Path) -> Notice:
    """Read a notice: ``id``, ``title``, ``risk``, and maybe ``affected``, ``done``, ``advice``.

    A text is ``{zh, en}`` or plain; the other language falls back on the one that is there.
    ``advice`` is a list of texts, ``found_on`` a date.

    Raises
    ------
    InvalidData
        ``bad-notice`` for everything that is wrong, with its line.
    """
    tree, _ = read_tree(path, path.name, _BOUNDS)
    content = tree.content
    readable = not tree.issues
    for key in content:
        if key not in KEYS:
            near = get_close_matches(key, KEYS, 1, 0.5)
            hint = f"did you mean {near[0]}?" if near else "it has " + ", ".join(KEYS)
            tree.report("bad-notice", (key,), f"there is no key {quote(key)}", quote(key), hint)
    notice: Notice = {"id": content.get("id"), "found_on": content.get("found_on")}
    if readable:
        _check_head(tree, notice)
        notice |= {key: _read_text(tree, (key,), content.get(key)) for key in TEXTS}
        for key in NEEDED:
            if not notice[key]:
                tree.report("bad-notice", (key,), "is missing", None, "write {zh: ..., en: ...}")
        notice |= {key: _read_list(tree, key, content.get(key)) for key in LISTS}
    if tree.issues:
        raise InvalidData([_rename(issue) for issue in tree.issues])
    return notice


def _check_head(tree: Tree, notice: Notice) -> None:
    id, day = notice["id"], notice["found_on"]
    if not isinstance(id, str) or not _ID.fullmatch(id):
        hint = "small letters, digits and hyphens, as card-fraud-2026-03"
        tree.report("bad-notice", ("id",), "is no id for an address", quote(id), hint)
    if day is not None:
        try:
            date.fromisoformat(str(day))
        except ValueError:
            message = "expected a date like 2026-01-31"
            tree.report("bad-notice", ("found_on",), message, quote(day))


def _read_text(tree: Tree, path: tuple[str | int, ...], value: Any) -> dict[str, str] | None:
    if value in (None, ""):
        return None
    if isinstance(value, str):
        return dict.fromkeys(LANGUAGES, value)
    given = value if isinstance(value, Mapping) else {}
    texts = {lang: given[lang] for lang in LANGUAGES if isinstance(given.get(lang), str)}
    if not texts or set(given) - set(LANGUAGES):
        tree.report("bad-notice", path, "expected a text, or zh and en", quote(value))
        return None
    first = next(iter(texts.values()))
    return {lang: texts.get(lang) or first for lang in LANGUAGES}


def _read_list(tree: Tree, key: str, value: Any) -> list[dict[str, str]]:
    if value in (None, ""):
        return []
    if not isinstance(value, list):
        tree.report("bad-notice", (key,), "expected a list of texts", quote(value))
        return []
    texts = (_read_text(tree, (key, number), part) for number, part in enumerate(value))
    return [text for text in texts if text]


def _rename(issue: Issue) -> Issue:
    return Issue("bad-notice", issue.place, issue.message, issue.value, issue.hint)
