"""Probes: what a service or a database shows to somebody who looks. Only the hosts named."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pandas as pd

from piaskit import __version__
from piaskit.display import Grid
from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.knowledge import Knowledge, load_knowledge
from piaskit.rules import Finding, make_blank_case, run_rules, write_findings
from piaskit.safeguards.probe_database import SCHEMES, look_at_database, read_address
from piaskit.safeguards.probe_evidence import keep_evidence, open_shelf
from piaskit.safeguards.probe_http import look_at_https, look_at_plain
from piaskit.safeguards.probe_tls import Target, Unreachable, is_address, look_at_tls

if TYPE_CHECKING:
    from piaskit.case.append import NewRow

PATIENCE = 5.0  # seconds for one answer
ROUNDS = 8  # a service gets so many times the patience in all
_HOST = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[^\s:/@\[\]]+))(?::(?P<port>\d{1,5}))?")


@dataclass(frozen=True, slots=True)
class Look:
    """What one service or database showed: its facts, and what the rules find in them.

    ``rows`` are rows for the case's tables, by table; ``evidence`` is the file that was kept.
    """

    id: str
    kind: str
    facts: dict[str, Any]
    findings: tuple[Finding, ...] = ()
    rows: dict[str, list[NewRow]] = field(default_factory=dict)
    evidence: dict[str, str] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the look as JSON holds it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "facts": {
                name: value.isoformat() if isinstance(value, date) else value
                for name, value in self.facts.items()
            },
            "findings": [
                {
                    "slug": found.hit.rule.id,
                    "message": found.message,
                    "message_zh": found.message_zh,
                    "clause": found.clause,
                    "clause_zh": found.clause_zh,
                    "why": found.hit.rule.why.en,
                    "why_zh": found.hit.rule.why.zh,
                    "remedy": list(found.hit.rule.remedy),
                }
                for found in self.findings
            ],
            "rows": self.rows,
            "evidence": self.evidence,
        }


@dataclass(frozen=True, repr=False)
class Probe:
    """What was looked at, and what could not be: ``failed`` has ``id, because, because_zh``."""

    as_of: str
    looks: tuple[Look, ...]
    failed: tuple[dict[str, str], ...]
    knowledge: Knowledge
    lang: str = "en"

    def to_dict(self) -> dict[str, Any]:
        """Return ``{"probes": [...], "failed": [...]}`` with the head of every result."""
        return {
            "piaskit": __version__,
            "schema": 1,
            "as_of": self.as_of,
            "probes": [look.to_dict() for look in self.looks],
            "failed": list(self.failed),
        }

    def __repr__(self) -> str:
        found = sum(len(look.findings) for look in self.looks)
        return f"<Probe as of {self.as_of}: {len(self.looks)} looked at, {found} findings>"

    def _repr_html_(self) -> str:
        say, lang = self.knowledge.labels, self.lang
        zh = lang == "zh"
        rows: list[tuple[str, ...]] = []
        for look in self.looks:
            told = [(f.message_zh, f.clause_zh) if zh else (f.message, f.clause)
                    for f in look.findings]  # fmt: skip
            rows += [(look.id, *pair) for pair in told or [(say("probe.nothing", lang), "")]]
        rows += [(f["id"], f["because_zh" if zh else "because"], "") for f in self.failed]
        heads = tuple(say(f"probe.{name}", lang) for name in ("service", "finding", "clause"))
        return Grid(say("probe.title", lang, as_of=self.as_of), heads, rows, lang)._repr_html_()


def probe_hosts(
    hosts: Sequence[str],
    *,
    into: Path | None = None,
    ca: Path | None = None,
    timeout: float = PATIENCE,
    http_port: int | None = None,
    scope: str = "",
    as_of: date | None = None,
    knowledge: Knowledge | None = None,
    lang: str = "en",
) -> Probe:
    """Look at services and databases, only at those named, and only by reading.

    A host is ``name``, ``name:port``, ``https://name:port`` or the URL of a database
    (``postgresql://``, ``mysql://``); without a port 443. ``ca`` is a PEM file of authorities to
    trust instead of the system's; ``timeout`` the seconds for one answer. Plain HTTP is tried at
    ``http_port``, or at 80 where the service stands at 443. No redirect is followed.

    With ``into`` the answer of each is kept as a file below the case's ``evidence/`` and proposed
    as a row of ``safeguards`` that covers ``scope``; grants become rows of ``access``. A probe that
    could not run is told in ``failed`` and changes nothing.

    Raises InvalidData (bad-host, cannot-write, or the issues of the case).
    """
    packs = knowledge or load_knowledge()
    day = as_of or date.today()
    named = list(dict.fromkeys(hosts))
    issues = [issue for host in named if (issue := _refuse_host(host))]
    if ca is not None and not ca.is_file():
        issues.append(
            Issue("bad-host", Place(quote(ca.name)), "there is no such file of authorities")
        )
    if issues:
        raise InvalidData(issues)
    case = open_shelf(into, scope, day) if into is not None else None
    looks: list[Look] = []
    failed: list[dict[str, str]] = []
    for host in named:
        try:
            looks.append(_look(host, ca, timeout, http_port, day))
        except Unreachable as told:
            words = {f"because{tail}": packs.labels(f"probe.{told.why}", lang_, **told.say)
                     for tail, lang_ in (("", "en"), ("_zh", "zh"))}  # fmt: skip
            failed.append({"id": _show_host(host), **words})
    looks = _judge(looks, packs, day)
    if case is not None:
        looks = keep_evidence(case, looks, scope, day)
    return Probe(day.isoformat(), tuple(looks), tuple(failed), packs, lang)


def parse_host(text: str) -> tuple[str, int] | None:
    """Read a host and its port; None when it is neither.

    >>> parse_host("shop.example"), parse_host("https://shop.example:8443/x")
    (('shop.example', 443), ('shop.example', 8443))
    >>> parse_host("[::1]:44"), parse_host("shop:http")
    (('::1', 44), None)
    """
    plain = text.strip()
    if plain.lower().startswith("https://"):
        plain = plain[8:].split("/", 1)[0]
    found = _HOST.fullmatch(plain)
    port = int(found["port"] or 443) if found else 0
    if not found or not 0 < port < 65536:
        return None
    host = found["v6"] or found["name"]
    try:
        return host.encode("idna").decode() if not found["v6"] else host, port
    except UnicodeError:
        return None


def _look(host: str, ca: Path | None, timeout: float, http_port: int | None, day: date) -> Look:
    if _is_database(host):
        facts, rows = look_at_database(host, timeout)
        return Look(facts["id"], "database", facts, rows={"access": rows} if rows else {})
    parsed = parse_host(host)
    assert parsed is not None  # told before
    name, port = parsed
    target = Target(name, port, timeout, time.monotonic() + ROUNDS * timeout)
    facts = {"id": target.id, "host": name, "port": port, "is_address": is_address(name)}
    facts |= look_at_tls(target, ca, day)
    facts |= look_at_https(target)
    plain = http_port or (80 if port == 443 else None)
    facts |= look_at_plain(target, plain) if plain else {"plain_http": "untried"}
    return Look(target.id, "service", facts)


def _judge(looks: list[Look], packs: Knowledge, day: date) -> list[Look]:
    """Put the rules to what was seen."""
    case = make_blank_case(packs, day)
    services, databases = (
        pd.DataFrame([look.facts for look in looks if look.kind == kind])
        for kind in ("service", "database")
    )
    hits = run_rules(
        case,
        ("proof",),
        about=("service", "database"),
        services=services,
        databases=databases,
    )
    found = write_findings(hits, case)
    return [
        Look(
            look.id,
            look.kind,
            look.facts,
            tuple(f for f in found if f.hit.table == f"{look.kind}s" and f.hit.id == look.id),
            look.rows,
        )
        for look in looks
    ]


def _is_database(text: str) -> bool:
    return urlsplit(text.strip()).scheme.lower() in SCHEMES if "://" in text else False


def _show_host(text: str) -> str:
    """Return a host as it may be shown: a URL without whom it names and what it keeps secret."""
    return read_address(text).id if _is_database(text) else quote(text)


def _refuse_host(text: str) -> Issue | None:
    if _is_database(text):
        try:
            read_address(text)
        except ValueError:
            hint = "postgresql://user@host:5432/database"
            return Issue("bad-host", Place("HOST"), "this is no URL of a database", None, hint)
        return None
    if "://" in text and not text.lower().startswith("https://"):
        scheme = quote(text.split("://")[0])
        hint = "hosts are name, name:port, https://..., postgresql://... or mysql://..."
        return Issue("bad-host", Place("HOST"), f"{scheme} is nothing to look at", scheme, hint)
    if parse_host(text) is None:
        shown = quote(text) if "@" not in text else "***"
        hint = "write name or name:port"
        return Issue("bad-host", Place("HOST"), f"{shown} is no host", shown, hint)
    return None
