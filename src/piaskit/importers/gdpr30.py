"""Records of processing under GDPR Art. 30: as controller, as processor, and the clients."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit.case.mapping import DataMap
from piaskit.importers._book import List, write_lists
from piaskit.importers._leaving import find_flows
from piaskit.importers._losses import list_losses, tell_loss
from piaskit.importers.export import need_suffix

if TYPE_CHECKING:
    import pandas as pd

    from piaskit.case import Case
    from piaskit.knowledge import Text

REGIME = "eu-gdpr"
WORKING = ("in-place", "partly")
# Each column and the clause that asks for it; those without one are ours.
CONTROLLER = {
    "activity": "", "controller": "30(1)(a)", "joint": "30(1)(a)", "representative": "30(1)(a)",
    "dpo": "30(1)(a)", "purpose": "30(1)(b)", "subjects": "30(1)(c)", "categories": "30(1)(c)",
    "special": "", "recipients": "30(1)(d)", "transfers": "30(1)(e)", "retention": "30(1)(f)",
    "security": "30(1)(g)", "basis": "",
}  # fmt: skip
PROCESSOR = {
    "activity": "", "processor": "30(2)(a)", "client": "30(2)(a)", "representative": "30(2)(a)",
    "dpo": "30(2)(a)", "processing": "30(2)(b)", "transfers": "30(2)(c)", "security": "30(2)(d)",
}  # fmt: skip
CLIENTS = {"client": "30(2)(a)", "contact": "30(2)(a)", "country": "", "activities": "30(2)(b)"}
CARRIED = {
    "activities": ("title", "purpose", "legal_basis", "subjects", "role", "controller"),
    "items": ("activity", "category", "retention", "retention_start"),
    "parties": ("title", "role", "country", "contact"),
    "systems": ("country",),
    "flows": (
        "activity", "stage", "source", "target", "legal_basis", "transfer_mechanism",
        "mechanism_ref",
    ),
    "safeguards": ("title", "scope", "status"),
    "case.yaml": ("organisation.name", "contacts"),
}  # fmt: skip


def write_register(case: Case, path: Path, lang: str) -> list[Text]:
    """Write the records of both roles and the list of clients, a sheet each."""
    need_suffix(path, ".xlsx")
    say, records = case.knowledge.labels, _Records(DataMap(case, lang))
    lists = [
        records.make_list("controller", CONTROLLER, records.list_controlled()),
        records.make_list("processor", PROCESSOR, records.list_entrusted()),
        records.make_list("clients", CLIENTS, records.list_clients()),
    ]
    cited = (case.knowledge.cite(f"{REGIME} {clause}", lang) for clause in ("30(1)", "30(2)"))
    clauses = say("export.both", lang, **dict(zip(("first", "second"), cited, strict=True)))
    about = [say("export.gdpr.text", lang, clauses=clauses)]
    write_lists(case, path, lang, say("export.gdpr.title", lang), about, lists)
    return [tell_loss(case, "single-flows"), *list_losses(case, CARRIED)]


class _Records:
    def __init__(self, data: DataMap) -> None:
        self.data, self.case, self.lang = data, data.case, data.lang

    def make_list(self, name: str, columns: dict[str, str], rows: list[dict[str, str]]) -> List:
        """Lay rows out under their headings; the note of a heading cites its clause."""
        say, cite = self.case.knowledge.labels, self.case.knowledge.cite
        heads = [say(f"export.gdpr.{column}", self.lang) for column in columns]
        notes = [cite(f"{REGIME} {c}", self.lang) if c else "" for c in columns.values()]
        cells = [[row[column] for column in columns] for row in rows]
        return List(say(f"export.gdpr.list.{name}", self.lang), heads, cells, notes)

    def list_controlled(self) -> list[dict[str, str]]:
        """Return a row per activity in which we decide, alone or jointly; a blank role counts."""
        return [
            {
                "activity": self.data.title(row),
                "controller": self.us,
                "joint": self._name_joint(row),
                "representative": self._find_contact("representative"),
                "dpo": self._find_contact("dpo"),
                "purpose": self.data.text(row, "purpose"),
                "subjects": self.data.text(row, "subjects"),
                "categories": self.data.list_words(self.data.name_categories(items["category"])),
                "special": self.data.say_sensitive(items.to_dict("records"), REGIME),
                "recipients": self._list_recipients(flows),
                "transfers": self._list_transfers(flows),
                "retention": self._list_retention(items),
                "security": self._list_security(row, flows, items),
                "basis": self.data.list_words(self.data.name_bases(row, flows["legal_basis"])),
            }
            for row, flows, items in self._walk()
            if row["role"] != "processor"
        ]

    def list_entrusted(self) -> list[dict[str, str]]:
        """Return a row per activity that we carry out for somebody else."""
        return [
            {
                "activity": self.data.title(row),
                "processor": self.us,
                "client": self._describe(row["controller"]),
                "representative": self._find_contact("representative"),
                "dpo": self._find_contact("dpo"),
                "processing": self.data.list_words(
                    [
                        self.case.say(row, "purpose", self.lang),
                        *self.data.words("flows", "stage", flows["stage"]),
                    ]
                ),
                "transfers": self._list_transfers(flows),
                "security": self._list_security(row, flows, items),
            }
            for row, flows, items in self._walk()
            if row["role"] == "processor"
        ]

    def list_clients(self) -> list[dict[str, str]]:
        """Return a row per controller for whom we process, with what we do for each."""
        served: dict[str, list[str]] = {}
        for row, _, _ in self._walk():
            if row["role"] == "processor":
                named = row["controller"] if isinstance(row["controller"], str) else ""
                served.setdefault(named, []).append(self.data.title(row))
        rows = []
        for id, titles in sorted(served.items()):
            party = self.data.places.get(id, {})
            blank = self.data.label("not-stated")
            rows.append(
                {
                    "client": self.data.title(party) if party else blank,
                    "contact": self.case.say(party, "contact", self.lang) or blank,
                    "country": self.data.name_country(party.get("country")) or blank,
                    "activities": self.data.list_words(titles),
                }
            )
        return rows

    def _walk(self) -> Iterable[tuple[dict[Any, Any], pd.DataFrame, pd.DataFrame]]:
        for row in self.data.activities:
            yield row, self.data.of_flows(row), self.data.of_items(row)

    @cached_property
    def us(self) -> str:
        """Who keeps the record, and how it is reached: the first contact that has a way."""
        name = self.case.say(self.case.id, "name", self.lang)
        ways = [_reach(contact) for contact in self.case.contacts]
        return self.data.list_words([name, *filter(None, ways[:1])])

    def _find_contact(self, role: str) -> str:
        for contact in self.case.contacts:
            if contact.get("role") == role:
                name = self.case.say(contact, "name", self.lang)
                return self.data.list_words([name, _reach(contact)])
        return self.data.label("not-stated")

    def _describe(self, place: object) -> str:
        party = self.data.places.get(str(place))
        if party is None:
            return self.data.label("not-stated")
        contact = self.case.say(party, "contact", self.lang)
        return self.data.list_words([self.data.title(party), contact])

    def _name_joint(self, row: dict[Any, Any]) -> str:
        if row["role"] != "joint-controller":
            return self.data.label("none")
        return self._describe(row["controller"])

    def _list_recipients(self, flows: pd.DataFrame) -> str:
        """Name recipients by kind: ``processors: A, B; recipients: C``; subjects are none."""
        reached = flows[flows["role"].notna() & flows["role"].ne("subject")]
        told = []
        for role, part in reached.groupby("role"):
            kind = self.data.list_words(self.data.name_values("parties", "role", role))
            names = self.data.list_words(self.data.names(part["target"]))
            told.append(self.data.label("kind-of", kind=kind, names=names))
        return self.data.list_words(told, "none")

    def _list_transfers(self, flows: pd.DataFrame) -> str:
        """Name each third country, its recipient and the ground on which information goes there."""
        told = []
        for row in flows[flows["id"].isin(self._transfers)].to_dict("records"):
            means = self.data.name_values("flows", "transfer_mechanism", row["transfer_mechanism"])
            reference = row["mechanism_ref"] if isinstance(row["mechanism_ref"], str) else ""
            told.append(
                self.data.label(
                    "transfer",
                    country=self.data.name_country(row["country"]),
                    recipient=self.data.list_words(self.data.name(row["target"])),
                    ground=self.data.list_words([*means, reference]),
                )
            )
        return self.data.list_words(told, "none")

    @cached_property
    def _transfers(self) -> frozenset[str]:
        """The flows that leave the EEA, as the rules see them."""
        return find_flows(self.case, "is_transfer")

    def _list_retention(self, items: pd.DataFrame) -> str:
        told: dict[str, list[str]] = {}
        for row in items.to_dict("records"):
            kept = self.data.tell_retention(row)
            told.setdefault(kept, []).append(self.data.name_category(str(row["category"])))
        named = (
            self.data.label("kind-of", kind=kept, names=self.data.list_words(kinds))
            for kept, kinds in told.items()
        )
        return self.data.list_words(named)

    def _list_security(self, row: dict[Any, Any], flows: pd.DataFrame, items: pd.DataFrame) -> str:
        """Name the safeguards that are there and whose scope touches the activity."""
        places = {*flows["source"].dropna(), *flows["target"].dropna()}
        touched = {"all", row["id"], f"activities/{row['id']}", *places, *flows["id"]}
        touched |= {f"systems/{place}" for place in places} | {f"flows/{id}" for id in flows["id"]}
        kinds = tuple(items["category"].dropna())
        names = [
            self.data.title(safeguard)
            for safeguard, scope in self._working
            if scope & touched
            or any(
                kind.startswith(part.removeprefix("category:"))
                for part in scope
                if part.startswith("category:")
                for kind in kinds
            )
        ]
        return self.data.list_words(names)

    @cached_property
    def _working(self) -> list[tuple[dict[Any, Any], set[str]]]:
        rows = self.case.frames["safeguards"].to_dict("records")
        return [
            (row, set(row["scope"].split(";")))
            for row in rows
            if row["status"] in WORKING and isinstance(row["scope"], str)
        ]


def _reach(contact: dict[str, str]) -> str:
    return ", ".join(contact[way] for way in ("email", "phone") if contact.get(way))
