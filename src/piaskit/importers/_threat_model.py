"""What threat models share: elements, flows between them, data on the flows, threats to either."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit.importers._places import make_id
from piaskit.importers.register import Register
from piaskit.knowledge.read import read_tree

if TYPE_CHECKING:
    from piaskit.importers._sheet_words import Vocabulary

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Za-z][a-z]*|\d+")
_LONGEST = 30_000  # characters of a cell


@cache
def read_words() -> dict[str, Any]:
    """Read threat_model.yaml, the words as data."""
    return read_tree(Path(__file__).with_name("threat_model.yaml"), "threat_model.yaml")[0].content


def is_true(value: object) -> bool:
    """Tell whether a text scalar of JSON, YAML or Python says yes.

    >>> is_true("true"), is_true("True"), is_true("false"), is_true("")
    (True, True, False, False)
    """
    return str(value).casefold() in ("true", "yes")


def name_key(kind: str, key: str) -> str:
    """Make a case id of a kind and a foreign key, short for a UUID; it stays when a title changes.

    >>> name_key("store", "A25BBB4E-093f-4238-a620-31efdee452dc"), name_key("flow", "Log in")
    ('store-a25bbb4e', 'flow-log-in')
    """
    return make_id(kind, key[:8] if _UUID.fullmatch(key) else key)


def name_readable(kind: str, key: str) -> str:
    """Make a case id of a key that speaks for itself; the kind stands before any other.

    >>> name_readable("component", "web-client"), name_readable("threat", "55")
    ('web-client', 'threat-55')
    """
    speaks = key[:1].isalpha() and not _UUID.fullmatch(key)
    return make_id(key) if speaks else name_key(kind, key)


def has_word(text: str, words: list[str]) -> bool:
    """Tell whether a name holds one of the words: whole ones in English, anywhere in Chinese.

    >>> has_word("WebUser", ["user"]), has_word("Fuser", ["user"]), has_word("注册用户", ["用户"])
    (True, False, True)
    """
    tokens = {word.casefold() for word in _WORD.findall(text)}
    plain = re.sub(r"[\s_]+", "-", text.casefold())
    for word in words:
        if word in tokens or (not word.isascii() and word in plain):
            return True
        if "-" in word and word in plain:
            return True
    return False


def find_kind(type: str) -> str:
    """Return the kind of system that a component's type names, '' when it names none.

    >>> find_kind("CD-AZURE-DB-POSTGRESQL"), find_kind("web-service"), find_kind("lambda")
    ('database', 'web', '')
    """
    for kind, words in read_words()["kinds"].items():
        if has_word(type, words) or any(len(w) > 4 and w in type.casefold() for w in words):
            return "app" if kind == "mobile-app" else str(kind)
    return ""


@dataclass
class ThreatModel:
    """A register in the making: one activity per diagram, places, flows, data and threats.

    ``places`` holds what each key of the source became: table, id and whether data rests there.
    """

    out: Register
    activity: str = ""
    places: dict[str, tuple[str, str, bool]] = field(default_factory=dict)
    items: dict[str, str] = field(default_factory=dict)  # key of the source -> item
    _drawn: Counter[tuple[str, ...]] = field(default_factory=Counter)
    _vocabulary: Vocabulary | None = None

    def open_activity(self, *parts: str, title: str, id: str = "") -> None:
        """Begin the activity of a model or of one of its diagrams."""
        row = {"id": id or make_id(*parts) or "model", "title": title}
        self.activity = self.out.add("activities", row)
        where = f"activities/{self.activity}"
        self.out.lack(where, "purpose, legal_basis, subjects, persons, role, necessity, notice")
        if not id:
            self.out.lack(where, "stages of its flows (read from what each flow connects)")
        self.places.clear()
        self.items.clear()
        self._drawn.clear()

    def add_system(self, key: str, id: str, title: str, kind: str, *, stores: bool) -> str:
        """Add an element that the organisation runs, or that the source does not call outside."""
        made = self.out.add("systems", {"id": id, "title": _join(title) or id, "kind": kind})
        self.place(key, "systems", made, stores)
        return made

    def add_party(self, key: str, id: str, title: str) -> str:
        """Add an actor; whether it is a data subject is read from its name, and told."""
        role = "subject" if has_word(title, read_words()["subjects"]) else "counterparty"
        made = self.out.add("parties", {"id": id, "title": _join(title) or id, "role": role})
        self.out.lack(f"parties/{made}", f"role (read as {role} from its name), country, contract")
        self.place(key, "parties", made, False)
        return made

    def place(self, key: str, table: str, id: str, stores: bool) -> None:
        """Say which row a key of the source stands for."""
        if key in self.places:
            told = f"{table}/{id}: {key} names another element too; references go to the first"
            self.out.contradict(told)
        self.places.setdefault(key, (table, id, stores))

    def add_item(self, key: str, title: str, *, secret: bool = False) -> str:
        """Add a piece of data to the activity; its kind is found by its name, or told as open."""
        from piaskit.importers._sheet_words import TEXT, Vocabulary

        self._vocabulary = self._vocabulary or Vocabulary()
        found = self._vocabulary.find_value("items.title", title)
        unspecific = str(self._vocabulary.data["unspecific"]["customer"])
        category = found[0] if found and found[0] != TEXT else unspecific
        category = "account.password" if secret and category == unspecific else category
        row = {"id": make_id(self.activity, key), "activity": self.activity}
        made = self.out.add("items", row | {"title": _join(title), "category": category})
        told = "whether it is personal information, retention"
        if category == unspecific or not found or found[1] != "exact word":
            told = f"which kind of data it is (read as {category}), {told}"
        self.out.lack(f"items/{made}", told)
        self.items.setdefault(key, made)
        return made

    def add_flow(
        self,
        id: str,
        name: str,
        source: str,
        target: str,
        *,
        data: list[str] | None = None,
        protocol: str = "",
        transport: str = "",
        encrypted: bool = False,
    ) -> str:
        """Add a flow between two keys; an end that nothing bears is told and stays blank."""
        row = {"id": id, "activity": self.activity, "stage": self._read_stage(source, target)}
        made = self.out.add("flows", row)
        where, row = f"flow {made}", self.out.tables["flows"][made]
        for end, key in (("source", source), ("target", target)):
            if key in self.places:
                row[end] = self.places[key][1]
            else:
                told = f"{key} is no element of the model" if key else "stands at no element"
                self.out.contradict(f"{where}: its {end} {told}")
        carried = [self.items[key] for key in data or () if key in self.items]
        for key in data or ():
            if key not in self.items:
                self.out.contradict(f"{where}: carries {key}, which the model does not hold")
        more = {"items": ";".join(dict.fromkeys(carried))}
        more["transport"] = transport or self._read_transport(made, protocol, encrypted)
        row |= {column: text for column, text in more.items() if text}
        if _join(name) != made:
            self.out.keep(f"flows/{made}", "name", name)
        if not carried:
            self.out.lack(f"flows/{made}", "which data it carries")
        edge = (source, target, _join(name))
        self._drawn[edge] += 1
        if self._drawn[edge] == 2 and source and target and source != target:
            self.out.contradict(f"{where}: the same edge is drawn twice; both are kept")
        return made

    def _read_stage(self, source: str, target: str) -> str:
        """Read the stage from the ends: from outside, to outside, into a store, out of one."""
        tables = [self.places.get(key, ("", "", False)) for key in (source, target)]
        if tables[0][0] == "parties":
            return "collect"
        if tables[1][0] == "parties":
            role = self.out.tables["parties"][tables[1][1]]["role"]
            return "use" if role == "subject" else "provide"
        if tables[1][2]:
            return "store"
        return "use" if tables[0][2] else "transmit"

    def _read_transport(self, id: str, protocol: str, encrypted: bool) -> str:
        if not protocol:
            return ""
        self.out.keep(f"flows/{id}", "protocol", protocol)
        if protocol.casefold() not in read_words()["plain"]:
            return ""
        if encrypted:
            told = f"says it is encrypted, and its protocol {protocol} is not"
            self.out.contradict(f"flow {id}: {told}")
            return ""
        return "plain"

    def add_safeguard(self, id: str, title: str, control: str, scope: str, status: str = "") -> str:
        """Add a measure that the model states; what it does not state of it is told."""
        row = {"id": id, "title": _join(title), "control": control, "kind": "technical"}
        made = self.out.add("safeguards", row | {"scope": scope, "status": status})
        told = "kind (read as technical), evidence, owner"
        self.out.lack(f"safeguards/{made}", told if status else f"status, {told}")
        return made

    def add_threat(
        self, id: str, about: str, title: str, description: str, scores: dict[str, object]
    ) -> str:
        """Add a threat as a judgement without a level; its scores stay text."""
        told = "; ".join(f"{k}: {_join(v)}" for k, v in scores.items() if _join(v))
        problem = ": ".join(part for part in (_join(title), _join(description)) if part)
        row = {"id": id, "activity": self.activity, "problem": f"{about}: {problem}"[:_LONGEST]}
        made = self.out.add("judgements", row | {"reason": told[:_LONGEST]})
        self.out.keep(f"judgements/{made}", "scores", told)
        return made

    def close(self) -> Register:
        """End the reading; say what no threat model states."""
        out = self.out
        if out.tables.get("judgements"):
            told = f"dimension, level and judge of {len(out.tables['judgements'])} threats"
            out.lack("judgements", told)
        if not out.tables.get("items"):
            out.lack("items", "the model names no data; which personal information is there")
        out.lack("case.yaml", "organisation.name")
        return out


def _join(text: object) -> str:
    return " ".join(str(text).split())
