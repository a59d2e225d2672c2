"""Which risks are new, gone, raised or lowered between two cases, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from piaskit.comparison.inventory import Inventory
from piaskit.comparison.wording import Writer
from piaskit.risk import assess_risks
from piaskit.risk.scales import LEVELS, STATES

if TYPE_CHECKING:
    from piaskit.case import Case

NAMED = 5  # changed rows that a reason names; the rest is counted
Risk = dict[str, Any]
Why = dict[str, Any]
GROUPS = ("new", "gone", "raised", "lowered", "changed")
DECIDED = {"actions": "action", "acceptances": "acceptance"}


def compare_risks(
    old: Case, new: Case, inventory: Inventory, writers: tuple[Writer, Writer], method: str
) -> dict[str, list[Risk]]:
    """Assess both cases by one method and return the risks of each of ``GROUPS``.

    Raised and lowered speak of the current level; ``changed`` are those whose inherent or planned
    level, or whose acceptance, is another one while the current level stayed. Every risk says why;
    one that the method does not rate is left out.
    Raises InvalidData for an unknown method.
    """
    one, two = (
        {
            risk["id"]: risk
            for risk in assess_risks(case, method).result["risks"]
            if method in risk["levels"]
        }
        for case in (old, new)
    )
    one = {_follow_id(id, inventory): risk for id, risk in one.items()}
    reasons = _Reasons(old, new, inventory, writers, method)
    found: dict[str, list[Risk]] = {group: [] for group in GROUPS}
    for id in sorted({*one, *two}):
        before, after = one.get(id), two.get(id)
        if before is None or after is None:
            risk = after or before or {}
            entry = _describe(id, risk) | {"level": _level(risk, method, "current")}
            group = "new" if before is None else "gone"
            found[group].append(entry | {"why": reasons.explain(id, before, after)})
            continue
        states = {
            state: {"from": _level(before, method, state), "to": _level(after, method, state)}
            for state in STATES
        }
        moved = {state: pair for state, pair in states.items() if pair["from"] != pair["to"]}
        decision = {"from": _decision(before), "to": _decision(after)}
        if not moved and decision["from"] == decision["to"]:
            continue
        now = states["current"]
        step = LEVELS.index(now["to"]) - LEVELS.index(now["from"])
        group = "raised" if step > 0 else "lowered" if step < 0 else "changed"
        entry = _describe(id, after) | now | {"states": moved, "decision": decision}
        found[group].append(entry | {"why": reasons.explain(id, before, after)})
    return found


def list_failing(risks: dict[str, list[Risk]], level: str) -> list[str]:
    """Return the ids of new or raised risks at or above a level; ValueError for no level."""
    if level not in LEVELS:
        raise ValueError(f"{level!r} is no level; levels are {', '.join(LEVELS)}")
    bad = LEVELS[LEVELS.index(level) :]
    failing = [risk["id"] for risk in risks["new"] if risk["level"] in bad]
    return failing + [risk["id"] for risk in risks["raised"] if risk["to"] in bad]


def _follow_id(id: str, inventory: Inventory) -> str:
    rule, _, subject = id.partition("@")
    table, _, row = subject.partition("/")
    return f"{rule}@{table}/{inventory.renames.get(table, {}).get(row, row)}"


def _level(risk: Risk, method: str, state: str) -> str:
    return str(risk["levels"][method][state]["level"])


def _decision(risk: Risk) -> str | None:
    decision: str | None = risk["treatment"]["decision"]
    return decision


def _describe(id: str, risk: Risk) -> Risk:
    names = ("rule", "kind", "title", "title_zh", "threat", "threat_zh", "activity")
    subject = risk["subject"]
    return {"id": id, **{name: risk[name] for name in names}, "subject": subject}


@dataclass(frozen=True)
class _Reasons:
    """Looks for what made a risk appear, vanish or move."""

    old: Case
    new: Case
    inventory: Inventory
    writers: tuple[Writer, Writer]
    method: str

    def explain(self, id: str, before: Risk | None, after: Risk | None) -> list[Why]:
        """Return the reasons, the closest first; never none."""
        either = [risk for risk in (before, after) if risk is not None]
        found = self._name_rows(id, either)
        found += self._name_safeguards(either[-1])
        found += self._name_packs(either[-1])
        told = {why["kind"] for why in found}
        if len(either) == 2 and "acceptance" not in told and _decision(either[0]):
            found += self._name_ended(either[0]) if _decision(either[1]) is None else []
        if not told & {"row", "action", "acceptance"} and self.old.as_of != self.new.as_of:
            days = {"old": self.old.as_of.isoformat(), "new": self.new.as_of.isoformat()}
            found.append(self._say("day", "day", [], **days))
        if not found and (packs := self._tell_versions()["packs"]) != "-":
            found.append(self._say("pack", "packs", [], packs=packs))
        if not found:
            found += self._name_case()
        if not found:
            n = len(self.inventory.changes)
            found.append(self._say("elsewhere", "elsewhere", [], n=n))
        return found

    def _say(self, kind: str, label: str, rows: list[dict[str, str]], **fields: object) -> Why:
        english, chinese = (writer.say(f"why.{label}", **fields) for writer in self.writers)
        return {"kind": kind, "because": english, "because_zh": chinese, "rows": rows}

    def _name_rows(self, id: str, risks: Sequence[Risk]) -> list[Why]:
        """Name the changed rows behind a risk; without one, those of its activities."""
        near = {(risk["subject"]["table"], risk["subject"]["id"]) for risk in risks}
        near |= {("flows", flow) for risk in risks for flow in risk["flows"]}
        near |= {
            (row["table"], row["id"])
            for risk in risks
            for reason in risk["because"]
            for row in reason["rows"]
        }
        near |= {end for key in near if key[0] == "flows" for end in self._list_ends(key[1])}
        near = {(table, self._follow(table, row)) for table, row in near}
        places = [place for key in sorted(near) for place in self.by_row.get(key, ())]
        places += self.by_risk.get(id, [])
        activities = {name for risk in risks for name in risk["activities"]}
        if not places:
            places = [p for name in sorted(activities) for p in self.by_activity.get(name, ())]
        return self._tell_places(sorted(set(places)))

    def _tell_places(self, places: Sequence[int]) -> list[Why]:
        found = []
        for row in self.inventory.changes.iloc[list(places[:NAMED])].to_dict("records"):
            change = {str(k): None if pd.isna(v) else v for k, v in row.items()}
            english, chinese = (writer.tell(change) for writer in self.writers)
            rows = [{"table": change["table"], "id": change["id"]}]
            kind = DECIDED.get(str(change["table"]), "row")
            found.append({"kind": kind, "because": english, "because_zh": chinese, "rows": rows})
        if len(places) > NAMED:
            found.append(self._say("row", "more", [], n=len(places) - NAMED))
        return found

    def _name_ended(self, before: Risk) -> list[Why]:
        """Name the acceptance that counted on the old day and no longer does."""
        row = next(r for r in reversed(before["treatment"]["acceptances"]) if r["counts"])
        rows = [{"table": "acceptances", "id": row["id"]}]
        return [self._say("acceptance", "ended", rows, id=row["id"], on=row["expires_on"])]

    def _name_safeguards(self, risk: Risk) -> list[Why]:
        """Name the safeguards that hold such a risk down and whose state changed."""
        wanted = set(risk["remedy"])
        moved = self.inventory.safeguards
        rows = moved[moved["control"].isin(wanted)]
        found = []
        for id, was, now in rows[["id", "was", "now"]].itertuples(index=False, name=None):
            texts = [
                writer.say(
                    "why.safeguard",
                    title=writer.name_row("safeguards", id),
                    old=self._name_state(was, writer),
                    new=self._name_state(now, writer),
                )
                for writer in self.writers
            ]
            told = {"kind": "safeguard", "because": texts[0], "because_zh": texts[1]}
            found.append(told | {"rows": [{"table": "safeguards", "id": id}]})
        return found[:NAMED]

    def _name_state(self, state: Any, writer: Writer) -> str:
        return writer.say("absent") if pd.isna(state) else writer.say(f"state.{state}")

    def _name_packs(self, risk: Risk) -> list[Why]:
        """Name the rule or the method when the packs of the two cases say something else."""
        found = []
        rules = [case.knowledge.rules.get(risk["rule"]) for case in (self.old, self.new)]
        if rules[0] != rules[1]:
            label = "rule-new" if rules[0] is None else "rule-gone" if rules[1] is None else "rule"
            found.append(self._say("rule", label, [], id=risk["rule"], **self._tell_versions()))
        methods = [case.knowledge.methods.get(self.method) for case in (self.old, self.new)]
        if methods[0] != methods[1]:
            found.append(self._say("pack", "method", [], id=self.method, **self._tell_versions()))
        return found

    def _tell_versions(self) -> dict[str, str]:
        """Return the packs whose text differs, with their versions on either side."""
        one, two = (
            {pack.id: (pack.version, pack.sha256) for pack in case.knowledge.packs}
            for case in (self.old, self.new)
        )
        differ = [id for id in sorted({*one, *two}) if one.get(id) != two.get(id)]
        told = [
            f"{id} {one.get(id, ('-',))[0]} → {two.get(id, ('-',))[0]}" for id in differ[:NAMED]
        ]
        return {"packs": "; ".join(told) or "-"}

    def _name_case(self) -> list[Why]:
        changes = self.inventory.changes
        return self._tell_places([*changes.index[changes["table"] == "case"]])

    def _follow(self, table: str, id: str) -> str:
        return self.inventory.renames.get(table, {}).get(id, id)

    @cached_property
    def by_row(self) -> dict[tuple[str, str], list[int]]:
        """The changes of each row, by their numbers; a recipient stands at its activity."""
        changes = self.inventory.changes
        keys = zip(changes["table"], changes["id"], strict=True)
        return _group(keys, range(len(changes)))

    @cached_property
    def by_activity(self) -> dict[str, list[int]]:
        changes = self.inventory.changes
        known = changes["activity"].notna()
        return _group(changes.loc[known, "activity"], changes.index[known])

    @cached_property
    def by_risk(self) -> dict[str, list[int]]:
        """The changed actions and acceptances, by the risk they speak of."""
        changes = self.inventory.changes
        risk_of = {
            (table, id): risk
            for case in (self.old, self.new)
            for table in DECIDED
            for id, risk in case.frames[table][["id", "risk"]].itertuples(index=False, name=None)
        }
        rows = changes[changes["table"].isin([*DECIDED])]
        risks = [risk_of.get(key) for key in zip(rows["table"], rows["id"], strict=True)]
        return _group([risk if isinstance(risk, str) else "" for risk in risks], rows.index)

    def _list_ends(self, flow: str) -> list[tuple[str, str]]:
        return [
            (table, end)
            for end in self.ends.get(flow, ())
            for table in ("parties", "systems")
            if isinstance(end, str)
        ]

    @cached_property
    def ends(self) -> dict[str, tuple[Any, Any]]:
        """Source and target of the flows of either case."""
        found: dict[str, tuple[Any, Any]] = {}
        for case in (self.old, self.new):
            frame = case.frames["flows"]
            found |= dict(
                zip(frame["id"], zip(frame["source"], frame["target"], strict=True), strict=True)
            )
        return found


def _group(keys: Any, places: Any) -> dict[Any, list[int]]:
    found: dict[Any, list[int]] = {}
    for key, place in zip(keys, places, strict=True):
        found.setdefault(key, []).append(int(place))
    return found
