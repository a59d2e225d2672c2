"""An exercise from start to answer: one play, many plays, or a recorded one again."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.knowledge.load import suggest
from piaskit.tabletop.exercise import Entry, Player, State, play_exercise, replay_log
from piaskit.tabletop.players import make_player, make_reader, read_decisions
from piaskit.tabletop.review import list_clocks, review_exercise
from piaskit.tabletop.scenario import Game, open_game
from piaskit.tabletop.score import SCORES, judge_decisions, score_exercise

if TYPE_CHECKING:
    from piaskit.case import Case

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
MOST_RUNS = 1_000_000
_LARGEST = 5_000_000  # bytes of a log
_Z = 1.959963984540054  # 97.5 % of the standard normal


@dataclass(frozen=True, slots=True, eq=False)
class Exercise:
    """One exercise that was played to its end; ``policy`` names who played."""

    game: Game
    case: Case
    policy: str
    seed: int
    state: State
    log: list[Entry]
    recorded: str = ""
    differs: int | None = None

    @property
    def log_text(self) -> str:
        """The log as JSON lines; equal exercises have equal text."""
        return "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in self.log)

    def to_dict(self) -> dict[str, Any]:
        """Return the answer in the contract's shape: scores, objectives, clocks, log, actions."""
        digest = hashlib.sha256(self.log_text.encode()).hexdigest()
        return {
            **_head(self.game, self.case, self.policy, self.seed),
            "recorded": self.recorded,
            "differs_from_line": self.differs,
            **review_exercise(self.game, self.state, self.log, self.case),
            "log_sha256": digest,
            "log": self.log,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Simulation:
    """Many seeded plays of one scenario: scores per play, and how many missed each clock."""

    game: Game
    case: Case
    policy: str
    seed: int
    runs: int
    scores: dict[str, list[float]]
    missed: dict[str, int]
    due: dict[str, int]
    values: dict[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return quantiles of the scores, and of each clock the share of plays that missed it.

        ``ci`` is the Wilson interval of 95 %; ``due`` in how many plays the notice was due.
        """
        return {
            **_head(self.game, self.case, self.policy, self.seed),
            "runs": self.runs,
            "scores": {
                name: {str(q): round(float(np.quantile(values, q)), 4) for q in QUANTILES}
                for name, values in self.scores.items()
            },
            "missed": {
                id: {
                    "p": round(count / self.due[id], 4),
                    "ci": [round(bound, 4) for bound in bound_share(count, self.due[id])],
                    "due": self.due[id],
                }
                for id, count in self.missed.items()
            },
            "interval": "Wilson, 95 %",
            "decisions": {id: round(value / self.runs, 4) for id, value in self.values.items()},
        }


def _head(game: Game, case: Case, policy: str, seed: int) -> dict[str, Any]:
    from piaskit import __version__

    scenario = game.scenario
    return {
        "piaskit": __version__,
        "schema": 1,
        "as_of": case.as_of.isoformat(),
        "scenario": scenario.id,
        "title": scenario.title.en,
        "title_zh": scenario.title.zh,
        "summary": scenario.summary.en,
        "summary_zh": scenario.summary.zh,
        "policy": policy,
        "seed": seed,
    }


def run_exercise(
    scenario: str,
    case: Case,
    *,
    policy: str = "",
    decisions: Path | str | None = None,
    seed: int = 1,
    runs: int = 1,
) -> Exercise | Simulation:
    """Play a scenario unattended, with the verified safeguards of a case.

    A file of decisions goes first; what it leaves open is decided by ``policy``, if one is named.
    Without both, a typical team plays. The first of many runs is the one run of the same seed.

    Raises InvalidData for an unknown scenario or policy and for bad lines of the file.
    """
    game = open_game(scenario, case, case.knowledge)
    if not 0 <= seed < 2**63 or not 1 <= runs <= MOST_RUNS:
        place = Place("parameters", column="runs" if 0 <= seed < 2**63 else "seed")
        hint = f"seed from 0, runs from 1 to {MOST_RUNS:,}"
        value = str(runs if 0 <= seed < 2**63 else seed)
        raise InvalidData([Issue("unknown-value", place, f"{value} cannot be", value, hint)])
    choices = read_decisions(Path(decisions), game.scenario) if decisions else {}
    rest = policy or ("silent" if decisions else "typical")
    streams = np.random.SeedSequence(seed).spawn(runs)

    def seat(stream: np.random.SeedSequence) -> Player:
        fill, read = make_player(rest, stream), make_reader(choices)
        return lambda game, state, name: read(game, state, name) or fill(game, state, name)

    shown = "decisions" if decisions else rest
    if runs == 1:
        state, log = play_exercise(game, seat(streams[0]))
        return Exercise(game, case, shown, seed, state, log)
    return _simulate(game, case, shown, seed, [seat(stream) for stream in streams])


def _simulate(
    game: Game, case: Case, policy: str, seed: int, players: Iterable[Player]
) -> Simulation:
    scores: dict[str, list[float]] = {name: [] for name in SCORES}
    missed: dict[str, int] = dict.fromkeys(game.scenario.due, 0)
    due = dict(missed)
    values = dict.fromkeys(game.scenario.decisions, 0.0)
    runs = 0
    for player in players:
        state, _ = play_exercise(game, player)
        judged = judge_decisions(game, state)
        for name, score in score_exercise(game, state, judged).items():
            scores[name].append(score)
        for one in judged:
            values[one.id] += one.value
        for clock in list_clocks(game, state):
            if clock["decision"] == "required":
                due[clock["id"]] = due.get(clock["id"], 0) + 1
                failed = clock["state"] in ("missed", "late")
                missed[clock["id"]] = missed.get(clock["id"], 0) + failed
        runs += 1
    missed = {id: count for id, count in missed.items() if due[id]}
    return Simulation(game, case, policy, seed, runs, scores, missed, due, values)


def bound_share(count: int, of: int) -> tuple[float, float]:
    """Return the Wilson interval of 95 % for a share.

    >>> [round(bound, 4) for bound in bound_share(5, 10)]
    [0.2366, 0.7634]
    """
    p, z = count / of, _Z
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def replay_exercise(path: Path | str, case: Case) -> Exercise:
    """Play a recorded log again, with the safeguards that were verified when it was recorded.

    ``differs`` tells the first line that the packs of today would write otherwise.

    Raises InvalidData when the file is no log of a finished exercise.
    """
    path = Path(path)
    log = read_log(path)
    first = log[0]
    game = open_game(first["ids"][0], None, case.knowledge)
    _check_ids(path.name, log, game)
    game = Game(game.scenario, game.knowledge, frozenset(first["values"]["controls"]))
    state, differs = replay_log(game, log)
    if not state.ended:
        message = "the exercise is not finished"
        raise InvalidData([Issue("exercise-log", Place(path.name), message)])
    return Exercise(game, case, "recorded", 0, state, log, path.name, differs)


def read_log(path: Path) -> list[Entry]:
    """Read a log, one JSON object per line; raises InvalidData for what is none."""
    try:
        if path.stat().st_size > _LARGEST:
            raise InvalidData([Issue("exercise-log", Place(path.name), "is too large")])
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise InvalidData([Issue("exercise-log", Place(path.name), "cannot be read")]) from None
    log: list[Entry] = []
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            entry = None
        if not _is_entry(entry, number, log):
            place = Place(path.name, row=number)
            hint = "lines are n, at_min, kind, ids, values, numbered and in order of time"
            message = "is no line of an exercise"
            raise InvalidData([Issue("exercise-log", place, message, quote(line), hint)])
        log.append(entry)
    if not log:
        raise InvalidData([Issue("exercise-log", Place(path.name), "is empty")])
    return log


_VALUES: dict[str, dict[str, type | tuple[type, ...]]] = {
    "start": {"controls": list},
    "inject": {},
    "decision": {"option": str, "persons": (dict, type(None)), "why": str},
    "notice": {"sent": list},
    "clock": {"state": str, "deadline_min": (int, type(None))},
    "end": {"ending": str},
}


def _is_entry(entry: Any, number: int, log: list[Entry]) -> bool:
    if not isinstance(entry, dict) or set(entry) != {"n", "at_min", "kind", "ids", "values"}:
        return False
    kind, ids, values = entry["kind"], entry["ids"], entry["values"]
    if not isinstance(kind, str) or kind not in _VALUES or (kind == "start") != (number == 1):
        return False
    if entry["n"] != number or type(entry["at_min"]) is not int or entry["at_min"] < 0:
        return False
    if log and entry["at_min"] < log[-1]["at_min"]:
        return False
    if not (isinstance(ids, list) and len(ids) == 1 and isinstance(ids[0], str)):
        return False
    if not isinstance(values, dict):
        return False
    if any(not isinstance(values.get(name), of) for name, of in _VALUES[kind].items()):
        return False
    persons = values.get("persons") if kind == "decision" else None
    if kind == "start":
        return all(isinstance(control, str) for control in values["controls"])
    return persons is None or (
        set(persons) == {"low", "best", "high"}
        and all(type(count) is int and count >= 0 for count in persons.values())
    )


def _check_ids(file: str, log: list[Entry], game: Game) -> None:
    """Refuse a log that names what the scenario does not have, or tells it out of turn."""
    scenario = game.scenario
    duties = {duty for pack in game.knowledge.duties.values() for duty in pack.duties}
    known: dict[str, Iterable[str]] = {
        "start": [scenario.id],
        "inject": scenario.injects,
        "decision": scenario.decisions,
        "notice": scenario.decisions,
        "clock": duties,
        "end": [scenario.id],
    }
    opened: set[str] = set()
    taken: set[str] = set()
    for entry in log:
        kind, id, values = entry["kind"], entry["ids"][0], entry["values"]
        fits = id in known[kind]
        if fits and kind == "inject":
            opened |= {d for d, decision in scenario.decisions.items() if id in decision.opens}
        elif fits and kind == "decision":
            options = scenario.decisions[id].options
            fits = id in opened and id not in taken and values["option"] in options
            taken.add(id)
        elif kind == "notice":
            fits = id in taken
        if not fits:
            place = Place(file, row=entry["n"])
            message = f"{kind} {quote(id)} does not belong here in {scenario.id}"
            hint = suggest(id, known[kind])
            raise InvalidData([Issue("exercise-log", place, message, quote(id), hint)])
