"""``python -m accept [--rows a,b]``: measure rows, keep their state, print the table."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import accept
from accept.row import ROOT, ROWS, NotRun, Row, run

STATE = ROOT / ".accept" / "state.json"


def main() -> int:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a row that is warm has its compiled modules
    for module in iter_modules(accept.__path__):
        if not module.name.startswith("__"):
            import_module(f"accept.{module.name}")
    parser = argparse.ArgumentParser(prog="make accept", description=__doc__)
    parser.add_argument("--rows", default="", help="ids of rows, separated by commas")
    wanted = [word for word in parser.parse_args().rows.split(",") if word] or list(ROWS)
    for word in wanted:
        if word not in ROWS:
            near = get_close_matches(word, ROWS, 1)
            hint = f"did you mean {near[0]}?" if near else "there are " + ", ".join(ROWS)
            parser.error(f"no row {word}; {hint}")
    state = json.loads(STATE.read_text("utf-8")) if STATE.exists() else {}
    commit = run("git", "rev-parse", "--short", "HEAD").stdout.strip()
    for id in wanted:
        print(f"{id} ...", file=sys.stderr, flush=True)
        state[id] = {**measure(ROWS[id]), "commit": commit}
        STATE.parent.mkdir(exist_ok=True)
        STATE.write_text(json.dumps(state, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print_table(state)
    return 1 if any(state[id]["verdict"] == "fail" for id in wanted) else 0


def measure(row: Row) -> dict[str, str | float]:
    started = time.perf_counter()
    try:
        value, holds = row.measure()
        verdict = "pass" if holds else "fail"
    except NotRun as why:
        value, verdict = str(why), "not run because"
    except (Exception, subprocess.SubprocessError) as error:  # one row, not the table
        value, verdict = f"{type(error).__name__}: {error}", "fail"
    return {
        "verdict": verdict,
        "value": value,
        "seconds": round(time.perf_counter() - started, 1),
    }


def print_table(state: dict[str, dict[str, str]]) -> None:
    print("| row | check | threshold | measured | verdict | s | at |")
    print("|---|---|---|---|---|---|---|")
    for id, row in ROWS.items():
        got = state.get(id, {"verdict": "not run yet", "value": "", "seconds": "", "commit": ""})
        value = " ".join(str(got["value"]).replace("|", "\\|").split())[:300]
        print(
            f"| {id} | {row.check} | {row.threshold} | {value} | {got['verdict']} "
            f"| {got['seconds']} | {got['commit']} |"
        )


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    sys.exit(main())
