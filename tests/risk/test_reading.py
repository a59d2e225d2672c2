"""Methods that read the rated facts: their own steps and cells, worked out from their packs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from piaskit.errors import InvalidData
from piaskit.knowledge import Method, load_knowledge
from piaskit.risk import Assessment, assess_risks
from piaskit.risk.scales import STATES, spell_matrix
from piaskit.risk.scope import find_scope

ALL = "gbt39335,small-processor,cnil,matrix,nist-pram"
WORST = {"none": "very-high", "incomplete": "high", "some": "medium", "effective": "low"}


@pytest.fixture(scope="module")
def methods() -> dict[str, Method]:
    return load_knowledge().methods


@pytest.fixture(scope="module")
def clinic(make_case: Any, make_rule: Any) -> Any:
    """Make a clinic with one rule per kind of event, each on its flow of health records."""
    events = ("access", "modification", "loss", "none")
    rules = [
        make_rule(event, event=event, where=f"id = 'f-{event}'", meets=WORST) for event in events
    ]

    def make(persons: int | None = 60_000, **tables: Any) -> Any:
        usual = {
            "activities": [{"id": "care", "title": "Care", "persons": 60_000, "children": "0"}],
            "items": [{"id": "i-record", "activity": "care", "category": "health.record"}],
            "systems": [{"id": "s-care"}],
            "flows": [
                {"id": f"f-{event}", "activity": "care", "stage": "store", "target": "s-care",
                 "items": "i-record"}
                for event in events
            ],
        }  # fmt: skip
        return make_case(rules=rules, persons=persons, **{**usual, **tables})

    return make


@pytest.fixture(scope="module")
def everything(clinic: Any) -> Assessment:
    """The clinic by all methods; its title is markup, which no display may take as such."""
    care = {"id": "care", "title": "<b>Care</b>", "persons": 60_000, "children": "0"}
    return assess_risks(clinic(activities=[care]), ALL)


def read_levels(found: Assessment, method: str, rule: str) -> Any:
    risk = next(r for r in found.result["risks"] if r["id"] == f"{rule}@flows/f-{rule}")
    return risk["levels"].get(method)


def read_activity(found: Assessment, method: str, at: int = 0) -> Any:
    return found.result["by_method"][at]["levels"][method]


def test_cnil_rates_each_event_by_its_own_severity(everything: Assessment) -> None:
    # health.record: a leak is high on three rights, a wrong record severe, a lost one high.
    found = everything
    own = {
        rule: read_levels(found, "cnil", rule)["current"]["own"]
        for rule in ("access", "modification", "loss")
    }

    assert own == {
        "access": {"impact": "significant", "likelihood": "maximum", "level": "avoid-or-reduce",
                   "dimension": "illegitimate-access", "event": "illegitimate-access"},
        "modification": {"impact": "maximum", "likelihood": "maximum", "level": "avoid-or-reduce",
                         "dimension": "unwanted-modification", "event": "unwanted-modification"},
        "loss": {"impact": "significant", "likelihood": "maximum", "level": "avoid-or-reduce",
                 "dimension": "disappearance", "event": "disappearance"},
    }  # fmt: skip
    assert read_levels(found, "cnil", "none") is None
    assert read_levels(found, "gbt39335", "none")["current"]["level"] == "severe"
    assert read_activity(found, "cnil")["current"]["own"]["event"] == "unwanted-modification"


def test_cnil_counts_neither_scale_nor_de_identification_of_what_is_lost(clinic: Any) -> None:
    masked = {"id": "g", "control": "deidentification.pseudonymisation", "kind": "technical",
              "scope": "all", "status": "in-place", "evidence": "proof.txt"}  # fmt: skip
    many = [{"id": "care", "persons": 500_000, "children": "0"}]
    found = assess_risks(clinic(activities=many, safeguards=[masked]), "gbt39335,cnil")

    def impacts(method: str, rule: str) -> list[str]:
        return [read_levels(found, method, rule)[state]["impact"] for state in STATES]

    # high, +1 for 500,000 persons, -1 once the mask is verified
    assert impacts("gbt39335", "access") == ["severe", "high", "high"]
    assert impacts("cnil", "access") == ["high", "medium", "medium"]
    assert impacts("cnil", "loss") == ["high", "high", "high"]


def test_pram_multiplies_likelihood_by_the_sum_of_the_costs(everything: Assessment) -> None:
    found = everything
    # high impact costs 7 + 7 + 7 + 7 + 1 = 29, very high likelihood is 10
    own = read_levels(found, "nist-pram", "access")["current"]["own"]
    assert own == {"impact": "high", "likelihood": "very-high", "level": "high", "score": 290,
                   "dimension": "dignity-loss", "event": "insecurity"}  # fmt: skip
    assert read_levels(found, "nist-pram", "none")["current"]["own"]["event"] == (
        "unwarranted-restriction"
    )


def test_the_simple_form_is_for_fewer_than_a_hundred_thousand_persons(clinic: Any) -> None:
    form = load_knowledge().methods["small-processor"]

    answers = [find_scope(clinic(n), form).answer for n in (0, 99_999, 100_000, None)]

    assert answers == ["yes", "yes", "no", "judge"]
    assert find_scope(clinic(None), form).said["zh"] == (
        "是否适用简化评估表需人工判断：未填写 organisation.persons_total（标准：不满 100,000 人）。"
    )


def test_a_method_that_does_not_apply_is_refused_alone_and_shown_beside_others(clinic: Any) -> None:
    case = replace(clinic(100_000), knowledge=replace(load_knowledge(), rules={}))

    with pytest.raises(InvalidData) as refused:
        assess_risks(case, "small-processor")
    first = assess_risks(case, "small-processor,gbt39335")

    assert str(refused.value) == (
        "--method: the simple form does not apply: the organisation handles 100,000 persons"
        " (it is for fewer than 100,000)"
    )
    assert first.method == "gbt39335"
    assert first.result["methods"] == ["gbt39335", "small-processor"]
    assert first.result["overall"]["small-processor"] is None


def test_the_simple_form_leaves_out_what_meets_no_situation(clinic: Any) -> None:
    quiet = {"id": "care", "automated_decision": "none", "children": "0", "persons": 9}
    plain = [{"id": "i-record", "activity": "care", "category": "identity.name"}]
    systems = [{"id": "s-care", "country": "CN"}]
    no_other = [{"id": "j", "activity": "care", "dimension": "other-impact", "level": "no"}]
    case = clinic(activities=[quiet], items=plain, systems=systems, judgements=no_other)
    found = assess_risks(case, "gbt39335,small-processor")

    assert read_activity(found, "small-processor") is None
    assert found.result["overall"]["small-processor"] is None
    assert [risk["levels"].keys() for risk in found.result["risks"]] == [{"gbt39335"}] * 4
    causes = {c["kind"] for row in found.disagreements() for c in row["causes"]}
    assert causes == {"scope"}


@pytest.mark.parametrize(
    ("method", "cells"),
    [
        # rows: impact severe, high, medium, low; columns: likelihood low to very high
        ("gbt39335", "medium high severe severe / medium medium high severe /"
                     " low medium medium high / low low medium medium"),
        ("cnil", "medium high severe severe / medium medium high severe /"
                 " low medium medium high / low low medium medium"),
        ("small-processor", "low medium high high / low medium high high /"
                            " low low medium medium / low low medium medium"),
        ("matrix", "low high high high / low high high high /"
                   " low medium high high / low low low low"),
        # products 41, 29, 17, 5 by 1, 4, 7, 10; levels begin at 1, 68, 203, 410
        ("nist-pram", "low medium high severe / low medium high high /"
                      " low medium medium medium / low low low low"),
    ],
)  # fmt: skip
def test_every_method_has_its_common_word_in_every_cell(
    methods: dict[str, Method], method: str, cells: str
) -> None:
    found = spell_matrix(methods, method)

    rows = [" ".join(found[impact].values()) for impact in ("severe", "high", "medium", "low")]
    assert rows == cells.split(" / ")


def test_every_method_says_what_is_its_own_and_what_is_ours(methods: dict[str, Method]) -> None:
    for method in methods.values():
        if method.reads is not None:
            assert method.reads.note.zh
            assert method.reads.confidence == "good-practice"
            assert method.means_note is not None


def test_all_methods_answer_together_and_say_where_they_differ(everything: Assessment) -> None:
    # High impact without measures is not acceptable to the simple form, which ends there.
    assert everything.result["overall"] == {
        "gbt39335": "severe",
        "small-processor": "high",
        "cnil": "severe",
        "matrix": "high",
        "nist-pram": "high",
    }
    rows = list(everything.disagreements())
    assert {row["methods"][1] for row in rows} == set(ALL.split(",")[1:])
    for row in rows:
        one, two = row["methods"]
        assert row["levels"][one] != row["levels"][two]
        assert row["causes"]
        assert "{" not in row["because"] + row["because_zh"]


@pytest.mark.parametrize(
    ("rule", "other", "kinds", "said"),
    [
        ("none", "cnil", ["scope"], "CNIL: not rated. What makes the difference: CNIL treats"),
        ("access", "matrix", ["scale"], "the scale of the own matrix ends sooner: the highest of"
         " its 3 levels is read as High, below the Severe of GB/T 39335"),
        ("access", "nist-pram", ["cell"], "likelihood Very high (Insecurity) give High priority"
         " (290), read as High. What makes the difference: the matrices differ: High impact with"
         " Very high likelihood is Severe to GB/T 39335 and High to NIST PRAM"),
    ],
)  # fmt: skip
def test_a_disagreement_is_traced_to_what_makes_it(
    everything: Assessment, rule: str, other: str, kinds: list[str], said: str
) -> None:
    rows = everything.disagreements()
    row = next(
        r for r in rows if r["risk"] == f"{rule}@flows/f-{rule}" and r["methods"][1] == other
    )

    assert [cause["kind"] for cause in row["causes"]] == kinds
    assert said in row["because"]


def test_displays_of_several_methods_escape_the_text_of_the_case(everything: Assessment) -> None:
    for shown in (everything._repr_html_(), everything.disagreements()._repr_html_()):
        assert "&lt;b&gt;Care&lt;/b&gt;" in shown
        assert "<b>Care" not in shown


def test_frames_hold_the_levels_by_method_and_the_disagreements(everything: Assessment) -> None:
    levels = everything.levels_by_method()
    told = everything.disagreements().to_frame()

    assert list(levels.columns[4:]) == ALL.split(",")
    assert levels["gbt39335"].tolist() == ["severe"] * 5  # the activity, then four risks
    assert levels["cnil"].isna().tolist() == [False, False, False, False, True]
    assert len(told) == len(everything.disagreements())
    with pytest.raises(ValueError, match="'now' is no state"):
        everything.levels_by_method("now")


def test_one_method_has_nothing_to_disagree_with(clinic: Any) -> None:
    bare = replace(clinic(), knowledge=replace(load_knowledge(), rules={}))

    with pytest.raises(ValueError, match="assess by several"):
        assess_risks(bare).disagreements()


def test_the_built_in_folder_holds_a_file_per_method(methods: dict[str, Method]) -> None:
    folder = Path(__file__).parents[2] / "src" / "piaskit" / "knowledge" / "methods"

    assert {path.stem for path in folder.glob("*.yaml")} == set(methods)


def test_the_simple_form_concludes_each_situation_by_each_content(
    clinic: Any, everything: Assessment
) -> None:
    gap = [{"id": "care", "children": "0", "automated_decision": "none", "necessity": "To treat."}]
    sheet = assess_risks(clinic(activities=gap), "small-processor").result["sheets"]
    form = sheet["small-processor"]

    assert len(form) == 5 * 3
    sensitive = {row["content"]: row for row in form if row["situation"] == "sensitive"}
    assert {name: row["conclusion"] for name, row in sensitive.items()} == {
        "lawful": "conform",
        "impact": "not-acceptable",
        "measures": "lacking",
    }
    assert sensitive["lawful"]["because"] == "no gap found; necessity as stated: To treat."
    assert {r["conclusion"] for r in form if r["situation"] == "automated"} == {"not-met"}
    unsaid = everything.result["sheets"]["small-processor"]
    assert next(r for r in unsaid if r["content"] == "lawful")["because"] == (
        "for a person to judge, because activities.necessity is not stated"
    )


def test_cnil_maps_every_feared_event_now_and_after_the_plan(clinic: Any) -> None:
    claimed = {"id": "g", "control": "access.logging", "kind": "technical", "scope": "all",
               "status": "planned"}  # fmt: skip
    rows = assess_risks(clinic(safeguards=[claimed]), "cnil").result["sheets"]["cnil"]

    # one of the three controls of the remedy works once the plan is carried out
    assert [(row["event"], row["current"], row["planned"]["likelihood"]) for row in rows] == [
        (event, {"impact": impact, "likelihood": "maximum", "level": "avoid-or-reduce"},
         "significant")
        for event, impact in (
            ("illegitimate-access", "significant"),
            ("unwanted-modification", "maximum"),
            ("disappearance", "significant"),
        )
    ]  # fmt: skip
    assert rows[2]["risks"] == ["loss@flows/f-loss"]


def test_the_worksheet_of_pram_sums_the_problems_of_each_data_action(
    everything: Assessment,
) -> None:
    sheet = everything.result["sheets"]["nist-pram"]
    access = [row for row in sheet if row["risk"] == "access@flows/f-access"]

    # dignity, economic loss and trust: each 10 by 29
    assert sorted((row["problem"], row["score"]) for row in access) == [
        ("dignity-loss", 290), ("economic-loss", 290), ("loss-of-trust", 290),
    ]  # fmt: skip
    assert {row["total"] for row in access} == {870}
    assert {row["rank"] for row in access} == {1}
    distortion = [row for row in sheet if row["action"] == "distortion"]
    assert {row["total"] for row in distortion} == {580}
    assert {row["rank"] for row in distortion} == {3}  # after access and loss
