"""What could happen to persons, in public words: security events, and an example of each harm."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from piaskit.report.reasons import list_activities
from piaskit.report.results import Results, rank_level
from piaskit.report.rows import Rows
from piaskit.report.voice import DIMENSIONS, GRAVE


@dataclass(frozen=True, slots=True)
class PublicHarm:
    """A kind of information, and what it can do in wrong hands, in the words of the method."""

    kind: str
    what: str


def list_events(results: Results) -> tuple[str, ...]:
    """Return the security events of today's severe and high risks, the most frequent first."""
    events = Counter(
        risk["event"] for risk in results.risks if results.level(risk, "current") in GRAVE
    )
    return tuple(event for event, _ in events.most_common() if event not in (None, "none"))


def find_examples(rows: Rows, results: Results) -> dict[str, PublicHarm]:
    """Return per rights dimension the worst that the method knows of what grave risks touch.

    Of equal ones that of the kind of information that most of these risks reach, each kind once.
    Nothing tells of the risks themselves: kinds of information and harm are general.
    """
    knowledge, lang = rows.case.knowledge, rows.voice.lang
    method = knowledge.methods[results.method]
    found: dict[str, PublicHarm] = {}
    told: set[str] = set()
    for right in DIMENSIONS:
        touching = [risk for risk in results.risks if right in (risk.get("rights") or ())]
        levels = {risk["id"]: results.level(risk, "current") for risk in touching}
        worst = max(levels.values(), key=rank_level, default=None)
        kinds = Counter(
            item["category"]
            for risk in touching
            if levels[risk["id"]] == worst
            for activity in list_activities(risk)
            for item in rows.items_of.get(activity, ())
            if item["category"] in knowledge.categories
        )
        ranked = [
            (rank_level(proposals[right].level), number, kind)
            for kind, number in kinds.items()
            if kind not in told and right in (proposals := method.propose_impact(kind))
        ]
        if worst in GRAVE and ranked:
            *_, kind = max(ranked)
            told.add(kind)
            what = method.propose_impact(kind)[right].because[lang]
            found[right] = PublicHarm(knowledge.categories[kind].title[lang], what)
    return found
