"""The graph that piaskit itself writes, read back: every node names its table and its id."""

from __future__ import annotations

from typing import Any

from piaskit.importers._graph import Graph
from piaskit.importers.register import Register, Row

TABLE = "urn:piaskit:table:"
ORDER = ("activities", "items", "parties", "systems", "flows", "safeguards")
MEASURES = ("hasTechnicalMeasure", "hasOrganisationalMeasure", "hasPhysicalMeasure")


def list_own(graph: Graph) -> dict[Any, str]:
    """Return the nodes that name their table, with that table."""
    found = {}
    for node in graph.facts:
        for type in map(str, graph.get(node, "dct:type")):
            if type.removeprefix(TABLE) in ORDER:
                found[node] = type.removeprefix(TABLE)
    return found


class OwnReading:
    """One pass over the nodes of our own kind."""

    def __init__(self, graph: Graph, terms: dict[str, Any], out: Register) -> None:
        self.graph, self.terms, self.out = graph, terms, out
        self.tables = list_own(graph)
        self.met: set[Any] = set(self.tables)
        self.ids = {node: self._text(node, "dct:identifier") for node in self.tables}
        records = [n for n in graph.facts if "RecordsOfActivities" in graph.list_types(n)]
        self.us = next((u for r in records for u in graph.get(r, "dct:publisher")), None)
        self.first = next((str(v) for r in records for v in graph.get(r, "dct:language")), "")
        self.met |= {*records, self.us}
        for record in records:
            self._read_case(record)
        self.placed: dict[Any, list[str]] = {}  # a measure -> where it works
        for node in graph.facts:
            for measure in graph.get(node, *MEASURES):
                at = "all" if node == self.us else f"{self.tables.get(node)}/{self.ids.get(node)}"
                self.placed.setdefault(measure, []).append(at)

    def read(self) -> None:
        """Read every node; the register gets its rows under their own ids."""
        makers = {
            "activities": self._read_activity, "items": self._read_item,
            "parties": self._read_party, "systems": self._read_system, "flows": self._read_flow,
            "safeguards": self._read_measure,
        }  # fmt: skip
        for table in ORDER:
            for node, its in self.tables.items():
                if its == table and self.ids[node]:
                    row = {"id": self.ids[node]} | self._say(node, "dct:title", "title")
                    self.out.add(table, row | makers[table](node))

    def _read_case(self, record: Any) -> None:
        title = self._say(record, "dct:title", "title")
        name = self._say(self.us, "hasName", "name")
        self.out.case |= title | ({"organisation": name} if name else {})
        if self.first:
            rest = [lang for lang in ("zh", "en") if lang != self.first]
            self.out.case["languages"] = [self.first, *rest]

    def _text(self, node: Any, predicate: str) -> str:
        """Return a literal without a language."""
        values = self.graph.get(node, predicate)
        plain = [v for v in values if self.graph.is_text(v) and not v.language]
        return str(plain[0]) if plain else ""

    def _say(self, node: Any, predicate: str, column: str) -> Row:
        """Return a text in the case's first language, and beside it those in others."""
        values = [v for v in self.graph.get(node, predicate) if self.graph.is_text(v)]
        said = {str(v.language): str(v) for v in values if v.language}
        if not said:
            return {}
        first = self.first if self.first in said else next(iter(said))
        more = {f"{column}_{lang}": text for lang, text in said.items() if lang != first}
        return {column: said[first]} | more

    def _describe(self, node: Any, predicate: str, column: str) -> Row:
        for other in self.graph.get(node, predicate):
            self.met.add(other)
            return self._say(other, "dct:description", column)
        return {}

    def _point(self, node: Any, *predicates: str) -> str:
        """Return the id of the first node of ours that the predicates name."""
        for value in self.graph.get(node, *predicates):
            if value in self.ids:
                return self.ids[value]
        return ""

    def _find_activity(self, node: Any) -> str:
        return self._point(node, "dct:isPartOf")

    def _find_key(self, group: str, node: Any, predicate: str) -> str:
        """Return our word for a term that stands under a predicate."""
        names = {str(v).rpartition("#")[2] for v in self.graph.get(node, predicate)}
        for key, term in self.terms[group].items():
            if term.rpartition(":")[2] in names:
                return str(key)
        return ""

    def _read_bases(self, node: Any) -> str:
        found = []
        routes = {term.rpartition(":")[2] for term in self.terms["transfers"].values()}
        for basis in self.graph.get(node, "hasLegalBasis"):
            self.met.add(basis)
            own = self._text(basis, "dct:identifier")
            name = str(basis).rpartition("#")[2]
            if own:
                found.append(own)
            elif name not in routes:
                found.append(f"eu-gdpr.{name.removeprefix('A')}")
        return ";".join(sorted(found))

    def _read_activity(self, node: Any) -> Row:
        named = self.graph.get(node, "hasDataController")
        others = [self.ids[each] for each in named if each in self.ids]
        words = (str(value).partition(":") for value in self.graph.get(node, "dct:subject"))
        said = {key: text for key, _, text in words}
        return (
            self._describe(node, "hasPurpose", "purpose")
            | self._describe(node, "hasDataSubject", "subjects")
            | self._describe(node, "hasNecessity", "necessity")
            | {
                "legal_basis": self._read_bases(node),
                "automated_decision": said.get("automated_decision", ""),
                "role": said.get("role", ""),
                "controller": others[0] if others else "",
            }
        )

    def _read_item(self, node: Any) -> Row:
        row = {
            "activity": self._find_activity(node),
            "category": self._text(node, "dct:subject"),
            "required": self._find_key("required", node, "hasNecessity"),
            "source": self._point(node, "hasDataSource"),
        }
        for kept in self.graph.get(node, "hasStorageCondition"):
            self.met.add(kept)
            spelt = (
                self._text(kept, key) for key in ("dct:subject", "hasDuration", "dct:description")
            )
            period = next((text for text in spelt if text), "")
            row |= {"retention": period} | self._say(kept, "dct:description", "retention_start")
        return row

    def _read_party(self, node: Any) -> Row:
        return {"role": self._text(node, "dct:subject"), "country": self._read_country(node)}

    def _read_system(self, node: Any) -> Row:
        return {"country": self._read_country(node), "operator": self._point(node, "hasEntity")}

    def _read_country(self, node: Any) -> str:
        return next((str(c).rpartition("#")[2] for c in self.graph.get(node, "hasCountry")), "")

    def _read_flow(self, node: Any) -> Row:
        items = [self.ids[i] for i in self.graph.get(node, "hasPersonalData") if i in self.ids]
        return {
            "activity": self._find_activity(node),
            "stage": self._text(node, "dct:subject"),
            "source": self._point(node, "hasDataSource"),
            "target": self._point(node, "hasRecipient", "isImplementedUsingTechnology"),
            "items": ";".join(items),
            "legal_basis": self._read_bases(node),
            "transfer_mechanism": self._find_key("transfers", node, "hasLegalBasis"),
        }

    def _read_measure(self, node: Any) -> Row:
        types = set(self.graph.list_types(node))
        kinds = {k: t[0].rpartition(":")[2] for k, t in self.terms["measures"].items()}
        kind = next((key for key, term in kinds.items() if term in types), "")
        scope = self._text(node, "dct:subject")
        return {"kind": kind, "scope": scope or ";".join(self.placed.get(node, ()))}
