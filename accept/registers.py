"""Registers that companies keep: a guessed mapping, its correction, and what then comes in."""

from __future__ import annotations

import json
import sys
from typing import Any

from accept.reports import scratch
from accept.row import ROOT, Measured, piaskit, row, run

COLD = ROOT / "tests" / "importers" / "cold"
# Since then the register has taught the importer words, so today's share is no longer a cold one.
FIRST_SIGHT = "38 of 40"


@row(
    "A register of 40 activities, made cold, comes in through a guessed, then corrected mapping",
    "40 activities; every stated fact mapped or told",
)
def cold_register() -> Measured:
    register, mapping = COLD / "register-zh.xlsx", COLD / "register-zh.map.yaml"
    guessed = scratch() / "cold.map.yaml"
    done = piaskit("import", register, "--mapping", guessed, "--into", scratch() / "none", "--json")
    if done.returncode:
        return done.stdout[-300:] + done.stderr[-300:], False
    columns = _read_columns(guessed)
    wanted = _read_columns(mapping)
    right = sum(field == wanted.get(place) for place, field in columns.items())
    case = scratch() / "cold-case"
    done = piaskit("import", register, "--mapping", mapping, "--into", case, "--json")
    if done.returncode:
        return done.stdout[-300:] + done.stderr[-300:], False
    found = json.loads(done.stdout)
    issues = json.loads(piaskit("check", case, "--json").stdout)["issues"]
    test = run(sys.executable, "-m", "pytest", "-q", ROOT / "tests/importers/test_cold_register.py")
    told = (
        f"{right} of {len(columns)} columns guessed right ({FIRST_SIGHT} at first sight);"
        f" {found['mapped']['activities']}"
        f" activities, {len(found['kept_as_text'])} kept as text, {len(found['missing'])} missing,"
        f" {len(found['contradictions'])} contradictions, {len(issues)} issues;"
        f" key: {test.stdout.strip().splitlines()[-1]}"
    )
    return told, found["mapped"]["activities"] == 40 and not issues and test.returncode == 0


def _read_columns(path: Any) -> dict[tuple[str, int], str]:
    """Read the field of each column by sheet and place, as headings depend on the heading rows."""
    import yaml

    sheets = yaml.safe_load(path.read_text("utf-8"))["sheets"]
    return {
        (sheet, place): column["field"]
        for sheet, about in sheets.items()
        for place, column in enumerate(about.get("columns", {}).values())
    }
