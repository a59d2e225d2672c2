"""All risks and activities of a case rated at once, as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from piaskit.risk.impact import Impacts, Scored, propose_impacts
from piaskit.risk.judgements import (
    Judgements,
    apply_judgements,
    find_caps,
    read_judgements,
    select_seen,
)
from piaskit.risk.likelihood import Likelihoods, gather_sources, rate_hits
from piaskit.risk.scales import STATES, Levels, Positions, find_level, read_matrix
from piaskit.safeguards import Coverage

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge import Method
    from piaskit.rules import Hits


@dataclass(frozen=True, slots=True)
class Risks:
    """Rated risks: impact and rights levels ``[states, risks, rights]``, the rest without rights.

    In ``impact`` and ``rights_level`` -1 stands for a right that is not touched. ``pair`` is the
    strongest pair of activity and item in the current state, ``[risks, rights]`` (see Impacts),
    ``capped`` says where a judgement holds the current values down, ``[risks]``.
    """

    impact: Levels
    rights_level: Levels
    worst: Levels
    likelihood: Levels
    level: Levels
    pair: Positions
    capped: Sequence[bool]


@dataclass(frozen=True, slots=True)
class Rating:
    """Everything an assessment says, as numbers.

    ``proposed`` and ``final`` are ``[states, activities, dimensions]``, rights first; ``hits``
    counts hits, ``[activities, sources]``; ``level`` is ``[states, activities]``. The risks of the
    hits come first in ``risks``, then those of ``seen`` (judgements that are risks of their own).
    """

    impacts: Impacts
    likelihoods: Likelihoods
    judgements: Judgements
    seen: pd.DataFrame
    proposed: Levels
    final: Levels
    hits: Positions
    level: Levels
    risks: Risks

    @property
    def kinds(self) -> NDArray[np.int64]:
        """What levels and reasons follow from, beside rule and ``strongest``, ``[hits, facts]``."""
        likely, risks = self.likelihoods, self.risks
        size = likely.levels.shape[1]
        by_state: list[NDArray[Any]] = [
            *(values[:, :size] for values in (risks.worst, risks.likelihood, risks.level)),
            *(likely.working, likely.remedied, likely.levels, likely.lowered),
        ]
        capped = np.array(risks.capped[:size], dtype=bool)[:, None]
        by_right = risks.rights_level[:, :size].transpose(1, 0, 2).reshape(size, -1)
        sides = [by_right, capped, *(values.T for values in by_state)]
        return np.ascontiguousarray(np.concatenate(sides, axis=1, dtype=np.int64))

    @property
    def strongest(self) -> NDArray[np.int64]:
        """The highest current impact of each hit, its right and its pair, ``[hits, 3]``."""
        size = self.likelihoods.levels.shape[1]
        impact, row = self.risks.impact[1, :size], np.arange(size)
        right = impact.argmax(axis=1)
        pair = self.risks.pair[:size][row, right]
        return np.array([impact[row, right], right, pair], dtype=np.int64).T


def rate_case(
    case: Case,
    method: Method,
    hits: Hits,
    coverage: Mapping[str, Coverage],
    remedied: Mapping[str, frozenset[str]],
    chosen: Positions,
) -> Rating:
    """Rate hits, activities and the judgements that no rule covers.

    ``coverage`` and ``remedied`` are given per state; ``chosen`` are the row numbers of the
    activities under assessment.
    """
    rights, sources = len(method.rights), len(method.sources)
    impacts = propose_impacts(case, method, coverage)
    likelihoods = rate_hits(method, hits, coverage, remedied)
    judgements = read_judgements(case, method)
    size = len(case.frames["activities"])
    by_right, _ = impacts.read("activities", np.arange(size))
    by_source, number = gather_sources(likelihoods, size, sources)
    proposed: Levels = np.concatenate([by_right, by_source], axis=2)
    final = apply_judgements(judgements, proposed, remedied)
    seen = select_seen(judgements, proposed, number, rights)
    seen = seen[seen["place"].isin([-1, *chosen.tolist()])]

    matrix = read_matrix(method)
    cells = find_level(matrix, final[:, :, :rights, None], final[:, :, None, rights:])
    level = cells.max(axis=(2, 3), initial=0)
    risks = _join(
        matrix,
        _rate_found(case, hits, impacts, likelihoods, judgements, chosen, rights),
        _rate_seen(seen, final[:, chosen], final, remedied, rights),
    )
    return Rating(impacts, likelihoods, judgements, seen, proposed, final, number, level, risks)


def _rate_found(
    case: Case,
    hits: Hits,
    impacts: Impacts,
    likelihoods: Likelihoods,
    judgements: Judgements,
    chosen: Positions,
    rights: int,
) -> tuple[Levels, Levels, Levels, Positions, list[bool]]:
    """Rate the hits: impact, worst impact, likelihood, strongest pair, whether capped."""
    links = likelihoods.links
    scored = np.full((len(STATES), len(hits), rights), -1, dtype=np.int64)
    for start, found in zip(hits.starts, hits.found, strict=True):
        if found.table in impacts.scored:
            here = np.flatnonzero(found.rows >= 0)
            scored[:, start + here] = impacts.scored[found.table][:, found.rows[here]]
        elif found.table == "organisation":
            touched = links["activity"][links["hit"] == start].to_numpy()
            scored[:, start] = _highest_of(impacts.scored["activities"], touched, chosen)
    impact, pair = impacts.unpack(scored)
    likelihood = likelihoods.levels.copy()
    caps = find_caps(judgements, links, len(hits))
    by_source = likelihoods.source
    limit = caps[np.arange(len(hits)), np.where(by_source < 0, 0, by_source + rights)]
    capped = (impact[1] > caps[:, :rights]).any(axis=1) | (
        (by_source >= 0) & (likelihood[1] > limit)
    )
    impact[1:] = np.minimum(impact[1:], caps[:, :rights])
    likelihood[1:] = np.where(by_source < 0, likelihood[1:], np.minimum(likelihood[1:], limit))
    worst = impact.max(axis=2, initial=0)
    return impact, worst, likelihood, pair, capped.tolist()


def _highest_of(scored: Scored, touched: Positions, chosen: Positions) -> Scored:
    rows = touched if len(touched) else chosen
    highest: Scored = scored[:, rows].max(axis=1, initial=-1)
    return highest


def _rate_seen(
    seen: pd.DataFrame,
    chosen: Levels,
    final: Levels,
    remedied: Mapping[str, frozenset[str]],
    rights: int,
) -> tuple[Levels, Levels, Levels, Positions, list[bool]]:
    """Rate judgements that are risks: the values of their activity, with the judged one among them.

    Without an activity the highest of all assessed activities are taken. A level judged in no
    dimension of the method (``other-impact``) is the impact, and touches no listed right.
    """
    size = len(seen)
    impact = np.full((len(STATES), size, rights), -1, dtype=np.int8)
    worst = np.zeros((len(STATES), size), dtype=np.int8)
    likelihood = np.zeros((len(STATES), size), dtype=np.int8)
    for at, row in enumerate(seen.to_dict("records")):
        place, column, value = row["place"], row["column"], row["value"]
        values = final[:, place] if place >= 0 else chosen.max(axis=1, initial=-1)
        by_source = values[:, rights:].max(axis=1, initial=0)
        likelihood[:, at] = values[:, column] if column >= rights else by_source
        if 0 <= column < rights:
            impact[:, at, column] = values[:, column]
        elif column >= rights or value < 0:
            impact[:, at] = values[:, :rights]
        worst[:, at] = impact[:, at].max(axis=1, initial=0)
        if column < 0 and value >= 0:
            worst[:, at] = value
        treated = [row["risk"] in remedied[state] for state in STATES]
        likelihood[treated, at] = 0
    return impact, worst, likelihood, np.full((size, rights), -1, dtype=np.intp), [False] * size


def _join(matrix: Levels, *parts: tuple[Levels, Levels, Levels, Positions, list[bool]]) -> Risks:
    impact, worst, likelihood = (
        np.concatenate([part[k] for part in parts], axis=1) for k in range(3)
    )
    return Risks(
        impact=impact,
        rights_level=find_level(matrix, impact, likelihood[:, :, None]),
        worst=worst,
        likelihood=likelihood,
        level=find_level(matrix, worst, likelihood),
        pair=np.concatenate([part[3] for part in parts]),
        capped=[flag for part in parts for flag in part[4]],
    )
