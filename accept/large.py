"""A register of any size, drawn with a fixed seed: most rows sound, about 1 % of each kind not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

SEED = 20261123
SHARE = 0.01  # of the rows of a table in which one thing is wrong
AS_OF = "2026-11-23"
HEADER = (
    "id: large\ntitle: A large register\nregimes: [cn-pipl]\n"
    f"organisation: {{name: Example Group, persons_total: 900000}}\nas_of: {AS_OF}\n"
)
STAGES = ("collect", "store", "use", "process", "transmit", "provide", "disclose", "delete")
CATEGORIES = (
    "contact.phone", "contact.email", "identity.name", "device.id", "location.coarse",
    "finance.transaction", "behaviour.browsing", "contact.address",
)  # fmt: skip
Table = dict[str, Any]


def make_frames(flows: int, activities: int = 5_000, seed: int = SEED) -> dict[str, pd.DataFrame]:
    """Draw the five needed tables: eight items, a tenth of a party and of a system an activity."""
    chance = np.random.default_rng(seed)
    activity = _number("a", activities)
    items = _number("i", activities * 8)
    parties, systems = _number("p", activities // 10 + 2), _number("s", activities // 10 + 1)
    return {
        "activities": _draw_activities(chance, activity),
        "items": _draw_items(chance, items, activity),
        "parties": _draw_parties(chance, parties),
        "systems": _draw_systems(chance, systems),
        "flows": _draw_flows(chance, flows, activity, items, parties, systems),
    }


def write_case(folder: Path, frames: dict[str, pd.DataFrame], form: str) -> None:
    """Write the tables in one form: ``parquet``, ``csv`` or ``xlsx``."""
    folder.mkdir(parents=True)
    (folder / "case.yaml").write_text(HEADER, encoding="utf-8")
    if form == "xlsx":
        from piaskit.case import write_workbook

        write_workbook(frames, folder / "inventory.xlsx", lang="en")
        return
    (folder / "inventory").mkdir()
    for name, frame in frames.items():
        path = folder / "inventory" / f"{name}.{form}"
        if form == "csv":
            frame.to_csv(path, index=False, encoding="utf-8")
        else:
            frame.to_parquet(path, index=False)


def write_rules(folder: Path, rules: int = 80) -> None:
    """Write a pack of rules about flows, each firing on another hundredth of them."""
    head = (
        "id: hundredths\ntitle: {en: Hundredths, zh: 百分之一}\nversion: '1'\nsource: drawn\n"
        f"as_of: {AS_OF}\nconfidence: low\nrules:\n"
    )
    stages = ", ".join(STAGES)
    rows = [
        f"""  hundredth-{n:02}:
    title: {{en: "Flow of the hundredth {n}", zh: "第{n}个百分之一的流转"}}
    kind: {"gap" if n % 2 else "exposure"}
    about: flow
    regimes: [cn-pipl]
    event: access
    threat: {{en: "Somebody could read what flows.", zh: "流转的内容可能被他人读取。"}}
    source: {("network-tech", "process", "people-third-parties", "business-scale")[n % 4]}
    stages: [{stages}]
    where: "persons % 100 = {n} and coalesce(transport, '') <> 'pigeon'"
    meets: {{none: very-high, incomplete: high, some: medium, effective: low}}
    message:
      en: "“{{activity_title}}” sends information from {{source_title}} to {{target_title}}."
      zh: "“{{activity_title}}”从{{source_title}}向{{target_title}}传送信息。"
    clauses: ["cn-pipl 51(3)"]
    why: {{en: "A line that nobody guards.", zh: "线路无人看守。"}}
    remedy: [encryption.in-transit, access.least-privilege]
