"""A facts file becomes frozen facts; every problem is told with row, value and a way out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

from piaskit.errors import InvalidData, Issue, quote
from piaskit.incident.contradictions import find_contradictions
from piaskit.incident.day import Day
from piaskit.incident.fields import FIELDS, Field, list_keys
from piaskit.incident.interval import Interval
from piaskit.knowledge import Knowledge
from piaskit.knowledge.folder import suggest
from piaskit.knowledge.read import Steps, Tree, read_tree

_NUMBER = re.compile(r"[0-9]{1,12}")
_AMOUNT = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,2})?")
_SPAN = re.compile(
    r"(?:(?P<d>[0-9]{1,5}(?:\.[0-9]{1,3})?) ?d)? ?(?:(?P<h>[0-9]{1,6}(?:\.[0-9]{1,3})?) ?h)? ?"
    r"(?:(?P<m>[0-9]{1,7}(?:\.[0-9]{1,3})?) ?(?:min|m))?"
)
_ID = re.compile(r"[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEARS = range(1980, 2200)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an incident, by path; a path that is not stated gives None.

    Words are text, counts and amounts an Interval, times a datetime with offset, durations a
    timedelta (or ``never``), lists a tuple, ``persons_in.<regime>`` an Interval,
    ``answers.<question>`` a word.
    """

    stated: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __getitem__(self, path: str) -> Any:
        if path not in FIELDS and not path.startswith(("persons_in.", "answers.")):
            raise KeyError(path)
        return self.stated.get(path)

    def __iter__(self) -> Iterator[str]:
        return iter(self.stated)


def read_facts(path: Path | str, knowledge: Knowledge) -> Facts:
    """Read a facts file (YAML, every value as text); blanks are facts not known yet.

    Raises InvalidData for unknown keys or words, values of the wrong kind and contradictions.
    """
    path = Path(path)
    tree, _ = read_tree(path, path.name)
    tree.issues = [_rename_issue(issue) for issue in tree.issues]
    return _type_tree(tree, knowledge)


def build_facts(content: Mapping[str, Any], knowledge: Knowledge, name: str = "facts") -> Facts:
    """Build facts from a mapping shaped like the file; numbers may be numbers.

    >>> from piaskit.knowledge import load_knowledge
    >>> facts = build_facts({"persons": {"low": 100001}}, load_knowledge())
    >>> facts["persons"].to_dict(), facts["minors"]
    ({'low': 100001, 'best': None, 'high': None}, None)

    Raises InvalidData as ``read_facts`` does; issues then have no row.
    """
    return _type_tree(Tree(name, _spell(content)), knowledge)


