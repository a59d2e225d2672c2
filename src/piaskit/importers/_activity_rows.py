"""Rows that are processing activities: each becomes one with its items, places and flows."""

from __future__ import annotations

import re
import unicodedata

from piaskit.case.tables import TABLES
from piaskit.case.words import fold
from piaskit.importers._cells import CellReader, find_own_or_known
from piaskit.importers._guess import is_blank
from piaskit.importers._items import ItemReader
from piaskit.importers._places import Places, make_id
from piaskit.importers._records import Cell, Record
from piaskit.importers._sheet_words import (
    TEXT,
    Vocabulary,
    split_bracket,
)
from piaskit.importers._sheets import join_lines
from piaskit.importers.register import Register, Row

# A bare no in these columns says that there is none: the case format writes that as a blank.
NO_IS_BLANK = frozenset({"notice", "consent_evidence", "owner", "controller", "necessity"})
PARTIES = {
    "entrust.party": ("processor", "process"),
    "provide.party": ("recipient", "provide"),
    "joint.party": ("joint-controller", "provide"),
    "export.party": ("recipient", "provide"),
}
FACTS_OF_PARTIES = {
    "entrust.country": ("entrust.party", "country"),
    "provide.country": ("provide.party", "country"),
    "entrust.contract": ("entrust.party", "contract"),
    "provide.contract": ("provide.party", "contract"),
}
_COUNTED_IN = re.compile(r"[万千亿]|thousand|million", re.IGNORECASE)  # 12 is not twelve there
_PERSONS = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)\s*(?:人|名|位|persons?|people)?", re.IGNORECASE)


