"""The impact assessment report on exports: overview, export situation, assessment, conclusion.

Its order is that of the authority's template for filing the standard contract; the heads of the
assessment are those of the SCC Measures, Art. 5. One report for every route: PIPL 55 wants the
assessment of each export, exempt ones included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from piaskit.report.document import Block, Card, Cards, Cell, Document, Row, Section, Text
from piaskit.report.export_assessment import compose_assessment, compose_conclusion
from piaskit.report.export_facts import ExportFacts
from piaskit.report.results import Results
from piaskit.report.rows import Record, Rows, make_anchor
from piaskit.report.safeguard_states import name_proof
from piaskit.screening import choose_routes
from piaskit.screening.routes import Persons

CN_PIPL = "cn-pipl"


def compose_export(rows: Rows, results: Results) -> Document:
    """Return the export report; a case without exports gets one that says so in a sentence."""
    voice, case = rows.voice, rows.case
    chosen = [activity["id"] for activity in results.assess["activities"]]
    routes = choose_routes(case, chosen)
    anchors = [make_anchor("flows", route.flow) for route in routes.exports]
    facts = ExportFacts(replace(rows, anchors=()), results, routes)
    anchors += [make_anchor("parties", party["id"]) for party in facts.recipients]
    facts = ExportFacts(replace(rows, anchors=frozenset(anchors)), results, routes)
    if not facts.flows or CN_PIPL not in case.regimes:
        why = "none" if CN_PIPL in case.regimes else "no-pipl"
        sentence = voice.say(
            f"export.{why}",
            organisation=rows.say_organisation(),
            as_of=case.as_of.isoformat(),
            flows=len(rows.tables["flows"]),
        )
        sections = [voice.section("export-overview", [voice.paragraph(sentence, "lead")])]
    else:
        sections = [
            _compose_overview(facts),
            *_compose_situation(facts),
            *compose_assessment(facts),
            compose_conclusion(facts),
        ]
    return Document(
        title=results.title,
        subtitle=voice.say("subtitle.export"),
        lang=voice.lang,
        edition="internal",
        as_of=case.as_of,
        organisation=rows.say_organisation(),
        properties=(
            (voice.say("property.regimes"), voice.name("regime", CN_PIPL)),
            (voice.say("export.property"), case.knowledge.cite("cn-scc-2023 5", voice.lang)),
        ),
        sections=tuple(sections),
    )


def tell_range(facts: ExportFacts, persons: Persons) -> str:
    """Return a range of persons in words."""
    low, high = persons
    say = facts.rows.voice.say
    if high is None:
        return say("export.range-open", low=low)
    return f"{low:,}" if low == high else say("export.range", low=low, high=high)


def _compose_overview(facts: ExportFacts) -> Section:
    rows, voice = facts.rows, facts.rows.voice
    verdicts = [facts.conclude(flow) for flow in facts.flows]
    countries = sorted({c for flow in facts.flows if (c := facts.country(flow))})
    names = voice.join([str(rows.show("parties", "country", code)) for code in countries])
    cards = (
        Card(
            voice.say("export.card-flows"),
            str(len(facts.flows)),
            voice.say("export.card-flows-note", n=len(facts.recipients), countries=names),
        ),
        Card(
            voice.say("export.card-persons"),
            tell_range(facts, facts.routes.ordinary),
            voice.say("export.card-persons-note"),
        ),
        Card(
            voice.say("export.card-sensitive"),
            tell_range(facts, facts.routes.sensitive),
            voice.say("export.card-sensitive-note"),
        ),
        *(
            Card(
                voice.say(f"export.card-{verdict}"),
                str(verdicts.count(verdict)),
                voice.say(f"export.card-{verdict}-note"),
            )
            for verdict in ("go", "mend", "judge")
        ),
    )
    blocks: list[Block] = [
        voice.paragraph(
            voice.say(
                "export.lead",
                organisation=rows.say_organisation(),
                as_of=rows.as_of.isoformat(),
                activities=len(facts.activities),
            ),
            "lead",
        ),
        Cards(cards, voice.visibility),
    ]
    exporting = {row["id"] for row in facts.activities}
    assessments = [
        row
        for row in rows.tables["assessments"]
        if exporting & set((row["activities"] or "").split(";"))
    ]
    columns = voice.columns(
        ("title", 2.2), ("export-period", 1.6), ("export-assessors", 2), ("export-consulted", 2),
        ("export-scope", 2.4),
    )  # fmt: skip
    blank = voice.say("word.blank")
    cells: list[tuple[Cell, ...]] = [
        (
            rows.title("assessments", row["id"]),
            f"{row['started_on'] or blank} {voice.say('word.to')} {row['completed_on'] or blank}",
            rows.persons(voice.pick(row, "assessors")) or blank,
            rows.persons(voice.pick(row, "consulted")) or blank,
            voice.pick(row, "scope") or blank,
        )
        for row in assessments
    ]
    if cells:
        blocks.append(voice.table("export-work", voice.say("export.work"), columns, cells))
    else:
        blocks.append(voice.paragraph(voice.say("export.no-assessment"), "warning"))
    blocks.append(voice.paragraph(voice.say("export.how")))
    if rows.case.left_out:
        left_out = voice.say("scope.left-out", n=len(rows.case.left_out))
        blocks.append(voice.paragraph(left_out, "warning"))
    return voice.section("export-overview", blocks)


def _compose_situation(facts: ExportFacts) -> list[Section]:
    voice = facts.rows.voice
    return [
        voice.section("export-situation", [voice.paragraph(voice.say("export.situation"))]),
        voice.section("export-sender", [_describe_sender(facts)], 2),
        voice.section("export-business", [_list_business(facts)], 2),
        voice.section("export-information", _list_exports(facts), 2),
        voice.section("export-protection", _list_protection(facts), 2),
        voice.section("export-recipients", _list_recipients(facts), 2),
    ]


def _describe_sender(facts: ExportFacts) -> Block:
    rows, voice, case = facts.rows, facts.rows.voice, facts.rows.case
    own = case.organisation
    officer = rows.find_officer()
    operator = own.get("operator")
    contacts = [
        ", ".join(filter(None, (voice.pick(c, "name"), c.get("email"), c.get("phone"))))
        for c in case.contacts
        if c.get("role") in (None, officer.get("role"))
    ]
    told: list[tuple[str, Cell]] = [
        ("name", rows.say_organisation()),
        ("sector", voice.pick(own, "sector")),
        ("province", voice.pick(own, "province")),
        (
            "operator",
            case.knowledge.labels(f"value.organisation.operator.{operator}", voice.lang)
            if operator
            else "",
        ),
        ("employees", own.get("employees")),
        ("persons-total", own.get("persons_total")),
        ("officer", rows.person(officer["id"]) if officer else ""),
        ("department", voice.pick(officer, "department") if officer else ""),
        ("contact", "; ".join(contacts)),
        ("ownership", voice.say("export.not-in-register")),
    ]
    cells: list[tuple[Cell, ...]] = [
        (
            voice.say(f"export.sender.{name}"),
            voice.say("word.blank") if value in ("", None) else value,
        )
        for name, value in told
    ]
    columns = voice.columns(("export-fact", 2), ("export-value", 5))
    return voice.table("export-sender", voice.say("export.sender"), columns, cells)


def _list_business(facts: ExportFacts) -> Block:
    rows, voice = facts.rows, facts.rows.voice
    columns = voice.columns(
        ("activity", 1.6), ("purpose", 2.6), ("necessity", 2.6), ("basis", 1.4), ("subjects", 1.4),
        ("persons", 1, "number"), ("export-systems", 1.8),
    )  # fmt: skip
    cells: list[tuple[Cell, ...]] = []
    for row in facts.activities:
        flows = [flow for flow in facts.flows if flow["activity"] == row["id"]]
        senders = dict.fromkeys(flow["source"] for flow in flows if flow["source"])
        cells.append(
            (
                rows.title("activities", row["id"]),
                _say_or_blank(rows, voice.pick(row, "purpose")),
                _say_or_blank(rows, voice.pick(row, "necessity")),
                rows.show("activities", "legal_basis", row["legal_basis"])
                or voice.say("word.blank"),
                _say_or_blank(rows, voice.pick(row, "subjects")),
                row["persons"],
                voice.join([_name_place(rows, id) for id in senders]) or voice.say("word.blank"),
            )
        )
    title = voice.say("export.business")
    return voice.table("export-business", title, columns, cells, landscape=True)


def _say_or_blank(rows: Rows, text: str) -> str:
    return text or rows.voice.say("word.blank")


def _name_place(rows: Rows, id: str | None) -> str:
    found = rows.find_place(id)
    return rows.title(found[0], id) if found else rows.voice.say("word.blank")


def _list_exports(facts: ExportFacts) -> list[Block]:
    rows, voice = facts.rows, facts.rows.voice
    what = voice.columns(
        ("id", 1.3, "ref"), ("export-sender", 1.4), ("export-recipient", 1.6),
        ("export-country", 1), ("export-items", 3), ("sensitive-any", 0.9),
        ("persons", 1, "number"), ("export-persons-year", 1.1, "number"),
    )  # fmt: skip
    how = voice.columns(
        ("id", 1.3, "ref"), ("export-way", 1.8), ("basis", 1.6), ("export-consent", 1.1),
        ("export-retention", 2), ("export-mechanism", 1.8), ("export-reference", 1.4),
        ("export-until", 1.1, "date"),
    )  # fmt: skip
    first: list[Row] = []
    second: list[tuple[Cell, ...]] = []
    for flow in facts.flows:
        route = facts.route_of[flow["id"]]
        activity = rows.by_id["activities"].get(flow["activity"], {})
        items = rows.carried(flow)
        told: tuple[Cell, ...] = (
            flow["id"],
            _name_place(rows, flow["source"]),
            _name_recipient(facts, flow),
            rows.show("parties", "country", facts.country(flow)),
            _tell_items(rows, items),
            voice.say("word.yes" if route.sensitive else "word.no"),
            flow["persons"],
            flow["persons_year"],
        )
        first.append(Row(told, make_anchor("flows", flow["id"])))
        way = [
            str(rows.show("flows", name, flow[name]))
            for name in ("stage", "channel", "transport")
            if flow[name]
        ]
        basis = flow["legal_basis"] or activity.get("legal_basis")
        kept = dict.fromkeys(
            rows.tell_period(voice.pick(item, "retention")) for item in items if item["retention"]
        )
        second.append(
            (
                rows.link("flows", flow["id"]),
                voice.join(way),
                rows.show("flows", "legal_basis", basis) or voice.say("word.blank"),
                rows.show("flows", "consent", flow["consent"]) or voice.say("word.blank"),
                voice.join(kept, sentences=True) or voice.say("word.blank"),
                rows.show("flows", "transfer_mechanism", flow["transfer_mechanism"])
                or voice.say("word.blank"),
                voice.pick(flow, "mechanism_ref") or voice.say("word.blank"),
                flow["mechanism_until"],
            )
        )
    note = voice.say(
        "export.persons-note",
        ordinary=tell_range(facts, facts.routes.ordinary),
        sensitive=tell_range(facts, facts.routes.sensitive),
    )
    return [
        voice.table(
            "export-what", voice.say("export.what"), what, first, note=note, landscape=True
        ),
        voice.table(
            "export-how",
            voice.say("export.manner"),
            how,
            second,
            note=voice.say("export.retention-note"),
            landscape=True,
        ),
    ]


def _name_recipient(facts: ExportFacts, flow: Record) -> Text:
    rows = facts.rows
    party = facts.receive(flow)
    place = _name_place(rows, flow["target"])
    if party is None:
        return place
    named = rows.link("parties", party, titled=True)
    return named if party == flow["target"] else rows.voice.enclose(place, named)


def _tell_items(rows: Rows, items: Sequence[Record]) -> Text:
    """Return the items with the kind of each, kinds named once."""
    voice = rows.voice
    by_kind: dict[str, list[str]] = {}
    for item in items:
        kind = str(rows.show("items", "category", item["category"]) or voice.say("word.blank"))
        by_kind.setdefault(kind, []).append(rows.title("items", item["id"]))
    form = "{} ({})" if voice.lang == "en" else "{}（{}）"
    told = [
        form.format(kind, voice.join(names)) if names != [kind] else kind
        for kind, names in by_kind.items()
    ]
    return voice.join(told, sentences=True) or voice.say("word.blank")


def _list_protection(facts: ExportFacts) -> list[Block]:
    """Return the safeguards that reach an export, and what happened in the house."""
    rows, voice = facts.rows, facts.rows.voice
    touched = {id for flow in facts.flows for id in (flow["id"], flow["source"], flow["activity"])}
    proofs = rows.proofs
    cells: list[tuple[Cell, ...]] = []
    for row in rows.tables["safeguards"]:
        scopes = {part.rpartition("/")[2] for part in (row["scope"] or "").split(";")}
        if row["status"] in (None, "retired") or not scopes & (touched | {"all"}):
            continue
        cells.append(
            (
                rows.show("safeguards", "kind", row["kind"]),
                rows.title("safeguards", row["id"]),
                rows.show("safeguards", "scope", row["scope"]),
                voice.name("proof", name_proof(row, proofs)),
                row["evidence_on"],
            )
        )
    columns = voice.columns(
        ("kind", 1), ("title", 3), ("export-covers", 2.4), ("state", 1.2),
        ("export-evidence-on", 1.2, "date"),
    )  # fmt: skip
    blocks: list[Block] = []
    if cells:
        cells.sort(key=lambda row: str(row[0]))
        blocks.append(
            voice.table("export-safeguards", voice.say("export.safeguards"), columns, cells)
        )
    else:
        blocks.append(voice.paragraph(voice.say("export.no-safeguard"), "warning"))
    uncovered = facts.results.uncovered
    if uncovered is not None:
        bare = [id for id in facts.route_of if id in uncovered]
        named = rows.link_ids("flows", bare)
        words = voice.say("export.uncovered" if bare else "export.covered", n=len(bare))
        if bare:
            told = named if isinstance(named, tuple) else (named,)
            blocks.append(voice.paragraph((words + voice.gap, *told), "warning"))
        else:
            blocks.append(voice.paragraph(words))
    own = [row for row in rows.tables["incidents"] if row["own"] != "no"]
    recent = [row for row in own if rows.is_recent(row["occurred_on"])]
    trained = [row for row in rows.tables["trainings"] if rows.is_recent(row["held_on"])]
    numbers = {"incidents": len(recent), "trainings": len(trained)}
    blocks.append(voice.paragraph(voice.say("export.year", **numbers)))
    return blocks


def _list_recipients(facts: ExportFacts) -> list[Block]:
    rows, voice = facts.rows, facts.rows.voice
    columns = voice.columns(
        ("export-recipient", 1.8), ("role", 1), ("export-country", 1), ("export-contact", 2),
        ("export-contract", 1.8), ("export-supervised", 1.2, "date"), ("export-onward", 2),
    )  # fmt: skip
    cells: list[Row] = []
    for party in facts.recipients:
        until = party["contract_until"]
        contract = voice.pick(party, "contract") or voice.say("word.blank")
        onward = _say_none(rows, voice.pick(party, "onward"))
        if party["onward"] not in (None, "none"):
            basis = voice.pick(party, "onward_basis") or voice.say("word.blank")
            onward = voice.say("export.onward-on", onward=onward, basis=basis)
        told: tuple[Cell, ...] = (
            rows.title("parties", party["id"]),
            rows.show("parties", "role", party["role"]),
            rows.show("parties", "country", party["country"]) or voice.say("word.blank"),
            voice.pick(party, "contact") or voice.say("word.blank"),
            voice.say("export.contract-until", contract=contract, until=until)
            if until
            else contract,
            party["supervised_on"],
            onward,
        )
        cells.append(Row(told, make_anchor("parties", party["id"])))
    if not cells:
        return [voice.paragraph(voice.say("export.no-recipient"), "warning")]
    return [voice.table("export-recipients", voice.say("export.recipients"), columns, cells)]


def _say_none(rows: Rows, text: str) -> str:
    if text == "none":
        return rows.voice.say("word.none")
    return text or rows.voice.say("word.blank")
