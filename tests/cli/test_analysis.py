"""Ledger and assess on the command line: failing rules are told and end with 1."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from piaskit.cli import app

ROOT = Path(__file__).parents[2]
HOSTILE = {
    "cross-join": (
        "rule-timeout",
        "select a.id from item_facts a, range(1000000) b, range(1000000) c"
        " where (b.range * 7 + c.range * 11) % 1000003 = 1000002",
        "rule cross-join was stopped after 0.3 seconds",
    ),
    "drops-a-table": (
        "rule-forbidden",
        "select id from flow_facts; DROP TABLE flows",
        "rule drops-a-table was refused: a rule is a single SELECT",
    ),
    "endless": (
        "rule-timeout",
        "with recursive r(n) as (select 1 union all select n + 1 from r)"
        " select n::varchar as id from r",
        "rule endless was stopped after 0.3 seconds",
    ),
    "reads-a-file": (
        "rule-forbidden",
        "select content as id from read_text('/etc/hostname')",
        "rule reads-a-file was refused: a rule may not read from read_text()",
    ),
    "sets-an-option": (
        "rule-forbidden",
        "set memory_limit = '90GB'",
        "rule sets-an-option was refused: a rule is a single SELECT",
    ),
}


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the worked case with a pack of its own, whose rules do harm."""
    copy = tmp_path_factory.mktemp("hostile") / "market"
    shutil.copytree(ROOT / "data/marketplace", copy)
    sound = (ROOT / "src/piaskit/knowledge/rules/retention.yaml").read_text("utf-8")
    head, _, rest = sound.partition("rules:\n")
    body = rest[rest.index("  retention-not-stated:") :].partition("\n\n")[0]
    asked = 'where: "retention is null"'
    assert asked in body
    rules = [
        body.replace("retention-not-stated", name).replace(asked, f'query: "{query}"')
        for name, (_, query, _) in HOSTILE.items()
    ]
    own = copy / "packs" / "rules" / "own.yaml"
    own.parent.mkdir(parents=True)
    text = head.replace("id: retention", "id: own") + "rules:\n" + "\n".join(rules) + "\n"
    own.write_text(text, "utf-8")
    return copy


def run(*words: str | Path) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.mark.parametrize(("verb", "rows"), [("ledger", "findings"), ("assess", "risks")])
def test_a_rule_that_does_harm_is_stopped_and_named_while_the_others_go_on(
    verb: str, rows: str, case: Path
) -> None:
    usual = run(verb, ROOT / "data/marketplace", "--json")
    shown = run(verb, case, "--json", "--rule-seconds", "0.3")

    answer = json.loads(shown.stdout)
    told = {issue["column"].removeprefix("rules."): issue for issue in answer["issues"]}
    assert (usual.exit_code, shown.exit_code) == (0, 1)
    assert {name: slug for name, (slug, _, _) in HOSTILE.items()} == {
        name: issue["slug"] for name, issue in told.items()
    }
    for name, (_, _, message) in HOSTILE.items():
        assert told[name]["file"] == "packs/rules/own.yaml"
        assert told[name]["message"].endswith(f"rules.{name}: {message}")
        assert f"rules.{name}: {message}" in shown.stderr
    assert len(answer[rows]) == len(json.loads(usual.stdout)[rows])


def test_the_register_is_written_where_one_says(tmp_path: Path) -> None:
    file = tmp_path / "risks.json"

    done = run("assess", ROOT / "data/marketplace", "--register", file, "--json")

    assert done.exit_code == 0
    assert json.loads(file.read_text("utf-8"))["risks"] == json.loads(done.stdout)["risks"]


def test_a_register_that_cannot_be_written_is_told_in_a_line(tmp_path: Path) -> None:
    done = run("assess", ROOT / "data/marketplace", "--register", tmp_path / "risks.txt")

    assert done.exit_code == 1
    assert "risks.txt is no register, expected .json, .csv or .parquet" in done.stderr
