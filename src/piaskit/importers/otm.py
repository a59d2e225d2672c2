"""Open Threat Model (OTM 0.1 and 0.2), YAML or JSON: components, dataflows, assets, threats.

Components become systems, or parties where their type is one of outside; assets items, dataflows
flows (two when they go both ways), what a component stores or processes a flow of that stage. A
threat at an element becomes a judgement, a mitigation a safeguard per state that it has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from piaskit.errors import InvalidData, Issue
from piaskit.importers._places import make_id
from piaskit.importers._threat_model import (
    ThreatModel,
    find_kind,
    has_word,
    is_true,
    name_readable,
    read_words,
)
from piaskit.importers.foreign import read_content, try_content
from piaskit.importers.register import Register
from piaskit.knowledge.read import Tree

Record = dict[str, Any]
LISTS = (
    "representations", "assets", "trustZones", "components", "dataflows", "threats", "mitigations",
)  # fmt: skip
TEXTS = ("description", "tags", "attributes", "properties")


def recognise(path: Path) -> bool:
    """Tell whether a file says which version of OTM it is."""
    return "otmVersion" in try_content(path)


def read_register(paths: Sequence[Path]) -> Register:
    """Read models into one register, an activity for each.

    Raises InvalidData with every file that is neither YAML nor JSON, or not as OTM says.
    """
    trees: list[Tree] = []
    issues: list[Issue] = []
    for path in paths:
        try:
            tree = read_content(path, blanks=False)
        except InvalidData as error:
            issues += error.issues
            continue
        issues += _check_form(tree)
        trees.append(tree)
    if issues:
        raise InvalidData(issues)
    reading = ThreatModel(Register("otm"))
    for tree in trees:
        _Model(reading, tree.content).read()
    return reading.close()


def _check_form(tree: Tree) -> Iterator[Issue]:
    def reject(expected: str, *path: str | int) -> Issue:
        text = f"is not as OTM says, expected {expected}"
        return Issue("import-format", tree.locate(path), text)

    content = tree.content
    if "otmVersion" not in content:
        yield reject("the version of OTM", "otmVersion")
    project = content.get("project")
    if not isinstance(project, dict) or not (project.get("name") or project.get("id")):
        yield reject("the name and id of a project", "project")
    for key in LISTS:
        records = content.get(key, [])
        if not isinstance(records, list):
            yield reject("a list", key)
            continue
        for n, record in enumerate(records):
            if not isinstance(record, dict):
                yield reject("keys and values", key, n)
            elif not record.get("id"):
                yield reject("an id", key, n, "id")


class _Model:
    """One pass over a model."""

    def __init__(self, reading: ThreatModel, content: Record) -> None:
        self.reading, self.out, self.content = reading, reading.out, content
        self.threats = {str(r["id"]): r for r in self._list("threats")}
        self.mitigations = {str(r["id"]): r for r in self._list("mitigations")}
        self.met: set[str] = set()  # threats that an element bears
        self.held: dict[tuple[str, str], list[str]] = {}  # (mitigation, status) -> scope

    def _list(self, key: str) -> list[Record]:
        return list(self.content.get(key) or [])

    def read(self) -> None:
        project = self.content["project"]
        title = str(project.get("name") or project["id"])
        self.out.case.setdefault("title", title)
        key = str(project.get("id") or title)
        self.reading.open_activity(name_readable("project", key), title=title)
        for field in ("owner", "ownerContact", *TEXTS):
            self.out.keep(f"model {title}", field, project.get(field))
        for record in self._list("representations"):
            self.out.keep(f"model {title}", "representation", record.get("name"))
        for record in self._list("assets"):
            self._add_asset(record)
        for record in self._list("components"):
            self._add_component(record)
        for record in self._list("dataflows"):
            self._add_flow(record)
        self._keep_zones()
        for key in self.threats:
            if key not in self.met:
                self._add_threat(key, title, {}, "")
        self._add_safeguards()

    def _add_asset(self, record: Record) -> None:
        key = str(record["id"])
        if key in self.reading.items:
            self.out.contradict(f"asset {key}: declared twice; flows carry the first one")
        item = self.reading.add_item(key, str(record.get("name") or key))
        self._keep(f"items/{item}", record, "risk")

    def _add_component(self, record: Record) -> None:
        key, type = str(record["id"]), str(record.get("type") or "")
        name, id = str(record.get("name") or key), name_readable("component", key)
        words = read_words()
        kind = find_kind(type)
        if has_word(type, words["parties"]) or (not kind and has_word(name, words["subjects"])):
            made, where = self.reading.add_party(key, id, name), "parties"
        else:
            stores = kind in words["stores"] or bool(_read_group(record, "assets").get("stored"))
            made, where = self.reading.add_system(key, id, name, kind, stores=stores), "systems"
        self._keep(f"{where}/{made}", record, "type")
        if where == "systems":
            self._add_held(key, made, record)
        self._read_threats(f"{where}/{made}", name, record)

    def _add_held(self, key: str, made: str, record: Record) -> None:
        for field, stage in (("stored", "store"), ("processed", "use")):
            names = _list_texts(_read_group(record, "assets").get(field))
            if names:
                flow = self.reading.add_flow(make_id(made, stage), "", key, key, data=names)
                self.out.tables["flows"][flow]["stage"] = stage

    def _add_flow(self, record: Record) -> None:
        key = str(record["id"])
        name = str(record.get("name") or key)
        source, target = str(record.get("source") or ""), str(record.get("destination") or "")
        data = _list_texts(record.get("assets"))
        made = self.reading.add_flow(name_readable("flow", key), name, source, target, data=data)
        where = f"flows/{made}"
        self._keep(where, record)
        if is_true(record.get("bidirectional")):
            back = self.reading.add_flow(f"{made}-back", name, target, source, data=data)
            where += f";flows/{back}"
        self._read_threats(where, name, record)

    def _keep(self, where: str, record: Record, *more: str) -> None:
        for field in (*TEXTS, *more):
            self.out.keep(where, field, record.get(field))

    def _read_threats(self, where: str, name: str, record: Record) -> None:
        for threat in record.get("threats") or ():
            if not isinstance(threat, dict):
                continue
            key = str(threat.get("threat") or "")
            self.met.add(key)
            if key not in self.threats:
                told = f"names the threat {key}, which the model does not hold"
                self.out.contradict(f"{where}: {told}")
            self._add_threat(key, name, threat, where)

    def _add_threat(self, key: str, name: str, borne: Record, where: str) -> None:
        threat = self.threats.get(key, {})
        measures = []
        for mitigation in borne.get("mitigations") or ():
            if isinstance(mitigation, dict) and mitigation.get("mitigation"):
                measures.append(self._hold(mitigation, where))
        scores: dict[str, object] = {"state": borne.get("state", "")}
        for field in ("categories", "cwes", "tags"):
            scores[field] = ", ".join(_list_texts(threat.get(field)))
        risk = _read_group(threat, "risk")
        scores |= {field: risk[field] for field in risk}
        scores["mitigations"] = ", ".join(measures)
        id = name_readable("threat", key)
        self.reading.add_threat(
            make_id(id, where.partition(";")[0].partition("/")[2]), name,
            str(threat.get("name") or key), str(threat.get("description") or ""), scores,
        )  # fmt: skip

    def _hold(self, mitigation: Record, where: str) -> str:
        key, state = str(mitigation["mitigation"]), str(mitigation.get("state") or "")
        if key not in self.mitigations:
            told = f"names the mitigation {key}, which the model does not hold"
            self.out.contradict(f"{where}: {told}")
        else:
            status = read_words()["mitigation_state"].get(state.casefold(), "")
            self.held.setdefault((key, status), []).append(where)
        name = str(self.mitigations.get(key, {}).get("name") or key)
        return f"{name} ({state})" if state else name

    def _add_safeguards(self) -> None:
        for key, record in self.mitigations.items():
            states = sorted(status for held, status in self.held if held == key) or [""]
            for n, status in enumerate(states):
                scope = ";".join(dict.fromkeys(self.held.get((key, status), ())))
                id = make_id(name_readable("mitigation", key), status if n else "")
                title = str(record.get("name") or key)
                made = self.reading.add_safeguard(id, title, "", scope, status)
                self._keep(f"safeguards/{made}", record, "riskReduction")

    def _keep_zones(self) -> None:
        zones = {str(zone["id"]): zone for zone in self._list("trustZones")}
        inside: dict[str, list[str]] = {}
        known = {str(record["id"]) for record in self._list("components")}
        for record in (*self._list("components"), *zones.values()):
            parent = _read_group(record, "parent")
            for field, holders in (("trustZone", zones.keys()), ("component", known)):
                key = str(parent.get(field) or "")
                if key and key not in holders:
                    told = f"stands in the {field} {key}, which the model does not hold"
                    self.out.contradict(f"{record['id']}: {told}")
                elif key:
                    name = str(record.get("name") or record["id"])
                    inside.setdefault(f"{field} {key}", []).append(name)
        for key, zone in zones.items():
            where = f"trust zone {zone.get('name') or key}"
            self.out.keep(where, "around", inside.pop(f"trustZone {key}", "no element"))
            self._keep(where, zone, "type", "risk")
        for where, names in inside.items():
            self.out.keep(where, "around", names)


def _read_group(record: Record, key: str) -> Record:
    value = record.get(key)
    return value if isinstance(value, dict) else {}


def _list_texts(value: object) -> list[str]:
    return [str(part) for part in value if part] if isinstance(value, list) else []
