"""Findings become rows of a case to confirm: a system, items and the flow that stores them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from piaskit.case import check_case
from piaskit.discovery.drift import (
    Snapshot,
    compare_snapshots,
    read_snapshot,
    take_snapshot,
    write_snapshot,
)
from piaskit.discovery.findings import Discovery, Finding
from piaskit.importers._origins import write_rows
from piaskit.importers.merge import merge_register
from piaskit.importers.register import Register, Row, make_slug

FORMAT = "discovery"
_DATABASES = frozenset({"sqlite", "postgresql", "mysql"})

Rows = Mapping[str, Mapping[str, Row]]


def draft_rows(found: Discovery, into: Path) -> Discovery:
    """Write what was found into a case, new or existing, and say what is new since the last look.

    Each table of the source gets one item per category, all stored by one flow in one system, under
    an activity that nobody has reviewed yet; an open action per table says what to confirm. A row
    drafted before is left as it is now, and one that was taken out stays out. Raises InvalidData.
    """
    system = make_slug(found.source) or "source"
    memory = into / "imports" / f"{FORMAT}-{system}.json"
    before, now = read_snapshot(memory), take_snapshot(found)
    register = Register(FORMAT)
    if not into.exists():
        register.case["title"] = found.source
    rows = _read_rows(into, found)
    _fill(register, found, system, before, rows)
    merge_register(register, into, [found.source])
    write_snapshot(memory, found.source, now)
    drafted = {
        table: sum(id not in rows.get(table, {}) for id in made)
        for table, made in register.tables.items()
    }
    drift = compare_snapshots(before, now)
    return replace(found, drift=drift, case=str(into), drafted=drafted)


def _read_rows(into: Path, found: Discovery) -> Rows:
    """Read the rows of an existing case; what is wrong with it is told when rows are merged."""
    case = check_case(into, as_of=found.as_of).case if into.is_dir() else None
    return write_rows(case.frames) if case else {}


def _fill(register: Register, found: Discovery, system: str, before: Snapshot, rows: Rows) -> None:
    activity, flow = f"{system}-found", f"{system}-stored"
    known = {(spot.table, spot.category) for spot in before.found}
    grouped: dict[tuple[str, str], list[Finding]] = {}
    for finding in found.findings:
        if finding.kind != "organisation":
            grouped.setdefault((finding.table, finding.category), []).append(finding)
    items: list[str] = []
    tables: dict[str, list[str]] = {}
    for (table, category), findings in grouped.items():
        id = make_slug(system, table, category)
        own = rows.get("items", {}).get(id)
        if not own and (table, category) in known:
            continue  # taken out by hand
        title = found.knowledge.categories[category].title
        drafted: Row = {
            "activity": activity,
            "title": f"{title.zh}（{table}）",
            "title_en": f"{title.en} ({table})",
            "category": category,
        }
        items.append(register.add("items", {"id": id} | (own or drafted)))
        if not own:
            tables.setdefault(table, []).extend(finding.place for finding in findings)
        for finding in findings:
            if finding.confidence != "high":
                what = f"whether {finding.place} holds {title.en} ({finding.confidence})"
                register.lack(f"items/{id}", what)
    for container in found.containers:
        register.keep(f"{container.table}.{container.column}", "container", container.kind)
    if not items:
        return
    _add(register, rows, "activities", _draft_activity(found, activity))
    kind = "database" if found.kind in _DATABASES else "file-store"
    _add(register, rows, "systems", {"id": system, "title": found.source, "kind": kind})
    stored = {"id": flow, "activity": activity, "stage": "store", "target": system}
    own = rows.get("flows", {}).get(flow)
    carried = [*filter(None, (own or {}).get("items", "").split(";")), *items]
    register.add("flows", (own or stored) | {"items": ";".join(dict.fromkeys(carried))})
    for id, row in rows.get("actions", {}).items():
        if row.get("risk") == _name_risk(activity):
            register.add("actions", dict(row) | {"id": id})
    for table, places in tables.items():
        register.add("actions", _draft_action(found, system, table, places))


def _add(register: Register, rows: Rows, table: str, drafted: Row) -> None:
    """Add a row as it is in the case, else as a draft."""
    register.add(table, dict(rows.get(table, {}).get(drafted["id"], drafted)))


def _draft_activity(found: Discovery, id: str) -> Row:
    say = found.knowledge.labels
    children = any(finding.children for finding in found.findings)
    return {
        "id": id,
        "title": say("discover.draft.activity", "zh", source=found.source),
        "title_en": say("discover.draft.activity", "en", source=found.source),
        "children": "yes" if children else "",
    }


def _name_risk(activity: str) -> str:
    """Name the risk that confirming lowers: data without a purpose that anybody stated."""
    return f"purpose-not-stated@activities/{activity}"


def _draft_action(found: Discovery, system: str, table: str, places: list[str]) -> Row:
    say = found.knowledge.labels
    fields = {"table": table, "columns": ", ".join(dict.fromkeys(places))}
    return {
        "id": make_slug(system, table, "confirm"),
        "risk": _name_risk(f"{system}-found"),
        "title": say("discover.draft.action", "zh", **fields),
        "title_en": say("discover.draft.action", "en", **fields),
        "option": "time-limited",
        "status": "open",
    }
