"""An RDF graph of another tool, Turtle or JSON-LD, read within bounds and without the network."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.importers.foreign import read_bytes, read_json

LARGEST = 8_000_000  # bytes; a graph takes some hundred times as many in memory
_COMPARED = 20  # objects of one predicate by which blank nodes are told apart
DEEPEST = 200  # brackets within each other in Turtle
_DPV = re.compile(r"https?://(?:w3id\.org/dpv|www\.w3\.org/ns/dpv)(?:/[^#]*)?[#/]([^#/]+)$")
_FAMILIES = {
    "http://purl.org/dc/terms/": "dct:",
    "http://purl.org/dc/elements/1.1/": "dct:",
    "http://www.w3.org/2000/01/rdf-schema#": "rdfs:",
    "http://www.w3.org/2004/02/skos/core#": "skos:",
    "http://www.w3.org/2006/time#": "time:",
    "http://xmlns.com/foaf/0.1/": "foaf:",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:",
}
_USED = re.compile(r"(?<![\w<:/.\"'-])([A-Za-z][\w-]*):(?=[A-Za-z_])")
_DECLARED = re.compile(r"@?prefix\s+([A-Za-z][\w-]*):", re.IGNORECASE)
_STRINGS = re.compile(r"\"\"\"(?:.|\n)*?\"\"\"|\"(?:[^\"\\\n]|\\.)*\"|<[^<>\s]*>|#[^\n]*")
# Turtle declares prefixes or is lines of IRIs; a fragment says what something is, or has.
_TURTLE = re.compile(rb"^\s*(?:@?(?:prefix|base)\s|<[^<>\s]*>\s+<)", re.IGNORECASE | re.MULTILINE)
_FRAGMENT = re.compile(rb"(?:\sa|rdf:type)\s+dpv:\w|\sdpv:(?:has|is)[A-Z]\w*\s+[\w<\[\"]")
_MARKUP = re.compile(rb"<(?:[?!]|html|rdf:)", re.IGNORECASE)
_NAMES = {"turtle": "Turtle", "json-ld": "JSON-LD"}
LABELS = ("dct:title", "skos:prefLabel", "rdfs:label", "hasName", "foaf:name", "title")


def speaks_dpv(path: Path) -> bool:
    """Tell whether a file is Turtle or JSON-LD that speaks the Data Privacy Vocabulary."""
    try:
        if path.stat().st_size > LARGEST:
            return False
        data = path.read_bytes()
    except OSError:
        return False
    begin = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if begin[:1] in (b"{", b"["):
        return b"w3id.org/dpv" in data and b'"@' in data
    if _MARKUP.match(begin) or b"\0" in data:
        return False
    named = re.search(rb"w3id\.org/dpv|www\.w3\.org/ns/dpv", data) and _TURTLE.search(data)
    return bool(named or _FRAGMENT.search(data))


def shorten(iri: str) -> str:
    """Shorten an IRI to the term it is: of any DPV vocabulary alone, of a known one with a prefix.

    >>> shorten("https://w3id.org/dpv/pd#EmailAddress"), shorten("http://purl.org/dc/terms/title")
    ('EmailAddress', 'dct:title')
    """
    found = _DPV.match(iri)
    if found:
        return found[1]
    for family, prefix in _FAMILIES.items():
        if iri.startswith(family):
            return prefix + iri.removeprefix(family)
    return iri


class Graph:
    """What is said of each node: by short predicate the objects, in an order that stays.

    A node is a term of rdflib. ``undeclared`` names prefixes that a fragment uses and does not
    declare.
    """

    def __init__(self, triples: Any, undeclared: tuple[str, ...] = ()) -> None:
        from rdflib.term import BNode, Literal

        self.undeclared = undeclared
        self._literal, self._blank = Literal, BNode
        self.facts: dict[Any, dict[str, list[Any]]] = {}
        for subject, predicate, value in triples:
            key = "a" if str(predicate).endswith("22-rdf-syntax-ns#type") else shorten(predicate)
            self.facts.setdefault(subject, {}).setdefault(key, []).append(value)
        marks = {node: self._mark(node) for node in self.facts}
        for said in self.facts.values():
            for values in said.values():
                values.sort(key=lambda value: marks.get(value) or self._mark(value))
        self.facts = {node: self.facts[node] for node in sorted(self.facts, key=marks.__getitem__)}

    def _mark(self, node: Any, levels: int = 2) -> tuple[bool, str, str]:
        """Return a key to sort by; a blank node stands by what is said of it."""
        if not isinstance(node, self._blank):
            return False, str(node), str(getattr(node, "language", None) or "")
        told = [
            f"{key} {'' if levels == 0 else self._mark(value, levels - 1)}"
            for key, values in self.facts.get(node, {}).items()
            for value in values[:_COMPARED]
        ]
        return True, " ".join(sorted(told)), ""

    def get(self, node: Any, *keys: str) -> list[Any]:
        """Return the objects of one or more predicates of a node."""
        return [value for key in keys for value in self.facts.get(node, {}).get(key, ())]

    def is_text(self, value: Any) -> bool:
        """Tell whether an object is a literal."""
        return isinstance(value, self._literal)

    def list_types(self, node: Any) -> list[str]:
        """Return what a node is: itself as a term, its types, what it specialises."""
        own = [] if self.is_text(node) or isinstance(node, self._blank) else [shorten(str(node))]
        above = self.get(node, "a", "skos:broader", "rdfs:subClassOf")
        return list(dict.fromkeys([*own, *(shorten(str(value)) for value in above)]))

    def read_key(self, node: Any) -> str:
        """Return the last part of a node's IRI, '' for a blank node."""
        return "" if isinstance(node, self._blank) else re.split(r"[#/:]", shorten(str(node)))[-1]

    def name(self, node: Any, lang: str = "") -> str:
        """Return the title of a node: its label, else the last part of its IRI in words."""
        if self.is_text(node):
            return " ".join(str(node).split())
        labels = [value for value in self.get(node, *LABELS) if self.is_text(value)]
        for label in [each for each in labels if each.language == lang] or labels:
            return " ".join(str(label).split())
        if isinstance(node, self._blank):
            return " ".join(split_words(term) for term in self.list_types(node)) or "unnamed"
        return split_words(self.read_key(node))


