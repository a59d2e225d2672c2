"""Incidents told in prose, their facts filled in from the prose and their verdicts argued cold."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from piaskit.incident import decide_incident, read_facts
from piaskit.knowledge import load_knowledge

COLD = Path(__file__).parent / "cold"
VERDICTS = sorted(COLD.glob("*.verdict.yaml"))


@pytest.mark.parametrize("path", VERDICTS, ids=lambda path: path.name[:2])
def test_the_engine_decides_as_the_cold_verdict_argues(path: Path) -> None:
    knowledge = load_knowledge()
    facts = read_facts(path.with_name(f"{path.name[:2]}.facts.yaml"), knowledge)
    found = {duty["id"]: duty for duty in decide_incident(facts, knowledge).to_dict()["duties"]}
    wanted: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))["duties"]

    decided = {id: found[id]["decision"] for id in wanted}
    assert decided == {id: verdict["decision"] for id, verdict in wanted.items()}
    for id, verdict in wanted.items():
        if "deadline" in verdict:
            due = datetime.fromisoformat(found[id]["deadline"])
            assert due == datetime.fromisoformat(verdict["deadline"]), id


def test_there_are_ten_cold_incidents_of_each_law() -> None:
    regimes = [yaml.safe_load(path.read_text("utf-8"))["regimes"] for path in VERDICTS]

    assert len(regimes) == 20
    assert sum("eu-gdpr" in named for named in regimes) >= 10
    assert sum("cn-pipl" in named for named in regimes) >= 10
