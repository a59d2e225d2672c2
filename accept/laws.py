"""Cases drawn at random, changed a little: what no change may do to a risk."""

from __future__ import annotations

import json
import os
import random
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from accept.crowd import write_crowd
from accept.reports import scratch
from accept.row import MARKETPLACE, Measured, row, run

AS_OF = date(2026, 6, 30)
PROOF = "proof.txt"
DRAWN = 20
SIZES = {
    "activities": 6, "items": 16, "parties": 9, "systems": 7, "flows": 30, "safeguards": 8,
    "roles": 3, "assessments": 2, "incidents": 3, "requests": 3, "trainings": 2, "actions": 2,
}  # fmt: skip
BASES = ("cn-pipl.consent", "cn-pipl.contract", "cn-pipl.hr", "cn-pipl.legal-duty",
         "cn-pipl.emergency", "eu-gdpr.6-1-a", "eu-gdpr.6-1-b", "eu-gdpr.9-2-a")  # fmt: skip
COUNTRIES = ("CN", "CN", "CN", "DE", "US", "JP", "SG")
TRANSPORTS = ("internal", "tls1.3", "tls1.2", "vpn", "tls-old", "plain")
# Which rules take the place of one that more persons or more sensitive information silence.
HEIRS = {
    "scale-and-incidents-low": ("scale-and-incidents-medium", "very-large-scale", "own-incident"),
    "scale-and-incidents-medium": ("very-large-scale", "own-incident"),
    "very-large-scale": ("own-incident",),
    "not-assessed": ("children-shared-not-assessed",),
    "stored-unencrypted": ("sensitive-stored-unencrypted",),
}
# More persons can decide what was left to judge, and an export with sensitive items no longer
# counts among the ordinary ones: docs/methods.md says so.
ENDS = ("export-count-open", "exempt-volume-contradicted")
Rows = list[dict[str, Any]]
Change = Callable[[Any, random.Random], Any]


# --- drawing


def draw_case(seed: int, folder: Path, sizes: Mapping[str, int] = SIZES) -> Any:
    """Draw a case in which every column of the format says something or nothing, at random.

    ``folder`` gets the one piece of evidence that safeguards cite.
    """
    from piaskit.case import TABLES
    from piaskit.knowledge import load_knowledge
    from piaskit.model import Organisation
    from piaskit.rules import make_blank_case

    chance = random.Random(seed)
    write_proof(folder)
    knowledge = load_knowledge()
    ids = {name: [f"{name[:2]}{n}" for n in range(sizes.get(name, 0))] for name in TABLES}
    blank = make_blank_case(knowledge, AS_OF)
    frames = {
        name: make_frame(
            table,
            [
                {c.name: _draw_cell(c, id, ids, knowledge, chance) for c in table.columns}
                for id in ids[name]
            ],
        )
        for name, table in TABLES.items()
    }
    told = {"name": "Drawn", "operator": chance.choice(["other", "cii", None])}
    return replace(
        blank,
        root=folder,
        id=f"drawn-{seed}",
        organisation=Organisation(
            "Drawn",
            persons_total=chance.choice([None, 800_000, 1_200_000, 30_000_000]),
            texts={key: word for key, word in told.items() if word},
        ),
        regimes=chance.choice(
            [("cn-pipl",), ("cn-pipl", "eu-gdpr"), ("cn-pipl", "eu-gdpr"), ("eu-gdpr",)]
        ),
        publication={"every": "P1Y", "last_on": "2025-09-01"},
        frames=frames,
    )


def write_proof(folder: Path) -> Path:
    (folder / "evidence").mkdir(parents=True, exist_ok=True)
    (folder / "evidence" / PROOF).write_text("seen to work", "utf-8")
    return folder


def make_frame(table: Any, rows: Rows) -> pd.DataFrame:
    return pd.DataFrame(
        {c.name: pd.Series([row.get(c.name) for row in rows], dtype=c.dtype) for c in table.columns}
    )


