"""An exercise from start to answer: one play, many plays, or a recorded one again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from piaskit.display import Content, Grid
from piaskit.errors import InvalidData, Issue, Place
from piaskit.incident import Rehearsal, rehearse_response
from piaskit.response import bound_share
from piaskit.tabletop.exercise import Choice, Entry, Player, State, play_exercise, replay_log
from piaskit.tabletop.log import append_log, check_ids, mend_log, read_log, write_lines
from piaskit.tabletop.players import make_player, make_reader, read_decisions
from piaskit.tabletop.review import is_failed, review_exercise
from piaskit.tabletop.scenario import Game, find_duty, open_game
from piaskit.tabletop.score import SCORES, judge_decisions, list_due, score_exercise

if TYPE_CHECKING:
    from piaskit.case import Case

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
MOST_RUNS = 1_000_000
BLOCK = 500  # plays that go to a worker together


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
    torn: str = ""  # the broken last line of a log that was gone on with

    @property
    def log_text(self) -> str:
        """The log as JSON lines; equal exercises have equal text."""
        return write_lines(self.log)

    def to_dict(self) -> dict[str, Any]:
        """Return the answer in the contract's shape: scores, objectives, clocks, log, actions."""
        digest = hashlib.sha256(self.log_text.encode()).hexdigest()
        return {
            **_head(self.game, self.case, self.policy, self.seed),
            "recorded": self.recorded,
            "differs_from_line": self.differs,
            "torn_line": self.torn,
            **review_exercise(self.game, self.state, self.log, self.case),
            "log_sha256": digest,
            "log": self.log,
        }


class Play(NamedTuple):
    """What one of many plays came to; ``failed`` tells of each clock that ran if it was missed."""

    scores: dict[str, float]
    values: dict[str, float]  # of each decision
    failed: dict[str, bool]


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
    response: Rehearsal | None = None
    executor: Executor | None = field(default=None, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return quantiles of the scores, and of each clock the share of plays that missed it.

        ``ci`` is the Wilson interval of 95 %; ``due`` in how many plays the notice was due.
        ``response`` is how the case's own people and channels would respond to the scenario.
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
            "response": self.response.to_dict(self.executor) if self.response else None,
        }

    def show(self, lang: str, answer: Mapping[str, Any] | None = None) -> list[Grid]:
        """Lay out scores, missed notices and the response; ``answer`` is ``to_dict()``."""
        from piaskit.incident.rehearsal_tables import lay_out_rehearsal

        answer = answer or self.to_dict()
        labels, cite = self.case.knowledge.labels, self.case.knowledge.cite
        heads = labels("tabletop.cli.score", lang)
        quantiles = (labels("tabletop.cli.quantile", lang, q=q) for q in QUANTILES)
        scores = [
            [labels(f"tabletop.score.{name}", lang), *found.values()]
            for name, found in answer["scores"].items()
        ]
        missed: list[list[Content]] = []
        for id, share in answer["missed"].items():
            duty = find_duty(self.case.knowledge, id)
            name = f"{duty.title[lang]}, {cite(duty.clause, lang)}"
            missed.append([name, f"{share['p']:.1%}", " - ".join(f"{b:.1%}" for b in share["ci"])])
        names = tuple(labels(f"tabletop.cli.{name}", lang) for name in ("clock", "missed", "ci"))
        grids = [
            Grid(self.game.scenario.title[lang], (heads, *quantiles), scores, lang),
            Grid(labels("tabletop.cli.missed-by", lang), names, missed, lang),
        ]
        response = answer["response"]
        return [*grids, *(lay_out_rehearsal(response, labels, lang).values() if response else ())]

    def _repr_html_(self) -> str:
        return "".join(grid._repr_html_() for grid in self.show(self.case.languages[0]))


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
    log: Path | str | None = None,
    trials: int = 0,
    found_at: datetime | None = None,
    executor: Executor | None = None,
    game: Game | None = None,
) -> Exercise | Simulation:
    """Play a scenario unattended, with the verified safeguards of a case.

    A file of decisions goes first; what it leaves open is decided by ``policy``, if one is named.
    Without both, a typical team plays. The first of many runs is the one run of the same seed.
    ``log`` is a file to which each line goes as it happens; an exercise that was broken off there
    goes on as if it never had been. With many runs the response of the case's own people and
    channels is rehearsed too: in so many ``trials`` (0: as many as runs), the incident found at
    any hour of a year or at ``found_at``. An ``executor`` shares plays and trials among threads,
    processes or machines; each play and each block of trials has a stream of its own, so it changes
    no number. ``game`` is the scenario opened for the case, where it is open already.

    Raises InvalidData for an unknown scenario or policy, for bad lines of the file and for a log
    that is none, is of another scenario or would read otherwise with the packs of today.
    """
    game = game or open_game(scenario, case, case.knowledge)
    _check_numbers(seed, runs, trials)
    choices = read_decisions(Path(decisions), game.scenario) if decisions else {}
    rest = policy or ("silent" if decisions else "typical")
    first = _seat_player(rest, choices, seed, 0)
    shown = "decisions" if decisions else rest
    if runs == 1 and log is None:
        return Exercise(game, case, shown, seed, *play_exercise(game, first))
    if runs == 1:
        return _go_on(Path(str(log)), game, case, shown, seed, first)
    many = _gather_plays(game, _play_all(game, rest, choices, seed, runs, executor))
    facts = game.read_facts(game.scenario.truth)
    rehearsed = rehearse_response(
        facts,
        case,
        scenario=scenario,
        found_at=found_at,
        trials=trials or runs,
        seed=seed,
        executor=executor,
    )
    return Simulation(game, case, shown, seed, runs, *many, rehearsed, executor)


