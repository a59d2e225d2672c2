"""The minutes of the meeting after an exercise: what no log can know, stated by those present."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from piaskit.errors import InvalidData, quote
from piaskit.knowledge.folder import suggest
from piaskit.knowledge.read import Tree, read_tree

KEYS = (
    "held_on",
    "started",
    "ended",
    "place",
    "sponsor",
    "facilitator",
    "evaluators",
    "people",
    "causes",
)


@dataclass(frozen=True)
class Minutes:
    """Day, times and place of an exercise, who did what, and the cause found for each area.

    ``people`` are names by role id, ``causes`` texts by the number of the area for improvement,
    each a text or one by language (``en``, ``zh``). What is not stated is blank.
    """

    held_on: date | None = None
    started: str = ""
    ended: str = ""
    place: str = ""
    sponsor: str = ""
    facilitator: str = ""
    evaluators: tuple[str, ...] = ()
    people: Mapping[str, str] = field(default_factory=dict)
    causes: Mapping[int, Mapping[str, str]] = field(default_factory=dict)

    def tell_cause(self, number: int, lang: str) -> str:
        """Return the cause found for an area; one stated in another language is better than none.

        >>> Minutes(causes={1: {"zh": "预案未写明门槛"}}).tell_cause(1, "en")
        '预案未写明门槛'
        """
        texts = self.causes.get(number, {})
        return texts.get(lang) or next(iter(texts.values()), "")


def read_minutes(path: Path | str) -> Minutes:
    """Read minutes from a YAML file.

    Raises InvalidData with one issue per problem: ``minutes-yaml``, ``minutes-key``,
    ``minutes-value``.
    """
    path = Path(path)
    tree, _ = read_tree(path, path.name)
    tree.issues = [replace(issue, slug="minutes-yaml", hint=None) for issue in tree.issues]
    found: dict[str, Any] = {}
    for key, value in tree.content.items():
        if key not in KEYS:
            hint = suggest(key, KEYS) or "keys: " + ", ".join(KEYS)
            tree.report("minutes-key", (key,), f"unknown key {quote(key)}", quote(key), hint)
        elif value not in (None, "", [], {}):
            found[key] = _type(tree, key, value)
    if tree.issues:
        raise InvalidData(tree.issues)
    return Minutes(**found)


def _type(tree: Tree, key: str, value: Any) -> Any:
    if key == "causes":
        return _type_causes(tree, value)
    if key == "people":
        if isinstance(value, Mapping) and all(isinstance(name, str) for name in value.values()):
            return dict(value)
        return _refuse(tree, (key,), value, "a name for each id of a role")
    if key == "evaluators":
        names = [value] if isinstance(value, str) else value
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            return tuple(names)
        return _refuse(tree, (key,), value, "a list of names")
    if not isinstance(value, str):
        return _refuse(tree, (key,), value, "a text")
    if key == "held_on":
        try:
            return date.fromisoformat(value)
        except ValueError:
            return _refuse(tree, (key,), value, "a date like 2026-01-31")
    return value


def _type_causes(tree: Tree, value: Any) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    if not isinstance(value, Mapping):
        _refuse(tree, ("causes",), value, "a text for each number of an area for improvement")
        return found
    for number, told in value.items():
        texts = {"zh": told} if isinstance(told, str) else told
        fits = isinstance(texts, Mapping) and set(texts) <= {"en", "zh"}
        if not (str(number).isdigit() and fits and all(isinstance(t, str) for t in texts.values())):
            expected = "a number of an area, and a text or one each for en and zh"
            _refuse(tree, ("causes", number), told, expected)
        else:
            found[int(number)] = dict(texts)
    return found


def _refuse(tree: Tree, path: tuple[str, ...], value: Any, expected: str) -> None:
    tree.report("minutes-value", path, f"expected {expected}", quote(value))
