"""Safeguards that could be added, and what sets of them do to the levels of risks, as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from piaskit.case.tables import SCOPED, TABLES
from piaskit.risk.impact import DEIDENTIFYING
from piaskit.risk.likelihood import COMPLETE, EMERGENCY
from piaskit.risk.rating import rate_case
from piaskit.risk.reading import Reading, read_rating
from piaskit.risk.scales import (
    EXTENTS,
    LEVELS,
    LIKELIHOODS,
    STATES,
    Bools,
    Levels,
    find_level,
    measure_extent,
    read_meets,
)
from piaskit.rules import run_rules
from piaskit.safeguards import Coverage, cover_subjects

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.rules import Hits

CURRENT, INHERENT = STATES.index("current"), STATES.index("inherent")
EFFECTIVE = EXTENTS.index("effective")
NAMED = 12  # places that a scope names; more of them are written as `all`
BATCH = 4_000_000  # cells that are evaluated at a time
Counts = NDArray[np.int64]


class Candidate(NamedTuple):
    """A safeguard that rules ask for and that does not work there yet."""

    control: str
    scope: str


def list_candidates(
    hits: Hits, coverage: Coverage, controls: Iterable[str] = (), *, apart: bool = False
) -> list[Candidate]:
    """List what the remedies of the hits want and lack, sorted by control and scope.

    A control is one candidate with all places that lack it, or with ``apart`` one for each system,
    activity and flow. ``controls`` limits them.
    """
    wanted = set(controls)
    places: dict[str, set[tuple[str, str]]] = {}
    for found in hits.found:
        names = [c for c in found.rule.remedy if not wanted or c in wanted]
        lacking = ~coverage.find_working(found.table, found.rows, names)
        for column, name in enumerate(names):
            here = np.flatnonzero(lacking[:, column]).tolist()
            places.setdefault(name, set()).update((found.table, found.ids[n]) for n in here)
    listed = []
    for control, ends in places.items():
        if apart:
            listed += [Candidate(control, f"{t}/{id}") for t, id in ends if t in SCOPED]
        elif ends:
            whole = len(ends) > NAMED or any(table not in TABLES for table, _ in ends)
            named = sorted(f"{table}/{id}" for table, id in ends)
            listed.append(Candidate(control, "all" if whole else ";".join(named)))
    return sorted(listed)


def make_rows(case: Case, chosen: Sequence[Candidate]) -> pd.DataFrame:
    """Return candidates as rows of the safeguards table, in place and proven at ``as_of``."""
    day = pd.Timestamp(case.as_of)
    table = TABLES["safeguards"]
    known = set(case.frames["safeguards"]["id"])
    free = (f"what-if-{n}" for n in range(1, len(known) + len(chosen) + 1))
    ids = [id for id in free if id not in known][: len(chosen)]
    rows = pd.DataFrame(
        {
            "id": ids,
            "title": [control for control, _ in chosen],
            "control": [control for control, _ in chosen],
            "kind": [case.knowledge.controls[control].kind for control, _ in chosen],
            "scope": [scope for _, scope in chosen],
            "status": "in-place",
            "evidence": "what-if",
            "evidence_on": day,
            "tested_on": day,
        }
    )
    full = rows.reindex(columns=list(case.frames["safeguards"].columns))
    return full.astype({c.name: c.dtype for c in table.columns if c.name in full})


def add_rows(case: Case, rows: pd.DataFrame) -> Case:
    """Return the case with more rows in its safeguards table."""
    joined = pd.concat([case.frames["safeguards"], rows], ignore_index=True)
    return replace(case, frames={**case.frames, "safeguards": joined})


class _Groups(NamedTuple):
    """Hits that are alike in all that a set can change, once each, and how many they are."""

    base: Levels  # likelihood now, [groups]
    table: Levels  # level at each likelihood, [groups, 4]
    met: Levels  # likelihood met at each extent, [groups, 4]
    wanted: NDArray[np.int64]
    working: NDArray[np.int64]
    open: Bools  # no action has settled it
    large: Bools  # complete measures and a response plan would take one step off
    plan: Bools  # a response plan works
    touch: Bools  # [candidates, groups]: the control is wanted, lacks, and the scope covers it
    plans: Bools  # [candidates, groups]: the candidate is a response plan there
    ends: Bools  # [candidates, groups]: the rule no longer fires once the candidate is on record
    number: NDArray[np.int64]


@dataclass(frozen=True)
class Trial:
    """The hits of one assessment, and what each candidate would do to them.

    ``reading`` is the assessment by one method; ``coverage`` and ``remedied`` are those of the
    current state. What sets of candidates are worth is read off the ladder of the engine
    (``measure_extent``, ``read_meets``, the method's cells), for all sets at once; hits that are
    alike are counted once.
    """

    case: Case
    reading: Reading
    hits: Hits
    coverage: Coverage
    remedied: frozenset[str]
    candidates: tuple[Candidate, ...]

    def count_levels(self, sets: NDArray[np.intp]) -> Counts:
        """Count the risks of rules per level for sets of candidates.

        ``sets`` is ``[sets, size]``, positions of candidates, -1 for none; the counts are
        ``[sets, 4]``, from the worst level down.
        """
        counts: Counts = np.zeros((len(sets), len(LEVELS)), dtype=np.int64)
        hidden = np.array([c.control in DEIDENTIFYING for c in self.candidates] + [False])
        parts: dict[frozenset[int], list[int]] = {}
        for row, members in enumerate(sets.tolist()):
            parts.setdefault(frozenset(m for m in members if hidden[m]), []).append(row)
        for part, rows in parts.items():
            groups = self._group_hits(part)
            step = max(1, BATCH // max(len(groups.number), 1))
            for start in range(0, len(rows), step):
                here = rows[start : start + step]
                counts[here] = self._count(groups, sets[here])
        return counts

    def find_useful(self) -> Bools:
        """Say which candidates can change the level of a risk, alone or with others."""
        n = len(self.candidates)
        moves = np.ptp(self._facts[:, -len(EXTENTS) :], axis=1) > 0  # not the same at every extent
        touch, plans, ends = (self._facts[:, at * n : (at + 1) * n] for at in range(3))
        large = self._facts[:, 3 * n + 4] > 0
        useful: Bools = (
            (touch[moves] > 0).any(axis=0) | (plans[large] > 0).any(axis=0) | (ends > 0).any(axis=0)
        )
        hidden = [candidate.control in DEIDENTIFYING for candidate in self.candidates]
        useful |= np.array(hidden, dtype=bool)
        return useful

    def count_touched(self, at: int) -> int:
        """Return at how many risks a candidate is wanted and lacking."""
        return int(self._facts[:, at].sum(dtype=np.int64))

    def _count(self, groups: _Groups, sets: NDArray[np.intp]) -> Counts:
        shape = (len(sets), len(groups.number))
        added = np.zeros(shape, dtype=np.int64)
        plan, ended = np.tile(groups.plan, (len(sets), 1)), np.zeros(shape, dtype=bool)
        names = np.array([c.control for c in self.candidates], dtype=str)
        controls = np.append(np.unique(names, return_inverse=True)[1], -1)
        for at, member in enumerate(sets.T):
            touched = groups.touch[member]
            for earlier in sets.T[:at]:
                same = controls[earlier] == controls[member]
                touched &= ~(same[:, None] & groups.touch[earlier])
            added += touched
            plan |= groups.plans[member]
            ended |= groups.ends[member]
        extent = measure_extent(groups.wanted[None], groups.working[None] + added)
        extent = np.where(groups.open, extent, np.int8(EFFECTIVE))
        met = np.take_along_axis(groups.met, extent.T.astype(np.intp), axis=1).T
        lower = groups.large & plan & (extent == EFFECTIVE) & (met > 0)
        likelihood = np.minimum(groups.base, met - lower)
        level = np.take_along_axis(groups.table, likelihood.T.astype(np.intp), axis=1).T
        weight = np.where(ended, 0, groups.number)
        tally = [(weight * (level == at)).sum(axis=1) for at in reversed(range(len(LEVELS)))]
        return np.stack(tally, axis=1)

    def _group_hits(self, hidden: frozenset[int]) -> _Groups:
        """Return the groups while some candidates that de-identify are in place."""
        if hidden not in self._grouped:
            facts = np.concatenate([self._facts, self._tabulate(hidden)], axis=1)
            kinds, number = np.unique(facts, axis=0, return_counts=True)
            n, size = len(self.candidates), len(LIKELIHOODS)
            # Of each of the three blocks of candidates, the row -1 stands for none.
            blocks = [np.zeros((n + 1, len(kinds)), dtype=bool) for _ in range(3)]
            for at, block in enumerate(blocks):
                block[:n] = kinds[:, at * n : (at + 1) * n].T
            rest = kinds[:, 3 * n :]
            plain = rest[:, :6].T
            self._grouped[hidden] = _Groups(
                base=plain[0].astype(np.int8),
                table=rest[:, 6 + size :].astype(np.int8),
                met=rest[:, 6 : 6 + size].astype(np.int8),
                wanted=plain[1].astype(np.int64),
                working=plain[2].astype(np.int64),
                open=plain[3].astype(bool),
                large=plain[4].astype(bool),
                plan=plain[5].astype(bool),
                touch=blocks[0],
                plans=blocks[1],
                ends=blocks[2],
                number=number,
            )
        return self._grouped[hidden]

    @cached_property
    def _grouped(self) -> dict[frozenset[int], _Groups]:
        return {}

    def _tabulate(self, hidden: frozenset[int]) -> Levels:
        """Return the level of each hit at each likelihood, ``[hits, 4]``."""
        reading = self.reading
        if hidden:
            coverage = self._cover([self.candidates[at] for at in hidden])
            reading = self._read(coverage)
        placed, size = reading.risks, len(self.hits)
        impact = np.maximum(placed.impact[CURRENT, :size], np.int8(0))
        steps = np.arange(len(LIKELIHOODS), dtype=np.int8)
        table = find_level(reading.matrix, impact[:, None], steps[None])
        table[placed.level[CURRENT, :size] < 0] = -1  # the method does not rate these
        return table

    def _read(self, coverage: Coverage) -> Reading:
        """Read the case as if a coverage were that of today."""
        states = dict.fromkeys(STATES, coverage)
        remedied = dict.fromkeys(STATES, self.remedied)
        chosen = np.arange(len(self.case.frames["activities"]))
        known = self.reading
        rating = rate_case(self.case, known.form, self.hits, states, remedied, chosen)
        return read_rating(known.method, known.base, known.form, rating, self.hits, known.due)

    def _cover(self, chosen: Sequence[Candidate]) -> Coverage:
        """Return what works when candidates are added."""
        more = cover_subjects(self.case, make_rows(self.case, chosen))
        tables = {}
        for name, truth in self.coverage.tables.items():
            other = more.tables[name]
            both = truth.columns.union(other.columns)
            one, two = (t.reindex(columns=both, fill_value=False) for t in (truth, other))
            tables[name] = one | two
        return Coverage(tables)

    @cached_property
    def _facts(self) -> NDArray[np.int8]:
        """What of each hit a set can change: the candidates that touch it, then the rest."""
        likely, size, n = self.reading.rating.likelihoods, len(self.hits), len(self.candidates)
        touch, plans = np.zeros((2, size, n), dtype=bool)
        plan, large = np.zeros((2, size), dtype=bool)
        met = np.zeros((size, len(EXTENTS)), dtype=np.int8)
        covers = self._spread_candidates()
        for start, found in zip(self.hits.starts, self.hits.found, strict=True):
            part = slice(start, start + len(found.ids))
            met[part] = read_meets(found.rule.meets)
            large[part] = (
                COMPLETE in found.rule.modifiers and COMPLETE in self.reading.form.modifiers
            )
            plan[part] = self.coverage.find_working(found.table, found.rows, [EMERGENCY])[:, 0]
            if found.table not in covers:
                continue
            there = covers[found.table][found.rows]
            for at, (control, _) in enumerate(self.candidates):
                if control in found.rule.remedy:
                    works = self.coverage.find_working(found.table, found.rows, [control])[:, 0]
                    touch[part, at] = there[:, at] & ~works
                if control == EMERGENCY:
                    plans[part, at] = there[:, at]
        settled = likely.remedied[CURRENT]
        plain = [
            self.reading.rating.risks.likelihood[CURRENT, :size],
            likely.wanted,
            likely.working[CURRENT],
            ~settled,
            large,
            plan,
        ]
        blocks = [touch, plans, self._find_ended(), np.stack(plain, axis=1), met]
        return np.concatenate([block.astype(np.int8) for block in blocks], axis=1)

    def _spread_candidates(self) -> Mapping[str, Bools]:
        """Say which subjects each candidate covers, per table: ``[rows, candidates]``."""
        rows = make_rows(self.case, self.candidates)
        names = [f"{at:06}" for at in range(len(rows))]  # each a control of its own
        spread = cover_subjects(self.case, rows.assign(control=names)).tables
        return {t: truth.reindex(columns=names).to_numpy(dtype=bool) for t, truth in spread.items()}

    def _find_ended(self) -> Bools:
        """Say which hits a candidate ends by standing in the register, ``[hits, candidates]``.

        Some rules ask whether a safeguard is on record: they are put again for each candidate.
        """
        ended = np.zeros((len(self.hits), len(self.candidates)), dtype=bool)
        gone = self._list_gone(self.candidates, self.case)
        if not gone:
            return ended
        numbers = {hit: at for at, hit in enumerate(_name_hits(self.hits))}
        rules = {rule for rule, _, _ in gone}
        asked = {id: self.case.knowledge.rules[id] for id in rules}
        knowledge = replace(self.case.knowledge, rules=asked)
        small = replace(self.case, knowledge=knowledge)
        wanted = {control for rule in asked.values() for control in rule.remedy}
        for at, candidate in enumerate(self.candidates):
            if candidate.control in wanted:
                alone = self._list_gone([candidate], small)
                ended[[numbers[hit] for hit in alone], at] = True
        return ended

    def _list_gone(self, chosen: Sequence[Candidate], case: Case) -> set[tuple[str, str, str]]:
        again = run_rules(add_rows(case, make_rows(case, chosen)), issues=[])
        before = {hit for hit in _name_hits(self.hits) if hit[0] in case.knowledge.rules}
        return before - set(_name_hits(again))


def _name_hits(hits: Hits) -> Iterator[tuple[str, str, str]]:
    for part in hits.found:
        yield from ((part.rule.id, part.table, id) for id in part.ids)
