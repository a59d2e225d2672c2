"""Which uncertain number moves the result most: each at its ends, the others as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from piaskit.loss.calibration import calibrate
from piaskit.loss.exceedance import round_number
from piaskit.loss.magnitude import Constant
from piaskit.loss.normal import Z90
from piaskit.loss.rate import FixedRate
from piaskit.loss.sources import PERSONS, Quantified, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from piaskit.loss.losses import Losses

LARGEST = 30  # risks by mean whose numbers are moved
SHOWN = 15
POINTS = 2**12


def rank_inputs(losses: Losses, unit: str = PERSONS) -> list[dict[str, Any]]:
    """Rank the uncertain inputs by how far they move the sum of the risks' means.

    A frequency goes to the ends of its own 90 % interval. A magnitude estimated by people goes to
    the ends of the interval they gave; one fitted to data to those of the mean of its logarithm,
    1.645 standard errors (sigma over root n) to both sides. Of the largest risks alone.
    """
    means = {id: curve.mean for id, curve in losses.curves[unit].items()}
    whole = sum(means.values())
    largest = sorted(
        (one for one in losses.quantified if one.source.id in means),
        key=lambda one: (-means[one.source.id], one.source.id),
    )[:LARGEST]
    bars = []
    for one in largest:
        own = means[one.source.id]
        for name, low, high in _list_ends(one):
            ends = sorted(source.compute(unit, POINTS).mean - own for source in (low, high))
            bars.append(
                {
                    "id": one.source.id,
                    "input": name,
                    "low": round_number(whole + ends[0]),
                    "high": round_number(whole + ends[1]),
                    "swing": round_number(ends[1] - ends[0]),
                }
            )
    bars.sort(key=lambda bar: (-float(str(bar["swing"])), bar["id"], bar["input"]))
    return bars[:SHOWN]


def _list_ends(one: Quantified) -> Iterator[tuple[str, Source, Source]]:
    """Yield every uncertain input of a risk, and its source with the input at either end."""
    source = one.source
    if source.rate.variance > 0:
        low, high = (source.rate.find_quantile(p) for p in (0.05, 0.95))
        yield (
            "frequency",
            source.settle(rate=FixedRate(low)),
            source.settle(rate=FixedRate(high)),
        )
    if one.data is not None:
        low_end, high_end = (calibrate(one.data, source.subjects, s) for s in (-Z90, Z90))
        yield "magnitude", source.settle(persons=low_end), source.settle(persons=high_end)
    elif not source.persons.sure:
        few, many = (Constant(source.persons.find_quantile(p)) for p in (0.05, 0.95))
        yield "magnitude", source.settle(persons=few), source.settle(persons=many)
