"""The annex of the internal report: tables C.1 and C.2, every row of the case, and the sources."""

from __future__ import annotations

from collections.abc import Iterable

from piaskit.case.tables import TABLES
from piaskit.report.document import Cell, Row, Section, Table, Text, read_text
from piaskit.report.reasons import (
    link_risk,
    tabulate_gaps,
    tabulate_impact,
    tabulate_likelihood,
    tabulate_register,
)
from piaskit.report.results import Results
from piaskit.report.rows import Record, Rows, make_anchor
from piaskit.report.voice import ColumnSpec

# The columns that get a place of their own in print; what else a row states is gathered in one.
SHOWN = {
    "activities": ("title", "purpose", "legal_basis", "subjects", "persons", "owner"),
    "items": ("title", "activity", "category", "required", "source", "retention"),
    "parties": ("title", "role", "country", "contract", "contract_until", "supervised_on"),
    "systems": ("title", "kind", "owner", "country", "encrypted_at_rest", "mlps_level"),
    "flows": ("activity", "stage", "source", "target", "items", "transport", "consent"),
    "safeguards": ("title", "control", "kind", "scope", "status", "evidence"),
    "roles": ("role", "holder", "department", "appointed_on"),
    "trainings": ("title", "audience", "held_on", "invited", "attended", "passed"),
    "assessments": ("title", "activities", "trigger", "assessors", "completed_on"),
    "judgements": ("activity", "dimension", "level", "problem", "reason", "judged_by"),
    "acceptances": ("risk", "decision", "reason", "decided_by", "expires_on"),
    "actions": ("title", "risk", "option", "owner", "due_on", "status"),
    "incidents": ("title", "occurred_on", "own", "event", "persons", "lessons"),
    "requests": ("kind", "activity", "received_on", "due_on", "closed_on", "outcome"),
    "access": ("account", "person", "role", "system", "permissions", "last_used_on"),
    "accounts": ("title", "who", "min_length", "lockout_tries", "mfa", "reset"),
    "maturity": ("area", "capability", "level", "aim", "evidence", "evidence_on"),
    "channels": ("title", "way", "activities", "position", "coverage", "capacity"),
    "shifts": ("title", "people", "steps", "opens_at", "open_hours", "days"),
    "drills": ("title", "held_on", "step", "hours", "attempts", "runbook"),
    "estimates": ("risk", "safeguard", "quantity", "low", "best", "high"),
}


def compose_annex(rows: Rows, results: Results) -> list[Section]:
    """Return the annex as sections: C.1, C.2, each table, rows left out, sources."""
    voice = rows.voice
    sections = [voice.section("annex", [voice.paragraph(voice.say("annex.text"))])]
    sections += compose_maps(rows, results)
    for id, table in (
        ("c3", tabulate_impact(rows, results)),
        ("d6", tabulate_likelihood(rows, results)),
        ("gaps", tabulate_gaps(rows, results)),
        ("register", tabulate_register(rows, results)),
    ):
        sections.append(_place_table(rows, id, table))
    for name, records in rows.tables.items():
        if name in TABLES and records:
            table = list_rows(rows, results, name)
            sections.append(voice.section(f"annex-{name}", [table], 2, table.title))
    if rows.case.left_out:
        columns = voice.columns(("place", 1), ("message", 2))
        left = [(str(issue.place), issue.message) for issue in rows.case.left_out]
        title = voice.say("annex.left-out")
        table = voice.table("left-out", title, columns, left, landscape=True)
        sections.append(voice.section("annex-left-out", [table], 2, title))
    return [*sections, _list_sources(rows)]


def compose_maps(rows: Rows, results: Results) -> list[Section]:
    """Return the sections of tables C.1 and C.2."""
    activities = results.activities(rows)
    return [
        _place_table(rows, "c1", _map_items(rows, activities)),
        _place_table(rows, "c2", _map_lifecycle(rows, activities)),
    ]


