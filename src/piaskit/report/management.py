"""The page for management and the approval page: the state, what is missing, what to decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from piaskit.report.document import (
    Block,
    Card,
    Cards,
    Level,
    Link,
    PageBreak,
    Section,
    Signature,
    Text,
)
from piaskit.report.reasons import link_subject, name_risk
from piaskit.report.results import Results, rank_level
from piaskit.report.rows import Rows
from piaskit.report.voice import Voice

SOON = timedelta(days=90)
FIRST = 5  # decisions on page one
KINDS = 5  # kinds of gap on page one


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing somebody has to decide: ``urgency`` 0 (severe, untreated), 1 (overdue) to 5."""

    text: Text
    by: str
    until: date | None
    state: str
    urgency: int
    group: str = ""
    title: str = ""
    place: Text = ""

    @property
    def order(self) -> tuple[int, date, str]:
        return self.urgency, self.until or date.max, str(self.text)


def collect_decisions(rows: Rows, results: Results) -> list[Decision]:
    """Return all that is to be decided, the most urgent first."""
    found = [
        *_decide_actions(rows),
        *_decide_acceptances(rows, results),
        *_decide_risks(rows, results),
        *_decide_screening(rows, results),
    ]
    if not any(row["approved_on"] for row in rows.tables["assessments"]):
        officer = rows.person(rows.find_officer().get("id"))
        found.append(Decision(rows.voice.say("decide.approve"), officer, None, "open", 5))
    return sorted(found, key=lambda decision: decision.order)


def find_untreated(results: Results) -> list[Mapping[str, Any]]:
    """Return the severe and high risks of today that have neither action nor valid acceptance."""
    found = []
    for risk in results.risks:
        treatment = risk.get("treatment") or {}
        treated = treatment.get("decision") or any(
            action.get("status") != "dropped" for action in treatment.get("actions") or ()
        )
        if results.level(risk, "current") in ("high", "severe") and not treated:
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
                rows.person(who),
                action["due_on"],
                "overdue" if overdue else "open",
                1 if overdue else 2,
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
                rows.person(row["decided_by"]),
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
                rows.person(activity.get("owner")),
                None,
                "open",
                0 if level == "severe" else 3,
                f"treat-{level}",
                title,
                place,
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
        found.append(Decision(text, rows.person(activity.get("owner")), None, "open", 4, "judge"))
    return found


def tabulate_decisions(rows: Rows, decisions: Sequence[Decision], id: str) -> Block:
    """Return decisions as a table: what, by whom, until when, in what state."""
    voice = rows.voice
    columns = voice.columns(("decision", 5), ("by", 2.2), ("until", 1.6, "date"))
    cells = [(d.text, d.by, _tell_until(voice, d)) for d in decisions]
    title = "management.decide" if id == "page-one" else "treatment.decisions"
    return voice.table(id, voice.say(title), columns, cells, landscape=id != "page-one")


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


def _tell_until(voice: Voice, decision: Decision) -> str:
    day = decision.until.isoformat() if decision.until else voice.say("word.no-date")
    if decision.state == "open":
        return day
    state = voice.say(f"decide.state.{decision.state}")
    return f"{day} ({state})" if voice.lang == "en" else f"{day}（{state}）"


def shorten_decisions(rows: Rows, decisions: Sequence[Decision]) -> list[Decision]:
    """Return at most ``FIRST`` decisions for page one: like ones in one row, approval kept."""
    groups = Counter(d.group for d in decisions if d.group)
    shown: list[Decision] = []
    told: set[str] = set()
    for decision in decisions:
        size = groups[decision.group]
        if size <= 1:
            shown.append(decision)
        elif decision.group not in told:
            told.add(decision.group)
            members = [d for d in decisions if d.group == decision.group]
            text = rows.voice.say(f"decide.many.{decision.group}", n=size)
            owners = list(dict.fromkeys(d.by for d in members))
            by = rows.voice.list_some(owners, 2)
            shown.append(Decision(text, by, None, "open", decision.urgency))
    approval = [d for d in shown if d.urgency == 5]
    rest = [d for d in shown if d.urgency < 5]
    return [*rest[: FIRST - len(approval)], *approval]


def compose_management(rows: Rows, results: Results, decisions: Sequence[Decision]) -> Section:
    """Return page one: what, as of, severe and high risks, what is missing, what to decide."""
    voice, case = rows.voice, rows.case
    blocks: list[Block] = [
        voice.paragraph(
            voice.say(
                "management.what",
                organisation=rows.say_organisation(),
                activities=len(results.activities(rows)),
                items=len(rows.tables["items"]),
                flows=len(rows.tables["flows"]),
                outside=len(rows.tables["systems"]) + len(rows.tables["parties"]),
                as_of=case.as_of.isoformat(),
            ),
            "lead",
        ),
        _show_cards(rows, results, decisions),
    ]
    if case.left_out:
        warning = voice.say("management.left-out", n=len(case.left_out))
        blocks.append(voice.paragraph(warning, "warning"))
    blocks.append(voice.paragraph(_tell_changes(rows, results)))
    blocks.append(_tell_missing(rows, results))
    shown = shorten_decisions(rows, decisions)
    if decisions:
        blocks.append(tabulate_decisions(rows, shown, "page-one"))
        covered = sum(1 for d in decisions if d.group and d.urgency in {s.urgency for s in shown})
        plain = sum(1 for d in shown if d in decisions and not d.group)
        rest = len(decisions) - plain - covered
        if rest > 0:
            text = voice.say("management.more", n=rest)
            blocks.append(voice.paragraph((Link(text, "table-decisions"),)))
    else:
        blocks.append(voice.paragraph(voice.say("management.none")))
    return voice.section("management", [*blocks, PageBreak(voice.visibility)])


