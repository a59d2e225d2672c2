"""Facts that cannot all be true: each pair is named, nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from piaskit.incident.day import is_before
from piaskit.incident.fields import COUNTS, FIELDS

if TYPE_CHECKING:
    from piaskit.incident.facts import Facts

_ORDER = (
    *((f"times.{later}", "times.occurred_at") for later in (
        "discovered_at", "aware_at", "contained_at", "handling_ended_at", "determined_at",
        "assessed_at", "individuals_told_at", "authority_told_at", "ransom_paid_at",
    )),
    *(("times.handling_ended_at", f"times.{earlier}") for earlier in (
        "discovered_at", "aware_at", "contained_at",
    )),
)  # fmt: skip
_PARTS = (
    ("sensitive_persons", "persons"),
    ("minors", "persons"),
    ("children", "persons"),
    ("children", "minors"),
)
_EXCLUDE: tuple[tuple[str, tuple[str, ...], str, tuple[str, ...]], ...] = (
    ("exfiltrated", ("yes", "likely"), "confidentiality.state", ("none",)),
    ("confidentiality.recipients", ("hostile", "public"), "confidentiality.state", ("none",)),
    ("availability.consequence", ("minor", "severe"), "availability.state", ("none",)),
    ("exfiltrated", ("yes", "likely"), "confidentiality.recipients", ("none",)),
    ("confidentiality.recalled", ("confirmed",), "confidentiality.recipients", ("none",)),
    ("harm_avoided", ("yes",), "misuse", ("confirmed",)),
    ("harm_avoided", ("yes",), "availability.consequence", ("severe",)),
)
_AFTER_KNOWING = tuple(
    f"times.{name}"
    for name in ("determined_at", "assessed_at", "individuals_told_at", "authority_told_at")
)

_AT_ONCE = timedelta()
Found = tuple[tuple[str, ...], str]


def find_contradictions(facts: Facts) -> Iterator[Found]:
    """Yield the fields that contradict each other, with a sentence that names them."""
    yield from _find_disorder(facts)
    yield from _find_counts(facts)
    for path, values, other, others in _EXCLUDE:
        if facts[path] in values and facts[other] in others:
            yield (path, other), f"{path} is {facts[path]}, but {other} is {facts[other]}"
    yield from _find_untouched(facts)
    states = ("confidentiality.state", "integrity.state")
    if facts["misuse"] == "confirmed" and all(facts[path] == "none" for path in states):
        message = f"misuse is confirmed, but {states[0]} and {states[1]} are none"
        yield ("misuse", *states), message


def _find_untouched(facts: Facts) -> Iterator[Found]:
    """Yield what is said of a loss that did not happen and of children who are not there."""
    back = facts["availability.restored_after"]
    if facts["availability.state"] == "none" and (back == "never" or (back and back > _AT_ONCE)):
        paths = ("availability.restored_after", "availability.state")
        yield paths, f"{paths[0]} is stated, but {paths[1]} is none"
    children = facts["children"]
    if children and children.high == 0 and "children.any" in (facts["categories"] or ()):
        message = "categories holds children.any, but children are 0"
        yield ("categories", "children"), message


def _find_disorder(facts: Facts) -> Iterator[Found]:
    for later, earlier in _ORDER:
        late, early = facts[later], facts[earlier]
        if late is not None and early is not None and is_before(late, early):
            message = (
                f"{later} ({late.isoformat(timespec='minutes')}) is before "
                f"{earlier} ({early.isoformat(timespec='minutes')})"
            )
            yield (later, earlier), message
    known = [path for path in ("times.discovered_at", "times.aware_at") if facts[path]]
    for later in _AFTER_KNOWING:
        if known and facts[later] and all(is_before(facts[later], facts[path]) for path in known):
            moment = facts[later].isoformat(timespec="minutes")
            message = f"{later} ({moment}) is before {' and '.join(known)}"
            yield (later, *known), message


def _find_counts(facts: Facts) -> Iterator[Found]:
    intervals = {
        path: facts[path]
        for path in [*COUNTS, *(path for path in facts if path.startswith("persons_in."))]
        if facts[path] is not None
    }
    others = [p for p in facts if p not in intervals and p in FIELDS]
    bounded = {p: facts[p] for p in others if FIELDS[p].kind in ("count", "amount")}
    for path, count in (intervals | bounded).items():
        bounds = [(name, getattr(count, name)) for name in ("low", "best", "high")]
        stated = [(name, number) for name, number in bounds if number is not None]
        for (name, number), (above, limit) in pairwise(stated):
            if number > limit:
                yield (path,), f"{path}.{name} ({number}) is more than {path}.{above} ({limit})"
    parts = [*_PARTS, *((p, "persons") for p in intervals if p.startswith("persons_in."))]
    for part, whole in parts:
        if part not in intervals or whole not in intervals:
            continue
        if intervals[whole].high is not None and intervals[part].floor > intervals[whole].high:
            message = (
                f"{part} (at least {intervals[part].floor}) are more than "
                f"{whole} (at most {intervals[whole].high})"
            )
            yield (part, whole), message
