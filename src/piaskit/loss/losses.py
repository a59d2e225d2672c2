"""What `quantify` found: distributions, decisions, and on what every number rests."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

import piaskit
from piaskit.display import Card, Content, Grid, Mark
from piaskit.loss.agreement import Rated, compare_levels
from piaskit.loss.curve import Curve, add_curves
from piaskit.loss.estimates import Estimates
from piaskit.loss.exceedance import (
    QUANTILES,
    check_appetite,
    describe_curve,
    draw_points,
    round_number,
    say_amount,
    tell_points,
)
from piaskit.loss.rate import Rate
from piaskit.loss.sample import MANY, Model, Series, sample_years
from piaskit.loss.sources import PERSONS, Quantified
from piaskit.loss.tally import Tally
from piaskit.loss.value import cap_of
from piaskit.risk.scales import LEVELS
from piaskit.safeguards import judge_safeguards

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge.calibration import Calibration
    from piaskit.risk import Assessment

SHOWN = 12  # risks of a display
FEW = 3  # ids that stand for all that have the same reason


@dataclass(frozen=True)
class Losses:
    """The result of ``quantify_losses``; what is not asked for is not computed."""

    case: Case = field(repr=False)
    assessment: Assessment = field(repr=False)
    model: Model = field(repr=False)
    activities: tuple[str, ...]
    quantified: tuple[Quantified, ...] = field(repr=False)
    not_quantified: tuple[dict[str, str], ...] = field(repr=False)
    estimates: Estimates = field(repr=False)
    seed: int
    iterations: int
    executor: Executor | None = field(default=None, repr=False)
    fast: bool = False

    @cached_property
    def reviewed(self) -> pd.DataFrame:
        """The states of the safeguards: see ``judge_safeguards``."""
        return judge_safeguards(self.case)

    @cached_property
    def curves(self) -> dict[str, dict[str, Curve]]:
        """The exact distribution of every risk, by unit and risk."""
        return {
            unit: {
                source.id: source.compute(unit)
                for source in self.model.sources
                if unit in source.units
            }
            for unit in self.model.units
        }

    @cached_property
    def portfolio(self) -> dict[str, Curve]:
        """The exact distribution over all risks, taken as independent, by unit."""
        return {
            unit: add_curves([*curves.values()], most=cap_of(unit, self.model.subjects))
            for unit, curves in self.curves.items()
        }

    @cached_property
    def planned(self) -> dict[str, Curve]:
        """The exact distribution over all risks once all that is planned works, by unit."""
        from piaskit.loss.planned import plan_portfolio

        return plan_portfolio(self)

    @cached_property
    def by_activity(self) -> dict[str, dict[str, Curve]]:
        """The exact distribution per activity, by unit; a risk counts in each it touches."""
        found: dict[str, dict[str, Curve]] = {}
        for unit, curves in self.curves.items():
            found[unit] = {}
            for at, (id, limit) in enumerate(zip(self.activities, self.model.limits, strict=True)):
                own = [
                    curves[source.id]
                    for source in self.model.sources
                    if at in source.activities and source.id in curves
                ]
                if own:
                    found[unit][id] = add_curves(own, most=cap_of(unit, limit))
        return found

    @cached_property
    def sample(self) -> dict[str, Series]:
        """The tallies of the sampled years, by unit."""
        if not self.model.sources:
            return {}
        return sample_years(
            self.model,
            seed=self.seed,
            years=self.iterations,
            executor=self.executor,
            fast=self.fast,
        )

    @cached_property
    def safeguards(self) -> list[dict[str, Any]]:
        """What each safeguard is worth a year, the most valuable first."""
        from piaskit.loss.safeguards import value_safeguards

        return value_safeguards(self)

    @cached_property
    def tornado(self) -> list[dict[str, Any]]:
        """The inputs that move the expected number of persons most."""
        from piaskit.loss.tornado import rank_inputs

        return rank_inputs(self)

    @cached_property
    def agreement(self) -> dict[str, Any]:
        """Where the levels of the register and the expected losses disagree."""
        method = self.assessment.method
        rated = [
            Rated(
                one.source.id,
                LEVELS.index(one.risk["levels"][method]["current"]["level"]),
                self.curves[PERSONS][one.source.id].mean,
            )
            for one in self.quantified
            if method in one.risk["levels"]
        ]
        return compare_levels(rated, self.case.knowledge.labels)

    @property
    def risks(self) -> pd.DataFrame:
        """One row per quantified risk, the largest mean first.

        Columns: ``id title title_zh level events mean sd p95 share frequency magnitude``; ``share``
        is the part of the sum of means, the last two name what the numbers rest on.
        """
        rows = self._rank_risks(PERSONS)
        method = self.assessment.method
        by_id = {one.source.id: one for one in self.quantified}
        return pd.DataFrame(
            [
                {
                    "id": row["id"],
                    "title": row["title"],
                    "title_zh": row["title_zh"],
                    "level": by_id[row["id"]].risk["levels"][method]["current"]["level"],
                    "events": row["events"],
                    "mean": row["exact"]["mean"],
                    "sd": row["exact"]["sd"],
                    "p95": row["exact"]["quantiles"]["0.95"],
                    "share": row["share"],
                    "frequency": row["rests_on"]["frequency"],
                    "magnitude": row["rests_on"]["magnitude"],
                }
                for row in rows
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``piaskit quantify --json``."""
        start = {"piaskit": piaskit.__version__, "schema": 1, "as_of": self.case.as_of.isoformat()}
        return {
            **start,
            "seed": self.seed,
            "iterations": self.iterations,
            "engine": "numba" if self.fast else "numpy",
            "losses": [self._tell_unit(unit) for unit in self.model.units if self.quantified],
            "not_quantified": list(self.not_quantified),
            "safeguards": self.safeguards if self.quantified else [],
            "tornado": self.tornado if self.quantified else [],
            "agreement": self.agreement,
            "experts": [
                expert.to_dict() for name, expert in sorted(self.estimates.experts.items()) if name
            ],
            "experience": self._tell_experience(),
            "unused_estimates": self._list_unused(),
            "basis": [self._tell_pack(pack) for pack in self.list_packs()],
            "issues": [issue.to_dict() for issue in self.assessment.issues],
        }

    def list_packs(self) -> list[Calibration]:
        """List the calibration packs that some number rests on."""
        used = {name for one in self.quantified for name in one.rests_on.values()}
        known = self.case.knowledge.calibration
        return [known[id] for id in sorted(used & known.keys())]

    def _tell_unit(self, unit: str) -> dict[str, Any]:
        labels, curve = self.case.knowledge.labels, self.portfolio[unit]
        series, rows = self.sample[unit], self.estimates.list_all("appetite")
        causes = {s.cause for s in self.model.sources if s.cause is not None and s.shared > 0}
        return {
            "unit": unit,
            "period": "year",
            "exact": describe_curve(curve, cap_of(unit, self.model.subjects))
            | {"independent": True},
            "simulated": _tell_tally(series.portfolio)
            | {"shared_causes": sorted(map(str, causes))},
            "curve": draw_points(curve),
            "points": tell_points(curve, unit, labels),
            "appetite": check_appetite(curve, unit, rows, labels),
            "planned": {
                "exact": describe_curve(self.planned[unit], cap_of(unit, self.model.subjects)),
                "points": tell_points(self.planned[unit], unit, labels),
                "appetite": check_appetite(self.planned[unit], unit, rows, labels),
            },
            "risks": self._rank_risks(unit),
            "activities": [
                {
                    "id": id,
                    "exact": describe_curve(
                        self.by_activity[unit][id], cap_of(unit, self.model.limits[at])
                    ),
                    "simulated": _tell_tally(series.activities[at]),
                }
                for at, id in enumerate(self.activities)
                if id in self.by_activity[unit]
            ],
        }

    def _rank_risks(self, unit: str) -> list[dict[str, Any]]:
        curves = self.curves[unit] if self.quantified else {}
        whole = sum(curve.mean for curve in curves.values())
        spread = sum(curve.sd**2 for curve in curves.values())
        tallies = self.sample[unit].risks if self.quantified else {}
        rows = []
        for one in self.quantified:
            source = one.source
            if source.id not in curves:
                continue
            curve = curves[source.id]
            row = {
                "id": source.id,
                "title": one.risk["title"],
                "title_zh": one.risk["title_zh"],
                "activities": [self.activities[at] for at in source.activities],
                "events": round_number(source.rate.mean),
                "events_90": [round_number(source.rate.find_quantile(p)) for p in (0.05, 0.95)],
                "subjects": source.subjects,
                "exact": describe_curve(curve, cap_of(unit, source.subjects)),
                "simulated": _tell_tally(tallies[source.id], len(tallies) <= MANY),
                "share": round_number(curve.mean / whole) if whole else 0.0,
                "sobol": _find_indices(curve, source.rate, spread),
                "rests_on": one.rests_on,
            }
            if one.data is not None:
                row["data"] = {"n": one.data.n, "confidence": one.data.confidence}
            rows.append(row)
        return sorted(rows, key=lambda row: (-row["exact"]["mean"], row["id"]))

    def _tell_experience(self) -> dict[str, Any]:
        """Compare the expected number of events with the organisation's own recorded ones."""
        incidents, day = self.case.frames["incidents"], pd.Timestamp(self.case.as_of)
        own = incidents[incidents["own"].eq("yes") & incidents["occurred_on"].le(day)]
        expected = sum(source.rate.mean for source in self.model.sources)
        if own.empty:
            return {"expected": round_number(expected), "recorded": 0, "years": None}
        years = max((day - own["occurred_on"].min()).days / 365.25, 1.0)
        return {
            "expected": round_number(expected),
            "recorded": len(own),
            "years": round(years, 2),
            "recorded_per_year": round_number(len(own) / years),
        }

    def _list_unused(self) -> list[dict[str, str]]:
        labels = self.case.knowledge.labels
        known = [risk["id"] for risk in self.assessment.result["risks"]]
        return [
            {
                "id": row["id"],
                "because": labels("loss.unused", "en", risk=row["risk"]),
                "because_zh": labels("loss.unused", "zh", risk=row["risk"]),
            }
            for row in self.estimates.list_unknown(known)
        ]

    @staticmethod
    def _tell_pack(pack: Calibration) -> dict[str, Any]:
        return {
            "id": pack.id,
            "title": pack.title.en,
            "title_zh": pack.title.zh,
            "source": pack.source,
            "attribution": pack.attribution.en,
            "attribution_zh": pack.attribution.zh,
            "bias": pack.bias.en,
            "bias_zh": pack.bias.zh,
            "confidence": pack.confidence,
        }

    def _repr_html_(self) -> str:
        """Show the three points, the largest risks, the safeguards, and what is missing."""
        return "".join(part._repr_html_() for part in self.show())

    def show(self, lang: str | None = None) -> list[Card | Grid]:
        """Return the cards and grids of the display."""
        lang = lang or next((name for name in self.case.languages if name in ("en", "zh")), "en")
        labels = self.case.knowledge.labels

        def say(label: str, **fields: object) -> str:
            return labels(f"loss.{label}", lang, **fields)

        def pick(row: Mapping[Any, Any], key: str) -> str:
            return str(row[f"{key}_zh"] if lang == "zh" else row[key])

        def amount(value: float, unit: str) -> str:
            return say_amount(value, unit, labels, lang)

        shown: list[Card | Grid] = []
        for unit in self.model.units if self.quantified else ():
            curve = self.portfolio[unit]
            facts: list[tuple[str, Content]] = [(say("mean"), amount(curve.mean, unit))]
            for row in tell_points(curve, unit, labels):
                name = say("once", years=row["years"])
                facts.append((name, say("at-least", amount=amount(row["amount"], unit))))
            for row in check_appetite(curve, unit, self.estimates.list_all("appetite"), labels):
                facts.append((say("appetite"), pick(row, "text")))
            shown.append(Card(say(f"title.{'persons' if unit == PERSONS else 'money'}",
                                  unit=unit), tuple(facts), lang))  # fmt: skip
        frame = self.risks
        if len(frame):
            rows = [
                (
                    pick(row, "title"),
                    row["id"],
                    Mark(row["level"], labels(f"report.level.{row['level']}", lang)),
                    f"{row['events']:.2g}",
                    amount(row["mean"], PERSONS),
                    f"{row['share']:.0%}",
                )
                for row in frame.head(SHOWN).to_dict("records")
            ]
            heads = ("risk", "id", "level", "events", "mean", "share")
            shown.append(Grid(say("largest"), tuple(map(say, heads)), rows, lang))
            worth = [
                (
                    pick(row, "title"),
                    say("works" if row["works"] else "planned"),
                    amount(row["saved"][PERSONS]["mean"], PERSONS),
                    " – ".join(amount(end, PERSONS) for end in row["saved"][PERSONS]["mean_ci"])
                    or say("refused"),
                )
                for row in self.safeguards[:SHOWN]
            ]
            names = ("safeguard", "state", "saved", "interval")
            shown.append(Grid(say("worth"), tuple(map(say, names)), worth, lang, folded=True))
        left: dict[str, list[str]] = {}
        for one in self.not_quantified:
            left.setdefault(pick(one, "because"), []).append(one["id"])
        if left:
            ranked = sorted(left.items(), key=lambda pair: (-len(pair[1]), pair[0]))
            rows_left = [(why, len(ids), ", ".join(ids[:FEW])) for why, ids in ranked]
            heads_left = (say("reason"), say("number"), say("such-as"))
            shown.append(Grid(say("not-quantified"), heads_left, rows_left, lang, folded=True))
        return shown or [Card(say("nothing"), (), lang)]


def _find_indices(curve: Curve, rate: Rate, spread: float) -> dict[str, float]:
    """Return first-order Sobol' indices of one risk in the sum of all, before its cap.

    ``year`` is the part of the variance ``spread`` that would go if this risk's year were known,
    ``rate`` the part that would go if only its rate were: Var(E[L | rate]) = Var(rate) E[X]^2.
    Independent summands make both exact (Sobol', Math. Comput. Simul. 55, 2001).
    """
    if spread <= 0:
        return {"year": 0.0, "rate": 0.0}
    each = curve.mean / rate.mean if rate.mean else 0.0
    found = {"year": curve.sd**2, "rate": min(rate.variance * each**2, curve.sd**2)}
    return {name: round_number(part / spread) for name, part in found.items()}


def _tell_tally(tally: Tally, quantiles: bool = True) -> dict[str, Any]:
    told = tally.to_dict(QUANTILES if quantiles else ())
    told["mean"], told["sd"] = round_number(told["mean"]), round_number(told["sd"])
    told["mean_ci"] = [round_number(end) for end in told["mean_ci"]]
    for row in told["quantiles"].values():
        row["ci"] = [round_number(end) for end in row["ci"]]
        if row["value"] is not None:
            row["value"] = round_number(row["value"])
    return told