def _draw_cell(
    column: Any,
    id: str,
    ids: Mapping[str, Sequence[str]],
    known: Any,
    chance: random.Random,
) -> Any:
    from piaskit.rules.facts import TABLE_OF

    if column.kind == "id":
        return id
    if not column.required and chance.random() < 0.3:
        return None
    if column.name == "risk":
        rule = chance.choice([rule for rule in known.rules.values() if rule.meets])
        subjects = ids.get(TABLE_OF[rule.about]) or ["drawn"]
        return f"{rule.id}@{TABLE_OF[rule.about]}/{chance.choice(subjects)}"
    if column.pack:
        return chance.choice(sorted(getattr(known, column.pack)))
    referred = [id for name in column.to for id in ids[name]]
    draw: dict[str, Callable[[], Any]] = {
        "text": lambda: chance.choice([f"{column.name} {id}", "none" if column.also else "said"]),
        "count": lambda: round(min(chance.lognormvariate(11, 3), 4e7)),
        "some": lambda: chance.choice(["0"] * 8 + ["yes", "12"]),
        "grade": lambda: chance.randint(1, 5),
        "choice": lambda: chance.choice(column.values),
        "choices": lambda: ";".join(
            chance.sample(column.values, chance.randint(1, len(column.values)))
        ),
        "yes-no": lambda: chance.choice(["yes", "no"]),
        "date": lambda: pd.Timestamp(AS_OF + timedelta(days=chance.randint(-900, 300))),
        "period": lambda: chance.choice(["P1Y", "P3Y", "until the account is closed"]),
        "country": lambda: chance.choice(COUNTRIES),
        "bases": lambda: ";".join(chance.sample(BASES, chance.randint(1, 2))),
        "reference": lambda: chance.choice(referred) if referred else None,
        "references": lambda: (
            ";".join(chance.sample(referred, chance.randint(1, min(4, len(referred)))))
            if referred
            else None
        ),
        "scope": lambda: _draw_scope(ids, known, chance),
        "sha256": lambda: None,
        "path": lambda: PROOF,
    }
    return draw[column.kind]()


def _draw_scope(ids: Mapping[str, Sequence[str]], known: Any, chance: random.Random) -> str:
    table = chance.choice(["systems", "flows", "activities"])
    family = chance.choice(sorted(known.categories)).partition(".")[0]
    return chance.choice(["all", f"{table}/{chance.choice(ids[table])}", f"category:{family}"])


# --- changing


def protect(case: Any, chance: random.Random, number: int = 12) -> Any:
    """Add safeguards in place whose evidence is there and new, somewhere."""
    controls = sorted(case.knowledge.controls)
    remedies = sorted({c for r in case.knowledge.rules.values() for c in r.remedy if c in controls})
    ids = {name: list(frame["id"]) for name, frame in case.frames.items()}
    day = pd.Timestamp(case.as_of)
    rows = [
        {"id": f"more{n}", "control": chance.choice(remedies), "kind": "technical",
         "scope": _draw_scope(ids, case.knowledge, chance), "status": "in-place",
         "evidence": _find_proof(case), "evidence_on": day, "tested_on": day}
        for n in range(number)
    ]  # fmt: skip
    return _add_rows(case, "safeguards", rows)


def worsen_transport(case: Any, chance: random.Random) -> Any:
    """Let flows travel less safely than before; what is carried by hand stays so."""

    def worsen(word: Any) -> Any:
        known = TRANSPORTS.index(word) if word in TRANSPORTS else len(TRANSPORTS)
        worse = TRANSPORTS[known + 1 :]
        return chance.choice(worse) if worse and chance.random() < 0.5 else word

    return _change_column(case, "flows", "transport", worsen)


def add_persons(case: Any, chance: random.Random) -> Any:
    """Let every number of persons that is stated grow, or stay."""

    def grow(number: Any) -> Any:
        return number if pd.isna(number) else round(number * chance.choice([1, 1.5, 20, 1000])) + 1

    for table, column in (
        ("activities", "persons"),
        ("flows", "persons"),
        ("flows", "persons_year"),
    ):
        case = _change_column(case, table, column, grow)
    total = case.organisation.persons_total
    return replace(
        case, organisation=replace(case.organisation, persons_total=grow(total) if total else total)
    )


def add_sensitive(case: Any, chance: random.Random) -> Any:
    """Let flows carry items of sensitive categories besides, and activities have children."""
    known = [
        c.id for c in case.knowledge.categories.values()
        if all(c.sensitive.get(regime) == "yes" for regime in case.regimes)
    ]  # fmt: skip
    flows = case.frames["flows"]
    chosen = [n for n in range(len(flows)) if chance.random() < 0.4]
    rows = [
        {
            "id": f"more{n}",
            "activity": flows["activity"].iloc[n],
            "category": chance.choice(sorted(known)),
        }
        for n in chosen
    ]
    carried = flows["items"].copy()
    for n in chosen:
        carried.iloc[n] = f"more{n}" if pd.isna(carried.iloc[n]) else f"{carried.iloc[n]};more{n}"
    frames = {**case.frames, "flows": flows.assign(items=carried)}
    case = _add_rows(replace(case, frames=frames), "items", rows)
    return _change_column(
        case, "activities", "children",
        lambda word: "5" if word == "0" and chance.random() < 0.5 else word,
    )  # fmt: skip


