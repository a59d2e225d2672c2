"""The exports of a case as the export report sees them: routes, risks, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from piaskit.report.results import Results, rank_level
from piaskit.report.rows import Record, Rows
from piaskit.screening import Route, Routes

Result = Mapping[str, Any]

LAW = "cn-scc-2023"
HEADS = tuple(f"5({n})" for n in range(1, 7))
"""The heads of the assessment: SCC Measures Art. 5."""

JUDGED = {"5(3)": "recipient-safeguards", "5(5)": "recipient-law"}
"""What only a person can judge: head, and dimension of the table judgements."""

ROUTE_LAWS = ("cn-crossborder-2024", "cn-pipl 38", "cn-pipl 40")
BLANKS = ("persons", "persons_year", "channel", "transport", "items")
"""Columns of a flow that the report of an export has to state."""


@dataclass(frozen=True)
class ExportFacts:
    """All that the export report rests on: the rows, the results, and the route of each export."""

    rows: Rows
    results: Results
    routes: Routes

    @cached_property
    def flows(self) -> list[Record]:
        return [self.rows.by_id["flows"][route.flow] for route in self.routes.exports]

    @cached_property
    def route_of(self) -> dict[str, Route]:
        return {route.flow: route for route in self.routes.exports}

    @cached_property
    def activities(self) -> list[Record]:
        named = {flow["activity"] for flow in self.flows}
        return [row for row in self.rows.tables["activities"] if row["id"] in named]

    @cached_property
    def recipients(self) -> list[Record]:
        """Return the parties abroad: the targets, and who operates a system that is one."""
        parties = self.rows.by_id["parties"]
        ids = dict.fromkeys(self.receive(flow) for flow in self.flows)
        return [parties[id] for id in ids if id in parties]

    def receive(self, flow: Record) -> str | None:
        """Return the party behind the target of a flow: itself, or the operator of the system."""
        found = self.rows.find_place(flow["target"])
        if found and found[0] == "systems" and found[1]["operator"] in self.rows.by_id["parties"]:
            return str(found[1]["operator"])
        return flow["target"] if found and found[0] == "parties" else None

    def country(self, flow: Record) -> str | None:
        """Return the country of the target."""
        found = self.rows.find_place(flow["target"])
        return found[1]["country"] if found else None

    @cached_property
    def subjects(self) -> set[tuple[str, str]]:
        """Return the rows that take part in an export: flows, activities, items, ends of flows."""
        found = {("flows", flow["id"]) for flow in self.flows}
        for flow in self.flows:
            found.add(("activities", flow["activity"]))
            found |= {("items", item["id"]) for item in self.rows.carried(flow)}
            found |= {(t, str(flow["target"])) for t in ("parties", "systems")}
            found.add(("parties", str(self.receive(flow))))
        return found

    @cached_property
    def risks(self) -> list[Result]:
        """Return the risks of these rows, and those of the organisation about routes."""
        return [risk for risk in self.results.risks if self._bears_on(risk)]

    def _bears_on(self, risk: Result) -> bool:
        place = (risk["subject"]["table"], risk["subject"]["id"])
        if place[0] == "organisation":
            return self.choose_head(risk) == "5(2)"
        if place[0] == "activities" or place in self.subjects:
            return place in self.subjects
        return bool(set(self.route_of) & set(risk.get("flows") or ()))

    def choose_head(self, risk: Result) -> str:
        """Return the head under which a risk is argued: by its clauses, then by its source."""
        if any(clause.startswith(ROUTE_LAWS) for clause in risk.get("clauses") or ()):
            return "5(2)"
        return {
            "process": "5(1)",
            "people-third-parties": "5(3)",
            "network-tech": "5(4)",
            "business-scale": "5(6)",
        }.get(str(risk.get("source")), "5(6)")

    def judge(self, activity: str, dimension: str) -> Record | None:
        """Return the judgement in force on an activity: the latest that states a level."""
        return self._judgements.get((activity, dimension))

    @cached_property
    def _judgements(self) -> dict[tuple[str, str], Record]:
        stated = [row for row in self.rows.tables["judgements"] if row["level"]]
        stated.sort(key=lambda row: (str(row["judged_on"] or ""), row["id"]))
        return {(row["activity"], row["dimension"]): row for row in stated}

    def list_blanks(self, flow: Record) -> list[tuple[str, str, str]]:
        """Return the facts an export lacks, as (table, id, column or dimension)."""
        activity = self.rows.by_id["activities"].get(flow["activity"], {"id": flow["activity"]})
        lacks = [("flows", flow["id"], name) for name in BLANKS if flow[name] is None]
        if (
            self.route_of[flow["id"]].due in ("assessment", "contract")
            and not flow["mechanism_ref"]
        ):
            lacks.append(("flows", flow["id"], "mechanism_ref"))
        lacks += [
            ("activities", str(activity["id"]), name)
            for name in ("purpose", "necessity", "rights")
            if not activity.get(name)
        ]
        party = self.rows.by_id["parties"].get(self.receive(flow) or "")
        if party is None:
            lacks.append(("flows", flow["id"], "recipient"))
        else:
            names = ("contact", "contract", "onward")
            lacks += [("parties", party["id"], name) for name in names if not party[name]]
        lacks += [
            ("items", item["id"], "retention")
            for item in self.rows.carried(flow)
            if not item["retention"]
        ]
        lacks += [
            ("judgements", str(activity["id"]), dimension)
            for dimension in JUDGED.values()
            if self.judge(str(activity["id"]), dimension) is None
        ]
        return lacks

    def list_faults(self, flow: Record) -> list[Result]:
        """Return the gaps found at an export itself, and its risks that stay high when treated."""
        return self._faults.get(flow["id"], [])

    @cached_property
    def _faults(self) -> dict[str, list[Result]]:
        found: dict[str, list[Result]] = {}
        for risk in self.risks:
            table, id = risk["subject"]["table"], risk["subject"]["id"]
            stays = rank_level(self.results.level(risk, "planned")) >= rank_level("high")
            touched = set(risk.get("flows") or ()) if stays else set()
            if table == "flows" and risk["kind"] == "gap":
                touched.add(id)
            for flow in touched & set(self.route_of):
                found.setdefault(flow, []).append(risk)
        return found

    def conclude(self, flow: Record) -> str:
        """Return ``mend``, ``judge`` or ``go``: what the facts say of an export as it stands."""
        fit = self.route_of[flow["id"]].fit
        if fit in ("missing", "unfit", "expired") or self.list_faults(flow):
            return "mend"
        return "judge" if fit == "judge" or self.list_blanks(flow) else "go"


def group_risks(risks: Iterable[Result]) -> list[list[Result]]:
    """Return risks by rule, the order of the first kept."""
    groups: dict[str, list[Result]] = {}
    for risk in risks:
        groups.setdefault(risk["rule"], []).append(risk)
    return list(groups.values())


def pick_highest(results: Results, risks: Sequence[Result], state: str) -> str | None:
    """Return the highest level of some risks in a state."""
    return max((results.level(risk, state) for risk in risks), key=rank_level, default=None)
