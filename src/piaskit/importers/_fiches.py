"""CNIL's register: a sheet per activity, a form with a label in front of each line."""

from __future__ import annotations

from functools import cache

from piaskit.case.words import fold
from piaskit.importers._activity_rows import ActivityReader
from piaskit.importers._pia_texts import find_country, find_kind, find_measure
from piaskit.importers._pia_texts import read_words as read_pia_words
from piaskit.importers._places import make_id
from piaskit.importers._retention import read_retention
from piaskit.importers._sheet_words import split_cell
from piaskit.importers._sheets import Grid
from piaskit.importers.ropa import read_words, spell

Line = tuple[int, str, list[str]]  # row from 1, its label, the cells behind it
_SEPARATORS = ",;\n"
_LONGEST_HEAD = 60


@cache
def _list_starts() -> list[tuple[str, str]]:
    """Return what lines begin with and what they are, the longest first."""
    starts = [(spell(w), key) for key, words in read_words()["form"].items() for w in words]
    return sorted(starts, key=lambda pair: -len(pair[0]))


@cache
def _list_sections() -> frozenset[str]:
    return frozenset(spell(word) for word in read_words()["form_sections"])


def find_line(label: str) -> str:
    """Return what a line of the form is by its label, or ''.

    >>> find_line("Sous-finalité 2"), find_line("Données concernant la santé :")
    ('subpurpose', 'health.record')
    """
    asked = spell(label)
    return next((key for start, key in _list_starts() if asked.startswith(start)), "")


def is_form(grid: Grid) -> bool:
    """Tell whether a sheet is a form: it has enough of the lines, a purpose and kinds of data."""
    found = {find_line(label) for _, label, _ in _list_lines(grid)} - {""}
    kinds = any("." in key for key in found)
    enough = len(found) >= int(read_words()["form_needs"])
    return enough and bool({"purpose", "title"} & found) and kinds


def _list_lines(grid: Grid) -> list[Line]:
    lines = []
    for n, row in enumerate(grid.rows, 1):
        first = next((c for c, text in enumerate(row) if text), None)
        if first is not None:
            lines.append((n, row[first], row[first + 1 :]))
    return lines


