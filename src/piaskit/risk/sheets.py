"""The sheet of a method: what it asks to be filled in, from the facts that the rating rests on.

A method for situations of the law has its form, one for kinds of events its map of positions, one
that multiplies its worksheet. Which one follows from the pack, not from the name of the method.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from piaskit.risk.explain import SHOWN, Explainer, Said, both
from piaskit.risk.reading import Reading
from piaskit.risk.scales import LEVELS, LIKELIHOODS, STATES, Positions

if TYPE_CHECKING:
    from piaskit.rules import Hits
    from piaskit.screening import Argument, Verdict

CURRENT = STATES.index("current")
LAWFUL = ("process",)  # the risk-source dimension that holds purpose, basis, notice and necessity
Row = dict[str, Any]


def write_sheet(
    reading: Reading, writer: Explainer, verdicts: Sequence[Verdict], chosen: Positions
) -> list[Row] | None:
    """Return the rows of a method's sheet; None for a method that has none."""
    method = reading.method
    if method.situations:
        return list(_fill_form(reading, writer, verdicts, chosen))
    if method.scores is not None:
        return list(_multiply(reading, writer))
    if method.events:
        return list(_map_events(reading, writer, chosen))
    return None


def _map_events(reading: Reading, writer: Explainer, chosen: Positions) -> Iterator[Row]:
    """Yield where each kind of event stands for each activity, now and after the plan."""
    method = reading.method
    ids = writer.case.frames["activities"]["id"].tolist()
    for at in chosen.tolist():
        for kind, (name, event) in enumerate(method.events.items()):
            wanted = [reading.dimensions.index(right) for right in event.touches]
            row: Row = {
                "activity": ids[at],
                "event": name,
                "title": event.title.en,
                "title_zh": event.title.zh,
            }
            for number, state in enumerate(STATES):
                impact = max(int(reading.impacts[number, at, wanted].max(initial=-1)), 0)
                likelihood = int(reading.likelihoods[number, at, kind])
                row[state] = reading.spell(impact, likelihood)
            hits = list_hits(reading, kind, at)
            row["risks"] = [writer.hits[hit].risk for hit in hits[:SHOWN]]
            row["more"] = max(len(hits) - SHOWN, 0)
            yield row


def list_hits(reading: Reading, kind: int, activity: int) -> list[int]:
    """Return the findings on an activity of one source or kind of event, the likeliest first."""
    links = reading.rating.likelihoods.links
    touching = links["hit"].to_numpy()[links["activity"].to_numpy() == activity]
    alike = touching[reading.risks.kind[CURRENT, touching] == kind]
    likely = reading.rating.risks.likelihood[CURRENT, alike]
    ordered: list[int] = alike[np.lexsort((alike, -likely))].tolist()
    return ordered


def _multiply(reading: Reading, writer: Explainer) -> Iterator[Row]:
    """Yield a row per risk and problem: likelihood by the sum of the costs, and the rank.

    ``total`` is the sum over the problems of a risk, ``share`` its part of the sum over all risks,
    ``rank`` its place by ``total``; equal totals share a rank.
    """
    method = reading.method
    scores = method.scores
    assert scores is not None
    steps = [method.read_step(word, "impact") for word in LEVELS]
    costs = np.array([scores.sum_costs(step) for step in steps])
    likely = [scores.likelihood[method.read_step(word, "likelihood")] for word in LIKELIHOODS]
    impact = reading.risk_impacts[CURRENT]
    rated = reading.risks.level[CURRENT] >= 0
    products = np.where(impact >= 0, costs[impact], 0)
    products = products * np.array(likely)[reading.risks.likelihood[CURRENT]][:, None]
    totals = np.where(rated, products.sum(axis=1), 0)
    whole = int(totals.sum()) or 1
    ranks = 1 + (len(totals) - np.searchsorted(np.sort(totals), totals, side="right"))
    kinds = list(method.events.items())
    ids = [hit.risk for hit in writer.hits] + reading.rating.seen["risk"].tolist()
    for at in np.lexsort((np.arange(len(totals)), -totals)).tolist():
        if not rated[at]:
            continue
        action, event = kinds[int(reading.risks.kind[CURRENT, at])]
        for column, problem in enumerate(reading.dimensions):
            if impact[at, column] < 0:
                continue
            step = steps[impact[at, column]]
            yield {
                "risk": ids[at],
                "action": action,
                "action_title": event.title.en,
                "action_title_zh": event.title.zh,
                "problem": problem,
                "problem_title": method.rights[problem].title.en,
                "problem_title_zh": method.rights[problem].title.zh,
                "likelihood": likely[int(reading.risks.likelihood[CURRENT, at])],
                "costs": {name: cost.scores[step] for name, cost in scores.costs.items()},
                "impact": int(costs[impact[at, column]]),
                "score": int(products[at, column]),
                "total": int(totals[at]),
                "share": round(int(totals[at]) / whole, 4),
                "rank": int(ranks[at]),
            }


