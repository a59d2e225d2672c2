"""Flows between the systems of Fides manifests: one per edge, whichever end declares it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from piaskit.importers._fideslang import Record, is_below, list_records, list_texts
from piaskit.importers.register import make_slug

if TYPE_CHECKING:
    from piaskit.importers._fides import FidesReader


class EdgeReader:
    """Reads ingress and egress of systems and their declarations."""

    def __init__(self, reader: FidesReader) -> None:
        self.out, self.lists, self.datasets = reader.out, reader.lists, reader.datasets
        self.systems, self.activities, self.items = reader.systems, reader.activities, reader.items
        self.serving = reader.serving

    def run(self) -> None:
        """Make one flow of each edge, whichever end declares it, and both ends when they differ."""
        edges: dict[tuple[str, str, str], list[tuple[str, frozenset[str]]]] = {}
        for system in self.lists["system"]:
            key = str(system.get("fides_key"))
            for activity, flows in _declared_edges(system, self.activities.get(key, [])):
                for outward, flow in flows:
                    other = str(flow.get("fides_key") or "")
                    kind = str(flow.get("type") or "system")
                    edge = (key, other, kind) if outward else (other, key, kind)
                    categories = frozenset(list_texts(flow, "data_categories"))
                    ends = edges.setdefault(edge, [])
                    if (key, categories) in ends and not activity:
                        self.out.contradict(f"edge {edge[0]} to {edge[1]}: declared twice by {key}")
                    ends.append((activity or key, categories))
        for (source, target, kind), ends in edges.items():
            self._add_edge(source, target, kind, ends)

    def _add_edge(
        self, source: str, target: str, kind: str, ends: list[tuple[str, frozenset[str]]]
    ) -> None:
        text = f"edge {source} to {target}"
        stated = [c for _, c in ends if c]
        if len(set(stated)) > 1:
            told = "the two ends name different data categories; both are kept"
            self.out.contradict(f"{text}: {told}")
        named = {a for a, _ in ends if a in self.items}
        # What both ends declare is one flow, that of the source; each of its declarations has one.
        serving = [a for a in self.serving.get((source, target), []) if a in self.items]
        serving = serving or [a for a in self.activities.get(source, []) if a in named]
        serving = serving or sorted(named)
        declared = self.activities.get(source) or self.activities.get(target) or []
        if not serving and not declared:
            self.out.contradict(f"{text}: neither end has a privacy declaration; no flow made")
            return
        if not serving and len(declared) > 1:
            self.out.lack(text, f"which declaration it serves (read as {declared[0]})")
        places = {}
        for end, key in (("source", source), ("target", target)):
            if kind == "user" and key == "user":
                places[end] = self._find_subject()
            elif key in self.systems:
                places[end] = self.systems[key]
            elif kind == "dataset" and key in self.datasets:
                title = str(self.datasets[key].get("name") or key)
                row = {"id": make_slug(key), "title": title}
                self.systems[key] = places[end] = self.out.add("systems", row)
            else:
                self.out.contradict(f"{text}: {key} is not declared in any of the files")
                places[end] = ""
        stage = self._read_stage(places)
        if kind == "user" and source == "user":
            stage = "collect"
        elif kind == "dataset":
            stage = "store" if target in self.datasets else "use"
        categories = frozenset[str]().union(*stated)
        for activity in serving or declared[:1]:
            items = [
                item
                for category, item in self.items[activity].items()
                if any(is_below(category, c) for c in categories)
            ]
            parts = (places["source"] or source, "to", places["target"] or target)
            row = {"id": make_slug(*parts), "activity": activity, "stage": stage}
            self.out.add("flows", row | places | {"items": ";".join(dict.fromkeys(items))})
            if not items:
                self.out.lack(text, "which data it carries")

    def _read_stage(self, places: dict[str, str]) -> str:
        """Read the stage from the roles of parties at its ends; between systems it transmits."""
        parties = self.out.tables.get("parties", {})
        roles = {end: parties.get(id, {}).get("role", "") for end, id in places.items()}
        if roles["source"] == "subject":
            return "collect"
        if roles["target"] in ("", "subject"):
            return "transmit"
        return "process" if roles["target"] == "processor" else "provide"

    def _find_subject(self) -> str:
        for identifier, row in self.out.tables.get("parties", {}).items():
            if row["role"] == "subject":
                return identifier
        return self.out.add("parties", {"id": "users", "title": "Users", "role": "subject"})


def _declared_edges(
    system: Record, activities: list[str]
) -> Iterator[tuple[str, list[tuple[bool, Record]]]]:
    sides = (("egress", True), ("ingress", False))
    yield "", [(out, f) for side, out in sides for f in list_records(system, side)]
    declarations = list_records(system, "privacy_declarations")
    for activity, declaration in zip(activities, declarations, strict=False):
        named = []
        for side, out in sides:
            flows = {str(f.get("fides_key")): f for f in list_records(system, side)}
            keys = list_texts(declaration, side)
            named += [(out, flows.get(key, {"fides_key": key})) for key in keys]
        yield activity, named
