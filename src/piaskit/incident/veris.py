"""VERIS records: incidents of others in, for practice; incidents of our own out, masked.

VERIS counts records, not persons, knows days rather than times and names few kinds of data, so most
facts stay blank. Records up to 1.3.3 (``discovery_method`` and ``country`` as one text) and later
ones are read. VCDB is no sample of what happens to an organisation: no rates follow from it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from piaskit.errors import InvalidData, Issue, Place
from piaskit.incident.clocks import find_start
from piaskit.incident.facts import Facts
from piaskit.incident.masking import flatten_text

VERSION = "1.3.7"
LARGEST = 5_000_000  # bytes of one record
_KINDS = {
    "Credentials": "account.password",
    "Bank": "finance.account",
    "Payment": "finance.payment-card",
    "Medical": "health.record",
    "Digital certificate": "secret.token",
}
_UNNAMED = ("Personal", "Sensitive Personal", "Other", "Unknown")
_VICTIMS = {
    "Customer": "customers",
    "Employee": "employees",
    "Former employee": "employees",
    "Patient": "patients",
    "Student": "users",
}
_DISCLOSED = {"Yes": "confirmed", "Potentially": "possible", "No": "none"}
_ACTORS = (("external", "external"), ("internal", "insider"), ("partner", "processor"))
_HARMLESS = ("NA", "Unknown", "Convenience")
_UNITS = {"Seconds": 1 / 60, "Minutes": 1, "Hours": 60, "Days": 1440, "Weeks": 10080}
_WANTED = (
    "regimes", "times.occurred_at", "times.discovered_at", "times.aware_at", "actor", "malicious",
    "persons", "minors", "children", "categories", "relation", "confidentiality.state",
    "integrity.state", "availability.state", "exfiltrated", "misuse", "protection.unintelligible",
    "harm_avoided",
)  # fmt: skip


def read_veris(record: Path | str | Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Turn a VERIS record into facts for practice, and name what it does not tell.

    Raises InvalidData for a file that is no VERIS record.

    >>> facts, missing = read_veris({
    ...     "schema_version": "1.3.3", "incident_id": "a-1", "actor": {"internal": {}},
    ...     "action": {"error": {}}, "attribute": {"confidentiality": {"data_disclosure": "Yes"}}})
    >>> facts["actor"], facts["malicious"], facts["confidentiality"], "persons" in missing
    ('insider', 'no', {'state': 'confirmed'}, True)
    """
    content = record if isinstance(record, Mapping) else _load(Path(record))
    facts: dict[str, Any] = {"id": _name(content), "role": "controller"}
    attribute = _group(content, "attribute")
    kinds = _read_data(attribute, facts)
    _read_attributes(attribute, facts)
    _read_people(content, facts)
    facts["context"] = " ".join(_tell_rest(content, kinds))
    blank = tuple(path for path in _WANTED if not _is_given(facts, path))
    return {key: value for key, value in facts.items() if value not in (None, {}, [], "")}, blank


def _load(path: Path) -> Mapping[str, Any]:
    place = Place(path.name)
    try:
        if path.stat().st_size > LARGEST:
            raise InvalidData([Issue("veris-record", place, "is too large for one record")])
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        text = f"cannot be read: {error.strerror}"
        raise InvalidData([Issue("veris-record", place, text)]) from None
    except (ValueError, RecursionError):
        raise InvalidData([Issue("veris-record", place, "is no JSON")]) from None
    if not isinstance(content, dict) or not {"attribute", "action"} & set(content):
        text = "is no VERIS record, expected incident_id, actor, action, attribute"
        raise InvalidData([Issue("veris-record", place, text)])
    return content


def _name(content: Mapping[str, Any]) -> str:
    text = re.sub(r"[^A-Za-z0-9._-]+", "-", str(content.get("incident_id") or "veris")).strip("-._")
    return text[:60] or "veris"


