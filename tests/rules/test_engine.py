"""Rules run locked up: what is refused, what is stopped, and that the others go on."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from piaskit.case import Case, read_case
from piaskit.errors import InvalidData, Issue
from piaskit.knowledge import Rule, Text, load_knowledge
from piaskit.rules import Facts, engine, guard, open_facts, put_rules, run_rules
from piaskit.rules.engine import _HINTS, name_columns
from piaskit.rules.guard import (
    asks_by_row,
    read_questions,
    require_question,
    split_question,
    take_questions,
)

ACTIVITIES = [{"id": "a", "title": "Orders", "title_zh": "订单"}, {"id": "b", "title": "Posts"}]


FLOW = Text(en="{activity_title}", zh="{activity_title}")


def make_rule(id: str = "own-rule", **changes: Any) -> Rule:
    base = load_knowledge().rules["no-legal-basis"]
    asked = {"where": None, "query": None, **changes}
    return base.model_copy(update={"id": id, "about": "activity", **asked})


@pytest.fixture
def facts(make_case: Callable[..., Case]) -> Iterator[Facts]:
    opened = open_facts(make_case(activities=ACTIVITIES))
    yield opened
    opened.close()


REFUSED = [
    ({"query": "select content as id from read_text('x')"}, "may not read from read_text()"),
    ({"where": "id in (select content from read_csv('x.csv'))"}, "may not read from read_csv()"),
    ({"query": "from duckdb_settings()"}, "may not read from duckdb_settings()"),
    ({"query": "set threads = 4"}, "a rule is a single SELECT"),
    ({"query": "select id from activity_facts; drop table flows"}, "a rule is a single SELECT"),
    ({"query": "copy flows to 'out.csv'"}, "a rule is a single SELECT"),
    ({"query": "attach 'x.db'"}, "a rule is a single SELECT"),
    ({"query": "with x as (insert into flows select * from flows) select id from activity_facts"},
     "a rule is a single SELECT"),
    ({"query": "summarize flows"}, "a rule is a single SELECT"),
    ({"where": "true) union select (true"}, "`where` must be one SQL expression"),
    ({"where": "true; drop table flows"}, "`where` must be one SQL expression"),
    ({"where": "length(repeat('x', 3000000000)) > 1"}, "may not call repeat()"),
    ({"where": "len(range(3000000000)) > 1"}, "may not call range()"),
    ({"where": "random() < 0.5"}, "may not call random()"),
    ({"where": "reviewed_on < now()"}, "may not call now()"),
    ({"where": "reviewed_on < current_date"}, "may not ask for current_date; use as_of"),
    ({"where": "getenv('HOME') = 'x'"}, "may not call getenv()"),
    ({"query": "select id from activity_facts using sample 1"}, "may not draw a sample"),
    ({"query": "select id from activity_facts where id = $1"}, "a rule has no parameters"),
    ({"query": "select title from activity_facts"}, "a query must return a column id"),
    ({"where": "true", "message": Text(en="{nonsense}", zh="-")},
     "the message names nonsense, which activity_facts does not have"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "why"), REFUSED, ids=[why for _, why in REFUSED])
def test_a_rule_that_may_not_be_is_refused_with_the_reason(
    facts: Facts, changes: dict[str, Any], why: str
) -> None:
    hits, [issue] = put_rules(facts, [make_rule(**changes)])

    assert len(hits) == 0
    assert issue.slug == "rule-forbidden"
    assert issue.message.startswith("rule own-rule was refused: ")
    assert why in issue.message


def test_the_lock_holds_even_where_the_guard_is_not_asked(facts: Facts, tmp_path: Path) -> None:
    with pytest.raises(duckdb.PermissionException):
        facts.execute("SELECT * FROM read_text('/etc/hostname')")
    with pytest.raises(duckdb.PermissionException):
        facts.execute(f"COPY flows TO '{tmp_path / 'out.csv'}'")
    with pytest.raises(duckdb.InvalidInputException, match="locked"):
        facts.execute("SET enable_external_access = true")


def test_no_bar_is_drawn_into_an_answer_where_python_has_no_file() -> None:
    """In a notebook, as below ``-c``, DuckDB draws one to standard output after two seconds."""
    script = (
        "from piaskit.knowledge import load_knowledge\n"
        "from piaskit.rules import make_blank_case, open_facts\n"
        "with open_facts(make_blank_case(load_knowledge())) as facts:\n"
        "    asked = facts.execute(\"SELECT current_setting('enable_progress_bar')\")\n"
        "    print(asked.fetchall())\n"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("[(False,)]\n", "")


def test_a_python_variable_is_no_table(facts: Facts) -> None:
    secret = pd.DataFrame({"id": ["a"]})

    hits, [issue] = put_rules(facts, [make_rule(query="select id from secret")])

    assert len(secret) == 1
    assert len(hits) == 0
    assert issue.slug == "rule-sql"
    assert "Table with name secret does not exist" in issue.message


def test_a_rule_that_loops_is_stopped_and_the_others_go_on(
    facts: Facts,
) -> None:
    endless = (
        "with recursive r(n) as (select 1 union all select n + 1 from r) select n as id from r"
    )
    rules = [make_rule("endless", query=endless), make_rule("sound", where="id = 'a'")]

    begun = time.monotonic()
    hits, [issue] = put_rules(facts, rules, seconds=0.3)

    assert time.monotonic() - begun < 60
    assert (issue.slug, issue.message) == (
        "rule-timeout",
        "rule endless was stopped after 0.3 seconds",
    )
    assert [hit.risk for hit in hits] == ["sound@activities/a"]


def test_a_rule_that_eats_memory_is_stopped_and_the_others_go_on(
    facts: Facts,
) -> None:
    greedy = (
        "select max(len(l))::varchar as id from (select list(a.range) as l "
        "from range(100000) a, range(100000) b group by b.range)"
    )
    rules = [make_rule("greedy", query=greedy), make_rule("sound", where="id = 'a'")]

    hits, [issue] = put_rules(facts, rules, seconds=60)

    assert (issue.slug, issue.message) == (
        "rule-memory",
        "rule greedy wanted more memory than a rule may have",
    )
    assert [hit.risk for hit in hits] == ["sound@activities/a"]


def test_bad_sql_is_told_with_the_rule_and_where_to_look(facts: Facts) -> None:
    _, [issue] = put_rules(facts, [make_rule(where="persns > 3")])

    assert issue.slug == "rule-sql"
    assert str(issue).startswith("rules, own-rule: rule own-rule is no valid SQL: ")
    assert 'Referenced column "persns" not found' in issue.message
    assert issue.hint == "docs/facts.md lists the views and their columns"


def test_conditions_put_together_find_what_each_finds_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = read_case(Path(__file__).parents[2] / "data/marketplace")
    case.frames["flows"] = case.frames["flows"].iloc[::-1].reset_index(drop=True)
    rules = list(case.knowledge.rules.values())

    with open_facts(case) as facts:
        together, no_issues = put_rules(facts, rules)
        monkeypatch.setattr("piaskit.rules.engine.asks_by_row", lambda *_: False)
        alone, issues = put_rules(facts, rules)

    assert (no_issues, issues) == ([], [])
    assert [hit.risk for hit in together] == [hit.risk for hit in alone]
    assert [part.facts.to_pydict() for part in together.found] == [
        part.facts.to_pydict() for part in alone.found
    ]
    assert [(hit.activities, hit.flows) for hit in together] == [
        (hit.activities, hit.flows) for hit in alone
    ]


@pytest.mark.parametrize(
    "more",
    [
        "select distinct id, stores as flows from party_facts where reached",
        "select p.id, p.stores as flows from party_facts p where reached",
        "select id, stores as flows, stores as flows from party_facts where reached",
        "select id, stores as flows from party_facts where reached order by id limit 1",
        "select id, stores as flows from party_facts where reached union select 'a', []",
        "select id, list_sort(stores) as flows from party_facts where reached",
    ],
)
def test_a_question_that_does_more_than_choose_rows_is_put_alone(more: str) -> None:
    assert split_question(more) is None


def test_of_conditions_put_together_only_the_one_that_fails_is_named(facts: Facts) -> None:
    rules = [
        make_rule("first", where="id = 'a'"),
        make_rule("no-number", where="CAST(title AS INTEGER) > 3"),
        make_rule("third", where="id <> 'a'"),
    ]

    hits, [issue] = put_rules(facts, rules)

    assert (issue.slug, issue.place.column) == ("rule-sql", "no-number")
    assert [hit.risk for hit in hits] == ["first@activities/a", "third@activities/b"]


BY_ROW = [
    ("title like 'O%' and not (id = 'b' or purpose is null)", True),
    ("TITLE in ('Orders') or id between 'a' and 'b' or coalesce(lower(title), '') <> ''", True),
    ("case when id = 'a' then true end", True),
    ("id in (select id from activity_facts)", False),
    ("unnest([true, true])", False),
    ("count(*) > 1", False),
    ("row_number() over () = 1", False),
    ("len(list_filter(['x'], x -> x = 'y')) = 0", False),
    ("activity_facts.id = 'a'", False),
    ('"rule 0"', False),
]


@pytest.mark.parametrize(("where", "by_row"), BY_ROW, ids=[where for where, _ in BY_ROW])
def test_only_what_each_row_decides_is_put_together(facts: Facts, where: str, by_row: bool) -> None:
    named = require_question(facts.connection, f"SELECT id FROM activity_facts WHERE ({where})")

    assert asks_by_row(named, facts.describe("activity_facts")) == by_row


def test_questions_read_elsewhere_are_not_read_again_and_forbidden_ones_stay_so(
    facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = "SELECT id FROM activity_facts WHERE (id = 'a')", "COPY activity_facts TO 'x'"
    monkeypatch.setattr(guard, "_ACCEPTED", {("of a case", None): None})
    read = read_questions([(good, None), (bad, None), ("SELEC", None)])
    assert read == {(good, None): frozenset({"id"})}

    monkeypatch.setattr(guard, "_ACCEPTED", {})
    take_questions(read)
    monkeypatch.setattr(guard, "_read_question", lambda *_: pytest.fail("read again"))
    assert require_question(facts.connection, good) == {"id"}


def test_a_query_cannot_name_subjects_that_do_not_exist(facts: Facts) -> None:
    asked = "select unnest(['ghost', 'b', 'b', null]) as id"

    hits, issues = put_rules(facts, [make_rule(query=asked)])

    assert issues == []
    assert [hit.id for hit in hits] == ["b"]


def test_a_message_takes_the_title_of_its_language_and_expands_nothing(
    make_case: Callable[..., Case],
) -> None:
    words = Text(en="{title}: {persons} of {purpose}", zh="{title}：{persons}，{purpose}")
    rule = make_rule(where="true", message=words)
    case = make_case(
        activities=[
            {"id": "a", "title": "Orders {persons!r:>99}", "title_zh": "订单", "persons": 7}
        ],
        rules={rule.id: rule},
    )

    [hit] = run_rules(case)

    assert hit.tell("en", case.knowledge.labels) == "Orders {persons!r:>99}: 7 of (not stated)"
    assert hit.tell("zh", case.knowledge.labels) == "订单：7，（未填写）"


def test_a_failing_rule_raises_unless_a_list_takes_the_issue(
    make_case: Callable[..., Case],
) -> None:
    rules = {"bad": make_rule("bad", where="nonsense"), "good": make_rule("good", where="true")}
    case = make_case(activities=ACTIVITIES, rules=rules)
    issues: list[Issue] = []

    with pytest.raises(InvalidData, match="rule bad is no valid SQL"):
        run_rules(case)
    assert [hit.rule.id for hit in run_rules(case, issues=issues)] == ["good", "good"]
    assert [issue.slug for issue in issues] == ["rule-sql"]


def test_a_hit_names_its_activities_and_the_flows_of_its_stages(
    make_case: Callable[..., Case],
) -> None:
    case = make_case(
        activities=ACTIVITIES,
        parties=[{"id": "p", "role": "processor", "country": "CN"}],
        flows=[
            {"id": "f-2", "activity": "b", "stage": "store", "target": "p"},
            {"id": "f-1", "activity": "a", "stage": "use", "source": "p", "target": "p"},
        ],
    )

    hits = {hit.risk: hit for hit in run_rules(case)}

    hit = hits["entrusted-without-contract@parties/p"]
    assert (hit.activities, hit.flows) == (("a", "b"), ("f-1", "f-2"))
    assert hits["no-legal-basis@activities/a"].flows == ("f-1",)


def test_hits_come_sorted_by_rule_table_and_id(make_case: Callable[..., Case]) -> None:
    hits = run_rules(make_case(activities=ACTIVITIES[::-1]))

    keys = [(hit.rule.id, hit.table, hit.id) for hit in hits]
    assert keys == sorted(keys)
    assert {hit.rule.kind for hit in hits} == {"gap", "exposure"}


def test_a_hundred_thousand_flows_are_asked_within_the_time_and_memory_of_a_rule(
    make_case: Callable[..., Case],
) -> None:
    case = make_case(
        activities=[{"id": f"a-{n}", "legal_basis": "cn-pipl.consent"} for n in range(50)],
        items=[
            {"id": f"i-{n}", "activity": f"a-{n % 50}", "category": "health.record"}
            for n in range(200)
        ],
        parties=[{"id": f"p-{n}", "role": "recipient", "country": "CN"} for n in range(20)],
    )
    count = 100_000
    numbers = pd.Series(range(count))
    blank = case.frames["flows"].reindex(range(count))
    case.frames["flows"] = blank.assign(
        id="f-" + numbers.astype("str"),
        activity="a-" + (numbers % 50).astype("str"),
        stage="provide",
        target="p-" + (numbers % 20).astype("str"),
        items="i-" + (numbers % 200).astype("str"),
        transport="plain",
    )

    hits = run_rules(case, ("gap",))

    assert sum(hit.rule.id == "sensitive-over-plain-transport" for hit in hits) == count
    assert sum(hit.rule.id == "provided-without-separate-consent" for hit in hits) == count


def test_every_slug_of_a_failing_rule_is_explained() -> None:
    page = (Path(__file__).parents[2] / "docs/errors.md").read_text("utf-8")

    for slug in _HINTS:
        assert f"### `{slug}`\n" in page


def test_columns_that_no_rule_names_are_not_derived_and_the_hits_stay_the_same() -> None:
    case = read_case(Path(__file__).parents[2] / "data/marketplace")
    rules = [rule for rule in case.knowledge.rules.values() if rule.kind == "gap"]

    with open_facts(case) as facts:
        whole = facts.describe("activity_facts")
        expected, _ = put_rules(facts, rules)
    with open_facts(case, wanted=name_columns(rules)) as facts:
        needed = facts.describe("activity_facts")

    assert [hit.risk for hit in expected] == [hit.risk for hit in run_rules(case, ("gap",))]
    assert set(whole) > set(needed) > {"id", "title", "legal_basis"}


def test_facts_that_no_rule_asks_for_are_not_derived(make_case: Callable[..., Case]) -> None:
    case = make_case(activities=ACTIVITIES, rules={"one": make_rule("one", where="title = 'x'")})

    with open_facts(case, wanted=name_columns(case.knowledge.rules.values())) as facts:
        found = {row[0] for row in facts.execute("SHOW TABLES").fetchall()}

    assert {"activity_facts", "flow_rows"} <= found
    assert not {"access_facts", "people", "party_facts"} & found


def test_a_condition_may_name_columns_in_any_case(make_case: Callable[..., Case]) -> None:
    rules = [
        make_rule("shouted", where="TITLE = 'Orders'"),
        make_rule("flow", about="flow", where="List_Contains(CONSENT, 'separate')", message=FLOW),
    ]
    case = make_case(
        activities=ACTIVITIES,
        flows=[{"id": "f", "activity": "a", "stage": "provide", "consent": "general;separate"}],
        rules={rule.id: rule for rule in rules},
    )

    assert [hit.risk for hit in run_rules(case)] == ["flow@flows/f", "shouted@activities/a"]


def test_a_condition_cannot_name_a_column_that_only_the_table_has(facts: Facts) -> None:
    _, [issue] = put_rules(facts, [make_rule(about="flow", where="notes = 'x'", message=FLOW)])

    assert issue.slug == "rule-sql"


def test_a_rule_that_takes_all_columns_gets_all() -> None:
    assert {"id", "title", "title_en", "title_zh"} <= (name_columns([make_rule(where="id")]) or ())
    for query in (
        "select id from (select * from flow_facts)",
        "select id from flow_facts natural join activity_facts",
    ):
        assert name_columns([make_rule(), make_rule(query=query)]) is None


@pytest.mark.parametrize("tables", [{}, {"activities": ACTIVITIES, "roles": [{"id": "r"}]}])
def test_rules_without_a_subject_are_not_put_and_would_find_nothing(
    make_case: Callable[..., Case], monkeypatch: pytest.MonkeyPatch, tables: dict[str, Any]
) -> None:
    case = make_case(**tables)
    put: list[str] = []

    def note(facts: Facts, rules: Sequence[Rule], seconds: float) -> Any:
        put.extend(rule.about for rule in rules)
        return put_rules(facts, rules, seconds)

    monkeypatch.setattr(engine, "put_rules", note)
    kinds = ("gap", "exposure", "need", "proof")
    rules = [r for r in case.knowledge.rules.values() if r.kind in kinds and "cn-pipl" in r.regimes]
    with open_facts(case) as facts:
        every, _ = put_rules(facts, rules)

    assert [hit.risk for hit in every] == [hit.risk for hit in run_rules(case, kinds)]
    assert set(put) == {"organisation", *(["activity"] if tables else [])}
    assert len(run_rules(case, ("need",), about=("safeguard",))) == 0


def test_a_rule_of_own_packs_is_told_to_fail_even_without_a_subject(
    make_case: Callable[..., Case],
) -> None:
    issues: list[Issue] = []

    run_rules(make_case(rules={"own": make_rule(where="nothing > 1")}), issues=issues)

    assert [issue.slug for issue in issues] == ["rule-sql"]
