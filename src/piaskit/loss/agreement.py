"""Where words and numbers disagree: the level of the register beside the expected loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from piaskit.knowledge import Labels
from piaskit.loss.exceedance import round_number
from piaskit.risk.scales import LEVELS

FAR = 3.0
"""Factor between a risk's mean and the usual one of another level from which it is told."""


@dataclass(frozen=True, slots=True)
class Rated:
    """A risk, its level in words (0 to 3) and its expected persons a year."""

    id: str
    level: int
    mean: float


def compare_levels(rated: Sequence[Rated], labels: Labels) -> dict[str, Any]:
    """Compare levels with expected losses.

    ``tau`` is Kendall's rank correlation (tau-b, ties corrected), None where one side has no
    order. Told are the risks whose mean lies 3 times above the median of a higher level, or 3
    times below that of a lower one; the level farthest away is named.
    """
    medians = {
        level: float(np.median([one.mean for one in rated if one.level == level]))
        for level in sorted({one.level for one in rated})
    }
    told = []
    for one in rated:
        above = [n for n, usual in medians.items() if n > one.level and one.mean > FAR * usual]
        below = [n for n, usual in medians.items() if n < one.level and one.mean * FAR < usual]
        for side, level in (
            ("above", max(above, default=None)),
            ("below", min(below, default=None)),
        ):
            if level is None:
                continue
            ratio = one.mean / medians[level] if medians[level] else float("inf")
            told.append(_tell(one, side, level, ratio, labels))
    told.sort(key=lambda row: (-abs(np.log(max(row["ratio"] or 1e300, 1e-300))), row["id"]))
    return {"tau": rank_together(rated), "disagree": told}


def _tell(one: Rated, side: str, level: int, ratio: float, labels: Labels) -> dict[str, Any]:
    factor = ratio if side == "above" else 1 / ratio if ratio else float("inf")
    said = {
        lang: labels(
            f"loss.disagree.{side}",
            lang,
            level=labels(f"report.level.{LEVELS[one.level]}", lang),
            other=labels(f"report.level.{LEVELS[level]}", lang),
            factor=f"{factor:,.1f}" if factor < 1e6 else "∞",
        )
        for lang in ("en", "zh")
    }
    return {
        "id": one.id,
        "level": LEVELS[one.level],
        "mean": round_number(one.mean),
        "other": LEVELS[level],
        "ratio": round_number(ratio) if np.isfinite(ratio) else None,
        "because": said["en"],
        "because_zh": said["zh"],
    }


def rank_together(rated: Sequence[Rated]) -> float | None:
    """Return Kendall's tau-b of levels and means.

    >>> rank_together([Rated("a", 0, 1.0), Rated("b", 1, 2.0), Rated("c", 2, 3.0)])
    1.0
    """
    level = np.array([one.level for one in rated])
    order = np.unique([one.mean for one in rated], return_inverse=True)[1]
    size = len(rated)
    if size < 2:
        return None
    # Pairs by their cell in the table of levels and ranked means, so that many risks stay cheap.
    table = np.zeros((len(LEVELS), int(order.max()) + 1))
    np.add.at(table, (level, order), 1)
    below = np.cumsum(np.cumsum(table, axis=0), axis=1)
    smaller = np.zeros_like(table)
    smaller[1:, 1:] = below[:-1, :-1]
    crossed = np.zeros_like(table)
    crossed[1:, :] = np.cumsum(table, axis=0)[:-1].sum(axis=1, keepdims=True) - below[:-1]
    agree, differ = float((table * smaller).sum()), float((table * crossed).sum())
    pairs = size * (size - 1) / 2
    tied = [float((n * (n - 1) / 2).sum()) for n in (table.sum(axis=1), table.sum(axis=0))]
    both = (pairs - tied[0]) * (pairs - tied[1])
    return round((agree - differ) / both**0.5, 4) if both > 0 else None
