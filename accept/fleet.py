"""A portfolio of cases of mixed size against a loop of papermill commands."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from accept.reports import scratch
from accept.row import MARKETPLACE, Measured, piaskit, row, run
from accept.runs import ASKED, NOTEBOOKS, make_cases, measure_cpu, settle
from accept.scenarios import write_clinic

MIXED = int(os.environ.get("PIASKIT_MIXED", "100"))
SHARES = {"blank": 6, "clinic": 3, "marketplace": 1}  # of ten cases; the clinic has three flows
LOOPED = 2  # of each size; the loop takes each of them one after the other
COMPARED = ("results/assess.json", "internal/report.en.json", "public/report.en.json")


def loop_papermill(case: Path) -> None:
    """Run the notebooks of a case as a loop of papermill commands would, default kernel."""
    from piaskit.runs.notebooks import find_notebooks

    out = scratch() / "loop" / case.name
    out.mkdir(parents=True, exist_ok=True)
    for name in NOTEBOOKS:
        given = {"case": case, "out": out, "lang": "en", "as_of": "2026-09-30"}
        words = [w for key, value in given.items() for w in ("-r", key, str(value))]
        words += ["-y", "{formats: [json]}"] if name == "4-report" else []
        book = find_notebooks() / f"{name}.ipynb"
        done = run(sys.executable, "-m", "papermill", book, out / f"{name}.ipynb", *words)
        if done.returncode:
            raise RuntimeError(done.stderr[-500:])


@row(
    "Cases of mixed size (of ten, six blank, three of three flows, one the worked case): reports a "
    "minute against a loop of papermill commands on the same notebooks, timed on two cases of each "
    "size and weighed by their number; outputs against the reference engine's",
    ">= 4x with 100 cases, 0 files differ",
)
def portfolio_speed() -> Measured:
    places = {"blank": scratch() / "blank", "clinic": write_clinic(), "marketplace": MARKETPLACE}
    make_cases("blank-there", 1)
    sizes = [size for size, share in SHARES.items() for _ in range(share)]
    root = make_cases("mixed", MIXED, [places[size] for size in sizes])
    cases: dict[str, list[Path]] = {size: [] for size in SHARES}
    for path in root.rglob("case.yaml"):
        cases[sizes[int(path.parent.name[1:]) % len(sizes)]].append(path.parent)
    some = [case for of_size in cases.values() for case in sorted(of_size)[:LOOPED]]
    looped = {case: measure_cpu(lambda case=case: loop_papermill(case)) for case in some}
    out = scratch() / "mixed-out"

    def go() -> None:
        done = piaskit("portfolio", root, "--out", out, *ASKED)
        if done.returncode:
            raise RuntimeError(done.stdout[-300:] + done.stderr[-300:])

    got = measure_cpu(go)
    differ = 0
    for case in some:
        ours, theirs = out / "cases" / case.relative_to(root), scratch() / "loop" / case.name
        for kind in COMPARED:
            differ += (ours / kind).read_bytes() != (theirs / kind).read_bytes()
    means = {
        size: [sum(looped[case][n] for case in timed) / len(timed) for n in (0, 1)]
        for size, of_size in cases.items()
        if (timed := sorted(of_size)[:LOOPED])
    }
    whole = [sum(mean[n] * len(cases[size]) for size, mean in means.items()) for n in (0, 1)]
    wall, cpu = whole[0] / got[0], whole[1] / got[1]
    each = ", ".join(f"{size} {mean[0]:.1f} s ({mean[1]:.1f})" for size, mean in means.items())
    told = (
        f"{wall:.1f}x in wall time, {cpu:.1f}x in CPU: {MIXED} cases in {got[0]:.0f} s "
        f"({got[1]:.0f} CPU s), the loop {whole[0]:.0f} s ({whole[1]:.0f}): {each} a case; "
        f"{differ} of {len(some) * len(COMPARED)} files differ; load {os.getloadavg()[0]:.1f}"
    )
    return settle(told, wall >= 4 and not differ, MIXED, 100)
