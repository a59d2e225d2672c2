"""The exposures: as docs/risks.md has them, cell by cell, and as the key of the case says."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
import yaml

from piaskit import assess_risks, check_packs, load_knowledge, read_case
from piaskit.case import Case
from piaskit.knowledge import Rule
from piaskit.knowledge.records import Event, Linddun, Stage
from piaskit.rules import Hits, check_rules, run_rules

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "risks.md").read_text("utf-8")
KEY = yaml.safe_load((ROOT / "tests" / "keys" / "risks.yaml").read_text("utf-8"))["exposures"]
KNOWLEDGE = load_knowledge()
RULES = KNOWLEDGE.rules
EXPOSURES = {id: rule for id, rule in RULES.items() if rule.kind == "exposure"}
SOURCES = KNOWLEDGE.methods["gbt39335"].sources


def read_rows(heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading of the page, without its two head rows."""
    part = DOCS.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| ")]
    return rows[1:]


def name_rules(cell: str) -> set[str]:
    return set() if re.match(r"(cannot|asked): ", cell) else set(cell.split(", "))


@pytest.fixture(scope="module")
def hits() -> Hits:
    return run_rules(read_case(ROOT / "data" / "marketplace"))


def test_the_exposures_are_those_of_the_documentation_with_the_same_subject_and_clauses() -> None:
    told = {
        id: (about, tuple(clauses.split("; ")))
        for id, about, clauses in re.findall(
            r"^\| ([a-z-]+) \| (activity|flow|organisation|party|system) \| .* \| ([^|]+) \|$",
            DOCS,
            re.MULTILINE,
        )
    }

    assert told == {id: (rule.about, rule.clauses) for id, rule in EXPOSURES.items()}


def test_there_are_at_least_80_rules_of_risk_and_each_says_why_and_what_helps() -> None:
    risks = [rule for rule in RULES.values() if rule.meets]

    assert len(risks) >= 80
    assert [rule.id for rule in risks if not (rule.remedy and rule.clauses and rule.factors)] == []


def test_each_new_exposure_names_its_false_alarms() -> None:
    assert [id for id in KEY if EXPOSURES[id].not_when is None] == []


def test_each_event_is_covered_at_each_stage_or_cannot_happen_there() -> None:
    grid = {
        (event, stage): (name_rules(cell), cell)
        for event, *cells in read_rows("Events over the life cycle")
        for stage, cell in zip(get_args(Stage), cells, strict=True)
    }
    rules = {
        (event, stage): {
            id for id, rule in EXPOSURES.items() if rule.event == event and stage in rule.stages
        }
        for event in get_args(Event)
        for stage in get_args(Stage)
    }

    assert {key: ids for key, (ids, _) in grid.items()} == rules
    assert all(ids or cell.startswith("cannot: ") for ids, cell in grid.values())


def test_each_factor_of_the_risk_sources_has_a_rule_or_is_asked() -> None:
    told = {(d, factor): cell for d, factor, cell in read_rows("Risk sources, factor by factor")}
    looking: dict[tuple[str, str], set[str]] = {}
    for rule in RULES.values():
        for factor in rule.factors:
            looking.setdefault((rule.source, factor), set()).add(rule.id)

    assert list(told) == [(d, id) for d, known in SOURCES.items() for id in known.factors]
    for (dimension, factor), cell in told.items():
        rules, ask = looking.get((dimension, factor), set()), SOURCES[dimension].factors[factor].ask
        exposures = rules & set(EXPOSURES)
        assert name_rules(cell) == exposures or (not exposures and name_rules(cell) <= rules)
        assert bool(rules) != bool(ask), f"{factor} has a rule, or is asked"
        assert cell.startswith("asked: ") == bool(ask)
        assert ask is None or ask.en.lower() in cell.lower()


def test_each_threat_type_of_linddun_has_the_exposures_that_the_page_says() -> None:
    told = {type: name_rules(cell) for type, cell in read_rows("LINDDUN's seven threat types")}

    assert told == {
        type: {id for id, rule in EXPOSURES.items() if type in rule.linddun}
        for type in get_args(Linddun)
    }
    assert [r.id for r in RULES.values() if r.kind == "gap" and not r.linddun] == []


def test_the_exposures_of_the_worked_case_equal_its_key(hits: Hits) -> None:
    found = {found.rule.id: sorted(found.ids) for found in hits.found}

    assert {rule: found.get(rule, []) for rule in KEY} == KEY
    assert set(KEY) <= set(EXPOSURES)


def name_flows(hits: Hits, rule: str) -> dict[str, tuple[str, ...]]:
    return {hit.id: hit.flows for hit in hits if hit.rule.id == rule}


