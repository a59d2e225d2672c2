"""The words of a notice: what the facts, the case and the decision give to its texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeAlias

from piaskit.incident.clocks import find_start
from piaskit.incident.facts import Facts
from piaskit.incident.fields import COUNTS, TOLD
from piaskit.incident.interval import Interval
from piaskit.incident.masking import flatten_text, mask_text
from piaskit.incident.spoken import (
    list_words,
    shorten_day,
    shorten_name,
    spell_address,
    spell_number,
    write_day,
    write_time_of_day,
)
from piaskit.knowledge import Knowledge
from piaskit.knowledge.advice import Advice, find_advice
from piaskit.knowledge.notice import FIELD, NoticePack, Passage, Saying

if TYPE_CHECKING:
    from piaskit.case import Case

Words: TypeAlias = str | list[str] | None
"""The value of a field: a text, several, or None when nothing is known."""

MOST_STEPS = 3  # what a child keeps in mind
_CJK = re.compile(r"[㐀-鿿]")
_JOIN = {"en": ", ", "zh": "、"}
_NOTICED = ("times.discovered_at", "times.aware_at")
_COUNTS = ("persons", "sensitive_persons", "minors", "children", "records")


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a notice is about: the facts, the case if there is one, the duties and the day."""

    facts: Facts
    knowledge: Knowledge
    case: Case | None
    day: date
    decided: Mapping[str, str]
    level: str | None = None


