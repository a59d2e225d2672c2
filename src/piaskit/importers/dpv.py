"""The Data Privacy Vocabulary: a case as Turtle (.ttl) or JSON-LD (.jsonld, .json), both ways.

The vocabulary has no flow. Each flow is a ``dpv:Process`` of its own with exactly one processing
term and is part of (``dct:isPartOf``) the process of its activity; ``dct:type`` says of every node
which table it comes from, so that one can count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit.case.order import sort_rows
from piaskit.errors import InvalidData, Issue
from piaskit.importers._dpv_own import OwnReading
from piaskit.importers._dpv_reading import ProcessReading, list_processes
from piaskit.importers._graph import Graph, read_graph, speaks_dpv
from piaskit.importers._losses import list_losses, tell_loss
from piaskit.importers._rdf import Literal, Node, make_iri, write_jsonld, write_turtle
from piaskit.importers.export import need_suffix
from piaskit.importers.register import Register
from piaskit.knowledge.read import read_tree

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge import Text

CARRIED = {
    "activities": (
        "id", "title", "purpose", "legal_basis", "subjects", "automated_decision", "role",
        "controller", "necessity",
    ),
    "items": ("id", "activity", "title", "category", "required", "source", "retention",
              "retention_start"),
    "parties": ("id", "title", "role", "country"),
    "systems": ("id", "title", "country", "operator"),
    "flows": ("id", "activity", "stage", "source", "target", "items", "legal_basis",
              "transfer_mechanism"),
    "safeguards": ("id", "title", "kind", "scope"),
    "case.yaml": ("title", "organisation.name"),
}  # fmt: skip
COUNTED = ("activities", "items", "parties", "systems", "flows", "safeguards")
_DURATION = re.compile(r"P(?=\d|T)(\d+Y)?(\d+M)?(\d+D)?(T(\d+H)?(\d+M)?)?")
_WEEKS = re.compile(r"P(\d+)W")
_COMMENT = """\
Data Privacy Vocabulary 2.x. Each flow is a dpv:Process of its own with one processing term and is
dct:isPartOf the dpv:Process of its activity; dct:type names the table a node comes from."""


def recognise(path: Path) -> bool:
    """Tell whether a file is Turtle or JSON-LD that speaks the vocabulary."""
    return speaks_dpv(path)


def read_register(paths: Sequence[Path]) -> Register:
    """Read graphs: nodes that piaskit wrote by their table and id, every other process as one.

    Fragments may leave the usual prefixes undeclared. Raises InvalidData with every file that is
    neither Turtle nor JSON-LD, or whose context would have to be fetched.
    """
    terms = read_terms()
    graphs: list[Graph] = []
    issues: list[Issue] = []
    for path in paths:
        try:
            graphs.append(read_graph(path, terms["prefixes"] | terms["fragments"]))
        except InvalidData as error:
            issues += error.issues
    if issues:
        raise InvalidData(issues)
    out = Register("dpv")
    for graph in graphs:
        own = OwnReading(graph, terms, out)
        own.read()
        reading = ProcessReading(graph, terms, out, own.first or "en")
        reading.met |= own.met
        processes = [n for n in list_processes(graph, terms["processes"]) if n not in own.met]
        reading.read(processes)
        if not processes and not own.tables:
            out.lack("graph", "a process, so no activity")
        used = [name for name in graph.undeclared if name and name not in terms["prefixes"]]
        if used:
            out.lack("graph", f"the prefixes {', '.join(used)}, which it uses and does not declare")
        for line in reading.keep_unmet():
            out.keep("graph", "node of no process", line)
    return out


def write_register(case: Case, path: Path, lang: str) -> list[Text]:
    """Write the case as a graph; texts are said in every language the case has."""
    need_suffix(path, ".ttl", ".jsonld", ".json")
    graph = _Graph(case)
    nodes = list(graph.build())
    if path.suffix.lower() == ".ttl":
        text = write_turtle(nodes, graph.prefixes, _COMMENT)
    else:
        text = write_jsonld(nodes, graph.prefixes)
    path.write_text(text, encoding="utf-8", newline="\n")
    routes = case.frames["flows"]["transfer_mechanism"].dropna()
    foreign = int((~routes.isin(list(read_terms()["transfers"]))).sum())
    more = [tell_loss(case, "routes", n=foreign)] if foreign else []
    return [*more, *list_losses(case, CARRIED, companions=True)]


@cache
def read_terms() -> dict[str, Any]:
    """Read dpv.yaml, the terms as data."""
    return read_tree(Path(__file__).with_name("dpv.yaml"), "dpv.yaml")[0].content


class _Graph:
    def __init__(self, case: Case) -> None:
        self.case = sort_rows(case)
        self.terms = read_terms()
        self.prefixes: Mapping[str, str] = self.terms["prefixes"]
        self.rows = {
            table: {
                str(row["id"]): {str(k): v for k, v in row.items() if v == v and v is not None}
                for row in self.case.frames[table].to_dict("records")
            }
            for table in COUNTED
        }
        self.us = make_iri(case.id, "organisation")
        self.bases: dict[str, Node] = {}

    def build(self) -> Iterator[Node]:
        """Yield the nodes: the record and its organisation, then table by table, then bases."""
        record = self._name(Node(make_iri(self.case.id)), self.case.id, "title")
        record.say("rdf:type", "dpv:RecordsOfActivities").say(
            "rdfs:comment", Literal(_COMMENT, "en")
        )
        record.say("dct:date", Literal(self.case.as_of.isoformat(), type="xsd:date"))
        record.say("dct:language", Literal(self.case.languages[0]))
        yield record.say("dct:publisher", self.us)
        us = self._name(Node(self.us), self.case.id, "name", "dpv:hasName")
        us.say("rdf:type", "dpv:Organisation")
        measures = self._place_measures()
        yield self._protect(us, measures, "all")
        makers = {
            "activities": self._tell_activity, "items": self._tell_item,
            "parties": self._tell_party, "systems": self._tell_system, "flows": self._tell_flow,
            "safeguards": self._tell_measure,
        }  # fmt: skip
        for table in COUNTED:
            for id, row in self.rows[table].items():
                node = Node(self._iri(table, id)).say("dct:type", make_iri("table", table))
                node.say("dct:identifier", Literal(id))
                self._name(node, row, "title")
                yield from makers[table](node, row)
                self._protect(node, measures, f"{table}/{id}")
        yield from (self.bases[id] for id in sorted(self.bases))

    def _iri(self, table: str, id: str) -> str:
        return make_iri(self.case.id, table, id)

    def _place(self, id: str | None) -> str:
        for table in ("parties", "systems"):
            if id and id in self.rows[table]:
                return self._iri(table, id)
        return ""

    def _name(self, node: Node, row: Any, column: str, predicate: str = "dct:title") -> Node:
        """Say a text in each language it has; the plain column is in the case's first language."""
        first = self.case.languages[0]
        for lang in dict.fromkeys((first, "en", "zh")):
            text = self.case.say(row, column, lang)
            plain = self.case.say(row, column, first)
            if text and (lang == first or text != plain):
                node.say(predicate, Literal(text, lang))
        return node

    def _tell_activity(self, node: Node, row: Mapping[str, Any]) -> Iterator[Node]:
        node.say("rdf:type", "dpv:Process").say("dct:isPartOf", make_iri(self.case.id))
        role, named = row.get("role"), self._place(row.get("controller"))
        if role == "processor":
            node.say("dpv:hasDataProcessor", self.us).say("dpv:hasDataController", named)
        elif role:
            node.say("dpv:hasDataController", self.us)
            if role == "joint-controller":
                node.say("dpv:hasDataController", named)
        # Our own words beside the vocabulary's: it has none for "no decision", "with whom is open".
        own = (f"{key}:{row[key]}" for key in ("role", "automated_decision") if row.get(key))
        node.say("dct:subject", *map(Literal, own))
        decision = self.terms["decisions"].get(row.get("automated_decision"), "")
        node.say("dpv:hasProcessing", decision)
        node.say("dpv:hasLegalBasis", *self._name_bases(row))
        items = (i for i in self.rows["items"].values() if i["activity"] == row["id"])
        node.say("dpv:hasPersonalData", *(self._iri("items", item["id"]) for item in items))
        told = []
        for column, predicate, term in (
            ("purpose", "dpv:hasPurpose", "dpv:Purpose"),
            ("subjects", "dpv:hasDataSubject", "dpv:DataSubject"),
            ("necessity", "dpv:hasNecessity", "dpv:Necessity"),
        ):
            if self.case.say(row, column, self.case.languages[0]):
                other = Node(f"{node.iri}:{column}").say("rdf:type", term)
                told.append(self._name(other, row, column, "dct:description"))
                node.say(predicate, other.iri)
        yield node
        yield from told

    def _tell_item(self, node: Node, row: Mapping[str, Any]) -> Iterator[Node]:
        category = self.case.knowledge.categories.get(row.get("category", ""))
        node.say("rdf:type", "dpv:PersonalData", self.terms["categories"].get(row["category"], ""))
        for regime, term in self.terms["sensitive"].items():
            if category and regime in self.case.regimes and category.sensitive.get(regime) == "yes":
                node.say("rdf:type", term)
        node.say("dct:subject", Literal(str(row["category"])))
        node.say("dct:isPartOf", self._iri("activities", row["activity"]))
        node.say("dpv:hasNecessity", self.terms["required"].get(row.get("required"), ""))
        node.say("dpv:hasDataSource", self._place(row.get("source")))
        if "retention" in row:
            kept = Node(f"{node.iri}:retention")
            node.say("dpv:hasStorageCondition", kept.iri)
            yield node
            yield self._tell_retention(kept, row)
        else:
            yield node

    def _tell_retention(self, node: Node, row: Mapping[str, Any]) -> Node:
        period = str(row["retention"])
        weeks = _WEEKS.fullmatch(period)
        exact = f"P{7 * int(weeks[1])}D" if weeks else period
        node.say("rdf:type", "dpv:StorageDuration")
        if weeks:
            node.say("dct:subject", Literal(period))
        if _DURATION.fullmatch(exact):
            node.say("dpv:hasDuration", Literal(exact, type="xsd:duration"))
        else:
            node.say("rdf:type", "dpv:UntilEventDuration")
            node.say("dct:description", Literal(period))
        return self._name(node, row, "retention_start", "dct:description")

    def _tell_party(self, node: Node, row: Mapping[str, Any]) -> Iterator[Node]:
        node.say("rdf:type", *self.terms["roles"][row["role"]])
        node.say("dct:subject", Literal(str(row["role"])))
        yield node.say("dpv:hasCountry", self._country(row))

    def _tell_system(self, node: Node, row: Mapping[str, Any]) -> Iterator[Node]:
        node.say("rdf:type", "dpv:Technology").say("dpv:hasCountry", self._country(row))
        yield node.say("dpv:hasEntity", self._place(row.get("operator")))

    def _tell_flow(self, node: Node, row: Mapping[str, Any]) -> Iterator[Node]:
        node.say("rdf:type", "dpv:Process")
        node.say("dct:isPartOf", self._iri("activities", row["activity"]))
        node.say("dpv:hasProcessing", self.terms["stages"][row["stage"]])
        node.say("dct:subject", Literal(str(row["stage"])))
        node.say("dpv:hasDataSource", self._place(row.get("source")))
        target = row.get("target")
        where = (
            "dpv:hasRecipient"
            if target in self.rows["parties"]
            else "dpv:isImplementedUsingTechnology"
        )
        node.say(where, self._place(target))
        items = str(row.get("items", "")).split(";")
        carried = (self._iri("items", id) for id in items if id in self.rows["items"])
        node.say("dpv:hasPersonalData", *carried)
        route = self.terms["transfers"].get(row.get("transfer_mechanism"), "")
        yield node.say("dpv:hasLegalBasis", *self._name_bases(row), route)

    def _tell_measure(self, node: Node, row: Mapping[str, Any]) -> Iterator[Node]:
        term, _ = self.terms["measures"][row["kind"]]
        node.say("dct:subject", Literal(str(row.get("scope", ""))) if row.get("scope") else "")
        yield node.say("rdf:type", term)

    def _country(self, row: Mapping[str, Any]) -> str:
        return f"loc:{row['country']}" if "country" in row else ""

    def _name_bases(self, row: Mapping[str, Any]) -> list[str]:
        found = []
        for id in str(row.get("legal_basis", "")).split(";"):
            regime, _, basis = id.partition(".")
            if regime == "eu-gdpr":
                found.append(f"eu-gdpr:A{basis}")
            elif id:
                term = self.terms["bases"].get(id, "dpv:LegalBasis")
                found.append(self._keep_basis(id, term))
        return found

    def _keep_basis(self, id: str, term: str) -> str:
        if id not in self.bases:
            node = self.bases[id] = Node(make_iri("basis", id)).say("rdf:type", term)
            node.say("dct:identifier", Literal(id))
            regime, _, basis = id.partition(".")
            for regulation in self.case.knowledge.regulations.values():
                if regulation.regime == regime and basis in regulation.bases:
                    told = regulation.bases[basis]
                    node.say("rdfs:label", Literal(told.en, "en"), Literal(told.zh, "zh"))
                    cite = self.case.knowledge.cite
                    for lang in ("en", "zh"):
                        node.say("dct:source", Literal(cite(told.clause, lang), lang))
        return self.bases[id].iri

    def _place_measures(self) -> dict[str, list[tuple[str, str]]]:
        """Say where each measure works: ``all``, a row, or every item of a kind."""
        placed: dict[str, list[tuple[str, str]]] = {}
        for id, row in self.rows["safeguards"].items():
            _, predicate = self.terms["measures"][row["kind"]]
            for part in str(row.get("scope", "")).split(";"):
                for at in self._read_scope(part):
                    placed.setdefault(at, []).append((predicate, self._iri("safeguards", id)))
        return placed

    def _read_scope(self, part: str) -> list[str]:
        if part.startswith("category:"):
            prefix = part.removeprefix("category:")
            items = self.rows["items"].items()
            return [f"items/{id}" for id, row in items if row["category"].startswith(prefix)]
        if part == "all" or "/" in part:
            return [part]
        return [f"{t}/{part}" for t in ("systems", "flows", "activities") if part in self.rows[t]][
            :1
        ]

    def _protect(self, node: Node, placed: dict[str, list[tuple[str, str]]], at: str) -> Node:
        for predicate, measure in placed.get(at, ()):
            node.say(predicate, measure)
        return node
