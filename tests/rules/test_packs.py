"""Every rule of every pack is put to its own examples."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from piaskit.knowledge import Rule, load_knowledge
from piaskit.knowledge.records import Examples
from piaskit.rules import check_rules
from piaskit.rules.engine import find_fields
from piaskit.rules.facts import VIEWS

DOCS = Path(__file__).parents[2] / "docs" / "rules.md"
KNOWLEDGE = load_knowledge()
RULES = sorted(KNOWLEDGE.rules.values(), key=lambda rule: rule.id)
named = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


def test_every_rule_fires_on_its_examples_and_stays_silent_on_the_others() -> None:
    assert check_rules(KNOWLEDGE) == []
    assert all(rule.examples.fires and rule.examples.silent for rule in RULES)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"where": "retention IS NOT NULL"},
            "rule-example: {row}, rules.retention-not-stated.examples.fires: rule "
            "retention-not-stated is silent on {'id': 'i-1'}",
        ),
        (
            {"examples": Examples(silent=({"id": "i", "colour": "red"},))},
            "rule-example: {row}, rules.retention-not-stated.examples.silent: rule "
            "retention-not-stated cannot be put to {'id': 'i', 'colour': 'red'}: "
            "'item_facts has no column colour'",
        ),
        (
            {"where": None, "query": "SELECT * FROM read_csv('x')", "examples": Examples()},
            "rule-forbidden: {row}, rules.retention-not-stated: rule "
            "retention-not-stated was refused",
        ),
    ],
)
def test_a_rule_that_belies_its_examples_or_cannot_run_is_told(
    change: dict[str, Any], told: str
) -> None:
    rule = KNOWLEDGE.rules["retention-not-stated"].model_copy(update=change)

    issues = check_rules(replace(KNOWLEDGE, rules={rule.id: rule}))

    place = KNOWLEDGE.found_in["rules", rule.id]
    told = told.replace("{row}", f"knowledge/rules/retention.yaml row {place.row}")
    assert f"{issues[0].slug}: {issues[0]}".startswith(told)


@named
def test_a_rule_names_each_extent_clause_and_remedy_in_both_languages(rule: Rule) -> None:
    regimes = {KNOWLEDGE.regulations[clause.partition(" ")[0]].regime for clause in rule.clauses}

    extents = {"none", "incomplete", "some", "effective"}
    assert set(rule.meets) == (extents if rule.kind in ("gap", "exposure") else set())
    assert regimes == set(rule.regimes), (
        "each regime of a rule has a clause to show, and only those"
    )
    assert sorted(find_fields(rule.message.en)) == sorted(find_fields(rule.message.zh))
    assert rule.title is not None
    assert rule.remedy or rule.kind == "proof"


def test_the_gap_rules_are_those_of_the_documentation_with_the_same_subject_and_clauses() -> None:
    rows = re.findall(
        r"^\| ([a-z-]+) \| (\w+) \| .* \| ([^|]+) \|$", DOCS.read_text("utf-8"), re.MULTILINE
    )
    told = {
        id: (about, tuple(clauses.split("; "))) for id, about, clauses in rows if about in VIEWS
    }
    gaps = {rule.id: (rule.about, rule.clauses) for rule in RULES if rule.kind == "gap"}

    assert told == gaps
    assert len(gaps) >= 42


def test_the_exposures_cover_all_six_security_events_and_all_four_dimensions() -> None:
    exposures = [rule for rule in RULES if rule.kind == "exposure"]

    assert {rule.event for rule in exposures} == {
        "access", "disclosure", "use", "modification", "damage", "loss", "none",
    }  # fmt: skip
    assert {rule.source for rule in exposures} == {
        "network-tech", "process", "people-third-parties", "business-scale",
    }  # fmt: skip


def test_an_exposure_falls_as_its_remedies_work_and_never_rises() -> None:
    order = ["low", "medium", "high", "very-high"]
    for rule in (rule for rule in RULES if rule.meets):
        levels = [order.index(rule.meets[e]) for e in ("none", "incomplete", "some", "effective")]

        assert levels == sorted(levels, reverse=True), rule.id
        if rule.kind == "exposure" and rule.source != "business-scale":
            assert levels[0] >= 2, rule.id
            assert levels[-1] == 0, rule.id
