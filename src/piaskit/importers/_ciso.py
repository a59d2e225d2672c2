"""Processings of CISO Assistant's workbooks become activities with items, parties and flows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from piaskit.case.words import fold
from piaskit.importers._places import Places, make_id
from piaskit.importers._retention import read_retention
from piaskit.importers._sheet_words import Vocabulary, split_cell
from piaskit.importers._sheets import Grid, clean_heading
from piaskit.importers.ciso_assistant import NAME, find_code, read_codes
from piaskit.importers.register import Register

Row = dict[str, str]
_OTHER = "other"
_PREFIX = "privacy"
_YES = frozenset({"true", "yes", "y", "1", "1.0", "是"})


@dataclass
class Sheet:
    """One sheet: its name, its columns by their ids and the rows below them, with their numbers."""

    name: str
    columns: tuple[str, ...]
    rows: list[tuple[int, Row]]


def read_sheet(grid: Grid) -> Sheet:
    """Read a sheet whose first row with text holds the columns; others than the known stay text."""
    top = next((n for n, row in enumerate(grid.rows) if any(row)), len(grid.rows))
    if top == len(grid.rows):
        return Sheet(grid.name, (), [])
    heads = [fold(clean_heading(text)) for text in grid.rows[top]]
    name = find_sheet(grid.name)
    known = {fold(c): c for columns in read_codes()["sheets"].values() for c in columns}
    known |= {fold("processing"): "processing"}
    for sheet in ("*", name or "Processing"):
        renamed = read_codes()["columns"].get(sheet, {})
        known |= {fold(other): column for other, column in renamed.items()}
    keys = [known.get(h) or clean_heading(t) for h, t in zip(heads, grid.rows[top], strict=True)]
    rows = []
    for n, cells in enumerate(grid.rows[top + 1 :], top + 2):
        row = {key: text for key, text in zip(keys, cells, strict=False) if key and text}
        if row:
            rows.append((n, row))
    return Sheet(name or grid.name, tuple(key for key in keys if key), rows)


def find_sheet(name: str) -> str:
    """Return which of the workbook's sheets a name is, or ''."""
    return next((s for s in read_codes()["sheets"] if fold(s) == fold(name)), "")


def read_code(text: str) -> str:
    """Bring a code or the label the tool shows into one form.

    >>> read_code("privacy_consent"), read_code("Data Processor"), read_code("Child/Minor")
    ('consent', 'dataprocessor', 'minor')
    """
    labels = {fold(label): fold(code) for label, code in read_codes()["labels"].items()}
    plain = fold(text)
    return labels.get(plain) or plain.removeprefix(_PREFIX)


def read_role(code: str) -> str:
    """Return the role that a code of a recipient or contractor is read as."""
    return _direct("roles").get(read_code(code), "recipient")


def _reverse(part: str) -> dict[str, str]:
    return {read_code(code): ours for ours, code in reversed(read_codes()[part].items())}


def _direct(part: str) -> dict[str, str]:
    return {fold(code): ours for code, ours in read_codes()[part].items()}


