"""Columns of schemas that others wrote, judged by name, type and comment against labels."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from accept.row import ROOT, Measured, NotRun, piaskit, row
from piaskit.case.words import fold

SCHEMAS = ROOT.parent / "shared" / "data" / "schemas"
KEYS = ROOT / "tests" / "keys"
SHIPPED = ROOT / "src" / "piaskit"
LEAST_OWN = 7  # characters from which a comment is a sentence of its own, not a word of the field
_HELD = {"PI", "SECRET"}

Labels = Mapping[tuple[str, str], str]


def read_rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        raise NotRun(f"{path.name} is not here")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def discover(source: Path, *, rows: bool = False) -> dict[tuple[str, str], str]:
    """Return what is reported of the columns of a list: PI or SECRET, by table and column.

    With ``rows`` the other columns of tables of persons' records count too.
    """
    done = piaskit("discover", source, "--json")
    if done.returncode:
        raise AssertionError(done.stderr.strip()[-200:])
    kinds = {"personal": "PI", "secret": "SECRET"}
    answer = json.loads(done.stdout)
    told = {(f["table"], f["column"]): kinds[f["kind"]] for f in answer["findings"]}
    held = [(t["table"], c) for t in answer["person_tables"] for c in t["columns"]] if rows else []
    links = {(k["table"], k["column"]) for k in answer["links"]}
    return {place: "PI" for place in held if place not in links} | told


def compare(labels: Labels, got: Mapping[tuple[str, str], str]) -> tuple[Counter[str], list[str]]:
    """Count hits, misses and false alarms; name each error."""
    counts: Counter[str] = Counter()
    errors = []
    for place, want in labels.items():
        found = got.get(place, "NONE")
        if want in _HELD:
            counts["hit" if found in _HELD else "miss"] += 1
        elif found in _HELD:
            counts["false"] += 1
            counts["link"] += want == "LINK"
        if want == "SECRET" and found != "SECRET":
            counts["no secret"] += 1
        if (want in _HELD) != (found in _HELD) or (want == "SECRET") != (found == "SECRET"):
            errors.append(f"{'.'.join(place)} is {want}, told as {found}")
    return counts, errors


def tell(counts: Counter[str], errors: Iterable[str]) -> tuple[float, float, str]:
    recall = counts["hit"] / max(1, counts["hit"] + counts["miss"])
    precision = counts["hit"] / max(1, counts["hit"] + counts["false"])
    listed = "; ".join(errors) or "none"
    print(f"errors: {listed}")
    shares = f"recall {recall:.3f}, precision {precision:.3f}"
    rest = f"{counts['link']} links told, {counts['no secret']} secrets not told as such"
    return recall, precision, f"{shares}, {rest}; errors: {listed}"


@row(
    "375 labelled columns of a foreign shop, by names and comments",
    "recall at least 0.95, precision at least 0.90, no link told, secrets as secrets",
)
def columns_of_a_shop() -> Measured:
    rows = read_rows(SCHEMAS / "litemall_zh" / "gold_pi_labels.csv")
    labels = {(r["table"], r["column"]): r["label"] for r in rows}
    counts, errors = compare(labels, discover(SCHEMAS / "litemall_zh" / "columns.csv"))
    recall, precision, told = tell(counts, errors)
    held = recall >= 0.95 and precision >= 0.90
    return told, held and not counts["link"] and not counts["no secret"] and len(labels) == 375


@row("200 columns labelled cold before the code ran", "the figures are told, errors printed")
def columns_labelled_cold() -> Measured:
    rows = read_rows(SCHEMAS / "mall_zh" / "columns.csv")
    cold = read_rows(KEYS / "columns-cold.csv")
    labels = {}
    for entry in cold:
        column = rows[int(entry["line"]) - 2]
        labels[column["table"], column["column"]] = entry["label"]
    source = SCHEMAS / "mall_zh" / "columns.csv"
    told = []
    for name, rows in (("columns told", False), ("and columns of persons' records", True)):
        counts, errors = compare(labels, discover(source, rows=rows))
        told.append(f"{name}: {tell(counts, errors)[2]}")
    return " · ".join(told), len(labels) == 200


@row("two invented schemas labelled before the code ran", "recall 0.95, precision 0.90 in each")
def columns_of_other_kinds() -> Measured:
    told, held = [], True
    for name in ("clinic", "school"):
        path = KEYS / f"columns-{name}.csv"
        labels = {(r["table"], r["column"]): r["label"] for r in read_rows(path)}
        counts, errors = compare(labels, discover(path))
        recall, precision, text = tell(counts, errors)
        held &= recall >= 0.95 and precision >= 0.90
        told.append(f"{name}: {text}")
    return " · ".join(told), held


@row(
    "names and comments of the foreign schemas in what is shipped",
    "no table name, no table.column pair, no comment that is a phrase of its own",
)
def columns_not_learnt() -> Measured:
    words = set()
    for path in sorted((SHIPPED / "knowledge" / "names").glob("*.yaml")):
        words |= {fold(word) for word in _list_words(yaml.safe_load(path.read_text("utf-8")))}
    code = [p.read_text("utf-8") for p in sorted((SHIPPED / "discovery").rglob("*.py"))]
    found = set()
    for schema in ("litemall_zh", "mall_zh"):
        for entry in read_rows(SCHEMAS / schema / "columns.csv"):
            pair = f"{entry['table']}.{entry['column']}"
            names = {entry["table"], pair} if "_" in entry["table"] else {pair}
            phrases = {c for c in (entry["comment"], entry["table_comment"]) if len(c) >= LEAST_OWN}
            found |= {n for n in names | phrases if fold(n) in words or any(n in c for c in code)}
    return f"{len(found)} found: {', '.join(sorted(found)) or 'none'}", not found


def _list_words(content: object) -> Iterable[str]:
    if isinstance(content, str):
        yield content
    for inner in content.values() if isinstance(content, dict) else ():
        yield from _list_words(inner)
    for inner in content if isinstance(content, list) else ():
        yield from _list_words(inner)
