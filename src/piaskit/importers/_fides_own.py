"""What a case wrote into a Fides manifest below ``meta``: its ids and exact words, read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from piaskit.importers._fideslang import Record, list_records, list_texts
from piaskit.importers.register import make_slug

if TYPE_CHECKING:
    from piaskit.importers._fides import FidesReader

OWN = "piaskit"


def find_own(record: Record) -> Record:
    """Return what a case wrote below ``meta`` of a record, or nothing."""
    meta = record.get("meta")
    own = meta.get(OWN) if isinstance(meta, dict) else None
    return own if isinstance(own, dict) else {}


def read_own_system(reader: FidesReader, key: str, system: Record, own: Record) -> None:
    """Read what a case wrote: a system, a party, or a place for activities without one."""
    row = {"id": str(own.get("id") or key), "title": str(system.get("name") or "")}
    more = ("role", "country") if own.get("table") == "parties" else ("kind", "country")
    row |= {name: str(own.get(name) or "") for name in more}
    if own.get("table") == "systems":
        row["owner"] = str(system.get("administrating_department") or "")
    if own.get("table") in ("systems", "parties"):
        reader.systems[key] = reader.out.add(str(own["table"]), row)
    activities = own.get("activities")
    activities = activities if isinstance(activities, dict) else {}
    made = []
    for declaration in list_records(system, "privacy_declarations"):
        use, name = str(declaration.get("data_use") or ""), str(declaration.get("name") or "")
        stated = activities.get(use)
        stated = stated if isinstance(stated, dict) else {}
        subjects = (reader.names.get(s, s) for s in list_texts(declaration, "data_subjects"))
        row = {
            "id": str(stated.get("id") or make_slug(use)),
            "title": name,
            "purpose": "" if reader.names.get(use) == name else reader.names.get(use, use),
            "legal_basis": str(stated.get("legal_basis") or ""),
            "subjects": "; ".join(subjects),
        }
        activity = reader.out.add("activities", row)
        reader.items[activity] = _read_own_items(reader, activity, declaration)
        made.append(activity)
    reader.activities[key] = made
    edges = own.get("edges")
    for target, served in (edges if isinstance(edges, dict) else {}).items():
        reader.serving[key, str(target)] = list_texts({"served": served}, "served")


def _read_own_items(reader: FidesReader, activity: str, declaration: Record) -> dict[str, str]:
    items = {}
    for key in list_texts(declaration, "dataset_references"):
        stated = find_own(reader.datasets.get(key, {})).get("items")
        stated = stated if isinstance(stated, dict) else {}
        for collection in list_records(reader.datasets.get(key, {}), "collections"):
            for field in list_records(collection, "fields"):
                own = stated.get(str(field.get("name")))
                own = own if isinstance(own, dict) else {}
                row = {"id": str(own.get("id") or field.get("name")), "activity": activity}
                row["title"] = str(field.get("description") or "")
                row |= {k: str(own.get(k) or "") for k in ("category", "retention")}
                made = reader.out.add("items", row)
                items.update(dict.fromkeys(list_texts(field, "data_categories"), made))
    return items
