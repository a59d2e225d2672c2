"""One case as a group sees it: the few numbers and rows that its overview needs, as plain JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from piaskit.report.results import read_results
from piaskit.report.voice import LEVELS, STATES

if TYPE_CHECKING:
    from piaskit.case import Case

Result: TypeAlias = Mapping[str, Any]
Summary: TypeAlias = Mapping[str, Any]
Span: TypeAlias = tuple[int, int | None]  # at least, at most; None: nobody knows

TONGUES = ("en", "zh")


def summarise_case(case: Case, results: Mapping[str, Result]) -> dict[str, Any]:
    """Return what a group's overview says of a case; ``results`` are those of its report."""
    from piaskit.screening import choose_routes

    found = read_results(results, case.title)
    routes = choose_routes(case)
    cells = {
        state: Counter(
            f"{rated['impact']} {rated['likelihood']}"
            for risk in found.risks
            if (rated := found.rating(risk, state))
        )
        for state in STATES
    }
    titles = {
        row.id: _say(case, row, "title")
        for table in ("activities", "actions", "roles")
        for row in case.frames[table].itertuples()
    }
    nameless = {"en": "", "zh": ""}
    return {
        "case": case.id,
        "title": _say(case, case.id, "title"),
        "organisation": _say(case, case.organisation, "name"),
        "as_of": case.as_of.isoformat(),
        "method": found.method,
        "activities": len(case.frames["activities"]),
        "flows": len(case.frames["flows"]),
        "gaps": len(found.findings),
        "required": sum(verdict["decision"] == "required" for verdict in found.verdicts),
        "persons": case.organisation.persons_total,
        "exported": list(routes.ordinary),
        "exported_sensitive": list(routes.sensitive),
        "overall": {state: found.overall(state) for state in STATES},
        "counts": {s: {level: found.count(s, level) for level in LEVELS} for s in STATES},
        "cells": {state: dict(sorted(counted.items())) for state, counted in cells.items()},
        "risks": [
            {
                "id": risk["id"],
                "rule": risk["rule"],
                "title": {"en": risk["title"], "zh": risk["title_zh"]},
                "activity": titles.get(risk["activity"], nameless),
                **{state: found.level(risk, state) for state in STATES},
                "above_line": bool(risk.get("above_line")),
                "actions": len((risk.get("treatment") or {}).get("actions") or ()),
            }
            for risk in found.risks
        ],
        "overdue": [
            {
                "id": row["id"],
                "title": titles.get(row["id"], nameless),
                "owner": titles.get(row["owner"], nameless),
                "due_on": row["due_on"],
                "days_late": row["days_late"],
            }
            for row in (found.assess.get("treatment") or {}).get("overdue") or ()
        ],
    }


def _say(case: Case, row: object, column: str) -> dict[str, str]:
    return {lang: case.say(row, column, lang) for lang in TONGUES}


def count_edition(assess: Result) -> dict[str, Any]:
    """Return what the trend says of an edition, from its answer of assess."""
    method = assess["methods"][0]
    return {
        "as_of": assess["as_of"],
        "overall": assess["overall"].get(method),
        "counts": dict(assess["counts"]["current"]),
    }


def add_spans(spans: Iterable[Sequence[int | None]]) -> Span:
    """Add numbers of which only bounds are known.

    >>> add_spans([(3, 4), (2, None)])
    (5, None)
    """
    low, high = 0, 0
    known = True
    for least, most in spans:
        low += least or 0
        known = known and most is not None
        high += most or 0
    return low, high if known else None
