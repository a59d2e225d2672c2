"""Four scores from 0 to 1, objectives rated P, S, M or U, and what must never be done."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from piaskit.knowledge.scenario import Decision, Option
from piaskit.tabletop.exercise import Range, Rating, State, Taken, list_messages, play_exercise
from piaskit.tabletop.players import make_player
from piaskit.tabletop.scenario import Game

SCORES = ("legality", "harm", "communication", "records")
ALPHA = 0.2  # a stated range is meant to hold the truth in four of five cases
_STEPS: tuple[tuple[float, Rating], ...] = ((0.85, "P"), (0.65, "S"), (0.40, "M"))
_WRONG_WAY = 0.5  # what a notice is still worth that went an improper way


@dataclass(frozen=True, slots=True)
class Judged:
    """One decision after play: ``quality`` is its key (0 to 1), ``pace`` its timeliness."""

    id: str
    decision: Decision
    taken: Taken | None
    opened_min: int | None
    quality: float
    pace: float

    @property
    def option(self) -> Option | None:
        return self.decision.options[self.taken.choice.option] if self.taken else None

    @property
    def value(self) -> float:
        return self.quality * self.pace

    @property
    def is_critical(self) -> bool:
        return self.option is not None and self.option.critical_fail is not None


def judge_decisions(game: Game, state: State) -> list[Judged]:
    """Judge every decision of the scenario, in its order."""
    return [_judge(game, state, id, decision) for id, decision in game.scenario.decisions.items()]


def _judge(game: Game, state: State, id: str, decision: Decision) -> Judged:
    taken = state.taken.get(id)
    opened = state.opened.get(id)
    if taken is None or opened is None:
        return Judged(id, decision, None, opened, 0.0, 0.0)
    option = decision.options[taken.choice.option]
    done = taken.at_min + (option.delay_min if option.notices else 0)
    pace = rate_pace(done - opened, decision.due_min)
    for duty in decision.tells:
        clock = state.clocks.get(duty)
        if clock and clock.decision == "required" and clock.deadline_min is not None:
            told = duty in state.made and state.made[duty][0] <= clock.deadline_min
            pace = 1.0 if told else 0.0
    return Judged(id, decision, taken, opened, option.score / 3, pace)


def rate_pace(spent: int, due: int) -> float:
    """Rate the time spent against the time asked for: 1 until then, .5 at twice, 0 at three times.

    >>> rate_pace(60, 60), rate_pace(120, 60), rate_pace(500, 60)
    (1.0, 0.5, 0.0)
    """
    return min(1.0, max(0.0, 1 - 0.5 * (spent - due) / due))


def score_exercise(game: Game, state: State, judged: list[Judged]) -> dict[str, float]:
    """Return legality, harm, communication and records, each from 0 to 1, rounded to 4 digits."""
    scores = {
        "legality": _score_legality(game, state, judged),
        "harm": _score_harm(game, state),
        "communication": _score_communication(game, state),
        "records": _score_records(game, state, judged),
    }
    return {name: round(min(1.0, max(0.0, value)), 4) for name, value in scores.items()}


def list_due(state: State) -> list[str]:
    """Return the duties that stand as required on all that is known."""
    return [id for id, clock in state.clocks.items() if clock.decision == "required"]


def rate_duty(game: Game, state: State, duty: str) -> float:
    """Rate a notice that is due: 0 when missed, else its pace.

    A number of hours of the law is met or not; where the law says at once, the pace that the
    scenario asks of the decision counts, from the minute at which that decision opened.
    """
    clock, made = state.clocks[duty], state.made.get(duty)
    if made is None:
        return 0.0
    if clock.deadline_min is not None:
        return 1.0 if made[0] <= clock.deadline_min else 0.0
    decision = made[1]
    due = game.scenario.decisions[decision].due_min
    return rate_pace(made[0] - state.opened[decision], due)


def _score_legality(game: Game, state: State, judged: list[Judged]) -> float:
    parts = [rate_duty(game, state, duty) for duty in list_due(state)]
    parts += [one.value for one in judged if one.decision.tells]
    return _mean(parts)


def measure_exposure(game: Game, state: State) -> float:
    """Return the person-days for which information stood open to misuse."""
    return float(state.person_minutes / 1440)


def _score_harm(game: Game, state: State) -> float:
    none = Fraction(game.scenario.exposed * game.scenario.lasts_min)
    least = play_best(game).person_minutes
    return float((none - state.person_minutes) / (none - least)) if none > least else 1.0


def play_best(game: Game) -> State:
    """Return the end of the best play: what could have been avoided with these safeguards.

    Its measures all hold, so bad luck costs harm; what it costs is what preparation would gain.
    """
    if not game.best:
        game.best.append(play_exercise(replace(game, luck=None), make_player("best"))[0])
    best: State = game.best[0]
    return best


def _score_communication(game: Game, state: State) -> float:
    return _mean([rate_notice(game, state, duty) for duty in list_due(state)])


def rate_notice(game: Game, state: State, duty: str) -> float:
    """Rate a notice by the contents it covered and by the way it went."""
    if duty not in state.made:
        return 0.0
    decision = state.made[duty][1]
    messages = list_messages(game, state.taken[decision].choice)
    return (
        max(
            cover_contents(game, duty, message.elements)
            * (1.0 if message.way in game.scenario.due[duty].ways else _WRONG_WAY)
            for message in messages
            if duty in message.duties
        )
        if duty in game.scenario.due
        else 0.0
    )


def list_lacking(game: Game, state: State, duty: str) -> list[str]:
    """Return the required contents that no message of a notice held; none if it never went."""
    if duty not in state.made:
        return []
    messages = list_messages(game, state.taken[state.made[duty][1]].choice)
    held = {element for m in messages if duty in m.duties for element in m.elements}
    return [element for element in game.list_elements(duty) if element not in held]


def cover_contents(game: Game, duty: str, elements: Iterable[str]) -> float:
    """Return the share of required contents that a notice held; 1 where the law names none."""
    wanted = game.list_elements(duty)
    return len(set(elements).intersection(wanted)) / len(wanted) if wanted else 1.0


def _score_records(game: Game, state: State, judged: list[Judged]) -> float:
    opened = [one for one in judged if one.opened_min is not None]
    reasons = _mean([float(one.taken is not None and one.taken.choice.why != "") for one in opened])
    evidence = {"kept": 1.0, "unknown": 0.5 if state.taken else 0.0, "lost": 0.0}[state.evidence]
    return _mean([reasons, _mean(rate_ranges(game, opened)), evidence])


def rate_ranges(game: Game, judged: Iterable[Judged]) -> list[float]:
    """Rate the ranges of persons by interval score, against what the facts allowed to say.

    A range scores 1 when its interval score, on a logarithmic scale of persons, is no worse than
    that of the range that the facts gave; the last range stated stands until the next.
    """
    truth = game.scenario.exposed
    rated, last = [], None
    for one in sorted(judged, key=lambda j: j.taken.line if j.taken else math.inf):
        if one.taken is None:
            rated.append(0.0)
            continue
        last = one.taken.choice.persons or last
        if last is None:
            rated.append(0.0)
            continue
        own, given = score_interval(last, truth), score_interval(one.taken.known or last, truth)
        rated.append(1.0 if own <= given else given / own)
    return rated


def score_interval(stated: Range, truth: int) -> float:
    """Return the interval score of a range on the scale log10(1 + persons); 0 is best.

    Width, plus ten times the distance by which the truth lies outside (alpha 0.2).

    >>> score_interval((9, 50, 999), 99)
    2.0
    """
    low, at, high = (math.log10(1 + n) for n in (stated[0], truth, stated[2]))
    return high - low + 2 / ALPHA * (max(0.0, low - at) + max(0.0, at - high))


def rate_objective(judged: list[Judged]) -> tuple[float, Rating]:
    """Return the mean of an objective's decisions and its rating; a critical fail caps it at U."""
    score = round(_mean([one.value for one in judged]), 4)
    if any(one.is_critical for one in judged):
        return score, "U"
    return score, next((rating for least, rating in _STEPS if score >= least), "U")


def _mean(parts: list[float]) -> float:
    return sum(parts) / len(parts) if parts else 1.0
