"""The constants of the calibration packs: as the script fits them, and sane where it cannot run."""

from __future__ import annotations

from pathlib import Path

import pytest
from accept.calibration import DURATIONS, SOURCES, fit_durations, fit_magnitudes

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


@pytest.mark.parametrize("part", sorted(DURATIONS))
def test_the_durations_are_those_the_script_fits(part: str) -> None:
    if not TABLES.is_dir():
        pytest.skip("the tables are not here")

    held = getattr(load_knowledge().calibration["veris-2020-times"], part)

    fitted = fit_durations(TABLES, part)
    assert held.keys() == fitted.keys() == DURATIONS[part].keys()
    for name, found in fitted.items():
        assert found == {key: getattr(held[name], key) for key in found}, name


def test_every_scenario_has_a_kind_of_event_whose_times_are_known() -> None:
    knowledge = load_knowledge()
    pack = knowledge.calibration["veris-2020-times"]

    assert pack.scenarios.keys() == knowledge.scenarios.keys()
    assert set(pack.scenarios.values()) <= pack.detections.keys()
    assert "all" in pack.detections.keys() & pack.containments.keys()
    assert all(one.n >= 15 for one in (*pack.detections.values(), *pack.containments.values()))