class FormReader:
    """Reads one form into the register of a reader."""

    def __init__(self, grid: Grid, reader: ActivityReader) -> None:
        self.grid, self.reader = grid, reader
        self.out, self.places, self.vocabulary = reader.out, reader.places, reader.vocabulary
        self.words = read_words()
        self.no = {fold(w) for w in self.words["no"]}
        self.yes = {fold(w) for w in self.words["yes"]}
        self.columns: dict[int, str] = {}
        self.activity, self.items = "", list[str]()

    def run(self) -> None:
        """Read the lines in their order; the title first, wherever it stands."""
        lines = [
            (n, label, cells, self._find(label, cells))
            for n, label, cells in _list_lines(self.grid)
        ]
        title = next((self._first(c) for _, _, c, key in lines if key == "title" and any(c)), "")
        number = next(
            (self._first(c) for _, _, c, key in lines if key == "reference" and any(c)), ""
        )
        purpose = next(
            (self._first(c) for _, _, c, key in lines if key == "purpose" and any(c)), ""
        )
        if not (title or purpose):
            self.out.keep(
                self.grid.name, "form that names no activity", [t for _, t, _, _ in lines]
            )
            if any(any(cells) for _, _, cells, _ in lines):
                self.out.contradict(f"{self.grid.name}: names no activity and no purpose; left out")
            return
        row = {"id": make_id(number or title or purpose), "title": title or purpose}
        self.activity = self.out.add("activities", row)
        if not title:
            self.out.lack(f"activities/{self.activity}", "title (read from the purpose)")
        for n, label, cells, key in lines:
            self._read_line(f"{self.grid.name} row {n}", label, cells, key)
        self._close()

    def _find(self, label: str, cells: list[str]) -> str:
        """Return what a line is; a section's first row sets what the columns below it mean."""
        named = {c: self._name_column(text) for c, text in enumerate(cells) if text}
        heads = {c: name for c, name in named.items() if name}
        opens = any(spell(label).startswith(section) for section in _list_sections())
        if (opens and not named) or (heads and len(heads) == len(named)):
            return "section"
        return find_line(label)

    def _name_column(self, text: str) -> str:
        asked = spell(text)
        starts = [
            (len(spell(word)), str(name))
            for name, words in self.words["columns"].items()
            for word in words
            if asked.startswith(spell(word)) and len(asked) < _LONGEST_HEAD
        ]
        return max(starts, default=(0, ""))[1]

    def _first(self, cells: list[str]) -> str:
        return next((" ".join(text.split()) for text in cells if text), "")

    def _read_line(self, where: str, label: str, cells: list[str], key: str) -> None:
        if key == "section":
            names = {c: self._name_column(text) for c, text in enumerate(cells) if text}
            self.columns = {c: name for c, name in names.items() if name}
            return
        stated = [text for text in cells if text]
        if not stated:
            if not key and label:
                self.out.keep(where, "line", label)
            return
        activity = self.out.tables["activities"][self.activity]
        first = stated[0]
        if "." in key:
            self._read_kind(where, label, cells, key)
        elif key in ("purpose", "subpurpose"):
            told = [activity["purpose"]] if "purpose" in activity else []
            activity["purpose"] = "\n".join([*told, *(t for t in stated if t not in told)])
        elif key == "subjects":
            told = [activity["subjects"]] if "subjects" in activity else []
            activity["subjects"] = "; ".join(dict.fromkeys([*told, first]))
            self._keep(where, label, stated[1:])
        elif key == "basis":
            self._read_basis(where, label, first)
        elif key == "measures":
            self._read_measures(where, label, first)
        elif key in ("recipient", "processor", "joint"):
            self._read_recipient(where, label, cells, key)
        elif key == "transfer":
            self._read_transfer(where, label, cells)
        elif key == "controller":
            known = self.out.case.setdefault("organisation", {"name": first})["name"]
            self.out.case.setdefault("title", first)
            if known != first:
                self.out.contradict(f"{where}: the controller is {first} here, {known} elsewhere")
            self._keep(where, label, stated[1:])
        elif key == "dpo":
            roles = self.out.tables.get("roles", {}).values()
            if not any(role.get("holder") == first for role in roles):
                self.out.add("roles", {"id": "dpo", "role": "dpo", "holder": first})
            self._keep(where, label, stated[1:])
        elif key == "title" and first == activity["title"]:
            self._keep(where, label, stated[1:])
        else:
            self._keep(where, label, stated)

    def _keep(self, where: str, label: str, texts: list[str]) -> None:
        self.out.keep(where, label, texts)

    def _get(self, cells: list[str], name: str) -> str:
        """Return the cell of a column; without headings the first cell is the description."""
        if not self.columns:
            return next((c for c in cells if c), "") if name == "description" else ""
        return next((cells[c] for c, n in self.columns.items() if n == name and c < len(cells)), "")

    def _take(self, cells: list[str], *names: str) -> list[str]:
        """Return the cells of columns that were read by none of these names."""
        read = {c for c, n in self.columns.items() if n in names}
        return [t for c, t in enumerate(cells) if t and c not in read]

    def _read_kind(self, where: str, label: str, cells: list[str], category: str) -> None:
        described = self._get(cells, "description")
        retention = self._get(cells, "retention")
        plain = fold(described)
        if not plain or plain in self.no:
            if plain not in ("", *self.no) or retention:
                self._keep(where, label, [described, retention])
            return
        pieces = [label] if plain in self.yes else split_cell(described, _SEPARATORS)
        made = []
        for piece in pieces:
            title = " ".join(piece.split()).strip(" .:")
            own = find_kind(title, self.vocabulary)
            row = {"activity": self.activity, "title": title, "category": own or category}
            id = self.out.add("items", {"id": make_id(self.activity, title), **row})
            made.append(id)
            if not own:
                told = f"which kind of data {title} is (read as {category} from its line)"
                self.out.lack(f"items/{id}", told)
        found = read_retention(retention) if retention else None
        for id in made:
            if found:
                item = self.out.tables["items"][id]
                item |= {"retention": found[0]} | (
                    {"retention_start": found[1]} if found[1] else {}
                )
            else:
                self.out.lack(f"items/{id}", "retention as a period or an event")
        if retention and not found:
            self._keep(where, f"{label}, retention", [retention])
        if self.columns:
            self._keep(where, label, self._take(cells, "description", "retention"))
        self.items += made

    def _read_basis(self, where: str, label: str, text: str) -> None:
        row = self.out.tables["activities"][self.activity]
        known = {fold(w): b for b, words in self.words["bases"].items() for w in words}
        pieces = split_cell(text, _SEPARATORS)
        found = [known[fold(piece)] for piece in pieces if fold(piece) in known]
        if found:
            row["legal_basis"] = ";".join(dict.fromkeys(found))
        strange = [piece for piece in pieces if fold(piece) not in known]
        if strange:
            self._keep(where, label, strange)
            self.out.lack(where, f"which legal basis {', '.join(strange)} stands for")

    def _read_measures(self, where: str, label: str, text: str) -> None:
        for piece in split_cell(text, _SEPARATORS):
            slug = find_measure(piece, "")
            control = str(read_pia_words()["measures"][slug]["control"]) if slug else ""
            found = self.vocabulary.find_value("safeguards.title", piece)
            control = control or (found[0] if found else "")
            entry = self.vocabulary.knowledge.controls.get(control)
            if entry is None:
                self._keep(where, label, [piece])
                self.out.lack(where, f"which safeguard {piece} is")
                continue
            rows = self.out.tables.setdefault("safeguards", {})
            id = make_id(entry.id)
            if id not in rows:
                row = {"id": id, "title": piece, "control": entry.id, "kind": entry.kind}
                self.out.add("safeguards", row)
                self.out.lack(f"safeguards/{id}", "status, evidence")
            scope = [*rows[id].get("scope", "").split(";"), f"activities/{self.activity}"]
            rows[id]["scope"] = ";".join(dict.fromkeys(filter(None, scope)))

    def _read_recipient(self, where: str, label: str, cells: list[str], key: str) -> None:
        name = " ".join(self._get(cells, "description").split())
        kind = fold(self._get(cells, "kind"))
        role = {"processor": "processor", "joint": "joint-controller"}.get(key, "recipient")
        for found, words in self.words["kinds_of_recipient"].items():
            if any(fold(w) in kind for w in words):
                role = str(found)
        if not name or fold(name) in self.no:
            self._keep(where, label, [t for t in cells if t])
        elif role == "inside":
            self._keep(where, f"{label}, within the organisation", [name])
        else:
            party = self.places.find_party(name) or self.places.add_party(name, role, where)
            if role == "recipient":
                self.out.lack(f"parties/{party}", "role (read as recipient), country, contract")
            stage = "process" if role == "processor" else "provide"
            self._add_flow(stage, party)
            if self.columns:
                self._keep(where, label, self._take(cells, "description", "kind"))

    def _read_transfer(self, where: str, label: str, cells: list[str]) -> None:
        name = " ".join(self._get(cells, "description").split()) or next(t for t in cells if t)
        if fold(name) in self.no:
            return
        party = self.places.find_party(name) or self.places.add_party(name, "recipient", where)
        country = find_country(self._get(cells, "country"), self.vocabulary)
        if country:
            self.places.set_cell("parties", party, "country", country, where)
        else:
            self._keep(where, f"{label}, country", [self._get(cells, "country")])
            self.out.lack(f"parties/{party}", "country")
        role = self.out.tables["parties"][party]["role"]
        flow = self._add_flow("process" if role == "processor" else "provide", party)
        asked = fold(self._get(cells, "guarantee"))
        guarantees = self.words["guarantees"].items()
        found = {g for g, words in guarantees if any(fold(w) in asked for w in words)}
        if len(found) == 1:
            self.out.tables["flows"][flow]["transfer_mechanism"] = found.pop()
        else:
            self._keep(where, f"{label}, guarantee", [self._get(cells, "guarantee")])
            self.out.lack(f"flows/{flow}", "transfer mechanism")
        self._keep(where, label, self._take(cells, "description", "country", "guarantee"))

    def _add_flow(self, stage: str, party: str) -> str:
        id = make_id(self.activity, stage, party)
        if id not in self.out.tables.get("flows", {}):
            row = {"activity": self.activity, "stage": stage, "target": party}
            self.out.add("flows", {"id": id, **row})
        return id

    def _close(self) -> None:
        flows = self.out.tables.get("flows", {})
        items = ";".join(dict.fromkeys(self.items))
        for flow in flows.values():
            if flow["activity"] == self.activity and items:
                flow.setdefault("items", items)
        use = {"id": make_id(self.activity, "use"), "activity": self.activity, "stage": "use"}
        self.out.add("flows", use | {"items": items})
        row = self.out.tables["activities"][self.activity]
        needed = ("purpose", "legal_basis", "subjects", "persons", "role", "owner", "notice")
        lacking = [name for name in needed if name not in row]
        if lacking:
            self.out.lack(f"activities/{self.activity}", ", ".join(lacking))
