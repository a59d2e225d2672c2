"""A case as a Threagile model, its own words in tags by which they come back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import yaml

from piaskit.case.mapping import DataMap
from piaskit.importers._losses import list_losses, tell_loss
from piaskit.importers._threagile import OWN
from piaskit.importers.threagile import read_words

if TYPE_CHECKING:
    import pandas as pd

    from piaskit.case import Case
    from piaskit.knowledge import Text

Record = dict[str, Any]
CARRIED = {
    "activities": ("id",),
    "items": ("id", "activity", "title", "category"),
    "parties": ("id", "title", "role", "country"),
    "systems": ("id", "title", "kind", "country", "internet_facing", "encrypted_at_rest"),
    "flows": ("id", "activity", "stage", "source", "target", "items", "transport"),
    "case.yaml": ("title",),
}  # fmt: skip
_ID = re.compile(r"[a-zA-Z0-9-]+")
# What the schema asks for and no case states: neutral, told as a loss, read back as text only.
_RATED = {"integrity": "operational", "availability": "operational"}


def write_model(case: Case, lang: str) -> str:
    """Write the model as YAML; equal cases give equal text."""
    return _Model(DataMap(case, lang)).write()


def list_model_losses(case: Case) -> list[Text]:
    """Tell what a model cannot hold of a case."""
    losses = [tell_loss(case, "threagile.ratings")]
    staying = _is_staying(case.frames["flows"])
    if staying.any():
        losses.append(tell_loss(case, "threagile.staying", n=int(staying.sum())))
    idle = sorted(set(case.frames["activities"]["id"]) - set(_list_used(case)))
    if idle:
        losses.append(tell_loss(case, "threagile.idle", ids=", ".join(idle)))
    return [*losses, *list_losses(case, CARRIED)]


def _is_staying(flows: pd.DataFrame) -> pd.Series:
    """Tell which flows have no two different ends, as a link needs them."""
    return flows["source"].isna() | flows["target"].isna() | flows["source"].eq(flows["target"])


def _list_used(case: Case) -> Iterator[str]:
    flows = case.frames["flows"]
    yield from case.frames["items"]["activity"]
    yield from flows["activity"][~_is_staying(flows)]


class _Model:
    def __init__(self, data: DataMap) -> None:
        self.data, self.case, self.words = data, data.case, read_words()
        self.tags: set[str] = {OWN}
        frames = self.case.frames
        self.rows = {
            table: [
                {str(k): v for k, v in row.items() if isinstance(v, str)}
                for row in frames[table].to_dict("records")
            ]
            for table in ("items", "systems", "parties", "flows")
        }
        self.keys = self._number("items") | self._number("systems", "parties")
        moving = ~_is_staying(frames["flows"])
        self.links = [row for row, moves in zip(self.rows["flows"], moving, strict=True) if moves]
        self.stored: dict[str, set[str]] = {}
        self.handled: dict[str, set[str]] = {}
        for flow in self.rows["flows"]:
            items = set(flow.get("items", "").split(";")) - {""}
            for end in ("source", "target"):
                self.handled.setdefault(flow.get(end, ""), set()).update(items)
            if flow["stage"] == "store":
                self.stored.setdefault(flow.get("target", ""), set()).update(items)

    def _number(self, *tables: str) -> dict[str, str]:
        """Return the id each row has in the model, where only letters, digits, hyphens may be."""
        ids = [(table, row["id"]) for table in tables for row in self.rows[table]]
        return {
            id: id if _ID.fullmatch(id) else f"{table}-{n}" for n, (table, id) in enumerate(ids, 1)
        }

    def write(self) -> str:
        case, lang = self.case, self.data.lang
        assets = {title: self._write_asset(row) for title, row in self._name("systems", "parties")}
        items = {title: self._write_item(row) for title, row in self._name("items")}
        model = {
            "threagile_version": "1.0.0",
            "title": case.say(case.id, "title", lang) or case.id,
            "date": case.as_of.isoformat(),
            "author": {"name": case.say(case.id, "name", lang)},
            "business_criticality": "operational",
            "tags_available": sorted(self.tags),
            "data_assets": items,
            "technical_assets": assets,
            "trust_boundaries": {},
            "shared_runtimes": {},
            "individual_risk_categories": {},
            "risk_tracking": {},
        }
        return yaml.safe_dump(model, sort_keys=False, allow_unicode=True, width=100)

    def _name(self, *tables: str) -> list[tuple[str, Record]]:
        """Pair each row with a title that no other row of its tables has."""
        rows = [row for table in tables for row in self.rows[table]]
        titles = [self.data.title(row) for row in rows]
        often = Counter(titles)
        return [
            (title if often[title] == 1 else f"{title} ({self.keys[row['id']]})", row)
            for title, row in zip(titles, rows, strict=True)
        ]

    def _tag(self, row: Record, **values: str | None) -> list[str]:
        tags = [OWN, *(f"{key}:{value}" for key, value in values.items() if value)]
        if self.keys.get(row["id"], row["id"]) != row["id"]:
            tags.append(f"id:{row['id']}")
        self.tags.update(tags)
        return tags

    def _write_item(self, row: Record) -> Record:
        known = self.case.knowledge.categories[row["category"]]
        sensitive = any(known.sensitive.get(r) == "yes" for r in self.case.regimes)
        return {
            "id": self.keys[row["id"]],
            "description": self.data.name_category(row["category"]),
            "usage": "business",
            "tags": self._tag(row, activity=row["activity"], category=row["category"]),
            "origin": "",
            "owner": "",
            "quantity": "many",
            "confidentiality": "strictly-confidential" if sensitive else "confidential",
            **_RATED,
            "justification_cia_rating": "",
        }

    def _write_asset(self, row: Record) -> Record:
        id, party = row["id"], "role" in row
        kind = row.get("kind", "")
        human = row.get("role") == "subject"
        stores = kind in ("database", "file-store")
        technology = self.words["technologies"].get(kind, "unknown-technology")
        encrypted = row.get("encrypted_at_rest")
        columns = {"internet": "internet_facing", "encryption": "encrypted_at_rest"}
        gaps = [f"not-stated:{n}" for n, c in columns.items() if not party and not row.get(c)]
        self.tags.update(gaps)
        tags = self._tag(row, role=row.get("role"), kind=kind, country=row.get("country"))
        return {
            "id": self.keys[id],
            "description": self.data.title(row),
            "type": "external-entity" if party else "datastore" if stores else "process",
            "usage": "business",
            "used_as_client_by_human": human,
            "out_of_scope": party,
            "justification_out_of_scope": "",
            "size": "system",
            "technology": "browser" if human else technology,
            "tags": [*tags, *gaps],
            "internet": row.get("internet_facing") == "yes",
            "machine": "physical" if kind == "device" else "virtual",
            "encryption": "transparent" if encrypted == "yes" else "none",
            "owner": "",
            "confidentiality": "confidential",
            **_RATED,
            "justification_cia_rating": "",
            "multi_tenant": False,
            "redundant": False,
            "custom_developed_parts": False,
            "data_assets_processed": self._list_data(self.handled.get(id, set())),
            "data_assets_stored": self._list_data(self.stored.get(id, set())),
            "data_formats_accepted": [],
            "communication_links": {
                link["id"]: self._write_link(link) for link in self.links if link["source"] == id
            },
        }

    def _list_data(self, ids: set[str]) -> list[str]:
        return [self.keys[id] for id in sorted(ids) if id in self.keys]

    def _write_link(self, flow: Record) -> Record:
        transport = flow.get("transport", "")
        return {
            "target": self.keys[flow["target"]],
            "description": self.data.list_words(
                self.data.name_values("flows", "stage", flow["stage"])
            ),
            "protocol": self.words["protocols"].get(transport, "unknown-protocol"),
            "authentication": "none",
            "authorization": "none",
            "tags": self._tag(
                flow, activity=flow["activity"], stage=flow["stage"], transport=transport
            ),
            "vpn": transport == "vpn",
            "ip_filtered": False,
            "readonly": False,
            "usage": "business",
            "data_assets_sent": [
                self.keys[i] for i in flow.get("items", "").split(";") if i in self.keys
            ],
            "data_assets_received": [],
        }