def _group(content: Any, key: str) -> Mapping[str, Any]:
    value = content.get(key) if isinstance(content, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _texts(value: Any) -> list[str]:
    """Return a value that older records give as one text and newer ones as a list."""
    found = value if isinstance(value, list) else [value]
    return [text for text in found if isinstance(text, str) and text]


def _read_data(attribute: Mapping[str, Any], facts: dict[str, Any]) -> list[str]:
    """Take kinds and number of records; return the kinds that have no category."""
    held = _group(attribute, "confidentiality")
    data = held.get("data")
    rows = [row for row in data if isinstance(row, Mapping)] if isinstance(data, list) else []
    named = [text for row in rows for text in _texts(row.get("variety"))]
    facts["categories"] = sorted({_KINDS[name] for name in named if name in _KINDS})
    total = held.get("data_total")
    if isinstance(total, int) and not isinstance(total, bool) and 0 <= total < 10**12:
        facts["records"] = total
    return [name for name in dict.fromkeys(named) if name not in _KINDS]


def _read_attributes(attribute: Mapping[str, Any], facts: dict[str, Any]) -> None:
    held = _group(attribute, "confidentiality")
    state = _DISCLOSED.get(str(held.get("data_disclosure")))
    if state:
        facts["confidentiality"] = {"state": state}
        if state != "confirmed":
            facts["exfiltrated"] = "unknown" if state == "possible" else "no"
    if "encrypted" in " ".join(_texts(held.get("state"))).replace("unencrypted", "").casefold():
        facts["protection"] = {"unintelligible": "yes"}
    changed = _texts(_group(attribute, "integrity").get("variety"))
    if "Modify data" in changed:
        facts["integrity"] = {"state": "confirmed"}
    lost = _group(attribute, "availability")
    varieties = _texts(lost.get("variety"))
    if varieties and varieties != ["Unknown"]:
        facts["availability"] = {"state": "confirmed"}
        span = _group(lost, "duration")
        size, unit = span.get("value"), _UNITS.get(str(span.get("unit")))
        if unit and isinstance(size, int | float) and not isinstance(size, bool) and size > 0:
            facts["availability"]["restored_after"] = f"{max(1, round(size * unit))}min"
        elif str(span.get("unit")) == "Never":
            facts["availability"]["restored_after"] = "never"


def _read_people(content: Mapping[str, Any], facts: dict[str, Any]) -> None:
    actors = [word for key, word in _ACTORS if key in _group(content, "actor")]
    facts["actor"] = actors[0] if len(actors) == 1 else None
    actions = set(_group(content, "action"))
    motives = [
        text
        for actor in _group(content, "actor").values()
        for text in _texts(_group({"a": actor}, "a").get("motive"))
        if text not in _HARMLESS
    ]
    if actions and actions <= {"error", "environmental"}:
        facts["malicious"] = "no"
    elif actions & {"malware", "hacking"} or (motives and not actions <= {"error"}):
        facts["malicious"] = "yes"
    held = _group(_group(content, "attribute"), "confidentiality")
    victims = {_VICTIMS[text] for text in _texts(held.get("data_victim")) if text in _VICTIMS}
    if victims:
        facts["relation"] = victims.pop() if len(victims) == 1 else "mixed"
    rows = _group(content, "asset").get("assets")
    assets = [
        text
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, Mapping)
        for text in _texts(row.get("variety"))
    ]
    if assets:
        paper = [name for name in assets if name in ("M - Documents", "Media - Documents")]
        if len(paper) in (0, len(assets)):
            facts["medium"] = "paper" if paper else "electronic"


def _tell_rest(content: Mapping[str, Any], kinds: list[str]) -> list[str]:
    """Say in words what the record tells and the facts cannot hold."""
    when = _group(_group(content, "timeline"), "incident")
    day = "-".join(str(when[k]).zfill(2) for k in ("year", "month", "day") if when.get(k))
    found = content.get("discovery_method")
    how = ", ".join(found) if isinstance(found, Mapping) else "".join(_texts(found))
    where = ", ".join(_texts(_group(content, "victim").get("country")))
    told = {
        "VERIS record": str(content.get("incident_id") or ""),
        "incident of": day,
        "country": where,
        "discovered by": how,
        "kinds of data without a category": ", ".join(kinds),
        "summary": str(content.get("summary") or ""),
    }
    return [f"{name}: {flatten_text(text)[:400]}." for name, text in told.items() if text]


