"""The export report, second half: the heads of the assessment, and what follows from them."""

from __future__ import annotations

from collections.abc import Sequence

from piaskit.report.document import Block, Cell, PageBreak, Section, Signature, Text
from piaskit.report.export_facts import (
    HEADS,
    JUDGED,
    LAW,
    ExportFacts,
    Result,
    group_risks,
    pick_highest,
)
from piaskit.report.reasons import name_risk
from piaskit.report.rows import Record
from piaskit.report.voice import DIMENSIONS


def compose_assessment(facts: ExportFacts) -> list[Section]:
    """Return a section per head of the assessment, each with its facts, risks and judgements."""
    rows, voice = facts.rows, facts.rows.voice
    knowledge = rows.case.knowledge
    law = knowledge.regulations[LAW]
    intro = voice.say("export.assessment", clause=knowledge.cite(f"{LAW} 5", voice.lang))
    sections = [
        voice.section("export-assessment", [voice.paragraph(intro + rows.mark(law.confidence))])
    ]
    for head in HEADS:
        article = law.articles[head]
        blocks: list[Block] = [
            voice.paragraph(
                voice.say(
                    "export.head",
                    clause=knowledge.cite(f"{LAW} {head}", voice.lang),
                    duty=article.duty[voice.lang],
                ),
                "quote",
            )
        ]
        blocks += _argue_head(facts, head)
        id = f"export-head-{HEADS.index(head) + 1}"
        sections.append(voice.section(id, blocks, 2, article.title[voice.lang]))
    return sections


def _argue_head(facts: ExportFacts, head: str) -> list[Block]:
    voice = facts.rows.voice
    blocks: list[Block] = []
    if head == "5(2)":
        blocks += [_list_routes(facts), _list_rights(facts)]
    if head in JUDGED:
        blocks.append(_list_judgements(facts, JUDGED[head], head))
    if head == "5(4)":
        blocks.append(_list_channels(facts))
    risks = [risk for risk in facts.risks if facts.choose_head(risk) == head]
    if risks:
        blocks.append(_list_risks(facts, head, risks))
    elif head != "5(5)":
        blocks.append(voice.paragraph(voice.say(f"export.no-risk.{HEADS.index(head) + 1}")))
    return blocks


def _list_routes(facts: ExportFacts) -> Block:
    rows, voice = facts.rows, facts.rows.voice
    columns = voice.columns(
        ("id", 1.2, "ref"), ("export-due", 2), ("export-why", 3.2), ("export-stated", 1.8),
        ("export-fit", 1.4),
    )  # fmt: skip
    cells: list[tuple[Cell, ...]] = []
    for route in facts.routes.exports:
        clause = rows.case.knowledge.cite(route.clause, voice.lang)
        stated = rows.show("flows", "transfer_mechanism", route.mechanism)
        cells.append(
            (
                rows.link("flows", route.flow),
                voice.say(f"export.due.{route.due}"),
                voice.say(f"export.why.{route.due}-{route.reason}", clause=clause),
                stated or voice.say("word.blank"),
                voice.say(f"export.fit.{route.fit}"),
            )
        )
    note = voice.say("export.routes-note")
    return voice.table("export-routes", voice.say("export.routes"), columns, cells, note=note)


def _list_rights(facts: ExportFacts) -> Block:
    """Return the impact on rights of each exporting activity, and its level in both states."""
    rows, voice = facts.rows, facts.rows.voice
    named = {row["id"] for row in facts.activities}
    rated = [a for a in facts.results.assess["activities"] if a["id"] in named]
    columns = (
        *voice.columns(("activity", 2)),
        *(voice.column(d, voice.name("dimension", d), 1.2, "level") for d in DIMENSIONS),
        *(voice.column(s, voice.say(f"state.{s}"), 1, "level") for s in ("current", "planned")),
    )
    cells: list[tuple[Cell, ...]] = [
        (
            rows.title("activities", activity["id"]),
            *(voice.level(activity["rights"].get(d, {}).get("impact")) for d in DIMENSIONS),
            *(voice.level((activity.get("levels") or {}).get(s)) for s in ("current", "planned")),
        )
        for activity in rated
    ]
    title = voice.say("export.rights")
    return voice.table("export-rights", title, columns, cells)


