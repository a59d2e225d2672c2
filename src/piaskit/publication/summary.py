"""What an announcement says of an edition: a sealed file of public facts, and what changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit import __version__
from piaskit.jsontext import encode_json
from piaskit.report.editions import PublicOutline, outline_public

if TYPE_CHECKING:
    from piaskit.case import Case

SUMMARY = "summary.json"
LANGUAGES = ("zh", "en")
_STATES = ("current", "planned")
_VERBS = ("ledger", "screen", "assess", "safeguards")

Summary = dict[str, Any]


def write_summary(case: Case, results: Path, folder: Path) -> None:
    """Write the public facts of a run, both languages in one file, beside its public reports.

    The gate reads it as it reads these.
    """
    answers = {
        verb: json.loads((results / f"{verb}.json").read_text("utf-8"))
        for verb in _VERBS
        if (results / f"{verb}.json").is_file()
    }
    facts = {lang: outline_public(case, answers, lang) for lang in LANGUAGES}  # type: ignore[arg-type]
    text = "".join(encode_json(summarise_facts(facts)))
    (folder / SUMMARY).write_text(text, "utf-8", newline="\n")


def summarise_facts(facts: Mapping[str, PublicOutline]) -> Summary:
    """Return what an announcement needs: numbers once, words by language."""
    any_ = next(iter(facts.values()))
    return {
        "piaskit": __version__,
        "schema": 1,
        "as_of": any_.as_of.isoformat(),
        "title": {lang: f.title for lang, f in facts.items()},
        "organisation": {lang: f.organisation for lang, f in facts.items()},
        "method": {lang: f.method for lang, f in facts.items()},
        "regimes": list(any_.regimes),
        "overall": {state: any_.overall[state] for state in _STATES},
        "counts": {state: dict(any_.counts[state]) for state in _STATES},
        "rights": {
            dimension: {state: dict(states[state]) for state in _STATES}
            for dimension, states in any_.rights.items()
        },
        "activities": {lang: [a.title for a in f.activities] for lang, f in facts.items()},
        "items": {lang: _unique(i.title for i in f.items) for lang, f in facts.items()},
        "verified": {
            lang: _unique(s.title for s in f.safeguards if s.state == "verified")
            for lang, f in facts.items()
        },
        "contacts": {lang: [dict(c) for c in f.contacts] for lang, f in facts.items()},
    }


def _unique(titles: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(titles))


def compare_summaries(old: Summary, new: Summary, lang: str) -> list[tuple[str, dict[str, Any]]]:
    """Return what differs between two editions, as ids of labels with their fields.

    >>> words = {lang: [] for lang in ("zh", "en")}
    >>> lists = {name: words for name in ("activities", "items", "verified")}
    >>> states = {"current": {"severe": 2, "high": 1}, "planned": {"severe": 0, "high": 1}}
    >>> old = {"overall": {"current": "severe", "planned": "high"}, "counts": states, **lists}
    >>> new = {**old, "overall": {"current": "high", "planned": "high"}}
    >>> compare_summaries(old, new, "en")
    [('level', {'old': 'severe', 'new': 'high'})]
    """
    found: list[tuple[str, dict[str, Any]]] = []
    levels = old["overall"]["current"], new["overall"]["current"]
    if levels[0] != levels[1]:
        found.append(("level", {"old": levels[0], "new": levels[1]}))
    for level in ("severe", "high"):
        counts = [summary["counts"]["current"].get(level, 0) for summary in (old, new)]
        if counts[0] != counts[1]:
            found.append((f"count-{level}", {"old": counts[0], "new": counts[1]}))
    for name in ("activities", "items", "verified"):
        before, after = old[name][lang], new[name][lang]
        for kind, some in (
            ("added", [t for t in after if t not in before]),
            ("gone", [t for t in before if t not in after]),
        ):
            if some:
                found.append((f"{name}-{kind}", {"titles": some}))
    return found