def _is_given(facts: Mapping[str, Any], path: str) -> bool:
    group, _, name = path.partition(".")
    value = facts.get(group)
    return bool(value.get(name) if name and isinstance(value, Mapping) else value)


def write_veris(facts: Facts, *, id: str, summary: str = "", country: str = "CN") -> dict[str, Any]:
    """Write facts as a VERIS record; what they do not tell is Unknown or left out.

    ``id`` and ``summary`` come from the register, masked; no other text of the facts goes out.
    """
    actor = {"external": "external", "insider": "internal", "processor": "partner"}
    action = {"no": "error"}.get(str(facts["malicious"]), "unknown")
    if facts["malicious"] == "yes" and facts["actor"] == "insider":
        action = "misuse"
    start, found = facts["times.occurred_at"], find_start(facts, "discovery")
    moment = start or found
    timeline: dict[str, Any] = {"incident": {}}
    if moment:
        timeline["incident"] = {"year": moment.year, "month": moment.month, "day": moment.day}
    for name, late in (("discovery", found), ("containment", facts["times.contained_at"])):
        if start and late:
            timeline[name] = _write_span(late - start)
    state = facts["confidentiality.state"]
    disclosed = {word: name for name, word in _DISCLOSED.items()}.get(str(state), "Unknown")
    named = {category: name for name, category in _KINDS.items()}
    kinds = [named.get(id, "Personal") for id in facts["categories"] or ()]
    held: dict[str, Any] = {"data_disclosure": disclosed}
    if facts["records"] is not None and facts["records"].best is not None:
        held["data_total"] = int(facts["records"].best)
    if kinds:
        held["data"] = [{"variety": name} for name in dict.fromkeys(kinds)]
    victims = {word: name for name, word in reversed(_VICTIMS.items())}
    if facts["relation"] in victims:
        held["data_victim"] = [victims[facts["relation"]]]
    if facts["protection.unintelligible"] in ("yes", "no"):
        word = "encrypted" if facts["protection.unintelligible"] == "yes" else "unencrypted"
        held["state"] = [f"Stored {word}"]
    attribute: dict[str, Any] = {"confidentiality": held}
    if facts["integrity.state"] == "confirmed":
        attribute["integrity"] = {"variety": ["Modify data"]}
    if facts["availability.state"] == "confirmed":
        attribute["availability"] = {"variety": ["Loss" if _is_lost(facts) else "Interruption"]}
        span = facts["availability.restored_after"]
        if isinstance(span, timedelta):
            attribute["availability"]["duration"] = _write_span(span)
        elif span:
            attribute["availability"]["duration"] = {"unit": "Never"}
    unknown = {"variety": ["Unknown"], "vector": ["Unknown"]}
    who = actor.get(str(facts["actor"]), "unknown")
    paper = facts["medium"] == "paper"
    return {
        "schema_version": VERSION,
        "incident_id": id,
        "source_id": "piaskit",
        "summary": summary,
        "security_incident": "Confirmed" if state == "confirmed" else "Suspected",
        "timeline": timeline,
        "victim": {"victim_id": "", "industry": "000", "country": [country]},
        "actor": {who: {} if who == "unknown" else {"motive": ["Unknown"], "variety": ["Unknown"]}},
        "action": {action: {} if action == "unknown" else unknown},
        "asset": {"assets": [{"variety": "M - Documents" if paper else "Unknown"}]},
        "attribute": attribute,
        "discovery_method": {"unknown": True},
    }


def _is_lost(facts: Facts) -> bool:
    return bool(facts["availability.restored_after"] == "never")


def _write_span(span: timedelta) -> dict[str, Any]:
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes and minutes % 1440 == 0:
        return {"unit": "Days", "value": minutes // 1440}
    return {"unit": "Minutes", "value": minutes}
