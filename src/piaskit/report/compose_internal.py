"""The internal report, first half: what was assessed, by whom, against what, and whether it is due.

Together with ``risk_sections`` and ``annex`` it follows the heads of GB/T 39335-2020, 5.7.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from piaskit.report.annex import compose_annex, compose_maps
from piaskit.report.approval import compose_approval
from piaskit.report.decisions import collect_decisions
from piaskit.report.document import Block, Cell, Document, Excerpt, Link, Section, Table, Text
from piaskit.report.inventory_figures import show_pictures
from piaskit.report.management import compose_management
from piaskit.report.method_sections import compose_methods
from piaskit.report.readiness import compose_readiness
from piaskit.report.results import Result, Results
from piaskit.report.risk_sections import compose_risk_sections
from piaskit.report.rows import Record, Rows
from piaskit.report.sheet_sections import compose_sheets

_NUMBER = re.compile(r"(\d+)")
_INSTRUMENT = re.compile("^《[^》]+》")  # as the row of the instrument names it already


def compose_internal(rows: Rows, results: Results) -> Document:
    """Return the internal report: every head of GB/T 39335 5.7 after one page for management."""
    voice, case = rows.voice, rows.case
    decisions = collect_decisions(rows, results)
    sections = [
        compose_management(rows, results, decisions),
        compose_approval(rows, results),
        _compose_scope(rows, results),
        _compose_assessors(rows),
        _compose_laws(rows, results),
        _compose_object(rows, results),
        _compose_content(rows, results),
        _compose_parties(rows),
        _compose_screening(rows, results),
        *compose_risk_sections(rows, results, decisions),
        *compose_methods(rows, results),
        *compose_sheets(rows, results),
        compose_readiness(rows, results.exercise),
        *compose_annex(rows, results),
    ]
    method = case.knowledge.methods[results.method]
    regimes = voice.join([voice.name("regime", regime) for regime in case.regimes], sentences=True)
    return Document(
        title=results.title,
        subtitle=voice.say("subtitle.internal"),
        lang=voice.lang,
        edition="internal",
        as_of=case.as_of,
        organisation=rows.say_organisation(),
        properties=(
            (voice.say("property.regimes"), str(regimes)),
            (voice.say("property.method"), method.title[voice.lang]),
        ),
        sections=tuple(sections),
    )


def compose_risks(rows: Rows, results: Results) -> Excerpt:
    """Return what an assessment found, and tables C.1 and C.2, as in the internal report."""
    decisions = collect_decisions(rows, results)
    sections = compose_risk_sections(rows, results, decisions, brief=True)
    return Excerpt(rows.voice.lang, (*sections, *compose_maps(rows, results)))


def _compose_scope(rows: Rows, results: Results) -> Section:
    voice, case = rows.voice, rows.case
    activities = results.activities(rows)
    organisation, blank = rows.say_organisation(), voice.say("word.blank")
    text = voice.say("scope.text", organisation=organisation, as_of=case.as_of.isoformat())
    blocks: list[Block] = [
        voice.paragraph(text),
        voice.paragraph(rows.link_ids("activities", [a["id"] for a in activities], titled=True)),
    ]
    assessments = rows.tables["assessments"]
    for row in assessments:
        days = {
            name: row[column].isoformat() if row[column] else blank
            for name, column in (
                ("started", "started_on"),
                ("completed", "completed_on"),
                ("next", "next_review_on"),
            )
        }
        text = voice.say(
            "scope.assessment",
            title=rows.title("assessments", row["id"]),
            trigger=voice.pick(row, "trigger") or blank,
            scope=voice.pick(row, "scope") or blank,
            **days,
        )
        blocks.append(voice.paragraph(text))
    if not assessments:
        blocks.append(voice.paragraph(voice.say("scope.no-assessment")))
    if case.left_out:
        left_out = voice.say("scope.left-out", n=len(case.left_out))
        blocks.append(voice.paragraph(left_out, "warning"))
    reviewed = sum(rows.is_recent(row["reviewed_on"]) for row in activities)
    blocks.append(voice.pair("scope", {}, {"n": reviewed, "all": len(activities)}))
    return voice.section("scope", blocks)


def _compose_assessors(rows: Rows) -> Section:
    voice = rows.voice
    blank = voice.say("word.blank")
    lines: list[Text] = [
        voice.say(
            "assessors.list",
            title=rows.title("assessments", row["id"]),
            who=rows.persons(voice.pick(row, "assessors")) or blank,
            consulted=rows.persons(voice.pick(row, "consulted")) or blank,
        )
        for row in rows.tables["assessments"]
    ]
    blocks: list[Block] = [
        voice.bullets(lines) if lines else voice.paragraph(voice.say("assessors.none"))
    ]
    if rows.tables["roles"]:
        columns = voice.columns(("role", 3), ("holder", 2), ("id", 1, "ref"))
        cells: list[tuple[Cell, ...]] = [
            (
                rows.show("roles", "role", row["role"]),
                voice.pick(row, "holder"),
                rows.link("roles", row["id"]),
            )
            for row in rows.tables["roles"]
        ]
        blocks.append(voice.table("persons", voice.say("assessors.roles"), columns, cells))
    counts = {"n": len(rows.tables["trainings"])}
    blocks.append(voice.pair("assessors", counts, {"n": len(rows.tables["judgements"])}))
    return voice.section("assessors", blocks)


def _compose_laws(rows: Rows, results: Results) -> Section:
    voice = rows.voice
    asked = results.assess["methods"]
    used = [
        p
        for p in rows.case.knowledge.packs
        if p.kind == "regulations" or (p.kind == "methods" and p.id in asked)
    ]
    cited = Counter(_list_clauses(rows, results))
    short = {
        pack.id: regulation.short[voice.lang]
        for pack in used
        if (regulation := rows.case.knowledge.regulations.get(pack.id))
    }
    forms = {
        id: rows.case.knowledge.regulations[id].clause_form[voice.lang].partition("{n}")[0]
        for id in short
    }
    by_pack: dict[str, list[Text]] = defaultdict(list)
    for clause, n in sorted(cited.items(), key=lambda one: _sort_clause(one[0])):
        fitting = [id for id, form in forms.items() if clause.startswith(form)]
        pack_id = max(fitting, key=lambda pack: len(forms[pack]), default="")
        told = _INSTRUMENT.sub("", clause.removeprefix(short.get(pack_id, ""))).lstrip(" ,")
        by_pack[pack_id].append(voice.say("laws.times", clause=told, n=n))
    columns = voice.columns(
        ("title", 3), ("as-of", 1, "date"), ("confidence", 1), ("cited", 3),
    )  # fmt: skip
    packs: list[tuple[Cell, ...]] = [
        (
            pack.title[voice.lang],
            pack.as_of,
            voice.name("confidence", pack.confidence),
            # A standard may be both law and method, under one id; its clauses are told once.
            voice.join(by_pack[pack.id] if pack.kind == "regulations" else (), sentences=True),
        )
        for pack in used
    ]
    if "" in by_pack:
        packs.append((voice.say("laws.other"), None, None, voice.join(by_pack[""], sentences=True)))
    low = sum(pack.confidence != "high" for pack in used)
    return voice.section(
        "laws",
        [
            voice.paragraph(voice.say("laws.text")),
            voice.table("laws", voice.say("laws.table"), columns, packs),
            voice.pair("laws", {"n": low}, {}),
        ],
    )


def _sort_clause(clause: str) -> list[tuple[int, str]]:
    """Sort clauses by their numbers, not by digits."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in _NUMBER.split(clause)]