def _fill_form(
    reading: Reading, writer: Explainer, verdicts: Sequence[Verdict], chosen: Positions
) -> Iterator[Row]:
    """Yield the rows of the form: each situation of each activity by each content of the law."""
    frame = writer.case.frames["activities"]
    numbers = {id: number for number, id in enumerate(frame["id"].tolist())}
    wanted = set(chosen.tolist())
    for verdict in verdicts:
        at = numbers[verdict.activity]
        if verdict.regime != reading.method.situations or at not in wanted:
            continue
        for number, argument in enumerate(verdict.because, 1):
            contents = reading.method.lists["contents"].entries
            for content, title in contents.items():
                conclusion, said, rows = _conclude(reading, writer, at, argument, content)
                yield {
                    "activity": verdict.activity,
                    "number": number,
                    "situation": argument.criterion,
                    "situation_title": argument.title,
                    "situation_title_zh": argument.title_zh,
                    "met": argument.met,
                    "content": content,
                    "content_title": title.en,
                    "content_title_zh": title.zh,
                    "conclusion": conclusion,
                    "because": said["en"],
                    "because_zh": said["zh"],
                    "rows": rows,
                }


def _conclude(
    reading: Reading, writer: Explainer, at: int, argument: Argument, content: str
) -> tuple[str, Said, list[dict[str, str]]]:
    """Conclude one content for one situation: the word, the reason and the rows behind it."""
    rows = [{"table": table, "id": id} for table, id in argument.rows]
    if argument.met == "no":
        return "not-met", {"en": argument.reason, "zh": argument.reason_zh}, rows
    found = _select_hits(reading, writer.hits, at, argument)
    if content == "lawful":
        return _conclude_lawful(writer, at, found, argument)
    placed = reading.activities
    method = reading.method
    impact = max(int(placed.impact[CURRENT, at]), 0)
    likelihood = max(
        (int(reading.rating.risks.likelihood[CURRENT, hit]) for hit in found), default=0
    )
    own = reading.spell(impact, likelihood)
    if content == "impact":
        said = writer.say(
            "form.impact",
            impact=both(method.scales.impact[own["impact"]].title),
            level=both(method.scales.risk[own["level"]]),
            reason=writer.explain_right(at, int(placed.dimension[CURRENT, at]))[0],
        )
        return own["level"], said, rows
    told = [writer.tell(writer.hits[hit]) for hit in found[:SHOWN]]
    said = writer.say(
        "form.measures" if found else "form.nothing",
        step=both(method.scales.likelihood[own["likelihood"]].title),
        n=len(found),
        found=writer.join(told),
    )
    return own["likelihood"], said, _list_subjects(writer.hits, found[:SHOWN])


def _conclude_lawful(
    writer: Explainer, at: int, found: list[int], argument: Argument
) -> tuple[str, Said, list[dict[str, str]]]:
    """Conclude whether purpose and manner are lawful, legitimate and necessary.

    A gap in the process says no; a necessity that nobody stated, or a situation that is open, is
    for a person to judge.
    """
    gaps = [
        hit
        for hit in found
        if writer.hits[hit].rule.kind == "gap" and writer.hits[hit].rule.source in LAWFUL
    ]
    if gaps:
        told = [writer.tell(writer.hits[hit]) for hit in gaps[:SHOWN]]
        said = writer.say("form.gaps", n=len(gaps), found=writer.join(told))
        return "not-conform", said, _list_subjects(writer.hits, gaps[:SHOWN])
    row = writer.case.frames["activities"].iloc[at].to_dict()
    own = [{"table": "activities", "id": row["id"]}]
    if argument.met == "unknown":
        return "judge", {"en": argument.reason, "zh": argument.reason_zh}, own
    necessity = {lang: writer.case.say(row, "necessity", lang) for lang in ("en", "zh")}
    if not all(necessity.values()):
        return "judge", writer.say("form.no-necessity"), own
    stated: Said = {lang: text or "" for lang, text in necessity.items()}
    return "conform", writer.say("form.necessity", necessity=stated), own


def _select_hits(reading: Reading, hits: Hits, at: int, argument: Argument) -> list[int]:
    """Return the findings that bear on a situation of an activity, the likeliest first.

    Where the situation hangs on flows or places, only those on them and on the activity count.
    """
    links = reading.rating.likelihoods.links
    touching = links["hit"].to_numpy()[links["activity"].to_numpy() == at]
    named = set(argument.rows)
    flows = {id for table, id in named if table == "flows"}
    if flows:
        touching = np.array(
            [hit for hit in touching.tolist() if _bears(hits, hit, named, flows)], dtype=np.intp
        )
    likely = reading.rating.risks.likelihood[CURRENT, touching]
    ordered: list[int] = touching[np.lexsort((touching, -likely))].tolist()
    return ordered


def _bears(hits: Hits, number: int, named: set[tuple[str, str]], flows: set[str]) -> bool:
    hit = hits[number]
    return (
        hit.table in ("activities", "organisation")
        or (hit.table, hit.id) in named
        or bool(flows.intersection(hit.flows))
    )


def _list_subjects(hits: Hits, numbers: Sequence[int]) -> list[dict[str, str]]:
    subjects = dict.fromkeys((hits[n].table, hits[n].id) for n in numbers)
    return [{"table": table, "id": id} for table, id in subjects]
