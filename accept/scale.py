"""Registers of 1,000,000 flows: what reading, finding and rating them cost; packs that do harm."""

from __future__ import annotations

import json
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

from accept.large import AS_OF, make_frames, write_case, write_rules
from accept.reports import scratch
from accept.row import Measured, piaskit, row, run

FLOWS, WORKBOOK, ROWS = 1_000_000, 100_000, 20_000
POINTS = (10_000, 30_000, 100_000, 300_000, FLOWS)

# Each part runs in a process of its own, so that its CPU seconds and its memory are its own.
START = """
import json, resource, sys, time
from datetime import date
from pathlib import Path
case, day = Path(sys.argv[1]), date.fromisoformat(sys.argv[2])
told = {}
def lap(name, since=[0.0]):
    spent = time.process_time()
    told[name] = spent - since[0]
    since[0] = time.process_time()
import piaskit
from piaskit.case import check_case
lap("imports")
"""
END = """
told["MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(told))
"""
BARE = """
import duckdb
lap("imports")
database = duckdb.connect()
file = case / "inventory" / "flows.parquet"
database.execute(f"CREATE TABLE flows AS SELECT * FROM read_parquet('{file}')")
database.execute("CREATE TABLE carried AS SELECT id, activity, stage, "
                 "unnest(string_split(items, ';')) AS item FROM flows")
lap("load and explode")
told["pairs"] = database.execute("SELECT count(*) FROM carried").fetchone()[0]
"""
# What the others import before they begin is not counted, so neither is it here.
LEDGER = """
import duckdb, piaskit.ledger
lap("modules")
check = check_case(case, as_of=day)
lap("load and check")
ledger = piaskit.build_ledger(check.case)
lap("ledger")
told["issues"], told["findings"] = len(check.issues), len(ledger.findings)
told["kinds"] = len({finding.hit.rule.id for finding in ledger.findings})
told["failed"] = [str(issue) for issue in ledger.issues]
"""
CHECK = """
from piaskit.case.words import Words
from piaskit.knowledge import load_knowledge
lap("modules")
Words(load_knowledge())
lap("packs")
check = check_case(case, as_of=day)
lap("load")
told["issues"], told["flows"] = len(check.issues), check.counts["flows"]
frames = check.case.frames
told["sum"] = int(frames["flows"]["persons"].sum())
told["items"] = int(frames["flows"]["items"].str.len().sum())
"""
OPENPYXL = """
import openpyxl
lap("imports")
book = openpyxl.load_workbook(case / "inventory.xlsx", read_only=True, data_only=True)
told["rows"] = sum(1 for sheet in book for _ in sheet.iter_rows(values_only=True))
lap("load")
"""
ASSESS = """
import duckdb, piaskit.risk.assess
lap("modules")
check = check_case(case, as_of=day)
lap("load and check")
found = piaskit.assess_risks(check.case)
lap("assess")
found.write_register(case / "risks.json")
lap("json")
found.write_register(case / "risks.parquet")
lap("parquet")
from collections import Counter
hits = Counter({part.rule.id: len(part.ids) for part in found.register.writer.hits.found})
told["risks"], told["rules"] = len(found.result["risks"]), len(hits)
told["drawn"] = sorted(n for name, n in hits.items() if name.startswith("hundredth-"))
told["failed"] = [str(issue) for issue in found.issues]
told["json MB"] = (case / "risks.json").stat().st_size / 1e6
"""
AGAINST = """
import pandas as pd
from piaskit.rules import open_facts, put_rules
data = check_case(case, as_of=day).case
rules = [r for name, r in sorted(data.knowledge.rules.items()) if name.startswith("hundredth-")]
with open_facts(data) as facts:
    lap("facts")
    hits, problems = put_rules(facts, rules)
    lap("rules")
    first = "SELECT id FROM flow_facts ORDER BY id LIMIT 20000"
    asked = f"SELECT * FROM flow_facts WHERE id IN ({first}) ORDER BY id"
    rows = facts.connection.sql(asked).df()
    lap("rows")
def make(n):
    return lambda row: row["persons"] % 100 == n and row["transport"] != "pigeon"
same = []
for n in range(len(rules)):
    fires = rows.apply(make(n), axis=1)
    same.append(rows["id"][fires].tolist())
lap("row by row")
told["rule count"], told["problems"] = len(rules), len(problems)
known = set(rows["id"])
told["differ"] = sum(
    [id for id in found.ids if id in known] != ids for found, ids in zip(hits.found, same)
)
"""


def measure(script: str, case: Path) -> dict[str, Any]:
    """Run a script on a case in a process of its own and return what it told."""
    done = run(sys.executable, "-c", START + script + END, case, AS_OF)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@cache
