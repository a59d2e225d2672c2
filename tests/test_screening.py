"""Is an assessment due: each criterion from the rows that decide, and what is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from piaskit.case import Case, read_case
from piaskit.case.tables import TABLES
from piaskit.errors import InvalidData
from piaskit.knowledge import Knowledge, load_knowledge
from piaskit.screening import Screening, Verdict, screen_case
from piaskit.screening.decision import decide_screening, list_open

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
    "judgements": [{"id": "j", "activity": "a", "dimension": "other-impact", "level": "no"}],
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
    ("other-impact", alter("judgements", level="high"), [("judgements", "j")]),
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
    ("other-impact", {**PLAIN, "judgements": []}, "judgements of a: other-impact",
     alter("judgements", level="severe"), alter("judgements", level="low")),
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


SIGNS = [
    (alter("activities", persons=1_000_001), "more than 1,000,000 persons are concerned"),
    (alter("activities", persons=None), "leaves open whether more than 1,000,000 persons"),
    (alter("activities", minors="yes"), "a vulnerable group is concerned"),
    (alter("activities", subjects="门诊患者"), "a vulnerable group is concerned"),
    (alter("activities", subjects="Our employees"), "a vulnerable group is concerned"),
    (PLAIN, "The register itself shows no sign"),
]


@pytest.mark.parametrize(("tables", "sign"), SIGNS)
def test_another_major_impact_stays_unknown_until_judged_and_says_what_speaks_for_it(
    make_case: Make, tables: Any, sign: str
) -> None:
    open_one = screen(make_case, {**tables, "judgements": []})
    argument = open_one.because[-1]

    assert (argument.criterion, argument.met) == ("other-impact", "unknown")
    assert sign in argument.reason
    assert argument.confidence == "medium"
    assert open_one.decision == "judge"
    assert "judgements of a: other-impact" in open_one.missing
    assert answers(screen(make_case, tables))["other-impact"] == "no"


@pytest.mark.parametrize(
    ("counts", "large"),
    [
        ((300_000, 400_000), "unknown"),
        ((200_000, 300_000), "no"),
        ((500_001, 5), "yes"),
        ((600, None), "unknown"),
    ],
)
def test_persons_of_flows_are_a_range_and_a_number_inside_it_is_unknown(
    make_case: Make, counts: tuple[int | None, ...], large: str
) -> None:
    tables = alter("activities", persons=None)
    tables["flows"] = [
        {**PLAIN["flows"][0], "id": f"f-{n}", "persons": count} for n, count in enumerate(counts)
    ]

    verdict = screen(make_case, tables, "eu-gdpr")
    [scale] = [a for a in verdict.because if a.criterion == "large-scale"]

    assert scale.met == large
    if large == "unknown":
        assert "leaves it open" in scale.reason


def test_the_latest_judgement_counts(make_case: Make) -> None:
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
    assert two.decision == "required"
    assert two.note is not None
    assert "a rule of thumb of WP248 for most cases, not a rule of the GDPR" in two.note
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


@pytest.fixture(scope="module")
def screened(market: Case) -> Screening:
    return screen_case(market)


def test_the_worked_case_is_screened_as_its_key_says(screened: Screening) -> None:
    found = {(v.regime, v.activity): v for v in screened.verdicts}

    for regime, activities in KEY.items():
        for activity, expected in activities.items():
            verdict = found[regime, activity]
            met = {a.criterion for a in verdict.because if a.met == "yes"}

            assert verdict.decision == expected["decision"], (regime, activity)
            assert met >= set(expected.get("met", ())), (regime, activity)


def test_at_most_a_tenth_of_the_worked_case_is_left_to_judge(screened: Screening) -> None:
    verdicts = screened.verdicts
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


def test_united_kingdom_pairs_entries_of_the_list_with_another_criterion(make_case: Make) -> None:
    """Tracking alone is not enough; with many persons it is."""
    safe = {"id": "h", "activity": "a", "dimension": "physical-harm", "level": "no"}
    tables = alter("judgements", safe)
    tables["items"] = [{"id": "i", "activity": "a", "category": "behaviour.browsing"}]
    tables["flows"] = [{**PLAIN["flows"][0], "method": "observed"}]
    many = {**tables, "activities": [{**PLAIN["activities"][0], "persons": 500_001}]}

    lone, paired = (screen(make_case, t, "uk-gdpr") for t in (tables, many))

    assert answers(lone)["tracking"] == "yes"
    assert (lone.decision, lone.missing) == ("not-required", ())
    assert lone.note is not None
    assert "The ICO's list is not exhaustive" in lone.note
    assert paired.decision == "required"
    assert [a.clause for a in paired.because[3:5]] == [
        "ICO list of high-risk processing, no. 1",
        "ICO list of high-risk processing, no. 2",
    ]


def test_united_kingdom_leaves_danger_to_health_to_a_person(make_case: Make) -> None:
    grave = alter(
        "judgements", {"id": "h", "activity": "a", "dimension": "physical-harm", "level": "yes"}
    )

    open_one, judged = (screen(make_case, t, "uk-gdpr") for t in (PLAIN, grave))

    assert (open_one.decision, open_one.missing) == ("judge", ("judgements of a: physical-harm",))
    assert judged.decision == "required"


def test_what_the_nine_criteria_answer_is_the_same_in_the_european_union_and_the_kingdom(
    make_case: Make,
) -> None:
    case = make_case(regimes=("eu-gdpr", "uk-gdpr"), **alter("activities", subjects="pupils"))
    europe, kingdom = screen_case(case).verdicts
    nine = [(a.criterion, a.met, a.reason_zh, a.rows) for a in europe.because[3:]]

    assert [(a.criterion, a.met, a.reason_zh, a.rows) for a in kingdom.because[-9:]] == nine


@pytest.mark.parametrize(
    ("public", "persons", "category", "decision", "missing"),
    [
        ("yes", 50_000, "health.record", "required", ()),
        ("yes", 49_999, "health.record", "not-required", ()),
        ("yes", 1_000_000, "identity.name", "required", ()),
        ("yes", 999_999, "identity.name", "not-required", ()),
        ("no", 50_000, "health.record", "not-required", ()),
        (None, 50_000, "health.record", "judge", ("organisation.public_institution",)),
        (None, 10, "health.record", "not-required", ()),
        ("yes", None, "health.record", "judge", ("activities.persons of a",)),
    ],
)
def test_korea_asks_public_institutions_from_its_numbers_on(
    make_case: Make,
    public: str | None,
    persons: int | None,
    category: str,
    decision: str,
    missing: tuple[str, ...],
) -> None:
    tables = alter("activities", persons=persons)
    tables["items"] = [{"id": "i", "activity": "a", "category": category}]
    case = make_case(regimes=("kr",), **tables)
    case = replace(case, organisation=replace(case.organisation, public_institution=public))

    [verdict] = screen_case(case).verdicts

    assert (verdict.decision, verdict.missing) == (decision, missing)
    if public == "no":
        assert verdict.note_zh is not None
        assert "应努力开展评估" in verdict.note_zh


def test_conditions_put_together_answer_as_each_alone(
    market: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = screen_case(market)
    monkeypatch.setattr("piaskit.screening.screen.MOST_STORED", 0)  # of more, each is put alone

    assert screen_case(market).to_dict() == together.to_dict()


def test_a_regime_without_a_pack_is_named_and_not_decided(make_case: Make) -> None:
    screening = screen_case(make_case(regimes=("cn-pipl", "us-ca"), **PLAIN)).to_dict()

    assert {v["regime"] for v in screening["verdicts"]} == {"cn-pipl"}
    [told] = screening["not_screened"]
    assert told["regime"] == "us-ca"
    assert told["message"].startswith("No pack of screening speaks for the regime us-ca")
    assert "packs/screenings/ 中" in told["message_zh"]


PACK = """
id: own
title: {{en: Own, zh: 自有}}
version: 1
source: house rule
as_of: 2026-11-25
confidence: high
regime: {regime}
{more}due:
  - - of: [health]