def _seat_player(policy: str, choices: Mapping[str, Choice], seed: int, run: int) -> Player:
    """Return who plays one of many runs: the choices first, then the policy."""
    stream = np.random.SeedSequence(seed, spawn_key=(run,))
    fill, read = make_player(policy, stream), make_reader(choices)
    return lambda game, state, name: read(game, state, name) or fill(game, state, name)


def _check_numbers(seed: int, runs: int, trials: int) -> None:
    hint = f"seed from 0, runs from 1 and trials from 0 to {MOST_RUNS:,}"
    for name, value, holds in (
        ("seed", seed, 0 <= seed < 2**63),
        ("runs", runs, 1 <= runs <= MOST_RUNS),
        ("trials", trials, 0 <= trials <= MOST_RUNS),
    ):
        if not holds:
            place, message = Place("parameters", column=name), f"{value} cannot be"
            raise InvalidData([Issue("unknown-value", place, message, str(value), hint)])


def _play_all(
    game: Game,
    policy: str,
    choices: Mapping[str, Choice],
    seed: int,
    runs: int,
    executor: Executor | None,
) -> Iterator[Play]:
    """Yield what each of many plays came to, in their order."""
    play = partial(_play_block, game, policy, choices, seed)
    starts = range(0, runs, BLOCK)
    share = executor.map if executor else map
    for plays in share(play, starts, [min(BLOCK, runs - start) for start in starts]):
        yield from plays


def _play_block(
    game: Game, policy: str, choices: Mapping[str, Choice], seed: int, start: int, count: int
) -> list[Play]:
    """Play some of many runs, here or in a process elsewhere."""
    plays = []
    for run in range(start, start + count):
        state, _ = play_exercise(game, _seat_player(policy, choices, seed, run))
        judged = judge_decisions(game, state)
        failed = {id: is_failed(game, state, id) for id in list_due(state)}
        values = {one.id: one.value for one in judged}
        plays.append(Play(score_exercise(game, state, judged), values, failed))
    return plays


def _gather_plays(
    game: Game, plays: Iterable[Play]
) -> tuple[dict[str, list[float]], dict[str, int], dict[str, int], dict[str, float]]:
    """Return scores by play, missed and due clocks, and the values of decisions summed."""
    scores: dict[str, list[float]] = {name: [] for name in SCORES}
    missed: dict[str, int] = dict.fromkeys(game.scenario.due, 0)
    due = dict(missed)
    values = dict.fromkeys(game.scenario.decisions, 0.0)
    for play in plays:
        for name, score in play.scores.items():
            scores[name].append(score)
        for id, value in play.values.items():
            values[id] += value
        for id, failed in play.failed.items():
            due[id] = due.get(id, 0) + 1
            missed[id] = missed.get(id, 0) + failed
    return scores, {id: count for id, count in missed.items() if due[id]}, due, values


def _go_on(path: Path, game: Game, case: Case, policy: str, seed: int, player: Player) -> Exercise:
    """Play on from a log, each new line written to it before the next event."""
    begun = mend_log(path)
    if begun.log:
        check_ids(path.name, begun.log, game)
        game = open_recorded(begun.log, game)

    def keep(lines: list[Entry]) -> None:
        known = [entry for entry in lines if entry["n"] <= len(begun.log)]
        if known != begun.log[lines[0]["n"] - 1 : lines[-1]["n"]]:
            place = Place(path.name, row=lines[0]["n"])
            message = "would read otherwise with the packs of today"
            hint = "go on with the packs of then, or start another log"
            raise InvalidData([Issue("exercise-log", place, message, None, hint)])
        if len(known) < len(lines):
            append_log(path, lines[len(known) :])

    state, log = play_exercise(game, player, begun.log, keep)
    return Exercise(game, case, policy, seed, state, log, torn=begun.torn)


def open_recorded(log: list[Entry], game: Game) -> Game:
    """Return the game with the safeguards that were verified when the log was begun."""
    values = log[0]["values"]
    return Game(game.scenario, game.knowledge, frozenset(values["controls"]), values.get("luck"))


def replay_exercise(path: Path | str, case: Case) -> Exercise:
    """Play a recorded log again, with the safeguards that were verified when it was recorded.

    ``differs`` tells the first line that the packs of today would write otherwise.

    Raises InvalidData when the file is no log of a finished exercise.
    """
    path = Path(path)
    log = read_log(path)
    game = open_game(log[0]["ids"][0], None, case.knowledge)
    check_ids(path.name, log, game)
    game = open_recorded(log, game)
    state, differs = replay_log(game, log)
    if not state.ended:
        message = "the exercise is not finished"
        raise InvalidData([Issue("exercise-log", Place(path.name), message)])
    return Exercise(game, case, "recorded", 0, state, log, path.name, differs)
