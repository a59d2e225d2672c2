"""A case as a Fides manifest: its activities as declarations, its items as fields of datasets."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import yaml

from piaskit.case.mapping import DataMap
from piaskit.importers._fides_own import OWN
from piaskit.importers._fideslang import read_words
from piaskit.importers._losses import list_losses, tell_loss

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge import Text

Record = dict[str, Any]
CARRIED = {
    "activities": ("id", "title", "purpose", "legal_basis", "subjects"),
    "items": ("id", "activity", "title", "category", "retention"),
    "parties": ("id", "title", "role", "country"),
    "systems": ("id", "title", "kind", "country", "owner"),
    "flows": ("activity", "source", "target"),
    "case.yaml": ("title", "organisation.name"),
}  # fmt: skip
_KEY = re.compile(r"[a-zA-Z0-9_.<>-]+")


def write_manifest(case: Case, lang: str) -> str:
    """Write the manifest as YAML; equal cases give equal text."""
    return _Manifest(DataMap(case, lang)).write()


def list_manifest_losses(case: Case) -> list[Text]:
    """Tell what a manifest cannot hold of a case."""
    losses = [tell_loss(case, "fides.meta"), tell_loss(case, "fides.edges")]
    flows = case.frames["flows"]
    staying = flows["source"].isna() | flows["target"].isna() | flows["source"].eq(flows["target"])
    if staying.any():
        losses.append(tell_loss(case, "fides.staying", n=int(staying.sum())))
    return [*losses, *list_losses(case, CARRIED)]


class _Manifest:
    def __init__(self, data: DataMap) -> None:
        self.data, self.case, self.words = data, data.case, read_words()
        self.categories: dict[str, str] = {}
        for key, ours in self.words["categories"].items():
            if key not in self.words["not_going_out"]:
                self.categories.setdefault(ours, key)
        self.rows = {
            table: [
                {str(k): v for k, v in row.items() if isinstance(v, str)}
                for row in self.case.frames[table].to_dict("records")
            ]
            for table in ("activities", "items", "systems", "parties", "flows")
        }
        self.keys = {
            row["id"]: row["id"] if _KEY.fullmatch(row["id"]) else f"{table}-{n}"
            for table, rows in self.rows.items()
            if table != "flows"
            for n, row in enumerate(rows, 1)
        }
        self.homes = self._find_homes()

    def _find_homes(self) -> dict[str, str]:
        """Return the system each activity is declared at: the one its flows name most often."""
        systems = {row["id"] for row in self.rows["systems"]}
        used: dict[str, Counter[str]] = {}
        for flow in self.rows["flows"]:
            ends = [flow[end] for end in ("source", "target") if flow.get(end) in systems]
            used.setdefault(flow["activity"], Counter()).update(ends)
        return {
            activity: min(counted, key=lambda place: (-counted[place], place))
            for activity, counted in used.items()
            if counted
        }

    def write(self) -> str:
        case, lang = self.case, self.data.lang
        name = case.say(case.id, "name", lang)
        uses, subjects = [], []
        for row in self.rows["activities"]:
            key = self.keys[row["id"]].replace(".", "_")
            uses.append({"fides_key": key, "name": self._say(row, "purpose") or self._title(row)})
            if told := self._say(row, "subjects"):
                subjects.append({"fides_key": f"{key}_subjects", "name": told})
        manifest = {
            "organization": [{"fides_key": "default_organization", "name": name}],
            "data_use": uses,
            "data_subject": subjects,
            "dataset": [d for row in self.rows["activities"] if (d := self._write_dataset(row))],
            "system": [
                *(self._write_system(row, "systems") for row in self.rows["systems"]),
                *(self._write_system(row, "parties") for row in self.rows["parties"]),
                *(
                    self._write_system(row, "none")
                    for row in self.rows["activities"]
                    if row["id"] not in self.homes
                ),
            ],
        }
        return yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True, width=100)

    def _say(self, row: Record, column: str) -> str:
        return self.case.say(row, column, self.data.lang)

    def _title(self, row: Record) -> str:
        return self._say(row, "title") or row["id"]

    def find_key(self, category: str) -> str:
        """Return the Fides category that one of ours goes out as."""
        first = category.partition(".")[0]
        wider = self.words["going_out"]
        return self.categories.get(category) or str(wider.get(category) or wider.get(first, "user"))

    def _write_system(self, row: Record, table: str) -> Record:
        id = row["id"]
        home = [a for a in self.rows["activities"] if (self.homes.get(a["id"], a["id"]) == id)]
        if table == "parties":
            home = []
        own: Record = {"table": table, "id": id}
        own |= {k: row[k] for k in ("role", "kind", "country") if k in row and table != "none"}
        if home:
            own["activities"] = {
                self.keys[a["id"]].replace(".", "_"): {
                    k: a[k] for k in ("id", "legal_basis") if k in a
                }
                for a in home
            }
        key = f"activity_{self.keys[id]}" if table == "none" else self.keys[id]
        record: Record = {
            "fides_key": key,
            "name": self._title(row),
            "system_type": row.get("kind") or ("third party" if table == "parties" else "unknown"),
            "meta": {OWN: own},
        }
        if row.get("owner") and table == "systems":
            record["administrating_department"] = row["owner"]
        leaving = [f for f in self.rows["flows"] if f.get("source") == id and f.get("target") != id]
        targets = dict.fromkeys(f["target"] for f in leaving if f.get("target"))
        if targets:
            own["edges"] = {
                self.keys[t]: sorted({f["activity"] for f in leaving if f.get("target") == t})
                for t in targets
            }
        record["egress"] = [self._write_edge(t, leaving, "target") for t in targets]
        served = {a["id"] for a in home}
        coming = [f for f in self.rows["flows"] if f.get("target") == id]
        sources = dict.fromkeys(
            f["source"]
            for f in coming
            if f.get("source") not in (None, id) and f["activity"] in served
        )
        record["ingress"] = [self._write_edge(s, coming, "source") for s in sources]
        record["privacy_declarations"] = [self._write_declaration(a, key) for a in home]
        return record

    def _write_edge(self, other: str, flows: list[Record], end: str) -> Record:
        items = {i for f in flows if f.get(end) == other for i in f.get("items", "").split(";")}
        known = {row["id"]: row["category"] for row in self.rows["items"]}
        categories = sorted({self.find_key(known[i]) for i in items if i in known})
        edge: Record = {"fides_key": self.keys[other], "type": "system"}
        return edge | ({"data_categories": categories} if categories else {})

    def _write_declaration(self, activity: Record, system: str) -> Record:
        id = activity["id"]
        key = self.keys[id].replace(".", "_")
        items = [row for row in self.rows["items"] if row["activity"] == id]
        record: Record = {
            "name": self._title(activity),
            "data_categories": sorted({self.find_key(row["category"]) for row in items}),
            "data_use": key,
            "data_subjects": [f"{key}_subjects"] if self._say(activity, "subjects") else [],
        }
        bases = activity.get("legal_basis", "").split(";")
        for field, part in (
            ("legal_basis_for_processing", "legal_basis"),
            ("special_category_legal_basis", "special_category_legal_basis"),
        ):
            names = {ours: name for name, ours in reversed(self.words[part].items())}
            found = next((names[b] for b in bases if b in names), "")
            record |= {field: _capitalise(found)} if found else {}
        if items:
            record["dataset_references"] = [f"{self.keys[id]}_items"]
        flows = [f for f in self.rows["flows"] if f["activity"] == id]
        for side, here, there in (("egress", "source", "target"), ("ingress", "target", "source")):
            ends = [
                self.keys[f[there]]
                for f in flows
                if f.get(there) and f.get(here) != f.get(there)
                if self.keys.get(f.get(here, "")) == system
            ]
            record |= {side: list(dict.fromkeys(ends))} if ends else {}
        return record

    def _write_dataset(self, activity: Record) -> Record | None:
        items = [row for row in self.rows["items"] if row["activity"] == activity["id"]]
        if not items:
            return None
        own = {
            self.keys[row["id"]]: {k: row[k] for k in ("id", "category", "retention") if k in row}
            for row in items
        }
        fields = [
            {
                "name": self.keys[row["id"]],
                "description": self._title(row),
                "data_categories": [self.find_key(row["category"])],
            }
            for row in items
        ]
        return {
            "fides_key": f"{self.keys[activity['id']]}_items",
            "name": self._title(activity),
            "meta": {OWN: {"items": own}},
            "collections": [{"name": "items", "fields": fields}],
        }


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]
