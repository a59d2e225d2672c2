"""pytm models: the JSON that pytm reads, the JSON it writes, and the Python source of a model.

Actors and external entities become parties, every other element a system, data items, dataflows
flows, findings judgements. Names are the keys of pytm. A source is read and never run, so that what
it computes while running is told and left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.importers._places import make_id
from piaskit.importers._pytm_source import names_pytm, read_source
from piaskit.importers._threat_model import ThreatModel, is_true, read_words
from piaskit.importers.foreign import read_content, try_content
from piaskit.importers.register import Register

Record = dict[str, Any]
ELEMENTS = ("elements", "actors", "assets")  # what pytm writes repeats elements by their kind
PARTIES = ("Actor", "ExternalEntity")
SAID = frozenset(
    {
        "name", "__class__", "findings", "inputs", "outputs", "data", "controls", "inBoundary",
        "levels", "severity", "sourceFiles", "overrides", "inScope", "is_drawn", "uuid", "source",
        "sink", "tlsVersion", "protocol", "order", "response", "carriedBy", "processedBy", "type",
        "isResponse", "minTLSVersion",
    }
)  # fmt: skip
UNSAID = frozenset({"", "false", "-1", "0", "NONE", "UNKNOWN", "[]", "{}"})  # pytm's defaults
SCORES = (
    "threat_id", "severity", "likelihood", "response", "cvss", "condition", "mitigations",
    "details", "example", "references", "assumption",
)  # fmt: skip


def recognise(path: Path) -> bool:
    """Tell whether a file is a model: Python that imports pytm, or JSON of flows with sinks."""
    if names_pytm(path):
        return True
    content = try_content(path)
    flows = content.get("flows")
    return (
        "name" in content
        and isinstance(flows, list)
        and bool({*ELEMENTS, "boundaries"} & content.keys())
        and all(isinstance(flow, dict) and "sink" in flow for flow in flows)
    )


def read_register(paths: Sequence[Path]) -> Register:
    """Read models into one register, an activity for each.

    Raises InvalidData with every file that is neither JSON nor Python, or no pytm model.
    """
    out = Register("pytm")
    models, issues = [], []
    for path in paths:
        try:
            content = (
                read_source(path, out)
                if names_pytm(path)
                else read_content(path, blanks=False).content
            )
            found = list(_check_form(content, path.name))
            issues += found
            models.append(content)
        except InvalidData as error:
            issues += error.issues
    if issues:
        raise InvalidData(issues)
    reading = ThreatModel(out)
    for content in models:
        _Model(reading, content).read()
    return reading.close()


def _check_form(content: Record, file: str) -> Iterator[Issue]:
    if not content.get("name"):
        yield _reject(file, "name", "the name of the model")
    if not {*ELEMENTS, "boundaries"} & content.keys():
        yield _reject(file, "elements", "a list of elements")
    for key in (*ELEMENTS, "boundaries", "data", "flows", "findings"):
        records = content.get(key, [])
        if not isinstance(records, list):
            yield _reject(file, key, "a list")
            continue
        for n, record in enumerate(records):
            if not isinstance(record, dict):
                yield _reject(file, f"{key}.{n}", "keys and values")
            elif not record.get("name") and key != "findings":
                yield _reject(file, f"{key}.{n}.name", "a name, the key of pytm")


def _reject(file: str, column: str, expected: str) -> Issue:
    text = f"is not as pytm reads or writes it, expected {expected}"
    return Issue("import-format", Place(file, None, None, column), text)


class _Model:
    """One pass over a model; texts such as ``Classification.SECRET`` count by their last word."""

    def __init__(self, reading: ThreatModel, content: Record) -> None:
        self.reading, self.out, self.content = reading, reading.out, content
        self.name = str(content["name"])

    def read(self) -> None:
        self.out.case.setdefault("title", self.name)
        self.reading.open_activity(self.name, title=self.name)
        for key in ("description", "assumptions", "threatsExcluded", "excluded_findings"):
            self.out.keep(f"model {self.name}", key, self.content.get(key))
        for record in self.content.get("data", []):
            self._add_data(record)
        seen: dict[str, Record] = {}
        for key in ELEMENTS:
            for record in self.content.get(key, []):
                before = seen.setdefault(str(record["name"]), record)
                if before is record:
                    self._add_element(record, "Actor" if key == "actors" else "Asset")
                elif before.get("__class__") != record.get("__class__"):
                    told = f"is a {before.get('__class__')} and a {record.get('__class__')}"
                    self.out.contradict(f"element {record['name']}: {told}; the first one counts")
        for record in self.content.get("flows", []):
            self._add_flow(record)
        self._keep_boundaries(list(seen.values()))
        self._compare_ends()
        self._add_findings(list(seen.values()))

    def _add_data(self, record: Record) -> None:
        name = str(record["name"])
        if name in self.reading.items:
            self.out.contradict(f"data {name}: declared twice; flows carry the first one")
        item = self.reading.add_item(name, name, secret=is_true(record.get("isCredentials")))
        self._keep_rest(f"items/{item}", record)

    def _add_element(self, record: Record, usual: str) -> None:
        name = str(record["name"])
        kind = str(record.get("__class__") or usual)
        if kind in PARTIES:
            where = f"parties/{self.reading.add_party(name, make_id(name), name)}"
        else:
            held = read_words()["datastores"].get(_read_last(record.get("type")), "")
            made = self.reading.add_system(
                name, make_id(name), name, held, stores=kind == "Datastore"
            )
            where = f"systems/{made}"
            if is_true(_read_controls(record).get("isEncryptedAtRest")):
                self.out.tables["systems"][made]["encrypted_at_rest"] = "yes"
        self.out.keep(where, "kind of element", kind)
        self._add_controls(where, record)
        self._keep_rest(where, record)

    def _add_flow(self, record: Record) -> None:
        name = str(record["name"])
        version = _read_last(record.get("tlsVersion"))
        controls = _read_controls(record)
        transport = read_words()["transport"].get(version, "")
        transport = transport or ("vpn" if is_true(controls.get("usesVPN")) else "")
        carried = record.get("data", [])
        made = self.reading.add_flow(
            make_id(name), name, str(record.get("source", "")), str(record.get("sink", "")),
            data=[str(key) for key in (carried if isinstance(carried, list) else [carried])],
            protocol=str(record.get("protocol") or ""), transport=transport,
            encrypted=is_true(controls.get("isEncrypted")),
        )  # fmt: skip
        self._add_controls(f"flows/{made}", record)
        self._keep_rest(f"flows/{made}", record)

    def _add_controls(self, where: str, record: Record) -> None:
        for key, value in _read_controls(record).items():
            if _read_last(value) in UNSAID or str(value).casefold() == "false":
                continue
            title = " ".join(re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", key))
            title += "" if is_true(value) else f": {value}"
            control = read_words()["controls"].get(key, "")
            self.reading.add_safeguard(make_id(key, where), title, control, where)

    def _keep_rest(self, where: str, record: Record) -> None:
        measures = {*read_words()["controls"], *read_words()["measures"]}
        for key, value in record.items():
            if key not in SAID and key not in measures and _read_last(value) not in UNSAID:
                self.out.keep(where, key, value)
        if str(record.get("inScope", "true")).casefold() == "false":
            self.out.keep(where, "inScope", "false")

    def _keep_boundaries(self, elements: list[Record]) -> None:
        known = {str(record["name"]) for record in self.content.get("boundaries", [])}
        for record in (*elements, *self.content.get("boundaries", [])):
            around = str(record.get("inBoundary") or "")
            if around and around not in known:
                told = f"stands in the boundary {around}, which the model does not hold"
                self.out.contradict(f"element {record['name']}: {told}")
        inside: dict[str, list[str]] = {}
        for element in elements:
            inside.setdefault(str(element.get("inBoundary")), []).append(str(element["name"]))
        for record in self.content.get("boundaries", []):
            name = str(record["name"])
            where = f"trust boundary {name}"
            self.out.keep(where, "around", inside.get(name, "no element"))
            self.out.keep(where, "inside", record.get("inBoundary"))
            self._keep_rest(where, record)

    def _compare_ends(self) -> None:
        """Compare what data say of the flows that carry them with the flows."""
        flows = self.content.get("flows", [])
        carried = {
            (str(flow["name"]), str(key)) for flow in flows for key in _read_list(flow, "data")
        }
        for record in self.content.get("data", []):
            for flow in _read_list(record, "carriedBy"):
                if (flow, str(record["name"])) not in carried:
                    told = f"says it is carried by {flow}, and that flow does not carry it"
                    self.out.contradict(f"data {record['name']}: {told}")

    def _add_findings(self, elements: list[Record]) -> None:
        listed = [*self.content.get("findings", [])]
        for record in (*elements, *self.content.get("flows", [])):
            for finding in record.get("findings") or ():
                if isinstance(finding, dict):
                    listed.append({"target": record["name"], **finding})
        known = {str(record["name"]) for record in (*elements, *self.content.get("flows", []))}
        seen = set()
        for finding in listed:
            target, threat = str(finding.get("target", "")), str(finding.get("threat_id", ""))
            if (target, threat) not in seen:
                seen.add((target, threat))
                scores = {key: finding[key] for key in SCORES if finding.get(key)}
                self.reading.add_threat(
                    make_id("finding", threat, target), target or self.name, threat,
                    str(finding.get("description") or ""), scores,
                )  # fmt: skip
                if target and target not in known:
                    told = f"concerns {quote(target)}, which the model does not hold"
                    self.out.contradict(f"finding {threat}: {told}")


def _read_controls(record: Record) -> Record:
    """Return the controls of an element; older models state them at the element itself."""
    nested = record.get("controls")
    words = {*read_words()["controls"], *read_words()["measures"]}
    own = {key: value for key, value in record.items() if key in words}
    return own | (nested if isinstance(nested, dict) else {})


def _read_last(value: object) -> str:
    """Return the last word of a printed enum value; a list or text with blanks stays whole."""
    text = str(value) if value is not None else ""
    return text.rpartition(".")[2] if re.fullmatch(r"[A-Za-z]+\.\w+", text) else text


def _read_list(record: Record, key: str) -> list[str]:
    value = record.get(key)
    return [str(part) for part in value] if isinstance(value, list) else []
