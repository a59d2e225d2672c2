"""Every way a scenario can go, as far as it matters: what is learned and which branch is taken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product

from piaskit.incident.fields import FIELDS
from piaskit.knowledge.scenario import Scenario
from piaskit.tabletop.exercise import Choice, Event, State, advance, meets, pick_event
from piaskit.tabletop.scenario import Game, Known

MOST = 50_000  # states that are looked at
LATE = 3  # times the pace asked for: from there on a decision is worth nothing

Way = tuple[str, int] | None  # an option and how many minutes after the opening; None: undecided


@dataclass(slots=True)
class Explored:
    """The states that were met, and whether these are all that there are."""

    states: list[State] = field(default_factory=list)
    complete: bool = True

    @property
    def ends(self) -> list[State]:
        return [state for state in self.states if state.ended]


def explore_game(game: Game, most: int = MOST) -> Explored:
    """Play every way that can differ in facts or branches, each decision at once or late.

    Options that change no fact and that no inject names lead to the same states, so one of them
    stands for all. The search ends after ``most`` states; ``complete`` is then false.
    """
    ways = {name: _list_ways(game.scenario, name) for name in game.scenario.decisions}
    found = Explored()
    start, _ = advance(game, State(), Event("start", 0, game.scenario.id))
    open_: list[tuple[State, Mapping[str, Choice], frozenset[str]]] = [(start, {}, frozenset())]
    while open_:
        if len(found.states) >= most:
            found.complete = False
            break
        state, planned, asked = open_.pop()
        new = next((name for name in state.opened if name not in asked), None)
        if new is not None:
            for way in ways[new]:
                plans = dict(planned)
                if way is not None:
                    plans[new] = Choice(new, way[0], state.opened[new] + way[1])
                open_.append((state, plans, asked | {new}))
            continue
        found.states.append(state)
        if state.ended:
            continue
        event = pick_event(game, state, planned)
        state, _ = advance(game, state, event)
        left = {name: choice for name, choice in planned.items() if name != event.id}
        open_.append((state, left if event.kind == "decision" else planned, asked))
    return found


def _list_ways(scenario: Scenario, name: str) -> list[Way]:
    """Return the ways to take a decision that lead to different states."""
    decision = scenario.decisions[name]
    branches = scenario.injects.values()
    named = {choice for branch in branches for choice in (*branch.when, *branch.unless)}
    ways: dict[str, str] = {}
    for id, option in decision.options.items():
        branch = id if f"{name}.{id}" in named else ""
        ways.setdefault(json.dumps([_weigh(option.effects.facts), branch]), id)
    plain = json.dumps([{}, ""])
    marked = [id for key, id in ways.items() if key != plain]
    late = LATE * decision.due_min
    return [None, *((id, after) for id in marked for after in (0, late))]


def _weigh(facts: Known) -> Known:
    """Return the facts on which a duty can turn: all but texts, such as mitigations."""
    texts = {path for path, field in FIELDS.items() if field.kind in ("text", "texts")}
    return {key: facts[key] for key in sorted(facts) if key not in texts}


def find_endings(scenario: Scenario, most: int = MOST) -> set[str]:
    """Return the endings that some choices lead to; after ``most`` tries all count as reached."""
    branches = scenario.endings.values()
    named = {choice for branch in branches for choice in (*branch.when, *branch.unless)}
    ways: dict[str, list[str]] = {}
    for choice in sorted(named):
        ways.setdefault(choice.partition(".")[0], [""]).append(choice)
    found: set[str] = set()
    for number, chosen in enumerate(product(*ways.values())):
        if number >= most:
            return set(scenario.endings)
        met = set(chosen)
        found.add(next(id for id, branch in scenario.endings.items() if meets(branch, met)))
    return found
