"""The record of a calibration pack: how many persons events hit, and how often they happen."""

from __future__ import annotations

from pydantic import Field, model_validator

from piaskit.knowledge.records import Confidence, Header, Id, Likelihood, Record, Text


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


class Rate(Record):
    """Events a year that a word of likelihood stands for: a 90 % interval, lognormal."""

    low: float = Field(gt=0)
    high: float = Field(gt=0)

    @model_validator(mode="after")
    def _rise(self) -> Rate:
        if self.low >= self.high:
            raise ValueError("low must lie below high")
        return self


class Calibration(Header):
    """A file of ``calibration/``: magnitudes fitted to data, or rates agreed on for words.

    ``rules`` names the magnitude that the events of a rule have.
    """

    attribution: Text
    bias: Text
    magnitudes: dict[Id, Magnitude] = Field(default_factory=dict)
    rules: dict[Id, Id] = Field(default_factory=dict)
    rates: dict[Likelihood, Rate] = Field(default_factory=dict)
