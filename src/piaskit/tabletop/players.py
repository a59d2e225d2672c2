"""Who plays: a file of decisions, or a policy that needs nobody at the table."""

from __future__ import annotations

import json
from bisect import bisect
from collections.abc import Callable, Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.knowledge.folder import suggest
from piaskit.knowledge.scenario import Scenario
from piaskit.tabletop.exercise import LONGEST, Choice, Player, Range, State, read_known
from piaskit.tabletop.scenario import Game

Policy: TypeAlias = Literal["best", "typical", "cautious", "worst", "silent", "random"]
POLICIES: tuple[str, ...] = get_args(Policy)
CHANCE = frozenset({"typical", "random"})  # policies that draw from the seed

_KEYS = ("decision", "option", "at_min", "persons", "why")
_BOUNDS = ("low", "best", "high")
_LARGEST = 1_000_000  # bytes of a file of decisions
LONG = 4_000  # characters of a reason
# How an untrained team is taken to decide: our convention, by the score of an option.
_TYPICAL = {3: 6.0, 2: 3.0, 1: 2.0, 0: 0.5}
_REASON = "policy: {}"


def make_player(policy: str, stream: np.random.SeedSequence | int = 1) -> Player:
    """Return a policy as a player; ``typical`` and ``random`` draw from the seed alone.

    - ``best``: the right option at once, the range that the facts give;
    - ``typical``: mostly sound options, at about the pace asked for, sometimes late;
    - ``cautious``: the right option, but only after twice the time asked for, wide ranges;
    - ``worst``: the gravest option at once, far too few persons;
    - ``silent``: nothing;
    - ``random``: any option at any time.

    Raises InvalidData for another word.
    """
    if policy not in POLICIES:
        hint = suggest(policy, POLICIES) or "policies are " + ", ".join(POLICIES)
        message = f"no policy is called {quote(policy)}"
        raise InvalidData([Issue("unknown-policy", Place("policy"), message, quote(policy), hint)])
    chance = np.random.default_rng(stream)
    decide: dict[str, Callable[[Game, State, str], Choice | None]] = {
        "best": _play_best,
        "typical": lambda game, state, name: _play_typical(game, state, name, chance),
        "cautious": _play_cautious,
        "worst": _play_worst,
        "silent": lambda game, state, name: None,
        "random": lambda game, state, name: _play_random(game, state, name, chance),
    }
    return decide[policy]


def make_reader(choices: Mapping[str, Choice]) -> Player:
    """Return a player that does what a file says; decisions it does not name stay open."""
    return lambda game, state, decision: choices.get(decision)


def _rank(game: Game, id: str) -> list[str]:
    """Return the options of a decision, best first; a critical fail comes last."""
    options = game.scenario.decisions[id].options
    return sorted(options, key=lambda o: (-options[o].score, options[o].critical_fail is not None))


def _play_best(game: Game, state: State, id: str) -> Choice:
    reason = _REASON.format("best")
    return Choice(id, _rank(game, id)[0], state.at_min, read_known(state.known), reason)


def _play_worst(game: Game, state: State, id: str) -> Choice:
    return Choice(id, _rank(game, id)[-1], state.at_min, (0, 0, 1), "")