@dataclass
class Voice:
    """Says the texts of one pack in one language and keeps what was blank.

    Values come from facts and case as data: one line each, personal data masked.
    """

    occasion: Occasion
    pack: NoticePack
    regime: str
    clauses: tuple[str, ...]
    lang: str
    laws: tuple[str, ...] = ()
    blanks: list[str] = field(default_factory=list)

    def say(self, text: str) -> str:
        """Fill a text in; lists are joined, what is blank is marked and noted."""

        def fill(match: re.Match[str]) -> str:
            words = self._join(self.find(match[1]))
            return words.removesuffix(".") if text.startswith(".", match.end()) else words

        return re.sub(r"[ \t]+", " ", FIELD.sub(fill, text)).strip()

    def tell(self, passage: Passage) -> list[str]:
        """Return the lines of a passage; a line of one field that holds several makes a list."""
        lines = []
        for line in passage.text[self.lang].splitlines():
            alone = FIELD.fullmatch(line.strip())
            words = self.find(alone[1]) if alone else self.say(line)
            if isinstance(words, list) and len(words) > 1:
                lines += [f"- {word}" for word in words]
            elif isinstance(words, list):
                lines += words
            elif words and words.strip():
                lines += [part for part in words.splitlines() if part.strip()]
        return lines

    def find(self, name: str) -> str | list[str]:
        """Return the value of a field: a phrase of the packs, else a word of facts and case."""
        phrase = self._phrases.get(name)
        if phrase is None:
            words = self._words[name]() if name in self._words else None
            return words or self._mark(name)
        for saying in phrase:
            if self._applies(saying):
                text = saying[self.lang]
                alone = FIELD.fullmatch(text)
                return self.find(alone[1]) if alone else self.say(text)
        return ""

    def _join(self, words: str | list[str]) -> str:
        """Put several texts into one: sentences one after the other, names with commas."""
        if isinstance(words, str):
            return words
        if any(word.endswith((".", "。", "!", "?", "！", "？")) for word in words):
            return ("" if self.lang == "zh" else " ").join(words)
        return _JOIN[self.lang].join(words)

    def _mark(self, name: str) -> str:
        labels = self.occasion.knowledge.labels
        what = labels(f"notice.blank.{name.rstrip('-0123456789')}", self.lang)
        self.blanks.append(name)
        return labels("notice.blank", self.lang, what=what)

    def _applies(self, saying: Saying) -> bool:
        return all(set(words) & self._describe(path) for path, words in saying.when.items())

    def _describe(self, path: str) -> set[str]:
        """Return the words that a condition may name for a path."""
        if path == "regime":
            return {self.regime}
        if path.startswith("decided."):
            return {self.occasion.decided.get(path.removeprefix("decided."), "none")}
        if path == "same-day":
            days = {self._write_day("times.occurred_at"), self._write_day(*_NOTICED)}
            return {"yes" if len(days) == 1 and None not in days else "no"}
        if path == "individuals":
            told = self.occasion.decided
            return {told[id] for id in told if id.endswith(("-ind", "34"))}
        if path in TOLD:
            return {"stated" if self._read_told(path) else "blank"}
        if path == "contacts":
            case = self.occasion.case
            return {contact.get("role", "") for contact in case.contacts} if case else set()
        value = self.occasion.facts[path]
        if value is None:
            return {"blank"}
        if isinstance(value, Interval):
            everybody = path in COUNTS and value == self.occasion.facts["persons"]
            return {
                "stated",
                "none" if value.high == 0 else "some",
                *(("all",) if everybody else ()),
            }
        if isinstance(value, tuple):
            return {"stated", *(map(str, value) if value else ("none",))}
        return {"stated", *((value,) if isinstance(value, str) else ())}

    @cached_property
    def _phrases(self) -> dict[str, tuple[Saying, ...]]:
        pooled: dict[str, tuple[Saying, ...]] = {}
        packs = self.occasion.knowledge.notices.values()
        for pack in sorted(packs, key=lambda pack: not pack.ways):  # what all share stands last
            pooled |= pack.phrases
        return pooled | self.pack.phrases

    @cached_property
    def _words(self) -> dict[str, Callable[[], Words]]:
        facts, labels = self.occasion.facts, self.occasion.knowledge.labels
        found: dict[str, Callable[[], Words]] = {
            "organisation": lambda: self._name("name"),
            "province": lambda: self._name("province"),
            "day": lambda: write_day(self.occasion.day, self.lang),
            "reference": lambda: facts["id"],
            "clauses": lambda: list(self.clauses) or None,
            "kinds": lambda: self._list_titles("categories", self.occasion.knowledge.categories),
            "safeguards": lambda: self._list_titles(
                "failed_safeguards", self.occasion.knowledge.controls
            ),
            "plain-kinds": lambda: self._list_plain(),
            "told-kinds": lambda: list_words(self._list_plain() or (), self.lang),
            "laws": lambda: list(self.laws) or None,
            "short-name": lambda: shorten_name(self._name("name") or "", self.lang),
            "short-day": lambda: self._write_short_day(),
            **{f"short-kinds-{n}": partial(self._shorten, n) for n in (1, 2, 3)},
            "means": lambda: self._advise(lambda a: a.means),
            "steps": lambda: self._list_steps(),
            "first-steps": lambda: self._advise(lambda a: a.steps[0]),
            "child": lambda: self._advise(lambda a: a.child)[:MOST_STEPS],
            "brief": lambda: next(iter(self._advise(lambda a: a.brief)), None),
            "occurred": lambda: write_time_of_day(facts["times.occurred_at"], self.lang),
            "noticed": lambda: write_time_of_day(find_start(facts, "discovery"), self.lang),
            "aware": lambda: write_time_of_day(facts["times.aware_at"], self.lang),
            "contained": lambda: write_time_of_day(facts["times.contained_at"], self.lang),
            "handled": lambda: write_time_of_day(facts["times.handling_ended_at"], self.lang),
            "occurred-day": lambda: self._write_day("times.occurred_at"),
            "noticed-day": lambda: self._write_day(*_NOTICED),
            "contained-day": lambda: self._write_day("times.contained_at"),
            "restored": lambda: self._write_span("availability.restored_after"),
            "outage": lambda: self._write_span("outage.whole"),
            "outage-main": lambda: self._write_span("outage.main_function"),
            "loss": lambda: self._write_loss(),
            "activities": lambda: self._list_activities(),
            "level": lambda: (
                labels(f"incident.level.of.{self.occasion.level}", self.lang)
                if self.occasion.level
                else None
            ),
            "persons-there": lambda: self._count(
                facts[f"persons_in.{self.regime}"] or facts["persons"]
            ),
            "contact-name": lambda: self._contact.get("name"),
            "phone": lambda: self._contact.get("phone"),
            "email": lambda: self._contact.get("email"),
            "phone-spoken": lambda: spell_number(self._contact.get("phone", ""), self.lang),
            "email-spoken": lambda: spell_address(self._contact.get("email", ""), self.lang),
            **{f"eu-{key}": partial(self._read_eu, key) for key in ("name", "phone", "email")},
        }
        for name in _COUNTS:
            found[name.replace("_", "-")] = partial(self._count, facts[name])
        for name in TOLD:
            found["done" if name == "mitigations" else name] = partial(self._read_told, name)
        return found

    def _name(self, key: str) -> str | None:
        case = self.occasion.case
        if case is None:
            return None
        of = case.organisation
        text = of.get(f"{key}_{self.lang}") or of.get(key)
        return flatten_text(text) if text else None

    def _read_told(self, name: str) -> list[str]:
        """Return what the facts give to pass on, in this language or marked for translation."""
        facts = self.occasion.facts
        own, plain = facts[f"{name}_{self.lang}"], facts[name]
        other = facts[f"{name}_{'en' if self.lang == 'zh' else 'zh'}"]
        masked = [self._mask(text) for text in own or plain or other or ()]
        labels = self.occasion.knowledge.labels
        return [
            text
            if own or bool(_CJK.search(text)) == (self.lang == "zh")
            else labels("notice.translate", self.lang, text=text)
            for text in masked
        ]

    def _mask(self, text: str) -> str:
        return mask_text(text, self._hidden, self._kept)

    @cached_property
    def _hidden(self) -> list[str]:
        case = self.occasion.case
        return list_names(case, outside=self.pack.outside) if case else []

    @cached_property
    def _kept(self) -> list[str]:
        return list_contacts(self.occasion.case) if self.occasion.case else []

    def _list_titles(self, path: str, known: Mapping[str, Any]) -> list[str] | None:
        ids = self.occasion.facts[path]
        return [known[id].title[self.lang] for id in ids] if ids else None

    def _list_plain(self) -> list[str] | None:
        """Return the kinds of information in plain words, else by their titles."""
        knowledge, ids = self.occasion.knowledge, self.occasion.facts["categories"]
        return [
            knowledge.labels(f"kind.{id}", self.lang)
            if f"kind.{id}" in knowledge.labels
            else knowledge.categories[id].title[self.lang]
            for id in ids or ()
        ] or None

    def _list_activities(self) -> list[str] | None:
        ids, case = self.occasion.facts["activities"], self.occasion.case
        if not ids or case is None:
            return list(ids) if ids else None
        rows = case.frames["activities"].set_index("id", drop=False)
        return [
            case.say(rows.loc[id], "title", self.lang) if id in rows.index else id for id in ids
        ]

    @cached_property
    def _advice(self) -> list[Advice]:
        kinds = list(self.occasion.facts["categories"] or ())
        minors, children = (self._describe(path) for path in ("minors", "children"))
        young = {"guardians": "some", "public": "some", "individuals": "all"}
        if young.get(self.pack.recipient or "") in minors | children:
            kinds.append("children.any")
        return find_advice(self.occasion.knowledge.advice, kinds)

    @cached_property
    def _concerned(self) -> list[Advice]:
        """The advice on every category, what other advice covers included."""
        advice = self.occasion.knowledge.advice
        ids = {
            found.id
            for category in self.occasion.facts["categories"] or ()
            for found in find_advice(advice, [category])
        }
        return [entry for id, entry in advice.items() if id in ids]

    def _advise(self, pick: Callable[[Advice], Any]) -> list[str]:
        return list(dict.fromkeys(pick(advice)[self.lang] for advice in self._advice))

    def _shorten(self, most: int) -> str | None:
        words = [advice.word[self.lang] for advice in self._concerned]
        rest = {"en": " etc.", "zh": "等"}[self.lang] if len(words) > most else ""
        return self._join(words[:most]) + rest if words else None

    def _list_steps(self) -> list[str]:
        steps = (step[self.lang] for advice in self._advice for step in advice.steps)
        return list(dict.fromkeys(steps))

    def _count(self, count: Interval | None) -> str | None:
        if count is None:
            return None
        labels, best = self.occasion.knowledge.labels, count.best
        low, high = count.low, count.high
        if low is not None and low == high:
            return f"{low:,}"
        if best in (low, high):  # a number that is an end of the range is not said twice
            best = None
        if low is not None and high is not None:
            shape = "between" if best is None else "about-between"
        elif best is not None:
            shape = "about"
        else:
            shape = "at-least" if low is not None else "at-most"
        said = {"low": low, "best": best, "high": high}
        numbers = {name: f"{n:,}" for name, n in said.items() if n is not None}
        return labels(f"notice.count.{shape}", self.lang, **numbers)

    def _write_day(self, *paths: str) -> str | None:
        stated = [self.occasion.facts[path] for path in paths if self.occasion.facts[path]]
        return write_day(min(stated), self.lang) if stated else None

    def _write_short_day(self) -> str | None:
        stated = [self.occasion.facts[path] for path in _NOTICED if self.occasion.facts[path]]
        return shorten_day(min(stated), self.lang) if stated else None

    def _write_span(self, path: str) -> str | None:
        span = self.occasion.facts[path]
        if not isinstance(span, timedelta):
            return None
        labels = self.occasion.knowledge.labels
        minutes = int(span.total_seconds() // 60)
        for unit, size in (("day", 1440), ("hour", 60), ("minute", 1)):
            if minutes >= size and minutes % size == 0:
                n = minutes // size
                many = "" if n == 1 else "s"
                return labels(f"notice.span.{unit}{many}", self.lang, n=n)
        return labels("notice.span.mixed", self.lang, h=minutes // 60, m=minutes % 60)

    def _write_loss(self) -> str | None:
        amount, currency = (self.occasion.facts[f"direct_loss.{x}"] for x in ("amount", "currency"))
        number = self._count(amount)
        return f"{currency or ''} {number}".strip() if number else None

    def _read_eu(self, key: str) -> str | None:
        """Return a contact of the officer for the European Union."""
        contacts = self.occasion.case.contacts if self.occasion.case else ()
        for contact in contacts:
            if contact.get("role") == "dpo":
                text = contact.get(f"{key}_{self.lang}") or contact.get(key)
                return flatten_text(text) if text else None
        return None

    @cached_property
    def _contact(self) -> dict[str, str]:
        case = self.occasion.case
        if case is None:
            return {}
        roles = self.pack.contacts.get(self.regime, self.pack.contacts.get("any", ()))
        named = {contact.get("role", ""): contact for contact in reversed(case.contacts)}
        found = next((named[role] for role in roles if role in named), None)
        if found is None and case.contacts:
            found = case.contacts[0]
        given = dict(found or {})
        given["name"] = given.get(f"name_{self.lang}") or given.get("name", "")
        return {key: flatten_text(text) for key, text in given.items()}


def list_names(case: Case, *, outside: bool) -> list[str]:
    """Return what a notice may not name: who holds roles, and outside the house the systems."""
    columns = [("roles", "holder"), ("roles", "contact"), ("parties", "contact")]
    if outside:
        columns.append(("systems", "title"))
    return sorted(set(_read_columns(case, columns)))


def _read_columns(case: Case, columns: Iterable[tuple[str, str]]) -> Iterator[str]:
    for table, column in columns:
        frame = case.frames[table]
        for name in (column, f"{column}_en", f"{column}_zh"):
            if name in frame:
                yield from (t for t in frame[name].tolist() if isinstance(t, str) and len(t) > 1)


def list_contacts(case: Case) -> list[str]:
    """Return the organisation's own contacts, which a notice may name."""
    named = [contact.get(key, "") for contact in case.contacts for key in ("email", "phone")]
    return [text for text in [*named, *case.channels.get("recommended", ())] if text]