def draw(flows: int, form: str = "parquet", rules: bool = False) -> Path:
    """Draw a register once; activities, items, parties and systems grow with the flows."""
    case = scratch() / f"large-{flows}-{form}{'-rules' if rules else ''}"
    write_case(case, make_frames(flows, flows // 200), form)
    if rules:
        write_rules(case / "packs" / "rules")
    return case


@cache
def find_in_large() -> tuple[dict[str, Any], dict[str, Any]]:
    """Measure the bare load and the ledger of the same file, each the better of two runs."""
    case = draw(FLOWS)
    bare = min((measure(BARE, case) for _ in range(2)), key=lambda t: t["load and explode"])
    ours = min((measure(LEDGER, case) for _ in range(2)), key=lambda t: t["ledger"])
    return bare, ours


@row("1,000,000 flows, 5,000 activities: load, check and ledger", "<= 20 CPU s, <= 4 GB")
def large_ledger() -> Measured:
    _, ours = find_in_large()
    spent = ours["load and check"] + ours["ledger"]
    told = (
        f"{ours['load and check']:.1f} + {ours['ledger']:.1f} CPU s,"
        f" imports {ours['imports']:.1f}, {ours['MB']:.0f} MB,"
        f" {ours['findings']} findings of {ours['kinds']} kinds,"
        f" {ours['issues']} issues, failed {ours['failed']}"
    )
    return told, spent <= 20 and ours["MB"] <= 4096 and not ours["issues"] and not ours["failed"]


@row("The same against a bare DuckDB load-and-explode of the same Parquet", "<= 6 times")
def large_ledger_ratio() -> Measured:
    bare, ours = find_in_large()
    spent = ours["load and check"] + ours["ledger"]
    ratio = spent / bare["load and explode"]
    told = f"{spent:.1f} CPU s against {bare['load and explode']:.2f} ({bare['pairs']:,} pairs)"
    return f"{ratio:.1f} times: {told}", ratio <= 6


@row("A workbook with 100,000 flows against openpyxl read-only", ">= 8 times faster")
def large_workbook() -> Measured:
    case = draw(WORKBOOK, "xlsx")
    ours = min((measure(CHECK, case) for _ in range(2)), key=lambda t: t["load"])
    theirs = min(measure(OPENPYXL, case)["load"] for _ in range(2))
    ratio = theirs / (ours["load"] + ours["packs"])
    told = f"{ours['load']:.2f} CPU s to read and check it and {ours['packs']:.2f} for the packs"
    told += f", openpyxl {theirs:.1f} to read it"
    good = ratio >= 8 and not ours["issues"] and ours["flows"] == WORKBOOK
    return f"{ratio:.1f} times: {told}, {ours['MB']:.0f} MB", good


@row("1,000,000 flows as CSV are read as from Parquet", "equal sums, no issue")
def large_csv() -> Measured:
    text, columns = measure(CHECK, draw(FLOWS, "csv")), measure(CHECK, draw(FLOWS))
    same = all(text[name] == columns[name] for name in ("issues", "flows", "sum", "items"))
    told = f"{text['load']:.1f} CPU s, {text['MB']:.0f} MB; Parquet {columns['load']:.1f} CPU s"
    return f"{told}, {text['flows']:,} flows", same and not text["issues"]


@cache
def assess_drawn(flows: int) -> dict[str, Any]:
    return measure(ASSESS, draw(flows, rules=True))


def _spent(told: dict[str, Any]) -> float:
    return float(sum(told[part] for part in ("assess", "json", "parquet")))


@row(
    "1,000,000 flows, all rules and 80 more that fire on 1 % each, one method, register written",
    "<= 60 CPU s, <= 6 GB",
)
def large_register() -> Measured:
    told = assess_drawn(FLOWS)
    drawn, spent = told["drawn"], _spent(told)
    text = (
        f"{spent:.1f} CPU s (assess {told['assess']:.1f}, JSON {told['json']:.1f}, Parquet"
        f" {told['parquet']:.1f}; load {told['load and check']:.1f}), {told['MB']:.0f} MB,"
        f" {told['risks']:,} risks of {told['rules']} rules, JSON {told['json MB']:.0f} MB,"
        f" drawn rules fire {drawn[0]:,} to {drawn[-1]:,} times, failed {told['failed']}"
    )
    good = spent <= 60 and told["MB"] <= 6144 and len(drawn) == 80 and not told["failed"]
    return text, good


@row("What assessing costs grows with the flows", "per flow at 1,000,000 <= at 100,000 x 1.2")
def register_is_linear() -> Measured:
    points = [(flows, _spent(assess_drawn(flows))) for flows in POINTS]
    each = {flows: 1e6 * spent / flows for flows, spent in points}
    told = "; ".join(f"{flows:,}: {spent:.1f} s, {each[flows]:.0f} us" for flows, spent in points)
    return told, each[FLOWS] <= 1.2 * each[100_000]


@row(
    "80 rules on 1,000,000 flows against the same rules row by row in pandas on 20,000",
    ">= 200 times faster a row",
)
def rules_against_rows() -> Measured:
    told = measure(AGAINST, draw(FLOWS, rules=True))
    ours, theirs = told["rules"] / FLOWS, told["row by row"] / ROWS
    whole = (told["rules"] + told["facts"]) / FLOWS
    text = (
        f"{theirs / ours:.0f} times: {1e6 * ours:.1f} us a row and {told['rule count']} rules"
        f" against {1e6 * theirs:.0f}; with load, check and facts {theirs / whole:.0f} times;"
        f" {told['differ']} rules differ"
    )
    return text, theirs / ours >= 200 and not told["differ"] and not told["problems"]


HOSTILE = {
    "reads-a-file": "select content as id from read_text('/etc/hostname')",
    "sets-an-option": "set memory_limit = '90GB'",
    "drops-a-table": "select id from flow_facts; DROP TABLE flows",
    "endless-recursion": "with recursive r(n) as (select 1 union all select n + 1 from r)"
    " select n::varchar as id from r",
    "cross-join": "select a.id from flow_facts a, flow_facts b, flow_facts c"
    " where (a.persons * 7 + b.persons * 11 + c.persons * 13) % 1000003 = 1000002",
    "cross-join-kept": "select id from (select distinct a.id, b.id as other, c.id as third"
    " from flow_facts a, flow_facts b, flow_facts c)",
    "one-long-list": "select max(len(l))::varchar as id from"
    " (select list(a.id) as l from flow_facts a, flow_facts b, flow_facts c)",
    "one-long-text": "select string_agg(a.id, '') as id from flow_facts a, flow_facts b",
    "doubling-list": "with recursive r(n, l) as (select 1, ['x'] union all"
    " select n + 1, list_value(l[1], l[1]) from r) select n::varchar as id from r",
    "many-distinct": "select distinct (a.persons * 1000003 + b.persons)::varchar as id"
    " from flow_facts a, flow_facts b",
}


@row("Each of ten hostile packs is stopped and named, and the others go on", "5 s a rule, exit 1")
def hostile_packs() -> Measured:
    base = draw(10_000)
    started = time.perf_counter()
    sound = piaskit("ledger", base, "--json", "--as-of", AS_OF)
    usual = time.perf_counter() - started
    wanted = len(json.loads(sound.stdout)["findings"])
    wrong, told = [], []
    for name, query in HOSTILE.items():
        case = scratch() / f"hostile-{name}"
        write_case(case, make_frames(10_000, 50), "parquet")
        write_rules(case / "packs" / "rules", 1)
        pack = case / "packs" / "rules" / "hundredths.yaml"
        text = pack.read_text("utf-8").replace("hundredth-00", name)
        text = text.replace("kind: exposure", "kind: gap")
        start, _, rest = text.partition("    where:")
        query_line = f"    query: {json.dumps(query)}"
        pack.write_text(start + query_line + rest[rest.index("\n") :], "utf-8")
        for verb in ("ledger", "assess"):
            begun = time.perf_counter()
            script = (
                "import resource, sys\nfrom piaskit.cli import main\n"
                f"sys.argv = ['piaskit', '{verb}', {str(case)!r}, '--json', '--as-of', '{AS_OF}']\n"
                "try:\n    main()\nfinally:\n"
                "    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024\n"
                "    print(f'used {used}', file=sys.stderr)\n"
            )
            done = run(sys.executable, "-c", script)
            spent = time.perf_counter() - begun - usual
            answer = json.loads(done.stdout)
            [issue] = answer.get("issues") or [{"message": "none"}]
            named = name in issue["message"] and "packs/rules/hundredths.yaml" in issue["message"]
            used = int(done.stderr.rsplit("used ", 1)[-1])
            if verb == "ledger":
                told.append(f"{name} {issue.get('slug')} after {max(spent, 0):.1f} s, {used} MB")
            rows = answer.get("findings", answer.get("risks", ()))
            if done.returncode != 1 or not named or spent > 7 or used > 2000 or len(rows) < wanted:
                wrong.append(f"{verb} {name}: {done.returncode}, {issue['message'][:200]}")
    return f"{'; '.join(told)} {wrong}", not wrong