def _list_judgements(facts: ExportFacts, dimension: str, head: str) -> Block:
    rows, voice = facts.rows, facts.rows.voice
    columns = voice.columns(
        ("activity", 1.8), ("export-recipients", 2), ("result", 1), ("reason", 3.4),
        ("export-judged", 1.8),
    )  # fmt: skip
    cells: list[tuple[Cell, ...]] = []
    for row in facts.activities:
        flows = [flow for flow in facts.flows if flow["activity"] == row["id"]]
        ids = dict.fromkeys(id for flow in flows if (id := facts.receive(flow)))
        countries = dict.fromkeys(c for flow in flows if (c := facts.country(flow)))
        places: Sequence[Text] = [rows.link("parties", id, titled=True) for id in ids]
        if head == "5(5)":
            places = [str(rows.show("parties", "country", code)) for code in countries]
        judged = facts.judge(row["id"], dimension)
        if judged is None:
            told: tuple[Cell, ...] = (voice.say("export.unjudged"), _ask(facts, dimension), "")
        else:
            by = rows.person(judged["judged_by"]) if judged["judged_by"] else ""
            when = str(judged["judged_on"] or "")
            told = (
                rows.show("judgements", "level", judged["level"]),
                voice.pick(judged, "reason") or voice.say("export.no-reason"),
                voice.join([by, when]),
            )
        cells.append((rows.title("activities", row["id"]), voice.join(places), *told))
    title = voice.say(f"export.judged.{dimension}")
    return voice.table(f"export-{dimension}", title, columns, cells)


def _ask(facts: ExportFacts, dimension: str) -> str:
    return facts.rows.voice.say(f"export.ask.{dimension}")


def _list_channels(facts: ExportFacts) -> Block:
    """Return how people exercise their rights: what each activity offers, and whom they reach."""
    rows, voice = facts.rows, facts.rows.voice
    columns = voice.columns(
        ("activity", 1.6), ("export-rights-offered", 3), ("export-recipient-contact", 2.6)
    )
    cells: list[tuple[Cell, ...]] = []
    for row in facts.activities:
        flows = [flow for flow in facts.flows if flow["activity"] == row["id"]]
        parties = dict.fromkeys(id for flow in flows if (id := facts.receive(flow)))
        contacts = [
            voice.say(
                "word.named",
                name=rows.title("parties", id),
                text=rows.by_id["parties"][id]["contact"] or voice.say("word.blank"),
            )
            for id in parties
        ]
        cells.append(
            (
                rows.title("activities", row["id"]),
                rows.show("activities", "rights", row["rights"]) or voice.say("word.blank"),
                voice.join(contacts, sentences=True) or voice.say("word.blank"),
            )
        )
    note = voice.say("export.own-contact", contacts=_tell_contacts(facts))
    return voice.table("export-channels", voice.say("export.channels"), columns, cells, note=note)


def _tell_contacts(facts: ExportFacts) -> str:
    voice = facts.rows.voice
    told = []
    for contact in facts.rows.case.contacts:
        reached = voice.join(filter(None, (contact.get("email"), contact.get("phone"))))
        name = voice.pick(contact, "name") or voice.office(contact.get("role") or "")
        told.append(voice.say("word.named", name=name, text=reached))
    return str(voice.join(told, sentences=True)) or voice.say("word.blank")


def _list_risks(facts: ExportFacts, head: str, risks: Sequence[Result]) -> Block:
    rows, voice, results = facts.rows, facts.rows.voice, facts.results
    columns = voice.columns(
        ("risk", 2.4), ("subject", 2), ("because", 3.4), ("export-now", 1, "level"),
        ("export-planned", 1, "level"), ("advice", 2),
    )  # fmt: skip
    cells: list[tuple[Cell, ...]] = []
    for group in group_risks(risks):
        first = group[0]
        places = [{"table": r["subject"]["table"], "id": r["subject"]["id"]} for r in group]
        because = first["because"][0] if first["because"] else {}
        reason = voice.pick(because, "text")
        if cited := rows.cite_reason(first, because):
            reason += f" ({cited})" if voice.lang == "en" else f"（{cited}）"
        if len(group) > 1:
            reason = voice.say("export.for-example", reason=reason)
        cells.append(
            (
                name_risk(voice, first),
                rows.link_all(places, titled=True, limit=8),
                reason,
                voice.level(pick_highest(results, group, "current")),
                voice.level(pick_highest(results, group, "planned")),
                _advise(facts, group),
            )
        )
    title = voice.say("export.risks")
    return voice.table(f"export-risks-{HEADS.index(head) + 1}", title, columns, cells)


