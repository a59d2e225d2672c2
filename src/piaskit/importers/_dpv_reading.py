"""A graph in the Data Privacy Vocabulary becomes rows: every process an activity with its flows.

Each term of processing is one flow, or one per recipient where data leave. A process inside another
one is an activity of its own. What the vocabulary says and the case format has no cell for is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from piaskit.importers._graph import LABELS, Graph, split_words
from piaskit.importers._places import make_id
from piaskit.importers.register import Register

if TYPE_CHECKING:
    from piaskit.importers._sheet_words import Vocabulary

_BASIS = re.compile(r".*[/-](?:eu/|eu-)?gdpr#A(6-1-[a-f]|9-2-[a-j])(?:-.*)?")
_UNITS = {"unityear": "Y", "unitmonth": "M", "unitweek": "W", "unitday": "D"}
_TOLD = 20  # objects of one predicate that a line names
_OUT = ("transmit", "provide", "disclose")
PARTS = ("hasProcess", "hasPersonalDataHandling", "hasPersonalDataProcess")
TAKEN = frozenset(
    {
        *PARTS, *LABELS, "a", "hasPurpose", "hasDataController", "hasDataProcessor",
        "hasDataSubject", "hasHumanSubject", "hasPersonalData", "hasProcessing",
        "hasLegalBasis", "hasDuration", "hasStorageCondition", "hasRisk", "hasDataSource",
        "dct:isPartOf", "isImplementedUsingTechnology",
    }
)  # fmt: skip
ROLES = {
    "DataProcessor": "processor", "DataSubProcessor": "processor", "Authority": "authority",
    "DataController": "controller", "DataSubject": "subject",
}  # fmt: skip


def list_processes(graph: Graph, kinds: list[str]) -> list[Any]:
    """Return the nodes that are processes: by their type, or because another one holds them."""
    held = {
        value
        for node in graph.facts
        for value in graph.get(
            node, "hasProcess", "hasPersonalDataHandling", "hasPersonalDataProcess"
        )
        if not graph.is_text(value)
    }
    return [
        node
        for node in graph.facts
        if node in held
        or set(kinds) & {*graph.list_types(node)}
        or graph.get(node, "hasProcessing")
    ]


class ProcessReading:
    """One pass over the processes of a graph into a register."""

    def __init__(self, graph: Graph, terms: dict[str, Any], out: Register, lang: str) -> None:
        self.graph, self.terms, self.out, self.lang = graph, terms, out, lang
        self.met: set[Any] = set()
        self.parties: dict[Any, str] = {}
        self.measures: dict[Any, str] = {}
        self.systems: dict[Any, str] = {}
        self.ours: Any = None
        self._vocabulary: Vocabulary | None = None
        self.categories: dict[str, str] = {}
        for category, term in terms["categories"].items():
            self.categories.setdefault(term.partition(":")[2], category)

    def read(self, processes: list[Any]) -> None:
        self._name_controller(processes)
        for node in processes:
            parts = self.graph.get(node, *PARTS)
            bare = {key for key in self.graph.facts[node] if key not in TAKEN | {"hasStatus"}}
            holds = self.graph.get(node, "hasPersonalData", "hasProcessing", "hasPurpose")
            if parts and not holds and not bare:
                self.met.add(node)
                text = f"{self._name(node)}: is made of"
                self.out.keep("process", text, [self._name(part) for part in parts])
            else:
                self._read_process(node)

    def _name_controller(self, processes: list[Any]) -> None:
        """Take the one controller that all processes share as the organisation."""
        named = {v for node in processes for v in self.graph.get(node, "hasDataController")}
        if len(named) == 1:
            self.ours = next(iter(named))
            self._meet(self.ours, "case.yaml")
            self.out.case.setdefault("organisation", {"name": self._name(self.ours)})
            self.out.lack("case.yaml", f"organisation (read as {self._name(self.ours)})")

    def _name(self, node: Any) -> str:
        return self.graph.name(node, self.lang)

    def _identify(self, node: Any, *before: str) -> str:
        """Make an id out of a node's IRI, which stays when its label changes."""
        key = "" if self.graph.is_text(node) else self._split(self.graph.read_key(node))
        return make_id(*before, key or self._name(node)) or "unnamed"

    def _read_process(self, node: Any) -> None:
        graph, name = self.graph, self._name(node)
        where = f"process {name}"
        subjects = [*graph.get(node, "hasDataSubject"), *graph.get(node, "hasHumanSubject")]
        controllers = graph.get(node, "hasDataController")
        others = [each for each in controllers if each != self.ours]
        processors = graph.get(node, "hasDataProcessor")
        role = "controller" if self.ours in controllers and self.ours is not None else ""
        activity = self.out.add(
            "activities",
            {
                "id": self._identify(node),
                "title": name,
                "purpose": "; ".join(self._tell(each) for each in graph.get(node, "hasPurpose")),
                "legal_basis": self._read_bases(node, where),
                "subjects": "; ".join(self._name(each) for each in subjects),
                "role": "joint-controller" if role and others else role,
                "automated_decision": self._read_decision(node),
            },
        )
        for party in others:
            self._add_party(party, "joint-controller" if role else "controller")
        for party in processors:
            self._add_party(party, "processor")
        for subject in subjects:
            self._meet(subject, f"activities/{activity}")
        items = self._read_items(node, activity)
        self._read_flows(node, activity, items)
        self._read_measures(node, f"activities/{activity}")
        self._read_risks(node, activity)
        self._meet(node, f"activities/{activity}")
        said = self.out.tables["activities"][activity]
        wanted = ("purpose", "legal_basis", "subjects", "role")
        lacks = [column for column in wanted if not said.get(column)]
        self.out.lack(f"activities/{activity}", ", ".join([*lacks, "persons, necessity, notice"]))

    def _read_bases(self, node: Any, where: str) -> str:
        found = []
        for basis in self.graph.get(node, "hasLegalBasis"):
            terms = (basis, *self.graph.get(basis, "a", "skos:broader"))
            matches = [_BASIS.fullmatch(str(term)) for term in terms]
            exact = [f"eu-gdpr.{match[1]}" for match in matches if match]
            if exact:
                found.append(exact[0])
                self._meet(basis, where)
            else:
                self.out.keep(where, "legal basis", self._tell(basis))
                told = f"of which law the basis {self._name(basis)} is"
                self.out.lack(where, told)
        return ";".join(dict.fromkeys(found))

    def _read_decision(self, node: Any) -> str:
        types = {t for p in self.graph.get(node, "hasProcessing") for t in self.graph.list_types(p)}
        for decision, term in self.terms["decisions"].items():
            if term.partition(":")[2] in types:
                return str(decision)
        return ""

    def _read_items(self, node: Any, activity: str) -> list[str]:
        periods = [self._read_period(each) for each in self._list_durations(node)]
        items = []
        for data in self.graph.get(node, "hasPersonalData"):
            title, category, sure = self._find_category(data)
            own = [self._read_period(each) for each in self._list_durations(data)]
            period = next((p for p in (*own, *periods) if p), "")
            row = {"activity": activity, "title": title, "category": category, "retention": period}
            item = self.out.add("items", {"id": self._identify(data, activity)} | row)
            items.append(item)
            self._meet(data, f"items/{item}")
            marks = [t for t in self.graph.list_types(data) if t.endswith("PersonalData")]
            self.out.keep(f"items/{item}", "is", [mark for mark in marks if mark != "PersonalData"])
            lacks = [] if sure else [f"which data {title} is (read as {category})"]
            lacks += [] if period else ["retention"]
            if lacks:
                self.out.lack(f"items/{item}", ", ".join(lacks))
        if not items:
            self.out.lack(f"activities/{activity}", "no item of personal information is declared")
        return items

    def _find_category(self, data: Any) -> tuple[str, str, bool]:
        from piaskit.importers._sheet_words import TEXT, Vocabulary

        title = self._name(data)
        for type in self.graph.list_types(data):
            if type in self.categories:
                return title, self.categories[type], True
        self._vocabulary = self._vocabulary or Vocabulary()
        unspecific = str(self._vocabulary.data["unspecific"]["customer"])
        for text in (title, *map(self._split, self.graph.list_types(data))):
            found = self._vocabulary.find_value("items.title", text)
            if found and found[0] != TEXT:
                return title, found[0], False
        return title, unspecific, False

    @staticmethod
    def _split(term: str) -> str:
        return split_words(re.split(r"[#/:]", term)[-1])

    def _list_durations(self, node: Any) -> list[Any]:
        conditions = self.graph.get(node, "hasStorageCondition")
        for condition in conditions:
            self._meet(condition, "storage condition")
        return [
            *self.graph.get(node, "hasDuration"),
            *(each for c in conditions for each in (self.graph.get(c, "hasDuration") or [c])),
        ]

    def _read_period(self, duration: Any) -> str:
        """Return a period as the case format takes it; what is none is kept as text."""
        from piaskit.case.cells import parse_period

        if self.graph.is_text(duration):
            parsed, problems = parse_period(str(duration))
            if parsed and not problems:
                return str(duration)
        numbers = self.graph.get(duration, "time:numericDuration")
        units = [
            str(u).rpartition("#")[2].casefold() for u in self.graph.get(duration, "time:unitType")
        ]
        if numbers and units and units[0] in _UNITS and str(numbers[0]).rstrip(".0").isdigit():
            self.met.add(duration)
            return f"P{int(float(numbers[0]))}{_UNITS[units[0]]}"
        self.out.keep("duration", "kept as it stands", self._tell(duration))
        return ""

    def _read_flows(self, node: Any, activity: str, items: list[str]) -> None:
        graph, row = self.graph, {"activity": activity, "items": ";".join(items)}
        receivers = [
            self._add_party(each, self._find_role(each))
            for each in graph.get(node, *self.terms["recipients"])
        ]
        sources = [self._find_source(each) for each in graph.get(node, "hasDataSource")]
        homes = [self._add_system(s) for s in graph.get(node, "isImplementedUsingTechnology")]
        home = homes[0] if len(homes) == 1 else ""
        left = False
        for processing in graph.get(node, "hasProcessing"):
            stages = [self.terms["processing"].get(t) for t in graph.list_types(processing)]
            stage = next((s for s in stages if s), "")
            if not stage:
                self.out.keep(f"activities/{activity}", "processing", self._tell(processing))
                self.out.lack(f"activities/{activity}", f"stage of {self._name(processing)}")
                continue
            self._meet(processing, f"activities/{activity}")
            id = make_id(activity, self._name(processing))
            if stage in _OUT:
                left = True
                for target in receivers or [""]:
                    flow = {"id": id, "stage": stage, "source": home, "target": target}
                    made = self.out.add("flows", row | flow)
                    if not target:
                        self.out.lack(f"flows/{made}", "who receives the data")
            else:
                source = next((s for s in sources if s), "") if stage == "collect" else home
                flow = {"id": id, "stage": stage, "source": source, "target": home}
                self.out.add("flows", row | flow)
        if receivers and not left:
            for target in receivers:
                role = self.out.tables["parties"][target]["role"]
                stage = "transmit" if role == "processor" else "provide"
                flow = {"id": make_id(activity, stage), "stage": stage, "source": home}
                made = self.out.add("flows", row | flow | {"target": target})
                self.out.lack(f"flows/{made}", f"stage (read as {stage}, for it has a recipient)")

    def _find_role(self, node: Any) -> str:
        types = set(self.graph.list_types(node))
        return next((role for type, role in ROLES.items() if type in types), "recipient")

    def _find_source(self, node: Any) -> str:
        types = self.graph.list_types(node)
        if node == self.ours or "DataController" in types:
            return ""
        role = "subject" if "DataSubject" in types else self._find_role(node)
        return self._add_party(node, role)

    def _add_party(self, node: Any, role: str) -> str:
        if node not in self.parties:
            name = self._name(node)
            places = self.graph.get(node, "hasCountry", "hasThirdCountry", "hasLocation")
            country = next((c for c in map(self._find_country, places) if c), "")
            row = {"title": name, "role": role, "country": country}
            self.parties[node] = self.out.add("parties", {"id": self._identify(node)} | row)
            told = "contract" if country else "country, contract"
            self.out.lack(f"parties/{self.parties[node]}", f"{told}; role read as {role}")
            self._meet(node, f"parties/{self.parties[node]}")
        return self.parties[node]

    def _find_country(self, place: Any) -> str:
        code = re.split(r"[#/:]", str(place))[-1]
        return code if re.fullmatch(r"[A-Z]{2}", code) and code not in ("EU", "UN") else ""

    def _add_system(self, node: Any) -> str:
        if node not in self.systems:
            row = {"id": self._identify(node), "title": self._name(node)}
            self.systems[node] = self.out.add("systems", row)
            self._meet(node, f"systems/{self.systems[node]}")
        return self.systems[node]

    def _read_measures(self, node: Any, scope: str) -> None:
        for predicate, kind in self.terms["read_measures"].items():
            for measure in self.graph.get(node, predicate):
                if measure in self.measures:
                    row = self.out.tables["safeguards"][self.measures[measure]]
                    row["scope"] = f"{row['scope']};{scope}"
                    continue
                row = {"id": self._identify(measure), "title": self._name(measure), "scope": scope}
                made = self.out.add("safeguards", row | {"kind": kind or "technical"})
                self.measures[measure] = made
                told = "status, evidence" if kind else "kind (read as technical), status, evidence"
                self.out.lack(f"safeguards/{made}", told)
                self._meet(measure, f"safeguards/{made}")

    def _read_risks(self, node: Any, activity: str) -> None:
        for risk in self.graph.get(node, "hasRisk"):
            facts = self.graph.facts.get(risk, {})
            scores = {
                key: ", ".join(self._tell(each) for each in facts[key])
                for key in self.terms["risk"]
                if key in facts
            }
            told = "; ".join(f"{key}: {text}" for key, text in scores.items())
            name = self._name(risk)
            row = {"id": make_id("risk", activity, name), "activity": activity, "problem": name}
            made = self.out.add("judgements", row | {"reason": told})
            self._meet(risk, f"judgements/{made}")
            self.out.lack(f"judgements/{made}", "dimension, level and judge")

    def _meet(self, node: Any, where: str) -> None:
        """Note that a node was read, and keep what is said of it and has no cell."""
        if node in self.met:
            return
        self.met.add(node)
        taken = TAKEN | {*self.terms["recipients"], *self.terms["read_measures"]}
        for key, values in self.graph.facts.get(node, {}).items():
            if key not in taken:
                self.out.keep(where, key, [self._tell(value) for value in values])

    def _tell(self, node: Any, levels: int = 2) -> str:
        """Say a node in one line: its name, and for a blank one what is said of it."""
        self.met.add(node)
        name = self._name(node)
        said = self.graph.facts.get(node, {})
        if self.graph.is_text(node) or not said or not levels:
            return name
        parts = [
            f"{key} {', '.join(self._tell(value, levels - 1) for value in values[:_TOLD])}"
            + (f" and {len(values) - _TOLD} more" if len(values) > _TOLD else "")
            for key, values in said.items()
            if key not in ("dct:title", "skos:prefLabel", "rdfs:label")
        ]
        return f"{name} ({'; '.join(parts)})" if parts else name

    def keep_unmet(self) -> Iterator[str]:
        """Yield a line for every node that no process led to."""
        for node, said in self.graph.facts.items():
            if node in self.met:
                continue
            types = ", ".join(sorted(map(self._split, map(str, said.get("a", [])))))
            yield f"{self._name(node)}{f' ({types})' if types else ''}"