def _list_clauses(rows: Rows, results: Results) -> Iterable[str]:
    for finding in results.findings:
        yield rows.cite(finding)
    for verdict in results.verdicts:
        for reason in verdict["because"]:
            yield rows.cite(reason)


def _compose_object(rows: Rows, results: Results) -> Section:
    voice, knowledge = rows.voice, rows.case.knowledge
    by_category: dict[str, list[Record]] = defaultdict(list)
    for item in rows.tables["items"]:
        by_category[item["category"]].append(item)
    answers = {item["id"]: rows.sensitive_in(item) for item in rows.tables["items"]}
    sensitive = sum("yes" in given.values() for given in answers.values())
    open_ones = sum(bool({"yes", "judge"} & {*given.values()}) for given in answers.values())
    columns = (
        *voice.columns(("category", 2)),
        *(
            voice.column(
                f"sensitive-{regime}",
                voice.say("column.sensitive", regime=voice.name("regime", regime)),
                1.2,
            )
            for regime in rows.case.regimes
        ),
        *voice.columns(("items", 4), ("count", 0.8, "number")),
    )
    cells: list[tuple[Cell, ...]] = []
    for category in sorted(by_category):
        members = by_category[category]
        known = knowledge.categories.get(category)
        title = known.title[voice.lang] + rows.mark(known.confidence) if known else category
        marks = [voice.name("sensitive", a) for a in answers[members[0]["id"]].values()]
        items = rows.link_ids("items", [m["id"] for m in members], titled=True)
        cells.append((title, *marks, items, len(members)))
    numbers = {"items": len(answers), "categories": len(by_category), "sensitive": sensitive}
    stated = sum(item["retention"] is not None for item in rows.tables["items"])
    blocks: list[Block] = [
        voice.paragraph(voice.say("object.text", **numbers)),
        voice.table("categories", voice.say("object.categories"), columns, cells),
    ]
    blocks += show_pictures(rows.case, voice, results.uncovered)
    if answers:
        blocks.append(voice.paragraph((Link(voice.say("object.see"), "annex-items"),)))
    pair = voice.pair("object", {"n": open_ones}, {"n": stated, "all": len(answers)})
    return voice.section("object", [*blocks, pair])