def worsen(case: Any, chance: random.Random) -> Any:
    for change in (worsen_transport, add_persons, add_sensitive):
        case = change(case, chance)
    return case


def shuffle(case: Any, chance: random.Random) -> Any:
    frames = {
        name: frame.sample(frac=1, random_state=chance.randrange(1 << 30)).reset_index(drop=True)
        for name, frame in case.frames.items()
    }
    return replace(case, frames=frames)


def rename(case: Any) -> tuple[Any, dict[str, str]]:
    """Give every row another id, in another order; return the old id of each new one."""
    from piaskit.case import TABLES

    known = sorted({id for frame in case.frames.values() for id in frame["id"]})
    new = {id: f"n{len(known) - n:04}" for n, id in enumerate(known)}
    named = re.compile(r"[^/;@:]+(?=;|$)")
    frames = dict(case.frames)
    for name, frame in case.frames.items():
        kinds = ("id", "reference", "references", "scope")
        columns = [c.name for c in TABLES[name].columns if c.kind in kinds or c.name == "risk"]
        for column in columns:
            cells = [
                cell if pd.isna(cell) else named.sub(lambda m: new.get(m[0], m[0]), cell)
                for cell in frame[column]
            ]
            frame = frame.assign(**{column: pd.Series(cells, frame.index, frame[column].dtype)})
        frames[name] = frame
    return replace(case, frames=frames), {id: old for old, id in new.items()}


def _change_column(case: Any, table: str, column: str, change: Callable[[Any], Any]) -> Any:
    frame = case.frames[table]
    cells = pd.Series([change(cell) for cell in frame[column]], frame.index, frame[column].dtype)
    return replace(case, frames={**case.frames, table: frame.assign(**{column: cells})})


def _add_rows(case: Any, table: str, rows: Rows) -> Any:
    from piaskit.case import TABLES

    frame = case.frames[table]
    more = make_frame(TABLES[table], rows).reindex(columns=frame.columns)
    joined = pd.concat([frame, more.astype(frame.dtypes)], ignore_index=True)
    return replace(case, frames={**case.frames, table: joined})


def _find_proof(case: Any) -> str:
    return min(p.name for p in (case.root / "evidence").iterdir() if p.is_file())


# --- judging


@dataclass(frozen=True)
class Levels:
    """Levels as numbers in three states: of risks by id, of the rest by activity and dimension.

    ``said`` is the whole answer as JSON.
    """

    risks: dict[str, tuple[int, ...]]
    rest: dict[str, tuple[int, ...]]
    said: str

    def translate(self, back: Mapping[str, str]) -> Levels:
        """Return the same with ids as they were before ``rename``."""

        def name(id: str) -> str:
            head, slash, tail = id.rpartition("/")
            first, *more = tail.split(" ")
            return head + slash + " ".join([back.get(first, first), *more])

        risks = {name(id): told for id, told in self.risks.items()}
        return Levels(risks, {name(id): told for id, told in self.rest.items()}, "")


def read_levels(case: Any, methods: Sequence[str] = ("gbt39335",)) -> Levels:
    """Assess by several methods at once; ``risks`` are the levels of the first one."""
    from piaskit.risk import assess_risks
    from piaskit.risk.scales import LEVELS, LIKELIHOODS, STATES

    found = assess_risks(case, ",".join(methods)).to_dict()
    assert not found["issues"], found["issues"]
    order = {word: n for scale in (LEVELS, LIKELIHOODS) for n, word in enumerate(scale)}

    def rank(told: Mapping[str, Any]) -> tuple[int, ...]:
        return tuple(order[told[state]] for state in STATES)

    rest = {name: rank(told) for name, told in found["overall_states"].items() if told["current"]}
    for activity in found["activities"]:
        rest[activity["id"]] = rank(activity["levels"])
        for name, told in (activity["rights"] | activity["sources"]).items():
            rest[f"{activity['id']} {name}"] = rank(told)
    for rated in found.get("by_method", ()):
        for method, told in rated["levels"].items():
            if told and method != methods[0]:
                levels = tuple(order[told[state]["level"]] for state in STATES)
                rest[f"{rated['activity']} {method}"] = levels
    risks = {}
    for risk in found["risks"]:
        for method, told in risk["levels"].items():
            levels = tuple(order[told[state]["level"]] for state in STATES)
            if method == methods[0]:
                risks[risk["id"]] = levels
            else:
                rest[f"{risk['id']} {method}"] = levels
    return Levels(risks, rest, json.dumps(found, ensure_ascii=False))


