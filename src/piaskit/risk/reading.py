"""How a method reads rated facts: its own steps and cells, and the common words to compare by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from piaskit.risk.rating import Rating
from piaskit.risk.scales import (
    LEVELS,
    LIKELIHOODS,
    STATES,
    Bools,
    Levels,
    Positions,
    find_level,
    read_cells,
    read_matrix,
)

if TYPE_CHECKING:
    from piaskit.knowledge import Method, Text
    from piaskit.rules import Hits


@dataclass(frozen=True)
class Placed:
    """Where subjects stand, ``[states, subjects]``; -1 where a method does not rate them.

    ``impact`` and ``likelihood`` are places in the common scales, ``level`` the common level,
    ``own`` the place in the method's own risk scale. ``dimension`` is the place of the deciding
    dimension among ``Reading.dimensions``, ``kind`` that of the deciding source or kind of event.
    """

    impact: Levels
    likelihood: Levels
    level: Levels
    own: Levels
    dimension: Positions
    kind: Positions


@dataclass(frozen=True)
class Reading:
    """A case as one method reads it: its risks (those of ``Register``, in order) and activities.

    ``form`` is the method that rated the facts, ``base`` the one that ``method`` reads, or itself.
    ``due`` says which activities the method looks at, ``[activities]``. ``takes`` joins the
    method's dimensions to the rights of ``form``. ``risk_impacts`` are ``[states, risks,
    dimensions]``, ``impacts`` the same of activities, ``likelihoods`` ``[states, activities,
    kinds]``; -1 stands for no impact.
    """

    method: Method
    base: Method
    form: Method
    rating: Rating
    dimensions: tuple[str, ...]
    kinds: tuple[str, ...]
    takes: Bools
    due: Bools
    risks: Placed
    activities: Placed
    risk_impacts: Levels
    impacts: Levels
    likelihoods: Levels

    @cached_property
    def matrix(self) -> Levels:
        """The common level of each cell over the common words, ``[impact, likelihood]``."""
        return read_matrix(self.method, self.base)

    @cached_property
    def rights_level(self) -> Levels:
        """The common level of each risk on each right of ``form``, ``[states, risks, rights]``.

        -1 stands for a right that is not touched, and for a risk that is not rated.
        """
        rated = self.rating.risks
        cells = find_level(self.matrix, rated.impact, rated.likelihood[:, :, None])
        kept: Levels = np.where(self.risks.level[:, :, None] < 0, np.int8(-1), cells)
        return kept

    @cached_property
    def line(self) -> str:
        """The line of acceptance in common words."""
        line = self.method.acceptance_line
        if line is None:
            return self.base.acceptance_line or "medium"
        return (self.method.means or {}).get(line, line)

    @property
    def line_title(self) -> Text:
        """The line of acceptance in the words of the method that draws it."""
        line = self.method.acceptance_line
        return self.base.scales.risk[self.line] if line is None else self.method.scales.risk[line]

    @cached_property
    def above(self) -> Bools:
        """Which risks stand above the line of acceptance, ``[states, risks]``."""
        line = self.method.acceptance_line
        if line is None:
            return self.risks.level > LEVELS.index(self.line)
        return self.risks.own > list(self.method.scales.risk).index(line)

    @cached_property
    def words(self) -> dict[tuple[int, int, int], dict[str, Any]]:
        """The method's own words for an impact, a likelihood and an own level, once each."""
        return {}

    def list_levels(self, at: int) -> dict[str, Any] | None:
        """Return the states of a risk as JSON holds them, or None where it is not rated."""
        return self.list_states(self.risks, at)

    def list_states(self, placed: Placed, at: int) -> dict[str, Any] | None:
        """Return the states of a risk or an activity as JSON holds them, None where not rated."""
        if placed.level[0, at] < 0:
            return None
        return {
            state: {
                "impact": LEVELS[placed.impact[s, at]],
                "likelihood": LIKELIHOODS[placed.likelihood[s, at]],
                "level": LEVELS[placed.level[s, at]],
            }
            | self.tell_own(placed, s, at)
            for s, state in enumerate(STATES)
        }

    def spell(self, impact: int, likelihood: int) -> dict[str, Any]:
        """Return the method's own words for an impact and a likelihood of the common scales."""
        method = self.method
        own = (
            method.read_step(LEVELS[impact], "impact"),
            method.read_step(LIKELIHOODS[likelihood], "likelihood"),
        )
        told: dict[str, Any] = {
            "impact": own[0],
            "likelihood": own[1],
            "level": method.find_cell(*own),
        }
        if method.scores:
            told["score"] = method.scores.sum_costs(own[0]) * method.scores.likelihood[own[1]]
        return told

    def tell_own(self, placed: Placed, state: int, at: int) -> dict[str, Any]:
        """Return ``own``, the method's own words; nothing where they are the common ones."""
        method = self.method
        if method.reads is None:
            return {}
        key = (
            int(placed.impact[state, at]),
            int(placed.likelihood[state, at]),
            int(placed.own[state, at]),
        )
        if key not in self.words:
            level = list(method.scales.risk)[key[2]]
            self.words[key] = {**self.spell(key[0], key[1]), "level": level}
        own = {**self.words[key], "dimension": self.dimensions[placed.dimension[state, at]]}
        if method.events:
            own["event"] = self.kinds[placed.kind[state, at]]
        return {"own": own}

    def find_overall(self, chosen: Positions) -> dict[str, str | None]:
        """Return the highest common level per state; None where the method rates nothing."""
        highest = np.maximum(
            self.activities.level[:, chosen].max(axis=1, initial=-1),
            self.risks.level.max(axis=1, initial=-1),
        )
        lowest = 0 if self.method.reads is None else -1
        worst = np.maximum(highest, lowest).tolist()
        return {
            state: LEVELS[worst[at]] if worst[at] >= 0 else None for at, state in enumerate(STATES)
        }

    def count_levels(self) -> dict[str, dict[str, int]]:
        """Return how many risks have each common level, per state."""
        tally = [
            np.bincount(level[level >= 0], minlength=len(LEVELS)) for level in self.risks.level
        ]
        return {
            state: {word: int(tally[at][level]) for level, word in enumerate(LEVELS)}
            for at, state in enumerate(STATES)
        }