def _place_table(rows: Rows, id: str, table: Table) -> Section:
    """Return a table as a section; an empty one keeps its heading, for the body leads to it."""
    voice = rows.voice
    block = table if table.rows else voice.paragraph(voice.say("annex.nothing"))
    return voice.section(f"annex-{id}", [block], 2, table.title)


def list_rows(rows: Rows, results: Results, name: str) -> Table:
    """Return every row of one table of the case, each with its anchor."""
    voice, declared = rows.voice, TABLES[name]
    frame = rows.case.frames[name]
    title = rows.name_table(name)
    shown = SHOWN[name]
    rest = [c for c in map(str, frame.columns) if c not in ("id", *shown) and not is_companion(c)]
    columns = (
        *voice.columns(("id", 1, "ref")),
        *(
            voice.column(
                column,
                rows.heading(column),
                1,
                "date" if declared[column].kind == "date" else "text",
            )
            for column in shown
        ),
        *voice.columns(("more", 1)),
    )
    made = []
    for record in rows.tables[name]:
        cells = [_show_cell(rows, results, name, record, column) for column in shown]
        more = _tell_rest(rows, name, record, rest)
        made.append(Row((record["id"], *cells, more), make_anchor(name, record["id"])))
    return voice.table(f"annex-{name}", title, columns, made, landscape=True)


def is_companion(column: str) -> bool:
    """Say whether a column is the text of another one in one language.

    >>> is_companion("title_en"), is_companion("title")
    (True, False)
    """
    return column.endswith(("_en", "_zh"))


def _show_cell(rows: Rows, results: Results, table: str, record: Record, column: str) -> Cell:
    if column == "risk" and (risk := results.find(record[column])):
        return link_risk(rows, results, risk)
    return rows.show(table, column, _say(rows, table, record, column))


def _say(rows: Rows, table: str, record: Record, column: str) -> Cell:
    if TABLES[table][column].kind in ("text", "period") and isinstance(record[column], str):
        return rows.voice.pick(record, column)
    cell: Cell = record[column]
    return cell


def _tell_rest(rows: Rows, table: str, record: Record, columns: Iterable[str]) -> Text:
    """Gather the cells without a column of their own: ``name: value``, blank ones left out."""
    voice, known = rows.voice, set(TABLES[table].names)
    colon = "：" if voice.lang == "zh" else ": "
    parts: list[Text] = []
    for column in columns:
        value = record.get(column)
        if value is None:
            continue
        if column not in known:
            parts.append(f"{column}{colon}{value}")
            continue
        cell = rows.show(table, column, _say(rows, table, record, column))
        head = f"{rows.heading(column)}{colon}"
        if isinstance(cell, tuple):
            parts.append((head, *cell))
        else:
            parts.append(head + read_text(cell))
    return voice.join(parts, sentences=True)


def _map_items(rows: Rows, activities: Iterable[Record]) -> Table:
    """Table C.1 of GB/T 39335: which activity handles what, on which ground, shared with whom."""
    voice = rows.voice
    specs: tuple[ColumnSpec, ...] = (
        ("activity", 1), ("items", 1), ("subjects", 1), ("purpose", 1), ("basis", 1),
        ("controller", 1), ("processor", 1), ("abroad", 1), ("shared", 1),
    )  # fmt: skip
    cells: list[tuple[Cell, ...]] = []
    for row in activities:
        flows = rows.flows_of.get(row["id"], [])
        reached = {flow["target"]: flow for flow in flows}
        parties = {
            id: rows.by_id["parties"][id]
            for id in sorted(filter(None, reached))
            if id in rows.by_id["parties"]
        }
        processors = [id for id, party in parties.items() if party["role"] == "processor"]
        shared = [flow for flow in flows if flow["stage"] in ("provide", "disclose")]
        receivers = dict.fromkeys(f["target"] for f in shared if f["target"])
        abroad = [f for f in flows if rows.is_abroad(f)]
        places = dict.fromkeys(f["target"] for f in abroad)
        controller = (
            rows.link_place(row["controller"]) if row["controller"] else rows.say_organisation()
        )
        cells.append(
            (
                rows.link("activities", row["id"], titled=True),
                rows.link_ids(
                    "items", [i["id"] for i in rows.items_of.get(row["id"], [])], titled=True
                ),
                voice.pick(row, "subjects"),
                voice.pick(row, "purpose"),
                rows.show("activities", "legal_basis", row["legal_basis"]),
                controller,
                rows.link_ids("parties", processors, titled=True) or voice.say("word.none"),
                voice.join([rows.link_place(id) for id in places]) or voice.say("word.no"),
                voice.join([rows.link_place(id) for id in receivers]) or voice.say("word.no"),
            )
        )
    return voice.table(
        "c1", voice.say("annex.mapping"), voice.columns(*specs), cells, landscape=True
    )


