"""The verb: what is quantified and what is not, why, and what follows for decisions."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import piaskit
from piaskit.case import Case
from piaskit.loss import Losses, quantify_losses
from piaskit.loss.agreement import Rated, compare_levels
from piaskit.loss.curve import Curve, add_curves, compound_events
from piaskit.loss.exceedance import check_appetite, say_amount, tell_points
from piaskit.loss.losses import _find_indices
from piaskit.loss.magnitude import Constant
from piaskit.loss.normal import Floats
from piaskit.loss.rate import FixedRate, GammaRate
from piaskit.loss.sample import CHUNK
from piaskit.loss.sources import PERSONS
from piaskit.loss.value import Change, Comparison, draw_common, open_years
from piaskit.risk import Assessment, assess_risks

MARKETPLACE = Path(__file__).parents[2] / "data" / "marketplace"


@pytest.fixture(scope="module")
def losses() -> Losses:
    return quantify_losses(piaskit.read_case(MARKETPLACE), iterations=20_000)


@pytest.fixture(scope="module")
def told(losses: Losses) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(losses.to_dict()))
    return found


@pytest.fixture(scope="module")
def shop(make_case: Callable[..., Case]) -> Callable[..., Losses]:
    """Quantify a shop with a web shop of 500 customers, estimates and safeguards as given."""

    def make(**tables: Any) -> Case:
        usual: dict[str, Any] = {
            "activities": [{"id": "orders", "title": "Orders", "persons": 500}],
            "items": [{"id": "i-1", "activity": "orders", "category": "contact.phone"}],
            "systems": [{"id": "s-1", "title": "Shop", "kind": "web", "internet_facing": "yes"}],
            "parties": [{"id": "p-1", "role": "subject"}],
            "flows": [
                {"id": "f-1", "activity": "orders", "stage": "store", "source": "p-1",
                 "target": "s-1", "items": "i-1"},
            ],
        }  # fmt: skip
        return make_case(**{**usual, **tables})

    assessed: list[Assessment] = []

    def quantify(**tables: Any) -> Losses:
        case = make(**tables)
        if not assessed:
            assessed.append(assess_risks(make()))
        return quantify_losses(case, iterations=2000, assessment=assessed[0])

    return quantify


def test_what_the_calibration_knows_is_quantified_and_the_rest_says_why(
    shop: Callable[..., Losses],
) -> None:
    found = shop().to_dict()

    [persons] = found["losses"]
    ids = {row["id"] for row in persons["risks"]}
    assert {"unauthorised-access@systems/s-1", "insider-misuse@systems/s-1"} <= ids
    because = {row["id"]: row["because"] for row in found["not_quantified"]}
    assert because["loss@systems/s-1"] == (
        "How many persons an event hits is not estimated, and the calibration data hold no events"
        " of this kind."
    )
    gaps = [text for id, text in because.items() if id.startswith("retention-not-stated@")]
    assert gaps == [
        "A gap is a state of the register, not an event that happens at a rate. Give its"
        " frequency in table estimates if events follow from it."
    ]
    assert ids.isdisjoint(because)
    assert {p["id"] for p in found["basis"]} == {"likelihood-words", "veris-2020"}


def test_without_the_number_of_persons_nothing_is_quantified(shop: Callable[..., Losses]) -> None:
    found = shop(activities=[{"id": "orders", "title": "Orders"}]).to_dict()

    assert found["losses"] == []
    because = {row["id"]: row for row in found["not_quantified"]}["unauthorised-access@systems/s-1"]
    assert because["because"] == "The number of persons is not stated: flows/f-1."
    assert because["because_zh"] == "未填写涉及人数：flows/f-1。"


def test_an_estimate_makes_a_risk_of_what_has_no_data(shop: Callable[..., Losses]) -> None:
    rows = [
        {"id": "1", "risk": "retention-not-stated", "quantity": "frequency", "best": 2.0},
        {"id": "2", "risk": "retention-not-stated", "quantity": "persons", "best": 40.0},
        {"id": "3", "risk": "never-heard-of", "quantity": "persons", "best": 40.0},
    ]

    found = shop(estimates=rows).to_dict()

    risks = {row["id"]: row for row in found["losses"][0]["risks"]}
    row = risks["retention-not-stated@items/i-1"]
    assert row["events"] == 2.0
    assert row["exact"]["mean"] == pytest.approx(80, abs=1e-3)
    assert row["rests_on"] == {"frequency": "estimates", "magnitude": "estimates"}
    assert found["unused_estimates"] == [
        {
            "id": "3",
            "because": "The register has no risk or rule never-heard-of.",
            "because_zh": "登记表中没有风险或规则 never-heard-of。",
        }
    ]


def test_persons_never_exceed_the_subjects_of_the_inventory(
    losses: Losses, told: dict[str, Any]
) -> None:
    total = losses.case.organisation.persons_total
    [persons] = [loss for loss in told["losses"] if loss["unit"] == PERSONS]
    limits = dict(zip(losses.activities, losses.model.limits, strict=True))
    assert total is not None
    held = [(persons, float(total))]
    held += [(row, row["subjects"]) for row in persons["risks"]]
    held += [(row, limits[row["id"]]) for row in persons["activities"]]
    for row, most in held:
        values = [row["exact"]["mean"], *row["exact"]["quantiles"].values()]
        values += [q["value"] or 0 for q in row["simulated"]["quantiles"].values()]
        values += [end for q in row["simulated"]["quantiles"].values() for end in q["ci"]]
        assert max(values) <= most, row.get("id")
        assert most <= total


def test_the_shape_is_that_of_the_contract(told: dict[str, Any]) -> None:
    assert [loss["unit"] for loss in told["losses"]] == ["persons", "CNY"]
    for loss in told["losses"]:
        assert loss["period"] == "year"
        assert {"mean", "sd", "quantiles"} <= loss["exact"].keys()
        assert {"mean", "mean_ci", "quantiles"} <= loss["simulated"].keys()
        assert set(loss["simulated"]["quantiles"]["0.95"]) == {"value", "ci"}
        assert loss["simulated"]["quantiles"]["0.999"]["value"] is None  # 20 years lie beyond
    assert all({"id", "because", "because_zh"} <= row.keys() for row in told["not_quantified"])
    assert {e["expert"] for e in told["experts"]} >= {"r-dso", "r-platform"}


def test_two_runs_with_one_seed_differ_by_nothing(shop: Callable[..., Losses]) -> None:
    assert json.dumps(shop().to_dict()) == json.dumps(shop().to_dict())


def test_the_curve_falls_and_the_points_lie_on_it(losses: Losses, told: dict[str, Any]) -> None:
    for loss in told["losses"]:
        chances = [point["chance"] for point in loss["curve"]]
        assert chances == sorted(chances, reverse=True)
        curve = losses.portfolio[loss["unit"]]
        for point in loss["points"]:
            reached = float(curve.find_chance(np.array([point["amount"]]))[0])
            assert reached >= 1 / point["years"] - 1e-6


def test_three_points_are_told_in_words(losses: Losses) -> None:
    labels = losses.case.knowledge.labels
    curve = compound_events(FixedRate(0.05), Constant(1200.0), most=5000.0)

    first, _, last = tell_points(curve, "persons", labels)

    assert first["text"] == "In 10 years, less than one year with any loss is expected."
    assert last["text"] == ("Once in 100 years, a year harms or costs at least 1,200 persons.")
    assert last["text_zh"] == "100 年一遇的年份，损失至少为1,200 人。"
    assert say_amount(0.034, "CNY", labels, "en") == "CNY 0.034"


def test_the_appetite_is_a_line_on_the_curve(losses: Losses) -> None:
    labels = losses.case.knowledge.labels
    curve = compound_events(FixedRate(0.05), Constant(1200.0), most=5000.0)
    line = {"id": "a", "best": 1000.0, "years": 20.0, "unit": "persons"}

    [near] = check_appetite(curve, "persons", [line], labels)
    [beyond] = check_appetite(curve, "persons", [{**line, "years": 100.0}], labels)

    assert (near["met"], beyond["met"]) == (True, False)
    assert near["chance"] == pytest.approx(1 - np.exp(-0.05), abs=1e-4)
    assert "beyond the appetite" in beyond["text"]
    assert "超出风险偏好" in beyond["text_zh"]
    assert check_appetite(curve, "CNY", [line], labels) == []


def test_common_numbers_take_the_noise_out_of_a_difference(losses: Losses) -> None:
    """A safeguard that cuts frequencies by a fifth, against two runs of their own."""
    before = losses.curves[PERSONS]
    after = {s.id: s.apply(prevents=0.2).compute() for s in losses.model.sources}
    cap = losses.model.subjects
    changes = [Change(id, before[id], after[id]) for id in before]

    saving = Comparison(before, cap, PERSONS, 1, 100_000).measure(changes)

    exact = add_curves([*before.values()], most=cap)
    less = add_curves([*after.values()], most=cap)
    assert saving.find_mean()[1] is not None
    error = (saving.variance / 100_000) ** 0.5
    assert abs(saving.find_mean()[0] - (exact.mean - less.mean)) < 4 * error + exact.step
    independent = exact.sd**2 + less.sd**2
    assert independent / saving.variance >= 50
    assert independent / saving.plain.variance >= 30  # the common numbers alone


@pytest.mark.parametrize("room", [0, 3_000, 2_000_000])
def test_a_change_saves_the_same_whether_years_are_kept_or_drawn_again(
    room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("piaskit.loss.value.KEPT", room)
    rates = {"never": 0.0, "seldom": 0.02, "at-times": 0.3, "often": 4.0}
    factors, cap, years = (0.0, 0.4, 1.0, 20.0, 0.5), 150.0, 70_000

    def compute(factor: float) -> dict[str, Curve]:
        event = Constant(50.0)
        return {
            id: compound_events(FixedRate(rate * factor), event, most=cap, points=64)
            for id, rate in rates.items()
        }

    def sum_years(curves: dict[str, Curve]) -> Floats:
        """Add up all years of all risks, as if nothing were left out."""
        whole = np.zeros(years)
        for id, curve in curves.items():
            whole[:CHUNK] += draw_common(curve, open_years(id, PERSONS, 1, 0, CHUNK))
            whole[CHUNK:] += draw_common(curve, open_years(id, PERSONS, 1, 1, years - CHUNK))
        return np.minimum(whole, cap)

    before = compute(1.0)
    comparison = Comparison(before, cap, PERSONS, 1, years)
    for factor in factors:  # up and down: what was kept for one change is too little for another
        after = compute(factor)
        saving = comparison.measure([Change(id, before[id], after[id]) for id in before])

        less = sum_years(before) - sum_years(after)
        assert saving.plain.size == years
        assert saving.sign * saving.plain.mean == pytest.approx(less.mean(), rel=1e-12)
    assert sum(len(drawn.years) for drawn in comparison.kept.values()) <= room


def test_uniform_numbers_read_off_a_curve_have_its_mean() -> None:
    curve = compound_events(FixedRate(1.0), Constant(3.0), most=100.0)

    drawn = draw_common(curve, (np.arange(100_000) + 0.5) / 100_000)

    assert drawn.mean() == pytest.approx(curve.mean, rel=1e-3)


def test_a_safeguard_that_works_is_valued_by_the_years_without_it(told: dict[str, Any]) -> None:
    rows = {row["id"]: row for row in told["safeguards"]}

    for row in rows.values():
        saved = row["saved"]["persons"]
        assert saved["exact"] > 0, row["id"]
        low, high = saved["mean_ci"] or (saved["mean"],) * 2
        assert low <= saved["mean"] <= high
    assert rows["g-contract"]["works"] is True
    assert rows["g-stuffing"]["works"] is False
    assert rows["g-stuffing"]["rests_on"] == "estimates"


def test_what_a_safeguard_costs_is_set_against_what_it_saves(told: dict[str, Any]) -> None:
    row = next(row for row in told["safeguards"] if row["id"] == "g-stuffing")

    assert row["cost"] == {"mean": 240000.0, "unit": "CNY"}
    saved = row["saved"]["CNY"]["mean"]
    assert row["return_on_cost"] == pytest.approx(saved / 240_000 - 1, rel=1e-5)
    assert row["cost_per_person"] == pytest.approx(
        240_000 / row["saved"]["persons"]["mean"], rel=1e-5
    )


def test_a_stated_effect_is_taken_as_it_stands(shop: Callable[..., Losses]) -> None:
    rows = [
        {"id": "1", "quantity": "prevents", "safeguard": "g", "risk": "unauthorised-access",
         "best": 0.25},
        {"id": "2", "quantity": "limits", "safeguard": "g", "risk": "insider-misuse", "best": 0.5},
        {"id": "3", "quantity": "persons", "risk": "insider-misuse", "best": 100.0},
    ]  # fmt: skip
    guard = {"id": "g", "title": "Guard", "kind": "technical", "status": "planned"}

    found = shop(estimates=rows, safeguards=[guard])

    [row] = found.safeguards
    curves = found.curves[PERSONS]
    access, insider = "unauthorised-access@systems/s-1", "insider-misuse@systems/s-1"
    source = next(s for s in found.model.sources if s.id == access)
    expected = curves[access].mean - source.apply(0.25).compute().mean + curves[insider].mean / 2
    assert row["risks"] == sorted([access, insider])
    assert row["saved"][PERSONS]["exact"] == pytest.approx(expected, rel=2e-3)


def test_a_stated_effect_of_what_is_planned_lowers_the_years_after_the_actions(
    shop: Callable[..., Losses],
) -> None:
    rows = [
        {"id": "1", "quantity": "prevents", "safeguard": "g", "risk": "unauthorised-access",
         "best": 0.25},
        {"id": "2", "quantity": "appetite", "best": 1.0, "years": 10.0, "unit": "persons"},
    ]  # fmt: skip
    guard = {"id": "g", "title": "Guard", "kind": "technical", "status": "planned"}

    found = shop(estimates=rows, safeguards=[guard])

    access = "unauthorised-access@systems/s-1"
    source = next(s for s in found.model.sources if s.id == access)
    spared = found.curves[PERSONS][access].mean - source.apply(0.25).compute().mean
    assert found.planned[PERSONS].mean == pytest.approx(
        found.portfolio[PERSONS].mean - spared, rel=2e-2
    )
    [loss] = found.to_dict()["losses"]
    [now], [then] = loss["appetite"], loss["planned"]["appetite"]
    assert then["chance"] < now["chance"]


def test_after_the_actions_no_year_is_worse(told: dict[str, Any]) -> None:
    for loss in told["losses"]:
        assert loss["planned"]["exact"]["mean"] < loss["exact"]["mean"]
        for now, then in zip(loss["points"], loss["planned"]["points"], strict=True):
            assert then["amount"] <= now["amount"]


def test_the_tornado_starts_with_what_moves_the_mean_most(told: dict[str, Any]) -> None:
    swings = [bar["swing"] for bar in told["tornado"]]

    assert swings == sorted(swings, reverse=True)
    assert {bar["input"] for bar in told["tornado"]} == {"frequency", "magnitude"}
    assert all(bar["low"] < bar["high"] for bar in told["tornado"])


def test_words_and_numbers_that_disagree_are_named(losses: Losses) -> None:
    rated = [Rated("a", 0, 1.0), Rated("b", 3, 100.0), Rated("c", 0, 900.0), Rated("d", 0, 1.0)]

    found = compare_levels(rated, losses.case.knowledge.labels)

    [row] = found["disagree"]
    assert (row["id"], row["level"], row["other"]) == ("c", "low", "severe")
    assert row["because"] == (
        "Rated low, yet its expected persons are 9.0 times those usual at severe."
    )
    assert found["tau"] == pytest.approx(0.2582, abs=1e-4)


def test_recorded_incidents_stand_beside_the_expected_ones(told: dict[str, Any]) -> None:
    seen = told["experience"]

    assert (seen["recorded"], seen["years"]) == (2, 2.45)
    assert seen["expected"] > 0


def test_one_assessment_limits_what_is_quantified(losses: Losses) -> None:
    found = quantify_losses(losses.case, activities=["hr"], iterations=1000)

    assert found.activities == ("hr",)
    assert 0 < len(found.quantified) < len(losses.quantified)


def test_first_order_indices_are_parts_of_the_variance(losses: Losses) -> None:
    for loss in losses.to_dict()["losses"]:
        indices = [risk["sobol"] for risk in loss["risks"]]
        variances = [risk["exact"]["sd"] ** 2 for risk in loss["risks"]]

        assert sum(each["year"] for each in indices) == pytest.approx(1, rel=1e-5)
        assert [each["year"] for each in indices] == pytest.approx(
            [each / sum(variances) for each in variances], rel=1e-4
        )
        assert all(0 <= each["rate"] <= each["year"] for each in indices)
        assert any(each["rate"] > 0 for each in indices)


def test_a_known_rate_takes_away_what_its_variance_brings() -> None:
    # Two risks of one person an event: Var(L) = E[rate] + Var(rate), of which the rate brings Var.
    known, unsure = FixedRate(2.0), GammaRate(4.0, 2.0)
    curves = {rate: compound_events(rate, Constant(1.0)) for rate in (known, unsure)}
    spread = sum(curve.sd**2 for curve in curves.values())

    found = [_find_indices(curves[rate], rate, spread) for rate in (known, unsure)]

    assert spread == pytest.approx(5, rel=1e-3)
    assert [each["rate"] for each in found] == pytest.approx([0, 1 / 5], rel=1e-3)
    assert [each["year"] for each in found] == pytest.approx([2 / 5, 3 / 5], rel=1e-3)


def test_impossible_numbers_of_years_are_refused(losses: Losses) -> None:
    for years in (0, 10_000_001):
        with pytest.raises(ValueError, match="iterations must be 1 to 10,000,000"):
            quantify_losses(losses.case, iterations=years, assessment=losses.assessment)


def test_the_display_is_escaped_and_speaks_both_languages(losses: Losses) -> None:
    chinese = losses._repr_html_()
    english = " ".join(map(repr, losses.show("en")))

    assert "一年内受影响人数" in chinese
    assert "Persons harmed in a year" in english
    assert "<script" not in chinese
    assert list(losses.risks.columns) == [
        "id", "title", "title_zh", "level", "events", "mean", "sd", "p95", "share", "frequency",
        "magnitude",
    ]  # fmt: skip
    assert losses.risks["share"].sum() == pytest.approx(1)


def test_a_case_that_lacks_everything_still_answers(make_case: Callable[..., Case]) -> None:
    empty = replace(make_case(), languages=("zh",))

    found = quantify_losses(empty)

    assert found.to_dict()["losses"] == []
    assert "登记表中没有可供量化的风险" in found._repr_html_()
