"""What somebody has to decide or to do, by whom and until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from piaskit.report.document import Link, Table, Text
from piaskit.report.reasons import link_subject, name_risk
from piaskit.report.results import Results
from piaskit.report.rows import Record, Rows
from piaskit.report.voice import GRAVE, Voice

SOON = timedelta(days=90)
APPROVAL = 5  # urgency of the approval


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing somebody has to decide, or as a ``task`` to do.

    ``by`` is the person with the office, ``holder`` without; ``urgency`` goes from 0 (severe and
    untreated) over 1 (overdue) to 5. ``count`` is above 1 where one row stands for several.
    ``proposed`` is the option that the plan proposes, where nobody has set a day.
    """

    text: Text
    by: str
    holder: str
    until: date | None
    state: str
    urgency: int
    group: str = ""
    title: str = ""
    place: Text = ""
    task: bool = False
    done: date | None = None
    count: int = 1
    proposed: str = ""

    @property
    def order(self) -> tuple[int, date, str]:
        return self.urgency, self.until or date.max, str(self.text)


def collect_decisions(rows: Rows, results: Results) -> list[Decision]:
    """Return all that is to be decided or done, the most urgent first."""
    found = [
        *_decide_actions(rows),
        *_decide_acceptances(rows, results),
        *_decide_risks(rows, results),
        *_decide_screening(rows, results),
    ]
    found += _decide_approval(rows)
    return sorted(found, key=lambda decision: decision.order)


def find_approved(rows: Rows) -> Record | None:
    """Return the assessment that was approved last, or None."""
    approved = [row for row in rows.tables["assessments"] if row["approved_on"]]
    return max(approved, key=lambda row: row["approved_on"], default=None)


def _decide_approval(rows: Rows) -> list[Decision]:
    """The approval of this report, due when the last approved assessment wants its review."""
    tables, last = rows.tables["assessments"], find_approved(rows)
    if last is not None and all(row["approved_on"] for row in tables):
        return []
    until = last["next_review_on"] if last else None
    state = "overdue" if until and until < rows.as_of else "open"
    officer = name_both(rows, rows.find_officer().get("id"))
    return [Decision(rows.voice.say("decide.approve"), *officer, until, state, APPROVAL)]


def name_both(rows: Rows, name: str | None) -> tuple[str, str]:
    """Return a person with the office, and without."""
    return rows.person(name), rows.name_holder(name) if name else rows.person(name)


def find_untreated(results: Results) -> list[Mapping[str, Any]]:
    """Return the severe and high risks of today that have neither action nor valid acceptance."""
    found = []
    for risk in results.risks:
        treatment = risk.get("treatment") or {}
        treated = treatment.get("decision") or any(
            action.get("status") != "dropped" for action in treatment.get("actions") or ()
        )
        if results.level(risk, "current") in GRAVE and not treated:
            found.append(risk)
    return found


def _decide_actions(rows: Rows) -> list[Decision]:
    officer = rows.find_officer().get("id")
    found = []
    for action in rows.tables["actions"]:
        if action["status"] not in (None, "open", "done"):
            continue
        done = action["status"] == "done"
        overdue = not done and action["due_on"] is not None and action["due_on"] < rows.as_of
        text = rows.voice.say(
            "decide.verify" if done else "decide.action", title=rows.title("actions", action["id"])
        )
        who = (action["verified_by"] or officer) if done else action["owner"]
        found.append(
            Decision(
                rows.voice.enclose(text, rows.link("actions", action["id"])),
                *name_both(rows, who),
                action["due_on"],
                "done" if done else "overdue" if overdue else "open",
                1 if overdue else 2,
                task=True,
                done=action["done_on"],
            )
        )
    return found


def _decide_acceptances(rows: Rows, results: Results) -> list[Decision]:
    found = []
    for row in rows.tables["acceptances"]:
        end = row["expires_on"]
        if end is None or end > rows.as_of + SOON:
            continue
        risk = results.find(row["risk"])
        title = rows.voice.pick(risk, "title") if risk else str(row["risk"] or "")
        text = rows.voice.say("decide.acceptance", title=title)
        expired = end < rows.as_of
        found.append(
            Decision(
                rows.voice.enclose(text, rows.link("acceptances", row["id"])),
                *name_both(rows, row["decided_by"]),
                end,
                "expired" if expired else "expiring",
                1 if expired else 2,
            )
        )
    return found


