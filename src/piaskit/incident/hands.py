"""Whose hands the information is in: how likely it is that somebody does harm with it."""

from __future__ import annotations

from piaskit.incident.facts import Facts
from piaskit.incident.steps import Step

KNOWN, OUT, HOSTILE = 1, 2, 3
"""Steps above nobody (0): known or only exposed; out of sight or with intent; harmful."""


def rate_hands(facts: Facts) -> Step:
    """Rate the hands from 0 (nobody) to 3 (harmful): a fact that is blank leaves a range.

    What is stated as unknown is not blank: it is neither shown to be harmful nor to be harmless.
    """
    recipients, misuse = facts["confidentiality.recipients"], facts["misuse"]
    if misuse in ("possible", "confirmed"):
        return Step(HOSTILE, HOSTILE, "incident.exposed.misuse")
    if recipients in ("hostile", "public"):
        return Step(HOSTILE, HOSTILE, f"incident.exposed.{recipients}")
    if facts["exfiltrated"] in ("yes", "likely"):
        return Step(HOSTILE, HOSTILE, "incident.exposed.exfiltrated")
    step = _rate_stated(facts)
    blank = [path for path in ("exfiltrated", "misuse") if facts[path] is None]
    if recipients in ("none", "known-trusted"):
        blank = [path for path in blank if path == "misuse" and recipients != "none"]
    if not blank:
        return step
    return Step(step.low, HOSTILE, step.label, missing=(*step.missing, *blank))


def _rate_stated(facts: Facts) -> Step:
    """Rate by recipients and intent, nothing being known of a taking or of misuse."""
    recipients, malicious = facts["confidentiality.recipients"], facts["malicious"]
    if recipients == "none":
        return Step(0, 0, "incident.exposed.none")
    if recipients == "known-trusted":
        return Step(KNOWN, KNOWN, "incident.exposed.known-trusted")
    only_exposed = facts["confidentiality.state"] == "possible" and facts["exfiltrated"] == "no"
    if recipients == "known":
        calm, label = KNOWN, "incident.exposed.known"
        stirred = OUT
    elif recipients == "unknown":
        calm = KNOWN if only_exposed else OUT
        label = f"incident.exposed.{'only' if only_exposed else 'unknown'}"
        stirred = HOSTILE
    else:
        return Step(0, HOSTILE, "incident.exposed.blank", missing=("confidentiality.recipients",))
    if malicious == "yes" and not (recipients == "unknown" and only_exposed):
        return Step(stirred, stirred, "incident.exposed.malicious")
    if malicious is None:
        return Step(calm, stirred, label, missing=("malicious",))
    return Step(calm, calm, label)
