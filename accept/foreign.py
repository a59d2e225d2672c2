"""Cases that others made, and cases with holes: everything is answered or named as missing."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from accept.reports import scratch
from accept.row import MARKETPLACE, ROOT, Measured, NotRun, piaskit, row

INTEROP = ROOT.parent / "shared" / "data" / "interop"
COLD = ROOT / "tests" / "importers" / "cold"
NO_CASES = ("icebergttx",)  # folders of scenarios: an exercise is no case
GATE = "holds an internal value of"  # why a public edition is refused
RANDOM_CASES = 60


def _list_sources() -> Iterator[tuple[str, list[Path]]]:
    """Each project as one import: a folder of Fides manifests, else every file by itself."""
    if not INTEROP.is_dir():
        raise NotRun("the foreign files are not here")
    folders = [p for p in INTEROP.rglob("*") if p.is_dir() and p.name not in NO_CASES]
    for folder in sorted(folders):
        files = sorted(path for path in folder.iterdir() if path.is_file())
        if files and all(path.suffix in (".yml", ".yaml") for path in files):
            yield folder.name, files
        else:
            yield from ((f"{folder.name}/{path.name}", [path]) for path in files)
    yield "cold register", [COLD / "register-zh.xlsx"]
    for format in ("gbt39335", "gdpr30", "csv", "xlsx"):
        made = scratch() / f"left.{format}.xlsx"
        if format == "csv":
            made = scratch() / "left-csv"
        done = piaskit("export", MARKETPLACE, "--format", format, "--out", made, "--json")
        if not done.returncode:
            files = sorted(made.rglob("*.csv")) if made.is_dir() else [made]
            yield f"the worked case as {format}", files


def _import(files: list[Path], case: Path) -> dict[str, Any]:
    """Import files, a spreadsheet through the mapping that is guessed for it."""
    guess = scratch() / f"{case.name}.map.yaml"
    options: list[str | Path] = []
    if files[0].suffix in (".xlsx", ".csv"):
        options = ["--mapping", guess]
        piaskit("import", *files, *options, "--into", case, "--json")
        if not guess.exists():
            options = []
    answer: dict[str, Any] = json.loads(
        piaskit("import", *files, *options, "--into", case, "--json").stdout or "{}"
    )
    return answer


def _judge_answers(case: Path) -> list[str]:
    """Put every verb to a case and say what went wrong."""
    wrong, answers = [], {}
    for verb in ("check", "ledger", "screen", "assess"):
        done = piaskit(verb, case, "--json")
        if "Traceback" in done.stderr or done.returncode:
            return [f"{verb} ended with {done.returncode}: {done.stderr.strip()[-120:]}"]
        answers[verb] = json.loads(done.stdout)
    for risk in answers["assess"]["risks"]:
        if not risk["because"] or not all(reason["text"] for reason in risk["because"]):
            wrong.append(f"{risk['id']} has no reason")
    for verdict in answers["screen"]["verdicts"]:
        if verdict["decision"] == "judge" and not verdict["missing"]:
            wrong.append(f"{verdict['activity']}: judge without a missing fact")
    return wrong


def _try_reports(case: Path) -> list[str]:
    """Write the report of a case in both layouts and say what went wrong."""
    wrong = []
    for layout in ("standard", "export"):
        words = ("--formats", "html", "--lang", "zh", "--layout", layout, "--json")
        done = piaskit("report", case, "--out", scratch() / f"{case.name}-{layout}", *words)
        if done.returncode and GATE in done.stdout:
            # Foreign texts name systems; the gate rightly keeps them in, and the rest must stand.
            out = scratch() / f"{case.name}-{layout}-internal"
            done = piaskit("report", case, "--out", out, "--edition", "internal", *words)
        if done.returncode:
            wrong.append(f"report {layout}: {(done.stdout + done.stderr).strip()[-120:]}")
    return wrong


def _put_to(judge: Callable[[Path], list[str]], kind: str) -> Measured:
    told, wrong = [], []
    for number, (name, files) in enumerate(_list_sources()):
        case = scratch() / f"foreign-{kind}-{number}"
        answer = _import(files, case)
        if not (case / "case.yaml").exists():
            wrong.append(f"{name}: not read, {answer.get('issues', [])[:1]}")
            continue
        wrong += [f"{name}: {problem}" for problem in judge(case)]
        risks = json.loads(piaskit("assess", case, "--json").stdout or '{"risks": []}')["risks"]
        told.append(f"{name} {len(risks)} risks")
    return f"{len(told)} cases, wrong: {wrong}; {'; '.join(told)}", bool(told) and not wrong


@row(
    "Every foreign file beside us: import, check, ledger, screen, assess",
    "no crash, every risk with reasons, every judge with what is missing",
)
def foreign_cases_assessed() -> Measured:
    return _put_to(_judge_answers, "assessed")


@row(
    "Every foreign file beside us: report in both layouts (internal where the gate refuses)",
    "no crash",
)
def foreign_cases_reported() -> Measured:
    return _put_to(_try_reports, "reported")


@row(
    f"{RANDOM_CASES} cases with random holes: ledger, screening, assessment, export report",
    "no crash; each verdict decided, or judge with what is missing; each risk with reasons",
)
def sparse_cases_assessed() -> Measured:
    import piaskit as product
    from piaskit.case.tables import TABLES

    chance = random.Random(6)
    whole = product.read_case(MARKETPLACE)
    regimes = ("cn-pipl", "eu-gdpr", "uk-gdpr", "kr")
    wrong, judged, verdicts, risks = [], 0, 0, 0
    for number in range(RANDOM_CASES):
        share, lost = chance.choice((0.1, 0.4, 0.8, 1.0)), chance.choice((0.0, 0.3, 0.7))
        frames = {}
        for table, frame in whole.frames.items():
            kept = frame.iloc[:0] if chance.random() < lost else frame.copy()
            for column in TABLES[table].columns:
                if column.name != "id" and not column.required and len(kept):
                    blank = [chance.random() < share for _ in range(len(kept))]
                    kept[column.name] = kept[column.name].mask(blank)
            frames[table] = kept
        blank_house = replace(whole.organisation, persons_total=None, operator=None, employees=None)
        case = replace(
            whole,
            frames=frames,
            regimes=tuple(chance.sample(regimes, chance.randint(1, 4))),
            organisation=chance.choice((whole.organisation, blank_house)),
        )
        try:
            results = {
                "ledger": product.build_ledger(case).to_dict(),
                "screen": product.screen_case(case).to_dict(),
                "assess": product.assess_risks(case).to_dict(),
            }
            product.compose_report(case, results, "internal", "zh", "export")
        except Exception as error:  # whatever it is, it is what this row looks for
            wrong.append(f"case {number}: {type(error).__name__}: {str(error)[:80]}")
            continue
        for verdict in results["screen"]["verdicts"]:
            verdicts += 1
            judged += verdict["decision"] == "judge"
            if (verdict["decision"] == "judge") != bool(verdict["missing"]):
                wrong.append(f"case {number}: {verdict['activity']} {verdict['decision']}")
        for risk in results["assess"]["risks"]:
            risks += 1
            if not risk["because"]:
                wrong.append(f"case {number}: {risk['id']} has no reason")
    told = f"{RANDOM_CASES} cases, {verdicts} verdicts ({judged} to judge), {risks} risks"
    return f"{told}; wrong: {wrong[:5]}", not wrong