def compose_method(methods: Mapping[str, Method], method: Method) -> Method:
    """Return the method that rates the facts for ``method``: the other one, as far as it agrees.

    Dimensions that take nothing from the other, and what the method proposes for them, come on
    top; modifiers that it drops go.
    """
    if method.reads is None:
        return method
    base = methods[method.reads.method]
    own = {name: right for name, right in method.rights.items() if not right.takes}
    dropped = method.reads.drops
    if not own and not dropped:
        return base
    prefixes = sorted({*base.impact_by_category, *method.impact_by_category})
    update = {
        "rights": {**base.rights, **own},
        "modifiers": {n: m for n, m in base.modifiers.items() if n not in dropped},
        "impact_by_category": {
            prefix: {**base.propose_impact(prefix), **method.propose_impact(prefix)}
            for prefix in prefixes
        },
    }
    return base.model_copy(update=update)


def read_rating(
    method: Method, base: Method, form: Method, rating: Rating, hits: Hits, due: Bools
) -> Reading:
    """Read a rating by the scales, dimensions and cells of a method.

    ``form`` is the method behind ``rating`` (see ``compose_method``), ``due`` says which activities
    the method looks at.
    """
    rights = method.rights if method.reads and method.rights else base.rights
    names = list(form.rights)
    takes = np.array(
        [[name in (right.takes or (id,)) for name in names] for id, right in rights.items()],
        dtype=bool,
    ).reshape(len(rights), len(names))
    place = _Placer(method, base, form, rating, takes, due)
    kinds = tuple(method.events) if method.events else tuple(base.sources)
    risks, activities = (
        place.by_event(hits) if method.events else (place.all_risks(), place.all_activities())
    )
    return Reading(
        method=method,
        base=base,
        form=form,
        rating=rating,
        dimensions=tuple(rights),
        kinds=kinds,
        takes=takes,
        due=due,
        risks=place.leave_out(risks, place.find_due(len(hits))),
        activities=place.leave_out(activities, due),
        risk_impacts=place.risk_impacts,
        impacts=place.impacts,
        likelihoods=place.likelihoods,
    )


