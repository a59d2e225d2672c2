"""What persons can ask for, in public words: rights, answers, complaints, with their clauses."""

from __future__ import annotations

from collections.abc import Mapping

from piaskit.report.rows import Record, Rows

# The clauses that a label on requests, complaints and machines names.
CLAUSES: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("answer", "cn-pipl"): {"clause": "gbt35273 8.7 a)"},
    ("answer", "eu-gdpr"): {"clause": "eu-gdpr 12(3)"},
    ("complain", "cn-pipl"): {"authority": "cn-pipl 65", "court": "cn-pipl 50"},
    ("complain", "eu-gdpr"): {"clause": "eu-gdpr 77"},
    ("machine", "cn-pipl"): {"clause": "cn-pipl 24"},
    ("machine", "eu-gdpr"): {"clause": "eu-gdpr 22"},
}


def list_rights(activities: list[Record]) -> tuple[str, ...]:
    """Return the rights that can be used in at least one activity."""
    ids = {right for row in activities for right in (row["rights"] or "").split(";") if right}
    declared = ("access", "copy", "correct", "delete", "withdraw", "portability", "explain",
                "close-account")  # fmt: skip
    return tuple(id for id in declared if id in ids)


def cite_regimes(rows: Rows, what: str) -> tuple[str, ...]:
    """Say a label per regime with the clauses it rests on; of others, that nothing is known."""
    voice = rows.voice
    return tuple(
        _cite_regime(rows, what, regime)
        or voice.say(f"{what}.unknown", regime=voice.name("regime", regime))
        for regime in rows.case.regimes
    )


def list_machine_rights(rows: Rows, activities: list[Record]) -> tuple[str, ...]:
    """Say per regime what the law gives where machines rate, recommend or decide."""
    if all(row["automated_decision"] in (None, "none") for row in activities):
        return ()
    return tuple(filter(None, (_cite_regime(rows, "machine", r) for r in rows.case.regimes)))


def _cite_regime(rows: Rows, what: str, regime: str) -> str:
    """Say a label of a regime with its clauses; nothing of a regime that has none."""
    knowledge, voice = rows.case.knowledge, rows.voice
    clauses = CLAUSES.get((what, regime))
    if clauses is None:
        return ""
    given = {name: knowledge.cite(clause, voice.lang) for name, clause in clauses.items()}
    if what == "answer":
        regulation = knowledge.regulations[clauses["clause"].partition(" ")[0]]
        number = regulation.numbers["request-reply"]
        given["period"] = f"{number.value:g} {number.unit[voice.lang]}"
    return voice.say(f"{what}.{regime}", **given)
