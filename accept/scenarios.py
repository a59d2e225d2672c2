"""Scenarios: drafted from cases that nobody prepared, and logs that were broken off."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from accept.reports import scratch
from accept.row import MARKETPLACE, ROOT, Measured, row

FIDES = ROOT.parent / "shared" / "data" / "interop" / "fides"
TODAY = date(2026, 11, 25)
CLINIC = {
    "activities": [
        {"id": "lab", "title": "化验", "title_en": "Laboratory", "persons": 84000, "minors": 900,
         "children": 610},
        {"id": "pay", "title": "工资", "persons": 230, "minors": "no", "children": "no"},
    ],
    "items": [
        {"id": "i-name", "activity": "lab", "title": "姓名", "category": "identity.name"},
        {"id": "i-test", "activity": "lab", "title": "结果", "category": "health.lab-result"},
        {"id": "i-bank", "activity": "pay", "title": "账户", "category": "finance.account"},
    ],
    "parties": [{"id": "p-lab", "title": "检验所", "role": "processor"}],
    "systems": [{"id": "s-his", "title": "医院信息系统"}, {"id": "s-pay", "title": "工资系统"}],
    "flows": [
        {"id": "f-send", "activity": "lab", "stage": "provide", "source": "s-his",
         "target": "p-lab", "items": "i-name;i-test", "persons": 51200},
        {"id": "f-keep", "activity": "lab", "stage": "store", "source": "s-his", "target": "s-his",
         "items": "i-name;i-test"},
        {"id": "f-pay", "activity": "pay", "stage": "store", "source": "s-pay", "target": "s-pay",
         "items": "i-bank", "persons": 228},
    ],
    "roles": [{"id": "r-1", "role": "incident-lead", "holder": "值班主任"}],
}  # fmt: skip


@cache
def write_clinic() -> Path:
    """Write a case of three flows."""
    folder = scratch() / "clinic"
    (folder / "inventory").mkdir(parents=True)
    (folder / "case.yaml").write_text(
        "id: clinic\ntitle: Clinic\norganisation: {name: 诊所}\nregimes: [cn-pipl, eu-gdpr]\n"
        "methods: [gbt39335]\nlanguages: [zh]\nas_of: 2026-11-25\n",
        "utf-8",
    )
    for table, rows in CLINIC.items():
        heads = list(dict.fromkeys(head for entry in rows for head in entry))
        path = folder / "inventory" / f"{table}.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, heads)
            writer.writeheader()
            writer.writerows(rows)
    return folder


def _expect(case: Any, flow: dict[str, Any]) -> tuple[int, set[str]]:
    """Return the persons and the kinds that the inventory gives for a flow, by plain reading."""
    activities = {r["id"]: r for r in case.frames["activities"].to_dict("records")}
    items = case.frames["items"].to_dict("records")
    owner = activities.get(flow["activity"], {})
    numbers = [n for n in (flow["persons"], owner.get("persons")) if n == n and n]
    named = flow["items"].split(";") if isinstance(flow["items"], str) else []
    kinds = {i["category"] for i in items if i["id"] in named}
    kinds = kinds or {i["category"] for i in items if i["activity"] == flow["activity"]}
    return int(numbers[0]) if numbers else 0, {kind for kind in kinds if isinstance(kind, str)}


def _draft_all(case: Any, most: int) -> tuple[int, int, list[str]]:
    """Draft from each flow; return how many, how many assumed persons, and what is wrong."""
    from piaskit.tabletop import draft_scenario, run_exercise
    from piaskit.tabletop.lint import check_scenario

    flows, wrong, assumed = case.frames["flows"].to_dict("records")[:most], [], 0
    folder = scratch()
    for flow in flows:
        draft = draft_scenario(case, flow["id"], out=folder / f"{flow['id']}.yaml")
        told = draft.to_dict()
        persons, kinds = _expect(case, flow)
        assumed += not persons
        if persons and told["persons"] != persons:
            wrong.append(f"{flow['id']}: {told['persons']} persons, the inventory gives {persons}")
        if kinds - {"children.any"} != set(told["categories"]) - {"children.any"} and kinds:
            wrong.append(f"{flow['id']}: kinds {sorted(kinds ^ set(told['categories']))}")
        wrong += [
            f"{flow['id']} {p}: {m}" for p, m in check_scenario(draft.scenario, case.knowledge)
        ]
        case.knowledge.scenarios[draft.scenario.id] = draft.scenario
        best = run_exercise(draft.scenario.id, case, policy="best").to_dict()
        if set(best["scores"].values()) != {1.0} or not best["ending"]:
            wrong.append(f"{flow['id']}: best play {best['scores']}")
    return len(flows), assumed, wrong


@row(
    "A scenario drafted from each of three cases plays to its end without edits, its numbers "
    "equal to those the inventory gives",
    "up to 20 flows each of marketplace, Fides sample, own clinic; 0 lint problems, best 1.0",
)
def drafted_scenarios_play() -> Measured:
    import piaskit as product

    cases = {
        "marketplace": product.read_case(MARKETPLACE),
        "clinic": product.read_case(write_clinic()),
    }
    if FIDES.exists():
        into = scratch() / "fides"
        product.import_register(sorted((FIDES / "sample_project").glob("*.yml")), into=into)
        cases["fides"] = product.read_case(into, as_of=TODAY)
    told, holds = [], True
    for name, case in cases.items():
        count, assumed, wrong = _draft_all(case, 20)
        told.append(f"{name}: {count} flows, {assumed} without a number, wrong {wrong[:3]}")
        holds &= count > 0 and not wrong
    return "; ".join(told), holds and len(cases) == 3


@row("An exercise broken off after any byte goes on to equal bytes", "every scenario, 6 cuts")
def broken_off_exercises_go_on() -> Measured:
    import piaskit as product
    from piaskit.tabletop import run_exercise

    case = product.read_case(MARKETPLACE)
    told, cuts = [], 0
    for id in sorted(case.knowledge.scenarios):
        whole = run_exercise(id, case, seed=11).log_text.encode()
        path = scratch() / "log.jsonl"
        for number in range(6):
            path.write_bytes(whole[: len(whole) * number // 5])
            run_exercise(id, case, seed=11, log=path)
            cuts += 1
            if path.read_bytes() != whole:
                told.append(f"{id} at {len(whole) * number // 5}")
    return f"{cuts} cuts, {len(told)} unequal {told[:3]}", not told


@row(
    "In every branch of every scenario the right option on telling is what the duties engine says",
    "0 disagreements over all states",
)
def branches_agree_with_duties() -> Measured:
    from piaskit.incident import build_facts, decide_incident
    from piaskit.knowledge import load_knowledge
    from piaskit.tabletop.explore import LATE, explore_game
    from piaskit.tabletop.scenario import Game

    knowledge = load_knowledge()
    states = moments = 0
    wrong: list[str] = []
    for id, scenario in sorted(knowledge.scenarios.items()):
        explored = explore_game(Game(scenario, knowledge))
        states += len(explored.states)
        wrong += [] if explored.complete else [f"{id}: not all states were met"]
        seen: dict[tuple[str, str], Any] = {}
        for state in explored.states:
            for name in state.opened.keys() - state.taken.keys():
                decision = scenario.decisions[name]
                if decision.tells and state.at_min <= state.opened[name] + LATE * decision.due_min:
                    seen[name, repr(state.known)] = state.known
        moments += len(seen)
        for (name, _), known in seen.items():
            decided = decide_incident(build_facts(known, knowledge), knowledge)
            due = {d.id for d in decided.duties if d.decision == "required"}
            decision = scenario.decisions[name]
            for option in decision.options.values():
                told = {duty for notice in option.notices for duty in notice.duties}
                if option.score == 3 and told != due & set(decision.tells):
                    wrong.append(f"{id} {name}: {sorted(told ^ (due & set(decision.tells)))}")
    told = f"{len(knowledge.scenarios)} scenarios, {states:,} states, {moments} moments of telling"
    return f"{told}, wrong {wrong[:3]}", not wrong
