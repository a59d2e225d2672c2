"""The scales of a method as numbers, so that whole columns of risks are rated at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from piaskit.knowledge import Method

Levels = NDArray[np.int8]
Bools = NDArray[np.bool_]
Positions = NDArray[np.intp]

STATES = ("inherent", "current", "planned")
LEVELS = ("low", "medium", "high", "severe")
LIKELIHOODS = ("low", "medium", "high", "very-high")
EXTENTS = ("none", "incomplete", "some", "effective")
TOP = len(LEVELS) - 1


def read_matrix(method: Method, base: Method | None = None) -> Levels:
    """Return the matrix as numbers: ``[impact, likelihood] -> level``, each 0 (low) to 3.

    Impact and likelihood are common words. A method that reads another gives the common word that
    it reads its level as; without one, that of the matrix of ``base``.
    """
    if method.reads is not None and method.means is None:
        assert base is not None
        return read_matrix(base)
    means = method.means or {}
    words = [means.get(level, level) for level in method.scales.risk]
    places = np.array([LEVELS.index(word) for word in words], dtype=np.int8)
    cells: Levels = places[read_cells(method)]
    return cells


def read_cells(method: Method) -> Levels:
    """Return the method's own matrix over the common words: ``[impact, likelihood] -> level``.

    A level is its place in the method's own risk scale.
    """
    levels = list(method.scales.risk)
    impacts = [method.read_step(word, "impact") for word in LEVELS]
    likelihoods = [method.read_step(word, "likelihood") for word in LIKELIHOODS]
    cells = [[levels.index(method.find_cell(i, j)) for j in likelihoods] for i in impacts]
    return np.array(cells, dtype=np.int8)


def spell_matrix(methods: Mapping[str, Method], id: str) -> dict[str, dict[str, str]]:
    """Return the matrix of a method in common words: ``{impact: {likelihood: level}}``."""
    method = methods[id]
    cells = read_matrix(method, methods[method.reads.method] if method.reads else None)
    return {
        impact: {word: LEVELS[cells[i, j]] for j, word in enumerate(LIKELIHOODS)}
        for i, impact in enumerate(LEVELS)
    }


def find_level(matrix: Levels, impact: Levels, likelihood: Levels) -> Levels:
    """Look levels up cell by cell; an impact of -1 (none proposed) gives -1."""
    cells: Levels = np.where(impact < 0, np.int8(-1), matrix[impact, likelihood])
    return cells


def measure_extent(wanted: Positions, working: Positions) -> Levels:
    """Say how far a remedy works, as a position in ``EXTENTS``.

    None of its controls works: ``none``; fewer than half: ``incomplete``; half or more: ``some``;
    all: ``effective``. This ladder is piaskit's convention, not the standard's.

    >>> measure_extent(np.array([3, 3, 3, 3, 0]), np.array([0, 1, 2, 3, 0])).tolist()
    [0, 1, 2, 3, 0]
    """
    ladder = [working == 0, 2 * working < wanted, working < wanted]
    extent: Levels = np.select(ladder, [0, 1, 2], 3).astype(np.int8)
    return extent


def read_meets(meets: Mapping[Any, str]) -> Levels:
    """Return the likelihood met at each of ``EXTENTS``, never rising as the remedy grows.

    An extent that a rule leaves out takes the one before it; ``effective`` left out is ``low``,
    as the scale itself describes effective measures.

    >>> read_meets({"none": "very-high", "some": "medium"}).tolist()
    [3, 3, 1, 0]
    """
    stated = {"none": max(meets.values(), key=LIKELIHOODS.index), "effective": "low", **meets}
    met = [LIKELIHOODS.index(stated.get(extent, "very-high")) for extent in EXTENTS]
    levels: Levels = np.minimum.accumulate(np.array(met, dtype=np.int8))
    return levels


def parse_level(word: object) -> int:
    """Return the place of a level word of either scale, or -1 when it is none.

    >>> parse_level("severe"), parse_level("very-high"), parse_level("low"), parse_level(None)
    (3, 3, 0, -1)
    """
    for scale in (LEVELS, LIKELIHOODS):
        if word in scale:
            return scale.index(str(word))
    return -1
