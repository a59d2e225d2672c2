"""Threat models and graphs: rows counted by scripts that know the formats and not the importers."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from accept.foreign import INTEROP
from accept.reports import scratch
from accept.row import MARKETPLACE, Measured, NotRun, piaskit, row

MODELS = 40  # drawn models per format
Counts = dict[str, int]


def _read_mapped(files: list[Path], into: Path) -> tuple[str, Counts]:
    done = piaskit("import", *files, "--into", into, "--json")
    answer = json.loads(done.stdout or "{}")
    return answer.get("format", done.stderr[-80:]), answer.get("mapped", {})


def _count_threat_dragon(model: dict[str, Any]) -> Counts:
    counts: Counter[str] = Counter(activities=len(model["detail"]["diagrams"]))
    for diagram in model["detail"]["diagrams"]:
        cells = diagram["diagramJson"]["cells"] if "diagramJson" in diagram else diagram["cells"]
        for cell in cells:
            data = cell.get("data", cell)
            type = str(data.get("type") or "tm." + str(cell.get("shape"))).lower()
            counts["risks"] += len(data.get("threats") or cell.get("threats") or [])
            if type == "tm.flow":
                counts["flows"] += 2 if data.get("isBidirectional") else 1
                counts["safeguards"] += bool(data.get("isEncrypted"))
            counts["parties"] += type == "tm.actor"
            counts["systems"] += type in ("tm.process", "tm.store")
    return counts


def _count_pytm(model: dict[str, Any]) -> Counts:
    names = ("elements", "actors", "assets")
    elements = {e["name"]: e for name in names for e in model.get(name, [])}
    outside = [e for e in elements.values() if e.get("__class__") in ("Actor", "ExternalEntity")]
    stated = [*elements.values(), *model.get("flows", [])]
    controls = sum(bool(v) for e in stated for v in e.get("controls", {}).values())
    found = {(f["target"], f["threat_id"]) for f in model.get("findings", [])}
    return Counter(
        activities=1, items=len(model.get("data", [])), flows=len(model.get("flows", [])),
        parties=len(outside), systems=len(elements) - len(outside), risks=len(found),
        safeguards=controls,
    )  # fmt: skip


def _count_otm(model: dict[str, Any]) -> Counts:
    components = model.get("components") or []
    flows = model.get("dataflows") or []
    outside = [c for c in components if c["type"] == "actor"]
    held = [c.get("assets") or {} for c in components]
    borne = [t for e in (*components, *flows) for t in e.get("threats") or []]
    states = {
        (m["mitigation"], {"implemented": "in-place"}.get(m["state"], "planned"))
        for threat in borne
        for m in threat.get("mitigations") or []
    }
    idle = {m["id"] for m in model.get("mitigations") or []} - {key for key, _ in states}
    unborne = {t["id"] for t in model.get("threats") or []} - {t["threat"] for t in borne}
    return Counter(
        activities=1, items=len(model.get("assets") or []), parties=len(outside),
        systems=len(components) - len(outside), safeguards=len(states) + len(idle),
        flows=sum(2 if f.get("bidirectional") else 1 for f in flows)
        + sum(bool(h.get("stored")) + bool(h.get("processed")) for h in held),
        risks=len(borne) + len(unborne),
    )  # fmt: skip


def _draw_threat_dragon(chance: random.Random, old: bool) -> dict[str, Any]:
    def key() -> str:
        return str(UUID(int=chance.getrandbits(128)))

    def threats() -> list[dict[str, Any]]:
        states = ("Open", "Mitigated", "N/A")
        return [
            {
                "id": key(),
                "title": f"Threat {n}",
                "status": chance.choice(states),
                "severity": "High",
            }
            for n in range(chance.choice((0, 0, 1, 3)))
        ]

    diagrams = []
    for number in range(chance.randint(1, 3)):
        ends = []
        cells: list[dict[str, Any]] = []
        for _ in range(chance.randint(1, 9)):
            kind = chance.choice(("actor", "process", "store"))
            ends.append(key())
            data = {"type": f"tm.{kind.title()}", "threats": threats()}
            name = chance.choice(("User", "Shop", "库存", "Shop", ""))
            if old:
                cells.append({"id": ends[-1], "attrs": {"text": {"text": name}}, **data})
            else:
                cells.append({"id": ends[-1], "shape": kind, "data": data | {"name": name}})
        for _ in range(chance.randint(0, 12)):
            end = "id" if old else "cell"
            both = [
                {end: chance.choice([*ends, key()])} if chance.random() < 0.9 else {"x": 1, "y": 2}
                for _ in range(2)
            ]
            data = {"type": "tm.Flow", "threats": threats(), "isEncrypted": chance.random() < 0.3}
            place = {"id": key(), "source": both[0], "target": both[1]}
            if old:
                cells.append({**place, **data, "labels": [{"attrs": {"text": {"text": "Ask"}}}]})
            else:
                data |= {"name": "Ask", "isBidirectional": chance.random() < 0.3}
                cells.append({**place, "shape": "flow", "data": data})
        cells.append({"type": "tm.Boundary", "shape": "trust-boundary-curve", "id": key()})
        head = {"title": f"Diagram {number}", "id": number}
        diagrams.append(head | ({"diagramJson": {"cells": cells}} if old else {"cells": cells}))
    model = {"summary": {"title": "Drawn"}, "detail": {"diagrams": diagrams, "contributors": []}}
    return model if old else {"version": "2.3.0", **model}


def _draw_pytm(chance: random.Random, written: bool) -> dict[str, Any]:
    kinds = ("Actor", "Server", "Datastore", "ExternalEntity", "Lambda", "Process", "LLM")
    elements = [
        {
            "__class__": chance.choice(kinds),
            "name": f"Element {n}",
            "controls": {"isHardened": chance.random() < 0.3, "usesMFA": chance.random() < 0.2},
        }
        for n in range(chance.randint(1, 12))
    ]
    data = [{"name": f"Data {n}", "isPII": True} for n in range(chance.randint(0, 6))]
    names = [str(e["name"]) for e in elements]
    flows = [
        {
            "name": f"Flow {chance.randint(0, 6)}",
            "source": chance.choice([*names, "Nobody"]),
            "sink": chance.choice(names),
            "data": chance.sample([str(d["name"]) for d in data], min(len(data), 2)),
        }
        for _ in range(chance.randint(0, 15))
    ]
    model = {"name": "Drawn", "elements": elements, "flows": flows, "data": data, "boundaries": []}
    if written:
        model["actors"] = [e for e in elements if e["__class__"] == "Actor"]
        model["assets"] = [e for e in elements if e["__class__"] != "Actor"]
        model["findings"] = [
            {"threat_id": f"T{n % 3}", "target": chance.choice(names), "description": "x"}
            for n in range(chance.randint(0, 8))
        ]
    return model


def _draw_otm(chance: random.Random) -> dict[str, Any]:
    states = ("implemented", "required", "recommended")
    threats = [
        {"id": f"t-{n}", "name": f"T {n}", "risk": {"likelihood": 1, "impact": 2}}
        for n in range(chance.randint(0, 5))
    ]
    mitigations = [
        {"id": f"m-{n}", "name": f"M {n}", "riskReduction": 10} for n in range(chance.randint(0, 5))
    ]
    assets = [{"id": f"a-{n}", "name": f"A {n}", "risk": {}} for n in range(chance.randint(0, 5))]

    def bear() -> list[dict[str, Any]] | None:
        if not threats or chance.random() < 0.5:
            return None
        measures = [
            {"mitigation": m["id"], "state": chance.choice(states)}
            for m in chance.sample(mitigations, min(2, len(mitigations)))
        ]
        return [
            {"threat": chance.choice(threats)["id"], "state": "exposed", "mitigations": measures}
        ]

    ids = [f"c-{n}" for n in range(chance.randint(1, 10))]
    held = [str(a["id"]) for a in assets]
    components = [
        {
            "id": id,
            "name": f"Component {id}",
            "type": chance.choice(("actor", "web-service", "postgresql", "lambda")),
            "parent": {"trustZone": "z"},
            "threats": bear(),
        }
        for id in ids
    ]
    for component in components:
        if component["type"] != "actor" and held and chance.random() < 0.4:
            component["assets"] = {"stored": held[:1], "processed": held[1:2] or None}
    dataflows = [
        {
            "id": f"f-{n}",
            "name": f"Flow {n}",
            "source": chance.choice([*ids, "nowhere"]),
            "destination": chance.choice(ids),
            "bidirectional": chance.choice((True, False, None)),
            "assets": held[:1] or None,
            "threats": bear(),
        }
        for n in range(chance.randint(0, 12))
    ]
    zones = [{"id": "z", "name": "Zone", "risk": {"trustRating": 5}}]
    return {
        "otmVersion": "0.2.0", "project": {"id": "drawn", "name": "Drawn"}, "assets": assets,
        "components": components, "dataflows": dataflows, "trustZones": zones, "threats": threats,
        "mitigations": mitigations,
    }  # fmt: skip


def _list_models() -> Iterator[tuple[str, Path, Counts]]:
    """Yield format, file and counts: the examples, then drawn models of every dialect."""
    chance = random.Random(10)
    for format, name, count in (
        ("threat-dragon", "threat-dragon", _count_threat_dragon),
        ("pytm", "pytm", _count_pytm),
    ):
        for path in sorted((INTEROP / name).glob("*.json")):
            yield format, path, count(json.loads(path.read_text("utf-8")))
    for number in range(MODELS):
        path = scratch() / f"drawn-{number}"
        drawn = _draw_threat_dragon(chance, old=number % 2 == 0)
        path.with_suffix(".td").write_text(json.dumps(drawn), "utf-8")
        yield "threat-dragon", path.with_suffix(".td"), _count_threat_dragon(drawn)
        drawn = _draw_pytm(chance, written=number % 2 == 0)
        path.with_suffix(".pytm").write_text(json.dumps(drawn), "utf-8")
        yield "pytm", path.with_suffix(".pytm"), _count_pytm(drawn)
        drawn = _draw_otm(chance)
        text = json.dumps(drawn) if number % 2 else yaml.safe_dump(drawn, allow_unicode=True)
        path.with_suffix(".otm").write_text(text, "utf-8")
        yield "otm", path.with_suffix(".otm"), _count_otm(drawn)


@row(
    f"Threat Dragon 1 and 2, pytm in both dialects, OTM: the examples, {MODELS} drawn models each",
    "recognised by content; every count equal to that of a script of its own; check without issues",
)
def threat_models_counted() -> Measured:
    """Read in one process: the command line would begin anew for every file."""
    from datetime import date

    from piaskit.case import check_case
    from piaskit.importers import NOUNS, import_register

    if not INTEROP.is_dir():
        raise NotRun("the foreign files are not here")
    wrong, rows, files = [], 0, 0
    for number, (format, path, counts) in enumerate(_list_models()):
        into = scratch() / f"model-{number}"
        result = import_register([path], into)
        expected = {noun: counts.get(noun, 0) for noun in NOUNS}
        files, rows = files + 1, rows + sum(expected.values())
        if (result.format, result.mapped) != (format, expected):
            wrong.append(f"{path.name}: {result.format} {result.mapped}, counted {expected}")
        if number % 10 == 0:
            issues = check_case(into, as_of=date(2026, 3, 1)).issues
            wrong += [f"{path.name}: {issue}" for issue in issues]
            before = (into / "inventory.xlsx").read_bytes()
            import_register([path], into)
            if (into / "inventory.xlsx").read_bytes() != before:
                wrong.append(f"{path.name}: a second import changes the case")
    return f"{files} files, {rows} rows; wrong: {wrong[:4]}", not wrong


def _list_paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    listed = list(enumerate(value)) if isinstance(value, list) else []
    for step, inner in value.items() if isinstance(value, dict) else listed:
        yield (*path, step)
        yield from _list_paths(inner, (*path, step))


def _spoil(model: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Put something of another kind, or nothing, at one to four places of a model."""
    spoilt: dict[str, Any] = json.loads(json.dumps(model))
    junk = (None, True, 0, 1e9, "", "实体", [], {}, [1], [[]], [None], {"a": 1}, {"id": "x"}, [{}])
    for _ in range(chance.randint(1, 4)):
        paths = list(_list_paths(spoilt))
        if not paths:
            break
        *above, last = chance.choice(paths)
        holder: Any = spoilt
        for step in above:
            holder = holder[step]
        if isinstance(holder, dict) and chance.random() < 0.2:
            del holder[last]
        else:
            holder[last] = json.loads(json.dumps(chance.choice(junk)))
    return spoilt


