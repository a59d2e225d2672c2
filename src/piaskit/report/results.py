"""The results of the verbs as a report reads them: one place that knows their shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from piaskit.report.voice import LEVELS

if TYPE_CHECKING:
    from piaskit.report.rows import Record, Rows

Result = Mapping[str, Any]


def rank_level(level: str | None) -> int:
    """Return the place of a level, from 0 for none to 4 for severe.

    >>> rank_level("severe"), rank_level(None)
    (4, 0)
    """
    return LEVELS.index(level) + 1 if level in LEVELS else 0


@dataclass(frozen=True)
class Results:
    """What ledger, screen and assess found; numbers come from the first method."""

    ledger: Result
    screen: Result
    assess: Result
    title: str
    previous: Result | None = None
    exercise: Result | None = None
    safeguards: Result | None = None
    quantify: Result | None = None
    accounts: Result | None = None

    @property
    def uncovered(self) -> frozenset[str] | None:
        """The flows that no working safeguard protects; None when nobody looked."""
        return None if self.safeguards is None else list_uncovered(self.safeguards)

    @property
    def judged(self) -> Sequence[Result] | None:
        """The states of the safeguards; None when nobody looked."""
        return None if self.safeguards is None else self.safeguards["safeguards"]

    @property
    def findings(self) -> Sequence[Result]:
        return list(self.ledger["findings"])

    @property
    def verdicts(self) -> Sequence[Result]:
        return list(self.screen["verdicts"])

    @cached_property
    def risks(self) -> Sequence[Result]:
        """The risks, severe ones of today first, then by id."""
        return sorted(
            self.assess["risks"],
            key=lambda risk: (-rank_level(self.level(risk, "current")), risk["id"]),
        )

    @property
    def method(self) -> str:
        return str(self.assess["methods"][0])

    def level(self, risk: Result, state: str) -> str | None:
        """Return the level of a risk in a state."""
        return self.rating(risk, state).get("level")

    def rating(self, risk: Result, state: str) -> Result:
        """Return impact, likelihood and level of a risk in a state."""
        rated: Result = risk["levels"].get(self.method, {}).get(state) or {}
        return rated

    def overall(self, state: str) -> str | None:
        """Return the overall level in a state."""
        level: str | None = self.assess["overall_states"].get(self.method, {}).get(state)
        return level

    def count(self, state: str, level: str) -> int:
        """Return how many risks have a level in a state."""
        return int(self.assess["counts"].get(state, {}).get(level, 0))

    @cached_property
    def plan(self) -> Mapping[str, Result]:
        """The row of the treatment plan for each risk that has one."""
        rows = (self.assess.get("treatment") or {}).get("plan") or ()
        return {risk: row for row in rows for risk in row["risks"]}

    @cached_property
    def earlier(self) -> Results | None:
        """The results of the last edition, as far as it assessed, or None."""
        return None if self.previous is None else replace(self, assess=self.previous)

    @property
    def residual(self) -> Result:
        """What stays above the line after treatment, and what the regimes want then."""
        residual: Result = (self.assess.get("treatment") or {}).get("residual") or {}
        return residual

    @property
    def remarks(self) -> Sequence[Result]:
        """What is wrong with actions and acceptances."""
        return list((self.assess.get("treatment") or {}).get("remarks") or ())

    def find(self, id: str | None) -> Result | None:
        """Return the risk of an id, or None."""
        return next((risk for risk in self.assess["risks"] if risk["id"] == id), None)

    def anchor(self, risk: Result) -> str:
        """Return the anchor of a risk in the register."""
        from piaskit.report.rows import make_anchor

        return make_anchor("risk", risk["id"])

    def activities(self, rows: Rows) -> list[Record]:
        """Return the activities assessed, in the order of the table."""
        chosen = {activity["id"] for activity in self.assess["activities"]}
        return [row for row in rows.tables["activities"] if row["id"] in chosen]

    def list_missing(self, verdict: Result, rows: Rows) -> list[str]:
        """Return the facts a verdict misses in words: ``items of x`` with the title of x."""
        return [tell_missing(str(fact), rows) for fact in verdict.get("missing") or ()]

    def name_rule(self, rows: Rows, slug: str) -> str:
        """Return the title of a rule, else what it threatens, else its id."""
        rule = rows.case.knowledge.rules.get(slug)
        if rule is None:
            return slug
        return (rule.title or rule.threat)[rows.voice.lang]


def list_uncovered(safeguards: Result) -> frozenset[str]:
    """Return the flows that an answer of ``safeguards`` calls unprotected.

    >>> sorted(list_uncovered({"uncovered": [{"flows": ["f-2", "f-1"]}, {"flows": ["f-1"]}]}))
    ['f-1', 'f-2']
    """
    return frozenset(flow for subject in safeguards["uncovered"] for flow in subject["flows"])


def tell_missing(fact: str, rows: Rows) -> str:
    """Return a missing fact in the report's words.

    A fact is ``table of id``, ``table.column of id``, ``judgements of id: dimension``,
    ``items.category of id: why`` or ``organisation.key``.
    """
    what, found, id = fact.partition(" of ")
    table, _, column = what.partition(".")
    if table == "organisation":
        return rows.case.knowledge.labels(f"comparison.key.{column}", rows.voice.lang)
    if not found or table not in rows.tables:
        return fact
    id, _, tail = id.partition(": ")
    name = rows.heading(column) if column else rows.name_table(table)
    if table == "judgements":
        name = rows.case.knowledge.labels(f"value.dimension.{tail}", rows.voice.lang)
        name = rows.voice.say("word.judgement-on", dimension=name)
    owner = table if id in rows.by_id[table] else "activities"
    title = rows.title(owner, id)
    return f"{name} ({title})" if rows.voice.lang == "en" else f"{name}（{title}）"


def read_results(results: Mapping[str, Result], title: str) -> Results:
    """Return the results of a run by verb; ``previous`` is an earlier answer of assess."""
    return Results(
        results["ledger"],
        results["screen"],
        results["assess"],
        title,
        results.get("previous"),
        results.get("exercise"),
        results.get("safeguards"),
        results.get("quantify"),
        results.get("accounts"),
    )