def _spell(value: Any) -> Any:
    """Write a value as the text that a file would hold; blanks are left out."""
    if isinstance(value, Mapping):
        return {str(k): _spell(v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [_spell(entry) for entry in value]
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _rename_issue(issue: Issue) -> Issue:
    slug = issue.slug.replace("pack-", "facts-")
    hint = "one file, one incident" if issue.hint == "one file, one pack" else issue.hint
    if issue.hint == "start with id, title, version ...":
        hint = "start with id, regimes, role ..."
    if issue.hint == "split the pack":
        hint = "keep the facts only"
    return Issue(slug, issue.place, issue.message, issue.value, hint)


def _type_tree(tree: Tree, knowledge: Knowledge) -> Facts:
    reader = _Reader(tree, knowledge)
    reader.take_group("", tree.content)
    reader.place_days()
    facts = Facts(MappingProxyType({path: reader.values[path] for path in sorted(reader.values)}))
    if not tree.issues:
        for paths, message in find_contradictions(facts):
            tree.report("facts-contradiction", tuple(paths[0].split(".")), message)
    if tree.issues:
        raise InvalidData(sorted(tree.issues, key=lambda issue: issue.place.row or 0))
    return facts


class _Reader:
    """Types the values of a tree one by one and collects what is wrong."""

    def __init__(self, tree: Tree, knowledge: Knowledge) -> None:
        self.tree, self.knowledge = tree, knowledge
        self.values: dict[str, Any] = {}

    def place_days(self) -> None:
        """Give times of which only the day is known the offset of the other times."""
        zones = [
            value.tzinfo
            for path, value in sorted(self.values.items())
            if isinstance(value, datetime) and not isinstance(value, Day)
        ]
        for path, value in self.values.items():
            if isinstance(value, Day) and zones:
                self.values[path] = value.replace(tzinfo=zones[0])

    def take_group(self, group: str, content: Mapping[str, Any]) -> None:
        known = list_keys(group)
        for key, value in content.items():
            path = f"{group}.{key}" if group else key
            steps = tuple(path.split(".")) if key in known else (*filter(None, [group]), key)
            if key not in known:
                hint = suggest(key, known) or "known keys: " + ", ".join(known)
                self.tree.report(
                    "facts-unknown-key", steps, f"unknown key {quote(key)}", quote(key), hint
                )
            elif path == "persons_in":
                self._take_persons_in(value)
            elif path == "answers":
                self._take_answers(value)
            elif path in FIELDS:
                self._take(path, steps, FIELDS[path], value)
            elif isinstance(value, dict):
                self.take_group(path, value)
            else:
                self._refuse(steps, value, "keys: " + ", ".join(list_keys(path)))

    def _take(self, path: str, steps: Steps, given: Field, value: Any) -> None:
        if value in ("", [], {}):
            return
        read = getattr(self, f"_read_{given.kind}")
        found = read(steps, given, value)
        if found is not None:
            self.values[path] = found

    def _take_persons_in(self, value: Any) -> None:
        if not isinstance(value, dict):
            self._refuse(("persons_in",), value, "a number for each regime, such as eu-gdpr: 950")
            return
        for regime, count in value.items():
            self._take(f"persons_in.{regime}", ("persons_in", regime), FIELDS["persons_in"], count)

    def _take_answers(self, value: Any) -> None:
        if not isinstance(value, dict):
            self._refuse(("answers",), value, "an answer for each question of a pack")
            return
        packs = self.knowledge.duties.values()
        known = sorted({id for pack in packs for id in pack.questions})
        for id, answer in value.items():
            if id not in known:
                hint = suggest(id, known) or "questions: " + ", ".join(known)
                message = f"no pack asks the question {quote(id)}"
                self.tree.report("facts-unknown-key", ("answers", id), message, quote(id), hint)
            else:
                self._take(f"answers.{id}", ("answers", id), FIELDS["answers"], answer)

    def _refuse(self, steps: Steps, value: Any, expected: str, hint: str | None = None) -> None:
        shown = quote(value) if isinstance(value, str) else None
        what = f"{quote(value)} is" if isinstance(value, str) else "this is"
        self.tree.report("facts-value", steps, f"{what} not {expected}", shown, hint)

    def _read_text(self, steps: Steps, given: Field, value: Any) -> str | None:
        if isinstance(value, str):
            return value.strip() or None
        self._refuse(steps, value, "text")
        return None

    def _read_word(self, steps: Steps, given: Field, value: Any) -> str | None:
        if isinstance(value, str) and value in given.words:
            return value
        hint = suggest(value.casefold(), given.words) if isinstance(value, str) else None
        self._refuse(steps, value, "one of " + ", ".join(given.words), hint)
        return None

    def _read_currency(self, steps: Steps, given: Field, value: Any) -> str | None:
        if isinstance(value, str) and re.fullmatch(r"[A-Z]{3}", value):
            return value
        self._refuse(steps, value, "a currency of three letters, such as CNY")
        return None

    def _read_time(self, steps: Steps, given: Field, value: Any) -> datetime | None:
        expected = "a time with offset, such as 2026-03-01T02:00+08:00, or a day"
        if isinstance(value, str) and _DAY.fullmatch(value):
            with suppress(ValueError):
                day = Day.fromisoformat(f"{value}T00:00+00:00")
                if day.year in _YEARS:
                    return day
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None or moment.year not in _YEARS:
            self._refuse(steps, value, expected)
            return None
        return moment

    def _read_duration(self, steps: Steps, given: Field, value: Any) -> timedelta | str | None:
        if isinstance(value, str):
            if value in given.words:
                return value
            match = _SPAN.fullmatch(value.strip())
            if match and any(match.groups()):
                part = {name: float(text or 0) for name, text in match.groupdict().items()}
                return timedelta(days=part["d"], hours=part["h"], minutes=part["m"])
        words = "".join(f" or {word}" for word in given.words)
        self._refuse(steps, value, f"a duration such as 6h, 10min or 2d 4h{words}")
        return None

    def _read_count(self, steps: Steps, given: Field, value: Any) -> Interval | None:
        return self._read_interval(steps, value, _NUMBER, "a whole number such as 1200")

    def _read_amount(self, steps: Steps, given: Field, value: Any) -> Interval | None:
        return self._read_interval(steps, value, _AMOUNT, "an amount such as 1200 or 1200.50")

    def _read_interval(
        self, steps: Steps, value: Any, form: re.Pattern[str], expected: str
    ) -> Interval | None:
        if isinstance(value, dict):
            return self._read_bounds(steps, value, form, expected)
        if isinstance(value, str) and form.fullmatch(value):
            number = Decimal(value)
            return Interval(number, number, number)
        self._refuse(steps, value, f"{expected}, or low, best and high")
        return None

    def _read_bounds(
        self, steps: Steps, value: dict[str, Any], form: re.Pattern[str], expected: str
    ) -> Interval | None:
        names = ("low", "best", "high")
        found: dict[str, Decimal] = {}
        for key, text in value.items():
            if key not in names:
                hint = suggest(key, names) or "known keys: low, best, high"
                self.tree.report(
                    "facts-unknown-key", (*steps, key), f"unknown key {quote(key)}", key, hint
                )
            elif isinstance(text, str) and form.fullmatch(text):
                found[key] = Decimal(text)
            else:
                self._refuse((*steps, key), text, expected)
        return Interval(found.get("low"), found.get("best"), found.get("high")) if found else None

    def _read_texts(self, steps: Steps, given: Field, value: Any) -> tuple[str, ...] | None:
        entries = [value] if isinstance(value, str) else value
        if not isinstance(entries, list):
            self._refuse(steps, value, "a list of texts")
            return None
        found = []
        for number, entry in enumerate(entries):
            if isinstance(entry, str):
                found.append(entry.strip())
            else:
                self._refuse((*steps, number), entry, "text")
        return tuple(text for text in found if text) or None

    def _read_regimes(self, steps: Steps, given: Field, value: Any) -> tuple[str, ...] | None:
        found = self._read_texts(steps, given, value)
        for number, name in enumerate(found or ()):
            if not _ID.fullmatch(name):
                self._refuse((*steps, number), name, "the id of a regime, such as cn-pipl")
        return found and tuple(dict.fromkeys(found))

    def _read_categories(self, steps: Steps, given: Field, value: Any) -> tuple[str, ...] | None:
        return self._read_ids(steps, value, "a category of any pack", self.knowledge.categories)

    def _read_controls(self, steps: Steps, given: Field, value: Any) -> tuple[str, ...] | None:
        return self._read_ids(steps, value, "a control of any pack", self.knowledge.controls)

    def _read_ids(
        self, steps: Steps, value: Any, what: str, known: Mapping[str, Any]
    ) -> tuple[str, ...] | None:
        found = self._read_texts(steps, Field("texts"), value)
        for number, name in enumerate(found or ()):
            if name not in known:
                self._refuse((*steps, number), name, what, suggest(name, known))
        return found and tuple(sorted(set(found)))
