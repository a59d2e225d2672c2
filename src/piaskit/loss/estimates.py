"""The estimates of a case: rows of the table become distributions, several people's are pooled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from piaskit.case.estimates import MONEY, choose_shape
from piaskit.loss.experts import Expert, score_experts
from piaskit.loss.magnitude import (
    Constant,
    Magnitude,
    Pert,
    pool_magnitudes,
    read_lognormal,
)
from piaskit.loss.money import Costs
from piaskit.loss.rate import (
    FixedRate,
    PertRate,
    Rate,
    observe_rate,
    pool_rates,
    read_gamma,
    read_interval,
)

if TYPE_CHECKING:
    from piaskit.case import Case

Row = dict[str, Any]


@dataclass(frozen=True)
class Estimates:
    """The rows of table ``estimates``, and which of them speak of what."""

    rows: tuple[Row, ...]

    @cached_property
    def experts(self) -> dict[str, Expert]:
        """The records of all who estimate, by name."""
        return score_experts(self.rows)

    @cached_property
    def _open(self) -> dict[tuple[str, str | None], list[Row]]:
        found: dict[tuple[str, str | None], list[Row]] = {}
        for row in self.rows:
            if row["actual"] is None:
                found.setdefault((row["quantity"], row["risk"]), []).append(row)
        return found

    def select(self, quantity: str, risk: str) -> list[Row]:
        """Return the estimates of a quantity for a risk.

        Those that name the risk come before those of its rule, and these before those of all; of
        one person the last counts.
        """
        for name in (risk, risk.partition("@")[0], None):
            rows = self._open.get((quantity, name), [])
            if rows:
                return _keep_last(rows)
        return []

    def list_all(self, quantity: str) -> list[Row]:
        """Return all open estimates of a quantity, in the order of the table."""
        return [row for row in self.rows if row["quantity"] == quantity and row["actual"] is None]

    def list_unknown(self, risks: Iterable[str]) -> list[Row]:
        """Return the open estimates of risks and rules that the register does not have."""
        known = {name for risk in risks for name in (risk, risk.partition("@")[0])}
        return [
            row
            for row in self.rows
            if row["actual"] is None and row["risk"] is not None and row["risk"] not in known
        ]

    def read_rate(self, risk: str) -> Rate | None:
        """Return the pooled frequency of a risk, None without an estimate."""
        rows = self.select("frequency", risk)
        return pool_rates([_read_rate(row) for row in rows], self._weigh(rows)) if rows else None

    def read_persons(self, risk: str, subjects: float) -> Magnitude | None:
        """Return the pooled number of persons per event, at most the subjects of the risk."""
        rows = self.select("persons", risk)
        factor = 1.0
        if not rows:
            rows, factor = self.select("share", risk), subjects
        return self._pool(rows, lambda row: _read_size(row, factor, subjects))

    def read_costs(self, risk: str) -> dict[str, Costs]:
        """Return the costs of a risk's events per currency."""
        parts: dict[str, dict[str, Magnitude]] = {}
        for quantity, name in (
            ("cost-per-person", "per_person"),
            ("cost", "fixed"),
            ("fine", "fine"),
        ):
            by_unit: dict[str, list[Row]] = {}
            for row in self.select(quantity, risk):
                by_unit.setdefault(row["unit"], []).append(row)
            for unit, rows in by_unit.items():
                held = self._pool(rows, _read_size)
                assert held is not None
                parts.setdefault(unit, {})[name] = held
        chance = self.read_mean(self.select("fine-chance", risk), 1.0)
        return {unit: Costs(**held, fine_chance=chance) for unit, held in sorted(parts.items())}

    def read_cause(self, risk: str) -> tuple[str | None, float]:
        """Return the shared cause of a risk and the part of its events that come from it."""
        rows = self.select("shared", risk)
        return (rows[0]["cause"], self.read_mean(rows, 0.0)) if rows else (None, 0.0)

    def read_mean(self, rows: list[Row], without: float) -> float:
        """Return the pooled mean of estimates, ``without`` where there are none."""
        pooled = self._pool(rows, _read_size)
        return without if pooled is None else float(pooled.mean)

    def _pool(self, rows: list[Row], read: Callable[[Row], Magnitude]) -> Magnitude | None:
        if not rows:
            return None
        return pool_magnitudes([read(row) for row in rows], self._weigh(rows))

    def _weigh(self, rows: list[Row]) -> list[float]:
        return [self.experts[str(row["expert"] or "")].weight for row in rows]


def read_estimates(case: Case) -> Estimates:
    """Read the estimates of a case, by id; blanks are None, currencies upper case."""
    frame = case.frames["estimates"].sort_values("id")
    rows: list[Row] = [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]
    for row in rows:
        if row["unit"] is not None and row["quantity"] in MONEY:
            row["unit"] = str(row["unit"]).strip().upper()
    return Estimates(tuple(rows))


def _keep_last(rows: list[Row]) -> list[Row]:
    """Keep the last estimate of each person and unit."""
    last: dict[tuple[Any, Any], Row] = {}
    for row in sorted(rows, key=lambda row: str(row["estimated_on"] or "")):
        last[row["expert"] if row["expert"] is not None else row["id"], row["unit"]] = row
    return sorted(last.values(), key=lambda row: str(row["id"]))


def _read_rate(row: Mapping[str, Any]) -> Rate:
    low, best, high = row["low"], row["best"], row["high"]
    shape = choose_shape(dict(row))
    if shape == "pert":
        return PertRate(low, best, high)
    if shape == "lognormal":
        return read_interval(low, high)
    if shape == "gamma":
        return read_gamma(low, high) if row["years"] is None else observe_rate(best, row["years"])
    return FixedRate(best)


def _read_size(
    row: Mapping[str, Any], factor: float = 1.0, most: float = float("inf")
) -> Magnitude:
    low, best, high = (row[name] for name in ("low", "best", "high"))
    shape = choose_shape(dict(row))
    if shape == "pert":
        mode = (low + high) / 2 if best is None else best
        return Pert(low * factor, mode * factor, high * factor, most)
    if shape == "lognormal":
        return read_lognormal(low * factor, high * factor, most=most)
    return Constant(min(best * factor, most))
