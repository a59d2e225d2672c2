"""People and accounts in the internal report: what is due next, and what sign-in lets pass."""

from __future__ import annotations

from piaskit.accounts import review_accounts
from piaskit.report.document import Block, Cell, Section
from piaskit.report.guidance import list_reported, project_guidance, show_guidance
from piaskit.report.results import Results
from piaskit.report.rows import Rows
from piaskit.safeguards.people import review_people

SOON = 12  # proofs that run out next, in print; all stand in `piaskit safeguards`


def compose_calendar(rows: Rows) -> Section:
    """Return the calendar of duties: every duty, and the proofs that run out first."""
    voice, say = rows.voice, rows.case.knowledge.labels
    people = review_people(rows.case, rows.reviewed)
    proofs = [due for due in people.calendar if due.safeguard]
    left_out = {due.safeguard for due in proofs[SOON:]}
    cells: list[tuple[Cell, ...]] = [
        (
            people.name(due, voice.lang),
            say(f"people.state.{due.state}", voice.lang),
            due.due_on,
            due.done_on,
            rows.cite_reference(due.clause) if due.clause else "",
        )
        for due in people.calendar
        if due.safeguard is None or due.safeguard not in left_out
    ]
    columns = (
        *voice.columns(("duty", 3), ("duty-state", 1.4)),
        *voice.columns(("due-on", 1.2, "date"), ("done-on", 1.2, "date"), ("duty-basis", 2)),
    )
    note = voice.say("calendar.note", n=len(left_out)) if left_out else ""
    title = say("people.calendar", voice.lang, as_of=rows.case.as_of)
    table = voice.table("calendar", title, columns, cells, note=note)
    late = sum(due.state in ("overdue", "never") for due in people.calendar)
    dated = sum(due.due_on is not None for due in people.calendar)
    counts = {"all": len(people.calendar)}
    pair = voice.pair("calendar", {"n": late, **counts}, {"n": dated, **counts})
    return voice.section("calendar", [table, pair], 2)


def compose_accounts(rows: Rows, results: Results) -> Section:
    """Return what passwords and sign-in lack, and what users of the activities are told."""
    voice, say = rows.voice, rows.case.knowledge.labels
    review = results.accounts or review_accounts(rows.case).to_dict()
    blocks: list[Block] = []
    if review["policies"]:
        columns = voice.columns(("accounts", 3), ("weakest", 2), ("weak-samples", 1.2),
                                ("guesses-per-day", 1.4))  # fmt: skip
        cells: list[tuple[Cell, ...]] = [
            (
                rows.link("accounts", policy["id"], titled=True),
                policy["samples"]["weakest"] or "–",
                f"{policy['samples']['weak']} / {policy['samples']['tried']}",
                say("accounts.no-limit", voice.lang)
                if policy["guessing"]["per_account_and_day"] is None
                else policy["guessing"]["per_account_and_day"],
            )
            for policy in review["policies"]
        ]
        blocks.append(voice.table("accounts", say("accounts.title", voice.lang), columns, cells))
        lacks: list[tuple[Cell, ...]] = [
            (
                rows.link("accounts", finding["subject"]["id"], titled=True),
                voice.pick(finding, "message"),
                rows.cite(finding),
            )
            for finding in sorted(review["findings"], key=lambda f: (f["subject"]["id"], f["slug"]))
        ]
        if lacks:
            columns = voice.columns(("accounts", 1.6), ("finding", 4.4), ("duty-basis", 1.8))
            title = say("accounts.findings", voice.lang)
            blocks.append(voice.table("accounts-lack", title, columns, lacks))
    else:
        blocks.append(voice.paragraph(say("accounts.none", voice.lang)))
    guidance = project_guidance(rows, {row["id"] for row in results.activities(rows)})
    if guidance:
        blocks.append(voice.paragraph(voice.say("guidance.internal")))
        blocks.append(show_guidance(voice, guidance))
        blocks.append(voice.paragraph(voice.say("guidance.reported"), "lead"))
        blocks.append(voice.bullets(list_reported(rows)))
    lacking = {finding["subject"]["id"] for finding in review["findings"]}
    every = len(rows.tables["accounts"])
    mitigation = {"n": every - len(lacking), "all": every}
    blocks.append(voice.pair("accounts", {"n": len(review["findings"])}, mitigation))
    return voice.section("accounts", blocks, 2)
