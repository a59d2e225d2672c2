"""Scenarios for IcebergTTX: a tree in which every way of the scenario is one path."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from piaskit.errors import InvalidData
from piaskit.knowledge import Knowledge, load_knowledge
from piaskit.tabletop import export_scenario
from piaskit.tabletop.icebergttx import unfold_scenario

SCENARIOS = sorted(load_knowledge().scenarios)
SAMPLE = (
    Path(__file__).parents[3] / "shared" / "data" / "interop" / "icebergttx" / "vendor_outage.json"
)


def list_targets(node: dict[str, Any]) -> list[str]:
    own = [node["next_inject_id"]] if "next_inject_id" in node else []
    return own + [option["next_inject_id"] for option in node["options"]]


@pytest.mark.parametrize("id", SCENARIOS)
def test_every_target_exists_everything_is_reached_and_nothing_leads_back(
    id: str, knowledge: Knowledge
) -> None:
    tree = unfold_scenario(knowledge.scenarios[id], "zh")
    nodes = {node["id"]: node for node in tree["injects"]}
    assert len(nodes) == len(tree["injects"])
    teams = {team["id"] for team in tree["participant_teams"]}

    met: set[str] = set()
    ways = [(tree["start_inject_id"], frozenset[str]())]
    while ways:
        id_, above = ways.pop()
        assert id_ not in above
        assert set(nodes[id_]["target_teams"]) <= teams
        if id_ not in met:
            met.add(id_)
            ways += [(target, above | {id_}) for target in list_targets(nodes[id_])]
    assert met == set(nodes)


def test_a_branch_depends_on_what_was_decided_before(knowledge: Knowledge) -> None:
    tree = unfold_scenario(knowledge.scenarios["open-storage-bucket"], "en")
    nodes = {node["id"]: node for node in tree["injects"]}

    def follow(**chosen: str) -> list[str]:
        path, id = [], tree["start_inject_id"]
        while list_targets(nodes[id]):
            path.append(id.split("__")[0])
            options = {o["id"]: o["next_inject_id"] for o in nodes[id]["options"]}
            pick = chosen.get(path[-1].removeprefix("decide_"))
            id = options[pick or next(iter(options))] if options else nodes[id]["next_inject_id"]
        return path

    assert "access-log" in follow()
    assert "no-log" in follow(close="delete-bucket")
    assert "publish-hostile" in follow(researcher="threaten")
    assert "publish-hostile" not in follow(close="delete-bucket")


def test_the_right_option_is_the_expected_action(knowledge: Knowledge) -> None:
    scenario = knowledge.scenarios["late-processor"]
    tree = unfold_scenario(scenario, "zh")
    node = next(n for n in tree["injects"] if n["id"] == "decide_authority")

    right = scenario.decisions["authority"].options["now-in-own-name"].title.zh
    assert node["expected_actions"] == [right]
    assert len(node["options"]) == 4


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample is not here")
def test_keys_are_those_of_a_sample_of_the_format(knowledge: Knowledge) -> None:
    sample = json.loads(SAMPLE.read_text("utf-8"))
    tree = unfold_scenario(knowledge.scenarios["late-processor"], "en")

    assert set(tree) == set(sample)
    for node in sample["injects"]:
        assert set(node) - {"triggers_communications"} <= set(tree["injects"][0]) | {"options"}
    option = sample["injects"][0]["options"][0]
    decided = next(node for node in tree["injects"] if node["options"])
    assert set(decided["options"][0]) == set(option)


def test_the_file_is_json_and_tells_what_is_lost(knowledge: Knowledge, tmp_path: Path) -> None:
    scenario = knowledge.scenarios["silent-export"]
    answer = export_scenario(scenario, tmp_path / "out" / "s.json", "en")

    tree = json.loads((tmp_path / "out" / "s.json").read_text("utf-8"))
    assert len(tree["injects"]) == answer["injects"]
    assert "truth" in answer["lost"]
    (tmp_path / "file").touch()
    with pytest.raises(InvalidData, match="cannot be written"):
        export_scenario(scenario, tmp_path / "file" / "s.json", "en")
