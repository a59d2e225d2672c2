"""One merged Threagile model becomes an activity, items, places, flows, safeguards, judgements."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from piaskit.importers._places import make_id
from piaskit.importers._threagile_risks import read_risks
from piaskit.importers._threat_model import ThreatModel, find_kind, is_true
from piaskit.importers.register import Register
from piaskit.importers.threagile import list_texts, read_words

Record = dict[str, Any]
OWN = "piaskit"  # the tag of what a case wrote
_RATINGS = (
    "quantity", "confidentiality", "integrity", "availability", "justification_cia_rating",
)  # fmt: skip
_ASSET_AS_TEXT = (
    "description", "usage", "used_as_client_by_human", "out_of_scope", "justification_out_of_scope",
    "size", "machine", "multi_tenant", "redundant", "custom_developed_parts",
    "data_formats_accepted", *_RATINGS[1:],
)  # fmt: skip
_LINK_AS_TEXT = (
    "description",
    "authentication",
    "authorization",
    "ip_filtered",
    "readonly",
    "usage",
    "tags",
)
_MODEL_AS_TEXT = (
    "author", "contributors", "date", "business_criticality", "management_summary_comment",
    "application_description", "business_overview", "technical_overview", "questions",
    "abuse_cases", "security_requirements",
)  # fmt: skip


class ThreagileReader:
    """One pass over a model."""

    def __init__(self, model: Record, out: Register) -> None:
        self.model, self.out, self.words = model, out, read_words()
        self.reading = ThreatModel(out)
        self.title = str(model.get("title") or "Threagile model")
        self.data = self._take("data_assets")
        self.assets = self._take("technical_assets")
        self.owners: dict[str, str] = {}
        self.handled: dict[str, set[str]] = {}  # asset -> data it processes or stores
        self.encrypted: list[str] = []
        self.strong: list[str] = []

    def run(self) -> Register:
        """Read everything."""
        out = self.out
        out.case.setdefault("title", self.title)
        for key in _MODEL_AS_TEXT:
            out.keep(f"model {self.title}", key, self.model.get(key))
        named = [get_tag(r, "activity") for r in self.data.values()]
        ours = OWN in list_texts(self.model.get("tags_available"))
        if not all(named) or not (named or ours):
            self.reading.open_activity(self.title, title=self.title)
        self.home = self.reading.activity
        self._read_data()
        for title, asset in self.assets.items():
            self._add_place(title, asset)
        for title, asset in self.assets.items():
            self._read_links(title, asset)
        for asset in self.assets.values():
            self._read_stores(asset)
        self._add_link_safeguards()
        self._read_groups()
        read_risks(self)
        return self.reading.close()

    def _take(self, name: str) -> dict[str, Record]:
        value = self.model.get(name)
        records = value if isinstance(value, dict) else {}
        for title, record in records.items():
            if not record.get("id"):
                self.out.contradict(f"{name} {title}: has no id; its title stands for it")
                record["id"] = make_id(title)
        return records

    # Data and activities
    def _open(self, record: Record) -> str:
        """Return the activity a record belongs to, made when it is new."""
        named = get_tag(record, "activity")
        if named and named not in self.out.tables.get("activities", {}):
            self.out.add("activities", {"id": named, "title": named})
            told = "title (read from its id), purpose, legal_basis, subjects, persons, role"
            self.out.lack(f"activities/{named}", told)
        self.reading.activity = named or self.home
        return self.reading.activity

    def _read_data(self) -> None:
        for title, data in self.data.items():
            key, activity = str(data["id"]), self._open(data)
            if key in self.reading.items:
                self.out.contradict(f"data asset {title}: the id {key} stands twice")
            if is_own(data):
                row = {"id": get_tag(data, "id") or key, "activity": activity}
                row |= {"title": cut_id(title, key), "category": get_tag(data, "category")}
                self.reading.items.setdefault(key, self.out.add("items", row))
                continue
            item = self.reading.add_item(key, title)
            for name in ("description", "usage", "origin", "owner", "tags", *_RATINGS):
                self.out.keep(f"items/{item}", name, data.get(name))

    # Places
    def _add_place(self, title: str, asset: Record) -> None:
        key, own = str(asset["id"]), is_own(asset)
        id = get_tag(asset, "id") or make_id(key)
        kind = str(asset.get("type") or "")
        self.owners[key] = str(asset.get("owner") or "")
        fields = ("data_assets_processed", "data_assets_stored")
        self.handled[key] = {data for name in fields for data in list_texts(asset.get(name))}
        for data in sorted(self.handled[key] - self.reading.items.keys()):
            told = f"handles the data asset {data}, which the model does not hold"
            self.out.contradict(f"technical asset {title}: {told}")
        role, country = get_tag(asset, "role"), get_tag(asset, "country").upper()
        if own and role:
            row = {"id": id, "title": cut_id(title, key), "role": role, "country": country}
            self.reading.places.setdefault(key, ("parties", self.out.add("parties", row), False))
            return
        if kind == "external-entity":
            table, made = "parties", self.reading.add_party(key, id, title)
        else:
            technologies = list_texts(asset.get("technologies")) + list_texts(
                asset.get("technology")
            )
            found = (
                get_tag(asset, "kind")
                if own
                else next(filter(None, map(find_kind, technologies)), "")
            )
            stores = kind == "datastore" or bool(list_texts(asset.get("data_assets_stored")))
            name = cut_id(title, key) if own else title
            table, made = "systems", self.reading.add_system(key, id, name, found, stores=stores)
            row = self.out.tables["systems"][made]
            row |= {k: v for k, v in self._describe_system(asset, stores, own).items() if v}
            if own:
                row |= {"country": country} if country else {}
                return
            self.out.keep(f"systems/{made}", "technology", technologies)
            if row.get("encrypted_at_rest") == "yes":
                measure = f"Encryption: {asset['encryption']}"
                control, scope = "encryption.at-rest", f"systems/{made}"
                self.reading.add_safeguard(f"{made}-encryption", measure, control, scope)
            if kind not in ("process", "datastore"):
                self.out.contradict(f"technical asset {title}: {kind!r} is no type of Threagile")
        where = f"{table}/{made}"
        if table == "parties":
            self.out.keep(where, "owner", self.owners[key])
        for name in (*_ASSET_AS_TEXT, "tags"):
            if asset.get(name) not in ("false", None, ""):
                self.out.keep(where, name, asset[name])

    def _describe_system(self, asset: Record, stores: bool, own: bool) -> Record:
        unknown = {t.partition(":")[2] for t in list_texts(asset.get("tags")) if "not-stated:" in t}
        row = {"owner": "" if own else str(asset.get("owner") or "")}
        if asset.get("internet") not in (None, "") and "internet" not in unknown:
            row["internet_facing"] = "yes" if is_true(asset["internet"]) else "no"
        encryption = str(asset.get("encryption") or "")
        if encryption and (stores or own) and "encryption" not in unknown:
            row["encrypted_at_rest"] = "no" if encryption == "none" else "yes"
        return row

    # Links
    def _read_links(self, title: str, asset: Record) -> None:
        source = str(asset["id"])
        for name, link in list_links(asset.get("communication_links")):
            where = f"link {name} of {title}"
            target = str(link.get("target") or "")
            sent, received = (
                list_texts(link.get(f"data_assets_{d}")) for d in ("sent", "received")
            )
            self._check_ends(where, source, target, {*sent, *received})
            if is_own(link):
                self._add_own_link(name, source, target, link, sent)
                continue
            self.reading.activity = self._choose_activity({*sent, *received})
            id = make_id(source, name)
            made = []
            if sent or not received:
                made.append(self._add_flow(id, name, source, target, link, sent))
            if received:
                back = f"{id}-back" if made else id
                made.append(self._add_flow(back, name, target, source, link, received))
            for key in _LINK_AS_TEXT:
                if link.get(key) not in ("false", "none", None, ""):
                    self.out.keep(f"flows/{made[0]}", key, link[key])
            if is_encrypted(str(link.get("protocol") or "")):
                self.encrypted += made
            if link.get("authentication") == "two-factor":
                self.strong += made
            owners = {self.owners.get(source, ""), self.owners.get(target, "")} - {""}
            if len(owners) > 1:
                told = f"whether it goes to another controller ({' and '.join(sorted(owners))})"
                self.out.lack(f"flows/{made[0]}", told)

    def _choose_activity(self, data: set[str]) -> str:
        rows = self.out.tables.get("items", {})
        found = {rows[self.reading.items[d]]["activity"] for d in data if d in self.reading.items}
        known = self.out.tables.get("activities", {})
        return found.pop() if len(found) == 1 else self.home or next(iter(known), "")

    def _check_ends(self, where: str, source: str, target: str, data: set[str]) -> None:
        for end in (source, target):
            unheard = sorted(data & self.reading.items.keys() - self.handled.get(end, set()))
            if unheard and end in self.handled:
                told = f"which {end} says it neither processes nor stores"
                self.out.contradict(f"{where}: carries {', '.join(unheard)}, {told}")

    def _add_flow(
        self, id: str, name: str, source: str, target: str, link: Record, data: list[str]
    ) -> str:
        protocol = str(link.get("protocol") or "")
        transport = "vpn" if is_true(link.get("vpn")) else ""
        if not transport and protocol in self.words["plain"]:
            transport = "plain"
        if not transport and protocol in self.words["internal"]:
            transport = "internal"
        made = self.reading.add_flow(id, name, source, target, data=data, transport=transport)
        self.out.keep(f"flows/{made}", "protocol", protocol)
        return made

    def _add_own_link(
        self, name: str, source: str, target: str, link: Record, data: list[str]
    ) -> None:
        self._open(link)
        transport = get_tag(link, "transport")
        made = self.reading.add_flow(name, name, source, target, data=data, transport=transport)
        row = self.out.tables["flows"][made]
        row["stage"] = get_tag(link, "stage") or row["stage"]
        if not transport:
            row.pop("transport", None)

    def _read_stores(self, asset: Record) -> None:
        """Make a flow of what an asset stores and no flow into it carries there."""
        key = str(asset["id"])
        if key not in self.reading.places:
            return
        place = self.reading.places[key][1]
        rows = self.out.tables.get("items", {})
        arrived = {
            item
            for flow in self.out.tables.get("flows", {}).values()
            if flow["stage"] == "store" and flow.get("target") == place
            for item in flow.get("items", "").split(";")
        }
        stored = [k for k in list_texts(asset.get("data_assets_stored")) if k in self.reading.items]
        left = [k for k in stored if self.reading.items[k] not in arrived]

        def find_activity(data: str) -> str:
            return rows[self.reading.items[data]]["activity"]

        for activity, group in groupby(sorted(left, key=find_activity), key=find_activity):
            self.reading.activity = activity
            parts = (place, "store") if activity == self.home else (place, "store", activity)
            made = self.reading.add_flow(make_id(*parts), "", key, key, data=list(group))
            self.out.tables["flows"][made]["stage"] = "store"

    def _add_link_safeguards(self) -> None:
        for flows, name, title, control in (
            (self.encrypted, "encrypted-links", "Encrypted protocols", "encryption.in-transit"),
            (self.strong, "two-factor-links", "Two-factor authentication", "account.mfa"),
        ):
            if flows:
                scope = ";".join(f"flows/{id}" for id in flows)
                self.reading.add_safeguard(make_id(self.title, name), title, control, scope)

    def _read_groups(self) -> None:
        """Tell boundaries and runtimes, and what they name in vain or twice."""
        inside: dict[str, str] = {}
        boundaries = self._take("trust_boundaries")
        ids = {str(b["id"]) for b in boundaries.values()}
        for title, boundary in boundaries.items():
            members = list_texts(boundary.get("technical_assets_inside"))
            self.out.keep(f"trust boundary {title}", str(boundary.get("type") or "around"), members)
            for name in ("description", "tags"):
                self.out.keep(f"trust boundary {title}", name, boundary.get(name))
            for member in members:
                self._check_asset(f"trust boundary {title}", member)
                if inside.setdefault(member, title) != title:
                    told = f"holds {member}, which {inside[member]} holds too"
                    self.out.contradict(f"trust boundary {title}: {told}")
            for nested in list_texts(boundary.get("trust_boundaries_nested")):
                if nested not in ids:
                    told = f"nests {nested}, which the model does not hold"
                    self.out.contradict(f"trust boundary {title}: {told}")
        for title, runtime in (self.model.get("shared_runtimes") or {}).items():
            if isinstance(runtime, dict):
                members = list_texts(runtime.get("technical_assets_running"))
                self.out.keep(f"shared runtime {title}", "runs", members)
                for member in members:
                    self._check_asset(f"shared runtime {title}", member)

    def _check_asset(self, where: str, key: str) -> None:
        if key not in self.reading.places:
            self.out.contradict(f"{where}: names {key}, which the model does not hold")


def list_links(value: object) -> Iterator[tuple[str, Record]]:
    """Yield (title, link) of links that stand as a mapping, or as a list in either shape.

    >>> list(list_links([{"title": "A", "target": "x"}, {"B": {"target": "y"}}]))
    [('A', {'title': 'A', 'target': 'x'}), ('B', {'target': 'y'})]
    """
    entries = value if isinstance(value, list) else [value]
    for n, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            continue
        if "target" in entry and not isinstance(entry["target"], dict):
            yield str(entry.get("title") or entry.get("name") or entry.get("id") or n), entry
            continue
        for title, link in entry.items():
            if isinstance(link, dict):
                yield str(title), link


def is_encrypted(protocol: str) -> bool:
    """Tell whether a protocol of Threagile is an encrypted one.

    >>> is_encrypted("jdbc-encrypted"), is_encrypted("jdbc"), is_encrypted("https")
    (True, False, True)
    """
    return protocol.endswith("-encrypted") or protocol in read_words()["encrypted"]


def is_own(record: Record) -> bool:
    """Tell whether a case wrote a record, and so speaks in its tags."""
    return OWN in list_texts(record.get("tags"))


def get_tag(record: Record, name: str) -> str:
    """Return the value of a tag such as ``activity:orders`` of what a case wrote, or ''."""
    if not is_own(record):
        return ""
    tags = (tag.partition(":") for tag in list_texts(record.get("tags")))
    return next((value for key, _, value in tags if key == name), "")


def cut_id(title: str, id: str) -> str:
    """Return a title without the id that made it unique."""
    return title.removesuffix(f" ({id})")