def _compose_content(rows: Rows, results: Results) -> Section:
    voice = rows.voice
    activities = results.activities(rows)
    columns = voice.columns(
        ("activity", 2), ("purpose", 3), ("basis", 2), ("necessity", 3), ("subjects", 1.5),
        ("persons", 1, "number"), ("owner", 1.2),
    )  # fmt: skip
    cells: list[tuple[Cell, ...]] = [
        (
            rows.link("activities", row["id"], titled=True),
            voice.pick(row, "purpose"),
            rows.show("activities", "legal_basis", row["legal_basis"]),
            voice.pick(row, "necessity"),
            voice.pick(row, "subjects"),
            row["persons"],
            rows.show("activities", "owner", row["owner"]) or voice.say("word.no-owner"),
        )
        for row in activities
    ]
    blank = sum(not row["necessity"] for row in activities)
    return voice.section(
        "content",
        [
            voice.paragraph(voice.say("content.text")),
            voice.table("content", voice.say("content.table"), columns, cells, landscape=True),
            voice.pair("content", {"n": blank, "all": len(activities)}, {}),
        ],
    )


def _compose_parties(rows: Rows) -> Section:
    voice = rows.voice
    parties = [row for row in rows.tables["parties"] if row["role"] != "subject"]
    processors = [row for row in parties if row["role"] == "processor"]
    by_role: dict[str, list[Record]] = defaultdict(list)
    for row in parties:
        by_role[row["role"]].append(row)
    columns = voice.columns(("role", 1.5), ("count", 0.8, "number"), ("names", 4), ("countries", 2))
    cells: list[tuple[Cell, ...]] = []
    for role in sorted(by_role):
        members = by_role[role]
        codes = sorted({row["country"] for row in members if row["country"]})
        names = voice.join([str(rows.show("parties", "country", code)) for code in codes])
        cells.append(
            (
                rows.show("parties", "role", role),
                len(members),
                rows.link_ids("parties", [row["id"] for row in members], titled=True),
                names,
            )
        )
    numbers = {
        "n": len(parties),
        "processors": len(processors),
        "abroad": sum(row["country"] not in (None, "CN") for row in parties),
        "systems": len(rows.tables["systems"]),
    }
    supervised = sum(rows.is_recent(row["supervised_on"]) for row in processors)
    loose = sum(row["contract"] is None for row in processors)
    return voice.section(
        "parties",
        [
            voice.paragraph(voice.say("parties.text", **numbers)),
            voice.table("parties", voice.say("parties.table"), columns, cells, landscape=True),
            voice.pair("parties", {"n": loose}, {"n": supervised, "all": len(processors)}),
        ],
    )


def _compose_screening(rows: Rows, results: Results) -> Section:
    voice = rows.voice
    decisions = Counter(verdict["decision"] for verdict in results.verdicts)
    numbers = {d.replace("-", "_"): decisions[d] for d in ("required", "not-required", "judge")}
    blocks: list[Block] = [voice.paragraph(voice.say("screening.text", **numbers))]
    for regime in dict.fromkeys(verdict["regime"] for verdict in results.verdicts):
        chosen = [verdict for verdict in results.verdicts if verdict["regime"] == regime]
        blocks.append(_argue_screening(rows, results, regime, chosen))
    pair = voice.pair("screening", {"n": decisions["judge"]}, {})
    return voice.section("screening", [*blocks, pair])


def _argue_screening(
    rows: Rows, results: Results, regime: str, verdicts: Sequence[Result]
) -> Table:
    """Return the decisions of one regime: the criteria met or unknown, why, and what is missing."""
    voice = rows.voice
    heads = {r["criterion"]: r for v in verdicts for r in v["because"]}
    numbers = {criterion: number for number, criterion in enumerate(heads, 1)}
    cells: list[tuple[Cell, ...]] = []
    for verdict in verdicts:
        lines: list[Text] = []
        for reason in verdict["because"]:
            if reason["met"] == "no":
                continue
            text = voice.say(
                f"screening.{reason['met']}",
                number=numbers[reason["criterion"]],
                reason=voice.pick(reason, "reason"),
            )
            linked = rows.link_all(reason["rows"], limit=6)
            lines.append(voice.enclose(text, linked) if linked else text)
        if missing := results.list_missing(verdict, rows):
            facts = str(voice.join(missing, sentences=True))
            lines.append(voice.say("screening.lacks", facts=facts))
        if verdict.get("note"):
            lines.append(voice.pick(verdict, "note"))
        cells.append(
            (
                rows.link("activities", verdict["activity"], titled=True),
                voice.name("decision", verdict["decision"]),
                voice.stack(lines) or voice.say("screening.no-criterion"),
            )
        )
    form = "{}: {} ({})" if voice.lang == "en" else "{}: {}（{}）"
    key = [
        form.format(numbers[criterion], voice.pick(reason, "title"), rows.cite(reason))
        for criterion, reason in heads.items()
    ]
    return voice.table(
        f"screening-{regime}",
        voice.say("screening.table", regime=voice.name("regime", regime)),
        voice.columns(("activity", 1.6), ("result", 0.8), ("criteria-met", 5)),
        cells,
        note=voice.say("screening.key", key=str(voice.join(key, sentences=True))),
    )
