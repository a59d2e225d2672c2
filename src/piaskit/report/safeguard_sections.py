"""Safeguards in the internal report: their proof, what none protects, findings, access rights."""

from __future__ import annotations

from collections import Counter
from typing import Any

from piaskit.report.access_matrix import show_access
from piaskit.report.document import Block, Cell, Section
from piaskit.report.results import Result, Results
from piaskit.report.rows import Rows
from piaskit.report.safeguard_states import name_proof

SAFEGUARD_RULES = ("safeguards", "access")  # tables whose findings stand here
UNSEALED = "evidence-unsealed"  # told in one sentence: a young register has one per safeguard


def compose_safeguards(rows: Rows, results: Results) -> Section:
    """Return the section on safeguards; without an answer of ``safeguards`` it counts states."""
    voice = rows.voice
    safeguards = rows.tables["safeguards"]
    proofs = rows.proofs
    counted = Counter((row["kind"], name_proof(row, proofs)) for row in safeguards)
    columns = voice.columns(("kind", 2), ("state", 2), ("count", 1, "number"), ("names", 5))
    cells = [
        (
            rows.show("safeguards", "kind", kind),
            voice.name("proof", state),
            n,
            rows.link_ids(
                "safeguards",
                [
                    r["id"]
                    for r in safeguards
                    if (r["kind"], name_proof(r, proofs)) == (kind, state)
                ],
                titled=True,
            ),
        )
        for (kind, state), n in sorted(counted.items())
    ]
    unproven = sum(name_proof(row, proofs) != "verified" for row in safeguards)
    dated = sum(row["evidence_on"] is not None for row in safeguards)
    every = len(safeguards)
    blocks: list[Block] = [
        voice.paragraph(voice.say("safeguards.text", n=every)),
        voice.table("safeguard-states", voice.say("safeguards.summary"), columns, cells),
    ]
    if results.safeguards is not None:
        blocks += _tell_review(rows, results.safeguards)
    picture = show_access(rows)
    if picture:
        blocks.append(picture)
    blocks.append(
        voice.pair("safeguards", {"n": unproven, "all": every}, {"n": dated, "all": every})
    )
    return voice.section("safeguards", blocks)


def _tell_review(rows: Rows, answer: Result) -> list[Block]:
    """Return the tables of what no safeguard protects, what was found, what to take away."""
    voice, blocks = rows.voice, list[Block]()
    uncovered = answer["uncovered"]
    if uncovered:
        columns = voice.columns(("subject", 1.6), ("lacks", 4), ("controls", 2.4))
        cells: list[tuple[Cell, ...]] = [
            (
                rows.link(subject["table"], subject["id"], titled=subject["table"] != "flows"),
                voice.stack([voice.pick(need, "message") for need in subject["needs"]]),
                _name_controls(rows, subject["missing"]),
            )
            for subject in uncovered
        ]
        title = voice.say("safeguards.uncovered", n=len(uncovered))
        note = voice.say("safeguards.uncovered-note")
        blocks.append(voice.table("uncovered", title, columns, cells, note=note))
    found = [f for f in answer["findings"] if f["subject"]["table"] in SAFEGUARD_RULES]
    told = [f for f in found if f["slug"] != UNSEALED]
    if told:
        columns = voice.columns(("found", 4), ("clause", 2))
        lines = [(voice.pick(f, "message"), rows.cite(f)) for f in told]
        title = voice.say("safeguards.findings", n=len(told))
        blocks.append(voice.table("safeguard-findings", title, columns, lines))
    unsealed = [f["subject"]["id"] for f in found if f["slug"] == UNSEALED]
    if unsealed:
        names = rows.link_ids("safeguards", unsealed, titled=True)
        text = voice.say("safeguards.unsealed", n=len(unsealed))
        blocks.append(voice.paragraph(voice.enclose(text, names)))
    taken = answer["access"]["take_away"]
    if taken:
        columns = voice.columns(
            ("account", 1.4), ("system", 2), ("access-rights", 2), ("because", 3)
        )
        rights = [_tell_withdrawal(rows, one) for one in taken]
        title = voice.say("safeguards.take-away", n=len(taken))
        blocks.append(voice.table("take-away", title, columns, rights))
    return blocks


def _tell_withdrawal(rows: Rows, one: dict[str, Any]) -> tuple[Cell, ...]:
    voice = rows.voice
    system = rows.link("systems", one["system"], titled=True) if one["system"] else ""
    words = voice.join([voice.say(f"access.may.{p}") for p in one["permissions"]])
    return one["account"], system, words, voice.pick(one, "because")


def _name_controls(rows: Rows, controls: list[str]) -> Cell:
    known = rows.case.knowledge.controls
    titles = [known[id].title[rows.voice.lang] if id in known else id for id in controls]
    return rows.voice.stack(titles)