@row(
    f"{MODELS * 20} spoilt models: Threat Dragon, pytm, OTM, a graph, an exercise in IcebergTTX",
    "each read with its account, or refused with a place; no other error",
)
def spoilt_models_answered() -> Measured:
    from piaskit.errors import InvalidData
    from piaskit.importers import dpv, otm, pytm, threat_dragon
    from piaskit.tabletop import import_scenario

    chance, out = random.Random(20), scratch() / "spoilt.yaml"
    exercise = INTEROP / "icebergttx" / "vendor_outage.json"
    if not exercise.is_file():
        raise NotRun("the foreign files are not here")
    played = json.loads(exercise.read_text("utf-8"))
    process = {
        "@id": "urn:a", "@type": "dpv:Process", "dpv:hasProcessing": [{"@id": "dpv:Share"}],
        "dpv:hasPersonalData": [{"@id": "urn:d", "@type": "dpv:PersonalData"}],
        "dpv:hasRecipient": {"@id": "urn:r"}, "dpv:hasRisk": {"dpv:hasSeverity": "x"},
    }  # fmt: skip
    graph = {"@context": {"dpv": "https://w3id.org/dpv#"}, "@graph": [process]}
    drawn = (
        (threat_dragon.read_register, lambda: _draw_threat_dragon(chance, old=False)),
        (threat_dragon.read_register, lambda: _draw_threat_dragon(chance, old=True)),
        (pytm.read_register, lambda: _draw_pytm(chance, written=True)),
        (otm.read_register, lambda: _draw_otm(chance)),
        (dpv.read_register, lambda: graph),
        (None, lambda: played),
    )
    read = refused = 0
    wrong: list[str] = []
    for number in range(MODELS * 20):
        path = scratch() / f"spoilt-{number}.json"
        reader, draw = drawn[number % len(drawn)]
        path.write_text(json.dumps(_spoil(draw(), chance)), "utf-8")
        try:
            if reader is None:
                out.unlink(missing_ok=True)
                import_scenario(path, out=out)
            else:
                reader([path])
            read += 1
        except InvalidData as error:
            refused += 1
            wrong += [str(issue) for issue in error.issues if not issue.place.file]
        except Exception as error:  # whatever it is, it is what this row looks for
            wrong.append(f"{path.name}: {type(error).__name__}: {str(error)[:60]}")
    return f"{read} read, {refused} refused; wrong: {wrong[:4]}", not wrong and refused > 0