class _Placer:
    """Places the risks and activities of a rating."""

    def __init__(
        self, method: Method, base: Method, form: Method, rating: Rating, takes: Bools, due: Bools
    ) -> None:
        self.method, self.form, self.rating, self.due = method, form, rating, due
        self.takes = takes
        self.cells, self.matrix = read_cells(method), read_matrix(method, base)
        rights = len(form.rights)
        self.risk_impacts = self.gather(rating.risks.impact)
        self.impacts = self.gather(rating.final[:, :, :rights])
        self.likelihoods = rating.final[:, :, rights:]

    def gather(self, impact: Levels) -> Levels:
        """Return the highest impact per dimension of the method; the last axis holds rights."""
        parts = [impact[..., wanted].max(axis=-1, initial=-1) for wanted in self.takes]
        gathered: Levels = np.stack(parts, axis=-1).astype(np.int8)
        return gathered

    def put(
        self, impact: Levels, likelihood: Levels, dimension: Positions, kind: Positions
    ) -> Placed:
        level = find_level(self.matrix, impact, likelihood)
        own = find_level(self.cells, impact, likelihood)
        return Placed(impact, likelihood, level, own, dimension, kind)

    def all_risks(self) -> Placed:
        rated = self.rating.risks
        dimension = self.risk_impacts.argmax(axis=2)
        size = rated.level.shape[1]
        source = np.full(size, -1, dtype=np.intp)
        source[: len(self.rating.likelihoods.source)] = self.rating.likelihoods.source
        seen = self.rating.seen["column"].to_numpy(dtype=np.intp) - len(self.form.rights)
        source[size - len(seen) :] = np.maximum(seen, -1)
        return self.put(
            rated.worst, rated.likelihood, dimension, np.broadcast_to(source, dimension.shape)
        )

    def all_activities(self) -> Placed:
        every = np.ones((self.impacts.shape[2], self.likelihoods.shape[2]), dtype=bool)
        return self.pair(self.impacts, self.likelihoods, every)

    def pair(self, impact: Levels, likelihood: Levels, touches: Bools) -> Placed:
        """Place activities at the worst of their pairs of dimension and kind that belong together.

        ``impact`` is ``[states, activities, dimensions]``, ``likelihood`` the same over kinds.
        """
        states, size = impact.shape[:2]
        wide, high = impact[..., :, None], likelihood[..., None, :]
        # Of equal levels the one with more behind it decides.
        cells = find_level(self.matrix, wide, high).astype(np.int16) * 16
        cells = (cells + find_level(self.cells, wide, high)) * 16 + wide + high
        cells[:, :, ~touches] = np.iinfo(np.int16).min
        flat = cells.reshape(states, size, cells.shape[2] * cells.shape[3])
        if not flat.shape[2]:
            nothing = np.zeros((states, size), dtype=np.int8)
            place = nothing.astype(np.intp)
            return Placed(nothing, nothing, nothing, nothing, place, place)
        best = flat.argmax(axis=2)
        dimension, kind = np.divmod(best, likelihood.shape[2])
        at = np.arange(states)[:, None], np.arange(size)[None, :]
        worst = np.maximum(impact[(*at, dimension)], np.int8(0))
        bare = impact.max(axis=2, initial=-1) < 0
        likely = likelihood[(*at, kind)]
        placed = self.put(worst, likely, dimension, kind)
        # No reason for any impact: the lowest level stands.
        level, own = (np.where(bare, np.int8(0), cell) for cell in (placed.level, placed.own))
        return Placed(worst, np.where(bare, np.int8(0), likely), level, own, dimension, kind)

    def by_event(self, hits: Hits) -> tuple[Placed, Placed]:
        """Place risks by the kind of event they lead to, and activities by the worst kind."""
        rating, kinds = self.rating, list(self.method.events.values())
        names = list(self.method.rights)
        touches = np.array([[name in kind.touches for kind in kinds] for name in names], dtype=bool)
        of = {event: at for at, kind in enumerate(kinds) for event in kind.events}
        sizes = [len(found.ids) for found in hits.found]
        code = np.repeat([of.get(found.rule.event, -1) for found in hits.found], sizes)
        seen = np.full(len(rating.seen), of.get("none", -1), dtype=np.intp)
        kind = np.concatenate([code.astype(np.intp), seen])
        touched = np.where(kind[:, None] < 0, False, touches.T[kind])
        impact: Levels = np.where(touched[None], self.risk_impacts, np.int8(-1))
        self.risk_impacts = impact
        worst = impact.max(axis=2, initial=-1)
        # What was judged in no dimension has a level, and touches no listed right.
        free = rating.risks.impact.max(axis=2, initial=-1) < 0
        worst = np.where(free, np.maximum(worst, rating.risks.worst), np.maximum(worst, 0))
        risks = self.put(
            worst.astype(np.int8),
            rating.risks.likelihood,
            impact.argmax(axis=2),
            np.broadcast_to(kind, worst.shape),
        )
        return self.leave_out(risks, kind >= 0), self._place_activities(kind, touches)

    def _place_activities(self, kind: Positions, touches: Bools) -> Placed:
        rating = self.rating
        states, size = rating.final.shape[:2]
        likelihood = np.zeros((states, size, touches.shape[1]), dtype=np.int8)
        links = self.link_risks()
        links = links[kind[links["risk"].to_numpy()] >= 0]
        risk, activity = links["risk"].to_numpy(), links["activity"].to_numpy()
        for state in range(states):
            told = rating.risks.likelihood[state, risk]
            np.maximum.at(likelihood[state], (activity, kind[risk]), told)
        self.likelihoods = likelihood
        return self.pair(self.impacts, likelihood, touches)

    def link_risks(self) -> pd.DataFrame:
        """Join the risks to their activities, ``[risk, activity]``."""
        rating = self.rating
        first = len(rating.likelihoods.source)
        place = rating.seen["place"].to_numpy(dtype=np.intp)
        own = np.flatnonzero(place >= 0)
        seen = pd.DataFrame({"risk": own + first, "activity": place[own]})
        return pd.concat([rating.likelihoods.links.rename(columns={"hit": "risk"}), seen])

    def find_due(self, hits: int) -> Bools:
        """Say which risks concern an activity that the method looks at, ``[risks]``."""
        size = self.rating.risks.level.shape[1]
        if self.due.all():
            return np.ones(size, dtype=bool)
        links = self.link_risks()
        risk, activity = links["risk"].to_numpy(), links["activity"].to_numpy()
        found = np.ones(size, dtype=bool)
        found[risk] = False
        found &= self.due.any()
        found[risk[self.due[activity]]] = True
        return found

    def leave_out(self, placed: Placed, kept: Bools) -> Placed:
        if kept.all():
            return placed
        levels = (
            np.where(kept[None], values, np.int8(-1))
            for values in (placed.impact, placed.likelihood, placed.level, placed.own)
        )
        impact, likelihood, level, own = levels
        return Placed(impact, likelihood, level, own, placed.dimension, placed.kind)
