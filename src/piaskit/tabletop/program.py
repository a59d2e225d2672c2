"""The exercises of a report: those a case has recorded, then each scenario played unattended."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit.errors import InvalidData
from piaskit.tabletop.run import Exercise, Simulation, replay_exercise, run_exercise
from piaskit.tabletop.scenario import list_verified, open_game

if TYPE_CHECKING:
    from piaskit.case import Case

MOST = 2  # scenarios that a report plays; more would bury its lessons
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """What was played: recorded exercises, one play of each scenario, and many of each."""

    case: Case
    exercises: list[Exercise] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    simulations: list[Simulation] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return ``exercises`` and ``simulations``, each in the shape of ``exercise --json``.

        ``held_on`` of a recorded exercise is the date that its file name starts with.
        """
        from piaskit import __version__

        return {
            "piaskit": __version__,
            "schema": 1,
            "as_of": self.case.as_of.isoformat(),
            "exercises": [
                {**e.to_dict(), "held_on": _read_day(e.recorded)} for e in self.exercises
            ],
            "simulations": [simulation.to_dict() for simulation in self.simulations],
            "unreadable": self.unreadable,
        }


def _read_day(name: str) -> str | None:
    found = _DATED.match(name)
    return found[0] if found else None


def rehearse_case(
    case: Case,
    scenario: str = "",
    *,
    policy: str = "typical",
    decisions: Path | str | None = None,
    seed: int = 1,
    runs: int = 100,
    trials: int = 1000,
) -> Program:
    """Replay what ``exercises/`` of a case records, then play the scenarios closest to it.

    With ``scenario`` only that one is played, by ``decisions`` first where they are given. With
    ``runs`` above 1 each scenario is also played that often by the policy, and the response of
    the case's own people is rehearsed in so many ``trials``. Logs that
    cannot be read are told in ``unreadable`` and hold nothing up. Raises InvalidData as
    ``run_exercise``.
    """
    program = Program(case, *replay_recorded(case))
    if scenario:
        open_game(scenario, None, case.knowledge)
    controls = list_verified(case)
    for id in [scenario] if scenario else list_fitting(case):
        run = partial(
            run_exercise, id, case, policy=policy, decisions=decisions, seed=seed,
            game=open_game(id, case, case.knowledge, controls),
        )  # fmt: skip
        played = run()
        assert isinstance(played, Exercise)
        program.exercises.append(played)
        if runs > 1:
            many = run(runs=runs, trials=trials)
            assert isinstance(many, Simulation)
            program.simulations.append(many)
    return program


def replay_recorded(case: Case) -> tuple[list[Exercise], list[str]]:
    """Replay what ``exercises/`` of a case records, in order of the names, and tell what cannot."""
    exercises: list[Exercise] = []
    unreadable: list[str] = []
    folder = case.root / "exercises"
    for path in sorted(folder.glob("*.jsonl")) if folder.is_dir() else ():
        try:
            exercises.append(replay_exercise(path, case))
        except InvalidData as error:
            unreadable.extend(str(issue) for issue in error.issues)
    return exercises, unreadable


def list_fitting(case: Case, most: int = MOST) -> list[str]:
    """Return the scenarios closest to a case, the closest first.

    They stand under one of its laws. Those come first whose kinds of information are to the
    largest share kinds of the case; of equals, those under more of its laws.
    """
    own = set(case.frames["items"]["category"].dropna())
    near: dict[str, tuple[float, int]] = {}
    for id, scenario in sorted(case.knowledge.scenarios.items()):
        kinds = set(scenario.truth.get("categories", ()))
        laws = len(set(scenario.known.get("regimes", ())) & set(case.regimes))
        if laws:
            near[id] = (len(kinds & own) / len(kinds) if kinds else 0.0, laws)
    return sorted(near, key=lambda name: near[name], reverse=True)[:most]
