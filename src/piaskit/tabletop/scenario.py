"""A scenario on the table: its facts so far, and the clocks that the law starts in them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.incident import Facts, build_facts, decide_incident
from piaskit.knowledge.folder import suggest

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge import Duty, Knowledge, Scenario

Known = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Clock:
    """A duty as the facts stand: ``deadline_min`` counts from minute 0, None without a number."""

    id: str
    regime: str
    recipient: str
    decision: str
    deadline_min: int | None


class Learned(NamedTuple):
    """What is known after news, and every duty decided on it; news that contradict stay out."""

    known: Known
    clocks: tuple[Clock, ...]
    taken_up: bool


@dataclass(frozen=True, slots=True, eq=False)
class Game:
    """One scenario with the knowledge it is judged by and the safeguards that are verified.

    With ``luck``, a seed, measures may hold by half only. Equal facts are decided once; the answers
    are kept here, for many plays ask the same.
    """

    scenario: Scenario
    knowledge: Knowledge
    controls: frozenset[str] = frozenset()
    luck: int | None = None
    best: list[Any] = field(default_factory=list)  # the end of the best play, once it is known
    _decided: dict[str, Learned | None] = field(default_factory=dict)
    _learned: dict[tuple[int, ...], tuple[Known, Known, Learned]] = field(default_factory=dict)
    _elements: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def helpers(self) -> tuple[str, ...]:
        """The controls that help in this scenario and are verified in the case."""
        sooner = [
            inject.sooner.control for inject in self.scenario.injects.values() if inject.sooner
        ]
        named = dict.fromkeys([*self.scenario.safeguards, *sooner])
        return tuple(control for control in named if control in self.controls)

    def arrives(self, inject: str) -> int:
        """Return the minute of an inject; a verified safeguard may bring it forward."""
        given = self.scenario.injects[inject]
        if given.sooner and given.sooner.control in self.controls:
            return min(given.at_min, given.sooner.at_min)
        return given.at_min

    def learn(self, known: Known, news: Known, at_min: int) -> Learned:
        """Add news to what is known and decide every duty on it.

        News that contradict what is known are not taken up: people err, the exercise goes on.
        """
        asked = (id(known), id(news), at_min if _says_now(news) else -1)
        of, by, learned = self._learned.get(asked, (None, None, None))
        if learned is None or of is not known or by is not news:  # else they are the very same
            learned = self._learn(known, news, at_min)
            self._learned[asked] = (known, news, learned)
        return learned

    def _learn(self, known: Known, news: Known, at_min: int) -> Learned:
        joined = join_facts(known, self.date(news, at_min))
        key = json.dumps(joined, sort_keys=True, ensure_ascii=False)
        if key not in self._decided:
            try:
                clocks = self._decide(self.read_facts(joined))
                self._decided[key] = Learned(joined, clocks, True)
            except InvalidData:
                if not news:
                    raise
                self._decided[key] = None
        return self._decided[key] or self._learn(known, {}, at_min)._replace(taken_up=False)

    def read_facts(self, known: Known) -> Facts:
        """Type facts that are written as in a facts file; raises InvalidData."""
        return build_facts(known, self.knowledge, self.scenario.id)

    def date(self, news: Known, at_min: int) -> dict[str, Any]:
        """Write the minute for every time that says ``now``."""
        moment = (self.scenario.starts_at + timedelta(minutes=at_min)).isoformat()
        return {
            key: self.date(value, at_min)
            if isinstance(value, Mapping)
            else moment
            if value == "now"
            else value
            for key, value in news.items()
        }

    def list_elements(self, duty: str) -> tuple[str, ...]:
        """Return the ids of what the notice of a duty has to say; none where its law has none."""
        if duty not in self._elements:
            packs = (pack for pack in self.knowledge.duties.values() if duty in pack.duties)
            pack = next(packs, None)
            notice = pack.duties[duty].notice if pack else None
            self._elements[duty] = tuple(pack.notices[notice].elements) if pack and notice else ()
        return self._elements[duty]

    def _decide(self, facts: Facts) -> tuple[Clock, ...]:
        start = self.scenario.starts_at
        decided = decide_incident(facts, self.knowledge)
        return tuple(
            Clock(
                duty.id,
                duty.pack.regime,
                duty.duty.recipient,
                duty.decision,
                None if duty.deadline is None else (duty.deadline - start) // timedelta(minutes=1),
            )
            for duty in decided.duties
        )


def _says_now(news: Known) -> bool:
    return any(
        value == "now" or (isinstance(value, Mapping) and _says_now(value))
        for value in news.values()
    )


def join_facts(known: Known, news: Known) -> dict[str, Any]:
    """Lay news over what is known; a count that is told again replaces the old one as a whole."""
    joined = dict(known)
    for key, value in news.items():
        old = joined.get(key)
        counted = isinstance(value, Mapping) and set(value) <= {"low", "best", "high"}
        if isinstance(old, Mapping) and isinstance(value, Mapping) and not counted:
            value = join_facts(old, value)
        joined[key] = value
    return joined


def open_game(
    scenario: str,
    case: Case | None,
    knowledge: Knowledge,
    controls: frozenset[str] | None = None,
) -> Game:
    """Return a scenario ready to be played with the safeguards of a case.

    ``controls`` are those of them that are verified, where that is known.

    Raises InvalidData (``unknown-scenario``) with the nearest id.
    """
    if scenario not in knowledge.scenarios:
        known = sorted(knowledge.scenarios)
        hint = suggest(scenario, known) or "there are " + ", ".join(known)
        message = f"no scenario is called {quote(scenario)}"
        raise InvalidData(
            [Issue("unknown-scenario", Place("scenarios"), message, quote(scenario), hint)]
        )
    if controls is None:
        controls = list_verified(case) if case else frozenset()
    return Game(knowledge.scenarios[scenario], knowledge, controls)


def list_verified(case: Case) -> frozenset[str]:
    """Return the controls of which a safeguard of the case is verified."""
    from piaskit.safeguards import judge_safeguards

    reviewed = judge_safeguards(case)
    verified = set(reviewed.loc[reviewed["state"] == "verified", "id"])
    frame = case.frames["safeguards"]
    return frozenset(frame.loc[frame["id"].isin(verified), "control"].dropna())


def find_duty(knowledge: Knowledge, id: str) -> Duty:
    """Return a duty by its id, in whatever pack it stands; raises KeyError."""
    for pack in knowledge.duties.values():
        if id in pack.duties:
            return pack.duties[id]
    raise KeyError(id)


def name_contents(game: Game, duty: str, elements: Iterable[str], lang: str) -> list[str]:
    """Name contents of the notice of a duty."""
    for pack in game.knowledge.duties.values():
        notice = pack.duties[duty].notice if duty in pack.duties else None
        if notice:
            return [pack.notices[notice].elements[id].title[lang] for id in elements]
    return []