def _advise(facts: ExportFacts, group: Sequence[Result]) -> Text:
    """Return the actions under way, else the controls that the rule advises."""
    rows, voice = facts.rows, facts.rows.voice
    actions = [a for r in group for a in (r.get("treatment") or {}).get("actions") or ()]
    if actions:
        named = dict.fromkeys(rows.title("actions", action["id"]) for action in actions)
        return voice.join(named, sentences=True)
    controls = (rows.case.knowledge.controls.get(id) for id in group[0].get("remedy") or ())
    return voice.join([c.title[voice.lang] for c in controls if c], sentences=True)


def compose_conclusion(facts: ExportFacts) -> Section:
    """Return the conclusion per export, what is missing, and the place to sign."""
    rows, voice = facts.rows, facts.rows.voice
    verdicts = {flow["id"]: facts.conclude(flow) for flow in facts.flows}
    counts = {name: list(verdicts.values()).count(name) for name in ("go", "mend", "judge")}
    whole = "mend" if counts["mend"] else "judge" if counts["judge"] else "go"
    columns = voice.columns(("id", 1.2, "ref"), ("export-verdict", 1.6), ("because", 5))
    cells: list[tuple[Cell, ...]] = [
        (
            rows.link("flows", flow["id"]),
            voice.say(f"export.verdict.{verdicts[flow['id']]}"),
            voice.stack(_tell_reasons(facts, flow)),
        )
        for flow in facts.flows
    ]
    blocks: list[Block] = [
        voice.paragraph(voice.say(f"export.whole.{whole}", **counts), "lead"),
        voice.table("export-conclusion", voice.say("export.conclusion"), columns, cells),
    ]
    lacks = list(dict.fromkeys(lack for flow in facts.flows for lack in facts.list_blanks(flow)))
    if lacks:
        blocks.append(_list_missing(facts, lacks))
    blocks.append(PageBreak(voice.visibility))
    blocks.append(voice.paragraph(voice.say("export.proposal"), "note"))
    blocks.append(voice.paragraph(voice.say("export.keep"), "note"))
    officer = rows.find_officer()
    fields = (
        (voice.say("approval.opinion"), ""),
        (voice.say("approval.officer"), voice.pick(officer, "holder")),
        (voice.say("approval.department"), voice.pick(officer, "department")),
        (voice.say("approval.signature"), ""),
        (voice.say("approval.date"), ""),
    )
    blocks.append(Signature(fields, voice.say("approval.seal"), voice.visibility))
    return voice.section("export-conclusion", blocks)


def _tell_reasons(facts: ExportFacts, flow: Record) -> list[Text]:
    voice = facts.rows.voice
    route = facts.route_of[flow["id"]]
    told: list[Text] = [voice.say(f"export.fit-long.{route.fit}")]
    told += [
        voice.say(
            "export.fault",
            risk=name_risk(voice, group[0]),
            level=voice.name("level", pick_highest(facts.results, group, "planned")),
        )
        for group in group_risks(facts.list_faults(flow))
    ]
    blanks = facts.list_blanks(flow)
    if blanks:
        told.append(voice.say("export.blanks", n=len(blanks)))
    return told


def _list_missing(facts: ExportFacts, lacks: Sequence[tuple[str, str, str]]) -> Block:
    """Return what the register leaves blank, each fact with the rows that lack it."""
    rows, voice = facts.rows, facts.rows.voice
    by_fact: dict[tuple[str, str], list[str]] = {}
    for table, id, name in lacks:
        by_fact.setdefault((table, name), []).append(id)
    cells: list[tuple[Cell, ...]] = []
    for (table, name), ids in by_fact.items():
        if table == "judgements":
            dimension = rows.case.knowledge.labels(f"value.dimension.{name}", voice.lang)
            fact, place = voice.say("word.judgement-on", dimension=dimension), "activities"
        elif name == "recipient":
            fact, place = voice.say("export.lack-recipient"), table
        else:
            fact, place = rows.heading(name), table
        named = rows.link_ids(place, ids, titled=place != "flows")
        cells.append((fact, rows.name_table(place), named))
    columns = voice.columns(("missing", 2.4), ("export-table", 1.4), ("export-rows", 4))
    return voice.table("export-missing", voice.say("export.missing"), columns, cells)
