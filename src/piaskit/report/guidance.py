"""Guidance for users: by kind of information, only what concerns this case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from piaskit.knowledge.advice import find_advice
from piaskit.report.document import Table
from piaskit.report.rows import Record, Rows
from piaskit.report.voice import Voice

COUNTERPARTIES = ("counterparty", "potential-counterparty", "controller", "recipient")


@dataclass(frozen=True, slots=True)
class PublicGuidance:
    """What users should know of one kind of information, in words of packs alone.

    A kind that no flow gives to a counterparty has a blank ``seen``, one that no flow discloses a
    blank ``open``.
    """

    title: str
    send: str
    seen: str
    open: str
    others: str


def project_guidance(rows: Rows, chosen: set[str]) -> tuple[PublicGuidance, ...]:
    """Return the guidance for each kind of information that the activities chosen process."""
    knowledge, lang = rows.case.knowledge, rows.voice.lang
    guides = {id: g for pack in knowledge.guidance.values() for id, g in pack.guidance.items()}
    categories = {row["id"]: row["category"] for row in rows.tables["items"]}
    flows = [row for row in rows.tables["flows"] if row["activity"] in chosen]

    def name_kinds(some: list[Record]) -> set[str]:
        ids = {id for row in some for id in (row["items"] or "").split(";")}
        found = {categories[id] for id in ids if categories.get(id)}
        return {entry.id for entry in find_advice(knowledge.advice, found)}

    roles = {row["id"]: row["role"] for row in rows.tables["parties"]}
    seen = name_kinds([row for row in flows if roles.get(row["target"]) in COUNTERPARTIES])
    disclosed = name_kinds([row for row in flows if row["stage"] == "disclose"])
    own = [row["category"] for row in rows.tables["items"] if row["activity"] in chosen]
    return tuple(
        PublicGuidance(
            title=entry.title[lang],
            send=guides[entry.id].send[lang],
            seen=guides[entry.id].seen[lang] if entry.id in seen else "",
            open=guides[entry.id].open[lang] if entry.id in disclosed else "",
            others=guides[entry.id].others[lang],
        )
        for entry in find_advice(knowledge.advice, [category for category in own if category])
        if entry.id in guides
    )


def list_reported(rows: Rows) -> tuple[str, ...]:
    """Return what happens when a user reports a leak, in order."""
    packs = rows.case.knowledge.guidance.values()
    return tuple(step[rows.voice.lang] for pack in packs for step in pack.reported)


def show_guidance(voice: Voice, guidance: Sequence[PublicGuidance]) -> Table:
    """Return one row for each kind of information, the most urgent first."""
    columns = voice.columns(
        ("kind-of-information", 1.9), ("do-not-send", 2.8), ("counterparty-sees", 2.2),
        ("when-public", 1.8), ("whose-data", 2.6),
    )  # fmt: skip
    none = voice.say("guidance.not-here")
    cells = [
        (g.title[:1].upper() + g.title[1:], g.send, g.seen or none, g.open or none, g.others)
        for g in guidance
    ]
    note = voice.say("guidance.note", none=none)
    return voice.table("guidance", voice.say("guidance.title"), columns, cells, note=note)
