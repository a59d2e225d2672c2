"""PIAs, manifests, models and registers: rows counted by scripts that know the formats alone."""

from __future__ import annotations

import json
import random
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import yaml

from accept.foreign import INTEROP
from accept.reports import scratch
from accept.row import Measured, NotRun, piaskit, row

DRAWN = 20  # files per format
CHANGED = 300
Counts = Counter[str]
Files = list[Path]
# Words of the formats' own vocabularies, with what each is on its own.
KINDS = ("adresse électronique", "nom", "date de naissance", "phone number", "email", "健康状况",
         "unknown thing", "taux d'humidité")  # fmt: skip
CATEGORIES = ("user.contact.email", "user.name", "user.financial.bank_account", "user.device",
              "system.operations", "user.provided.identifiable.contact.phone_number")  # fmt: skip


def count_pia(data: dict[str, Any]) -> Counts:
    """Count what does not depend on words: measures, risks, evaluations that ask for a change."""
    answers = {str(a["reference_to"]): a.get("data") or {} for a in data.get("answers") or []}

    def says(number: str) -> bool:
        told = answers.get(number, {})
        return bool(told.get("text") or told.get("gauge"))

    risks = sum(
        any(answers.get(f"{p}{n}", {}).get("list") for n in "123") or says(f"{p}5") or says(f"{p}6")
        for p in ("32", "33", "34")
    )
    return Counter(
        activities=1,
        safeguards=sum(bool(m.get("title")) for m in data.get("measures") or []),
        risks=risks,
        actions=sum(int(e["status"]) in (1, 2) for e in data.get("evaluations") or []),
    )


def count_threagile(model: dict[str, Any]) -> Counts:
    """Count assets, both directions of links, what rests without a link, risks still open."""
    assets = list((model.get("technical_assets") or {}).values())
    found: Counts = Counter(activities=1, items=len(model.get("data_assets") or {}))
    outside = [a for a in assets if a["type"] == "external-entity"]
    found["parties"], found["systems"] = len(outside), len(assets) - len(outside)
    ids = {a["id"] for a in assets}
    places = {a["id"]: a for a in assets}
    arrived: dict[str, set[str]] = {}
    encrypted = strong = False
    for asset in assets:
        links = asset.get("communication_links") or []
        pairs = links.items() if isinstance(links, dict) else _list_pairs(links)
        for _, link in pairs:
            sent, received = link.get("data_assets_sent"), link.get("data_assets_received")
            found["flows"] += bool(sent or not received) + bool(received)
            encrypted |= bool(
                re.search("https|-encrypted|ssh|ftps|sftp|scp|wss|ldaps", link["protocol"])
            )
            strong |= link.get("authentication") == "two-factor"
            for source, target, data in ((asset["id"], link["target"], sent),
                                         (link["target"], asset["id"], received)):  # fmt: skip
                rests = (
                    target in ids
                    and places[target]["type"] != "external-entity"
                    and (
                        places[target]["type"] == "datastore"
                        or places[target].get("data_assets_stored")
                    )
                )
                if rests and source in ids and places[source]["type"] != "external-entity":
                    arrived.setdefault(target, set()).update(data or [])
        resting = asset["type"] == "datastore" or asset.get("data_assets_stored")
        if asset["type"] != "external-entity":
            found["safeguards"] += bool(resting and asset.get("encryption", "none") != "none")
    for asset in assets:
        stored = set(asset.get("data_assets_stored") or []) & {
            d["id"] for d in (model.get("data_assets") or {}).values()
        }
        found["flows"] += bool(stored - arrived.get(asset["id"], set()))
    found["safeguards"] += encrypted + strong
    categories = (
        model.get("individual_risk_categories") or model.get("custom_risk_categories") or {}
    )
    listed = list(categories.values()) if isinstance(categories, dict) else categories
    found["risks"] = sum(len(c.get("risks_identified") or {}) for c in listed)
    own = {c["id"] for c in listed}
    for key, tracking in (model.get("risk_tracking") or {}).items():
        is_open = tracking["status"] not in ("mitigated", "false-positive")
        found["risks"] += is_open and key.partition("@")[0] not in own
    return found


def _list_pairs(links: list[Any]) -> Iterator[tuple[str, Any]]:
    for link in links:
        if "target" in link:
            yield "", link
        else:
            yield from link.items()


