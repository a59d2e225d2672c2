"""Which risks a safeguard changes, by how much, and what that is worth a year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from piaskit.loss.calibration import find_rate
from piaskit.loss.exceedance import round_number
from piaskit.loss.sources import PERSONS, Source
from piaskit.loss.value import YEARS, Change, Comparison, cap_of
from piaskit.risk.likelihood import list_controls, rate_hits
from piaskit.risk.scales import LIKELIHOODS, STATES
from piaskit.rules import Hits
from piaskit.safeguards import Coverage, cover_subjects, select_working

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.loss.losses import Losses

CURRENT = STATES.index("current")


@dataclass(frozen=True, slots=True)
class Effect:
    """What a safeguard does to one source: a factor of its rate, a part of the persons spared."""

    factor: float = 1.0
    limits: float = 0.0

    def apply(self, source: Source) -> Source:
        """Return the source with the effect."""
        return source.apply(1 - self.factor, self.limits)


def value_safeguards(losses: Losses) -> list[dict[str, Any]]:
    """Value each safeguard that changes a quantified risk, the most valuable first.

    One that works now is valued by the years without it, one that does not by the years with it.
    Its effect is that of table ``estimates`` (``prevents``, ``limits``), else what the register
    says: the word of likelihood with and without it, each word standing for its rate.
    """
    case = losses.case
    working = set(_find_working(losses))
    comparisons = {
        unit: Comparison(
            losses.curves[unit],
            cap_of(unit, losses.model.subjects),
            unit,
            losses.seed,
            min(losses.iterations, YEARS),
        )
        for unit in losses.model.units
    }
    by_register = _read_register(losses, working)
    found = []
    for row in case.frames["safeguards"].sort_values("id").to_dict("records"):
        works = row["id"] in working
        effects, basis = read_estimated(losses, row, works), "estimates"
        if not effects:
            effects, basis = by_register.get(row["id"], {}), "register"
        if not effects:
            continue
        told = {
            "id": row["id"],
            "title": case.say(row, "title", "en") or row["id"],
            "title_zh": case.say(row, "title", "zh") or row["id"],
            "works": works,
            "rests_on": basis,
            "risks": sorted(effects),
            "saved": {},
        }
        for unit, comparison in comparisons.items():
            told["saved"][unit] = _compare(losses, comparison, effects, works)
        found.append(told | _tell_cost(losses, row["id"], told["saved"]))
    return sorted(found, key=lambda one: (-one["saved"][PERSONS]["mean"], one["id"]))


def _find_working(losses: Losses) -> list[str]:
    case = losses.case
    chosen = select_working(case, losses.reviewed, "current")
    return [str(id) for id in chosen["id"]]


def _compare(
    losses: Losses, comparison: Comparison, effects: dict[str, Effect], works: bool
) -> dict[str, Any]:
    unit = comparison.unit
    changes = []
    for source in losses.model.sources:
        if source.id in effects and unit in source.units:
            after = effects[source.id].apply(source).compute(unit)
            changes.append(Change(source.id, losses.curves[unit][source.id], after))
    # What is lost without a safeguard that works is what it saves.
    return comparison.measure(changes).to_dict(-1.0 if works else 1.0)


def read_estimated(losses: Losses, row: Mapping[Any, Any], works: bool) -> dict[str, Effect]:
    """Read what people say a safeguard does, by risk; ``works`` says whether it does today."""
    estimates = losses.estimates
    rows = {
        name: [one for one in estimates.list_all(name) if one["safeguard"] == row["id"]]
        for name in ("prevents", "limits")
    }
    if not any(rows.values()):
        return {}
    covered = None
    found = {}
    for one in losses.quantified:
        parts = {}
        for name, given in rows.items():
            fitting = [e for e in given if e["risk"] in (one.source.id, one.risk["rule"])]
            if not fitting and any(e["risk"] is None for e in given):
                covered = _list_covered(losses, row) if covered is None else covered
                if one.source.id in covered:
                    fitting = [e for e in given if e["risk"] is None]
            parts[name] = estimates.read_mean(fitting, 0.0)
        if parts["prevents"] or parts["limits"]:
            prevents, limits = (min(parts[name], 0.999) for name in ("prevents", "limits"))
            found[one.source.id] = (
                Effect(1 / (1 - prevents), 1 - 1 / (1 - limits))
                if works
                else Effect(1 - prevents, limits)
            )
    return found


def _list_covered(losses: Losses, row: Mapping[Any, Any]) -> set[str]:
    """List the quantified risks against which a safeguard's control acts where it works."""
    safeguards = losses.case.frames["safeguards"]
    alone = cover_subjects(losses.case, safeguards[safeguards["id"] == row["id"]])
    found = set()
    for one in losses.quantified:
        table, id = one.risk["subject"]["table"], one.risk["subject"]["id"]
        truth = alone.tables.get(table)
        if truth is None or row["control"] not in one.risk["remedy"]:
            continue
        if id in truth.index and row["control"] in truth.columns and truth.at[id, row["control"]]:
            found.add(one.source.id)
    return found