def test_a_risk_shows_the_flows_that_make_it_and_no_others(hits: Hits) -> None:
    assert name_flows(hits, "combined-across-activities") == {"marketing": ("f-mkt-tag",)}
    assert name_flows(hits, "third-party-code")["p-metrics"] == ("f-ana-app",)
    assert name_flows(hits, "beyond-the-border")["delivery"] == (
        "f-del-courier-eu",
        "f-del-return",
    )
    assert name_flows(hits, "remnants-after-deletion") == {
        "s-core": ("f-ord-delete",),
        "s-edu": ("f-edu-delete",),
        "s-hr": ("f-hr-delete",),
    }


def test_the_feared_events_of_cnil_are_those_of_its_method() -> None:
    told = dict(
        re.findall(r"([a-z, ]+) (?:are|is) \*([a-z ]+)\*", DOCS.partition("three feared events")[2])
    )
    kinds = KNOWLEDGE.methods["cnil"].events

    assert {
        name.replace(" ", "-"): set(re.split(r", | and ", events.strip(", ")))
        for events, name in told.items()
    } == {name: set(kind.events) for name, kind in kinds.items()}


def test_what_the_worked_case_does_not_show_fires_elsewhere(make_case: Callable[..., Case]) -> None:
    case = make_case(
        regimes=("cn-pipl", "eu-gdpr"),
        activities=[
            {"id": "care"},
            {"id": "loan", "minors": "yes", "automated_decision": "profiling"},
        ],
        items=[
            {"id": "i-record", "activity": "care", "category": "health.record"},
            {"id": "i-face", "activity": "care", "category": "biometric.face"},
            {"id": "i-kin", "activity": "loan", "category": "relation.family"},
        ],
        parties=[
            {"id": "patient", "role": "subject", "country": "DE"},
            {"id": "lab", "role": "recipient", "country": "IN"},
        ],
        systems=[{"id": "s-de", "kind": "database", "country": "DE"}],
        flows=[
            {"id": "f-1", "activity": "care", "stage": "use", "source": "s-de",
             "target": "patient", "items": "i-record", "channel": "sms"},
            {"id": "f-2", "activity": "care", "stage": "provide", "source": "s-de",
             "target": "lab", "items": "i-record", "channel": "post", "transport": "physical"},
            {"id": "f-3", "activity": "loan", "stage": "collect", "source": "patient",
             "target": "s-de", "items": "i-kin", "transport": "tls1.3"},
        ],
    )  # fmt: skip
    found = {(hit.rule.id, hit.id): hit.flows for hit in run_rules(case)}

    silent = {rule for rule, ids in KEY.items() if not ids}
    assert {key: flows for key, flows in found.items() if key[0] in silent} == {
        ("presence-reveals", "care"): ("f-1",),
        ("biometrics-for-life", "care"): ("f-1",),
        ("foreign-authorities", "care"): ("f-2",),
        ("lost-on-the-way", "lab"): ("f-2",),
        ("others-swept-in", "loan"): ("f-3",),
        ("minors-profiled", "loan"): (),
    }


def test_exposures_are_no_findings_of_the_ledger(hits: Hits) -> None:
    rules: dict[str, Rule] = {found.rule.id: found.rule for found in hits.found}

    assert {rule.kind for id, rule in rules.items() if id in KEY} == {"exposure"}


def test_worse_transport_more_persons_and_sensitive_items_silence_no_exposure(hits: Hits) -> None:
    case = read_case(ROOT / "data" / "marketplace")
    flows = case.frames["flows"]
    worse = flows.assign(
        transport=flows["transport"].where(flows["transport"] == "physical", "plain"),
        persons=flows["persons"] * 10,
        items=flows["items"].fillna("") + ";i-checkup",
    )
    ladder = {"scale-and-incidents-medium", "scale-and-incidents-low"}  # give way to a higher step

    after = {hit.risk for hit in run_rules(replace(case, frames={**case.frames, "flows": worse}))}

    told = {hit.risk for hit in hits if hit.rule.kind == "exposure" and hit.rule.id not in ladder}
    assert sorted(told - after) == []


def test_the_example_of_the_how_to_speaks_in_the_next_run_of_a_case(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "how-to-add-a-rule.md").read_text("utf-8")
    copy = tmp_path / "marketplace"
    shutil.copytree(ROOT / "data" / "marketplace", copy)
    (copy / "packs" / "rules").mkdir(parents=True)
    text = page.partition("```yaml\n")[2].partition("```")[0]
    (copy / "packs" / "rules" / "shop.yaml").write_text(text, encoding="utf-8")

    assert [str(issue) for issue in check_packs(copy / "packs").issues] == []
    rule = load_knowledge(copy / "packs").rules["addresses-by-mail"]
    assert check_rules(replace(KNOWLEDGE, rules={rule.id: rule})) == []
    assessment = assess_risks(read_case(copy)).to_dict()
    own = [risk for risk in assessment["risks"] if risk["rule"] == "addresses-by-mail"]

    assert [risk["id"] for risk in own] == ["addresses-by-mail@flows/f-mkt-mail"]
    assert "“个性化推荐与营销”" in own[0]["because"][0]["text_zh"]
    assert own[0]["linddun"] == ["data-disclosure"]
    assert own[0]["factors"] == ["life-cycle-rules"]
