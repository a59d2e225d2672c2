"""The assessment: facts, safeguards and judgements become the levels of a method."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from piaskit.case.order import sort_rows
from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.risk.assessment import Assessment
from piaskit.risk.explain import LANGS, Explainer, Said
from piaskit.risk.progress import describe_progress, find_named
from piaskit.risk.rating import Rating, rate_case
from piaskit.risk.register import Register
from piaskit.risk.scales import LEVELS, LIKELIHOODS, STATES, Positions
from piaskit.risk.treatment import read_treatment
from piaskit.rules import SECONDS, run_rules
from piaskit.safeguards import cover_subjects, judge_safeguards, select_working

if TYPE_CHECKING:
    from collections.abc import Iterable

    from piaskit.case import Case
    from piaskit.knowledge import Method

CURRENT = STATES.index("current")


def assess_risks(
    case: Case,
    method: str = "gbt39335",
    activities: Sequence[str] | None = None,
    *,
    seconds: float = SECONDS,
    reviewed: pd.DataFrame | None = None,
) -> Assessment:
    """Assess a case: its risks, its activities and the overall level, in three states.

    ``inherent`` counts no safeguard, ``current`` the verified ones, ``planned`` also the claimed
    ones and the actions under way. ``activities`` limits the assessment to some activities and
    what touches them. docs/methods.md says how facts become levels. Of several methods, separated
    by commas, the first one explains and counts; the others add their levels.

    ``reviewed`` are states of safeguards to take instead of those that the evidence shows.

    A rule that fails, or takes more than ``seconds``, is told in ``issues`` while the others go on.
    Raises InvalidData for a method or an activity that does not exist.
    """
    first, *others = dict.fromkeys(name.strip() for name in method.split(","))
    found = _assess(case, first, activities, seconds, reviewed)
    if others:
        found.result["risks"] = list(found.result["risks"])
    for name in others:
        _add_levels(found.result, _assess(case, name, activities, seconds, reviewed).result)
    return found


def _add_levels(result: dict[str, Any], other: dict[str, Any]) -> None:
    """Add the levels of another method, and the risks that only it sees."""
    known = {risk["id"]: risk for risk in result["risks"]}
    for risk in other["risks"]:
        if risk["id"] in known:
            known[risk["id"]]["levels"] |= risk["levels"]
        else:
            result["risks"].append(risk)
    result["methods"] += other["methods"]
    for name in ("overall", "overall_states"):
        result[name] |= other[name]


def _assess(
    case: Case,
    method: str,
    activities: Sequence[str] | None,
    seconds: float,
    reviewed: pd.DataFrame | None,
) -> Assessment:
    _require(method, case.knowledge.methods, "method")
    known = case.frames["activities"]["id"].tolist()
    for name in activities or ():
        _require(name, known, "activity")
    form = case.knowledge.methods[method]
    case = sort_rows(case)
    ids = case.frames["activities"]["id"]
    chosen = np.flatnonzero(ids.isin(ids if activities is None else list(activities)))
    wanted = set(ids.iloc[chosen])
    issues: list[Issue] = []
    found = hits = run_rules(case, issues=issues, seconds=seconds)
    if activities is not None:
        hits = found.select(
            lambda hit: not hit.activities or bool(wanted.intersection(hit.activities))
        )
    if reviewed is None:
        reviewed = judge_safeguards(case)
    coverage = {
        "inherent": cover_subjects(case, select_working(case, reviewed, "inherent")),
        "current": cover_subjects(case, select_working(case, reviewed, "current")),
        "planned": cover_subjects(case, select_working(case, reviewed, "planned")),
    }
    treatment = read_treatment(case)
    rating = rate_case(case, form, hits, coverage, treatment.remedied, chosen)
    writer = Explainer(case, form, hits, rating)
    risks = Register(writer, treatment, frozenset(wanted))
    named = find_named(case, treatment, found, hits, rating.seen["risk"], complete=not issues)
    return Assessment(
        as_of=case.as_of,
        method=method,
        languages=tuple(case.languages) or LANGS,
        labels=case.knowledge.labels,
        result={
            **_summarise(case, form, rating, chosen, risks, _write_activities(writer, chosen)),
            "treatment": describe_progress(case, form, treatment, named, rating.risks.level),
            "issues": [issue.to_dict() for issue in issues],
        },
        register=risks,
        issues=tuple(issues),
    )


def _require(name: str, known: Iterable[str], what: str) -> None:
    names = list(known)
    if name not in names:
        near = get_close_matches(name, names, 1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(names)[:10])}"
        place, message = Place(f"--{what}"), f"there is no {what} {quote(name)}"
        raise InvalidData([Issue("unknown-value", place, message, quote(name), hint)])


def _summarise(
    case: Case,
    method: Method,
    rating: Rating,
    chosen: Positions,
    risks: Register,
    activities: list[dict[str, Any]],
) -> dict[str, Any]:
    highest = np.maximum(
        rating.level[:, chosen].max(axis=1, initial=0), rating.risks.level.max(axis=1, initial=0)
    )
    overall = {state: LEVELS[highest[at]] for at, state in enumerate(STATES)}
    tally = [np.bincount(level, minlength=len(LEVELS)) for level in rating.risks.level]
    by_right = rating.risks.rights_level
    return {
        "methods": [method.id],
        "risks": risks,
        "activities": activities,
        "overall": {method.id: overall["current"]},
        "overall_states": {method.id: overall},
        "rights": {
            right: {
                state: {
                    word: int((by_right[at, :, column] == LEVELS.index(word)).sum())
                    for word in ("high", "severe")
                }
                for at, state in enumerate(STATES)
            }
            for column, right in enumerate(method.rights)
        },
        "counts": {
            state: {word: int(tally[at][level]) for level, word in enumerate(LEVELS)}
            for at, state in enumerate(STATES)
        },
    }


def _write_activities(writer: Explainer, chosen: Positions) -> list[dict[str, Any]]:
    method, rating = writer.method, writer.rating
    rows = writer.case.frames["activities"].to_dict("records")
    written = []
    for at in chosen.tolist():
        title = writer.name_row(rows[at])
        states = {state: LEVELS[rating.level[s, at]] for s, state in enumerate(STATES)}
        written.append(
            {
                "id": rows[at]["id"],
                "title": title["en"],
                "title_zh": title["zh"],
                "rights": {
                    right: _write_dimension(writer, at, column, "impact")
                    for column, right in enumerate(method.rights)
                },
                "sources": {
                    source: _write_dimension(writer, at, len(method.rights) + column, "likelihood")
                    for column, source in enumerate(method.sources)
                },
                "level": states["current"],
                "levels": states,
            }
        )
    return written


def _write_dimension(writer: Explainer, activity: int, column: int, key: str) -> dict[str, Any]:
    """Write one dimension of an activity: its levels, what was proposed and judged, and why."""
    rating, rights = writer.rating, len(writer.method.rights)
    names = LEVELS if key == "impact" else LIKELIHOODS
    final = [names[max(level, 0)] for level in rating.final[:, activity, column].tolist()]
    proposed = names[max(int(rating.proposed[CURRENT, activity, column]), 0)]
    if key == "impact":
        said, rows = writer.explain_right(activity, column)
    else:
        said, rows = writer.explain_source(activity, column - rights)
    found: dict[str, Any] = {
        key: final[CURRENT],
        **dict(zip(STATES, final, strict=True)),
        "proposed": proposed,
        "judged": None,
        "judged_by": None,
        "reason": None,
        "reason_zh": None,
    }
    place = int(rating.judgements.row[activity, column])
    if place >= 0:
        row = rating.judgements.frame.loc[place].to_dict()
        judged = names[int(rating.judgements.level[activity, column])]
        reason: Said = writer.state(row, "reason")
        said = writer.join([writer.explain_judgement(row, judged, proposed), said])
        rows = [{"table": "judgements", "id": row["id"]}, *rows]
        by = None if pd.isna(row["judged_by"]) else row["judged_by"]
        found |= {"judged": judged, "judged_by": by}
        found |= {"reason": reason["en"], "reason_zh": reason["zh"]}
    return found | {"because": said["en"], "because_zh": said["zh"], "rows": rows}