class ActivityReader:
    """Turns the records of activities into rows of a register."""

    def __init__(self, vocabulary: Vocabulary, out: Register) -> None:
        self.vocabulary, self.out = vocabulary, out
        self.cells = CellReader(vocabulary, out)
        self.places = Places(vocabulary, out)
        self.items = ItemReader(vocabulary, out)
        self.flows: dict[str, str] = {}
        self.made: list[str] = []  # names of the flows of the row that is being read
        self.titles: dict[str, str] = {}  # folded title or own number -> id, for other sheets

    def read(self, record: Record, wanted: str, again: bool) -> str:
        """Read one row; ``again`` when its activity began in a row above. Returns its id."""
        id = wanted if again else self.out.add("activities", {"id": wanted})
        activity = self.out.tables["activities"][id]
        self._read_own_cells(record, activity)
        self.titles.setdefault(fold(activity["title"]), id)
        if number := record.get("activities.id"):
            self.titles.setdefault(fold(number), id)
        staff = any(
            w in activity.get("subjects", "").lower() for w in self.vocabulary.data["employees"]
        )
        items = ";".join(self.items.read(record, id, staff))
        systems = self._read_systems(record)
        flow = {"activity": id, "items": items}
        home = systems[0] if len(systems) == 1 else ""
        self._read_collection(record, flow, home)
        self._read_storage(record, flow, systems)
        self._add_flow(flow | {"stage": "use", "source": home, "target": home}, "")
        shared = self._read_parties(record, flow, home)
        self._read_export(record, flow, home, shared)
        self._read_ending(record, flow, home)
        self._keep_unused(record)
        self._read_safeguards(record, id)
        for cell in record.cells.get(TEXT, ()):
            if not is_blank(cell.text, self.vocabulary):
                self.out.keep(cell.where, cell.column.heading, cell.text)
        if not again:
            names = ("legal_basis", "persons", "owner")
            blank = [n for n in names if is_blank(record.get(f"activities.{n}"), self.vocabulary)]
            lacking = [name for name in blank if name not in activity]
            if lacking:
                self.out.lack(f"activities/{id}", ", ".join(lacking))
        return id

    # The activity's own cells
    def _read_own_cells(self, record: Record, activity: Row) -> None:
        title = record.get("activities.title") or record.get("activities.purpose")
        if not record.get("activities.title"):
            self.out.lack(record.where, "title (read from the purpose)")
        stated = {"title": join_lines(title)}
        for field, cells in record.cells.items():
            table, _, name = field.partition(".")
            if table == "activities" and name not in ("id", "title"):
                value = self._read_own_cell(name, cells[0], record.where)
                if value:
                    stated[name] = value
        for name, value in stated.items():
            before = activity.setdefault(name, value)
            if name == "subjects":  # a further row is about further persons
                activity[name] = "; ".join(dict.fromkeys([before, value]))
            elif before != value:
                text = f"activities/{activity['id']} {name} is {value} here and {before}"
                self.out.contradict(f"{record.where}: {text} before; the first one counts")

    def _read_own_cell(self, name: str, cell: Cell, where: str) -> str:
        field = f"activities.{name}"
        if is_blank(cell.text, self.vocabulary):
            return ""
        if name == "legal_basis":
            return self.cells.read_bases(cell)
        if name == "persons":
            found = _PERSONS.fullmatch(unicodedata.normalize("NFKC", cell.text))
            if found and not _COUNTED_IN.search(cell.column.heading):
                return found[1].replace(",", "")
            return self.cells.refuse(cell, f"{cell.column.heading} as a number")
        if name == "controller":
            if fold(cell.text) in self.vocabulary.none:
                return ""
            return self.places.add_party(cell.text, "controller", where)
        if name in NO_IS_BLANK and fold(cell.text) in self.vocabulary.no:
            self.out.keep(cell.where, cell.column.heading, cell.text)
            return ""
        if self.vocabulary.list_values(field):
            value = self.cells.translate(cell, cell.text, field)
            if value is None and name in ("children", "minors"):
                return self.cells.parse(field, cell)
            if value == "yes" and name == "automated_decision":
                return "significant"
            return value or ""
        return self.cells.parse(field, cell)

    # Places

    def _read_systems(self, record: Record) -> list[str]:
        countries: list[str] = []
        index = self.vocabulary.index("store.country")
        systems: list[str] = []
        for _, name in self.cells.list_names(record, "store.system"):
            if fold(name) in index:
                countries.append(index[fold(name)])
            else:
                systems.append(self.places.add_system(name, record.where))
        for cell in record.cells.get("store.country", ()):
            if not is_blank(cell.text, self.vocabulary):
                value = self.cells.translate(cell, cell.text, "store.country")
                countries += [value] if value else []
        if countries and not systems:
            self.out.lack(record.where, f"which system in {countries[0]} it is stored in")
        elif len(set(countries)) > 1:
            text = f"{record.where}: stored in {' and '.join(sorted(set(countries)))}"
            self.out.contradict(f"{text}; no country was set")
        for system in systems if len(set(countries)) == 1 else ():
            self.places.set_cell("systems", system, "country", countries[0], record.where)
        for cell in record.cells.get("store.encrypted", ()):
            if is_blank(cell.text, self.vocabulary):
                continue
            value = self.cells.translate(cell, cell.text, "store.encrypted")
            for system in systems if value else ():
                table = ("systems", system, "encrypted_at_rest", str(value), record.where)
                self.places.set_cell(*table)
            if value and not systems:
                self.cells.refuse(cell, "which system is encrypted or not")
        return list(dict.fromkeys(systems))

    # Flows
    def _add_flow(self, flow: Row, *suffix: str) -> str:
        name = make_id(flow["activity"], flow["stage"], *suffix)
        self.made.append(name)
        if name in self.flows:
            row = self.out.tables["flows"][self.flows[name]]
            items = [*row.get("items", "").split(";"), *flow.get("items", "").split(";")]
            row |= {k: v for k, v in flow.items() if v and k not in row}
            if any(items):
                row["items"] = ";".join(dict.fromkeys(filter(None, items)))
            return self.flows[name]
        self.flows[name] = self.out.add("flows", {"id": name, **flow})
        return self.flows[name]

    def _read_collection(self, record: Record, flow: Row, home: str) -> None:
        said = self.cells.read_choice(record, "collect.method")
        if not {"collect.method", "collect.consent"} & set(record.cells):
            return
        methods = [v for v in said if v in TABLES["flows"]["method"].values]
        channels = [v for v in said if v not in methods]
        if len(methods) > 1:
            told = f"which items are collected how ({', '.join(methods)})"
            self.out.keep(record.where, "ways of collection", methods)
            self.out.lack(record.where, told)
        method = methods[0] if len(methods) == 1 else ""
        source = ""
        if method in ("provided", "observed") or (not methods and channels):
            chinese = not record.get("activities.title").isascii()
            source = self.places.add_party(
                "个人信息主体" if chinese else "Data subjects", "subject", ""
            )
        consent = ";".join(self.cells.read_choice(record, "collect.consent"))
        row = flow | {"stage": "collect", "source": source, "target": home, "method": method}
        row |= {"consent": consent, "transport": self._find_transport(record)}
        for channel in channels or [""]:
            self._add_flow(row | {"channel": channel}, channel)

    def _find_transport(self, record: Record) -> str:
        found = self.cells.read_choice(record, "flows.transport")
        return found[0] if len(found) == 1 else ""

    def _read_storage(self, record: Record, flow: Row, systems: list[str]) -> None:
        stated = any(
            not is_blank(c.text, self.vocabulary)
            for f in ("store.system", "store.country", "items.retention")
            for c in record.cells.get(f, ())
        )
        for system in systems or ([""] if stated else []):
            self._add_flow(flow | {"stage": "store", "source": system, "target": system}, system)

    def _read_parties(self, record: Record, flow: Row, home: str) -> dict[str, list[str]]:
        """Read the parties data goes to; return them by field."""
        found: dict[str, list[str]] = {}
        consent = ";".join(self.cells.read_choice(record, "provide.consent"))
        for field, (role, stage) in PARTIES.items():
            abroad = field == "export.party"
            for _, name in self.cells.list_names(record, field):
                if abroad and self._name_country(name):
                    continue
                party = self._find_named(name, found, record.where) if abroad else ""
                if party:
                    found.setdefault(field, []).append(party)
                    continue
                party = self.places.add_party(name, role, record.where)
                found.setdefault(field, []).append(party)
                row = flow | {"stage": stage, "source": home, "target": party}
                row["transport"] = self._find_transport(record)
                row["consent"] = consent if stage == "provide" else ""
                self._add_flow(row, party)
        for field, (of, column) in FACTS_OF_PARTIES.items():
            for cell in record.cells.get(field, ()):
                if is_blank(cell.text, self.vocabulary):
                    continue
                value: str | None = cell.text
                if column == "country":
                    value = self.cells.translate(cell, cell.text, field)
                elif fold(cell.text) in self.vocabulary.no:
                    value = self.cells.refuse(cell, cell.column.heading)
                elif fold(cell.text) in self.vocabulary.yes:
                    self.out.lack(cell.where, f"{cell.column.heading}: which one")
                parties = found.get(of, [])
                if value and len(parties) == 1:
                    self.places.set_cell("parties", parties[0], column, value, record.where)
                elif value:
                    self.cells.refuse(cell, f"whose {cell.column.heading} it is")
        return found

    def _find_named(self, text: str, found: dict[str, list[str]], where: str) -> str:
        """Return the party of this row that a recipient abroad is, with its country, or ''."""
        rows = self.out.tables.setdefault("parties", {})
        outer, inner = split_bracket(text)
        code = self.vocabulary.find_value("export.country", inner) if inner else None
        asked = fold(outer if code else text)
        for party in (p for of, all in found.items() if of != "export.party" for p in all):
            if fold(rows[party]["title"]) == asked:
                if code:
                    self.places.set_cell("parties", party, "country", code[0], where)
                return party
        return ""

    def _read_export(
        self, record: Record, flow: Row, home: str, shared: dict[str, list[str]]
    ) -> None:
        where = record.where
        said: str | None = None
        countries = self.cells.read_choice(record, "export.country")
        for cell in record.cells.get("export.stated", ()):
            if is_blank(cell.text, self.vocabulary):
                continue
            said = self.cells.translate(cell, cell.text, "export.stated")
            inner = split_bracket(cell.text)[1]
            code = self.vocabulary.find_value("export.country", inner) if inner else None
            countries += [code[0]] if code else []
        named = [self._name_country(n) for _, n in self.cells.list_names(record, "export.party")]
        countries = [c for c in dict.fromkeys([*countries, *named]) if c and c != "CN"]
        rows = self.out.tables.setdefault("parties", {})
        parties = list(dict.fromkeys(p for all in shared.values() for p in all))
        abroad = [p for p in parties if rows[p].get("country", "CN") != "CN"]
        if said == "no":
            if countries or abroad or "export.party" in shared:
                names = [*countries, *abroad, *shared.get("export.party", [])]
                text = f"{where}: says that nothing goes abroad and names {', '.join(names)}"
                self.out.contradict(text)
            return
        if not (said == "yes" or countries or "export.party" in shared):
            return
        receivers = shared.get("export.party") or abroad
        if not receivers and len(countries) == 1 and len(parties) == 1:
            self.out.lack(where, f"recipient abroad (read as {parties[0]})")
            receivers = parties
        if not receivers and len(countries) == 1:
            chinese = not record.get("activities.title").isascii()
            title = "未具名境外接收方" if chinese else "Unnamed recipient abroad"
            party = self.places.add_party(f"{title}（{countries[0]}）", "recipient", where)
            self.out.lack(where, "name of the recipient abroad")
            self._add_flow(flow | {"stage": "provide", "source": home, "target": party}, party)
            receivers = [party]
        if not receivers:
            self.out.lack(where, "recipient and country abroad")
            self.out.keep(where, "goes abroad", countries or "yes")
        unknown = [p for p in receivers if "country" not in rows[p]]
        if unknown and len(countries) == 1:
            for party in unknown:
                self.places.set_cell("parties", party, "country", countries[0], where)
        elif unknown:
            self.out.lack(where, f"country of {', '.join(unknown)}")
            self.out.keep(where, "countries", countries)
        mechanisms = self.cells.read_choice(record, "export.mechanism")
        if len(mechanisms) == 1:
            for party in receivers:
                for stage in ("process", "provide"):
                    name = make_id(flow["activity"], stage, party)
                    row = self.out.tables["flows"].get(self.flows.get(name, ""), {})
                    row["transfer_mechanism"] = mechanisms[0]
        elif mechanisms:
            self.out.keep(where, "transfer mechanisms", mechanisms)
            self.out.lack(where, "which transfer mechanism holds for which recipient")

    def _keep_unused(self, record: Record) -> None:
        """Keep as text what was stated of flows that the row does not name, or says in two ways."""
        flows = [self.out.tables["flows"][self.flows[name]] for name in self.made]
        self.made.clear()
        for field in ("flows.transport", "provide.consent", "export.mechanism"):
            column = Vocabulary.find_column(field)
            values = self.cells.read_choice(record, field)
            if values and column and not any(flow.get(column.name) for flow in flows):
                for cell in record.cells[field]:
                    self.out.keep(cell.where, cell.column.heading, cell.text)
                self.out.lack(record.where, f"which flow {', '.join(values)} speaks of")

    def _name_country(self, text: str) -> str:
        """Return the country a cell for recipients names instead of one, or ''."""
        return self.vocabulary.index("export.country").get(fold(text), "")

    def _read_ending(self, record: Record, flow: Row, home: str) -> None:
        for cell in record.cells.get("disclose.stated", ()):
            if not is_blank(cell.text, self.vocabulary):
                said = self.cells.translate(cell, cell.text, "disclose.stated")
                if said == "yes":
                    consent = ";".join(self.cells.read_choice(record, "provide.consent"))
                    self._add_flow(flow | {"stage": "disclose", "source": home, "consent": consent})
        for cell in record.cells.get("delete.disposal", ()):
            text = cell.text
            if is_blank(text, self.vocabulary):
                continue
            if fold(text) in self.vocabulary.no or fold(text) in self.vocabulary.none:
                self.out.keep(cell.where, cell.column.heading, text)
            else:
                row = flow | {"stage": "delete", "source": home, "target": home, "disposal": text}
                self._add_flow(row)

    def _read_safeguards(self, record: Record, activity: str) -> None:
        for cell, name in self.cells.list_names(record, "safeguards.title"):
            control = find_own_or_known(self.vocabulary, cell.column, name, "safeguards.title")
            if control in (None, TEXT):
                self.out.keep(cell.where, cell.column.heading, name)
                if control is None:
                    self.out.lack(record.where, f"which safeguard {' '.join(name.split())} is")
                continue
            entry = self.vocabulary.knowledge.controls[str(control)]
            rows = self.out.tables.setdefault("safeguards", {})
            id, scope = make_id(entry.id), f"activities/{activity}"
            if id not in rows:
                row = {"id": id, "title": name, "control": entry.id, "kind": entry.kind}
                self.out.add("safeguards", row)
                self.out.lack(f"safeguards/{id}", "status, evidence")
            scopes = [*rows[id].get("scope", "").split(";"), scope]
            rows[id]["scope"] = ";".join(dict.fromkeys(filter(None, scopes)))