def _read_register(losses: Losses, working: set[str]) -> dict[str, dict[str, Effect]]:
    """Work out what each safeguard does to the words of likelihood, as factors of their rates."""
    register = losses.assessment.register
    if register is None:
        return {}
    writer, case = register.writer, register.writer.case
    named = [find_rate(case.knowledge, word) for word in LIKELIHOODS]
    rates = np.array([pair[1].mean for pair in named if pair is not None])
    if len(rates) < len(LIKELIHOODS):
        return {}
    quantified = {one.source.id for one in losses.quantified}
    chosen = writer.hits.select(lambda hit: hit.risk in quantified)
    hits = Hits([part for part in chosen.found if len(part.ids)])
    places = {hit.risk: at for at, hit in enumerate(writer.hits)}
    at = [places[hit.risk] for hit in hits]
    base = writer.rating.likelihoods.levels[CURRENT, at]
    # Where a judgement holds the word down, no safeguard moves it.
    free = writer.rating.risks.likelihood[CURRENT, at] == base
    names = [hit.risk for hit in hits]
    found: dict[str, dict[str, Effect]] = {}
    for id, control, coverage in _cover_changed(case, losses, working):
        seen = [
            (np.arange(start, start + len(part.ids)), part)
            for start, part in zip(hits.starts, hits.found, strict=True)
            if control in list_controls(writer.method, part.rule)
        ]
        every = dict.fromkeys(STATES, coverage)
        parts = Hits([part for _, part in seen])
        rated = rate_hits(writer.method, parts, every, register.treatment.remedied)
        effects = {
            names[n]: Effect(float(rates[level] / rates[base[n]]))
            for n, level in zip(
                (n for rows, _ in seen for n in rows), rated.levels[CURRENT], strict=True
            )
            if free[n] and level != base[n]
        }
        if effects:
            found[id] = effects
    return found


def _cover_changed(
    case: Case, losses: Losses, working: set[str]
) -> Iterator[tuple[str, str, Coverage]]:
    """Yield each safeguard that acts against a quantified risk, its control, and what is covered
    once it works where it does not, or does not where it works.

    A control is covered by its own safeguards alone, so all changes are worked out together, each
    as if it were a control.
    """
    safeguards = case.frames["safeguards"]
    controls = {name for one in losses.quantified for name in one.risk["remedy"]}
    acts = safeguards["control"].isin(sorted(controls)) & ~safeguards["status"].eq("retired")
    acting = np.flatnonzero(acts)
    if not len(acting):
        return
    ids, control = (safeguards[name].to_numpy(dtype=object) for name in ("id", "control"))
    works = safeguards["id"].isin(sorted(working)).to_numpy(dtype=bool)
    chosen = np.tile(works, (len(acting), 1))
    chosen[np.arange(len(acting)), acting] ^= True
    changed, row = np.nonzero(chosen & (control[acting][:, None] == control))
    now = cover_subjects(case, safeguards[works])
    then = cover_subjects(case, safeguards.iloc[row].assign(control=ids[acting[changed]]))
    for id, name in zip(ids[acting], control[acting], strict=True):
        yield id, name, now.exchange(name, then, id)


def _tell_cost(losses: Losses, id: str, saved: dict[str, Any]) -> dict[str, Any]:
    """Tell cost a year, what comes back of it in its own currency, and what a person costs."""
    rows = [one for one in losses.estimates.list_all("cost-year") if one["safeguard"] == id]
    if not rows:
        return {"cost": None, "return_on_cost": None, "cost_per_person": None}
    unit = rows[0]["unit"]
    cost = losses.estimates.read_mean([one for one in rows if one["unit"] == unit], 0.0)
    spared = saved[PERSONS]["mean"]
    back = saved[unit]["mean"] / cost - 1 if unit in saved and cost > 0 else None
    return {
        "cost": {"mean": round_number(cost), "unit": unit},
        "return_on_cost": None if back is None else round_number(back),
        "cost_per_person": round_number(cost / spared) if spared > 0 else None,
    }
