"""Coordinates that stand in two columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from piaskit.discovery.findings import Because, Sighting
from piaskit.discovery.mask import mask_value
from piaskit.discovery.tables import Table

Box = tuple[float, float, float, float]

LEAST = 15
DECIMALS = 5
_NUMBER = re.compile(r"-?\d{1,3}\.(\d+)")


def find_coordinates(table: Table, boxes: Sequence[Box]) -> dict[str, list[Sighting]]:
    """See latitude and longitude in neighbouring columns of decimals, by range and precision.

    Both must be precise to some metres, and the points lie in one of the boxes (south, north, west,
    east) where people live.
    """
    measured = [(c.name, _measure(table.list_texts(c.name))) for c in table.columns]
    found: dict[str, list[Sighting]] = {}
    for (name, values), (other, others) in pairwise(measured):
        if not values or not others or name in found:
            continue
        if not (_is_pair(values, others, boxes) or _is_pair(others, values, boxes)):
            continue
        for column in (name, other):
            fields = {"n": len(values), "of": len(values)}
            because: Because = (("discover.because.coordinates", fields),)
            shown = mask_value(table.list_texts(column)[0])
            found[column] = [
                Sighting("location.precise", "high", because, len(values), example=shown)
            ]
    return found


def _measure(texts: Sequence[str]) -> list[float]:
    """Return the values of a column of precise decimals, else nothing."""
    matches = [_NUMBER.fullmatch(text.strip()) for text in texts]
    precise = [m for m in matches if m and len(m[1]) >= DECIMALS]
    if len(texts) < LEAST or len(precise) < 0.8 * len(texts):
        return []
    return [float(text) for text, match in zip(texts, matches, strict=True) if match]


def _is_pair(latitudes: Sequence[float], longitudes: Sequence[float], boxes: Sequence[Box]) -> bool:
    """Say whether nearly all points lie in one of the boxes, and not all on one spot of it."""
    points = list(zip(latitudes, longitudes, strict=False))
    if sum(abs(latitude) > 1 for latitude in latitudes) < 0.9 * len(latitudes):
        return False  # shares and probabilities lie between 0 and 1, hardly anybody does
    return len(set(points)) >= LEAST and any(
        sum(south <= y <= north and west <= x <= east for y, x in points) >= 0.97 * len(points)
        for south, north, west, east in boxes
    )