def _show_cards(rows: Rows, results: Results, decisions: Sequence[Decision]) -> Cards:
    voice = rows.voice
    overall = {s: voice.name("level", results.overall(s)) for s in ("inherent", "planned")}
    late = sum(d.state in ("overdue", "expired") for d in decisions)
    unknown = sum(len(v.get("missing") or ()) for v in results.verdicts)
    level = voice.level(results.overall("current"))
    cards = [
        Card(voice.say("management.as-of"), rows.as_of.isoformat()),
        Card(
            voice.say("management.overall"),
            level.label if isinstance(level, Level) else str(level),
            voice.say("management.overall-note", **overall),
            level if isinstance(level, Level) else None,
        ),
        *(
            Card(
                voice.say(f"management.{name}"),
                (Link(f"{results.count('current', name):,}", "table-register"),),
                voice.say(
                    "management.count-note",
                    inherent=results.count("inherent", name),
                    planned=results.count("planned", name),
                ),
                Level(name, voice.say(f"level.{name}")),
            )
            for name in ("severe", "high")
        ),
        Card(
            voice.say("management.missing"),
            (Link(f"{len(results.findings):,}", "compliance"),),
            voice.say("management.missing-note", left_out=len(rows.case.left_out), unknown=unknown),
        ),
        Card(
            voice.say("management.decisions"),
            (Link(f"{len(decisions):,}", "treatment"),),
            voice.say("management.decisions-note", n=late),
        ),
    ]
    return Cards(tuple(cards), voice.visibility)


def _tell_changes(rows: Rows, results: Results) -> str:
    voice = rows.voice
    heading = voice.say("management.changed")
    if results.previous is None:
        return voice.say(
            "management.changed-line", heading=heading, text=voice.say("management.first")
        )
    before = {risk["id"]: results.level(risk, "current") for risk in results.previous["risks"]}
    now = {risk["id"]: results.level(risk, "current") for risk in results.risks}
    both = [(rank_level(before[id]), rank_level(now[id])) for id in now.keys() & before.keys()]
    text = voice.say(
        "management.since",
        date=results.previous["as_of"],
        new=len(now.keys() - before.keys()),
        gone=len(before.keys() - now.keys()),
        raised=sum(a < b for a, b in both),
        lowered=sum(a > b for a, b in both),
    )
    return voice.say("management.changed-line", heading=heading, text=text)


def _tell_missing(rows: Rows, results: Results) -> Block:
    voice = rows.voice
    kinds = Counter(finding["slug"] for finding in results.findings).most_common()
    if not kinds:
        return voice.paragraph(voice.say("management.no-gap"))
    parts: list[Text] = [
        (
            Link(
                voice.say("management.gap", threat=results.name_rule(rows, slug), n=n),
                f"kind-{slug}",
            ),
        )
        for slug, n in kinds[:KINDS]
    ]
    if len(kinds) > KINDS:
        rest = sum(n for _, n in kinds[KINDS:])
        parts.append(voice.say("management.gap-rest", n=rest))
    heading = voice.say("management.what-missing")
    lead = voice.say("management.changed-line", heading=heading, text="")
    listed = voice.join(parts, sentences=True)
    return voice.paragraph((lead, *(listed if isinstance(listed, tuple) else (listed,))))


def compose_approval(rows: Rows, results: Results) -> Section:
    """Return the page that the personal information protection officer signs and seals."""
    voice = rows.voice
    officer = rows.find_officer()
    blocks: list[Block] = [
        voice.paragraph(
            voice.say(
                "approval.text",
                as_of=rows.as_of.isoformat(),
                level=voice.name("level", results.overall("current")),
                severe=results.count("current", "severe"),
                high=results.count("current", "high"),
            )
        )
    ]
    for row in rows.tables["assessments"]:
        if row["approved_on"]:
            blocks.append(
                voice.paragraph(
                    voice.say(
                        "approval.recorded",
                        title=rows.title("assessments", row["id"]),
                        who=rows.person(row["approved_by"]),
                        date=row["approved_on"].isoformat(),
                    )
                )
            )
    opinion = [voice.pick(row, "opinion") for row in rows.tables["assessments"]]
    fields = (
        (voice.say("approval.opinion"), "\n".join(filter(None, opinion))),
        (voice.say("approval.officer"), voice.pick(officer, "holder")),
        (voice.say("approval.department"), voice.pick(officer, "department")),
        (voice.say("approval.signature"), ""),
        (voice.say("approval.date"), ""),
    )
    signature = Signature(fields, voice.say("approval.seal"), voice.visibility)
    return voice.section("approval", [*blocks, signature, PageBreak(voice.visibility)])
