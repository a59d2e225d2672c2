"""The years after the planned actions: the sources as they are once all that is planned works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from piaskit.loss.calibration import find_rate
from piaskit.loss.curve import Curve, add_curves
from piaskit.loss.safeguards import Effect, read_estimated
from piaskit.loss.value import cap_of
from piaskit.safeguards import select_working

if TYPE_CHECKING:
    from piaskit.loss.losses import Losses


def plan_portfolio(losses: Losses) -> dict[str, Curve]:
    """Return the exact distribution over all risks after the planned actions, by unit.

    The rate of a risk changes as its word of likelihood does from today to then, each word standing
    for its rate; where table ``estimates`` says what planned safeguards prevent or limit, that
    decides instead. Risks that the plan does not touch keep their curve.
    """
    effects = {**_read_words(losses), **_read_planned(losses)}
    found = {}
    for unit, curves in losses.curves.items():
        after = [
            effects[source.id].apply(source).compute(unit)
            if source.id in effects
            else curves[source.id]
            for source in losses.model.sources
            if source.id in curves
        ]
        found[unit] = add_curves(after, most=cap_of(unit, losses.model.subjects))
    return found


def _read_words(losses: Losses) -> dict[str, Effect]:
    """Read the factors by which rates fall with the words of likelihood."""
    method, knowledge = losses.assessment.method, losses.case.knowledge
    found = {}
    for one in losses.quantified:
        states = one.risk["levels"].get(method)
        if states is None:
            continue
        now, then = (
            find_rate(knowledge, states[state]["likelihood"]) for state in ("current", "planned")
        )
        if now and then and now[1].mean != then[1].mean:
            found[one.source.id] = Effect(then[1].mean / now[1].mean)
    return found


def _read_planned(losses: Losses) -> dict[str, Effect]:
    """Combine what people say that the safeguards do which do not work today, but are to."""
    case = losses.case
    working = set(select_working(case, losses.reviewed, "current")["id"])
    rows = select_working(case, losses.reviewed, "planned")
    found: dict[str, Effect] = {}
    for row in rows[~rows["id"].isin(working)].to_dict("records"):
        for id, effect in read_estimated(losses, row, False).items():
            before = found.get(id, Effect())
            spared = 1 - (1 - before.limits) * (1 - effect.limits)
            found[id] = Effect(before.factor * effect.factor, spared)
    return found
