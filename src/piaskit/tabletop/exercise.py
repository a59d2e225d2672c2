"""The exercise itself: a pure state machine over an append-only log.

``advance`` takes a state and an event and returns the next state with the lines that go into the
log. It reads no clock and draws no chance, so a log can be replayed to the same state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from piaskit.knowledge.scenario import Branch
from piaskit.tabletop.scenario import Clock, Game, Known

Entry: TypeAlias = dict[str, Any]
Range: TypeAlias = tuple[int, int, int]
Rating: TypeAlias = Literal["P", "S", "M", "U"]
Kind: TypeAlias = Literal[
    "start", "inject", "decision", "notice", "clock", "end", "step", "note", "attendance",
]  # fmt: skip
_TOLD = ("note", "attendance")
_ORDER: tuple[Kind, ...] = ("inject", "decision", "notice", "clock")  # within a minute
_INJECT, _DECISION, _NOTICE, _CLOCK = range(len(_ORDER))
LONGEST = 10_000_000  # minutes, some nineteen years
NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Message:
    """A notice as a team worded it: whom it tells by which duties, its way, what it says."""

    duties: tuple[str, ...]
    way: str
    elements: tuple[str, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a player decides: an option, from which minute on, how many persons, and why.

    ``messages`` are the notices of the option as the team built them; None leaves them as the
    option has them.
    """

    decision: str
    option: str
    at_min: int = 0
    persons: Range | None = None
    why: str = ""
    messages: tuple[Message, ...] | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that drives the exercise: an inject, a decision, a notice going out, a missed
    clock, the start or the end; ``id`` names it.

    A step lets time pass; a note and the attendance are ``told`` and change nothing in the facts.
    """

    kind: Kind
    at_min: int
    id: str
    choice: Choice | None = None
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Taken:
    """A decision that was taken; ``known`` is the range of persons that the facts then gave."""

    choice: Choice
    line: int
    known: Range | None

    @property
    def at_min(self) -> int:
        return self.choice.at_min


class State(NamedTuple):
    """Where the exercise stands after a number of log lines."""

    at_min: int = 0
    lines: int = 0
    known: Known = NOTHING
    clocks: Mapping[str, Clock] = NOTHING
    missed: Mapping[str, int] = NOTHING
    made: Mapping[str, tuple[int, str, int]] = NOTHING  # minute, decision, line
    arrived: tuple[str, ...] = ()
    opened: Mapping[str, int] = NOTHING
    taken: Mapping[str, Taken] = NOTHING
    waiting: tuple[tuple[int, str], ...] = ()  # notices on their way: minute, decision
    exposure: Fraction = Fraction(1)  # share of harm still possible
    person_minutes: Fraction = Fraction(0)
    evidence: str = "unknown"
    refused: tuple[str, ...] = ()  # injects and decisions whose facts contradict what is known
    ended: bool = False


Player: TypeAlias = Callable[[Game, State, str], Choice | None]
"""Asked once, when a decision opens; None leaves it undecided."""


def play_exercise(
    game: Game,
    player: Player,
    begun: Sequence[Entry] = (),
    keep: Callable[[list[Entry]], object] | None = None,
) -> tuple[State, list[Entry]]:
    """Play a scenario to its end; return the last state and the log.

    ``begun`` are lines of an exercise that was broken off: it goes on as if it never had been, for
    the player is asked at the same states, and what was decided stands. ``keep`` is given the
    lines of each event before the next one happens.
    """
    past = [read_event(entry) for entry in begun if _is_driving(entry)][::-1]
    state = State()
    log: list[Entry] = []
    planned: dict[str, Choice] = {}
    asked: set[str] = set()
    event = past.pop() if past else Event("start", 0, game.scenario.id)
    while True:
        state, lines = advance(game, state, event)
        if keep is not None:
            keep(lines)
        log += lines
        planned.pop(event.id if event.kind == "decision" else "", None)
        if state.ended:
            return state, log
        for decision in state.opened:
            if decision not in asked:
                asked.add(decision)
                choice = player(game, state, decision)
                if choice is not None:
                    planned[decision] = choice
        event = past.pop() if past else pick_event(game, state, planned)


def replay_log(game: Game, log: list[Entry]) -> tuple[State, int | None]:
    """Replay a log; return the state, and the first line that now comes out otherwise, if any.

    Lines that only follow from others (clocks that start or are met) are worked out anew.
    """
    state, differs, expected = State(), None, iter(log)
    for entry in log:
        if state.ended or not _is_driving(entry):
            continue
        state, lines = advance(game, state, read_event(entry))
        for line in lines:
            if line != next(expected, None) and differs is None:
                differs = int(line["n"])
    return state, differs


def _is_driving(entry: Entry) -> bool:
    return bool(entry["kind"] != "clock" or entry["values"]["state"] == "missed")


def read_event(entry: Entry) -> Event:
    """Return the event that a line of a log stands for."""
    id, values = entry["ids"][0], entry["values"]
    choice = None
    if entry["kind"] == "decision":
        persons = values["persons"]
        stated = None if persons is None else tuple(persons[p] for p in ("low", "best", "high"))
        messages = None
        if "notices" in values:
            messages = tuple(
                Message(tuple(m["duties"]), m["way"], tuple(m["elements"]), m["text"])
                for m in values["notices"]
            )
        choice = Choice(id, values["option"], entry["at_min"], stated, values["why"], messages)
    told = values if entry["kind"] in _TOLD else {}
    return Event(entry["kind"], entry["at_min"], id, choice, told)


def pick_event(game: Game, state: State, planned: Mapping[str, Choice]) -> Event:
    """Return what comes next; of one minute injects first, then decisions, notices, clocks."""
    now, last, chosen = state.at_min, game.scenario.lasts_min, list_chosen(state)
    events = [
        (minute, _INJECT, id)
        for id, inject in game.scenario.injects.items()
        if id not in state.arrived and (minute := game.arrives(id)) >= now and meets(inject, chosen)
    ]
    events += [
        (max(choice.at_min, state.opened[id], now), _DECISION, id) for id, choice in planned.items()
    ]
    events += [
        (max(clock.deadline_min, now), _CLOCK, id)
        for id, clock in state.clocks.items()
        if clock.decision == "required"
        and clock.deadline_min is not None
        and id not in state.made
        and id not in state.missed
        and clock.deadline_min < last
    ]
    events = [event for event in events if event[0] <= last]
    events += [(minute, _NOTICE, id) for minute, id in state.waiting]
    if not events:
        return Event("end", max(last, now), game.scenario.id)
    at_min, order, id = min(events)
    choice = replace(planned[id], at_min=at_min) if order == _DECISION else None
    return Event(_ORDER[order], at_min, id, choice)


def list_chosen(state: State) -> AbstractSet[str]:
    """Return what was decided, each named ``decision.option``."""
    return {f"{id}.{taken.choice.option}" for id, taken in state.taken.items()}


def holds(branch: Branch, state: State) -> bool:
    """Tell whether the condition of an inject or ending is met by what was decided."""
    return meets(branch, list_chosen(state))


def meets(branch: Branch, chosen: AbstractSet[str]) -> bool:
    """Tell whether choices, each named ``decision.option``, meet a condition."""
    if branch.when and chosen.isdisjoint(branch.when):
        return False
    return chosen.isdisjoint(branch.unless)


def advance(game: Game, state: State, event: Event) -> tuple[State, list[Entry]]:
    """Return the state after an event, and the log lines that record it and what follows."""
    last = game.scenario.lasts_min
    spent = min(event.at_min, last) - min(state.at_min, last)
    state = state._replace(at_min=event.at_min, lines=state.lines + 1)
    if spent:
        more = spent * state.exposure * game.scenario.exposed
        state = state._replace(person_minutes=state.person_minutes + more)
    before = state.clocks
    state, values = _APPLY[event.kind](game, state, event)
    lines: list[Entry] = [_write(state.lines, event.at_min, event.kind, [event.id], values)]
    for n, clock in enumerate(_list_changes(before, state.clocks), state.lines + 1):
        told = {"state": clock.decision, "deadline_min": clock.deadline_min}
        lines.append(_write(n, event.at_min, "clock", [clock.id], told))
    return state._replace(lines=state.lines + len(lines) - 1) if lines[1:] else state, lines


def _write(n: int, at_min: int, kind: str, ids: list[str], values: Entry) -> Entry:
    return {"n": n, "at_min": at_min, "kind": kind, "ids": ids, "values": values}


def _list_changes(old: Mapping[str, Clock], new: Mapping[str, Clock]) -> Iterator[Clock]:
    """Yield the duties that changed; one that never was due needs no line."""
    if new is old:
        return
    for id, clock in new.items():
        if clock != old.get(id) and (id in old or clock.decision != "not-required"):
            yield clock


def _learn(game: Game, state: State, news: Known, teller: str = "") -> State:
    learned = game.learn(state.known, news, state.at_min)
    if not learned.taken_up:
        state = state._replace(refused=(*state.refused, teller))
    clocks = {clock.id: clock for clock in learned.clocks}
    return state._replace(known=learned.known, clocks=clocks)


def _apply_start(game: Game, state: State, event: Event) -> tuple[State, Entry]:
    values: Entry = {"version": game.scenario.version, "controls": sorted(game.controls)}
    if game.luck is not None:
        values["luck"] = game.luck
    return _learn(game, state, game.scenario.known), values


def _apply_inject(game: Game, state: State, event: Event) -> tuple[State, Entry]:
    inject = game.scenario.injects[event.id]
    opened = [
        id
        for id, decision in game.scenario.decisions.items()
        if event.id in decision.opens and id not in state.opened
    ]
    state = state._replace(
        arrived=(*state.arrived, event.id),
        opened={**state.opened, **dict.fromkeys(opened, event.at_min)},
    )
    values: Entry = {"channel": inject.channel, "opens": opened}
    return _learn(game, state, inject.reveals, event.id) if inject.reveals else state, values


def _apply_decision(game: Game, state: State, event: Event) -> tuple[State, Entry]:
    choice = event.choice
    assert choice is not None
    option = game.scenario.decisions[event.id].options[choice.option]
    taken = Taken(choice, state.lines, read_known(state.known))
    share = _read_share(option.effects.exposure)
    throw = throw_luck(game, event.id) if game.luck is not None and share < 1 else None
    if throw is not None and not throw["holds"]:
        share = (1 + share) / 2
    waiting = state.waiting
    if option.notices:
        waiting = tuple(sorted([*waiting, (event.at_min + option.delay_min, event.id)]))
    state = state._replace(
        taken={**state.taken, event.id: taken},
        waiting=waiting,
        exposure=state.exposure * share,
        evidence=option.effects.evidence or state.evidence,
    )
    if option.effects.facts:
        state = _learn(game, state, option.effects.facts, event.id)
    persons = choice.persons
    values: Entry = {
        "option": choice.option,
        "persons": None
        if persons is None
        else dict(zip(("low", "best", "high"), persons, strict=True)),
        "why": choice.why,
    }
    if choice.messages is not None:
        values["notices"] = [
            {
                "duties": list(message.duties),
                "way": message.way,
                "elements": list(message.elements),
                "text": message.text,
            }
            for message in choice.messages
        ]
    if throw is not None:
        values["luck"] = throw
    return state, values


@cache
def _read_share(written: float) -> Fraction:
    """Return the very number that a pack has written, such as 0.3."""
    return Fraction(str(written))


def throw_luck(game: Game, decision: str) -> Entry:
    """Throw a die of twenty for a measure: from eleven on it holds, else by half.

    Each verified safeguard that helps in the scenario adds 3, two at most. The die of a decision
    is fixed by the game's ``luck``, so nobody throws twice.
    """
    seed = [game.luck or 0, *decision.encode()]
    roll = int(np.random.default_rng(seed).integers(1, 21))
    bonus = 3 * min(2, len(game.helpers))
    return {"roll": roll, "bonus": bonus, "holds": roll + bonus >= 11}


def list_messages(game: Game, choice: Choice) -> tuple[Message, ...]:
    """Return the notices that a choice sends, as the team built them or as the option has them."""
    if choice.messages is not None:
        return choice.messages
    option = game.scenario.decisions[choice.decision].options[choice.option]
    return tuple(
        Message(
            notice.duties,
            notice.way,
            notice.elements
            or tuple(dict.fromkeys(e for d in notice.duties for e in game.list_elements(d))),
        )
        for notice in option.notices
    )


def _apply_notice(game: Game, state: State, event: Event) -> tuple[State, Entry]:
    messages = list_messages(game, state.taken[event.id].choice)
    made = dict(state.made)
    for message in messages:
        for duty in message.duties:
            made.setdefault(duty, (event.at_min, event.id, state.lines))
    waiting = tuple(pair for pair in state.waiting if pair[1] != event.id)
    sent = [{"duties": list(m.duties), "way": m.way} for m in messages]
    return state._replace(made=made, waiting=waiting), {"sent": sent}


def _apply_missed(game: Game, state: State, event: Event) -> tuple[State, Entry]:
    clock = state.clocks.get(event.id)
    values: Entry = {"state": "missed", "deadline_min": clock.deadline_min if clock else None}
    return state._replace(missed={**state.missed, event.id: event.at_min}), values


def _apply_nothing(game: Game, state: State, event: Event) -> tuple[State, Entry]:
    return state, dict(event.told)


def _apply_end(game: Game, state: State, event: Event) -> tuple[State, Entry]:
    ending = next(id for id, e in game.scenario.endings.items() if holds(e, state))
    return state._replace(ended=True), {"ending": ending}


_APPLY: dict[Kind, Callable[[Game, State, Event], tuple[State, Entry]]] = {
    "start": _apply_start,
    "inject": _apply_inject,
    "decision": _apply_decision,
    "notice": _apply_notice,
    "clock": _apply_missed,
    "end": _apply_end,
    "step": _apply_nothing,
    "note": _apply_nothing,
    "attendance": _apply_nothing,
}


def read_known(known: Known) -> Range | None:
    """Return low, best and high of the persons that the facts state, None when none is stated.

    >>> read_known({"persons": {"low": "10", "high": "40"}})
    (10, 25, 40)
    """
    stated = known.get("persons")
    if stated is None:
        return None
    if not isinstance(stated, Mapping):
        return (int(stated),) * 3
    low, high = int(stated.get("low", 0)), stated.get("high")
    top = int(high) if high is not None else LONGEST
    best = stated.get("best")
    return (low, int(best) if best is not None else (low + top) // 2, top)
