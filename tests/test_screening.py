"""Is an assessment due: each criterion from the rows that decide, and what is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from piaskit.case import Case, read_case
from piaskit.case.tables import TABLES
from piaskit.screening import Verdict, screen_case

ROOT = Path(__file__).parent.parent
KEY = yaml.safe_load((ROOT / "tests/keys/marketplace.yaml").read_text("utf-8"))["screening"]
Make = Callable[..., Case]

PLAIN: dict[str, Any] = {
    "activities": [
        {
            "id": "a", "title": "Orders", "persons": 900, "automated_decision": "none",
            "subjects": "customers", "children": "0",
        }
    ],
    "items": [{"id": "i", "activity": "a", "category": "identity.name", "title": "Name"}],
    "systems": [{"id": "s", "country": "CN"}],
    "parties": [
        {"id": "people", "role": "subject"},
        {"id": "cloud", "role": "processor", "country": "CN", "title": "Cloud"},
        {"id": "abroad", "role": "recipient", "country": "HK", "title": "Office"},
        {"id": "nowhere", "role": "recipient", "title": "Nowhere"},
    ],
    "flows": [
        {"id": "f", "activity": "a", "stage": "collect", "source": "people", "target": "s",
         "items": "i", "method": "provided"},
    ],
}  # fmt: skip


def alter(table: str | None = None, row: dict[str, Any] | None = None, **cells: Any) -> Any:
    """Return the plain case with a row added or, given cells, its first row changed."""
    tables = {name: [dict(r) for r in rows] for name, rows in PLAIN.items()}
    if table and row:
        tables.setdefault(table, []).append(row)
    elif table:
        tables[table][0].update(cells)
    return tables


def screen(make: Make, tables: Any, regime: str = "cn-pipl") -> Verdict:
    [verdict] = screen_case(make(regimes=(regime,), **tables)).verdicts
    return verdict


def answers(verdict: Verdict) -> dict[str, str]:
    return {argument.criterion: argument.met for argument in verdict.because}


def flow(**cells: Any) -> dict[str, Any]:
    return {"id": "f-2", "activity": "a", "source": "s", "items": "i", **cells}


def test_an_ordinary_activity_needs_no_assessment_and_every_ground_says_why(
    make_case: Make,
) -> None:
    verdict = screen(make_case, PLAIN)

    assert (verdict.decision, verdict.missing) == ("not-required", ())
    assert answers(verdict) == dict.fromkeys(
        ["sensitive", "automated", "entrust-provide-disclose", "cross-border", "other-impact"], "no"
    )
    for argument in verdict.because:
        assert argument.reason.endswith(".")
        assert argument.reason_zh.endswith("。")
        assert argument.clause.startswith("PIPL Art. 55(")
        assert argument.clause_zh.startswith("《个人信息保护法》第55条第")
        assert argument.rows


MET = [
    ("sensitive", alter("items", category="finance.account"), [("items", "i")]),
    ("sensitive", alter("activities", children="yes"), [("activities", "a")]),
    ("sensitive",
     alter("items", {"id": "j", "activity": "b", "category": "health.record"})
     | {"flows": [*PLAIN["flows"], flow(stage="use", target="s", items="j")]},
     [("items", "j")]),
    ("automated", alter("activities", automated_decision="profiling"), [("activities", "a")]),
    ("automated", alter("activities", automated_decision="recommendation"), [("activities", "a")]),
    ("automated", alter("activities", automated_decision="significant"), [("activities", "a")]),
    ("entrust-provide-disclose", alter("flows", flow(stage="store", target="cloud")),
     [("flows", "f-2"), ("parties", "cloud")]),
    ("entrust-provide-disclose", alter("flows", flow(stage="disclose")), [("flows", "f-2")]),
    ("cross-border", alter("flows", flow(stage="transmit", target="abroad")),
     [("flows", "f-2"), ("parties", "abroad")]),
    ("other-impact", alter("activities", persons=1_000_001), [("activities", "a")]),
    ("other-impact", alter("activities", minors="yes"), [("activities", "a")]),
    ("other-impact", alter("activities", subjects="门诊患者"), [("activities", "a")]),
    ("other-impact", alter("activities", subjects="Our employees"), [("activities", "a")]),
    ("other-impact",
     alter("judgements",
           {"id": "j", "activity": "a", "dimension": "other-impact", "level": "high"}),
     [("judgements", "j")]),
]  # fmt: skip


@pytest.mark.parametrize(("criterion", "tables", "rows"), MET)
def test_one_ground_of_the_pipl_is_enough_and_names_its_rows(
    make_case: Make, criterion: str, tables: Any, rows: list[tuple[str, str]]
) -> None:
    verdict = screen(make_case, tables)
    [argument] = [a for a in verdict.because if a.criterion == criterion]

    assert verdict.decision == "required"
    assert argument.met == "yes"
    assert list(argument.rows) == rows


UNKNOWN = [
    ("sensitive", alter("items", category="identity.national-id-number"),
     "items.category of i: identity.national-id-number needs a judgement",
     alter("items", category="health.record"), alter("items", category="contact.phone")),
    ("sensitive", {**PLAIN, "items": []}, "items of a",
     alter("items", category="health.record"), PLAIN),
    ("automated", alter("activities", automated_decision=None),
     "activities.automated_decision of a",
     alter("activities", automated_decision="profiling"), PLAIN),
    ("sensitive", alter("activities", children=None), "activities.children of a",
     alter("activities", children="yes"), alter("activities", children="0")),
    ("entrust-provide-disclose", {**PLAIN, "flows": []}, "flows of a",
     alter("flows", flow(stage="store", target="cloud")), PLAIN),
    ("entrust-provide-disclose", alter("flows", flow(stage="store")), "flows.target of f-2",
     alter("flows", flow(stage="store", target="cloud")),
     alter("flows", flow(stage="store", target="s"))),
    ("cross-border", alter("flows", flow(stage="transmit", target="nowhere")),
     "parties.country of nowhere",
     alter("flows", flow(stage="transmit", target="abroad")),
     alter("flows", flow(stage="transmit", target="s"))),
    ("other-impact", alter("activities", persons=None), "activities.persons of a",
     alter("activities", persons=2_000_000), alter("activities", persons=1)),
]  # fmt: skip


@pytest.mark.parametrize(("criterion", "tables", "missing", "yes", "no"), UNKNOWN)
def test_a_blank_fact_is_judged_named_and_resolved_by_some_value(
    make_case: Make, criterion: str, tables: Any, missing: str, yes: Any, no: Any
) -> None:
    verdict = screen(make_case, tables)

    assert verdict.decision == "judge"
    assert missing in verdict.missing
    assert answers(verdict)[criterion] == "unknown"
    assert screen(make_case, yes).decision == "required"
    assert screen(make_case, no).decision == "not-required"


@pytest.mark.parametrize(
    ("counts", "many"),
    [
        ((600_000, 700_000), "unknown"),
        ((300_000, 600_000), "no"),
        ((1_000_001, 5), "yes"),
        ((600_000, None), "unknown"),
    ],
)
def test_persons_of_flows_are_a_range_and_a_number_inside_it_is_unknown(
    make_case: Make, counts: tuple[int | None, ...], many: str
) -> None:
    tables = alter("activities", persons=None)
    tables["flows"] = [
        {**PLAIN["flows"][0], "id": f"f-{n}", "persons": count} for n, count in enumerate(counts)
    ]

    verdict = screen(make_case, tables)

    assert answers(verdict)["other-impact"] == many
    if many == "unknown":
        assert (verdict.decision, verdict.missing) == ("judge", ("activities.persons of a",))
        assert "leaves it open" in verdict.because[-1].reason


def test_a_judgement_overrides_the_scale_and_the_latest_one_counts(make_case: Make) -> None:
    tables = alter("activities", persons=5_000_000)
    tables["judgements"] = [
        {"id": "j-1", "activity": "a", "dimension": "other-impact", "level": "low",
         "judged_on": "2026-05-02"},
        {"id": "j-2", "activity": "a", "dimension": "other-impact", "level": "severe",
         "judged_on": "2025-05-02"},
    ]  # fmt: skip

    verdict = screen(make_case, tables)

    assert verdict.decision == "not-required"
    assert verdict.because[-1].rows == (("judgements", "j-1"),)


def test_a_number_of_the_standard_is_called_that_with_medium_confidence(make_case: Make) -> None:
    argument = screen(make_case, alter("activities", persons=1_000_001)).because[-1]

    assert argument.confidence == "medium"
    assert "More than 1,000,000 persons" in argument.reason
    assert "not in the law; medium confidence" in argument.reason
    assert "置信度中等" in argument.reason_zh


def test_a_subject_abroad_and_the_public_are_no_export(make_case: Make) -> None:
    tables = alter("flows", flow(stage="use", target="guests"))
    tables["parties"] += [{"id": "guests", "role": "subject", "country": "US"}]

    assert answers(screen(make_case, tables))["cross-border"] == "no"


@pytest.mark.parametrize(
    ("tables", "met"),
    [
        (alter("activities", automated_decision="significant"), "automated-evaluation"),
        ({**alter("activities", persons=500_001),
          "items": [{"id": "i", "activity": "a", "category": "health.record"}]},
         "special-large-scale"),
        ({**alter("activities", persons=500_001),
          "items": [{"id": "i", "activity": "a", "category": "biometric.face"}],
          "flows": [{**PLAIN["flows"][0], "method": "observed"}]},
         "public-monitoring"),
    ],
)  # fmt: skip
def test_a_case_of_article_35_3_alone_requires_an_assessment(
    make_case: Make, tables: Any, met: str
) -> None:
    verdict = screen(make_case, tables, "eu-gdpr")

    assert verdict.decision == "required"
    assert answers(verdict)[met] == "yes"


def test_two_of_the_nine_criteria_require_an_assessment_and_one_a_note(make_case: Make) -> None:
    one = screen(make_case, alter("activities", persons=500_001), "eu-gdpr")
    two = screen(make_case, alter("activities", persons=500_001, subjects="pupils"), "eu-gdpr")

    assert [a.criterion for a in one.because if a.met == "yes"] == ["large-scale"]
    assert one.decision == "not-required"
    assert one.note is not None
    assert "the reasons have to be documented" in one.note
    assert "piaskit takes that of the draft annex" in one.because[7].reason
    assert one.because[7].confidence == "medium"
    assert (two.decision, two.note) == ("required", None)
    assert [a.clause for a in two.because[:3]] == [
        "GDPR Art. 35(3)(a)",
        "GDPR Art. 35(3)(b)",
        "GDPR Art. 35(3)(c)",
    ]
    assert len(two.because) == 12


def test_an_unknown_that_could_not_lift_the_count_to_two_is_no_judge(make_case: Make) -> None:
    lone = screen(make_case, alter("activities", subjects=None), "eu-gdpr")
    lifting = screen(make_case, alter("activities", subjects=None, persons=600_000), "eu-gdpr")

    assert answers(lone)["vulnerable-subjects"] == "unknown"
    assert (lone.decision, lone.missing) == ("not-required", ())
    assert (lifting.decision, lifting.missing) == ("judge", ("activities.subjects of a",))


NINE = [
    ("evaluation-scoring", alter("items", category="profile.tag")),
    ("automated-decision", alter("activities", automated_decision="significant")),
    ("systematic-monitoring",
     {**PLAIN, "items": [{"id": "i", "activity": "a", "category": "behaviour.browsing"}],
      "flows": [{**PLAIN["flows"][0], "method": "observed"}]}),
    ("sensitive-data", alter("items", category="finance.account")),
    ("large-scale", alter("activities", persons=500_001)),
    ("matching-datasets",
     alter("items", {"id": "j", "activity": "b", "category": "contact.phone"})
     | {"flows": [*PLAIN["flows"], flow(stage="use", target="s", items="j")]}),
    ("vulnerable-subjects", alter("activities", children="3")),
    ("innovative-technology", alter("items", category="biometric.face")),
    ("prevents-right", alter("activities", automated_decision="significant")),
]  # fmt: skip


@pytest.mark.parametrize(("criterion", "tables"), NINE, ids=[id for id, _ in NINE])
def test_each_of_the_nine_criteria_is_met_by_facts_of_the_register(
    make_case: Make, criterion: str, tables: Any
) -> None:
    assert answers(screen(make_case, PLAIN, "eu-gdpr"))[criterion] == "no"
    assert answers(screen(make_case, tables, "eu-gdpr"))[criterion] == "yes"


def test_only_active_regimes_and_the_activities_asked_for_are_screened(make_case: Make) -> None:
    tables = alter("activities", {"id": "b"})
    case = make_case(regimes=("eu-gdpr", "cn-pipl"), **tables)

    both = screen_case(case).to_dict()["verdicts"]
    one = screen_case(case, activities=["b"]).verdicts

    assert [(v["activity"], v["regime"]) for v in both] == [
        ("a", "cn-pipl"), ("a", "eu-gdpr"), ("b", "cn-pipl"), ("b", "eu-gdpr"),
    ]  # fmt: skip
    assert {verdict.activity for verdict in one} == {"b"}
    assert set(both[0]) >= {"regime", "activity", "decision", "because", "missing"}
    assert set(both[0]["because"][0]) >= {
        "criterion", "clause", "met", "reason", "rows", "reason_zh", "clause_zh", "confidence",
    }  # fmt: skip


def test_a_reason_lists_five_names_and_counts_the_rest_as_text(make_case: Make) -> None:
    rows = [
        {"id": f"i-{n}", "activity": "a", "category": "health.record", "title": f"<{n}>{{names}}"}
        for n in range(7)
    ]
    case = make_case(**{**PLAIN, "items": rows})

    screening = screen_case(case)

    reason = screening.verdicts[0].because[0].reason
    assert reason.startswith("Sensitive items: <0>{names}, <1>{names}, ")
    assert reason.endswith(" and 2 more.")
    assert "<0>" not in screening._repr_html_()
    assert "&lt;0&gt;" in screening._repr_html_()


@pytest.fixture(scope="module")
def market() -> Case:
    return read_case(ROOT / "data/marketplace")


def test_the_worked_case_is_screened_as_its_key_says(market: Case) -> None:
    found = {(v.regime, v.activity): v for v in screen_case(market).verdicts}

    for regime, activities in KEY.items():
        for activity, expected in activities.items():
            verdict = found[regime, activity]
            met = {a.criterion for a in verdict.because if a.met == "yes"}

            assert verdict.decision == expected["decision"], (regime, activity)
            assert met >= set(expected.get("met", ())), (regime, activity)


def test_at_most_a_tenth_of_the_worked_case_is_left_to_judge(market: Case) -> None:
    verdicts = screen_case(market).verdicts
    judged = [verdict for verdict in verdicts if verdict.decision == "judge"]

    assert len(judged) <= len(verdicts) / 10
    assert all(verdict.missing for verdict in judged)


def test_every_blank_of_the_worked_case_that_leaves_a_judge_is_resolved_by_some_value(
    market: Case,
) -> None:
    blanks = [
        ("activities", "automated_decision", "significant"),
        ("activities", "persons", 2_000_000),
        ("parties", "country", "DE"),
        ("systems", "country", "DE"),
    ]
    thin = {name: frame.copy() for name, frame in market.frames.items()}
    for table, column, _ in blanks:
        thin[table][column] = pd.Series(
            [None] * len(thin[table]), dtype=TABLES[table][column].dtype
        )
    thin["judgements"] = thin["judgements"].iloc[:0]
    doubtful = replace(market, frames=thin)
    judged = [v for v in screen_case(doubtful).verdicts if v.decision == "judge"]
    assert judged
    for table, column, value in blanks:
        filled = {**thin, table: thin[table].assign(**{column: value})}
        filled[table][column] = filled[table][column].astype(TABLES[table][column].dtype)
        after = {
            (v.regime, v.activity): v.decision
            for v in screen_case(replace(market, frames=filled)).verdicts
        }
        for verdict in judged:
            named = [fact for fact in verdict.missing if fact.startswith(f"{table}.{column} of ")]
            if named and (column, verdict.regime) != ("persons", "eu-gdpr"):
                assert after[verdict.regime, verdict.activity] == "required", verdict
