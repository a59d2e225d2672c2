"""The risk to the persons as a table: factor by factor, what the facts say and how it weighs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from piaskit.incident.breach import KINDS
from piaskit.incident.context import find_pack
from piaskit.incident.counts import bound_count
from piaskit.incident.enisa import rate_identification
from piaskit.incident.facts import Facts
from piaskit.incident.gdpr import (
    ask_avoided,
    ask_high_risk,
    ask_protected,
    ask_returned,
    ask_risk_unlikely,
)
from piaskit.incident.ground import Ground
from piaskit.incident.hands import OUT, rate_hands
from piaskit.incident.nature import TELLING, rate_nature
from piaskit.incident.notices import write_fact
from piaskit.incident.steps import Step
from piaskit.knowledge import Knowledge, Text

_FACTORS = "edpb-9-2022 IV.B"
_WORDS: tuple[tuple[str, str, str, dict[str, str], str], ...] = (
    ("volume", "volume_per_person", "severity", {"little": "lowers", "much": "raises"}, _FACTORS),
    ("intent", "malicious", "likelihood", {"no": "lowers", "yes": "raises"}, _FACTORS),
    ("taking", "exfiltrated", "likelihood",
     {"no": "lowers", "likely": "raises", "yes": "raises"}, "edpb-1-2021 4"),
    ("misuse", "misuse", "likelihood",
     {"none-known": "neutral", "possible": "raises", "confirmed": "raises"}, _FACTORS),
    ("systemic", "systemic", "likelihood",
     {"no": "lowers", "possible": "raises", "yes": "raises"}, "edpb-1-2021 16"),
    ("recovery", "integrity.recoverable", "severity", {"yes": "lowers", "no": "raises"}, _FACTORS),
    ("backup", "backup", "severity",
     {"yes": "lowers", "paper": "neutral", "no": "raises", "lost-too": "raises"}, "edpb-1-2021 2"),
    ("consequence", "availability.consequence", "severity",
     {"none": "lowers", "minor": "raises", "severe": "raises"}, "edpb-1-2021 3"),
)  # fmt: skip
"""Factors that one word decides: id, fact, what it bears on, the effect of each word, source."""

_ONLY = {
    "hands": "confidentiality", "protection": "confidentiality", "return": "confidentiality",
    "taking": "confidentiality", "systemic": "confidentiality", "recovery": "integrity",
    "backup": "availability", "consequence": "availability", "restoration": "availability",
}  # fmt: skip
"""Factors that matter for one kind of breach only."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One row: the facts, what it bears on, whether it raises or lowers that, why, by what."""

    id: str
    paths: tuple[str, ...]
    bears_on: str
    effect: str
    reading: Text
    clause: str


def list_factors(facts: Facts, knowledge: Knowledge) -> list[Factor]:
    """Return the factors that matter for what happened, each with its effect.

    ``bears_on`` is likelihood or severity, ``effect`` raises, lowers, neutral or open.
    """
    found = [*_list_computed(facts, knowledge), *_list_words(facts, knowledge)]
    return [
        factor
        for factor in found
        if factor.id not in _ONLY or facts[f"{_ONLY[factor.id]}.state"] != "none"
    ]


def _list_words(facts: Facts, knowledge: Knowledge) -> Iterator[Factor]:
    for id, path, bears_on, effects, clause in _WORDS:
        word = facts[path] or "unknown"
        reading = knowledge.labels[f"incident.risk.{id}.{word}"]
        yield Factor(id, (path,), bears_on, effects.get(word, "open"), reading, clause)


