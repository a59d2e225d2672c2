"""What was found, without the day it was found on: whether a night changed anything."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from piaskit.publication.seal import digest_content

Result = Mapping[str, Any]


def digest_findings(results: Path) -> str:
    """Return a digest of what the verbs found, from a folder of their answers.

    It holds findings, decisions, levels and states, and no wording: texts count the days of a
    delay, which pass every night without anything being found.
    """
    found = {}
    for verb, read in READERS.items():
        path = results / f"{verb}.json"
        if path.is_file():
            found[verb] = read(json.loads(path.read_text("utf-8")))
    return digest_content(found)


def _read_ledger(answer: Result) -> Any:
    return sorted(_name_finding(f) for f in answer["findings"])


def _read_screen(answer: Result) -> Any:
    return [
        [
            *(verdict[name] for name in ("regime", "activity", "decision")),
            *([because["criterion"], because["met"]] for because in verdict["because"]),
        ]
        for verdict in answer["verdicts"]
    ]


def _read_assess(answer: Result) -> Any:
    treatment = answer.get("treatment") or {}
    return {
        "risks": {risk["id"]: _keep_levels(risk["levels"]) for risk in answer["risks"]},
        "overall": answer["overall_states"],
        "remarks": sorted(
            [r["slug"], r["subject"]["id"], str(r["risk"])] for r in treatment.get("remarks") or ()
        ),
        "above": (treatment.get("residual") or {}).get("risks"),
    }


def _keep_levels(levels: Result) -> dict[str, Any]:
    return {
        method: {state: (rating or {}).get("level") for state, rating in states.items()}
        for method, states in levels.items()
    }


def _read_safeguards(answer: Result) -> Any:
    return {
        "states": {s["id"]: s["state"] for s in answer["safeguards"]},
        "uncovered": [[u["table"], u["id"], u["missing"]] for u in answer["uncovered"]],
        "findings": sorted(_name_finding(f) for f in answer["findings"]),
        "maturity": answer["maturity"]["level"],
    }


def _name_finding(finding: Result) -> list[str]:
    return [finding["slug"], finding["subject"]["table"], finding["subject"]["id"]]


READERS: dict[str, Callable[[Result], Any]] = {
    "ledger": _read_ledger,
    "screen": _read_screen,
    "assess": _read_assess,
    "safeguards": _read_safeguards,
}