def _count_graph(text: str) -> Counts:
    """Count the processes of a fragment by its text: each subject typed as one."""
    bare = re.sub(r"\"[^\"]*\"|#[^\n]*", "", text)
    typed = re.findall(r"([\w-]+:[\w-]+)\s+(?:a|rdf:type)\s+dpv:Process\b", bare)
    return {"activities": len(set(typed))}


@row(
    "The published examples of the DPV, and our own graph back: rows by table",
    "processes equal to those that the text types as such; our own rows all come back",
)
def graphs_counted() -> Measured:
    wrong, told = [], []
    if not INTEROP.is_dir():
        raise NotRun("the foreign files are not here")
    for path in sorted((INTEROP / "dpv").iterdir()):
        format, mapped = _read_mapped([path], scratch() / f"dpv-{path.suffix[1:]}")
        counted = _count_graph(path.read_text("utf-8")) if path.suffix == ".ttl" else {}
        told.append(f"{path.name} {mapped.get('activities')} activities")
        if format != "dpv" or mapped.get("activities") != counted.get("activities", 0):
            wrong.append(f"{path.name}: {format} {mapped}, counted {counted}")
    for suffix in ("ttl", "jsonld"):
        path, case = scratch() / f"own.{suffix}", scratch() / f"own-{suffix}"
        piaskit("export", MARKETPLACE, "--format", "dpv", "--out", path, "--json")
        _, mapped = _read_mapped([path], case)
        counts = json.loads(piaskit("check", MARKETPLACE, "--json").stdout)["counts"]
        again = json.loads(piaskit("check", case, "--as-of", "2026-03-01", "--json").stdout)
        for table in ("activities", "items", "parties", "systems", "flows", "safeguards"):
            if not counts[table] == again["counts"][table] == mapped[table]:
                wrong.append(f"{suffix}: {table} {counts[table]}, back {again['counts'][table]}")
        told.append(f"own {suffix} {sum(mapped.values())} rows back")
    return f"{'; '.join(told)}; wrong: {wrong}", not wrong