"""
        for n in range(rules)
    ]
    folder.mkdir(parents=True)
    (folder / "hundredths.yaml").write_text(head + "".join(rows), encoding="utf-8")


def _number(letter: str, size: int) -> np.ndarray[Any, Any]:
    return np.char.add(f"{letter}-", np.char.zfill(np.arange(size).astype(str), 7)).astype(object)


def _rarely(
    chance: np.random.Generator, size: int, usual: Any, rare: Any, share: float = SHARE
) -> np.ndarray[Any, Any]:
    """Draw the usual value, and the rare one in a share of the rows."""
    drawn = chance.random(size) < share
    return np.where(drawn, np.array(rare, dtype=object), np.array(usual, dtype=object))


def _draw_activities(chance: np.random.Generator, ids: np.ndarray[Any, Any]) -> pd.DataFrame:
    size = len(ids)
    number = np.arange(size).astype(str).astype(object)
    return pd.DataFrame(
        {
            "id": ids,
            "title": "Service " + number,
            "title_zh": "服务" + number,
            "purpose": "to serve customers of line " + number,
            "legal_basis": _rarely(chance, size, "cn-pipl.contract", "cn-pipl.consent", 0.3),
            "subjects": "customers",
            "persons": chance.integers(100, 900_000, size),
            "children": _rarely(chance, size, "0", "12"),
            "minors": _rarely(chance, size, "0", "40"),
            "automated_decision": _rarely(chance, size, "none", "recommendation"),
            "role": "controller",
            "owner": "Service desk",
            "notice": _rarely(chance, size, "notice, part 2", None),
            "notice_on": _rarely(chance, size, "2026-02-01", None),
            "consent_evidence": "consent register",
            "rights": "access;copy;correct;delete;withdraw;portability;explain;close-account",
            "necessity": "no milder means",
            "reviewed_on": _rarely(chance, size, "2026-06-01", "2024-06-01"),
        }
    )


def _draw_items(
    chance: np.random.Generator, ids: np.ndarray[Any, Any], activities: np.ndarray[Any, Any]
) -> pd.DataFrame:
    size = len(ids)
    return pd.DataFrame(
        {
            "id": ids,
            "activity": activities[np.arange(size) // 8],
            "title": "Field " + np.arange(size).astype(str).astype(object),
            "category": chance.choice(_pick_categories(), size),
            "required": _rarely(chance, size, "yes", "no", 0.3),
            "retention": _rarely(chance, size, "P3Y", None),
            "retention_start": _rarely(chance, size, "end of contract", None),
        }
    )


def _pick_categories() -> list[str]:
    from piaskit.knowledge import load_knowledge

    known = load_knowledge().categories
    plain = [id for id, found in known.items() if found.sensitive.get("cn-pipl") == "no"]
    return plain[:30]


def _draw_parties(chance: np.random.Generator, ids: np.ndarray[Any, Any]) -> pd.DataFrame:
    size = len(ids)
    role = chance.choice(["processor", "recipient", "sdk-provider"], size, p=[0.6, 0.3, 0.1])
    role[0] = "subject"
    return pd.DataFrame(
        {
            "id": ids,
            "title": "Partner " + np.arange(size).astype(str).astype(object),
            "role": role,
            "country": _rarely(chance, size, "CN", "DE"),
            "contract": _rarely(chance, size, "contract of 2025", None),
            "contract_until": _rarely(chance, size, "2028-01-01", "2026-01-01"),
            "supervised_on": _rarely(chance, size, "2026-05-01", None),
            "onward": "none",
            "contact": "desk@example.com",
        }
    )


def _draw_systems(chance: np.random.Generator, ids: np.ndarray[Any, Any]) -> pd.DataFrame:
    size = len(ids)
    return pd.DataFrame(
        {
            "id": ids,
            "title": "System " + np.arange(size).astype(str).astype(object),
            "kind": chance.choice(["database", "app", "saas"], size),
            "owner": "Operations",
            "country": "CN",
            "internet_facing": _rarely(chance, size, "no", "yes"),
            "encrypted_at_rest": _rarely(chance, size, "yes", "no"),
            "important": "yes",
            "mlps_level": _rarely(chance, size, "3", None),
            "mlps_filing": _rarely(chance, size, "filed 2025", None),
            "mlps_evaluated_on": _rarely(chance, size, "2026-04-01", "2023-04-01"),
            "mlps_conclusion": "conform",
        }
    )


def _draw_flows(
    chance: np.random.Generator,
    size: int,
    activities: np.ndarray[Any, Any],
    items: np.ndarray[Any, Any],
    parties: np.ndarray[Any, Any],
    systems: np.ndarray[Any, Any],
) -> pd.DataFrame:
    at = chance.integers(0, len(activities), size)
    stage = chance.choice(STAGES, size, p=[0.2, 0.2, 0.2, 0.12, 0.1, 0.1, 0.01, 0.07])
    inside = systems[chance.integers(0, len(systems), size)].copy()
    other = systems[chance.integers(0, len(systems), size)].copy()
    partner = parties[chance.integers(1, len(parties), size)]
    outward = np.isin(stage, ["provide", "disclose", "transmit"])
    source = np.where(stage == "collect", parties[0], inside)
    picked = chance.permuted(np.tile(np.arange(8), (size, 1)), axis=1)[:, :4]
    number = chance.integers(1, 5, size)
    names = items[at[:, None] * 8 + picked]
    carried = names[:, 0].copy()
    for place in range(1, 4):
        carried = np.where(number > place, carried + ";" + names[:, place], carried)
    return pd.DataFrame(
        {
            "id": _number("f", size),
            "activity": activities[at],
            "stage": stage,
            "source": source,
            "target": np.where(outward, partner, other),
            "items": carried,
            "persons": chance.integers(1, 900_000, size),
            "persons_year": chance.integers(1, 90_000, size),
            "channel": chance.choice(["web", "app", "api", "internal"], size),
            "method": np.where(stage == "collect", "provided", None),
            "transport": _rarely(chance, size, "tls1.3", "plain"),
            "legal_basis": _rarely(chance, size, None, "cn-pipl.consent", 0.1),
            "consent": _rarely(chance, size, "separate", "general", 0.1),
            "transfer_mechanism": _rarely(chance, size, "standard-contract", "none", 0.3),
            "mechanism_ref": _rarely(chance, size, "filing 2026", None),
            "mechanism_until": _rarely(chance, size, "2028-06-30", "2026-06-30"),
            "disposal": np.where(stage == "delete", "overwritten by the nightly run", None),
        }
    )
