"""What changed in an inventory, column by column and a million rows at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from piaskit.case.columns import find_rows
from piaskit.case.tables import TABLES
from piaskit.comparison.renames import Frames, Renames, find_renames, follow_renames
from piaskit.safeguards import judge_safeguards

if TYPE_CHECKING:
    from piaskit.case import Case

TOPICS = (
    "purpose", "recipient", "retention", "legal-basis", "activity", "item", "flow", "party",
    "system", "safeguard", "other",
)  # fmt: skip
"""What an approver reads first comes first."""

KINDS = ("added", "removed", "changed", "renamed")
_COLUMNS = ["topic", "kind", "table", "id", "column", "old", "new", "activity"]
_TOPIC_OF_TABLE = {
    "activities": "activity", "items": "item", "flows": "flow", "parties": "party",
    "systems": "system", "safeguards": "safeguard",
}  # fmt: skip
_TOPIC_OF_COLUMN = {
    ("activities", "purpose"): "purpose",
    ("parties", "role"): "recipient",
    ("parties", "country"): "recipient",
    ("parties", "onward"): "recipient",
    ("items", "retention"): "retention",
    ("items", "retention_start"): "retention",
    ("flows", "disposal"): "retention",
    ("activities", "legal_basis"): "legal-basis",
    ("flows", "legal_basis"): "legal-basis",
    ("flows", "consent"): "legal-basis",
}


@dataclass(frozen=True)
class Inventory:
    """The changes of an inventory, one row each.

    ``changes``: ``topic kind table id column old new activity``, all text, sorted by topic; ids are
    those of the new case, or of the old one for what is gone; a recipient stands at its activity
    with ``column`` recipients, the state of its evidence at a safeguard with ``column`` state.
    ``renames`` holds per table the new id of each renamed row; ``safeguards`` those whose state
    differs: ``id control was now``, blank where there was or is none.
    """

    changes: pd.DataFrame
    renames: Renames
    safeguards: pd.DataFrame

    def count(self) -> dict[str, dict[str, int]]:
        """Return the number of changes per topic and kind."""
        sizes = self.changes.groupby(["topic", "kind"]).size()
        return {t: {k: int(sizes.get((t, k), 0)) for k in KINDS} for t in TOPICS}


def compare_inventories(old: Case, new: Case) -> Inventory:
    """Compare every table of two cases, and what the cases themselves say.

    The order of rows and of the members of a list makes no difference.
    """
    differ = [t for t in TABLES if not old.frames[t].equals(new.frames[t])]
    passing = {"flows", "parties"} if {"flows", "parties"} & {*differ} else set()
    wanted = [table for table in TABLES if table in {*differ, *passing}]
    before, after = _write_frames(old, new, wanted), _write_frames(new, old, wanted)
    renames = find_renames(before, after)
    if renames:
        before = {table: follow_renames(table, frame, renames) for table, frame in before.items()}
    safeguards = _compare_states(old, new, renames.get("safeguards", {}))
    parts = [_compare_headers(old, new), _list_states(safeguards)]
    if passing:
        parts.append(_compare_recipients(before, after))
    for table in differ:
        parts.append(_compare_rows(table, before[table], after[table]))
        parts.append(_list_renames(table, after[table], renames.get(table, {})))
    changes = pd.concat([part for part in parts if len(part)] or [pd.DataFrame(columns=_COLUMNS)])
    changes = changes.reindex(columns=_COLUMNS).astype("str")
    order = {topic: place for place, topic in enumerate(TOPICS)}
    ranked = changes.assign(rank=changes["topic"].map(order))
    ranked = ranked.sort_values(["rank", "table", "id", "column", "kind", "old", "new"])
    return Inventory(ranked.drop(columns="rank").reset_index(drop=True), renames, safeguards)


def _write_frames(case: Case, other: Case, tables: Iterable[str]) -> Frames:
    """Return tables as text, with the columns that either case has."""
    written = {}
    for table in tables:
        frame = case.frames[table]
        names = list(dict.fromkeys([*frame.columns, *other.frames[table].columns]))
        frame = frame.reindex(columns=names)
        dates = [name for name in names if pd.api.types.is_datetime64_any_dtype(frame[name])]
        told = {name: frame[name].dt.strftime("%Y-%m-%d").astype("str") for name in dates}
        written[table] = frame.assign(**told).astype("str")
    return written


def _make_changes(
    table: str, kind: str, ids: pd.Series[str], topic: str, **more: Any
) -> pd.DataFrame:
    made = pd.DataFrame({"id": ids.to_numpy()})
    for name, value in more.items():
        made[name] = value.to_numpy() if isinstance(value, pd.Series) else value
    return made.assign(topic=topic, kind=kind, table=table)


def _compare_rows(table: str, old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    own = _TOPIC_OF_TABLE.get(table, "other")
    parts = []
    for kind, here, there in (("added", new, old), ("removed", old, new)):
        rows = here[find_rows(there["id"], here["id"]) < 0]
        parts.append(_make_changes(table, kind, rows["id"], own, activity=_owner(table, rows)))
        if table == "activities":
            rows = rows[rows["purpose"].notna()]
            value = {"added": "new", "removed": "old"}[kind]
            stated = {"column": "purpose", value: rows["purpose"], "activity": rows["id"]}
            parts.append(_make_changes(table, kind, rows["id"], "purpose", **stated))
    place = find_rows(old["id"], new["id"])
    one, two = old.iloc[place[place >= 0]], new[place >= 0]
    one = one.set_index(two.index)
    for column in two.columns.drop("id"):
        differ = _find_different(table, column, one[column], two[column])
        if differ.any():
            before, after = one.loc[differ, column], two.loc[differ, column]
            base = column.removesuffix("_en").removesuffix("_zh")
            topic = _TOPIC_OF_COLUMN.get((table, base), own)
            told = {"column": column, "old": before, "new": after}
            owner = _owner(table, two[differ])
            ids = two.loc[differ, "id"]
            parts.append(_make_changes(table, "changed", ids, topic, activity=owner, **told))
    return pd.concat(parts)


def _owner(table: str, rows: pd.DataFrame) -> pd.Series[Any]:
    """Return the activity each row belongs to, blank where it belongs to none."""
    name = "id" if table == "activities" else "activity"
    return rows[name] if name in rows else pd.Series(pd.NA, index=rows.index, dtype="str")


def _find_different(table: str, column: str, one: pd.Series[str], two: pd.Series[str]) -> Any:
    differ = (one.ne(two) & ~(one.isna() & two.isna())).to_numpy(dtype=bool, copy=True)
    declared = {known.name: known for known in TABLES[table].columns}.get(column)
    if declared is not None and declared.many and differ.any():
        same = [
            isinstance(a, str) and isinstance(b, str) and _sort_list(a) == _sort_list(b)
            for a, b in zip(one[differ], two[differ], strict=True)
        ]
        differ[differ] = [not alike for alike in same]
    return differ


def _sort_list(value: str) -> list[str]:
    return sorted(value.split(";"))


def _list_renames(table: str, new: pd.DataFrame, renames: dict[str, str]) -> pd.DataFrame:
    """Return the renamed rows; the old and the new id stand as values."""
    back = {to: start for start, to in renames.items()}
    rows = new[find_rows(pd.Series([*back], dtype="str"), new["id"]) >= 0]
    topic = _TOPIC_OF_TABLE.get(table, "other")
    told = {"column": "id", "old": rows["id"].map(back), "new": rows["id"]}
    return _make_changes(table, "renamed", rows["id"], topic, activity=_owner(table, rows), **told)


def _compare_recipients(old: Frames, new: Frames) -> pd.DataFrame:
    """Return who began or ceased to receive information of an activity."""
    one, two = _list_recipients(old), _list_recipients(new)
    both = one.merge(two, how="outer", on=["activity", "target"], indicator=True)
    parts = []
    for side, kind, value in (("right_only", "added", "new"), ("left_only", "removed", "old")):
        rows = both[both["_merge"] == side]
        told = {"column": "recipients", value: rows["target"], "activity": rows["activity"]}
        parts.append(_make_changes("activities", kind, rows["activity"], "recipient", **told))
    return pd.concat(parts)


def _list_recipients(frames: Frames) -> pd.DataFrame:
    """Return each pair of activity and party (the persons themselves left out) that it reaches."""
    parties = frames["parties"]
    outside = parties.loc[parties["role"] != "subject", "id"]
    flows = frames["flows"]
    found = flows.loc[find_rows(outside, flows["target"]) >= 0, ["activity", "target"]]
    return found.drop_duplicates(ignore_index=True)


def _compare_states(old: Case, new: Case, renames: dict[str, str]) -> pd.DataFrame:
    """Return the safeguards whose evidence tells something else than before."""
    parts = []
    for case, name in ((old, "was"), (new, "now")):
        found = judge_safeguards(case)[["id", "state"]].rename(columns={"state": name})
        found["id"] = found["id"].replace(renames) if name == "was" and renames else found["id"]
        parts.append(found)
    both = parts[0].merge(parts[1], how="outer", on="id").sort_values("id")
    rows = pd.concat([case.frames["safeguards"] for case in (new, old)])
    control = rows.drop_duplicates("id").set_index("id")["control"]
    both = both.assign(control=both["id"].map(control).astype("str"))
    return both[~both["was"].eq(both["now"])].reset_index(drop=True)


def _list_states(safeguards: pd.DataFrame) -> pd.DataFrame:
    rows = safeguards[safeguards["was"].notna() & safeguards["now"].notna()]
    told = {"column": "state", "old": rows["was"], "new": rows["now"]}
    return _make_changes("safeguards", "changed", rows["id"], "safeguard", **told)


def _compare_headers(old: Case, new: Case) -> pd.DataFrame:
    """Return what the two cases say of themselves differently: organisation, regimes, methods."""
    one, two = dict(_read_header(old)), dict(_read_header(new))
    rows = [
        {"column": name, "old": one.get(name), "new": two.get(name)}
        for name in dict.fromkeys([*one, *two])
        if one.get(name) != two.get(name)
    ]
    frame = pd.DataFrame(rows, columns=["column", "old", "new"])
    return frame.assign(topic="other", kind="changed", table="case", id=new.id)


def _read_header(case: Case) -> Iterable[tuple[str, str]]:
    for name, value in case.organisation.items():
        if value is not None:
            yield f"organisation.{name}", str(value)
    yield "title", case.title
    yield "regimes", ";".join(sorted(case.regimes))
    yield "methods", ";".join(case.methods)
    yield from ((f"publication.{name}", str(text)) for name, text in case.publication.items())
    yield from ((f"channels.{name}", ";".join(words)) for name, words in case.channels.items())
