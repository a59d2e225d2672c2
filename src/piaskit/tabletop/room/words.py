"""The room's own words, and numbers as people write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from piaskit.tabletop.exercise import LONGEST, Range, read_known
from piaskit.tabletop.review import write_minute

if TYPE_CHECKING:
    from piaskit.knowledge import Knowledge
    from piaskit.tabletop.scenario import Game

_COUNT = re.compile(r"(\d{1,3}(?:[,，]\d{3})+|\d+)(?:\.(\d+))?\s*([万千]?)人?")
_TENS = {"万": 10_000, "千": 1_000, "": 1}


@dataclass(frozen=True, slots=True)
class Words:
    """Says labels ``room.*`` and what stands in a scenario in one language."""

    knowledge: Knowledge
    lang: str

    def say(self, id: str, **fields: object) -> str:
        return self.knowledge.labels(f"room.{id}", self.lang, **fields)

    def label(self, id: str) -> str:
        return self.knowledge.labels(id, self.lang)

    def name_kinds(self, ids: Any) -> str:
        """Name kinds of information."""
        known = self.knowledge.categories
        named = [known[id].title[self.lang] if id in known else str(id) for id in ids]
        return ("、" if self.lang == "zh" else ", ").join(named)

    def write_range(self, persons: Range | None) -> str:
        """Write a range of persons, one number if it is one."""
        if persons is None:
            return self.say("unknown")
        low, best, high = (f"{n:,}" for n in persons)
        if persons[2] >= LONGEST:
            high = "?"
        if low == high:
            return self.say("exactly", best=best)
        return self.say("range", low=low, best=best, high=high)

    def write_count(self, facts: Mapping[str, Any], name: str) -> str:
        """Write what facts say about a count: persons, minors or children."""
        return self.write_range(read_known({"persons": facts.get(name)}))

    def write_moment(self, game: Game, minute: int) -> str:
        """Write a minute of the exercise as a moment of its calendar."""
        moment = game.scenario.starts_at + timedelta(minutes=minute)
        return f"{moment:%Y-%m-%d %H:%M}"

    def write_span(self, minute: int) -> str:
        return write_minute(minute)


def read_count(text: str) -> int | None:
    """Read a count of persons as people write it; None if it is none.

    >>> read_count("8,600"), read_count("1.2万"), read_count("about 9"), read_count("4千人")
    (8600, 12000, None, 4000)
    """
    found = _COUNT.fullmatch(text.strip())
    if not found:
        return None
    whole, part, unit = found.groups()
    size = _TENS[unit]
    number = int(re.sub("[,，]", "", whole)) * size
    if part:
        scaled = int(part) * size
        if scaled % 10 ** len(part):
            return None
        number += scaled // 10 ** len(part)
    return number if number <= LONGEST * 1000 else None


def read_range(low: str, best: str, high: str) -> Range | None:
    """Read three counts in order; raises ValueError when only some are there or they are not.

    >>> read_range("10", "20", "4千"), read_range("", " ", "")
    ((10, 20, 4000), None)
    """
    texts = (low, best, high)
    if not any(text.strip() for text in texts):
        return None
    first, second, third = (read_count(text) for text in texts)
    if first is None or second is None or third is None or not first <= second <= third:
        raise ValueError("no range of persons")
    return first, second, third
