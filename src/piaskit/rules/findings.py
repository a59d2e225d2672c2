"""What rules found, told in both languages with an active clause."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from piaskit.rules.hits import Hit, Hits

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge.records import Labels, Rule


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found at one subject, told in both languages with an active clause.

    The messages are written when somebody reads them: a large register has a million.
    """

    hit: Hit
    labels: Labels = field(repr=False)
    clause: str
    clause_zh: str
    clauses: tuple[str, ...]

    @property
    def message(self) -> str:
        """The message in English."""
        return self.hit.tell("en", self.labels)

    @property
    def message_zh(self) -> str:
        """The message in Chinese."""
        return self.hit.tell("zh", self.labels)

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as JSON holds it.

        `activity` is the one it belongs to; None where it touches several, or none.
        """
        hit, rule = self.hit, self.hit.rule
        activities = hit.activities
        return {
            "slug": rule.id,
            "title": rule.title.en if rule.title else rule.id,
            "title_zh": rule.title.zh if rule.title else rule.id,
            "likelihood": rule.meets.get("none"),
            "subject": {"table": hit.table, "id": hit.id},
            "activity": activities[0] if len(activities) == 1 else None,
            "message": self.message,
            "clause": self.clause,
            "message_zh": self.message_zh,
            "clause_zh": self.clause_zh,
            "clauses": list(self.clauses),
            "risk": hit.risk,
            "activities": list(activities),
            "flows": list(hit.flows),
            "event": rule.event,
            "source": rule.source,
            "stages": list(rule.stages),
            "threat": rule.threat.en,
            "threat_zh": rule.threat.zh,
            "why": rule.why.en,
            "why_zh": rule.why.zh,
            "not_when": rule.not_when.en if rule.not_when else None,
            "not_when_zh": rule.not_when.zh if rule.not_when else None,
            "remedy": list(rule.remedy),
        }


def write_findings(hits: Hits, case: Case) -> tuple[Finding, ...]:
    """Tell hits in both languages, each with the first clause of a regime that is active."""
    knowledge = case.knowledge
    # Written out once per rule: a large register has many findings and few rules.
    cited = {found.rule.id: _cite_active(found.rule, case) for found in hits.found}
    return tuple(Finding(hit, knowledge.labels, *cited[hit.rule.id]) for hit in hits)


def _cite_active(rule: Rule, case: Case) -> tuple[str, str, tuple[str, ...]]:
    """Return the first clause of an active regime in both languages, and all such references."""
    knowledge = case.knowledge
    active = tuple(
        clause
        for clause in rule.clauses
        if knowledge.regulations[clause.partition(" ")[0]].regime in case.regimes
    )
    if not active:
        return "", "", ()
    return knowledge.cite(active[0], "en"), knowledge.cite(active[0], "zh"), active
