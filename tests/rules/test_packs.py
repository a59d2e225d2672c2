"""Every rule of every pack is put to its own examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest

from piaskit.case import Case
from piaskit.knowledge import Rule, load_knowledge
from piaskit.rules.engine import ask_rule, find_fields
from piaskit.rules.facts import VIEWS, open_facts

KNOWLEDGE = load_knowledge()
RULES = sorted(KNOWLEDGE.rules.values(), key=lambda rule: rule.id)
named = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
BLANK = {"BOOLEAN": "false", "VARCHAR[]": "[]", "BIGINT": "NULL"}


@pytest.fixture
def facts(make_case: Callable[..., Case]) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = open_facts(make_case())
    yield connection
    connection.close()


def fires(facts: duckdb.DuckDBPyConnection, rule: Rule, example: dict[str, Any]) -> bool:
    """Put a rule to one row; a column the row leaves out is false, an empty list, or blank."""
    view = VIEWS[rule.about]
    columns = facts.execute(f"DESCRIBE {view}").fetchall()
    unknown = set(example) - {column[0] for column in columns}
    assert not unknown, f"{rule.id}: no column {unknown} in {view}"
    cells = ", ".join(
        f'CAST({"?" if name in example else BLANK.get(kind, "NULL")} AS {kind}) AS "{name}"'
        for name, kind, *_ in columns
    )
    values = [example[column[0]] for column in columns if column[0] in example]
    found = facts.execute(f"WITH {view} AS (SELECT {cells}) {ask_rule(facts, rule)}", values)
    return [row[0] for row in found.fetchall()] == [example["id"]]


@named
def test_a_rule_fires_on_its_examples_and_stays_silent_on_the_others(
    rule: Rule, facts: duckdb.DuckDBPyConnection
) -> None:
    assert rule.examples.fires
    assert rule.examples.silent
    for example in rule.examples.fires:
        assert fires(facts, rule, example), example
    for example in rule.examples.silent:
        assert not fires(facts, rule, example), example


@named
def test_a_rule_names_each_extent_clause_and_remedy_in_both_languages(rule: Rule) -> None:
    regimes = {KNOWLEDGE.regulations[clause.partition(" ")[0]].regime for clause in rule.clauses}

    assert set(rule.meets) == {"none", "incomplete", "some", "effective"}
    assert regimes == set(rule.regimes), (
        "each regime of a rule has a clause to show, and only those"
    )
    assert sorted(find_fields(rule.message.en)) == sorted(find_fields(rule.message.zh))
    assert rule.title is not None
    assert rule.remedy


def test_the_gap_rules_are_those_of_the_documentation() -> None:
    gaps = {rule.id for rule in RULES if rule.kind == "gap"}

    assert gaps == {
        "never-deleted", "no-legal-basis", "not-in-notice", "children-without-guardian-consent",
        "automated-decision-without-opt-out", "request-overdue", "retention-not-stated",
        "retention-without-start", "collected-never-used", "provided-without-separate-consent",
        "disclosed-without-separate-consent", "export-without-mechanism",
        "export-without-separate-consent", "sensitive-over-plain-transport",
        "entrusted-without-contract", "processor-not-supervised", "contract-expired",
        "sensitive-stored-unencrypted", "important-system-not-evaluated",
        "children-without-officer",
    }  # fmt: skip


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
    for rule in RULES:
        levels = [order.index(rule.meets[e]) for e in ("none", "incomplete", "some", "effective")]

        assert levels == sorted(levels, reverse=True), rule.id
        if rule.kind == "exposure" and rule.source != "business-scale":
            assert levels[0] >= 2, rule.id
            assert levels[-1] == 0, rule.id
