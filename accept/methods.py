"""Methods: the standard's tables against their key, what stays to judge, what several cost."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from accept.crowd import write_crowd
from accept.reports import scratch
from accept.row import MARKETPLACE, ROOT, Measured, row, run

METHODS = ("gbt39335", "small-processor", "cnil", "matrix", "nist-pram")
FORM = 60_000  # persons with which the worked case would be a small processor


def read(folder: Path) -> Any:
    import piaskit
    from piaskit.runs.parameters import resolve_as_of

    return piaskit.read_case(folder, as_of=resolve_as_of(folder))


@row(
    "GB/T 39335: all 16 cells, every modifier on both sides, and C.3, C.4 and D.6 of the worked "
    "case as worked out by hand",
    "none fails",
)
def methods_equal_key() -> Measured:
    tests = ROOT / "tests" / "risk"
    wanted = "d5 or weak_group or half_a_million or de_identification or ten_million or table_c or "
    done = run(
        sys.executable, "-m", "pytest", "-q", "-rN", "-p", "no:cacheprovider", "-k",
        wanted + "table_d6", tests / "test_scales.py", tests / "test_assess.py",
        tests / "test_key.py",
    )  # fmt: skip
    last = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr[-300:]
    key = (tests / "test_scales.py").read_text("utf-8")
    cells = key.partition("D5 = [")[2].partition("]\n")[0].count("    (")
    return f"{last}; {cells} cells", done.returncode == 0 and cells == 16


@row(
    "With complete facts few answers of an assessment rest on a missing fact: the worked case and "
    "an invented one; the situations that the simple form leaves open are told",
    "<= 10 % each, the form apart",
)
def methods_few_judge() -> Measured:
    from piaskit.risk import assess_risks

    market = read(MARKETPLACE)
    small = replace(market, organisation=replace(market.organisation, persons_total=FORM))
    told, shares = [], []
    for case in (market, read(write_crowd(scratch() / "crowd-methods"))):
        open_ones, all_ones = count_open(assess_risks(case).to_dict(), case)
        shares.append(open_ones / all_ones)
        told.append(f"{case.id} {open_ones} of {all_ones} ({shares[-1]:.1%})")
    form = assess_risks(small, "small-processor").to_dict()["sheets"]["small-processor"]
    situations = {(row["activity"], row["situation"]): row["met"] for row in form}
    unknown = sum(met == "unknown" for met in situations.values())
    judged = sum(row["conclusion"] == "judge" for row in form)
    told.append(
        f"as a small processor the form leaves {unknown} of {len(situations)} situations to a"
        f" person (kinds in doubt, no judgement on other-impact), {judged} of {len(form)} cells"
    )
    return "; ".join(told), max(shares) <= 0.1


def count_open(found: dict[str, Any], case: Any) -> tuple[int, int]:
    """Count the answers that wait for a fact or a person, and all answers.

    An answer is a dimension of an activity, or a risk; it waits where an activity has no item that
    could be harmed, and where a person named a problem and gave no level.
    """
    flows = case.frames["flows"]
    holding = set(case.frames["items"]["activity"].dropna())
    holding |= set(flows.loc[flows["items"].notna(), "activity"].dropna())
    empty = sum(len(a["rights"]) for a in found["activities"] if a["id"] not in holding)
    every = sum(len(a["rights"]) + len(a["sources"]) for a in found["activities"])
    blank = case.frames["judgements"].set_index("id")["level"].isna()
    seen = [risk for risk in found["risks"] if risk["kind"] == "judgement"]
    unrated = sum(bool(blank[risk["subject"]["id"]]) for risk in seen)
    return empty + unrated, every + len(found["risks"])


@row(
    "Five methods side by side on the worked case and an invented one: each disagreement has its "
    "cause in both languages, and twice the bytes are equal",
    "no disagreement without a cause; equal; <= 3 times the time of one",
)
def methods_side_by_side() -> Measured:
    from piaskit.risk import assess_risks

    told, right = [], True
    for folder in (MARKETPLACE, write_crowd(scratch() / "crowd-methods")):
        case = read(folder)
        spent = {}
        for methods in ("gbt39335", ",".join(METHODS)):
            started = time.process_time()
            found = assess_risks(case, methods).to_dict()
            spent[methods] = time.process_time() - started
        again = assess_risks(case, ",".join(METHODS)).to_dict()
        same = json.dumps(found, ensure_ascii=False) == json.dumps(again, ensure_ascii=False)
        mute = [r for r in found["disagreements"] if not r["causes"] or not r["because_zh"]]
        times = spent[",".join(METHODS)] / spent["gbt39335"]
        causes = sorted({c["kind"] for r in found["disagreements"] for c in r["causes"]})
        told.append(
            f"{case.id}: {len(found['disagreements'])} disagreements, {len(mute)} mute, causes"
            f" {' '.join(causes)}, {times:.1f} times, {'equal' if same else 'bytes differ'}"
        )
        right &= same and not mute and times <= 3
    return "; ".join(told), right