class ProcessingReader:
    """Reads workbooks into one register; processings of one reference are one activity."""

    def __init__(self, out: Register, vocabulary: Vocabulary) -> None:
        self.out, self.vocabulary = out, vocabulary
        self.places = Places(vocabulary, out)
        self.bases = _reverse("bases") | _reverse("conditions")
        self.mechanisms = _reverse("mechanisms")
        self.kinds, self.stages, self.roles = map(_direct, ("kinds", "stages", "roles"))
        self.inside = {fold(code) for code in read_codes()["inside"]}
        say = vocabulary.knowledge.labels
        self.minors = {fold(say("column.minors", lang)) for lang in ("en", "zh")}
        self.parties: dict[str, str] = {}  # folded name -> party
        self.stated: dict[str, list[str]] = {}  # activity -> natures read so far

    def read(self, file: str, sheets: list[Sheet]) -> None:
        """Read one workbook; rows of the other sheets belong to the processing they name."""
        self.file = file
        named: dict[str, str] = {}
        first = ""
        for sheet in sheets:
            if find_sheet(sheet.name) == "Processing" or len(sheets) == 1:
                for n, row in sheet.rows:
                    keys = [fold(row[key]) for key in ("ref_id", "name") if key in row]
                    activity = self._read_processing(f"{file} {sheet.name} row {n}", row)
                    first = first or activity
                    for key in keys if activity else ():
                        named.setdefault(key, activity)
        readers = {
            "Purposes": self._read_purpose, "Personal data": self._read_item,
            "Data subjects": self._read_subject, "Data recipients": self._read_recipient,
            "Contractors": self._read_contractor, "Transfers": self._read_transfer,
        }  # fmt: skip
        for sheet in sheets:
            reader = readers.get(sheet.name)
            for n, row in sheet.rows if reader else ():
                where = f"{file} {sheet.name} row {n}"
                wanted = row.pop("processing", "")
                activity = named.get(fold(wanted), "") if wanted else first
                if not activity:
                    text = f"belongs to {wanted or 'a processing'}, which the file does not hold"
                    self.out.contradict(f"{where}: {text}")
                    self.out.keep(where, "row", row)
                    continue
                if not wanted and len(set(named.values())) > 1:
                    told = f"which processing it belongs to (read as {activity}, the first one)"
                    self.out.lack(where, told)
                reader(where, row, activity)  # type: ignore[misc]
                self._keep_rest(where, row)
        for activity in dict.fromkeys(named.values()):
            self._close(activity)

    def _close(self, activity: str) -> None:
        row, where = self.out.tables["activities"][activity], f"activities/{activity}"
        needed = ("purpose", "legal_basis", "subjects", "persons", "role", "owner", "notice")
        lacking = [name for name in needed if name not in row]
        if lacking:
            self.out.lack(where, ", ".join(lacking))
        if not any(i["activity"] == activity for i in self.out.tables.get("items", {}).values()):
            self.out.lack(where, "which personal information it uses")

    def _keep_rest(self, where: str, row: Row) -> None:
        for column, text in row.items():
            self.out.keep(where, column, text)

    def _read_processing(self, where: str, row: Row) -> str:
        name = row.pop("name", "")
        if not name:
            self.out.contradict(f"{where}: has no name; it was not read as a processing")
            self._keep_rest(where, row)
            return ""
        wanted = make_id(row.get("ref_id", "")) or make_id(name)
        activities = self.out.tables.setdefault("activities", {})
        if wanted in activities and activities[wanted]["title"] != name:
            self.out.contradict(f"{where}: {wanted} is {activities[wanted]['title']} elsewhere")
            wanted = make_id(wanted, name)
        if wanted not in activities:
            self.out.add("activities", {"id": wanted, "title": name})
        activity = activities[wanted]
        ours = {
            "description": "necessity", "information_channel": "notice", "assigned_to": "owner",
        }  # fmt: skip
        for column, cell in ours.items():
            if text := row.pop(column, ""):
                activity[cell] = text
        for nature in split_cell(row.pop("processing_nature", ""), ",;"):
            stage = self.stages.get(read_code(nature), "")
            if not stage:
                self.out.keep(where, "processing_nature", nature)
            elif stage not in self.stated.setdefault(wanted, []):
                self.stated[wanted].append(stage)
                id = self._add_flow(wanted, stage)
                self.out.lack(f"flows/{id}", "source, target and data")
        self._read_channel(where, row, wanted)
        self._read_assessment(where, row, wanted)
        if row.get("ref_id") == wanted:
            del row["ref_id"]
        self._keep_rest(where, row)
        return wanted

    def _read_channel(self, where: str, row: Row, activity: str) -> None:
        text = row.get("usage_channel", "")
        found = self.vocabulary.find_value("flows.channel", text) if text else None
        if found and "collect" in self.stated.get(activity, []):
            flow = self.out.tables["flows"][make_id(activity, "collect")]
            flow["channel"] = found[0]
            del row["usage_channel"]

    def _read_assessment(self, where: str, row: Row, activity: str) -> None:
        required = row.pop("dpia_required", "").strip().casefold() in _YES
        reference = row.get("dpia_reference", "")
        if reference:
            rows = self.out.tables.setdefault("assessments", {})
            made = rows.setdefault(make_id(reference), {"id": make_id(reference)})
            covered = [*made.get("activities", "").split(";"), activity]
            made["activities"] = ";".join(dict.fromkeys(filter(None, covered)))
            if make_id(reference) == reference:
                del row["dpia_reference"]
        elif required:
            self.out.lack(f"activities/{activity}", "the assessment that is said to be required")

    def _read_purpose(self, where: str, row: Row, activity: str) -> None:
        name, told = row.pop("name", ""), row.get("description", "")
        if len(name) == NAME and told.startswith(name):
            whole, _, rest = told.rpartition("\n")
            name, row["description"] = (whole, rest) if whole.startswith(name) else (told, "")
        if name != self.out.tables["activities"][activity]["title"]:  # else it says no more
            self._join(activity, "purpose", name, "\n")
        codes = {}
        for column in ("legal_basis", "article_9_condition"):
            code = row.pop(column, "")
            basis = self.bases.get(read_code(code), "")
            if code and not basis:
                self.out.lack(where, f"{column}: {code} is no code of the workbook")
                self.out.keep(where, column, code)
            codes[column] = basis
        self._join(activity, "legal_basis", codes["legal_basis"], ";")
        self._join(activity, "legal_basis", codes["article_9_condition"], ";")

    def _join(self, activity: str, column: str, text: str, joint: str) -> None:
        row = self.out.tables["activities"][activity]
        stated = row[column].split(joint) if column in row else []
        if text and text not in stated:
            row[column] = joint.join([*stated, text])

    def _read_item(self, where: str, row: Row, activity: str) -> None:
        title, code = row.pop("name", ""), row.pop("category", "")
        told = row.get("description", "")
        category, sure = self._find_category(title, told, code)
        if sure == "description":
            del row["description"]
        made = self.out.add(
            "items",
            {
                "id": make_id(activity, title or category),
                "activity": activity,
                "title": title,
                "category": category,
            },
        )
        item = self.out.tables["items"][made]
        if not sure:
            text = f"which kind of data it is (read as {category} from {code or 'nothing'})"
            self.out.lack(f"items/{made}", text)
        retention = row.get("retention", "")
        found = read_retention(retention) if retention else None
        if found:
            del row["retention"]
            item |= {"retention": found[0]} | ({"retention_start": found[1]} if found[1] else {})
        else:
            self.out.lack(f"items/{made}", "retention as a period or an event")
        self._check_sensitive(where, row.pop("is_sensitive", ""), title or category, category)
        for asset in split_cell(row.pop("assets", ""), ",;\n"):
            system = self.places.add_system(asset, where)
            flow = self._add_flow(activity, "store", target=system)
            self._carry(flow, made)

    def _find_category(self, title: str, told: str, code: str) -> tuple[str, str]:
        """Return the category, and what made it sure: a word that agrees with the code."""
        for text, source in ((told, "description"), (title, "name")):
            found = self.vocabulary.find_value("items.title", text) if text else None
            category = found[0] if found and found[1] == "exact word" else ""
            if category in self.vocabulary.knowledge.categories and (
                not code or read_code(find_code(category)) == read_code(code)
            ):
                return category, source
        known = self.kinds.get(read_code(code), "")
        return known or str(self.vocabulary.data["unspecific"]["customer"]), ""

    def _check_sensitive(self, where: str, text: str, title: str, category: str) -> None:
        known = self.vocabulary.knowledge.categories[category].sensitive
        answers = set(known.values())
        said = text.strip().casefold() in _YES
        if text and said and answers <= {"no"}:
            told = f"says {title} is sensitive, and {category} is so in no regime"
            self.out.contradict(f"{where}: {told}")
        elif text and not said and known.get("eu-gdpr") == "yes":
            told = f"says {title} is not sensitive, and {category} is under the GDPR"
            self.out.contradict(f"{where}: {told}")

    def _read_subject(self, where: str, row: Row, activity: str) -> None:
        name, told = row.pop("name", ""), row.get("description", "")
        code = read_code(row.get("category", ""))
        if code == "minor":
            self.out.tables["activities"][activity]["minors"] = "yes"
        if told.startswith(name) and told:
            name = row.pop("description")
        if fold(name) not in self.minors:
            self._join(activity, "subjects", name or code, "; ")
        row.pop("category", "")

    # Parties
    def _read_recipient(self, where: str, row: Row, activity: str) -> None:
        code = read_code(row.get("category", ""))
        if code in self.inside:
            self.out.keep(where, "within the organisation", row.pop("name", ""))
            return
        role = self.roles.get(code, "recipient")
        party = self._add_party(where, row.pop("name", ""), role, code)
        if code in self.roles:
            row.pop("category", "")
        if party:
            self._reach(activity, party)

    def _read_contractor(self, where: str, row: Row, activity: str) -> None:
        name = row.pop("name", "")
        entity = row.pop("entity", "") or name
        if entity != name:
            self.out.keep(where, "name", name)
        code = read_code(row.get("relationship_type", ""))
        role = self.roles.get(code, "recipient")
        party = self._add_party(where, entity, role, code)
        if not party:
            return
        if code in self.roles:
            row.pop("relationship_type", "")
        self._set_country(where, row, party)
        if text := row.pop("description", ""):
            self.places.set_cell("parties", party, "contract", text, where)
        self._reach(activity, party)

    def _read_transfer(self, where: str, row: Row, activity: str) -> None:
        name = row.pop("name", "")
        entity = row.pop("entity", "") or name
        if entity != name:
            self.out.keep(where, "name", name)
        party = self._add_party(where, entity, "recipient", _OTHER)
        if not party:
            return
        self._set_country(where, row, party)
        flow = self._reach(activity, party)
        code = row.get("transfer_mechanism", "")
        if mechanism := self.mechanisms.get(read_code(code), ""):
            self.places.set_cell("flows", flow, "transfer_mechanism", mechanism, where)
            del row["transfer_mechanism"]
        else:
            self.out.lack(f"flows/{flow}", "transfer mechanism" + (f" ({code})" if code else ""))

    def _add_party(self, where: str, name: str, role: str, code: str) -> str:
        if not name:
            self.out.contradict(f"{where}: names nobody; left out")
            return ""
        known = self.parties.get(fold(name), "")
        if not known:
            row = {"id": make_id(name) or "party", "title": name, "role": role}
            known = self.parties[fold(name)] = self.out.add("parties", row)
            if code not in self.roles:
                told = f"role (read as {role} from {code or 'nothing'})"
                self.out.lack(f"parties/{known}", told)
            return known
        row = self.out.tables["parties"][known]
        if row["role"] == "recipient":
            row["role"] = role
        elif role not in ("recipient", row["role"]):
            text = f"{name} is {role} here and {row['role']} before; the first one counts"
            self.out.contradict(f"{where}: {text}")
        return known

    def _set_country(self, where: str, row: Row, party: str) -> None:
        text = row.get("country", "")
        found = self.vocabulary.find_value("parties.country", text) if text else None
        if found:
            self.places.set_cell("parties", party, "country", found[0], where)
            del row["country"]
        else:
            self.out.lack(f"parties/{party}", f"country ({text})" if text else "country")

    def _reach(self, activity: str, party: str) -> str:
        role = self.out.tables["parties"][party]["role"]
        stage = {"processor": "process", "public": "disclose"}.get(role, "provide")
        return self._add_flow(activity, stage, target=party)

    def _add_flow(self, activity: str, stage: str, target: str = "") -> str:
        rows = self.out.tables.setdefault("flows", {})
        id = make_id(activity, stage, target)
        if id not in rows:
            self.out.add(
                "flows", {"id": id, "activity": activity, "stage": stage, "target": target}
            )
        return id

    def _carry(self, flow: str, item: str) -> None:
        row = self.out.tables["flows"][flow]
        carried = [*row.get("items", "").split(";"), item]
        row["items"] = ";".join(dict.fromkeys(filter(None, carried)))


def list_sheets(grids: list[Grid]) -> Iterator[Sheet]:
    """Yield the sheets of a workbook that its import reads: the seven, else the first one."""
    known = [grid for grid in grids if find_sheet(grid.name)]
    yield from map(read_sheet, known or grids[:1])


def is_processing_list(sheet: Sheet) -> bool:
    """Tell whether a sheet by itself is a list of processings."""
    signs = {"processing_nature", "dpia_required", "dpia_reference", "information_channel"}
    return {"name"} <= set(sheet.columns) and len(signs & set(sheet.columns)) > 1
