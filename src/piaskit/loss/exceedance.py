"""The loss-exceedance curve: points to draw, three points in words, and the line of appetite."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from piaskit.knowledge import Labels
from piaskit.loss.curve import Curve
from piaskit.loss.sources import PERSONS

QUANTILES = (0.5, 0.75, 0.9, 0.95, 0.99, 0.999)
RETURNS = (10, 20, 100)
"""Years of the three points in words."""
SHOWN = 64
DIGITS = 7


def round_number(value: float) -> float:
    """Keep the digits that mean something.

    >>> round_number(1234567.891), round_number(0.0001234567891)
    (1234568.0, 0.0001234568)
    """
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, DIGITS - 1 - math.floor(math.log10(abs(value))))


def describe_curve(curve: Curve, most: float | None = None) -> dict[str, Any]:
    """Describe an exact distribution: mean, standard deviation, quantiles, what the grid costs.

    ``most`` is the cap of a year, where there is one.
    """
    found: dict[str, Any] = {
        "mean": round_number(curve.mean),
        "sd": round_number(curve.sd),
        "quantiles": {str(q): round_number(curve.find_quantile(q)) for q in QUANTILES},
        "chance_of_none": round_number(float(curve.masses[0])),
        "step": round_number(curve.step),
        "truncated_mass": round_number(curve.lost),
    }
    if most is not None:
        found["cap"] = round_number(most)
        found["chance_of_cap"] = round_number(curve.at_cap)
    return found


def draw_points(curve: Curve) -> list[dict[str, float]]:
    """List points of the exceedance curve, evenly on the logarithm of the amount."""
    top = curve.find_quantile(0.9999)
    if top <= 0:
        return []
    low = max(curve.step, min(top / 1e5, top))
    amounts = np.geomspace(low, top, SHOWN) if low < top else np.array([top])
    chances = curve.find_chance(amounts)
    return [
        {"amount": round_number(a), "chance": round_number(c)}
        for a, c in zip(amounts.tolist(), chances.tolist(), strict=True)
    ]


def tell_points(curve: Curve, unit: str, labels: Labels) -> list[dict[str, Any]]:
    """Say three points in words: once in so many years, at least so much."""
    found = []
    for years in RETURNS:
        amount = curve.find_quantile(1 - 1 / years)
        texts = {
            lang: labels(
                f"loss.point.{'none' if amount <= 0 else 'some'}",
                lang,
                years=years,
                amount=say_amount(amount, unit, labels, lang),
            )
            for lang in ("en", "zh")
        }
        amount = round_number(amount)
        found.append(
            {"years": years, "amount": amount, "text": texts["en"], "text_zh": texts["zh"]}
        )
    return found


def round_amount(amount: float) -> str:
    """Write an amount to two digits that mean something.

    >>> round_amount(1_234_567.0), round_amount(0.123)
    ('1,200,000', '0.12')
    """
    if amount >= 10:
        amount = round(amount, 1 - math.floor(math.log10(amount)))
    return f"{amount:,.0f}" if amount >= 10 else f"{amount:.2g}"


def say_amount(amount: float, unit: str, labels: Labels, lang: str) -> str:
    """Write an amount to two digits that mean something, with its unit.

    >>> from piaskit.knowledge import load_knowledge
    >>> say_amount(1_234_567.0, "persons", load_knowledge().labels, "en")
    '1,200,000 persons'
    """
    number = round_amount(amount)
    if unit == PERSONS:
        return labels("loss.persons", lang, n=number)
    return labels("loss.money", lang, n=number, unit=unit)


def check_appetite(
    curve: Curve, unit: str, rows: Iterable[Mapping[str, Any]], labels: Labels
) -> list[dict[str, Any]]:
    """Compare the curve with every line of appetite in its unit."""
    found = []
    for row in rows:
        if str(row["unit"]).strip().upper() != unit.upper():
            continue
        amount, years = float(row["best"]), float(row["years"])
        chance = float(curve.find_chance(np.array([amount]))[0])
        met = chance <= 1 / years
        texts = {
            lang: labels(
                f"loss.appetite.{'met' if met else 'exceeded'}",
                lang,
                amount=say_amount(amount, unit, labels, lang),
                years=f"{years:g}",
                chance=f"{100 * chance:.3g}",
            )
            for lang in ("en", "zh")
        }
        found.append(
            {
                "id": row["id"],
                "amount": amount,
                "years": years,
                "accepted_chance": round_number(1 / years),
                "chance": round_number(chance),
                "met": met,
                "text": texts["en"],
                "text_zh": texts["zh"],
            }
        )
    return found
