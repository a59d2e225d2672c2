"""What must not change: names, order and language of a register are not its content."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

from accept.reports import scratch
from accept.row import MARKETPLACE, Measured, row
from accept.tables import change_cells, copy_case, list_tables, read_rows, write_rows

IDS = ("activities", "items", "parties", "systems", "flows", "safeguards", "roles", "assessments")
PROSE = re.compile(r"(title|purpose|necessity|subjects|reason|problem|benefit|lessons|name)(_..)?$")
Answers = dict[str, Any]


def answer(case: Path, back: dict[str, str] | None = None) -> Answers:
    """Everything the three verbs say of a case, ids translated back, order taken out."""
    import piaskit
    from piaskit.runs.parameters import resolve_as_of

    said = back or {}
    read = piaskit.read_case(case, as_of=resolve_as_of(case))

    def name(id: str) -> str:
        return said.get(id, id)

    ledger = piaskit.build_ledger(read).to_dict()
    screening = piaskit.screen_case(read).to_dict()
    assessment = piaskit.assess_risks(read).to_dict()
    risks = {
        (r["rule"], name(r["subject"]["id"])): r["levels"]["gbt39335"] for r in assessment["risks"]
    }
    return {
        "findings": sorted((f["slug"], name(f["subject"]["id"])) for f in ledger["findings"]),
        "stages": {
            name(a["id"]): {s: sorted(map(name, flows)) for s, flows in a["stages"].items()}
            for a in ledger["activities"]
        },
        "verdicts": {
            (v["regime"], name(v["activity"])): (
                v["decision"],
                [(b["criterion"], b["met"]) for b in v["because"]],
            )
            for v in screening["verdicts"]
        },
        "risks": {key: risks[key] for key in sorted(risks)},
        "levels": {name(a["id"]): a["levels"] for a in assessment["activities"]},
        "overall": assessment["overall_states"],
    }


def _differ(before: Answers, after: Answers) -> list[str]:
    return [part for part in before if before[part] != after[part]]


@row("Renaming every id and shuffling the rows changes no finding, verdict or level", "0 parts")
def other_names_and_order() -> Measured:
    from piaskit.case import TABLES

    case = copy_case(scratch() / "renamed")
    chance = random.Random(20260930)
    known = [r["id"] for t in IDS if t in list_tables(case) for r in read_rows(case, t)]
    new = {id: f"n{number:04d}" for number, id in enumerate(known)}
    token = re.compile(r"[^;/@\s]+")

    fixed = {(t, c.name) for t, table in TABLES.items() for c in table.columns if c.values}

    def rename(table: str, column: str, value: str) -> str:
        if PROSE.match(column) or (column.endswith(("_en", "_zh")) and column != "id"):
            return value
        if (table, column) in fixed:  # a word of the format may be somebody's id too
            return value
        return token.sub(lambda found: new.get(found[0], found[0]), value)

    words = {value for t in list_tables(case) for r in read_rows(case, t) for value in r.values()}
    clash = sorted(set(new) & {"all", "none", "yes", "no"} | set(new.values()) & words)
    if clash:
        return f"ids that are words of the format: {clash}", False
    change_cells(case, rename)
    for table in list_tables(case):
        rows = read_rows(case, table)
        chance.shuffle(rows)
        write_rows(case, table, rows)
    back = {new_id: id for id, new_id in new.items()}
    before, after = answer(MARKETPLACE), answer(case, back)
    parts = _differ(before, after)
    return f"{len(new)} ids renamed, {len(before['risks'])} risks, {parts} differ", not parts


@row("Chinese sheets, headers and values in a workbook change nothing", "0 parts")
def chinese_workbook() -> Measured:
    from piaskit.case import read_case, write_workbook
    from piaskit.runs.parameters import resolve_as_of

    case = copy_case(scratch() / "chinese")
    read = read_case(case, as_of=resolve_as_of(case))
    for path in (case / "inventory").iterdir():
        path.unlink()
    (case / "inventory").rmdir()
    write_workbook(read.frames, case / "inventory.xlsx", lang="zh")
    parts = _differ(answer(MARKETPLACE), answer(case))
    return f"{len(read.frames)} sheets, {parts} differ", not parts


@row("With complete facts at most 10 % of screening answers are judge", "<= 10 %")
def few_judge() -> Measured:
    verdicts = answer(MARKETPLACE)["verdicts"]
    open_ones = [key for key, (decision, _) in verdicts.items() if decision == "judge"]
    share = len(open_ones) / len(verdicts)
    return f"{len(open_ones)} of {len(verdicts)} verdicts ({share:.0%})", share <= 0.1


@row("Each judge names its missing fact, and some value of it resolves it", "every blanked fact")
def judge_resolves() -> Measured:
    """Blank one deciding fact of one activity at a time; every answer must say what it lacks."""
    import piaskit
    from piaskit.runs.parameters import resolve_as_of

    # An activity that nothing but the blanked fact could make due.
    plain = {
        "activities": "id,title,legal_basis,subjects,persons,children,minors,automated_decision\n"
        "a,Visitors,cn-pipl.consent,visitors,{persons},{children},{minors},{automated}\n",
        "items": "id,activity,category,retention\ni,a,{category},1 year\n",
        "parties": "id,role,country\np,{role},{country}\n",
        "systems": "id,kind,country\ns,database,CN\n",
        "flows": "id,activity,stage,source,target,items\nf,a,transmit,s,{target},i\n",
        "judgements": "id,activity,dimension,level\nj,a,other-impact,{judged}\n",
    }
    facts = {
        "persons": "200",
        "children": "0",
        "minors": "0",
        "automated": "none",
        "category": "contact.phone",
        "role": "recipient",
        "country": "CN",
        "target": "s",
        "judged": "no",
    }
    blanks: dict[str, tuple[dict[str, str], dict[str, str]]] = {
        "other-impact": ({"judged": ""}, {"judged": "no"}),
        "automated_decision": ({"automated": ""}, {"automated": "none"}),
        "children": ({"children": ""}, {"children": "0"}),
        "country": ({"target": "p", "country": ""}, {"target": "p", "country": "CN"}),
    }

    def screen(name: str, given: dict[str, str]) -> tuple[str, list[str]]:
        case = scratch() / f"judge-{name}"
        (case / "inventory").mkdir(parents=True, exist_ok=True)
        header = "id: j\ntitle: J\norganisation: {name: J}\nregimes: [cn-pipl]\nas_of: 2026-09-30\n"
        (case / "case.yaml").write_text(header, "utf-8")
        for table, text in plain.items():
            (case / "inventory" / f"{table}.csv").write_text(text.format(**facts | given), "utf-8")
        read = piaskit.read_case(case, as_of=resolve_as_of(case))
        verdict = piaskit.screen_case(read).to_dict()["verdicts"][0]
        return verdict["decision"], verdict["missing"]

    wrong, told = [], []
    for name, (blank, full) in blanks.items():
        decision, missing = screen(name, blank)
        resolved, _ = screen(f"{name}-full", full)
        named = any(name in text for text in missing)
        told.append(f"{name}: {decision}")
        if decision == "judge" and not (named and resolved != "judge"):
            wrong.append(f"{name}: missing {missing}, then {resolved}")
    return f"{'; '.join(told)} {wrong}", not wrong and any("judge" in text for text in told)
