"""The built-in packs are complete: every researched id, every word of the case format."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from piaskit.case.tables import TABLES
from piaskit.knowledge import Knowledge, Labels, load_knowledge
from piaskit.knowledge.records import Event, Level, Likelihood, Stage

RESEARCH = Path(__file__).parents[3] / "shared" / "knowledge"
needs_research = pytest.mark.skipif(not RESEARCH.is_dir(), reason="the research is not here")
ROWS = ("severe", "high", "medium", "low")
MATRIX = """
medium high   severe severe
medium medium high   severe
low    medium medium high
low    low    medium medium
"""


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge()


def _read_rows(name: str) -> list[dict[str, str]]:
    with (RESEARCH / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _read_yaml(name: str) -> Any:
    return yaml.safe_load((RESEARCH / name).read_text(encoding="utf-8"))


@needs_research
def test_every_researched_category_is_there_with_its_words(knowledge: Knowledge) -> None:
    expected = {row["id"]: (row["en"], row["zh"]) for row in _read_rows("category_ids.csv")}

    found = {id: (c.title.en, c.title.zh) for id, c in knowledge.categories.items()}

    assert found == expected


@needs_research
def test_every_researched_control_is_there_with_its_words(knowledge: Knowledge) -> None:
    expected = {
        row["id"]: (row["kind"], row["en"], row["zh"]) for row in _read_rows("control_ids.csv")
    }

    found = {id: (c.kind, c.title.en, c.title.zh) for id, c in knowledge.controls.items()}

    assert found == expected


@needs_research
def test_every_researched_label_stands_word_for_word(knowledge: Knowledge) -> None:
    labels = knowledge.labels
    for row in _read_rows("labels_zh.csv"):
        if row["kind"] == "value":
            ids = [id for id in labels if id.startswith("value.") and id.endswith("." + row["id"])]
            assert row["zh"] in {labels(id, "zh") for id in ids}
        else:
            assert labels(f"{row['kind']}.{row['id']}", "zh") == row["zh"]


def test_every_table_column_and_value_has_a_label(knowledge: Knowledge) -> None:
    labels = knowledge.labels
    for table in TABLES.values():
        assert f"table.{table.name}" in labels
        for column in table.columns:
            assert f"column.{column.name}" in labels
            for value in column.values or ():
                special = f"value.{column.name}.{value}"
                assert special in labels or f"value.{value}" in labels, special


def test_every_level_state_event_basis_and_dimension_has_a_label(knowledge: Knowledge) -> None:
    method = knowledge.methods["gbt39335"]
    wanted = [f"value.level.{x}" for x in get_args(Level)]
    wanted += [f"value.likelihood.{x}" for x in get_args(Likelihood)]
    wanted += [f"value.event.{x}" for x in (*get_args(Event), "none")]
    wanted += [f"value.stage.{x}" for x in get_args(Stage)]
    wanted += [f"value.state.{x}" for x in ("inherent", "current", "planned")]
    wanted += [f"value.option.{x}" for x in method.treatments]
    wanted += [f"value.dimension.{x}" for x in (*method.rights, *method.sources)]
    wanted += [
        f"value.legal_basis.{regime}.{basis}"
        for regime in ("cn-pipl", "eu-gdpr")
        for basis in knowledge.regulations[regime].bases
    ]

    assert [id for id in wanted if id not in knowledge.labels] == []


def _find_shared_words(labels: Labels, prefix: str, only: Iterable[str] | None = None) -> list[str]:
    seen: dict[str, str] = {}
    shared = []
    for id in labels:
        short = id.removeprefix(prefix + ".")
        if short == id or (only is not None and short not in only):
            continue
        entry = labels[id]
        words = {
            unicodedata.normalize("NFKC", word).casefold()
            for word in (short, entry.en, entry.zh, *entry.also)
        }
        shared += [f"{word}: {seen[word]}, {short}" for word in words if word in seen]
        seen |= dict.fromkeys(words, short)
    return shared


def test_no_word_stands_for_two_tables_or_two_columns_of_a_table(knowledge: Knowledge) -> None:
    assert _find_shared_words(knowledge.labels, "table") == []
    for table in TABLES.values():
        names = [column.name for column in table.columns]
        assert _find_shared_words(knowledge.labels, "column", names) == []


def test_no_word_stands_for_two_values_of_a_column(knowledge: Knowledge) -> None:
    columns = {id.split(".")[1] for id in knowledge.labels if id.startswith("value.")}
    columns &= {column.name for table in TABLES.values() for column in table.columns}
    assert len(columns) > 20
    for column in sorted(columns | {"country"}):
        assert _find_shared_words(knowledge.labels, f"value.{column}") == []


def test_the_matrix_is_the_table_of_the_standard_cell_by_cell(knowledge: Knowledge) -> None:
    expected = {
        (impact, likelihood): level
        for impact, row in zip(ROWS, MATRIX.strip().splitlines(), strict=True)
        for likelihood, level in zip(get_args(Likelihood), row.split(), strict=True)
    }

    matrix = knowledge.methods["gbt39335"].matrix

    assert {(i, p): level for i, row in matrix.items() for p, level in row.items()} == expected


@needs_research
def test_the_matrix_and_the_scales_agree_with_the_research(knowledge: Knowledge) -> None:
    method = knowledge.methods["gbt39335"]
    facts = _read_yaml("gbt39335.yaml")
    columns = [name.replace("_", "-") for name in facts["risk_matrix"]["columns"]]

    for impact, row in method.matrix.items():
        assert [row[name] for name in columns] == facts["risk_matrix"][impact]
    for scale, steps in (
        ("impact", method.scales.impact),
        ("likelihood", method.scales.likelihood),
    ):
        assert {(id, step.title.zh) for id, step in steps.items()} == {
            (step["id"].replace("_", "-"), step["zh"]) for step in facts[f"{scale}_scale"]
        }


@needs_research
def test_the_dimensions_have_the_names_points_and_criteria_of_the_research(
    knowledge: Knowledge,
) -> None:
    method = knowledge.methods["gbt39335"]
    facts = _read_yaml("gbt39335.yaml")
    for dimensions, key, points in (
        (method.rights, "rights_dimensions", "examples"),
        (method.sources, "risk_source_dimensions", "factors"),
    ):
        assert {(id, d.title.zh, len(d.points)) for id, d in dimensions.items()} == {
            (fact["id"].replace("_", "-"), fact["zh"], len(fact[points])) for fact in facts[key]
        }
    assert len(method.modifiers) == 4
    assert len(method.lists["report-contents"].entries) == len(
        facts["report_contents_5_7"]["items"]
    )
    assert len(method.lists["published-contents"].entries) == len(
        facts["published_report_min_5_9"]["items"]
    )
    assert len(method.lists["high-risk-activities"].entries) == len(facts["high_risk_activities"])
    for table, name in (("c-1", "C.1_mapping"), ("c-2", "C.2_lifecycle")):
        assert len(method.tables[table].columns) == len(facts["tables_appendix_C"][name]["columns"])


def test_every_category_has_a_proposed_impact(knowledge: Knowledge) -> None:
    method = knowledge.methods["gbt39335"]

    assert [id for id in knowledge.categories if not method.propose_impact(id)] == []


def test_the_longest_prefix_proposes_alone(knowledge: Knowledge) -> None:
    method = knowledge.methods["gbt39335"]

    assert {dim: p.level for dim, p in method.propose_impact("contact.phone.home").items()} == {
        "reputation-stress": "medium",
        "person-property": "medium",
    }
    assert method.propose_impact("nothing.known") == {}


def test_judge_stays_rare_and_the_law_decides_the_clear_ones(knowledge: Knowledge) -> None:
    answers = {id: c.sensitive for id, c in knowledge.categories.items()}

    for regime, most in (("cn-pipl", 0.2), ("eu-gdpr", 0.05)):
        judged = [id for id, by in answers.items() if by[regime] == "judge"]
        assert len(judged) <= most * len(answers)
    for id in ("identity.name", "contact.phone", "contact.address", "device.ip-address"):
        assert answers[id] == {"cn-pipl": "no", "eu-gdpr": "no"}
    for id in ("biometric.face", "health.record", "belief.religion", "legal.criminal-record"):
        assert answers[id] == {"cn-pipl": "yes", "eu-gdpr": "yes"}
    assert answers["finance.account"] == {"cn-pipl": "yes", "eu-gdpr": "no"}
    assert answers["belief.politics"] == {"cn-pipl": "judge", "eu-gdpr": "yes"}
    assert answers["children.any"]["cn-pipl"] == "yes"


def test_screening_has_the_criteria_of_each_regime(knowledge: Knowledge) -> None:
    clauses = {
        pack.regime: [criterion.clause for criterion in pack.criteria.values()]
        for pack in knowledge.screenings.values()
    }
    nine = [f"wp248 {n}" for n in range(1, 10)]

    assert clauses == {
        "cn-pipl": [f"cn-pipl 55({n})" for n in range(1, 6)],
        "eu-gdpr": [*(f"eu-gdpr 35(3)({n})" for n in "abc"), *nine],
        "uk-gdpr": [
            *(f"uk-gdpr 35(3)({n})" for n in "abc"),
            *(f"ico-dpia {n}" for n in range(1, 11)),
            *nine,
        ],
        "kr": ["kr-pipa 33(1)", *(f"kr-pipa D35({n})" for n in range(1, 5))],
    }


@needs_research
def test_numbers_of_the_law_are_those_of_the_research(knowledge: Knowledge) -> None:
    facts = _read_yaml("pipl.yaml")
    numbers = {
        f"{id} {name}": (number.bound, number.value)
        for id, regulation in knowledge.regulations.items()
        for name, number in regulation.numbers.items()
    }
    audit = facts["audit_measures"]

    assert numbers["cn-pipl report-retention"] == (
        "at-least",
        facts["pipl"]["art_56_retention_years_min"],
    )
    assert numbers["cn-audit-2025 audit-persons"] == (
        "more-than",
        audit["mandatory_cycle"]["persons_gt"],
    )
    assert numbers["cn-audit-2025 officer-persons"] == ("at-least", audit["officer"]["persons_ge"])
    assert numbers["cn-small-2026 small-persons"] == (
        "below",
        facts["small_processors_2026"]["small_means_persons_lt"],
    )
    assert numbers["cn-crossborder-2024 assessment-persons"] == ("at-least", 1_000_000)
    assert numbers["cn-crossborder-2024 assessment-sensitive"] == ("at-least", 10_000)
    assert numbers["cn-crossborder-2024 exempt-persons"] == ("below", 100_000)
    assert numbers["cn-ndsr large-persons"] == ("at-least", 10_000_000)
    assert numbers["wp248 criteria-needed"] == ("at-least", 2)


@needs_research
def test_periods_of_controls_are_those_of_the_research(knowledge: Knowledge) -> None:
    rows = {row["id"]: row for row in _read_rows("safeguard_periods.csv")}
    called = {"pi-training": "pi-training-std", "nydfs-restore": "nydfs-plan-test",
              "log-retention-central": "log-retention"}  # fmt: skip
    ours = {"patching"}  # GB/T 39335-2020 5.4 gives no number and stands in no row of the research
    per_flow = {"export-assessment-validity"}  # of assessments alone: counted by mechanism_until
    kinds = {"standard (recommended)": "standard", "good practice": "good-practice", "law": "law",
             "contract scheme": "contract"}  # fmt: skip
    for id, period in knowledge.periods.items():
        if id in ours:
            assert period.value is None
            continue
        row = rows[called.get(id, id)]
        assert period.kind == kinds[row["kind"]], id
        stated = row["period_value"]
        number = (int(stated), row["period_unit"].replace("_", "-")) if stated else (None, None)
        if id in per_flow:
            assert number == (3, "year")
            assert "three years" in period.note.en
            number = (None, None)
        assert (period.value, period.unit) == number, id


def test_every_security_event_is_met_by_some_control(knowledge: Knowledge) -> None:
    met = {event for control in knowledge.controls.values() for event in control.events}

    assert met == set(get_args(Event))
    assert all(control.events for control in knowledge.controls.values())


def test_every_clause_that_a_pack_names_can_be_cited_in_both_languages(
    knowledge: Knowledge,
) -> None:
    clauses = {c for category in knowledge.categories.values() for c in category.clauses}
    clauses |= {c for rule in knowledge.rules.values() for c in rule.clauses}
    for regulation in knowledge.regulations.values():
        for part in (
            regulation.bases,
            regulation.numbers,
            regulation.countries,
        ):
            clauses |= {entry.clause for entry in part.values()}
    for pack in knowledge.screenings.values():
        clauses |= {criterion.clause for criterion in pack.criteria.values()}
    for method in knowledge.methods.values():
        clauses |= {method.matrix_clause, *(m.clause for m in method.modifiers.values())}
        clauses |= {x.clause for x in (*method.rights.values(), *method.sources.values())}
        clauses |= {entry.clause for entry in method.lists.values()}
    clauses.discard("")  # a method without an instrument of its own

    assert len(clauses) > 60
    for clause in clauses:
        assert knowledge.cite(clause, "en") != knowledge.cite(clause, "zh")


def test_every_slug_of_a_pack_problem_is_explained() -> None:
    page = Path(__file__).parents[2] / "docs" / "errors.md"
    text = page.read_text(encoding="utf-8")

    for slug in (
        "yaml", "duplicate-key", "unknown-key", "missing-key", "value", "id", "clash", "reference",
    ):  # fmt: skip
        assert f"### `pack-{slug}`\n" in text