def count_fides(manifest: dict[str, Any]) -> Counts:
    """Count declarations, datasets without one, edges however often they are declared."""
    systems = {s["fides_key"]: s for s in manifest.get("system") or []}
    datasets = {d["fides_key"]: d for d in manifest.get("dataset") or []}
    declared = [(k, d) for k, s in systems.items() for d in s.get("privacy_declarations") or []]
    used = {r for _, d in declared for r in d.get("dataset_references") or []}
    bare = [k for k, d in datasets.items() if k not in used and _list_kinds(d)]
    edges = set()
    for key, system in systems.items():
        edges |= {(key, f["fides_key"]) for f in system.get("egress") or []}
        edges |= {(f["fides_key"], key) for f in system.get("ingress") or []}
    speaking = {k for k, _ in declared}
    real = [e for e in edges if speaking & set(e)]
    stores = sum(str(systems[k].get("system_type")).lower() == "database" for k, _ in declared)
    shared = {d["third_parties"] for _, d in declared if d.get("third_parties")}
    users = any("user" in e for e in real)
    return Counter(
        activities=len(declared) + len(bare),
        systems=len(systems) + len(set(bare) - systems.keys()),
        parties=len(shared) + users,
        flows=len(declared) + stores + len(real) + len(bare)
        + sum(bool(d.get("third_parties")) for _, d in declared),
        safeguards=sum(bool(s.get("data_security_practices")) for s in systems.values()),
    )  # fmt: skip


def _list_kinds(node: Any) -> set[str]:
    found = set(node.get("data_categories") or []) if isinstance(node, dict) else set()
    for child in (node.get("collections") or []) + (node.get("fields") or []):
        found |= _list_kinds(child)
    return {c for c in found if not c.startswith("system")}


def count_workbook(path: Path) -> Counts:
    """Count named processings, data, distinct parties and assets of a workbook."""
    found: Counts = Counter()
    parties: set[str] = set()
    assets: set[str] = set()
    for sheet in openpyxl.load_workbook(path, data_only=True):
        head, *rows = [list(r) for r in sheet.iter_rows(values_only=True)] or [[]]
        records = [dict(zip(head, r, strict=True)) for r in rows if any(r)]
        if sheet.title == "Processing" or len(sheet.parent.sheetnames) == 1:
            found["activities"] += sum(bool(r.get("name")) for r in records)
        if sheet.title == "Personal data":
            found["items"] += len(records)
            assets |= {r["assets"] for r in records if r.get("assets")}
        if sheet.title == "Data recipients":
            inside = ("privacy_internal_team", "privacy_employee")
            parties |= {r["name"] for r in records if r["category"] not in inside}
        if sheet.title in ("Contractors", "Transfers"):
            parties |= {r.get("entity") or r["name"] for r in records}
    found["parties"], found["systems"] = len(parties), len(assets)
    return found


def draw_pia(chance: random.Random) -> dict[str, Any]:
    measures = [
        {"id": n + 1, "title": f"Measure {n}", "content": "<p>x</p>", "placeholder": None}
        for n in range(chance.randint(0, 9))
    ]
    references = ["1.1", "2.1.211", "3.2", *(f"3.1.{m['id']}" for m in measures), "3.1.77"]
    answers: list[dict[str, Any]] = [
        {"reference_to": chance.choice((121, "121")), "data": {"text": "<li>x</li>"}}
    ]
    for prefix in (32, 33, 34):
        for part in range(1, 7):
            if chance.random() < 0.5:
                data: dict[str, Any] = {"text": None, "gauge": None, "list": []}
                if part < 5:
                    data["list"] = chance.sample(["Spam", "Vol", "泄露"], chance.randint(0, 3))
                else:
                    data |= {
                        "gauge": chance.choice((None, 0, 1, 4)),
                        "text": chance.choice((None, "y")),
                    }
                answers.append({"reference_to": prefix * 10 + part, "data": data})
    evaluations = [
        {"reference_to": r, "status": chance.randint(0, 3), "gauges": {"x": 1, "y": 0},
         "action_plan_comment": chance.choice((None, "Do")), "evaluation_comment": None}
        for r in chance.sample(references, chance.randint(0, len(references)))
    ]  # fmt: skip
    pia = {"name": f"PIA {chance.randint(0, 99)}", "status": chance.choice((0, 1, "3", None))}
    return {"pia": pia, "answers": answers, "measures": measures or None,
            "evaluations": evaluations, "comments": []}  # fmt: skip


