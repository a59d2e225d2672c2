"""The lifecycle ledger: where each activity's information flows, stage by stage, and what lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_args

import pandas as pd

from piaskit import __version__
from piaskit.case.governance_tables import LIKELIHOODS
from piaskit.display import Grid
from piaskit.errors import Issue
from piaskit.knowledge import Knowledge
from piaskit.knowledge.records import Stage
from piaskit.rules import SECONDS, Facts, Finding, Touched, run_rules, write_findings

if TYPE_CHECKING:
    from piaskit.case import Case

STAGES: tuple[str, ...] = get_args(Stage)
"""The eight stages of the lifecycle, in order."""


@dataclass(frozen=True, repr=False)
class Ledger:
    """The ledger of a case.

    `activities` is a frame with title and persons; `flows` knows which flows touch what; `issues`
    tells the rules that could not run; `lang` is the language it shows itself in.
    """

    as_of: str
    activities: pd.DataFrame
    flows: Touched = field(repr=False)
    findings: tuple[Finding, ...]
    issues: tuple[Issue, ...]
    knowledge: Knowledge
    lang: str = "en"

    def list_flows(self, activity: str, stage: str) -> tuple[str, ...]:
        """Return the flows of one activity in one stage, sorted; raises KeyError."""
        return self.flows.list_flows("activities", activity, (stage,))

    @cached_property
    def stages(self) -> pd.DataFrame:
        """A frame, one row per activity and one column per stage, of tuples of flow ids."""
        ids = self.activities["id"].tolist()
        cells = {stage: [self.list_flows(id, stage) for id in ids] for stage in STAGES}
        return pd.DataFrame(cells, index=pd.Index(ids, name="activity", dtype="str"))

    def to_dict(self) -> dict[str, Any]:
        """Return the contract's JSON."""
        return {
            "piaskit": __version__,
            "schema": 1,
            "as_of": self.as_of,
            "activities": [
                {
                    "id": row["id"],
                    "title": row["title"],
                    "title_zh": row["title_zh"],
                    "title_en": row["title_en"],
                    "persons": row["persons"],
                    "stages": {s: list(self.list_flows(row["id"], s)) for s in STAGES},
                }
                for row in list_rows(self.activities)
            ],
            "findings": [finding.to_dict() for finding in self.findings],
            "issues": [issue.to_dict() for issue in self.issues],
        }

    def __repr__(self) -> str:
        size = f"{len(self.activities)} activities, {len(self.findings)} findings"
        return f"<Ledger as of {self.as_of}: {size}>"

    def _repr_html_(self) -> str:
        say, lang = self.knowledge.labels, self.lang
        rows = list_rows(self.activities)
        named = {row["id"]: row[f"title_{lang}"] or row["title"] for row in rows}
        stages = Grid(
            say("ledger.title", lang, as_of=self.as_of),
            (say("ledger.activity", lang), *(say(f"ledger.stage.{s}", lang) for s in STAGES)),
            [
                (title, *(len(self.list_flows(id, s)) or None for s in STAGES))
                for id, title in named.items()
            ],
            lang,
        )
        zh = lang == "zh"
        grouped: dict[str, list[Finding]] = {}
        for found in rank_findings(self.findings):
            grouped.setdefault(found.hit.rule.id, []).append(found)
        kinds = Grid(
            say("ledger.kinds", lang, n=len(grouped)),
            tuple(
                say(f"ledger.{name}", lang) for name in ("kind", "likelihood", "number", "clause")
            ),
            [
                (
                    _name_kind(same[0], lang),
                    say(f"value.likelihood.{same[0].hit.rule.meets['none']}", lang),
                    len(same),
                    same[0].clause_zh if zh else same[0].clause,
                )
                for same in grouped.values()
            ],
            lang,
        )
        findings = Grid(
            say("ledger.findings", lang, n=len(self.findings)),
            tuple(
                say(f"ledger.{name}", lang) for name in ("finding", "kind", "activity", "clause")
            ),
            [
                (
                    found.message_zh if zh else found.message,
                    _name_kind(found, lang),
                    [named.get(id, id) for id in found.hit.activities],
                    found.clause_zh if zh else found.clause,
                )
                for same in grouped.values()
                for found in same
            ],
            lang,
        )
        return stages._repr_html_() + kinds._repr_html_() + findings._repr_html_()


def build_ledger(
    case: Case,
    activities: Sequence[str] | None = None,
    *,
    seconds: float = SECONDS,
    facts: Facts | None = None,
) -> Ledger:
    """Sort the flows of each activity by stage and list what the register lacks.

    `activities` limits the ledger to these ids and to the findings that touch them. A rule that
    fails, or takes more than `seconds`, is told in `issues`; nothing is raised. `facts` of the case
    are those that are open already (`open_facts`).
    """
    issues: list[Issue] = []
    hits = run_rules(case, ("gap",), issues=issues, seconds=seconds, facts=facts)
    table = case.frames["activities"]
    wanted = None if activities is None else set(activities)
    if wanted is not None:
        table = table[table["id"].isin(wanted)]
        kept = wanted
        hits = hits.select(lambda hit: bool(kept.intersection(hit.activities)))
    shown = table.reindex(columns=["id", "title", "title_zh", "title_en", "persons"])
    shown = shown.sort_values("id", ignore_index=True)
    shown["title"] = shown["title"].fillna(shown["id"])
    return Ledger(
        as_of=case.as_of.isoformat(),
        activities=shown,
        flows=Touched(case.frames),
        findings=write_findings(hits, case),
        issues=tuple(issues),
        knowledge=case.knowledge,
        lang=case.languages[0],
    )


def rank_findings(findings: Sequence[Finding]) -> list[Finding]:
    """Sort findings by the likelihood of harm as they stand, the highest first, then by kind."""
    order = {level: -n for n, level in enumerate(LIKELIHOODS)}
    return sorted(findings, key=lambda f: (order[f.hit.rule.meets["none"]], f.hit.rule.id))


def _name_kind(finding: Finding, lang: str) -> str:
    rule = finding.hit.rule
    return rule.title[lang] if rule.title else rule.id


def list_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as plain values, blanks as None.

    >>> list_rows(pd.DataFrame({"n": pd.array([1, None], dtype="Int64")}))
    [{'n': 1}, {'n': None}]
    """
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(key): value for key, value in row.items()} for row in plain.to_dict("records")]
