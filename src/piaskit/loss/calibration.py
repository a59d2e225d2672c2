"""Numbers for risks nobody estimated, from the calibration packs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from piaskit.loss.magnitude import Lognormal
from piaskit.loss.rate import LognormalRate, read_interval

if TYPE_CHECKING:
    from piaskit.knowledge import Knowledge
    from piaskit.knowledge.calibration import Magnitude as Calibrated


def find_rate(knowledge: Knowledge, word: str) -> tuple[str, LognormalRate] | None:
    """Return the pack that gives a word of likelihood a rate, and the rate."""
    for id, pack in sorted(knowledge.calibration.items()):
        if word in pack.rates:
            rate = pack.rates[word]
            return id, read_interval(rate.low, rate.high)
    return None


def find_magnitude(knowledge: Knowledge, rule: str) -> tuple[str, Calibrated] | None:
    """Return the pack whose data fit the events of a rule, and the magnitude."""
    for id, pack in sorted(knowledge.calibration.items()):
        if rule in pack.rules:
            return id, pack.magnitudes[pack.rules[rule]]
    return None


def calibrate(data: Calibrated, exposed: float, shift: float = 0.0) -> Lognormal:
    """Return persons per event after a pack: at least one, at most the persons exposed.

    ``shift`` moves the mean of the logarithm by so many of its standard errors.
    """
    mu = data.ln_mu + shift * data.ln_sigma / math.sqrt(data.n)
    return Lognormal(mu, data.ln_sigma, least=min(1.0, exposed), most=exposed)