def draw_threagile(chance: random.Random) -> dict[str, Any]:
    data = {f"Data {n}": {"id": f"d{n}", "usage": "business", "tags": None}
            for n in range(chance.randint(1, 5))}  # fmt: skip
    held = [d["id"] for d in data.values()]
    ids = [f"t{n}" for n in range(chance.randint(2, 8))]
    assets = {}
    for id in ids:
        links: Any = {
            f"Link {n}": {
                "target": chance.choice([i for i in ids if i != id]),
                "protocol": chance.choice(("https", "http", "jdbc-encrypted", "binary")),
                "authentication": chance.choice(("none", "two-factor")),
                "data_assets_sent": chance.choice((None, held[:1], held)),
                "data_assets_received": chance.choice((None, [], held[-1:])),
            }
            for n in range(chance.randint(0, 3))
        }
        shape = chance.randint(0, 2)
        if shape == 1:
            links = [{"title": k, **v} for k, v in links.items()]
        elif shape == 2:
            links = [{k: v} for k, v in links.items()]
        kind = chance.choice(("external-entity", "process", "datastore"))
        assets[f"Asset {id}"] = {
            "id": id, "type": kind, "encryption": chance.choice(("none", "transparent")),
            chance.choice(("technology", "technologies")): chance.choice(("database", ["browser"])),
            "data_assets_processed": held,
            "data_assets_stored": held[:2] if kind == "datastore" else None,
            "communication_links": links,
        }  # fmt: skip
    risks = [{"id": f"own-{n}", "title": f"Own {n}",
              "risks_identified": {"A <b>risk</b>": {"severity": "low"}, "Other": None}}
             for n in range(chance.randint(0, 2))]  # fmt: skip
    states = ("unchecked", "mitigated", "accepted", "false-positive")
    tracking = {f"rule-{n}@{chance.choice(ids)}": {"status": chance.choice(states)}
                for n in range(chance.randint(0, 4))}  # fmt: skip
    model = {"threagile_version": "1.0.0", "title": "Drawn", "data_assets": data,
             "technical_assets": assets, "risk_tracking": tracking or None}  # fmt: skip
    if chance.random() < 0.5:
        return model | {"custom_risk_categories": risks}
    return model | {"individual_risk_categories": {r["title"]: r for r in risks}}


def draw_fides(chance: random.Random) -> dict[str, Any]:
    keys = [f"system_{n}" for n in range(chance.randint(1, 6))]
    systems = []
    for key in keys:
        others = [k for k in keys if k != key]
        declarations = [
            {"name": f"Use {n}", "data_use": chance.choice(("essential.service", "improve.system")),
             "data_categories": chance.sample(CATEGORIES, 3), "data_subjects": ["customer"],
             "third_parties": chance.choice((None, "Partner"))}
            for n in range(chance.randint(0, 2))
        ]  # fmt: skip
        system: dict[str, Any] = {
            "fides_key": key, "system_type": chance.choice(("Database", "Application")),
            "privacy_declarations": declarations,
            "data_security_practices": chance.choice((None, "Backups")),
        }  # fmt: skip
        for side in ("egress", "ingress"):
            ends = chance.sample(others, min(len(others), chance.randint(0, 2)))
            system[side] = [{"fides_key": e, "type": "system"} for e in ends]
        if chance.random() < 0.3:
            system["ingress"].append({"fides_key": "user", "type": "user"})
        systems.append(system)
    fields = [{"name": "a", "data_categories": [chance.choice(CATEGORIES)]},
              {"name": "b", "fields": [{"name": "c", "data_categories": ["user.name"]}]},
              ]  # fmt: skip
    dataset = {"fides_key": "store", "collections": [{"name": "t", "fields": fields}]}
    return {"system": systems, "dataset": [dataset] if chance.random() < 0.5 else []}