def _list_computed(facts: Facts, knowledge: Knowledge) -> Iterator[Factor]:
    for kind in KINDS:
        state = facts[f"{kind}.state"]
        label = f"incident.breach.{kind}.{state}" if state else "incident.breach.blank"
        label = f"incident.harmless.{kind}.none" if state == "none" else label
        effect = "open" if state is None else "lowers" if state == "none" else "raises"
        reading = knowledge.labels[label]
        yield Factor(kind, (f"{kind}.state",), "likelihood", effect, reading, _FACTORS)
    special = tuple(path for path in facts if path.startswith("special."))
    paths = ("categories", "categories_complete", *special)
    nature = rate_nature(facts, knowledge)
    yield _make_step("nature", paths, "severity", nature, TELLING, knowledge)
    ease = rate_identification(facts, knowledge)
    effect = "open" if ease.value is None else "raises" if ease.value > 0.5 else "lowers"
    paths = ("categories", "categories_complete")
    yield Factor("identification", paths, "severity", effect, ease.because[-1], _FACTORS)
    frail = facts["vulnerable"] == "yes" or bound_count(facts, "children").floor > 0
    word = "yes" if frail else facts["vulnerable"] or "unknown"
    effect = {"yes": "raises", "no": "lowers"}.get(word, "open")
    reading = knowledge.labels[f"incident.risk.persons.{word}"]
    yield Factor("persons", ("vulnerable", "children"), "severity", effect, reading, _FACTORS)
    number = find_pack(knowledge).harm.many
    many = bound_count(facts, "persons").meets(number + 1)
    ground = Ground(many, f"incident.mishap.many.{many}", fields={"n": number})
    yield _make("number", ("persons",), "severity", ground, "raises", knowledge)
    hands = rate_hands(facts)
    paths = ("confidentiality.recipients", "confidentiality.number", "actor")
    yield _make_step("hands", paths, "likelihood", hands, OUT, knowledge)
    paths = ("protection.unintelligible", "protection.key_safe")
    ground = ask_protected(facts)
    clause = "eu-gdpr 34(3)(a)"
    yield _make("protection", paths, "likelihood", ground, "lowers", knowledge, clause)
    paths, ground = ("confidentiality.recalled",), ask_returned(facts)
    clause = "edpb-1-2021 9"
    yield _make("return", paths, "likelihood", ground, "lowers", knowledge, clause)
    back = facts["availability.restored_after"]
    word = "unknown" if back is None else "never" if back == "never" else "back"
    effect = {"back": "lowers", "never": "raises"}.get(word, "open")
    paths, reading = (
        ("availability.restored_after",),
        knowledge.labels[f"incident.risk.restoration.{word}"],
    )
    yield Factor("restoration", paths, "severity", effect, reading, "edpb-1-2021 2")
    ground = ask_avoided(facts)
    clause = "eu-gdpr 34(3)(b)"
    yield _make("avoided", ("harm_avoided",), "likelihood", ground, "lowers", knowledge, clause)


def _make(
    id: str,
    paths: tuple[str, ...],
    bears_on: str,
    ground: Ground,
    effect_of_yes: str,
    knowledge: Knowledge,
    clause: str = _FACTORS,
) -> Factor:
    """Make a row of an answer: a yes has its effect, a no of what raises lowers."""
    effect_of_no = "lowers" if effect_of_yes == "raises" else "neutral"
    effect = {"yes": effect_of_yes, "no": effect_of_no, "unknown": "open"}[ground.met]
    en, zh = (ground.say(knowledge.labels, lang) for lang in ("en", "zh"))
    return Factor(id, paths, bears_on, effect, Text(en=" ".join(en), zh="".join(zh)), clause)


def _make_step(
    id: str, paths: tuple[str, ...], bears_on: str, step: Step, from_step: int, knowledge: Knowledge
) -> Factor:
    """Make a row of a ladder: from one step on it raises, a range across it is open."""
    ground = Ground(step.at_least(from_step), step.label, fields=dict(step.fields))
    return _make(id, paths, bears_on, ground, "raises", knowledge)


def describe_risk(facts: Facts, knowledge: Knowledge) -> dict[str, Any]:
    """Return the rows and what follows from them: steps of hands and nature, and both answers.

    ``unlikely`` answers Art. 33(1), ``high`` Art. 34(1), each with reasons and missing facts.
    """
    hands, nature = rate_hands(facts), rate_nature(facts, knowledge)
    if facts["confidentiality.state"] == "none" or ask_protected(facts).met == "yes":
        hands = Step(0, 0, hands.label)
    say = knowledge.labels
    rows = [
        {
            "factor": factor.id,
            "title": say(f"incident.risk.factor.{factor.id}", "en"),
            "title_zh": say(f"incident.risk.factor.{factor.id}", "zh"),
            "facts": {p: write_fact(facts[p]) for p in factor.paths if facts[p] is not None},
            "reading": factor.reading.en,
            "reading_zh": factor.reading.zh,
            "bears_on": factor.bears_on,
            "effect": factor.effect,
            "clause": knowledge.cite(factor.clause, "en"),
            "clause_zh": knowledge.cite(factor.clause, "zh"),
        }
        for factor in list_factors(facts, knowledge)
    ]
    asks: dict[str, Callable[[Facts, Knowledge], Ground]] = {
        "unlikely": ask_risk_unlikely,
        "high": ask_high_risk,
    }
    answers = {name: ask(facts, knowledge) for name, ask in asks.items()}
    return {
        "rows": rows,
        "hands": [hands.low, hands.high],
        "nature": [nature.low, nature.high],
        **{
            name: {
                "met": ground.met,
                "because": ground.say(say, "en"),
                "because_zh": ground.say(say, "zh"),
                "missing": list(ground.missing),
            }
            for name, ground in answers.items()
        },
    }
