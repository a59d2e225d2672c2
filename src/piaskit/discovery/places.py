"""Coordinates that stand in two columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from piaskit.discovery.findings import Because, Sighting
from piaskit.discovery.mask import mask_value
from piaskit.discovery.tables import Table

LEAST = 15
DECIMALS = 4
_NUMBER = re.compile(r"-?\d{1,3}\.(\d+)")


def find_coordinates(table: Table) -> dict[str, list[Sighting]]:
    """See latitude and longitude in neighbouring columns of decimals, by range and precision.

    Both must be precise to some ten metres, lie in their ranges and not spread evenly over them:
    people live in places.
    """
    measured = [(c.name, _measure(table.list_texts(c.name))) for c in table.columns]
    found: dict[str, list[Sighting]] = {}
    for (name, values), (other, others) in pairwise(measured):
        if not values or not others or name in found:
            continue
        if not (_is_pair(values, others) or _is_pair(others, values)):
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


def _is_pair(latitudes: Sequence[float], longitudes: Sequence[float]) -> bool:
    if max(map(abs, latitudes)) > 90 or max(map(abs, longitudes)) > 180:
        return False
    span = max(longitudes) - min(longitudes)
    beyond = sum(abs(value) > 1 for value in (*latitudes, *longitudes))
    china = all(3 < v < 54 for v in latitudes) and all(73 < v < 136 for v in longitudes)
    west = max(map(abs, longitudes)) > 60 and beyond > 0.9 * (len(latitudes) + len(longitudes))
    return china or (west and span > 0.5 and min(map(abs, latitudes)) > 1)
