"""A case as a Threat Dragon model, a diagram per activity; its own words beside each cell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from piaskit.case.order import sort_rows
from piaskit.importers._losses import list_losses, tell_loss

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge import Text

Record = dict[Any, Any]
OWN = "piaskit"  # the key of a cell's data by which a row comes back
CARRIED = {
    "activities": ("id", "title"),
    "parties": ("id", "title", "role"),
    "systems": ("id", "title", "kind", "encrypted_at_rest"),
    "flows": ("id", "activity", "stage", "source", "target", "transport"),
    "case.yaml": ("title",),
}  # fmt: skip
KEPT = {
    "parties": ("role",),
    "systems": ("kind", "encrypted_at_rest"),
    "flows": ("stage", "transport"),
}
STORES = ("database", "file-store")
ENCRYPTED = ("tls1.3", "tls1.2", "tls-old", "vpn")
_VERSION = "2.3.0"  # of the form of the file
_WIDE, _HIGH, _ACROSS = 240, 140, 5  # between elements, and how many stand in a row


def write_model(case: Case, lang: str) -> str:
    """Write the model as JSON; equal cases give equal text. It holds no threat yet."""
    case = sort_rows(case)
    diagrams = [
        _draw(case, lang, number, row)
        for number, row in enumerate(case.frames["activities"].to_dict("records"))
    ]
    owner = case.say(case.id, "name", lang)
    summary = {
        "title": case.say(case.id, "title", lang),
        "owner": owner,
        "description": "",
        "id": 0,
    }
    detail = {
        "contributors": [], "diagrams": diagrams, "diagramTop": len(diagrams), "reviewer": "",
        "threatTop": 0,
    }  # fmt: skip
    model = {"version": _VERSION, "summary": summary, "detail": detail}
    return json.dumps(model, ensure_ascii=False, indent=1) + "\n"


def list_model_losses(case: Case) -> list[Text]:
    """Tell what a model cannot hold of a case."""
    flows = case.frames["flows"]
    used = {*flows["source"].dropna(), *flows["target"].dropna()}
    idle = [
        id for table in ("parties", "systems") for id in case.frames[table]["id"] if id not in used
    ]
    losses = [tell_loss(case, "threat-dragon.idle", ids=", ".join(idle))] if idle else []
    return [*losses, *list_losses(case, CARRIED)]


def _draw(case: Case, lang: str, number: int, activity: Record) -> Record:
    flows = case.frames["flows"]
    rows = flows[flows["activity"] == activity["id"]].to_dict("records")
    title = case.say(activity, "title", lang)
    named = [end for row in rows for end in (row["source"], row["target"])]
    ends = {end: n for n, end in enumerate(dict.fromkeys(filter(_is_text, named)))}
    cells = [
        *_draw_places(case, lang, str(activity["id"]), ends, rows),
        *(_draw_flow(case, lang, row, n) for n, row in enumerate(rows)),
    ]
    return {
        "id": number, "title": title, "version": _VERSION, "diagramType": "LINDDUN",
        "thumbnail": "./public/content/images/thumbnail.linddun.jpg", "description": "",
        OWN: {"table": "activities", "id": activity["id"]}, "cells": cells,
    }  # fmt: skip


def _draw_places(
    case: Case, lang: str, activity: str, ends: dict[str, int], flows: list[Record]
) -> Iterator[Record]:
    stored = {row["target"] for row in flows if row["stage"] == "store"}
    for table in ("parties", "systems"):
        for row in case.frames[table].to_dict("records"):
            if row["id"] not in ends:
                continue
            n = ends[row["id"]]
            shape = "actor"
            if table == "systems":
                stores = row.get("kind") in STORES or row["id"] in stored
                shape = "store" if stores else "process"
            name = case.say(row, "title", lang) or str(row["id"])
            data = _say(shape, name, table, row)
            if table == "systems":
                data["isEncrypted"] = row.get("encrypted_at_rest") == "yes"
            at = {"x": 60 + n % _ACROSS * _WIDE, "y": 60 + n // _ACROSS * _HIGH}
            size = {"width": 100 if shape == "process" else 160, "height": 80}
            body = {"stroke": "#333333", "strokeWidth": 1.5, "strokeDasharray": "none"}
            yield {
                "id": _key(case, activity, str(row["id"])), "shape": shape, "zIndex": n + 1,
                "visible": True, "position": at, "size": size, "data": data,
                "attrs": {"text": {"text": name}, "body": body},
            }  # fmt: skip


def _draw_flow(case: Case, lang: str, row: Record, number: int) -> Record:
    name, activity = case.knowledge.labels(f"value.stage.{row['stage']}", lang), row["activity"]
    data = _say("flow", name, "flows", row)
    transport = row.get("transport")
    data |= {"isBidirectional": False, "isPublicNetwork": False}
    data |= {"isEncrypted": transport in ENCRYPTED, "protocol": ""}
    ends = {
        end: {"cell": _key(case, activity, row[end])}
        if _is_text(row[end])
        else {"x": 20 + number, "y": 20 + 10 * (end == "target")}
        for end in ("source", "target")
    }
    line = {"stroke": "#333333", "targetMarker": {"name": "block"}}
    label = {"position": 0.5, "attrs": {"label": {"text": name}}}
    return {
        "id": _key(case, activity, f"flows/{row['id']}"), "shape": "flow", "zIndex": 100 + number,
        "width": 200, "height": 100, "connector": "smooth", "labels": [label], "data": data,
        "attrs": {"line": line}, **ends,
    }  # fmt: skip


def _say(shape: str, name: str, table: str, row: Record) -> Record:
    own = {"table": table, "id": row["id"]}
    own |= {key: row[key] for key in KEPT[table] if _is_text(row.get(key))}
    return {
        "type": f"tm.{shape.title()}", "name": name, "description": "", "outOfScope": False,
        "reasonOutOfScope": "", "hasOpenThreats": False, "isTrustBoundary": False, "threats": [],
        OWN: own,
    }  # fmt: skip


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _key(case: Case, activity: str, id: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"urn:piaskit:{case.id}:{activity}:{id}"))