criteria:
  health:
    title: {{en: Health, zh: 健康}}
    question: {{en: Any health data?, zh: 有无健康数据？}}
    clause: sg-pdpa 26D
    confidence: high
    answers:
      - met: yes
        items: "{condition}"
        reason: {{en: "Health data: {{names}}.", zh: "健康数据：{{names}}。"}}
      - met: no
        reason: {{en: None., zh: 无。}}
"""


def _add_pack(folder: Path, condition: str, regime: str = "sg", more: str = "") -> Knowledge:
    (folder / "screenings").mkdir()
    text = PACK.format(condition=condition, regime=regime, more=more)
    (folder / "screenings/own.yaml").write_text(text, "utf-8")
    return load_knowledge(folder)


def test_a_regime_is_added_by_one_file(make_case: Make, tmp_path: Path) -> None:
    knowledge = _add_pack(tmp_path, "lies_below(category, ['health'])")
    case = make_case(regimes=("sg",), **alter("items", category="health.record"))

    [verdict] = screen_case(replace(case, knowledge=knowledge)).verdicts

    assert (verdict.regime, verdict.decision) == ("sg", "required")
    assert ">sg<" in screen_case(replace(case, knowledge=knowledge))._repr_html_()
    assert verdict.because[0].reason_zh == "健康数据：Name。"


@pytest.mark.parametrize(
    ("condition", "slug"),
    [
        ("true) UNION SELECT (true", "rule-forbidden"),
        ("id IN (SELECT content FROM read_text('/etc/passwd'))", "rule-forbidden"),
        ("no_such_column = 1", "rule-sql"),
        ("(WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) "
         "SELECT max(n) FROM r) > 0", "rule-timeout"),
    ],
)  # fmt: skip
def test_a_hostile_condition_is_named_and_its_criterion_left_unknown(
    make_case: Make, tmp_path: Path, condition: str, slug: str
) -> None:
    knowledge = _add_pack(tmp_path, condition)
    case = replace(make_case(regimes=("cn-pipl", "sg"), **PLAIN), knowledge=knowledge)

    screening = screen_case(case, seconds=0.3)

    [issue] = screening.issues
    assert (issue.slug, issue.place.file) == (slug, f"{tmp_path.name}/screenings/own.yaml")
    assert "answer 1 of the criterion health" in issue.message
    pipl, own = screening.verdicts
    assert pipl.decision == "not-required"
    assert (own.decision, own.because[0].met) == ("judge", "unknown")
    assert own.missing == ("the answer of the pack own to health",)


def test_two_packs_of_one_regime_clash_unless_one_replaces_the_other(tmp_path: Path) -> None:
    for name in ("twin", "heir"):
        (tmp_path / name).mkdir()

    with pytest.raises(InvalidData) as caught:
        _add_pack(tmp_path / "twin", "true", "cn-pipl")
    heir = _add_pack(tmp_path / "heir", "true", "cn-pipl", "replaces: [cn-pipl-55]\n")

    assert [issue.slug for issue in caught.value.issues] == ["pack-clash"]
    assert "replaces: [cn-pipl-55]" in str(caught.value)
    assert "own" in heir.screenings


@given(data=st.data(), pack=st.sampled_from(sorted(load_knowledge().screenings)))
def test_it_is_judged_exactly_where_unknown_answers_could_go_either_way(
    data: st.DataObject, pack: str
) -> None:
    rules = load_knowledge().screenings[pack]
    answer = st.sampled_from(("yes", "no", "unknown"))
    met = {id: data.draw(answer) for id in rules.criteria}

    def settle(to: str) -> str:
        return decide_screening(
            rules,
            {id: to if m == "unknown" else m for id, m in met.items()},  # type: ignore[misc]
        )

    least, most = settle("no"), settle("yes")
    decision = decide_screening(rules, met)  # type: ignore[arg-type]

    assert decision == (least if least == most else "judge")
    assert bool(list_open(rules, met)) == (decision == "judge") or decision == "required"  # type: ignore[arg-type]
