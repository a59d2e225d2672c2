"""How far treatment has come: what is late, unproven or does not count, and what stays too high."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from piaskit.risk.scales import LEVELS, STATES
from piaskit.risk.treatment import EFFECTS, Row, Treatment

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge.records import Residual
    from piaskit.risk.reading import Reading
    from piaskit.rules import Hits

LANGS = ("en", "zh")
CURRENT, PLANNED = STATES.index("current"), STATES.index("planned")
MOST = 20_000  # risks among which the nearest to a misspelt one is looked for
Where = Literal["found", "elsewhere", "gone", "unknown", "unsure"]


@dataclass(frozen=True, slots=True)
class Named:
    """The risks that actions and acceptances name.

    ``where`` says of each whether it is ``found``, found ``elsewhere`` (at activities that are not
    assessed), ``gone`` (rule and row exist, the rule no longer fires there), ``unknown``, or
    ``unsure`` because a rule failed. ``place`` is the number of a found one in the register,
    ``near`` the nearest risk to an unknown one.
    """

    where: dict[str, Where]
    place: dict[str, int]
    near: dict[str, str]


def find_named(
    case: Case,
    treatment: Treatment,
    hits: Hits,
    kept: Hits,
    seen: Iterable[str],
    *,
    complete: bool = True,
) -> Named:
    """Look the named risks up among ``hits``, of which ``kept`` are under assessment.

    ``seen`` are the risks that only people see; they come after the kept hits in the register.
    ``complete`` says that no rule failed.
    """
    starts = {
        (part.rule.id, part.table): (start, part.ids)
        for start, part in zip(kept.starts, kept.found, strict=True)
    }
    judged = {risk: len(kept) + at for at, risk in enumerate(seen)}
    everywhere = {(part.rule.id, part.table): part.ids for part in hits.found}
    named = Named({}, {}, {})
    for risk in sorted({*treatment.actions, *treatment.acceptances}):
        rule, table, row = split_risk(risk)
        start, ids = starts.get((rule, table), (0, []))
        if risk in judged or row in ids:
            named.where[risk] = "found"
            named.place[risk] = judged[risk] if risk in judged else start + ids.index(row)
        elif row in everywhere.get((rule, table), ()):
            named.where[risk] = "elsewhere"
        elif (rule == "judgement" or rule in case.knowledge.rules) and _has_row(case, table, row):
            named.where[risk] = "gone" if complete else "unsure"
        else:
            named.where[risk] = "unknown"
            known = _list_ids(hits) if len(hits) <= MOST else ()
            named.near.update((risk, close) for close in get_close_matches(risk, known, 1))
    return named


def split_risk(risk: str) -> tuple[str, str, str]:
    """Split the id of a risk.

    >>> split_risk("never-deleted@activities/orders")
    ('never-deleted', 'activities', 'orders')
    """
    rule, _, subject = risk.partition("@")
    table, _, row = subject.partition("/")
    return rule, table, row


def _list_ids(hits: Hits) -> list[str]:
    return [f"{part.rule.id}@{part.table}/{id}" for part in hits.found for id in part.ids]


def _has_row(case: Case, table: str, row: str) -> bool:
    if table == "organisation":
        return row == case.id
    return table in case.frames and bool(case.frames[table]["id"].eq(row).any())


def describe_progress(
    case: Case, reading: Reading, treatment: Treatment, named: Named
) -> dict[str, Any]:
    """Return the key ``treatment`` of an assessment; levels are those of ``reading``.

    Rows that name a risk elsewhere are left out.
    """
    actions = _list_rows(treatment.actions, named)
    acceptances = _list_rows(treatment.acceptances, named)
    options = Counter(row["option"] for row in actions if row["status"] != "dropped")
    late = [row for row in actions if row["days_late"]]
    residual = _describe_residual(case, reading, treatment, named)
    return {
        "options": [
            {"id": id, "title": text.en, "title_zh": text.zh, "actions": options[id]}
            for id, text in reading.base.treatments.items()
        ],
        "counts": {name: sum(row["effect"] == name for row in actions) for name in EFFECTS},
        "overdue": sorted(late, key=lambda row: (-row["days_late"], row["id"])),
        "claimed": [row for row in actions if row["effect"] == "claimed"],
        "acceptances": acceptances,
        "remarks": [
            {"slug": slug, "subject": {"table": table, "id": row["id"]}, "risk": row["risk"]}
            | _say(case, f"remark.{slug}", **_name(case, table, row), **fields)
            for table, rows, find in (
                ("actions", actions, _find_remarks),
                ("acceptances", acceptances, _find_refusals),
            )
            for row in rows
            for slug, fields in find(row, treatment, named)
        ]
        + _remark_riskless(case),
        "residual": residual,
    }


def _remark_riskless(case: Case) -> list[Row]:
    """Tell the rows that name no risk at all, and so change nothing."""
    return [
        {"slug": "riskless", "subject": {"table": table, "id": id}, "risk": None}
        | _say(case, "remark.riskless", **_name(case, table, {"id": id, "risk": ""}))
        for table in ("actions", "acceptances")
        for id in sorted(case.frames[table].loc[case.frames[table]["risk"].isna(), "id"])
    ]


def _list_rows(grouped: Mapping[str, list[Row]], named: Named) -> list[Row]:
    rows = [
        {**row, "risk": risk, "found": named.where.get(risk)}
        for risk, members in grouped.items()
        for row in members
        if named.where.get(risk) != "elsewhere"
    ]
    return sorted(rows, key=lambda row: row["id"])


def _find_remarks(row: Row, treatment: Treatment, named: Named) -> Iterator[tuple[str, Row]]:
    """Yield what is wrong with an action, as slugs and the fields of their words."""
    yield from _find_lost(row, named)
    if row["effect"] == "none":
        unrecorded = treatment.find_decision(row["risk"]) is None
        if row["status"] != "dropped" and row["found"] == "found" and unrecorded:
            yield "accepted-without-record", {}
        return
    if row["days_late"]:
        yield "overdue", {"days": row["days_late"], "due": row["due_on"]}
    if row["effect"] == "claimed":
        yield ("unverified" if row["done_on"] else "unverified-undated"), {"on": row["done_on"]}
    if row["effect"] == "planned":
        yield from ((f"without-{name}", {}) for name in ("owner", "due_on") if not row[name])


def _find_refusals(row: Row, treatment: Treatment, named: Named) -> Iterator[tuple[str, Row]]:
    """Yield why an acceptance does not count, and what else it lacks."""
    yield from _find_lost(row, named)
    for what in row["lacks"]:
        yield f"not-counted-{what}", {"on": row["expires_on"] or "-", "day": row["decided_on"]}
    if row["counts"] and not row["expires_on"]:
        yield "endless", {}


def _find_lost(row: Row, named: Named) -> Iterator[tuple[str, Row]]:
    if row["found"] == "unknown":
        near = named.near.get(row["risk"])
        yield ("unknown-near" if near else "unknown"), {"near": near}
    elif row["found"] == "gone":
        yield ("gone" if row.get("effect") != "planned" else "gone-open"), {}


def _name(case: Case, table: str, row: Row) -> dict[str, dict[str, str]]:
    told = {lang: case.say(f"{table}/{row['id']}", "title", lang) for lang in LANGS}
    return {
        "title": {lang: text or str(row["id"]) for lang, text in told.items()},
        "risk": dict.fromkeys(LANGS, str(row["risk"])),
    }


def _describe_residual(
    case: Case, reading: Reading, treatment: Treatment, named: Named
) -> dict[str, Any]:
    """Say how many risks stay above the line once all that is planned works, and what then.

    A suppressed risk is left out; an accepted one is not, since accepting lowers nothing.
    """
    line = LEVELS.index(reading.line)
    high = reading.above[PLANNED]
    decisions = {
        place: treatment.find_decision(risk) for risk, place in named.place.items() if high[place]
    }
    suppressed = [place for place, decision in decisions.items() if decision == "suppress"]
    counted = high.copy()
    counted[suppressed] = False
    number = np.bincount(reading.risks.level[PLANNED][counted], minlength=len(LEVELS))
    n = int(counted.sum())
    wants = [_describe_want(case, regime) for regime in case.regimes] if n else []
    consult = any(want["decision"] == "consult" for want in wants)
    decision = ("consult-or-stop" if consult else "reduce-or-stop") if n else "within-line"
    level = reading.line_title
    words = {
        "n": n,
        "line": {lang: level[lang] for lang in LANGS},
        "now": int(reading.above[CURRENT].sum()),
    }
    return {
        "line": reading.line,
        "risks": n,
        "levels": {
            word: int(number[at]) for at, word in enumerate(LEVELS) if at > line or number[at]
        },
        "accepted": sum(decision == "accept" for decision in decisions.values()),
        "suppressed": len(suppressed),
        "decision": decision,
        **_say(case, f"residual.{decision}", **words),
        "regimes": wants,
    }  # fmt: skip


def _describe_want(case: Case, regime: str) -> dict[str, Any]:
    """Say what a regime wants where the risk stays high, or that no pack says."""
    for regulation in case.knowledge.regulations.values():
        found: Residual | None = regulation.residual
        if regulation.regime == regime and found is not None:
            clause = f"{regulation.id} {found.clause}"
            return {
                "regime": regime,
                "decision": found.decision,
                "because": found.note.en,
                "because_zh": found.note.zh,
                "clause": case.knowledge.cite(clause, "en"),
                "clause_zh": case.knowledge.cite(clause, "zh"),
                "clauses": [clause],
                "confidence": found.confidence,
            }
    told = _say(case, "residual.unsaid", regime=dict.fromkeys(LANGS, regime))
    return {
        "regime": regime,
        "decision": "judge",
        "because": told["message"],
        "because_zh": told["message_zh"],
        "clause": "",
        "clause_zh": "",
        "clauses": [],
        "confidence": "low",
    }


def _say(case: Case, label: str, **fields: Any) -> dict[str, str]:
    """Fill a label of the room in both languages; a field that has both gives its own."""
    told = {
        lang: case.knowledge.labels(
            f"risk.{label}",
            lang,
            **{k: v[lang] if isinstance(v, dict) else v for k, v in fields.items()},
        )
        for lang in LANGS
    }
    return {"message": told["en"], "message_zh": told["zh"]}