def _decide_risks(rows: Rows, results: Results) -> list[Decision]:
    found = []
    for risk in find_untreated(results):
        level = results.level(risk, "current")
        activity = rows.by_id["activities"].get(risk.get("activity") or "", {})
        title, place = name_risk(rows.voice, risk), link_subject(rows, results, risk)
        named = rows.voice.name("level", level)
        text = rows.voice.say("decide.treat", title=title, level=named)
        found.append(
            Decision(
                rows.voice.enclose(text, place),
                *name_both(rows, activity.get("owner")),
                None,
                "open",
                0 if level == "severe" else 3,
                f"treat-{level}",
                title,
                place,
                proposed=(results.plan.get(risk["id"]) or {}).get("proposed") or "",
            )
        )
    return found


def _decide_screening(rows: Rows, results: Results) -> list[Decision]:
    found = []
    for verdict in results.verdicts:
        if verdict["decision"] != "judge":
            continue
        activity = rows.by_id["activities"].get(verdict["activity"], {})
        missing = results.list_missing(verdict, rows) or [rows.voice.say("word.blank")]
        text = rows.voice.say(
            "decide.judge",
            title=rows.title("activities", verdict["activity"]),
            missing=rows.voice.list_some(missing),
        )
        owner = name_both(rows, activity.get("owner"))
        found.append(Decision(text, *owner, None, "open", 4, "judge"))
    return found


def tabulate_decisions(
    rows: Rows, decisions: Sequence[Decision], *, brief: bool = False, note: Text = ""
) -> Table:
    """Return a table: decision or task, what, by whom, until when.

    Page one, ``brief``, does without the first column and the offices.
    """
    voice = rows.voice
    if brief:
        approval = next((d.until for d in decisions if d.urgency == APPROVAL), None)
        short = [(_link_text(d.text), d.holder, _tell_until(voice, d, approval)) for d in decisions]
        columns = voice.columns(("matter", 4), ("by", 4.3), ("until", 1.9))
        return voice.table("page-one", voice.say("management.decide"), columns, short, note=note)
    columns = voice.columns(("sort", 1), ("matter", 5), ("by", 3), ("until", 1.8))
    cells = [
        (
            voice.say("decide.task" if decision.task else "decide.decision"),
            decision.text,
            decision.by,
            _tell_until(voice, decision),
        )
        for decision in decisions
    ]
    title = voice.say("treatment.decisions")
    return voice.table("decisions", title, columns, cells, note=note, landscape=True)


def gather_decisions(rows: Rows, decisions: Sequence[Decision]) -> list[Decision]:
    """Join decisions on risks of one level that fall to one person: each kind once, with places."""
    voice = rows.voice
    groups: dict[tuple[str, str], list[Decision]] = {}
    for decision in decisions:
        own = str(decision.text)
        key = (decision.group, decision.by) if decision.title else (decision.group, own)
        groups.setdefault(key, []).append(decision)
    joined = []
    for members in groups.values():
        first = members[0]
        if len(members) == 1:
            joined.append(first)
            continue
        parts: list[Text] = []
        for title in dict.fromkeys(member.title for member in members):
            places = [member.place for member in members if member.title == title]
            parts.append(voice.enclose(title, voice.join(places)))
        listed = voice.join(parts, sentences=True)
        many = voice.say(f"decide.many.{first.group}", n=len(members))
        lead = voice.say("word.named", name=many, text="")
        text = (lead, *(listed if isinstance(listed, tuple) else (listed,)))
        joined.append(replace(first, text=text))
    return joined


def _link_text(text: Text) -> Text:
    """Let the words lead to the row that the brackets behind them named.

    >>> from piaskit.report.document import Link
    >>> _link_text(("Do it [", Link("x-1", "actions/x-1"), "]"))
    Link(text='Do it', anchor='actions/x-1')
    """
    if isinstance(text, tuple) and len(text) == 3 and isinstance(text[1], Link):
        return Link(str(text[0]).removesuffix(" ["), text[1].anchor)
    return text


def _tell_until(voice: Voice, decision: Decision, approval: date | None = None) -> str:
    """Return the day; where it has passed or none is set, what that means now.

    What no day is set for is proposed to be decided with the approval, if that has one.
    """
    day = decision.until.isoformat() if decision.until else ""
    if decision.state == "done":
        dated = decision.done is not None
        return voice.say(
            f"decide.state.done{'-on' if dated else ''}",
            **({"date": decision.done.isoformat()} if decision.done else {}),
        )
    if not day:
        known = decision.proposed in ("immediate", "time-limited")
        if known and approval is not None:
            return voice.say("decide.by-approval", day=approval.isoformat())
        return voice.say(f"decide.no-date{f'.{decision.proposed}' if known else ''}")
    return day if decision.state == "open" else voice.say(f"decide.state.{decision.state}", day=day)
