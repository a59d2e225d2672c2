"""The assessment: facts, safeguards and judgements become the levels of a method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from piaskit.case.order import sort_rows
from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.risk.assessment import Assessment
from piaskit.risk.explain import LANGS, Explainer, Said
from piaskit.risk.methods import compare_methods
from piaskit.risk.progress import describe_progress, find_named
from piaskit.risk.rating import Rating, rate_case
from piaskit.risk.reading import Reading, compose_method, read_rating
from piaskit.risk.register import Register, choose_rights_level
from piaskit.risk.scales import LEVELS, LIKELIHOODS, STATES, Positions
from piaskit.risk.scope import Scope, find_scope
from piaskit.risk.treatment import read_treatment
from piaskit.rules import SECONDS, run_rules
from piaskit.safeguards import cover_subjects, judge_safeguards, select_working
from piaskit.screening import screen_case

if TYPE_CHECKING:
    from collections.abc import Iterable

    from piaskit.case import Case
    from piaskit.knowledge import Method
    from piaskit.risk.treatment import Treatment
    from piaskit.rules import Hits
    from piaskit.safeguards import Coverage

CURRENT = STATES.index("current")


@dataclass(frozen=True, eq=False)
class Basis:
    """What assessments by all methods rest on: what rules found, what protects, what is planned.

    ``hits`` are those of ``found`` that touch the activities ``wanted``, which stand at ``chosen``;
    ``reviewed`` are the states of the safeguards.
    """

    case: Case
    chosen: Positions
    wanted: frozenset[str]
    found: Hits
    hits: Hits
    reviewed: pd.DataFrame
    coverage: Mapping[str, Coverage]
    treatment: Treatment
    issues: tuple[Issue, ...]
    _rated: list[tuple[Method, Rating]] = field(default_factory=list)

    def rate(self, form: Method) -> Rating:
        """Rate the case by a method, once."""
        for other, rating in self._rated:
            if other is form:
                return rating
        remedied = self.treatment.remedied
        rating = rate_case(self.case, form, self.hits, self.coverage, remedied, self.chosen)
        self._rated.append((form, rating))
        return rating


def assess_risks(
    case: Case,
    method: str = "gbt39335",
    activities: Sequence[str] | None = None,
    *,
    seconds: float = SECONDS,
    reviewed: pd.DataFrame | None = None,
    like: Assessment | None = None,
) -> Assessment:
    """Assess a case: its risks, its activities and the overall level, in three states.

    ``inherent`` counts no safeguard, ``current`` the verified ones, ``planned`` also the claimed
    ones and the actions under way. ``activities`` limits the assessment to some activities and
    what touches them. docs/methods.md says how facts become levels. Of several methods, separated
    by commas, the first one that applies counts; the others add their levels, and
    ``Assessment.disagreements`` says why they differ.

    ``reviewed`` are states of safeguards to take instead of those that the evidence shows. ``like``
    is an assessment of the same case and activities by other methods: what its rules found and what
    protects is taken from there, and not looked for again.

    A rule that fails, or takes more than ``seconds``, is told in ``issues`` while the others go on.
    Raises InvalidData for a method or an activity that does not exist, and when no method applies.
    """
    known = case.knowledge.methods
    names = list(dict.fromkeys(name.strip() for name in method.split(",")))
    for name in names:
        _require(name, known, "method")
    ids = case.frames["activities"]["id"].tolist()
    for name in activities or ():
        _require(name, ids, "activity")
    methods = [known[name] for name in names]
    scopes = {form.id: find_scope(case, form) for form in methods}
    used = [form for form in methods if scopes[form.id].answer != "no"]
    if not used:
        raise InvalidData([scopes[form.id].refuse() for form in methods])
    basis = like.basis if like is not None else None
    if basis is None:
        basis = _find_basis(sort_rows(case), activities, seconds, reviewed)
    return _assess(basis, methods, used, scopes)


def _find_basis(
    case: Case, activities: Sequence[str] | None, seconds: float, reviewed: pd.DataFrame | None
) -> Basis:
    ids = case.frames["activities"]["id"]
    chosen = np.flatnonzero(ids.isin(ids if activities is None else list(activities)))
    wanted = frozenset(ids.iloc[chosen])
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
    return Basis(case, chosen, wanted, found, hits, reviewed, coverage, treatment, tuple(issues))


def _assess(
    basis: Basis, methods: Sequence[Method], used: Sequence[Method], scopes: Mapping[str, Scope]
) -> Assessment:
    case, chosen, hits, treatment = basis.case, basis.chosen, basis.hits, basis.treatment
    known, issues, rate = case.knowledge.methods, basis.issues, basis.rate

    def find_base(form: Method) -> Method:
        return known[form.reads.method] if form.reads else form

    verdicts = screen_case(case).verdicts if any(form.situations for form in used) else ()
    writer = Explainer(case, find_base(used[0]), hits, rate(find_base(used[0])))
    readings = []
    for form in used:
        rater = compose_method(known, form)
        due = scopes[form.id].find_due(case, verdicts)
        readings.append(read_rating(form, find_base(form), rater, rate(rater), hits, due))
    risks = Register(writer, tuple(readings), treatment, basis.wanted)
    seen = writer.rating.seen["risk"]
    named = find_named(case, treatment, basis.found, hits, seen, complete=not issues)
    result = _summarise(writer, readings, chosen, risks)
    for form in methods:
        if form not in used:
            result["methods"].append(form.id)
            result["overall"][form.id] = None
            result["overall_states"][form.id] = dict.fromkeys(STATES)
    return Assessment(
        as_of=case.as_of,
        method=used[0].id,
        languages=tuple(case.languages) or LANGS,
        labels=case.knowledge.labels,
        result={
            **result,
            **compare_methods(
                case, writer, readings, [scopes[form.id] for form in methods], verdicts, chosen
            ),
            "treatment": describe_progress(case, readings[0], treatment, named),
            "issues": [issue.to_dict() for issue in issues],
        },
        register=risks,
        issues=issues,
        basis=basis,
    )


def _require(name: str, known: Iterable[str], what: str) -> None:
    names = list(known)
    if name not in names:
        near = get_close_matches(name, names, 1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(names)[:10])}"
        place, message = Place(f"--{what}"), f"there is no {what} {quote(name)}"
        raise InvalidData([Issue("unknown-value", place, message, quote(name), hint)])


def _summarise(
    writer: Explainer, readings: Sequence[Reading], chosen: Positions, risks: Register
) -> dict[str, Any]:
    first, rights = readings[0], writer.method.rights
    overall = {reading.method.id: reading.find_overall(chosen) for reading in readings}
    by_right = choose_rights_level(writer, first)
    return {
        "methods": [reading.method.id for reading in readings],
        "risks": risks,
        "activities": _write_activities(writer, first, chosen),
        "overall": {name: states["current"] for name, states in overall.items()},
        "overall_states": overall,
        "rights": {
            right: {
                state: {
                    word: int((by_right[at, :, column] == LEVELS.index(word)).sum())
                    for word in ("high", "severe")
                }
                for at, state in enumerate(STATES)
            }
            for column, right in enumerate(rights)
        },
        "counts": first.count_levels(),
    }


def _write_activities(writer: Explainer, first: Reading, chosen: Positions) -> list[dict[str, Any]]:
    method = writer.method
    rows = writer.case.frames["activities"].to_dict("records")
    written = []
    for at in chosen.tolist():
        title = writer.name_row(rows[at])
        placed = first.activities.level[:, at].tolist()
        states = {s: LEVELS[placed[n]] if placed[n] >= 0 else None for n, s in enumerate(STATES)}
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
