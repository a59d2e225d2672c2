"""The page for management and the approval page: the state, what is missing, what to decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from piaskit.case.governance_tables import LIKELIHOODS
from piaskit.report.decisions import Decision, tabulate_decisions
from piaskit.report.document import (
    Block,
    Card,
    Cards,
    Level,
    Link,
    PageBreak,
    Section,
    Signature,
)
from piaskit.report.layout import find_room, measure_height
from piaskit.report.loss_sections import tell_losses
from piaskit.report.results import Results, rank_level
from piaskit.report.rows import Rows
from piaskit.report.voice import LEVELS

APPROVAL = 5  # urgency of the approval
FEWEST = 2  # persons in a row that stands for several
# Kinds of gap, rows, and persons who decide on severe risks: the first that the page holds
SIZES = (
    (40, 10, 8), (40, 9, 8), (40, 8, 8), (40, 8, 2), (40, 7, 2), (40, 6, 2), (40, 5, 2),
    (20, 6, 2), (15, 6, 2), (12, 5, 2), (10, 5, 2), (7, 5, 2), (4, 4, 2),
)  # fmt: skip
GAP = "\x00"  # where a link stands in a label


def shorten_decisions(
    rows: Rows, decisions: Sequence[Decision], most: int, named: int
) -> list[Decision]:
    """Return some ``most`` rows for page one, decisions before tasks.

    A row of several names up to ``named`` persons if its risks are severe, else two.

    Like ones share a row and stand there in any case, as does the approval; single ones follow by
    urgency as far as there is room.
    """
    members: dict[str, list[Decision]] = {}
    for decision in decisions:
        if decision.group:
            members.setdefault(decision.group, []).append(decision)
    kept = [_join_group(rows, group, named) for group in members.values()]
    kept += [d for d in decisions if d.urgency == APPROVAL]
    single = [d for d in decisions if not d.group and d.urgency < APPROVAL]
    shown = [*kept, *single[: max(most - len(kept), 0)]]
    return sorted(shown, key=lambda decision: (decision.task, decision.order))


def _join_group(rows: Rows, members: Sequence[Decision], named: int) -> Decision:
    first, n = members[0], len(members)
    if n == 1:
        return first
    most = named if first.urgency == 0 else FEWEST
    holders = list(dict.fromkeys(member.holder for member in members))
    if len(holders) > most + 1:
        more = rows.voice.say("word.more-persons", n=len(holders) - most)
        holders = [*holders[:most], more]
    text = rows.voice.say(f"decide.many.{first.group}", n=n)
    return replace(first, text=text, holder=str(rows.voice.join(holders)), count=n)


def compose_management(rows: Rows, results: Results, decisions: Sequence[Decision]) -> Section:
    """Return page one: what, as of, severe and high risks, what is missing, what to decide.

    It says as much of gaps and decisions as the printed page holds.
    """
    top = _compose_top(rows, results, decisions)
    subtitle = rows.voice.say("subtitle.internal")
    for kinds, most, named in SIZES:
        shown = shorten_decisions(rows, decisions, most, named)
        blocks = [
            *top,
            _tell_missing(rows, results, kinds),
            _show_decisions(rows, decisions, shown),
        ]
        if measure_height(blocks, rows.voice.lang) <= find_room(results.title, subtitle):
            break
    return rows.voice.section("management", [*blocks, PageBreak(rows.voice.visibility)])


def _compose_top(rows: Rows, results: Results, decisions: Sequence[Decision]) -> list[Block]:
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
    blocks.append(voice.paragraph(voice.say("management.states")))
    if told := tell_losses(voice, results.quantify):
        blocks.append(voice.paragraph(told))
    changes = _tell_changes(rows, results)
    if level := results.overall("planned"):
        between = " " if voice.lang == "en" else ""
        blocks.append(voice.paragraph((*_conclude(rows, results, level), between + changes)))
    else:
        blocks.append(voice.paragraph(changes))
    return blocks


def _conclude(rows: Rows, results: Results, level: str) -> tuple[str | Link, ...]:
    """Return where the planned actions lead, and that going on is a decision of the approver."""
    voice = rows.voice
    text = voice.say(
        f"management.conclusion.{'above' if level in ('high', 'severe') else 'within'}",
        level=voice.name("level", level),
        severe=results.count("planned", "severe"),
        high=results.count("planned", "high"),
        line=GAP,
    )
    before, _, after = text.partition(GAP)
    return before, Link(voice.say("management.line"), "criteria"), after


def _show_decisions(rows: Rows, decisions: Sequence[Decision], shown: Sequence[Decision]) -> Block:
    """Return the table of page one; its note tells how the rows add up to all that is open."""
    voice = rows.voice
    if not decisions:
        return voice.paragraph(voice.say("management.none"))
    single = sum(d.count == 1 for d in shown)
    rest = len(decisions) - sum(d.count for d in shown)
    parts: list[str | Link] = [
        voice.say(f"management.sum.{d.group}", n=d.count) for d in shown if d.count > 1
    ]
    if single:
        parts.append(voice.say("management.sum.single", n=single))
    if rest:
        parts.append(Link(voice.say("management.sum.rest", n=rest), "table-decisions"))
    note: list[str | Link] = []
    if len(parts) > 1:
        lead, _, end = voice.say("management.sum", n=len(decisions), parts=GAP).partition(GAP)
        joined = [piece for part in parts for piece in (" + ", part)][1:]
        note = [lead, *joined, end]
    if any(isinstance(decision.text, tuple) for decision in shown):
        note.append((" " if note and voice.lang == "en" else "") + voice.say("management.codes"))
    return tabulate_decisions(rows, shown, brief=True, note=tuple(note))


def _show_cards(rows: Rows, results: Results, decisions: Sequence[Decision]) -> Cards:
    voice = rows.voice
    overall = {s: voice.name("level", results.overall(s)) for s in ("inherent", "planned")}
    states = Counter(decision.state for decision in decisions)
    tasks = sum(decision.task for decision in decisions)
    unknown = sum(len(v.get("missing") or ()) for v in results.verdicts)
    level = voice.level(results.overall("current"))
    register = "table-register" if results.risks else "annex-register"
    cards = [
        Card(
            voice.say("management.risks"),
            (Link(f"{len(results.risks):,}", register),),
            voice.say("management.risks-note", **{x: results.count("current", x) for x in LEVELS}),
        ),
        Card(
            voice.say("management.overall"),
            level.label if isinstance(level, Level) else str(level),
            voice.say("management.overall-note", **overall),
            level if isinstance(level, Level) else None,
        ),
        *(
            Card(
                voice.say(f"management.{name}", all=len(results.risks)),
                (Link(f"{results.count('current', name):,}", register),),
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
            voice.say(
                "management.decisions-note",
                decisions=len(decisions) - tasks,
                tasks=tasks,
                late=states["overdue"] + states["expired"],
                done=states["done"],
            ),
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


def _tell_missing(rows: Rows, results: Results, most: int) -> Block:
    voice = rows.voice
    counts = Counter(finding["slug"] for finding in results.findings)
    if not counts:
        return voice.paragraph(voice.say("management.no-gap"))
    weight = {f["slug"]: LIKELIHOODS.index(f["likelihood"]) for f in results.findings}
    kinds = sorted(counts.items(), key=lambda kind: (-weight[kind[0]], -kind[1], kind[0]))
    parts: list[str | Link] = [
        Link(voice.say("management.gap", threat=results.name_rule(rows, slug), n=n), f"kind-{slug}")
        for slug, n in kinds[:most]
    ]
    if len(kinds) > most:
        rest = sum(n for _, n in kinds[most:])
        told = voice.say("management.gap-rest", kinds=len(kinds) - most, n=rest)
        parts.append(Link(told, "table-gap-kinds"))
    heading = voice.say("management.what-missing")
    lead = voice.say("management.changed-line", heading=heading, text="")
    listed = voice.join([(part,) for part in parts], sentences=True)
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
