"""An invented case of 400 flows between some 70 places, for whatever must stay readable."""

from __future__ import annotations

import csv
import random
from pathlib import Path

SEED = 7
ACTIVITIES = 12
CATEGORIES = (
    "account.login account.password account.nickname identity.name identity.birth-date "
    "identity.gender identity.national-id-number identity.portrait "
    "contact.phone contact.email contact.address "
    "device.id location.precise behaviour.usage behaviour.browsing behaviour.search profile.tag "
    "finance.account finance.transaction content.photo content.voice content.message content.post "
    "health.record health.prescription biometric.face children.any relation.guardian "
    "employment.position employment.salary education.school customer.record"
).split()
RETENTIONS = (
    "P6M", "P1Y", "P1Y", "P2Y", "P3Y", "P3Y", "P5Y", "P10Y", "P30Y", "P30D", "P180D", "P14M",
    "until account closure", "until withdrawal of consent", "until end of employment", "",
)  # fmt: skip
STAGES = ("collect", "store", "use", "process", "transmit", "provide", "disclose", "delete")
WEIGHTS = (70, 60, 60, 40, 70, 70, 8, 22)


def make_tables(flows: int = 400, seed: int = SEED) -> dict[str, list[dict[str, str]]]:
    """Return the rows of the five needed tables; equal arguments give equal rows."""
    chance = random.Random(seed)
    with (Path(__file__).parent / "crowd.csv").open(encoding="utf-8", newline="") as file:
        named = list(csv.DictReader(file))
    titles = {
        table: [row | {"id": f"{table[0]}{n:02}"} for n, row in enumerate(rows, 1)]
        for table in ("activities", "systems", "parties")
        for rows in [[row for row in named if row["table"] == table]]
    }
    activities = [
        {"id": row["id"], "title": row["title"], "title_en": row["title_en"],
         "purpose": f"{row['title']}所需", "legal_basis": "cn-pipl.contract",
         "persons": str(_draw_persons(chance)),
         "children": "5200" if "母婴" in row["title"] else "0"}
        for row in titles["activities"]
    ]  # fmt: skip
    systems, parties = (
        [
            {"id": row["id"], "title": row["title"], "title_en": row["title_en"],
             word: row["word"], "country": row["country"]}
            for row in titles[table]
        ]
        for table, word in (("systems", "kind"), ("parties", "role"))
    )  # fmt: skip
    items = [
        {"id": f"i{n:03}", "activity": f"a{n % len(activities) + 1:02}", "title": f"信息项 {n}",
         "title_en": f"Item {n}", "category": chance.choice(_list_categories()),
         "retention": chance.choice(RETENTIONS)}
        for n in range(1, 151)
    ]  # fmt: skip
    rows = [_make_flow(n, chance, systems, parties, items) for n in range(1, flows + 1)]
    return {
        "activities": activities, "items": items, "parties": parties, "systems": systems,
        "flows": rows,
    }  # fmt: skip


def write_crowd(folder: Path, flows: int = 400, seed: int = SEED) -> Path:
    """Write the case as CSV and return its folder."""
    inventory = folder / "inventory"
    inventory.mkdir(parents=True, exist_ok=True)
    (folder / "case.yaml").write_text(
        "id: crowd\ntitle: 大型零售集团（虚构）\ntitle_en: A large retail group (invented)\n"
        "organisation: {name: 万象零售（示例）, name_en: Omnia Retail (Example),\n"
        "  persons_total: 9000000}\n"
        "regimes: [cn-pipl]\nmethods: [gbt39335]\nlanguages: [zh, en]\nas_of: 2026-09-30\n",
        "utf-8",
    )
    for name, rows in make_tables(flows, seed).items():
        with (inventory / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)))
            writer.writeheader()
            writer.writerows(rows)
    return folder


def _list_categories() -> list[str]:
    from piaskit.knowledge import load_knowledge

    known = load_knowledge().categories
    return [name for name in CATEGORIES if name in known]


def _draw_persons(chance: random.Random) -> int:
    return round(min(chance.lognormvariate(10.5, 1.9), 8.5e6) / 10) * 10


def _make_flow(
    number: int,
    chance: random.Random,
    systems: list[dict[str, str]],
    parties: list[dict[str, str]],
    items: list[dict[str, str]],
) -> dict[str, str]:
    stage = chance.choices(STAGES, WEIGHTS)[0]
    front = [s["id"] for s in systems if s["kind"] in ("app", "mini-program", "web", "device")]
    home = [s["id"] for s in systems if s["country"] == "CN"]
    by_role = {
        wanted: [p["id"] for p in parties if (p["role"] == wanted)]
        for wanted in ("subject", "processor", "public")
    }
    near = [p["id"] for p in parties if p["country"] == "CN" and p["role"] != "processor"]
    away = [p["id"] for p in parties if p["country"] not in ("", "CN")] + ["s29"]
    source, target = chance.choice(home), chance.choice(home)
    if stage == "collect":
        source, target = chance.choice(by_role["subject"]), chance.choice(front)
    elif stage == "transmit" and chance.random() < 0.5:
        target = chance.choice([p for p in by_role["processor"] if p not in away])
    elif stage == "provide":
        target = chance.choice(away if chance.random() < 0.35 else near)
    elif stage == "disclose":
        target = by_role["public"][0]
    elif stage == "delete":
        target = ""
    carried = sorted(chance.sample([item["id"] for item in items], chance.randint(1, 5)))
    return {
        "id": f"f{number:03}",
        "activity": f"a{chance.randint(1, ACTIVITIES):02}",
        "stage": stage,
        "source": source,
        "target": target,
        "items": ";".join(carried),
        "persons": "" if chance.random() < 0.08 else str(_draw_persons(chance)),
        "transport": "tls1.3",
    }
