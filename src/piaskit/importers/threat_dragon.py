"""OWASP Threat Dragon models, versions 1 and 2: diagrams of actors, processes, stores and flows.

A diagram becomes an activity; processes and stores become systems, actors parties, a flow one row
(two when it goes both ways), a threat a judgement. Ids come from the cells' own, so that a renamed
element stays the same row. Boundaries, texts and what the case format has no cell for stay text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from piaskit.errors import InvalidData, Issue, Place
from piaskit.importers._threat_dragon_writing import KEPT, OWN, list_model_losses, write_model
from piaskit.importers._threat_model import ThreatModel, is_true, name_key, read_words
from piaskit.importers.export import need_suffix
from piaskit.importers.foreign import read_content, try_content
from piaskit.importers.register import Register

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge import Text

Record = dict[str, Any]
SHAPES = {
    "tm.actor": "actor", "tm.process": "process", "tm.store": "store", "tm.flow": "flow",
    "tm.boundary": "trust-boundary-curve", "tm.boundarybox": "trust-boundary-box",
    "tm.text": "td-text-block", "actor": "actor", "process": "process", "store": "store",
    "flow": "flow", "trust-boundary-curve": "trust-boundary-curve",
    "trust-boundary-box": "trust-boundary-box", "td-text-block": "td-text-block",
    "trust-broundary-curve": "trust-boundary-curve",
}  # fmt: skip
MOST_CELLS = 20_000
PLACES = ("actor", "process", "store")
FLAGS = (
    "isALog", "storesCredentials", "storesInventory", "isSigned", "isPublicNetwork",
    "isWebApplication", "handlesCardPayment", "handlesGoodsOrServices", "providesAuthentication",
)  # fmt: skip
TEXTS = ("description", "outOfScope", "reasonOutOfScope", "privilegeLevel")
SCORES = ("type", "modelType", "severity", "status", "score", "mitigation")
CLOSED = ("mitigated", "n/a", "na", "notapplicable", "not applicable", "accepted", "transferred")


def recognise(path: Path) -> bool:
    """Tell whether a file is a model: a detail with diagrams, or a version with either part."""
    content = try_content(path)
    detail = content.get("detail")
    whole = isinstance(detail, dict) and "diagrams" in detail
    return whole or ("version" in content and bool({"summary", "detail"} & content.keys()))


def read_register(paths: Sequence[Path]) -> Register:
    """Read models into one register.

    Raises InvalidData with every file that is no JSON, or a part that is not as the format says.
    """
    models: list[tuple[str, Record]] = []
    issues: list[Issue] = []
    for path in paths:
        try:
            content = read_content(path, blanks=False).content
        except InvalidData as error:
            issues += error.issues
            continue
        found = list(_check_form(content, path.name))
        issues += found
        models.append((path.name, content))
    if issues:
        raise InvalidData(issues)
    out = Register("threat-dragon")
    reading = ThreatModel(out)
    for file, content in models:
        _read_model(reading, file, content)
    return reading.close()


def write_register(case: Case, path: Path, lang: str) -> list[Text]:
    """Write a model of version 2 with a diagram per activity, in which threats are to be found."""
    need_suffix(path, ".json")
    path.write_text(write_model(case, lang), encoding="utf-8", newline="\n")
    return list_model_losses(case)


def _check_form(content: Record, file: str) -> Iterator[Issue]:
    for key in ("summary", "detail"):
        if not isinstance(content.get(key), dict):
            yield _reject(file, key, "keys and values")
            return
    diagrams = content["detail"].get("diagrams")
    if not isinstance(diagrams, list):
        yield _reject(file, "detail.diagrams", "a list of diagrams")
        return
    for n, diagram in enumerate(diagrams):
        at = f"detail.diagrams.{n}"
        if not isinstance(diagram, dict):
            yield _reject(file, at, "keys and values")
            continue
        graph = diagram.get("diagramJson", diagram)
        cells = graph.get("cells", []) if isinstance(graph, dict) else None
        if not isinstance(cells, list):
            yield _reject(file, f"{at}.cells", "a list of cells")
            continue
        if len(cells) > MOST_CELLS:
            place = Place(file, None, None, f"{at}.cells")
            text = f"holds {len(cells):,} cells, a diagram at most {MOST_CELLS:,}"
            yield Issue("import-too-large", place, text)
        for number, cell in enumerate(cells):
            if not isinstance(cell, dict):
                yield _reject(file, f"{at}.cells.{number}", "keys and values")


def _reject(file: str, column: str, expected: str) -> Issue:
    place = Place(file, None, None, column)
    return Issue("import-format", place, f"is not as Threat Dragon writes it, expected {expected}")


def _read_model(reading: ThreatModel, file: str, content: Record) -> None:
    summary, detail, out = content["summary"], content["detail"], reading.out
    title = str(summary.get("title") or Path(file).stem)
    out.case.setdefault("title", title)
    for key in ("owner", "description"):
        out.keep(f"model {title}", key, summary.get(key))
    for key in ("contributors", "reviewer"):
        out.keep(f"model {title}", key, detail.get(key))
    diagrams = detail["diagrams"]
    if not diagrams:
        out.lack(f"model {title}", "a diagram, so no activity")
    for n, diagram in enumerate(diagrams):
        name = str(diagram.get("title") or f"{title} {n + 1}")
        own = _read_own(diagram, ("activities",))
        reading.open_activity(title, name, title=name, id=own.get("id", ""))
        _Diagram(reading, diagram).read()


class _Diagram:
    """One diagram: its cells by shape, whichever version wrote them."""

    def __init__(self, reading: ThreatModel, diagram: Record) -> None:
        self.reading, self.out = reading, reading.out
        self.about = f"diagram {diagram.get('title', '')}".strip()
        self.diagram = diagram
        self.cells: list[tuple[str, Record, Record]] = []
        for cell in diagram.get("diagramJson", diagram).get("cells", []):
            inner = cell.get("data")
            data = cell | inner if isinstance(inner, dict) else cell
            named = str(data.get("type") or cell.get("shape") or "").casefold()
            shape = SHAPES.get(named) or SHAPES.get(str(cell.get("shape")).casefold(), "")
            self.cells.append((shape, cell, data))
        boxes = [
            (_read_name(cell, data), box)
            for shape, cell, data in self.cells
            if shape in PLACES and (box := _read_box(cell))
        ]
        self.drawn = [name for name, _ in boxes]
        self.middles = np.array([(x + w / 2, y + h / 2) for _, (x, y, w, h) in boxes])

    def read(self) -> None:
        for key in ("description", "diagramType"):
            self.out.keep(self.about, key, self.diagram.get(key))
        for shape, cell, data in self.cells:
            if shape in PLACES:
                self._add_place(shape, cell, data)
        for shape, cell, data in self.cells:
            if shape == "flow":
                self._add_flow(cell, data)
            elif shape in ("trust-boundary-box", "trust-boundary-curve"):
                self._keep_zone(shape, cell, data)
            elif shape not in PLACES:
                what = "text" if shape else f"cell of unknown shape {data.get('type') or ''}"
                self.out.keep(self.about, what.strip(), _read_name(cell, data))

    def _add_place(self, shape: str, cell: Record, data: Record) -> None:
        key, name = str(cell.get("id") or ""), _read_name(cell, data)
        id = name_key(shape, key or name)
        own = _read_own(data, ("parties", "systems"))
        if own:
            made, table = self._take_own(key, name, own, shape == "store"), own["table"]
        elif shape == "actor":
            made, table = self.reading.add_party(key, id, name), "parties"
        else:
            kind = "web" if is_true(data.get("isWebApplication")) else ""
            made = self.reading.add_system(key, id, name, kind, stores=shape == "store")
            table = "systems"
            if is_true(data.get("isEncrypted")):
                self.out.tables["systems"][made]["encrypted_at_rest"] = "yes"
        self._keep_rest(f"{table}/{made}", data)
        self._read_threats(made, name or made, data)

    def _take_own(self, key: str, name: str, own: Record, stores: bool) -> str:
        """Take a row that piaskit drew; the same place may stand in several diagrams."""
        table, id = own["table"], own["id"]
        if id not in self.out.tables.get(table, {}):
            row = {k: str(v) for k, v in own.items() if k in KEPT[table]}
            self.out.add(table, {"id": id, "title": name} | row)
        self.reading.place(key, table, id, stores)
        return str(id)

    def _add_flow(self, cell: Record, data: Record) -> None:
        key, name = str(cell.get("id") or ""), _read_name(cell, data)
        own = _read_own(data, ("flows",))
        if own:
            self._add_own_flow(name, cell, own)
            return
        source, target = _read_end(cell, "source"), _read_end(cell, "target")
        encrypted, protocol = is_true(data.get("isEncrypted")), str(data.get("protocol") or "")
        made = self.reading.add_flow(
            name_key("flow", key or name), name, source, target,
            protocol=protocol, encrypted=encrypted,
        )  # fmt: skip
        scope = f"flows/{made}"
        if is_true(data.get("isBidirectional")):
            back = self.reading.add_flow(
                f"{made}-back", name, target, source, protocol=protocol, encrypted=encrypted
            )
            scope += f";flows/{back}"
        if encrypted:
            control = read_words()["controls"]["isEncrypted"]
            self.reading.add_safeguard(f"{made}-encrypted", "Encrypted", control, scope)
        self._keep_rest(f"flows/{made}", data)
        self._read_threats(made, name or made, data)

    def _add_own_flow(self, name: str, cell: Record, own: Record) -> None:
        ends = [self.reading.places.get(_read_end(cell, end)) for end in ("source", "target")]
        row = {"id": own["id"], "activity": self.reading.activity}
        row |= {key: str(own[key]) for key in KEPT["flows"] if key in own}
        row |= {end: at[1] for end, at in zip(("source", "target"), ends, strict=True) if at}
        made = self.out.add("flows", row)
        self._read_threats(made, name, cell.get("data", {}))

    def _keep_rest(self, where: str, data: Record) -> None:
        for key in TEXTS:
            if str(data.get(key, "")) != "false":
                self.out.keep(where, key, data.get(key))
        stated = [key for key in FLAGS if is_true(data.get(key))]
        self.out.keep(where, "says", stated)

    def _read_threats(self, place: str, name: str, data: Record) -> None:
        threats = data.get("threats")
        threats = threats if isinstance(threats, list) else []
        records = [threat for threat in threats if isinstance(threat, dict)]
        for n, threat in enumerate(records, 1):
            key = str(threat.get("threatId") or threat.get("id") or "")
            id = name_key("threat", key) if key else f"threat-{place}-{n}"
            number = threat.get("number")
            scores = {"number": number} if number else {}
            scores |= {key: threat[key] for key in SCORES if threat.get(key)}
            title = str(threat.get("title") or threat.get("ruleId") or "")
            description = str(threat.get("description") or "")
            self.reading.add_threat(id, name, title, description, scores)
        states = [str(threat.get("status") or "").casefold() for threat in records]
        is_open = any(state not in CLOSED for state in states)
        stated = data.get("hasOpenThreats")
        if stated is not None and is_true(stated) != is_open:
            told = "says it has open threats" if is_true(stated) else "says it has no open threat"
            listed = "lists one" if is_open else "lists none"
            self.out.contradict(f"{self.about}, {name}: {told}, and {listed}")

    def _keep_zone(self, shape: str, cell: Record, data: Record) -> None:
        """Tell a boundary; a box holds the elements whose middle lies in it, a curve none."""
        name = _read_name(cell, data) or "without a name"
        if shape == "trust-boundary-curve":
            self.out.keep(self.about, "trust boundary (a line)", name)
            return
        box = _read_box(cell)
        inside: list[str] = []
        if box and len(self.middles):
            low = (self.middles >= box[:2]).all(axis=1)
            high = (self.middles <= np.add(box[:2], box[2:])).all(axis=1)
            inside = [self.drawn[n] for n in np.flatnonzero(low & high)]
        self.out.keep(self.about, f"trust boundary {name} around", inside or "no element")


def _read_own(data: Record, tables: tuple[str, ...]) -> Record:
    """Return what piaskit wrote beside a cell or diagram of one of the tables, else nothing."""
    own = data.get(OWN)
    if not isinstance(own, dict) or own.get("table") not in tables or not own.get("id"):
        return {}
    return own if all(isinstance(value, str) for value in own.values()) else {}


def _read_name(cell: Record, data: Record) -> str:
    """Return the name: of the data, else of the label that is drawn."""
    if data.get("name"):
        return " ".join(str(data["name"]).split())
    attributes = cell.get("attrs")
    drawn = [attributes] if isinstance(attributes, dict) else []
    labels = cell.get("labels")
    for label in labels if isinstance(labels, list) else []:
        if isinstance(label, dict) and isinstance(label.get("attrs"), dict):
            drawn.append(label["attrs"])
    for part in drawn:
        for key in ("text", "label", "labelText"):
            if isinstance(part.get(key), dict) and part[key].get("text"):
                return " ".join(str(part[key]["text"]).split())
    return ""


def _read_end(cell: Record, end: str) -> str:
    point = cell.get(end)
    return str(point.get("cell") or point.get("id") or "") if isinstance(point, dict) else ""


def _read_box(cell: Record) -> tuple[float, float, float, float] | None:
    try:
        at, size = cell["position"], cell["size"]
        return float(at["x"]), float(at["y"]), float(size["width"]), float(size["height"])
    except (KeyError, TypeError, ValueError):
        return None
