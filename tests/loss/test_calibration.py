"""The constants of the calibration packs: as the script fits them, and sane where it cannot run."""

from __future__ import annotations

from pathlib import Path

import pytest
from accept.calibration import SOURCES, fit_magnitudes

from piaskit.knowledge import load_knowledge
from piaskit.risk.scales import LIKELIHOODS

TABLES = Path(__file__).parents[3] / "shared" / "data" / "calibration"


def test_the_constants_are_those_the_script_fits() -> None:
    if not TABLES.is_dir():
        pytest.skip("the tables are not here")

    fitted = fit_magnitudes(TABLES)

    pack = load_knowledge().calibration["veris-2020"]
    assert pack.magnitudes.keys() == fitted.keys() == SOURCES.keys()
    for name, found in fitted.items():
        held = pack.magnitudes[name]
        assert found == {
            "n": held.n, "ln_mu": held.ln_mu, "ln_sigma": held.ln_sigma, "gap": held.gap,
        }, name  # fmt: skip


def test_every_magnitude_says_how_well_it_fits_and_is_not_sure() -> None:
    pack = load_knowledge().calibration["veris-2020"]

    assert "CC BY-SA 4.0" in pack.attribution.en
    assert pack.confidence == "low"
    for magnitude in pack.magnitudes.values():
        assert magnitude.n >= 30
        assert magnitude.gap < 0.15


def test_a_likelier_word_stands_for_a_higher_rate() -> None:
    rates = load_knowledge().calibration["likelihood-words"].rates

    lows = [rates[word].low for word in LIKELIHOODS]
    assert lows == sorted(set(lows))
    assert all(25 < rate.high / rate.low < 40 for rate in rates.values())
