"""The record of a calibration pack: how many persons events hit, how often, how long steps take."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from piaskit.knowledge.records import Confidence, Header, Id, Likelihood, Record, Text

WorkStep = Literal["triage", "counting", "decision", "filing", "drafting"]


class Magnitude(Record):
    """Persons hit by one event of a kind: a lognormal, at least one person.

    ``ln_mu`` and ``ln_sigma`` are mean and standard deviation of the natural logarithm, fitted to
    ``n`` events; ``gap`` is the largest distance between fit and data among the shares of events
    that reach 1,000, 10,000, 100,000, 1,000,000 and 10,000,000 persons.
    """

    title: Text
    population: Text
    n: int
    ln_mu: float
    ln_sigma: float = Field(gt=0)
    gap: float
    confidence: Confidence


class Duration(Record):
    """Hours that something took in events of a kind: a lognormal.

    ``gap`` is the largest distance between the fit and the data at the quantiles from 5 to 95 %.
    """

    title: Text
    population: Text
    n: int
    ln_mu: float
    ln_sigma: float = Field(gt=0)
    gap: float
    confidence: Confidence


class Rate(Record):
    """A 90 % interval of a lognormal: events a year of a likelihood word, hours of a step."""

    low: float = Field(gt=0)
    high: float = Field(gt=0)

    @model_validator(mode="after")
    def _rise(self) -> Rate:
        if self.low >= self.high:
            raise ValueError("low must lie below high")
        return self


class Calibration(Header):
    """A file of ``calibration/``: what was fitted to data, or agreed on where there are none.

    ``rules`` names the magnitude that the events of a rule have; ``scenarios`` the kind of event of
    a scenario, whose ``detections`` (from the incident until it was found) and ``containments``
    (from then until it was contained) hold for it, those of ``all`` where it has no kind.
    ``steps`` are the hours of work of one attempt. A tested runbook holds an attempt to
    ``runbook``, the quantile of its time today.
    """

    attribution: Text
    bias: Text
    magnitudes: dict[Id, Magnitude] = Field(default_factory=dict)
    rules: dict[Id, Id] = Field(default_factory=dict)
    rates: dict[Likelihood, Rate] = Field(default_factory=dict)
    scenarios: dict[Id, Id] = Field(default_factory=dict)
    detections: dict[Id, Duration] = Field(default_factory=dict)
    containments: dict[Id, Duration] = Field(default_factory=dict)
    steps: dict[WorkStep, Rate] = Field(default_factory=dict)
    runbook: float | None = Field(default=None, gt=0, lt=1)
