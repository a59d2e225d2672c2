"""The report as JSON: all that the document says, in a form that reads back as its equal."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, get_args

from piaskit.errors import InvalidData, Issue, Place
from piaskit.report.chart import Chart
from piaskit.report.document import (
    Block,
    Card,
    Column,
    Document,
    Level,
    Link,
    Picture,
    Row,
    Section,
)

FORMAT, SCHEMA = "piaskit-document", 1
_KINDS: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        *get_args(Block),
        Card,
        Chart,
        Column,
        Document,
        Level,
        Link,
        Picture,
        Row,
        Section,
    )
}
_FIELDS = {name: [field.name for field in fields(kind)] for name, kind in _KINDS.items()}


def export(document: Document, path: Path) -> None:
    """Write ``document`` to ``path`` as UTF-8 JSON with sorted keys."""
    content = {"format": FORMAT, "schema": SCHEMA, "document": document}
    text = json.dumps(
        content,
        default=_encode,
        ensure_ascii=False,
        allow_nan=False,
        separators=(",\n", ": "),  # a line per value; the encoder in C does not indent
        sort_keys=True,
    )
    path.write_bytes(text.encode("utf-8", "surrogatepass") + b"\n")


def load_document(path: Path) -> Document:
    """Return the document that ``export`` wrote; it equals the one exported.

    Raises InvalidData when the file is no such JSON or breaks a rule of ``Document``.
    """
    try:
        content = json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))
        if content["format"] != FORMAT or content["schema"] != SCHEMA:
            raise ValueError(f"format {content['format']}, schema {content['schema']}")
        document = _decode(content["document"])
        if not isinstance(document, Document):
            raise TypeError(f"holds a {type(document).__name__}")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        issue = Issue(
            "document-unreadable",
            Place(path.name),
            f"not a document of schema {SCHEMA} that piaskit wrote ({error})",
            hint="export the report again",
        )
        raise InvalidData([issue]) from error
    return document


def _encode(value: Any) -> dict[str, Any]:
    """Return what JSON has no form of as an object that says what it is."""
    if isinstance(value, date):
        return {"is": "date", "iso": value.isoformat()}
    kind = type(value).__name__
    return {"is": kind} | {name: getattr(value, name) for name in _FIELDS[kind]}


def _decode(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_decode(part) for part in value)
    if isinstance(value, dict):
        named = {key: _decode(part) for key, part in value.items() if key != "is"}
        if value["is"] == "date":
            return date.fromisoformat(named["iso"])
        return _KINDS[value["is"]](**named)
    return value