def split_words(term: str) -> str:
    """Split the name of a term into its words.

    >>> split_words("EmailAddress"), split_words("IPAddress"), split_words("用户")
    ('Email address', 'IP address', '用户')
    """
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\x00-\x7f]+", term)
    lower = [word if word.isupper() and len(word) > 1 else word.lower() for word in words]
    text = " ".join(lower)
    return text[:1].upper() + text[1:] or term


def read_graph(path: Path, prefixes: dict[str, str]) -> Graph:
    """Read a file as a graph; ``prefixes`` stand for those that a fragment does not declare.

    Raises InvalidData when it is no Turtle or JSON-LD, too large, or wants a context from the net.
    """
    data = read_bytes(path, LARGEST)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        content = read_json(path, data)
        _refuse_remote(content, path.name)
        return _parse(path, data.decode("utf-8-sig"), "json-ld")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        raise _refuse(path, "is not UTF-8", row) from None
    bare = _STRINGS.sub(" ", text)
    _measure_brackets(bare, path)
    unknown = sorted(set(_USED.findall(bare)) - set(_DECLARED.findall(text)) - {"_"})
    if not re.search(r"prefix\s+:", text, re.IGNORECASE):
        unknown.append("")
    bound = {name: prefixes.get(name, f"urn:prefix:{name}:") for name in unknown}
    head = " ".join(f"@prefix {name}: <{iri}> ." for name, iri in bound.items())
    return _parse(path, f"{head} {text}", "turtle", tuple(bound))


def _parse(path: Path, text: str, form: str, undeclared: tuple[str, ...] = ()) -> Graph:
    import rdflib

    graph = rdflib.Dataset(default_union=True)  # JSON-LD may name the graph it holds
    try:
        with _keep_spelling():
            graph.parse(data=text, format=form, publicID="urn:file:")
            triples = list(graph.triples((None, None, None)))
    except RecursionError:
        raise _refuse(path, "nests too deep") from None
    except Exception as error:  # rdflib tells a bad text by errors of many kinds
        row = getattr(error, "lines", None)
        found = re.search(r"Bad syntax \((.*?)\) at \^", str(error), re.DOTALL)
        told = quote(found[1] if found else error)
        row = None if row is None else row + 1
        raise _refuse(path, f"is no {_NAMES[form]}: {told}", row) from None
    if not triples:
        raise _refuse(path, f"is no {_NAMES[form]}: it holds no statement")
    return Graph(triples, undeclared)


@contextmanager
def _keep_spelling() -> Iterator[None]:
    """Let rdflib leave literals as they are spelt, and say nothing about those it cannot read."""
    import rdflib

    logger = logging.getLogger("rdflib")
    level, normalise = logger.level, rdflib.NORMALIZE_LITERALS
    logger.setLevel(logging.CRITICAL)
    rdflib.NORMALIZE_LITERALS = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
        rdflib.NORMALIZE_LITERALS = normalise


def _refuse_remote(content: Any, file: str) -> None:
    """Refuse contexts that stand elsewhere: reading a file must not ask the network."""
    level = [content]
    while level:
        inner: list[Any] = []
        for value in level:
            if isinstance(value, list):
                inner += value
            elif isinstance(value, dict):
                inner += value.values()
                context = value.get("@context")
                listed = context if isinstance(context, list) else [context]
                named = [
                    each["@import"] if isinstance(each, dict) else each
                    for each in listed
                    if isinstance(each, str) or (isinstance(each, dict) and "@import" in each)
                ]
                if named:
                    message = f"takes its context from {quote(named[0])}"
                    hint = "expand it first, or write the context into the file: nothing is fetched"
                    place = Place(file, None, None, "@context")
                    raise InvalidData([Issue("import-unreadable", place, message, None, hint)])
        level = inner


def _measure_brackets(text: str, path: Path) -> None:
    depth = 0
    for bracket in re.findall(r"[][()]", text):
        depth += 1 if bracket in "[(" else -1
        if depth > DEEPEST:
            raise _refuse(path, f"nests deeper than {DEEPEST} levels", None, "import-too-large")


def _refuse(
    path: Path, message: str, row: int | None = None, slug: str = "import-unreadable"
) -> InvalidData:
    return InvalidData([Issue(slug, Place(path.name, None, row), message)])
