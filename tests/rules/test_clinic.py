"""A case that is not the worked one, with its own key: what fires, and nothing else."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import yaml

from piaskit import build_ledger, read_case
from piaskit.case import TABLES

CLINIC = yaml.safe_load((Path(__file__).parent / "clinic.yaml").read_text("utf-8"))


def write_case(folder: Path, clinic: dict[str, Any]) -> Path:
    (folder / "inventory").mkdir(parents=True)
    text = yaml.safe_dump(clinic["case"], allow_unicode=True)
    (folder / "case.yaml").write_text(text, encoding="utf-8")
    for name, rows in clinic["tables"].items():
        path = folder / "inventory" / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, TABLES[name].names)
            writer.writeheader()
            writer.writerows(rows)
    return folder


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    case = read_case(write_case(tmp_path_factory.mktemp("cases") / "clinic", CLINIC))
    ledger = build_ledger(case)
    assert ledger.issues == ()
    found: dict[str, list[str]] = {}
    for finding in ledger.to_dict()["findings"]:
        found.setdefault(finding["slug"], []).append(finding["subject"]["id"])
    return found


def test_the_ledger_of_the_clinic_equals_its_key(found: dict[str, list[str]]) -> None:
    assert {rule: sorted(ids) for rule, ids in CLINIC["findings"].items()} == found


def test_every_gap_rule_fires_on_one_of_the_two_cases(found: dict[str, list[str]]) -> None:
    key = Path(__file__).parents[1] / "keys" / "marketplace.yaml"
    worked = {f["rule"] for f in yaml.safe_load(key.read_text("utf-8"))["findings"]}
    knowledge = read_case(Path(__file__).parents[2] / "data" / "marketplace").knowledge
    gaps = {rule.id for rule in knowledge.rules.values() if rule.kind == "gap"}

    assert gaps - worked - set(found) == {"country-not-stated"} - set(found)
