"""Severity after ENISA 2013: SE = DPC x EI + CB, each step argued, an open one as a range."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from piaskit.incident.context import find_pack, list_classes, list_words, meets
from piaskit.incident.counts import bound_count
from piaskit.incident.facts import Facts
from piaskit.incident.gdpr import ask_protected
from piaskit.knowledge import Knowledge, SeverityPack, Text

_DPC, _EI, _CB = (1.0, 4.0), (0.25, 1.0), (0.0, 0.5)


@dataclass(frozen=True, slots=True)
class Score:
    """A part of the score between two bounds, with what argues it and what would settle it."""

    low: float
    high: float
    because: tuple[Text, ...]
    missing: tuple[str, ...] = ()

    @property
    def value(self) -> float | None:
        """The number, or None while it is open."""
        return self.low if self.low == self.high else None


Rate = Callable[[Facts, Knowledge], Score]


def score_severity(dpc: float, ei: float, cb: float, pack: SeverityPack) -> tuple[float, str]:
    """Return SE = DPC x EI + CB and its band.

    >>> from piaskit.knowledge import load_knowledge
    >>> score_severity(3, 0.75, 0.5, find_pack(load_knowledge()))
    (2.75, 'medium')

    Raises ValueError outside DPC 1 to 4, EI 0.25 to 1 and CB 0 to 2.
    """
    if not (1 <= dpc <= 4 and 0.25 <= ei <= 1 and 0 <= cb <= 2):
        raise ValueError("DPC is 1 to 4, EI 0.25 to 1, CB 0 to 2")
    score = dpc * ei + cb
    bands = sorted(((band.at_least, name) for name, band in pack.bands.items()), reverse=True)
    return score, next(name for low, name in bands if score >= low)


def describe_enisa(facts: Facts, knowledge: Knowledge) -> dict[str, Any]:
    """Return DPC, EI, CB, SE and band; None where open, the bounds stand under ``range``."""
    pack = find_pack(knowledge)
    dpc = _rate("dpc", rate_context, facts, knowledge)
    ei = _rate("ei", rate_identification, facts, knowledge)
    steps = {name: _rate(name, rate, facts, knowledge) for name, rate in CIRCUMSTANCES.items()}
    cb = Score(
        sum(step.low for step in steps.values()),
        sum(step.high for step in steps.values()),
        tuple(text for step in steps.values() for text in step.because),
        tuple(path for step in steps.values() for path in step.missing),
    )
    low, lowest = score_severity(dpc.low, ei.low, cb.low, pack)
    high, highest = score_severity(dpc.high, ei.high, cb.high, pack)
    parts = {"dpc": dpc, "ei": ei, "cb": cb}
    texts = [text for part in parts.values() for text in part.because]
    return {
        "dpc": None if dpc.value is None else int(dpc.value),
        "ei": ei.value,
        "cb": cb.value,
        "se": low if low == high else None,
        "band": lowest if lowest == highest else None,
        "range": {
            **{name: [part.low, part.high] for name, part in parts.items()},
            "se": [low, high],
            "band": [lowest, highest],
        },
        "circumstances": {name: step.value for name, step in steps.items()},
        "because": [text.en for text in texts],
        "because_zh": [text.zh for text in texts],
        "flags": _raise_flags(facts, pack),
        "missing": list(dict.fromkeys(path for part in parts.values() for path in part.missing)),
    }


def _rate(name: str, rate: Rate, facts: Facts, knowledge: Knowledge) -> Score:
    """Take the number that the facts state under ``enisa``, with its reason, else rate it."""
    stated = facts[f"enisa.{name}"]
    if stated is None:
        return rate(facts, knowledge)
    number, why = float(stated), facts["enisa.why"]
    say = knowledge.labels
    id = "incident.enisa.stated" if why else "incident.enisa.stated-without-reason"
    shown = {"name": name, "n": f"{number:g}", "why": why or ""}
    return Score(number, number, (Text(en=say(id, "en", **shown), zh=say(id, "zh", **shown)),))


def _raise_flags(facts: Facts, pack: SeverityPack) -> dict[str, str]:
    """Return the notes for the assessor; none of them changes SE."""
    return {
        "many-persons": bound_count(facts, "persons").meets(pack.harm.many + 1),
        "unintelligible": ask_protected(facts).met,
    }


def rate_context(facts: Facts, knowledge: Knowledge) -> Score:
    """Rate DPC: the highest of the classes of data, each moved by its context, within 1 to 4.

    A step down is stated by somebody who looked and is taken first; of several the largest counts.
    """
    pack = find_pack(knowledge)
    words = list_words(facts, knowledge)
    scores = []
    for name in list_classes(facts, knowledge):
        title, base = pack.classes[name].title, pack.classes[name].base
        steps = [step for step in pack.steps if name in step.classes and step.word in words]
        taken = max(steps, key=lambda step: (step.step < 0, abs(step.step)), default=None)
        value = min(4, max(1, base + taken.step)) if taken else base
        ends = (f" {taken.because.en}", taken.because.zh) if taken else ("", "")
        text = Text(
            en=f"DPC {value}: {title.en}, base {base}.{ends[0]}",
            zh=f"DPC {value}：{title.zh}，基准分 {base}。{ends[1]}",
        )
        scores.append(Score(value, value, (text,)))
    return _open_upwards(max(scores, key=lambda s: s.low, default=None), _DPC, facts, knowledge)


def rate_identification(facts: Facts, knowledge: Knowledge) -> Score:
    """Rate EI: the highest of the combinations of identifiers that the data hold."""
    pack = find_pack(knowledge)
    if ask_protected(facts).met == "yes":
        return Score(_EI[0], _EI[0], (knowledge.labels["incident.enisa.protected"],))
    kinds = facts["categories"]
    if not kinds:
        return _open_upwards(None, _EI, facts, knowledge)
    held = {name for name, listed in pack.identifiers.items() if meets(kinds, listed)}
    fitting = [found for found in pack.identification if set(found.has) <= held]
    best = max(fitting, key=lambda found: (found.ei, len(found.has)))
    return _open_upwards(Score(best.ei, best.ei, (best.because,)), _EI, facts, knowledge)


def _open_upwards(
    score: Score | None, scale: tuple[float, float], facts: Facts, knowledge: Knowledge
) -> Score:
    """Leave a score open upwards while other kinds of data may be among it."""
    low, because = (score.low, score.because) if score else (scale[0], ())
    if low == scale[1]:
        return Score(low, low, because)
    path = "categories_complete" if facts["categories"] else "categories"
    if path == "categories_complete" and facts[path] == "yes":
        return Score(low, low, because)
    return Score(low, scale[1], (*because, knowledge.labels["incident.enisa.open"]), (path,))


def _settle(knowledge: Knowledge, value: float, label: str) -> Score:
    return Score(value, value, (knowledge.labels[f"incident.enisa.{label}"],))


def _leave(knowledge: Knowledge, path: str, high: float = _CB[1]) -> Score:
    label = "incident.malicious.unknown" if path == "malicious" else "incident.enisa.blank"
    return Score(_CB[0], high, (knowledge.labels[label],), (path,))


def _rate_disclosure(facts: Facts, knowledge: Knowledge) -> Score:
    state, recipients = facts["confidentiality.state"], facts["confidentiality.recipients"]
    if state is None:
        return _leave(knowledge, "confidentiality.state")
    if state != "confirmed" or recipients == "none":
        return _settle(knowledge, 0, "disclosure.none")
    if recipients is None:
        return _leave(knowledge, "confidentiality.recipients")
    if recipients in ("known", "known-trusted"):
        return _settle(knowledge, 0.25, "disclosure.known")
    return _settle(knowledge, 0.5, "disclosure.unknown")


def _rate_alteration(facts: Facts, knowledge: Knowledge) -> Score:
    state, misuse = facts["integrity.state"], facts["misuse"]
    if state is None:
        return _leave(knowledge, "integrity.state")
    if state != "confirmed" or misuse == "none-known":
        return _settle(knowledge, 0, "alteration.none")
    if misuse is None:
        return _leave(knowledge, "misuse")
    if facts["integrity.recoverable"] in (None, "unknown"):
        return replace(_leave(knowledge, "integrity.recoverable"), low=0.25)
    if facts["integrity.recoverable"] == "yes":
        return _settle(knowledge, 0.25, "alteration.recoverable")
    return _settle(knowledge, 0.5, "alteration.lasting")


def _rate_loss(facts: Facts, knowledge: Knowledge) -> Score:
    state, back = facts["availability.state"], facts["availability.restored_after"]
    consequence, backup = facts["availability.consequence"], facts["backup"]
    if state is None:
        return _leave(knowledge, "availability.state")
    if state != "confirmed":
        return _settle(knowledge, 0, "loss.none")
    if back is None:
        return _leave(knowledge, "availability.restored_after")
    if isinstance(back, timedelta):
        if consequence is None:
            return _leave(knowledge, "availability.consequence", 0.25)
        easy = consequence == "none"
        return _settle(knowledge, 0 if easy else 0.25, f"loss.{'easy' if easy else 'for-a-time'}")
    if backup is None:
        return _leave(knowledge, "backup")
    if backup == "yes":
        return _settle(knowledge, 0, "loss.easy")
    if backup == "paper":
        return _settle(knowledge, 0.25, "loss.for-a-time")
    return _settle(knowledge, 0.5, "loss.gone")


def _rate_intent(facts: Facts, knowledge: Knowledge) -> Score:
    if facts["malicious"] not in ("yes", "no"):
        return _leave(knowledge, "malicious")
    yes = facts["malicious"] == "yes"
    return _settle(knowledge, 0.5 if yes else 0, f"intent.{'yes' if yes else 'no'}")


CIRCUMSTANCES: dict[str, Rate] = {
    "confidentiality": _rate_disclosure,
    "integrity": _rate_alteration,
    "availability": _rate_loss,
    "intent": _rate_intent,
}
"""The four circumstances of CB, each 0 to 0.5."""