def _map_lifecycle(rows: Rows, activities: Iterable[Record]) -> Table:
    """Table C.2 of GB/T 39335: origin, storage, transmission, retention, deletion."""
    voice = rows.voice
    specs: tuple[ColumnSpec, ...] = (
        ("activity", 1), ("origin", 1), ("collection", 1), ("storage", 1),
        ("transmission", 1), ("retention", 1), ("disposal", 1),
    )  # fmt: skip
    cells: list[tuple[Cell, ...]] = []
    for row in activities:
        flows = rows.flows_of.get(row["id"], [])
        collects = [f for f in flows if f["stage"] == "collect"]
        stores = dict.fromkeys(f["target"] for f in flows if f["stage"] == "store" and f["target"])
        ways = dict.fromkeys(f["transport"] for f in flows if f["transport"])
        ends = dict.fromkeys(voice.pick(f, "disposal") for f in flows if f["disposal"])
        kept = dict.fromkeys(
            voice.pick(item, "retention")
            for item in rows.items_of.get(row["id"], [])
            if item["retention"]
        )
        modes = dict.fromkeys(
            str(rows.show("flows", column, f[column]))
            for f in collects
            for column in ("method", "channel")
            if f[column]
        )
        origins = dict.fromkeys(f["source"] for f in collects if f["source"])
        cells.append(
            (
                rows.link("activities", row["id"], titled=True),
                voice.join([rows.link_place(id) for id in origins]),
                voice.join(modes),
                voice.join([_tell_storage(rows, id) for id in stores], sentences=True),
                voice.join([str(rows.show("flows", "transport", way)) for way in ways]),
                voice.join([rows.tell_period(period) for period in kept]),
                voice.join(ends, sentences=True),
            )
        )
    return voice.table(
        "c2", voice.say("annex.lifecycle"), voice.columns(*specs), cells, landscape=True
    )


def _tell_storage(rows: Rows, id: str) -> Text:
    found = rows.find_place(id)
    if found is None or found[0] != "systems":
        return (rows.link_place(id),)
    state = found[1]["encrypted_at_rest"]
    name = rows.voice.say(f"encrypted.{state or 'blank'}")
    return (rows.link_place(id), f" ({name})" if rows.voice.lang == "en" else f"（{name}）")


def _list_sources(rows: Rows) -> Section:
    voice = rows.voice
    columns = voice.columns(
        ("title", 1), ("version", 1), ("origin-source", 1), ("as-of", 1, "date"),
        ("confidence", 1),
    )  # fmt: skip
    packs = [
        (p.title[voice.lang], p.version, p.source, p.as_of, voice.name("confidence", p.confidence))
        for p in rows.case.knowledge.packs
        if p.kind != "labels"
    ]  # fmt: skip
    files = voice.columns(("file", 1), ("digest", 1))
    return voice.section(
        "annex-sources",
        [
            voice.table(
                "packs",
                voice.say("annex.packs"),
                columns,
                packs,
                note=voice.say("annex.packs-note"),
                landscape=True,
            ),
            voice.table(
                "files",
                voice.say("annex.files"),
                files,
                sorted(rows.case.digests.items()),
                landscape=True,
            ),
        ],
        2,
        voice.say("annex.sources"),
    )