def draw_workbook(chance: random.Random, path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Processing"
    names = [f"Processing {n}" for n in range(chance.randint(1, 4))]
    sheet.append(["ref_id", "name", "status", "dpia_required"])
    for n, name in enumerate(names):
        sheet.append([f"P-{n}", name, "Draft", chance.random() < 0.5])
    sheet.append(["P-x", None, None, None])

    def add(title: str, columns: list[str], make: Callable[[int], list[Any]]) -> None:
        sheet = book.create_sheet(title)
        sheet.append([*columns, "processing"])
        for n in range(chance.randint(0, 5)):
            sheet.append([*make(n), chance.choice((None, *names))])

    codes = ("privacy_email", "Health Data", "privacy_other", None)
    add(
        "Personal data",
        ["name", "category", "assets"],
        lambda n: [f"Data {n}", chance.choice(codes), chance.choice((None, "CRM", "Shop"))],
    )
    add(
        "Data recipients",
        ["name", "category"],
        lambda n: [
            f"R{n}",
            chance.choice(("privacy_court", "privacy_internal_team", "privacy_other")),
        ],
    )
    add(
        "Contractors",
        ["name", "entity", "relationship_type", "country"],
        lambda n: [f"Contract {n}", chance.choice((None, f"R{n}")), "privacy_data_processor", "FR"],
    )
    add("Transfers", ["name", "country", "transfer_mechanism"],
        lambda n: [f"R{n}", "US", "privacy_derogation"])  # fmt: skip
    book.save(path)
    return path


ICO = ("Business function", "Purpose of processing", "Categories of individuals",
       "Categories of personal data", "Categories of recipients",
       "Retention schedule (if possible)", "Location of personal data")  # fmt: skip
FORM = ("Etat civil, identité, images…", "Données de connexion", "Données concernant la santé")


def draw_sheet(chance: random.Random, path: Path) -> tuple[Path, Counts]:
    """Draw an ICO sheet below a title; count what its rows name, each once per activity."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Record of processing"])
    sheet.append([])
    sheet.append([*ICO, chance.choice((None, "Own column"))])
    named: dict[str, set[Any]] = {
        noun: set() for noun in ("activities", "items", "parties", "systems")
    }
    for _ in range(chance.randint(1, 9)):
        function, purpose = chance.choice(("HR", "Sales")), chance.choice(("Pay", "Sell", "Ask"))
        kinds = chance.sample(("Name", "Email", "Shoe size", "Photo"), chance.randint(1, 3))
        party, system = chance.choice((None, "Bank", "N/A")), chance.choice((None, "CRM"))
        sheet.append([function, purpose, "Staff", ", ".join(kinds), party, "6 years", system])
        named["activities"].add((function, purpose))
        named["items"] |= {(function, purpose, kind) for kind in kinds}
        named["parties"] |= {party} - {None, "N/A"}
        named["systems"] |= {system} - {None}
    book.save(path)
    return path, Counter({noun: len(found) for noun, found in named.items()})


def draw_forms(chance: random.Random, path: Path) -> tuple[Path, Counts]:
    """Draw a workbook of CNIL's forms, some of them empty."""
    book = openpyxl.Workbook()
    found: Counts = Counter()
    recipients: set[str] = set()
    for n in range(chance.randint(1, 4)):
        sheet = book.create_sheet(f"Fiche {n}")
        filled = n == 0 or chance.random() < 0.8
        sheet.append(["Nom du traitement", f"Traitement {n}" if filled else None])
        sheet.append(["Finalité principale", "Vendre" if filled else None])
        sheet.append(["Catégories de données", "Description", "Délai d'effacement"])
        for line in FORM:
            words = chance.sample(KINDS, chance.randint(0, 3)) if filled else []
            sheet.append([line, ", ".join(words) or chance.choice((None, "Non")), "2 ans"])
            found["items"] += len(words)
        sheet.append(["Catégorie de personnes 1", "Clients" if filled else None])
        sheet.append(["Destinataires", "Description", "Type de destinataire"])
        if filled and chance.random() < 0.6:
            recipients.add(f"Société {n % 2}")
            sheet.append(["Destinataire 1", f"Société {n % 2}", "Sous-traitant"])
        found["activities"] += filled
    book.remove(book.worksheets[0])
    book.save(path)
    return path, found + Counter(parties=len(recipients))


def _write(path: Path, data: Any) -> Path:
    json_like = path.suffix == ".json"
    text = json.dumps(data) if json_like else yaml.safe_dump(data, allow_unicode=True)
    path.write_text(text, "utf-8")
    return path


def _list_examples() -> Iterator[tuple[str, Files, Counts]]:
    for path in sorted((INTEROP / "cnil-pia").glob("*.json")):
        yield "cnil-pia", [path], count_pia(json.loads(path.read_text("utf-8")))
    for path in sorted((INTEROP / "threagile").glob("*.yaml")):
        yield "threagile", [path], count_threagile(yaml.safe_load(path.read_text("utf-8")))
    for folder in (INTEROP / "fides", INTEROP / "fides" / "sample_project"):
        files = sorted(folder.glob("*.yml"))
        merged: dict[str, Any] = {}
        for path in files:
            for key, value in yaml.safe_load(path.read_text("utf-8")).items():
                merged.setdefault(key, []).extend(value or [])
        yield "fides", files, count_fides(merged)
    for path in sorted((INTEROP / "ciso-assistant").glob("*.xlsx")):
        table = openpyxl.load_workbook(path).worksheets[0].iter_rows(min_row=2, values_only=True)
        yield "ciso-assistant", [path], Counter(activities=sum(any(r) for r in table))


def _list_drawn() -> Iterator[tuple[str, Files, Counts]]:
    chance = random.Random(11)
    for n in range(DRAWN):
        place = scratch() / f"incoming-{n}"
        place.mkdir()
        pia = draw_pia(chance)
        path = _write(place / "pia.json", pia)
        if n % 2:
            with zipfile.ZipFile(place / "pia.zip", "w") as archive:
                archive.write(path, "pia.json")
                archive.writestr("Attachments/a.txt", "x")
            path = place / "pia.zip"
        yield "cnil-pia", [path], count_pia(pia)
        model = draw_threagile(chance)
        counts = count_threagile(model)
        if n % 2:
            _write(place / "assets.yaml", {"technical_assets": model.pop("technical_assets")})
            model["includes"] = ["assets.yaml"]
        yield "threagile", [_write(place / "model.yaml", model)], counts
        manifest = draw_fides(chance)
        files = [
            _write(place / f"{kind}.yml", {kind: records}) for kind, records in manifest.items()
        ]
        yield "fides", files, count_fides(manifest)
        book = draw_workbook(chance, place / "book.xlsx")
        yield "ciso-assistant", [book], count_workbook(book)
        draw = draw_sheet if n % 2 else draw_forms
        path, counts = draw(chance, place / "register.xlsx")
        yield "ropa", [path], counts


@row(
    f"CNIL PIA, Threagile, CISO Assistant, Fides, ICO and CNIL registers: examples, {DRAWN} drawn",
    "recognised by content; every count equal to that of a script of its own; check without issues",
)
def foreign_registers_counted() -> Measured:
    from piaskit.case import check_case
    from piaskit.importers import import_register

    if not INTEROP.is_dir():
        raise NotRun("the foreign files are not here")
    wrong, files, rows = [], 0, 0
    for number, (format, paths, counts) in enumerate([*_list_examples(), *_list_drawn()]):
        into = scratch() / f"counted-{number}"
        result = import_register(paths, into)
        found = {noun: result.mapped[noun] for noun in counts}
        files, rows = files + 1, rows + counts.total()
        if result.format != format or found != dict(counts):
            wrong.append(f"{format} {paths[0].parent.name}: {found}, counted {dict(counts)}")
        if number % 7 == 0:
            issues = check_case(into, as_of=date(2026, 3, 1)).issues
            wrong += [f"{paths[0].name}: {issue}" for issue in issues]
            before = (into / "inventory.xlsx").read_bytes()
            import_register(paths, into)
            if (into / "inventory.xlsx").read_bytes() != before:
                wrong.append(f"{format} {paths[0].parent.name}: a second import changes the case")
    return f"{files} files, {rows} rows; wrong: {wrong[:4]}", not wrong


ODD = (None, "", 0, 3.5, True, "x", [], {}, ["a"], [None], [{}], {"a": 1}, {"target": {}}, [["x"]],
       "2020-01-01", -1, "é<b>", {"id": None})  # fmt: skip


def _list_steps(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs = node.items() if isinstance(node, dict) else enumerate(node)
    for step, value in pairs:
        yield (*path, step)
        if isinstance(value, (dict, list)):
            yield from _list_steps(value, (*path, step))


def change(chance: random.Random, data: Any) -> Any:
    """Put something odd into a few places of a file's content, or take them out."""
    data = json.loads(json.dumps(data))
    for _ in range(chance.randint(1, 4)):
        path = chance.choice([*_list_steps(data)])
        node = data
        for step in path[:-1]:
            node = node[step]
        if isinstance(node, dict) and chance.random() < 0.2:
            del node[path[-1]]
        else:
            node[path[-1]] = json.loads(json.dumps(chance.choice(ODD)))
        if not data:
            break
    return data


@row(
    f"{CHANGED} drawn PIAs, models and manifests each, with odd values in a few places",
    "each read or refused with an issue, nothing else; what is read checks without issues",
)
def changed_files_survive() -> Measured:
    from piaskit.case import check_case
    from piaskit.errors import InvalidData
    from piaskit.importers import import_register
    from piaskit.importers.cnil_pia import read_register as read_pia
    from piaskit.importers.fides import read_register as read_fides
    from piaskit.importers.threagile import read_register as read_threagile

    chance = random.Random(12)
    wrong, read, refused = [], 0, 0
    for number in range(CHANGED):
        for name, draw, reader in (
            ("pia.json", draw_pia, read_pia),
            ("model.yaml", draw_threagile, read_threagile),
            ("manifest.yml", draw_fides, read_fides),
        ):
            path = _write(scratch() / f"changed-{name}", change(chance, draw(chance)))
            try:
                reader([path])
                read += 1
                if number % 20 == 0:
                    into = scratch() / f"changed-{number}-{path.suffix[1:]}"
                    import_register([path], into)
                    wrong += [str(i) for i in check_case(into, as_of=date(2026, 3, 1)).issues]
            except InvalidData as error:
                refused += bool(error.issues)
            except Exception as error:  # whatever it is, it is what this row looks for
                wrong.append(f"{name} {number}: {type(error).__name__}: {str(error)[:80]}")
    told = f"{read} read, {refused} refused; wrong: {wrong[:4]}"
    return told, not wrong and read + refused == 3 * CHANGED


# Name of a file, what it holds, what its refusal must name.
BROKEN: tuple[tuple[str, str, str, str], ...] = (
    ("cnil-pia", "a.json", '{"pia": {}, "answers": [{]}', "a.json row 1, column"),
    ("cnil-pia", "a.json", '{"pia": {}, "answers": {"x": 1}}', "a.json, answers"),
    ("cnil-pia", "a.json", '{"pia": {}, "measures": [1]}', "a.json, measures[0]"),
    ("cnil-pia", "a.json", '{"pia": []}', "a.json"),
    ("cnil-pia", "a.json", '{"pia": {}, "pia": {}, "answers": []}', "a.json"),
    ("cnil-pia", "a.zip", "PK\x03\x04 not a zip", "a.zip"),
    ("threagile", "a.yaml", "technical_assets: [", "a.yaml row"),
    ("threagile", "a.yaml", "technical_assets:\n  A: x\n", "a.yaml row 2, technical_assets.A"),
    ("threagile", "a.yaml", "data_assets: {A: {id: a}, A: {id: b}}", "a.yaml row 1"),
    ("threagile", "a.yaml", "includes: [../../b.yaml]\ntitle: x", "a.yaml row 1, includes.0"),
    ("threagile", "a.yaml", "threagile_version: 1.0.0", "a.yaml"),
    ("fides", "a.yml", "system:\n- name: x\n", "a.yml row 2, system.0"),
    ("fides", "a.yml", "system: yes\n", "a.yml row 1, system"),
    ("fides", "a.yml", "colour: red\n", "a.yml"),
    ("fides", "a.yml", "system:\n\t- a", "a.yml row 2"),
    ("ciso-assistant", "a.xlsx", "no workbook", "a.xlsx"),
    ("ciso-assistant", "a.csv", "title,other\nx,y\n", "a.csv"),
    ("ciso-assistant", "a.zip", "", "a.zip"),
    ("ropa", "a.csv", "Colour,Shape\nred,round\n", "a.csv"),
    ("ropa", "a.xlsx", "no workbook", "a.xlsx"),
)


@row(
    f"{len(BROKEN)} malformed files of five formats, by the command line",
    "each refused with the file and the place in it, exit 1, no traceback, no case left behind",
)
def malformed_registers_refused() -> Measured:
    wrong = []
    for number, (format, name, text, place) in enumerate(BROKEN):
        folder = scratch() / f"broken-{number}" / "deep"
        folder.mkdir(parents=True)
        (folder / name).write_text(text, "utf-8")
        into = folder / "case"
        done = piaskit("import", folder / name, "--format", format, "--into", into, "--json")
        issues = json.loads(done.stdout or "{}").get("issues", [])
        refused = done.returncode == 1 and issues and "Traceback" not in done.stderr
        if not refused or into.exists() or not any(place in i["message"] for i in issues):
            wrong.append(f"{format} {text[:30]!r}: {done.returncode} {issues[:1]}")
    return f"{len(BROKEN) - len(wrong)} of {len(BROKEN)} refused; wrong: {wrong[:4]}", not wrong
