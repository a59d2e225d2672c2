"""How well people estimated before, and how much their word weighs now."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from piaskit.case.estimates import choose_shape
from piaskit.loss.rate import find_pert_quantile

MISSED = 20.0  # 2 / alpha: what a unit outside a 90 % interval costs
FAR = 0.01  # of the lower end: an outcome below counts as this
HELD = 0.9
DOUBT = 0.05
"""So unlikely a number of misses says that the intervals are too narrow."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Expert:
    """The record of one person: intervals given, those that held the outcome, their mean score.

    ``weight`` is relative to the others; ``chance`` is that of so few intervals holding if each
    held with chance 0.9, ``narrow`` says that it is below 0.05.
    """

    name: str
    intervals: int
    held: int
    score: float | None
    weight: float
    chance: float
    narrow: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain JSON."""
        return {
            "expert": self.name,
            "intervals": self.intervals,
            "held": self.held,
            "score": None if self.score is None else round(self.score, 4),
            "weight": round(self.weight, 4),
            "chance": round(self.chance, 4),
            "too_narrow": self.narrow,
        }


def score_experts(rows: Iterable[Row]) -> dict[str, Expert]:
    """Score everybody who estimates by the rows whose outcome is known.

    The score of a 90 % interval is the interval score of Gneiting and Raftery (JASA 102, 2007, eq.
    43) on logarithms: its width, plus 20 times the distance of an outcome outside. A weight is the
    inverse of the mean score; who has no record weighs as the mean of those who have one. Weights
    have the mean 1.
    """
    scores: dict[str, list[float]] = {}
    held: dict[str, int] = {}
    for row in rows:
        name = str(row["expert"] or "")
        scores.setdefault(name, [])
        held.setdefault(name, 0)
        ends = read_ends(row) if row["actual"] is not None else None
        if ends is None:
            continue
        low, high = ends
        outcome = max(float(row["actual"]), low * FAR)
        held[name] += low <= outcome <= high
        outside = max(0.0, math.log(low / outcome), math.log(outcome / high))
        scores[name].append(math.log(high / low) + MISSED * outside)
    means = {name: sum(found) / len(found) for name, found in scores.items() if found}
    weights = {name: 1 / max(mean, 1e-6) for name, mean in means.items()}
    usual = sum(weights.values()) / len(weights) if weights else 1.0
    return {
        name: _judge(
            name, len(found), held[name], means.get(name), weights.get(name, usual) / usual
        )
        for name, found in scores.items()
    }


def _judge(name: str, intervals: int, held: int, score: float | None, weight: float) -> Expert:
    chance = sum(
        math.comb(intervals, k) * HELD**k * (1 - HELD) ** (intervals - k) for k in range(held + 1)
    )
    chance = min(1.0, chance)
    return Expert(name, intervals, held, score, weight, chance, chance < DOUBT)


def read_ends(row: Row) -> tuple[float, float] | None:
    """Return the 90 % interval that an estimate gives, None where it gives none.

    >>> read_ends({"low": 1.0, "best": None, "high": 9.0})
    (1.0, 9.0)
    """
    low, best, high = (row.get(name) for name in ("low", "best", "high"))
    if low is None or high is None or not low < high:
        return None
    if choose_shape(dict(row)) == "pert":
        mode = (low + high) / 2 if best is None else best
        low, high = (find_pert_quantile(low, mode, high, p) for p in (0.05, 0.95))
    return (low, high) if low > 0 else None
