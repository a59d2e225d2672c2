"""Treatment that is followed up: what-if against the engine, what a diff says of each cause."""

from __future__ import annotations

import json
import resource
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from accept.row import MARKETPLACE, Measured, piaskit, row

DOWN = ("severe", "high", "medium", "low")


def _try(case: Path, *words: str) -> dict[str, Any]:
    done = piaskit("what-if", case, "--json", *words)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _spend() -> float:
    """Return the CPU seconds of all commands so far: the clock also counts what others run."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _weigh(answer: dict[str, Any]) -> list[int]:
    return [answer["after"][level] for level in DOWN]


@row(
    "What-if on the worked case: the three best safeguards, greedy and exact; every number that of "
    "a real assessment, for every method",
    "foreseen each time, exact never worse, at most 60 CPU s a search",
)
def what_if_agrees_with_the_engine() -> Measured:
    told, right = [], True
    for method in ("gbt39335", "cnil", "nist-pram", "matrix"):
        start = _spend()
        greedy = _try(MARKETPLACE, "--method", method)
        exact = _try(MARKETPLACE, "--method", method, "--exact")
        seconds = (_spend() - start) / 2
        one, two = _weigh(greedy), _weigh(exact)
        right &= greedy["foreseen"] and exact["foreseen"] and two <= one and seconds <= 60
        told.append(
            f"{method} {list(greedy['before'].values())}: greedy {one}, exact {two} of "
            f"{exact['sets']:,} sets, {seconds:.0f} CPU s"
        )
    return "; ".join(told), right


def _drop_evidence(case: Path) -> None:
    (case / "evidence" / "tls-scan-2026-08.txt").unlink()


def _edit(table: str, id: str, column: str, value: str | None) -> Callable[[Path], None]:
    def change(case: Path) -> None:
        path = case / "inventory" / f"{table}.csv"
        frame = pd.read_csv(path, dtype="str", encoding="utf-8-sig")
        frame.loc[frame["id"] == id, column] = value
        frame.to_csv(path, index=False, encoding="utf-8-sig")

    return change


def _replace_rule(case: Path) -> None:
    folder = case / "packs" / "rules"
    folder.mkdir(parents=True)
    (folder / "mild.yaml").write_text(RULE, "utf-8")


RULE = """\
id: mild
title: {en: A milder rule, zh: 较宽松的规则}
version: "1"
source: an invented organisation
as_of: 2026-09-30
confidence: medium
rules:
  bicycle-courier:
    kind: exposure
    about: party
    regimes: [cn-pipl]
    event: loss
    threat: {en: Parcels are lost., zh: 包裹丢失。}
    source: people-third-parties
    where: "role = 'processor'"
    meets: {none: very-high, effective: low}
    message: {en: "{title} carries parcels.", zh: "{title}运送包裹。"}
    clauses: [cn-pipl 51]
    why: {en: They carry names., zh: 面单含姓名。}
    remedy: [vendor.contract]
    examples: {fires: [{id: a, role: processor}], silent: [{id: b, role: authority}]}
"""

CAUSES: dict[str, Callable[[Path], None]] = {
    "row": _edit("parties", "p-im", "contract", None),
    "safeguard": _drop_evidence,
    "acceptance": _edit("acceptances", "ac-2", "expires_on", "2026-09-01"),
    "action": _edit("actions", "x-08", "status", "dropped"),
    "rule": _replace_rule,
}


@row(
    "Diff of risks on the worked case: row, safeguard, acceptance, action and rule changed, each "
    "alone; the cause that was made stands among the reasons; exit 1 only for new or raised",
    "5 of 5 named, exit codes right",
)
def diff_names_each_cause() -> Measured:
    told, right = [], True
    for kind, change in CAUSES.items():
        with tempfile.TemporaryDirectory() as folder:
            new = Path(folder) / "new"
            shutil.copytree(MARKETPLACE, new)
            change(new)
            done = piaskit("diff", MARKETPLACE, new, "--fail-on", "medium", "--json")
            risks = json.loads(done.stdout)["risks"]
        kinds = {why["kind"] for group in risks.values() for risk in group for why in risk["why"]}
        worse = [risk for risk in risks["new"] if risk["level"] != "low"]
        worse += [risk for risk in risks["raised"] if risk["to"] != "low"]
        right &= kind in kinds and done.returncode == (1 if worse else 0)
        moved = {group: len(members) for group, members in risks.items() if members}
        told.append(f"{kind}: {moved}, exit {done.returncode}")
    return "; ".join(told), right