def _play_cautious(game: Game, state: State, id: str) -> Choice:
    low, best, high = read_known(state.known) or (0, 0, LONGEST)
    at_min = state.at_min + 2 * game.scenario.decisions[id].due_min
    wide = (low // 2, best, high * 2)
    return Choice(id, _rank(game, id)[0], at_min, wide, _REASON.format("cautious"))


def _play_typical(game: Game, state: State, id: str, chance: np.random.Generator) -> Choice:
    decision = game.scenario.decisions[id]
    weights = [_TYPICAL[option.score] for option in decision.options.values()]
    shares = list(accumulate(weight / sum(weights) for weight in weights))
    option = list(decision.options)[bisect(shares, chance.random() * shares[-1])]
    pace, spread, reasoned = chance.lognormal(-0.3, 0.6), chance.lognormal(0, 0.5), chance.random()
    _, best, _ = read_known(state.known) or (0, 0, 0)
    middle = round(best * spread)
    stated = (middle // 2, middle, middle * 2)
    reason = _REASON.format("typical") if reasoned < 0.7 else ""
    return Choice(id, option, state.at_min + round(pace * decision.due_min), stated, reason)


def _play_random(game: Game, state: State, id: str, chance: np.random.Generator) -> Choice:
    decision = game.scenario.decisions[id]
    option = list(decision.options)[chance.integers(len(decision.options))]
    at_min = state.at_min + int(chance.integers(3 * decision.due_min + 1))
    low, best, high = sorted(int(n) for n in np.exp(chance.uniform(0, np.log(2e6), 3)))
    return Choice(id, option, at_min, (low, best, high), "")


def read_decisions(path: Path, scenario: Scenario) -> dict[str, Choice]:
    """Read a file of decisions, JSON lines ``{"decision", "option", "at_min", "persons", "why"}``.

    ``decision`` and ``option`` are needed. ``at_min`` counts minutes from the start; blank, or
    earlier than the decision opens, stands for the minute at which it opens. ``persons`` is a
    number, or low, best and high.

    Raises InvalidData with every bad line and the nearest ids.
    """
    place = Place(path.name)
    try:
        if path.stat().st_size > _LARGEST:
            message = f"is larger than {_LARGEST:,} bytes"
            raise InvalidData([Issue("decisions-unreadable", place, message)])
        text = path.read_text("utf-8-sig")
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise InvalidData([Issue("decisions-unreadable", place, message)]) from None
    except UnicodeDecodeError:
        raise InvalidData([Issue("decisions-unreadable", place, "is not UTF-8")]) from None
    reader = _Lines(path.name, scenario)
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            reader.take(number, line)
    if reader.issues:
        raise InvalidData(reader.issues)
    return reader.choices


class _Lines:
    """Reads line by line and collects what is wrong."""

    def __init__(self, file: str, scenario: Scenario) -> None:
        self.file, self.scenario = file, scenario
        self.choices: dict[str, Choice] = {}
        self.issues: list[Issue] = []

    def _report(
        self, row: int, column: str | None, message: str, value: object = None, hint: str = ""
    ) -> None:
        place = Place(self.file, None, row, column)
        shown = None if value is None else quote(value)
        self.issues.append(Issue("decisions-line", place, message, shown, hint or None))

    def take(self, row: int, line: str) -> None:
        try:
            given = json.loads(line)
        except (ValueError, RecursionError):
            hint = 'one decision per line: {"decision": ..., "option": ...}'
            self._report(row, None, "is no JSON", line.strip(), hint)
            return
        if not isinstance(given, dict):
            self._report(row, None, "is no JSON object", line.strip())
            return
        before = len(self.issues)
        for key in given:
            if key not in _KEYS:
                hint = suggest(key, _KEYS) or "keys are " + ", ".join(_KEYS)
                self._report(row, key, f"unknown key {quote(key)}", key, hint)
        decision = self._pick(row, "decision", given, self.scenario.decisions)
        option = None
        if decision:
            options = self.scenario.decisions[decision].options
            option = self._pick(row, "option", given, options)
            if decision in self.choices:
                self._report(row, "decision", f"{decision} is decided twice", decision)
        at_min = self._read_number(row, "at_min", given.get("at_min"))
        persons = self._read_persons(row, given.get("persons"))
        why = self._read_why(row, given.get("why"))
        if decision and option and len(self.issues) == before:
            self.choices[decision] = Choice(decision, option, at_min or 0, persons, why)

    def _pick(self, row: int, key: str, given: Any, known: Mapping[str, Any]) -> str | None:
        value = given.get(key)
        if isinstance(value, str) and value in known:
            return value
        near = suggest(value, known) if isinstance(value, str) else None
        hint = near or "one of " + ", ".join(known)
        if value is None:
            self._report(row, key, f"{key} is missing", None, hint)
        else:
            self._report(row, key, f"{quote(value)} is no {key} here", value, hint)
        return None

    def _read_number(self, row: int, column: str, value: Any) -> int | None:
        if value is None:
            return None
        whole = isinstance(value, int | float) and not isinstance(value, bool)
        if whole and 0 <= value <= LONGEST and value == int(value):
            return int(value)
        hint = f"a whole number from 0 to {LONGEST:,}"
        self._report(row, column, f"{quote(value)} is no such number", value, hint)
        return None

    def _read_persons(self, row: int, value: Any) -> Range | None:
        if value is None:
            return None
        if not isinstance(value, dict):
            number = self._read_number(row, "persons", value)
            return None if number is None else (number, number, number)
        for key in value:
            if key not in _BOUNDS:
                hint = suggest(key, _BOUNDS) or "keys are low, best, high"
                self._report(row, "persons", f"unknown key {quote(key)}", key, hint)
        if any(value.get(bound) is None for bound in _BOUNDS):
            self._report(row, "persons", "persons need low, best and high")
            return None
        low, best, high = (self._read_number(row, f"persons.{b}", value[b]) for b in _BOUNDS)
        if low is None or best is None or high is None:
            return None
        if not low <= best <= high:
            shown = f"{low}, {best}, {high}"
            self._report(row, "persons", "low, best and high are not in this order", shown)
            return None
        return low, best, high

    def _read_why(self, row: int, value: Any) -> str:
        if value is None:
            return ""
        if not isinstance(value, str) or len(value) > LONG or not is_plain(value):
            hint = f"text of at most {LONG:,} characters"
            self._report(row, "why", "is no plain text", value, hint)
            return ""
        return value.strip()


def is_plain(text: str) -> bool:
    """Tell whether a text holds nothing that no reader sees; line breaks and tabs are fine."""
    return all(c.isprintable() or c in "\n\t" for c in text)
