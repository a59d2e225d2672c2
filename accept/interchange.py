"""A case leaves in a foreign format and comes back: nothing is missing but what was told."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from accept.reports import scratch
from accept.row import MARKETPLACE, Measured, row

Rows = Counter[tuple[Any, ...]]
AS_OF = date(2026, 9, 30)
HEADER = """\
id: harbour
title: Harbour Books
organisation: {name: "Harbour Books, Ltd"}
regimes: [eu-gdpr, cn-pipl]
languages: [en, zh]
as_of: 2026-09-30
"""
# Names that bite: separators, brackets, arrows, markup, two alike, ids of other alphabets.
TABLES: dict[str, list[dict[str, str]]] = {
    "activities": [
        {"id": "post", "title": "Orders: by post, by hand", "purpose": "Sell <b>\nand ship",
         "legal_basis": "eu-gdpr.6-1-b;cn-pipl.contract;eu-gdpr.9-2-a",
         "subjects": "Buyers; heirs"},
        {"id": "会员", "title": "会员（试用）", "purpose": "管理会员、积分",
         "necessity": "没有账号无法积分。"},
        {"id": "idle", "title": "Nothing yet"},
    ],
    "items": [
        {"id": "name", "activity": "post", "title": "Name, first; last",
         "category": "identity.name", "retention": "P3Y"},
        {"id": "mail", "activity": "post", "title": "E-mail [work]", "category": "contact.email",
         "retention": "until delivery"},
        {"id": "手机", "activity": "会员", "title": "手机号", "category": "contact.phone",
         "retention": "P18M"},
        {"id": "mail-2", "activity": "会员", "title": "E-mail [work]", "category": "contact.email"},
    ],
    "parties": [
        {"id": "buyers", "title": "Buyers", "role": "subject"},
        {"id": "courier", "title": "Courier, Ltd (North)", "role": "processor", "country": "DE"},
        {"id": "bank", "title": "Bank: main", "role": "recipient", "country": "CN"},
        {"id": "nobody", "title": "Never met", "role": "authority"},
    ],
    "systems": [
        {"id": "shop", "title": "Shop → web", "kind": "web", "internet_facing": "yes"},
        {"id": "库", "title": "会员库", "kind": "database", "encrypted_at_rest": "no",
         "country": "CN"},
        {"id": "cold", "title": "Cold store", "kind": "paper"},
    ],
    "flows": [
        {"id": "f1", "activity": "post", "stage": "collect", "source": "buyers", "target": "shop",
         "items": "name;mail", "transport": "tls1.3"},
        {"id": "f2", "activity": "post", "stage": "transmit", "source": "shop", "target": "courier",
         "items": "name"},
        {"id": "f3", "activity": "会员", "stage": "store", "source": "shop", "target": "库",
         "items": "手机;mail-2"},
        {"id": "f4", "activity": "post", "stage": "provide", "source": "shop", "target": "bank"},
        {"id": "f5", "activity": "会员", "stage": "use", "source": "库", "target": "库"},
        {"id": "f6", "activity": "post", "stage": "delete", "source": "shop"},
    ],
    "safeguards": [
        {"id": "backup", "title": "Backups; tested", "kind": "technical", "scope": "all"},
        {"id": "locks", "title": "Locks", "kind": "physical", "scope": "systems/cold"},
    ],
}  # fmt: skip


def _write_own(folder: Path) -> Path:
    (folder / "inventory").mkdir(parents=True)
    (folder / "case.yaml").write_text(HEADER, "utf-8")
    for name, rows in TABLES.items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        with (folder / "inventory" / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
    return folder


def _name_all(case: Any) -> dict[str, str]:
    frames = [case.frames[table] for table in ("activities", "items", "parties", "systems")]
    records = [record for frame in frames for record in frame.to_dict("records")]
    return {r["id"]: r["title"] if isinstance(r["title"], str) else r["id"] for r in records}


def _describe(case: Any, table: str, columns: tuple[str, ...], titles: bool) -> Rows:
    """Count the rows of a table by what a format holds of them, references by title if asked."""
    names = _name_all(case) if titles else {}
    found: Rows = Counter()
    for record in case.frames[table].to_dict("records"):
        told = []
        for column in columns:
            cell = record[column] if isinstance(record[column], str) else ""
            if column in ("activity", "source", "target"):
                cell = names.get(cell, cell)
            if column == "items":
                cell = ";".join(sorted(names.get(id, id) for id in cell.split(";")))
            told.append(" ".join(cell.split()) if column != "legal_basis" else cell)
        found[tuple(told)] += 1
    return found


def _move(frame: pd.DataFrame) -> pd.DataFrame:
    ends = frame["source"].notna() & frame["target"].notna() & frame["source"].ne(frame["target"])
    return frame[ends]


def _reach(case: Any) -> None:
    """Leave the places that a flow names, as only these are told of an activity."""
    flows = case.frames["flows"]
    named = {*flows["source"], *flows["target"], *case.frames["activities"]["controller"]}
    for table in ("parties", "systems"):
        case.frames[table] = case.frames[table][case.frames[table]["id"].isin(named)]


def _cut_cnil(case: Any) -> None:
    _reach(case)
    scopes = case.frames["safeguards"]["scope"].fillna("").str.split(";")
    known = {"all", *(f"activities/{a}" for a in case.frames["activities"]["id"])}
    known |= set(case.frames["activities"]["id"])
    kept = scopes.map(lambda scope: bool(known & set(scope)))
    case.frames["safeguards"] = case.frames["safeguards"][kept].drop_duplicates("title")


def _cut_edges(case: Any) -> None:
    frame = _move(case.frames["flows"])
    case.frames["flows"] = frame.drop_duplicates(["activity", "source", "target"])


def _cut_threagile(case: Any) -> None:
    case.frames["flows"] = _move(case.frames["flows"])
    used = {*case.frames["items"]["activity"], *case.frames["flows"]["activity"]}
    case.frames["activities"] = case.frames["activities"][
        case.frames["activities"]["id"].isin(used)
    ]


COARSE = ("controller", "sdk-provider", "potential-counterparty", "subject")


def _cut_ciso(case: Any) -> None:
    from piaskit.importers.ciso_assistant import read_codes

    codes = read_codes()
    flows = case.frames["flows"]
    parties = case.frames["parties"]
    sure = ~parties["title"].isin(case.frames["coarse"])
    parties = parties[sure & parties["id"].isin(flows["target"])]
    case.frames["parties"] = parties
    flows = flows[flows["target"].isin(parties["id"])]
    case.frames["flows"] = flows.drop_duplicates(["activity", "target"])
    known = {*codes["bases"], *codes["conditions"]}
    frame = case.frames["activities"].copy()
    own = case.frames["all flows"].dropna(subset="legal_basis").groupby("activity")["legal_basis"]
    more = own.agg(";".join).to_dict()
    bases = [
        sorted({*f"{each['legal_basis']};{more.get(each['id'], '')}".split(";")} & known)
        for each in frame.to_dict("records")
    ]
    frame["legal_basis"] = [";".join(listed) or None for listed in bases]
    for column, most in (("title", 200), ("notice", 255)):
        frame[column] = frame[column].str[:most]
    case.frames["activities"] = frame


# Format -> suffix, what its losses leave of a case, whether ids come back, else titles compare.
FORMATS: dict[str, tuple[str, Callable[[Any], None], bool]] = {
    "cnil-pia": ("zip", _cut_cnil, False),
    "ciso-assistant": ("zip", _cut_ciso, False),
    "fides": ("yml", _cut_edges, True),
    "threagile": ("yaml", _cut_threagile, True),
}


def _compare(format: str, source: Path, name: str) -> Iterator[str]:
    import piaskit as product
    from piaskit.case import read_case
    from piaskit.errors import InvalidData

    suffix, cut, ids = FORMATS[format]
    out = scratch() / f"{format}-{name}.{suffix}"
    case = read_case(source, as_of=AS_OF)
    carried = _read_carried(format)
    try:
        lost = product.export_register(case, out, format=format).lost
    except InvalidData as error:
        if len(case.frames["activities"]) or "the case has none" not in str(error):
            yield f"{error}"
        return
    into = scratch() / f"{format}-{name}"
    result = product.import_register([out], into)
    if result.format != format or result.contradictions:
        yield f"read as {result.format}, {result.contradictions[:2]}"
    if not lost:
        yield "nothing said to be lost"
    back = read_case(into, as_of=AS_OF)
    parties, systems = case.frames["parties"], case.frames["systems"]
    coarse = pd.concat([parties["title"][parties["role"].isin(COARSE)], systems["title"]])
    for each in (case, back):
        each.frames.update({"all flows": each.frames["flows"], "coarse": coarse})
        cut(each)
    for table, columns in carried.items():
        if table == "case.yaml":
            continue
        wanted, found = (_describe(c, table, columns, not ids) for c in (case, back))
        if format == "cnil-pia" and table == "safeguards":
            found = Counter(dict.fromkeys(found, 1))
        for rows, told in ((wanted - found, "lost"), (found - wanted, "not in the case")):
            if rows:
                yield f"{table} {told}: {list(rows)[:2]}"


def _read_carried(format: str) -> dict[str, tuple[str, ...]]:
    from importlib import import_module

    homes = {
        "cnil-pia": "_pia_writing", "ciso-assistant": "ciso_assistant",
        "fides": "_fides_writing", "threagile": "_threagile_writing",
    }  # fmt: skip
    carried: dict[str, tuple[str, ...]] = import_module(
        f"piaskit.importers.{homes[format]}"
    ).CARRIED
    return carried


@row(
    "Export to CNIL PIA, CISO Assistant, Fides, Threagile, then import: three cases each",
    "every cell that was not said to be lost is back, nothing else is there",
)
def exports_return() -> Measured:
    from piaskit.case import new_case

    blank = scratch() / "return-blank"
    new_case(blank, "blank")
    own = _write_own(scratch() / "return-own")
    wrong, cells = [], 0
    for format in FORMATS:
        for name, source in (("worked", MARKETPLACE), ("blank", blank), ("own", own)):
            wrong += [f"{format} {name}: {problem}" for problem in _compare(format, source, name)]
            cells += 1
    return f"{cells} round trips; wrong: {wrong[:6]}", not wrong
