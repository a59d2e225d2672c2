"""A graph in order, written as Turtle or JSON-LD: equal graphs give equal bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LOCAL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?")
_A = "rdf:type"


@dataclass(frozen=True)
class Literal:
    """A text with a language, or a value with a type (a term such as ``xsd:date``)."""

    value: str
    lang: str = ""
    type: str = ""


@dataclass
class Node:
    """A subject, its IRI and what is said of it: terms, IRIs of other nodes or literals."""

    iri: str
    facts: list[tuple[str, str | Literal]] = field(default_factory=list)

    def say(self, predicate: str, *objects: str | Literal) -> Node:
        """Add facts; what was said before is not said again."""
        self.facts += [(predicate, o) for o in objects if o and (predicate, o) not in self.facts]
        return self


def make_iri(*parts: str) -> str:
    """Make an IRI below ``urn:piaskit:`` from texts of any kind.

    >>> make_iri("shop", "flows", "订单 1")
    'urn:piaskit:shop:flows:%E8%AE%A2%E5%8D%95%201'
    """
    return ":".join(["urn:piaskit", *(quote(part, safe="") for part in parts)])


def write_turtle(nodes: Iterable[Node], prefixes: Mapping[str, str], comment: str) -> str:
    """Write a graph as Turtle, a block per node."""
    lines = [f"# {line}" for line in comment.splitlines()]
    lines += [f"@prefix {name}: <{iri}> ." for name, iri in sorted(prefixes.items())]
    for node in nodes:
        if node.facts:
            said = [f"    {_predicate(p)} {_object(o, prefixes)}" for p, o in node.facts]
            lines += ["", _iri(node.iri, prefixes), " ;\n".join(said) + " ."]
    return "\n".join(lines) + "\n"


def write_jsonld(nodes: Iterable[Node], prefixes: Mapping[str, str]) -> str:
    """Write a graph as JSON-LD: a context of prefixes, a list of nodes."""
    graph = []
    for node in nodes:
        told: dict[str, Any] = {"@id": node.iri}
        for predicate, value in node.facts:
            key = "@type" if predicate == _A else predicate
            told.setdefault(key, []).append(value if key == "@type" else _describe(value))
        graph.append(told)
    document = {"@context": dict(sorted(prefixes.items())), "@graph": graph}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _describe(value: str | Literal) -> dict[str, str]:
    if isinstance(value, str):
        return {"@id": value}
    more = {"@language": value.lang} if value.lang else {"@type": value.type} if value.type else {}
    return {"@value": value.value, **more}


def _predicate(term: str) -> str:
    return "a" if term == _A else term


def _iri(iri: str, prefixes: Mapping[str, str]) -> str:
    prefix, _, local = iri.partition(":")
    return iri if prefix in prefixes and _LOCAL.fullmatch(local) else f"<{iri}>"


def _object(value: str | Literal, prefixes: Mapping[str, str]) -> str:
    if isinstance(value, str):
        return _iri(value, prefixes)
    text = "".join(_ESCAPES.get(sign, sign) for sign in value.value)
    tail = f"@{value.lang}" if value.lang else f"^^{value.type}" if value.type else ""
    return f'"{text}"{tail}'
