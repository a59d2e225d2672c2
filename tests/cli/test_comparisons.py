"""diff on the command line: exit codes, JSON, words, and folders that are no case."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from piaskit import read_case
from piaskit.cli import app
from piaskit.publication.inputs import digest_inputs, keep_inputs
from piaskit.publication.seal import seal_edition

MARKETPLACE = Path(__file__).parents[2] / "data" / "marketplace"


def run(*words: str | Path) -> Any:
    return CliRunner().invoke(app, ["diff", *map(str, words)])


@pytest.fixture(scope="module")
def weaker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    case = tmp_path_factory.mktemp("diff") / "weaker"
    shutil.copytree(MARKETPLACE, case)
    (case / "evidence" / "tls-scan-2026-08.txt").unlink()
    return case


def test_equal_cases_exit_0_and_say_so() -> None:
    done = run(MARKETPLACE, MARKETPLACE, "--lang", "en", "--fail-on", "low")

    assert done.exit_code == 0
    assert "The inventory did not change." in done.stdout
    assert "No risk is new, gone, raised or lowered." in done.stdout


def test_a_raised_risk_at_the_level_exits_1_and_json_has_the_keys_of_the_contract(
    weaker: Path,
) -> None:
    done = run(MARKETPLACE, weaker, "--fail-on", "severe", "--json")

    answer = json.loads(done.stdout)
    assert done.exit_code == 1
    assert {"new", "gone", "raised", "lowered"} <= set(answer["risks"])
    first = answer["risks"]["raised"][0]
    assert {"id", "from", "to", "why"} <= set(first)
    assert answer["inventory"]["counts"]["safeguard"]["changed"] == 1


def test_the_words_are_those_of_the_language_asked_for(weaker: Path) -> None:
    done = run(MARKETPLACE, weaker, "--lang", "zh")

    assert done.exit_code == 0
    assert "安全措施（1）" in done.stdout
    assert "等级上升的风险" in done.stdout


def test_without_risks_only_the_inventory_is_told(weaker: Path) -> None:
    done = run(MARKETPLACE, weaker, "--inventory-only", "--lang", "en")

    assert done.exit_code == 0
    assert "Risks" not in done.stdout
    assert run(MARKETPLACE, weaker, "--inventory-only", "--fail-on", "low").exit_code == 2


def seal(case: Path, report: Path) -> Path:
    """An internal edition of a case, without its reports."""
    data = read_case(case)
    inputs = digest_inputs(data)
    keep_inputs(data, inputs, None, report / "internal")
    head = {"piaskit": "0", "schema": 1, "as_of": data.as_of.isoformat(), "seed": 1}
    seal_edition(report, head, options={}, found="", inputs=inputs, packs=[])
    return report


def test_an_edition_is_compared_by_the_inputs_that_it_keeps(weaker: Path, tmp_path: Path) -> None:
    old = seal(MARKETPLACE, tmp_path / "old-report")
    new = seal(weaker, tmp_path / "new-report")

    options = ("--inventory-only", "--json")
    cases = run(MARKETPLACE, weaker, *options)
    assert run(old, new, *options).stdout == cases.stdout
    assert run(old / "internal", weaker, *options).stdout == cases.stdout


def test_an_edition_without_inputs_is_refused_with_the_way_out(tmp_path: Path) -> None:
    report = tmp_path / "shop-report"
    report.mkdir()
    manifest = {"as_of": "2026-01-31", "inputs": [], "files": {}}
    (report / "manifest.json").write_text(json.dumps(manifest))

    done = run(report, MARKETPLACE)

    assert done.exit_code == 1
    assert done.stderr.splitlines() == [
        "shop-report: is an edition that does not keep what it was made from "
        "(give the internal edition, or the case folder)"
    ]
