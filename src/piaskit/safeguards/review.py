"""Safeguards reviewed: their proof, what they leave uncovered, what lacks, how mature it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from piaskit import __version__
from piaskit.display import Card, Content, Grid
from piaskit.rules import Facts, Finding, Hits, run_rules, write_findings
from piaskit.safeguards.access import Withdrawal, draw_up_matrix, propose_withdrawals
from piaskit.safeguards.coverage import cover_subjects
from piaskit.safeguards.maturity import assess_maturity
from piaskit.safeguards.people import People, review_people
from piaskit.safeguards.states import STATES, judge_safeguards, select_working
from piaskit.safeguards.uncovered import Uncovered, find_uncovered

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.errors import Issue
    from piaskit.safeguards.maturity import Maturity


@dataclass(frozen=True, repr=False)
class Review:
    """The safeguards of a case at a day.

    ``states`` is the frame of ``judge_safeguards``; ``findings`` what rules of kind ``proof`` found
    about safeguards, access rights and persons; ``withdrawals`` the rights to take away; ``matrix``
    who may do what with which categories, a frame of roles by categories; ``issues`` the rules that
    could not run.
    """

    case: Case
    states: pd.DataFrame
    uncovered: tuple[Uncovered, ...]
    findings: tuple[Finding, ...]
    withdrawals: tuple[Withdrawal, ...]
    matrix: pd.DataFrame
    maturity: Maturity
    people: People
    issues: tuple[Issue, ...]
    lang: str = "en"

    @property
    def marked_flows(self) -> frozenset[str]:
        """The flows that no working safeguard protects as they need: to be marked in pictures."""
        return frozenset(flow for subject in self.uncovered for flow in subject.flows)

    def to_dict(self) -> dict[str, Any]:
        """Return the contract's JSON."""
        plain = self.states.astype(object).where(self.states.notna(), None)
        return {
            "piaskit": __version__,
            "schema": 1,
            "as_of": self.case.as_of.isoformat(),
            "safeguards": plain.to_dict("records"),
            "uncovered": [subject.to_dict() for subject in self.uncovered],
            "findings": [finding.to_dict() for finding in self.findings],
            "access": {
                "rows": len(self.case.frames["access"]),
                "matrix": _list_cells(self.matrix),
                "take_away": [withdrawal.to_dict() for withdrawal in self.withdrawals],
            },
            "maturity": self.maturity.to_dict(),
            "people": self.people.to_dict(),
            "issues": [issue.to_dict() for issue in self.issues],
        }

    def __repr__(self) -> str:
        counts = self.states["state"].value_counts()
        told = ", ".join(f"{state} {counts[state]}" for state in STATES if state in counts)
        return f"<Review as of {self.case.as_of}: {told or 'no safeguards'}>"

    def _repr_html_(self) -> str:
        case, lang = self.case, self.lang
        say = case.knowledge.labels
        zh = lang == "zh"
        counts = self.states["state"].value_counts().to_dict()
        card = Card(
            say("safeguards.title", lang, as_of=case.as_of),
            (
                *(
                    (say(f"safeguards.state.{state}", lang), counts.get(state, 0))
                    for state in STATES
                ),
                (say("safeguards.uncovered", lang), len(self.uncovered)),
            ),
            lang,
        )
        because = "because_zh" if zh else "because"
        states = Grid(
            say("safeguards.states", lang),
            tuple(say(f"safeguards.{name}", lang) for name in ("safeguard", "state", "because")),
            [
                (
                    case.say(f"safeguards/{row['id']}", "title", lang) or row["id"],
                    say(f"safeguards.state.{row['state']}", lang),
                    row[because],
                )
                for row in self.states.to_dict("records")
            ],
            lang,
            folded=True,
        )
        bare = Grid(
            say("safeguards.uncovered", lang),
            tuple(say(f"safeguards.{name}", lang) for name in ("subject", "lacks", "missing")),
            [
                (
                    f"{u.table}/{u.id}",
                    [need.message_zh if zh else need.message for need in u.lacks],
                    [case.knowledge.controls[control].title[lang] for control in u.missing],
                )
                for u in self.uncovered
            ],
            lang,
        )
        found = Grid(
            say("safeguards.findings", lang),
            tuple(say(f"safeguards.{name}", lang) for name in ("finding", "clause")),
            [
                (f.message_zh if zh else f.message, f.clause_zh if zh else f.clause)
                for f in self.findings
            ],
            lang,
        )
        parts: list[Card | Grid | Maturity | People] = [card, bare, found, states]
        if len(self.matrix):
            parts.append(show_matrix(self.matrix, case, lang))
        return "".join(part._repr_html_() for part in [*parts, self.people, self.maturity])


def review_safeguards(case: Case, *, facts: Facts | None = None) -> Review:
    """Review the safeguards of a case: proof, coverage, access rights and maturity.

    docs/safeguards.md says what each answer means. A rule that fails is told in ``issues``; nothing
    is raised. ``facts`` of the case are those that are open already (``open_facts``).
    """
    issues: list[Issue] = []
    states = judge_safeguards(case)
    hits = run_rules(case, ("need", "proof"), issues=issues, facts=facts, proofs=states)
    needs, proofs = (
        Hits([found for found in hits.found if found.rule.kind == kind])
        for kind in ("need", "proof")
    )
    working = cover_subjects(case, select_working(case, states, "current"))
    return Review(
        case=case,
        states=states,
        uncovered=find_uncovered(case, working, needs),
        findings=write_findings(proofs, case),
        withdrawals=propose_withdrawals(case),
        matrix=draw_up_matrix(case),
        maturity=assess_maturity(case, states, working),
        people=review_people(case, states),
        issues=tuple(issues),
        lang=case.languages[0],
    )


def show_matrix(matrix: pd.DataFrame, case: Case, lang: str) -> Grid:
    """Return the access matrix as a table: a row per role, a column per category."""
    say = case.knowledge.labels
    known = case.knowledge.categories
    heads = [known[name].title[lang] if name in known else say("access.any", lang)
             for name in matrix.columns]  # fmt: skip
    rows: list[list[Content]] = []
    for role, *cells in matrix.itertuples():
        words = [[say(f"value.permissions.{p}", lang) for p in c.split(";") if p] for c in cells]
        rows.append([role or say("access.no-role", lang), *(", ".join(cell) for cell in words)])
    return Grid(say("access.matrix", lang), (say("access.role", lang), *heads), rows, lang)


def _list_cells(matrix: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {"role": role, "category": category, "permissions": cell.split(";")}
        for role, row in matrix.iterrows()
        for category, cell in row.items()
        if cell
    ]
