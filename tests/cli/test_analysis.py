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
ENDLESS = (
    "with recursive r(n) as (select 1 union all select n + 1 from r) select n::varchar as id from r"
)


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """Return the worked case with a pack of its own, whose one rule never ends."""
    copy = tmp_path / "market"
    shutil.copytree(ROOT / "data/marketplace", copy)
    rule = (ROOT / "src/piaskit/knowledge/rules/retention.yaml").read_text("utf-8")
    head, _, rest = rule.partition("rules:\n")
    body = rest[rest.index("  retention-not-stated:") :]
    body = body[: body.index("\n\n")] if "\n\n" in body else body
    body = body.replace("retention-not-stated", "endless")
    body = body.replace('where: "retention is null"', f'query: "{ENDLESS}"')
    assert "query" in body
    (copy / "packs" / "rules").mkdir(parents=True)
    own = copy / "packs" / "rules" / "own.yaml"
    own.write_text(head.replace("id: retention", "id: own") + "rules:\n" + body + "\n", "utf-8")
    return copy


def run(*words: str | Path) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.mark.parametrize(("verb", "rows"), [("ledger", "findings"), ("assess", "risks")])
def test_a_rule_that_never_ends_is_stopped_and_named_while_the_others_go_on(
    verb: str, rows: str, case: Path, tmp_path: Path
) -> None:
    usual = run(verb, ROOT / "data/marketplace", "--json")
    shown = run(verb, case, "--json", "--rule-seconds", "0.3")

    answer = json.loads(shown.stdout)
    [issue] = answer["issues"]
    assert (usual.exit_code, shown.exit_code) == (0, 1)
    assert issue["slug"] == "rule-timeout"
    assert issue["file"] == "packs/rules/own.yaml"
    told = "rules.endless: rule endless was stopped after 0.3 seconds"
    assert issue["message"].endswith(told)
    assert told in shown.stderr
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
