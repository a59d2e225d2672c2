"""Who is in charge, how people are trained, and what is due next: the calendar of duties."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from piaskit.display import Grid
from piaskit.rules.people import OFFICER, list_exercises
from piaskit.safeguards.states import judge_safeguards
from piaskit.workdays import add_workdays

if TYPE_CHECKING:
    from collections.abc import Iterator

    from piaskit.case import Case

STATES = ("overdue", "never", "due", "own-rhythm")
_DONE = ("evidence_on", "tested_on")


@dataclass(frozen=True, slots=True)
class Due:
    """One duty of the calendar: when it was done last, by when it is due, under which clause.

    ``state`` is one of ``STATES``; ``due_on`` is None where the basis gives no number or nothing
    shows when it was done. ``safeguard`` names the row whose proof runs out, else None.
    """

    id: str
    state: str
    due_on: date | None
    done_on: date | None
    clause: str | None
    safeguard: str | None = None


@dataclass(frozen=True, repr=False)
class People:
    """The people of a case at a day: holders of roles, trainings of the year, calendar."""

    case: Case
    in_charge: pd.DataFrame
    trainings: pd.DataFrame
    calendar: tuple[Due, ...]
    lang: str = "en"

    @cached_property
    def _safeguards(self) -> dict[Any, dict[Any, Any]]:
        """The safeguards by id."""
        return {row["id"]: row for row in self.case.frames["safeguards"].to_dict("records")}

    def to_dict(self) -> dict[str, Any]:
        """Return the part ``people`` of ``piaskit safeguards --json``."""
        shares = ["coverage", "effect"]
        trainings = self.trainings.astype(dict.fromkeys(shares, object))
        return {
            "in_charge": _list_rows(self.in_charge),
            "trainings": _list_rows(trainings),
            "calendar": [self._describe(due) for due in self.calendar],
        }

    def _describe(self, due: Due) -> dict[str, Any]:
        cite = self.case.knowledge.cite
        return {
            "id": due.id,
            "title": self.name(due, "en"),
            "title_zh": self.name(due, "zh"),
            "state": due.state,
            "due_on": due.due_on.isoformat() if due.due_on else None,
            "done_on": due.done_on.isoformat() if due.done_on else None,
            "clause": cite(due.clause, "en") if due.clause else None,
            "clause_zh": cite(due.clause, "zh") if due.clause else None,
            "safeguard": due.safeguard,
        }

    def name(self, due: Due, lang: str) -> str:
        """Return the name of a duty; a safeguard's proof by the safeguard's title."""
        if due.safeguard:
            title = self.case.say(self._safeguards[due.safeguard], "title", lang) or due.safeguard
            return self.case.knowledge.labels("people.proof-of", lang, title=title)
        return self.case.knowledge.labels(f"people.{due.id}", lang)

    def __repr__(self) -> str:
        late = sum(due.state in ("overdue", "never") for due in self.calendar)
        return f"<People: {len(self.in_charge)} in charge, {late} of {len(self.calendar)} due>"

    def _repr_html_(self) -> str:
        say, lang, cite = self.case.knowledge.labels, self.lang, self.case.knowledge.cite
        calendar = Grid(
            say("people.calendar", lang, as_of=self.case.as_of),
            tuple(say(f"people.{head}", lang) for head in ("duty", "state", "by", "last", "basis")),
            [
                (
                    self.name(due, lang),
                    say(f"people.state.{due.state}", lang),
                    due.due_on.isoformat() if due.due_on else "–",
                    due.done_on.isoformat() if due.done_on else "–",
                    cite(due.clause, lang) if due.clause else "",
                )
                for due in self.calendar
            ],
            lang,
        )
        return calendar._repr_html_()


def review_people(case: Case, states: pd.DataFrame | None = None) -> People:
    """Say who is in charge, how the trainings of the year went, and what is due next.

    docs/people.md has the calendar. ``states`` are those of ``judge_safeguards`` where they are
    known already.
    """
    states = judge_safeguards(case) if states is None else states
    order = {state: n for n, state in enumerate(STATES)}
    calendar = [*_list_duties(case), *_list_proofs(case, states)]
    calendar.sort(key=lambda due: (order[due.state], due.due_on or date.max, due.id))
    roles = case.frames["roles"]
    columns = ["id", "role", "holder", "department", "appointed_on", "filed_on"]
    return People(
        case=case,
        in_charge=roles.loc[roles["holder"].notna(), columns].reset_index(drop=True),
        trainings=_measure_trainings(case),
        calendar=tuple(calendar),
        lang=case.languages[0],
    )


def _measure_trainings(case: Case) -> pd.DataFrame:
    """Return the trainings of the year with the shares of those attending and passing (0 to 1)."""
    day = pd.Timestamp(case.as_of)
    table = case.frames["trainings"]
    held = table[(table["held_on"] <= day) & (table["held_on"] >= day - pd.DateOffset(years=1))]
    found = held[["id", "held_on", "invited", "attended", "passed"]].reset_index(drop=True)
    for share, part, whole in (
        ("coverage", "attended", "invited"),
        ("effect", "passed", "attended"),
    ):
        of = found[whole].astype("Float64")
        found[share] = (found[part].astype("Float64") / of.where(of > 0)).round(3)
    return found


def _list_duties(case: Case) -> Iterator[Due]:
    as_of, numbers = case.as_of, case.knowledge.regulations
    trained = _find_last(case.frames["trainings"]["held_on"], as_of)
    months = int(numbers["gbt35273"].numbers["training-every"].value)
    yield _repeat("training", trained, months, as_of, "gbt35273 11.6 f)")
    held = [day for day in list_exercises(case) if day <= as_of]
    drilled = max([*held, *_list_done(case, "incident.drill")], default=None)
    months = int(numbers["gbt35273"].numbers["drill-every"].value)
    yield _repeat("drill", drilled, months, as_of, "gbt35273 10.1 b)")
    audits = numbers["cn-audit-2025"].numbers
    audited = max(_list_done(case, "audit.compliance", whole=True), default=None)
    total = case.organisation.persons_total
    if total is not None and total > audits["audit-persons"].value:
        months = int(audits["audit-every"].value)
        yield _repeat("audit", audited, months, as_of, "cn-audit-2025 4")
    else:
        yield Due("audit", "own-rhythm", None, audited, "cn-pipl 54")
    activities = case.frames["activities"]
    if any(_has_some(activities[column]) for column in ("minors", "children")):
        # The report for a year is due by the end of the January after it.
        due = date(as_of.year if as_of.month == 1 else as_of.year + 1, 1, 31)
        done = max(_list_done(case, "audit.compliance"), default=None)
        yield Due("minors-audit", "due", due, done, "cn-minors-2024 37")
    planned = max(_list_done(case, "incident.response-plan"), default=None)
    state = "own-rhythm" if planned else "never"
    yield Due("plan", state, None, planned, "gbt35273 10.1 d)")
    yield from _list_filings(case)


def _list_filings(case: Case) -> Iterator[Due]:
    """The filing of the officer stays in the calendar until it is made."""
    law = case.knowledge.regulations["cn-audit-2025"].numbers
    total = case.organisation.persons_total
    if total is None or total < law["officer-persons"].value:
        return
    days = int(law["officer-filing"].value)
    roles = case.frames["roles"]
    officers = roles[(roles["role"] == OFFICER) & roles["holder"].notna()]
    if officers["filed_on"].notna().any():
        changed = officers[officers["filed_on"] < officers["appointed_on"]]
        for day in changed["appointed_on"]:
            due = add_workdays(day.date(), days)
            state = "overdue" if due < case.as_of else "due"
            yield Due("filing-change", state, due, None, "cn-audit-2025 filing")
    elif case.organisation.million_persons_on:
        due = add_workdays(date.fromisoformat(case.organisation.million_persons_on), days)
        state = "overdue" if due < case.as_of else "due"
        yield Due("filing", state, due, None, "cn-audit-2025 filing")
    else:
        yield Due("filing", "never", None, None, "cn-audit-2025 filing")


def _list_proofs(case: Case, states: pd.DataFrame) -> Iterator[Due]:
    """The last day on which each verified safeguard stays so."""
    proven = states[states["state"].eq("verified") & states["current_until"].notna()]
    for row in proven.to_dict("records"):
        until = date.fromisoformat(row["current_until"])
        yield Due("proof", "due", until, None, None, row["id"])


def _repeat(id: str, last: date | None, months: int, as_of: date, clause: str) -> Due:
    if last is None:
        return Due(id, "never", None, None, clause)
    due = (pd.Timestamp(last) + pd.DateOffset(months=months)).date()
    return Due(id, "overdue" if due < as_of else "due", due, last, clause)


def _find_last(days: pd.Series, as_of: date) -> date | None:
    past = days[days <= pd.Timestamp(as_of)]
    return past.max().date() if len(past) else None


def _list_done(case: Case, control: str, *, whole: bool = False) -> list[date]:
    """Return the days of evidence and test of a registered control, not after ``as_of``."""
    table = case.frames["safeguards"]
    last = pd.Timestamp(case.as_of)
    rows = zip(*(table[c].tolist() for c in ("control", "status", "scope", *_DONE)), strict=True)
    return [
        day.date()
        for own, status, scope, *days in rows
        if own == control
        and status in ("in-place", "partly")
        and not (whole and "all" not in str(scope).split(";"))
        for day in days
        if day <= last  # which a blank is not
    ]


def _has_some(column: pd.Series) -> bool:
    return bool((column.notna() & column.ne("0")).any())


def _list_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as JSON holds them: days as text, blanks as None."""
    shown = frame.copy()
    for name in shown.columns[shown.dtypes.map(pd.api.types.is_datetime64_any_dtype)]:
        shown[name] = shown[name].dt.strftime("%Y-%m-%d")
    plain = shown.astype(object)
    rows = plain.where(plain.notna(), None).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in rows]