def find_lowered(before: Levels, after: Levels, ends: Sequence[str] = ENDS) -> list[str]:
    """Tell what is lower after a case got worse, and what went without another in its place."""
    told = _find_moved(before, after)
    for name in sorted(set(before.risks) - set(after.risks)):
        rule, _, subject = name.partition("@")
        heirs = [after.risks.get(f"{heir}@{subject}") for heir in HEIRS.get(rule, ())]
        same = [heir for heir in heirs if heir and all(map(int.__ge__, heir, before.risks[name]))]
        if not same and rule not in ends:
            told.append(f"{name}: gone")
    return told


def find_raised(before: Levels, after: Levels) -> list[str]:
    """Tell what is higher, or new, after safeguards were added."""
    new = sorted(set(after.risks) - set(before.risks))
    return _find_moved(after, before) + [f"{name}: new" for name in new]


def _find_moved(high: Levels, low: Levels) -> list[str]:
    return [
        f"{name}: {levels}, {new[name]}"
        for old, new in ((high.risks, low.risks), (high.rest, low.rest))
        for name, levels in old.items()
        if name in new and any(b < a for a, b in zip(levels, new[name], strict=True))
    ]


# --- the row


def without_judgements(case: Any) -> Any:
    """A judgement is fixed, so under it a plan carried out may stand higher: docs/methods.md."""
    return replace(case, frames={**case.frames, "judgements": case.frames["judgements"].iloc[:0]})


def try_laws(
    case: Any, chance: random.Random, changes: Sequence[Change]
) -> tuple[Levels, list[str]]:
    """Assess a case and its changes; return its levels, and what no law allows."""
    case = without_judgements(case)
    methods = ("gbt39335", *sorted(set(case.knowledge.methods) - {"gbt39335"}))
    before, told = read_levels(case, methods), []
    after = read_levels(protect(case, chance), methods)
    told += [f"protect {one}" for one in find_raised(before, after)]
    for change in changes:
        ends = ENDS if change in (add_sensitive, worsen) else ENDS[:1]
        lowered = find_lowered(before, read_levels(change(case, chance), methods), ends)
        told += [f"{change.__name__} {one}" for one in lowered]
    shuffled = shuffle(case, chance)
    if read_levels(shuffled, methods).said != before.said:
        told.append("the order of rows shows")
    renamed, back = rename(shuffled)
    after = read_levels(renamed, methods).translate(back)
    if (after.risks, after.rest) != (before.risks, before.rest):
        told.append("ids show")
    return before, [f"{case.id}: {one}" for one in told]


@row(
    "More safeguards, worse transport, more persons, more sensitive data, other ids and orders: "
    "every rule, two known and 20 drawn cases; two processes give equal bytes",
    "no level moves the wrong way",
)
def risk_laws() -> Measured:
    import piaskit as product

    worse = (worsen_transport, add_persons, add_sensitive, worsen)
    cases = [product.read_case(MARKETPLACE)]
    cases.append(product.read_case(write_proof(write_crowd(scratch() / "crowd-laws"))))
    cases += [draw_case(seed, scratch() / "drawn") for seed in range(1, DRAWN + 1)]
    told, fired, risks = [], set(), 0
    for number, case in enumerate(cases):
        found, wrong = try_laws(case, random.Random(number), worse)
        fired |= {name.partition("@")[0] for name in found.risks}
        risks += len(found.risks)
        told += wrong
    said = [
        run(sys.executable, "-m", "piaskit", "assess", MARKETPLACE, "--json",
            env={**os.environ, "PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    if said[0] != said[1] or not said[0]:
        told.append("two processes differ")
    rules = [r.id for r in cases[0].knowledge.rules.values() if r.kind in ("gap", "exposure")]
    silent = sorted(set(rules) - fired)
    value = (
        f"{len(told)} wrong in {len(cases)} cases with {risks} risks of {len(fired)} rules of"
        f" {len(rules)} (silent everywhere: {', '.join(silent) or 'none'})"
    )
    return "; ".join([value, *told]), not told
