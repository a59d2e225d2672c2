"""A live exercise: its log on the disk, and the acts of those at the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from piaskit.errors import InvalidData, Issue, Place
from piaskit.tabletop.exercise import (
    Choice,
    Entry,
    Event,
    Rating,
    State,
    advance,
    pick_event,
    replay_log,
)
from piaskit.tabletop.log import append_log, check_ids, mend_log
from piaskit.tabletop.review import list_attended
from piaskit.tabletop.run import Exercise, open_recorded
from piaskit.tabletop.scenario import Game, open_game

if TYPE_CHECKING:
    from piaskit.case import Case

Stop = Callable[[Event], bool]


class Session:
    """What stands in a log, and how it grows: every act is written before it is shown.

    Two sessions on one log are one exercise: an act first takes up what the other wrote.
    """

    def __init__(self, scenario: str, case: Case, path: Path) -> None:
        self.case, self.path = case, path
        self.game: Game = open_game(scenario, case, case.knowledge)
        self.state = State()
        self.log: list[Entry] = []
        self.torn = ""
        self._seen = -1  # bytes of the file as this session knows it
        self.take_up()

    def take_up(self) -> bool:
        """Read the log again if it grew elsewhere; tell whether it did."""
        size = self.path.stat().st_size if self.path.exists() else 0
        if size == self._seen:
            return False
        begun = mend_log(self.path)
        game = self.game
        if begun.log:
            check_ids(self.path.name, begun.log, game)
            game = open_recorded(begun.log, game)
        state, differs = replay_log(game, begun.log)
        if differs is not None:
            place = Place(self.path.name, row=differs)
            message = "would read otherwise with the packs of today"
            hint = "go on with the packs of then, or start another log"
            raise InvalidData([Issue("exercise-log", place, message, None, hint)])
        self.game, self.state, self.log = game, state, begun.log
        self.torn = begun.torn
        self._seen = self.path.stat().st_size if self.path.exists() else 0
        return True

    @property
    def stage(self) -> str:
        """Where the exercise stands: ``waiting``, ``playing`` or ``ended``."""
        return "waiting" if not self.log else "ended" if self.state.ended else "playing"

    @property
    def exercise(self) -> Exercise:
        """The finished exercise, for its report; raises InvalidData before the end."""
        if not self.state.ended:
            message = "the exercise is not finished"
            raise InvalidData([Issue("exercise-log", Place(self.path.name), message)])
        return Exercise(self.game, self.case, "people", 0, self.state, self.log, torn=self.torn)

    @property
    def attended(self) -> list[str]:
        """The roles of the case that sit at the table, as last told."""
        return list_attended(self.log)

    @property
    def open_decisions(self) -> list[str]:
        """The decisions that wait for the team, those that wait longest first."""
        return [id for id in self.state.opened if id not in self.state.taken]

    @property
    def last_stated(self) -> tuple[int, int, int] | None:
        """The range of persons that the team stated last."""
        taken = sorted(self.state.taken.values(), key=lambda one: -one.line)
        return next((one.choice.persons for one in taken if one.choice.persons), None)

    @property
    def can_close(self) -> bool:
        """Whether nothing more is to come but the end; decisions may still be open."""
        return self.stage == "playing" and self._is_over(self._pick({}))

    def start(self, attended: Sequence[str] = (), luck: int | None = None) -> None:
        """Begin with the first news; ``luck`` is the seed of the dice, None plays without."""
        if self.stage != "waiting":
            return
        self.game = replace(self.game, luck=luck)
        self._apply(Event("start", 0, self.game.scenario.id))
        if attended:
            self.attend(attended)
        self._run_minute()

    def decide(self, choice: Choice, minutes: int = 0) -> None:
        """Take a decision after some minutes of talk; what arrives meanwhile comes first."""
        at_min = min(self.state.at_min + minutes, self.game.scenario.lasts_min)
        planned = {choice.decision: replace(choice, at_min=at_min)}
        if choice.decision in self.open_decisions:
            self._run(planned, lambda event: choice.decision in self.state.taken)
            self._run_minute()

    def step(self, minutes: int) -> None:
        """Let minutes of the exercise pass, never beyond its end."""
        until = min(self.state.at_min + minutes, self.game.scenario.lasts_min)
        self._run({}, lambda event: event.at_min > until or self._is_over(event))
        if self.state.at_min < until:
            self._apply(Event("step", until, self.game.scenario.id))

    def step_to_news(self) -> None:
        """Let time pass until the next thing happens."""
        event = self._pick({})
        if not self._is_over(event):
            self._apply(event)
            self._run_minute()

    def note(self, about: str, text: str, rating: Rating | None = None) -> None:
        """Keep what an evaluator saw; ``about`` is an objective or the scenario as a whole."""
        told = {"text": text, "rating": rating}
        self._apply(Event("note", self.state.at_min, about, None, told))

    def attend(self, roles: Sequence[str]) -> None:
        """Keep who sits at the table, as roles of the case; the last list counts."""
        told = {"roles": list(roles)}
        self._apply(Event("attendance", self.state.at_min, self.game.scenario.id, None, told))

    def close(self) -> None:
        """Let the rest happen and end the exercise; what was left open stays open."""
        self._run({}, lambda event: self.state.ended)

    def _is_over(self, event: Event) -> bool:
        """Tell whether an event lies where the team decides no more."""
        return event.kind == "end" or event.at_min > self.game.scenario.lasts_min

    def _run_minute(self) -> None:
        """Let happen what else this minute holds."""
        self._run({}, lambda event: event.at_min > self.state.at_min or self._is_over(event))

    def _pick(self, planned: Mapping[str, Choice]) -> Event:
        return pick_event(self.game, self.state, planned)

    def _run(self, planned: dict[str, Choice], stop: Stop) -> None:
        while not self.state.ended:
            event = self._pick(planned)
            if stop(event):
                return
            planned = {id: choice for id, choice in planned.items() if id != event.id}
            self._apply(event)

    def _apply(self, event: Event) -> None:
        if self.state.ended:
            return
        state, lines = advance(self.game, self.state, event)
        append_log(self.path, lines)
        self.state, self.log = state, [*self.log, *lines]
        self._seen = self.path.stat().st_size
