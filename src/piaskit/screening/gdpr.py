"""The cases of GDPR Art. 35(3) and the nine criteria of WP248, argued from the register."""

from __future__ import annotations

from piaskit.screening.pipl import is_vulnerable
from piaskit.screening.profile import Ground, Profile, Row, join_rows, lies_below

REGIME = "eu-gdpr"
LARGE = "large-scale-annex"
"""What piaskit calls large scale: the GDPR has no number, GB/T 39335's draft annex has this one."""

MANDATORY = ("automated-evaluation", "special-large-scale", "public-monitoring")
"""The cases of Art. 35(3): one of them is enough."""

SCORED = ("profile", "employment.performance", "finance.credit")
WATCHED = ("behaviour", "biometric", "content.voice", "device.sensor", "location", "telecom")
WATCHED_OUTSIDE = ("biometric.face", "location.track", "vehicle.plate-number")
NOVEL = ("biometric", "device.sensor", "health.fitness")
ADMITTING = ("finance.credit",)


def argue_gdpr(profile: Profile) -> list[Ground]:
    """Answer the three cases of Art. 35(3), then the nine criteria, for one activity."""
    return [
        _argue_automated(profile, "automated-evaluation"),
        _argue_special(profile),
        _argue_public_area(profile),
        _argue_scoring(profile),
        _argue_automated(profile, "automated-decision"),
        _argue_monitoring(profile),
        _argue_personal(profile),
        _argue_scale(profile),
        _argue_combining(profile),
        _argue_vulnerable(profile),
        _argue_novelty(profile),
        _argue_barrier(profile),
    ]


def decide_gdpr(grounds: list[Ground]) -> str:
    """A case of Art. 35(3), or two of the nine criteria; doubts that could lift it there: judge."""
    cases = {ground.met for ground in grounds if ground.criterion in MANDATORY}
    nine = [ground.met for ground in grounds if ground.criterion not in MANDATORY]
    if "yes" in cases or nine.count("yes") >= 2:
        return "required"
    if "unknown" in cases or len(nine) - nine.count("no") >= 2:
        return "judge"
    return "not-required"


def _argue_automated(profile: Profile, id: str) -> Ground:
    value = profile.facts["automated_decision"]
    if value is None:
        return _leave_blank(profile, id, "automated_decision", "screening.automated.blank")
    if value == "significant":
        return Ground(id, "yes", "screening.automated.significant", (profile.row,))
    words = "screening.automated.none" if value == "none" else "screening.automated.not-significant"
    return Ground(id, "no", words, (profile.row,))


def _argue_special(profile: Profile) -> Ground:
    id, large = "special-large-scale", profile.exceeds(LARGE)
    listed, doubtful = profile.list_items(REGIME, "yes"), profile.list_items(REGIME, "judge")
    fields = {"n": f"{profile.numbers[LARGE]:,}"}
    missing: tuple[str, ...]
    if large == "no":
        return Ground(
            id, "no", "screening.large.no", (profile.row,), fields=fields, confidence="medium"
        )
    if listed and large == "yes":
        rows = join_rows([profile.row], listed)
        words = "screening.special.large"
        return Ground(id, "yes", words, rows, listed, fields=fields, confidence="medium")
    if listed:
        missing = (f"activities.persons of {profile.id}",)
        words = "screening.special.persons"
        return Ground(id, "unknown", words, join_rows([profile.row], listed), listed, missing)
    if doubtful:
        missing = profile.tell_doubt(doubtful)
        words = "screening.personal.judge"
        return Ground(id, "unknown", words, doubtful, doubtful, missing)
    if not profile.items:
        return _lack_items(profile, id)
    return Ground(id, "no", "screening.special.no", (profile.row,))


def _argue_public_area(profile: Profile) -> Ground:
    id, large = "public-monitoring", profile.exceeds(LARGE)
    watched = _list_observed(profile, WATCHED_OUTSIDE, "observed")
    fields = {"n": f"{profile.numbers[LARGE]:,}"}
    if large == "no":
        return Ground(
            id, "no", "screening.large.no", (profile.row,), fields=fields, confidence="medium"
        )
    if watched and large == "yes":
        words = "screening.public-monitoring.yes"
        rows = join_rows([profile.row], watched)
        return Ground(id, "yes", words, rows, fields=fields, confidence="medium")
    if watched:
        missing = (f"activities.persons of {profile.id}",)
        words = "screening.public-monitoring.persons"
        return Ground(id, "unknown", words, join_rows([profile.row], watched), missing=missing)
    unsaid = _list_observed(profile, WATCHED_OUTSIDE, "unobserved")
    if unsaid:
        return _lack_method(id, unsaid)
    return Ground(id, "no", "screening.public-monitoring.no", (profile.row,), confidence="medium")


def _argue_scoring(profile: Profile) -> Ground:
    id, value = "evaluation-scoring", profile.facts["automated_decision"]
    scored = profile.list_categories(SCORED)
    if value not in (None, "none"):
        return Ground(id, "yes", f"screening.automated.{value}", (profile.row,))
    if scored:
        return Ground(id, "yes", "screening.scoring.items", scored, scored)
    if value is None:
        return _leave_blank(profile, id, "automated_decision", "screening.automated.blank")
    return Ground(id, "no", "screening.scoring.no", (profile.row,))


def _argue_monitoring(profile: Profile) -> Ground:
    id, watched = "systematic-monitoring", _list_observed(profile, WATCHED, "observed")
    if watched:
        return Ground(id, "yes", "screening.monitoring.yes", watched, confidence="medium")
    unsaid = _list_observed(profile, WATCHED, "unobserved")
    if unsaid:
        return _lack_method(id, unsaid)
    if not profile.list_flows("every"):
        return _lack_flows(profile, id)
    return Ground(id, "no", "screening.monitoring.no", (profile.row,), confidence="medium")


def _argue_personal(profile: Profile) -> Ground:
    """Special categories, and what the PIPL calls sensitive as "highly personal" (WP248)."""
    id = "sensitive-data"
    listed = join_rows(profile.list_items(REGIME, "yes"), profile.list_items("cn-pipl", "yes"))
    if listed:
        return Ground(id, "yes", "screening.personal.yes", listed, listed)
    doubtful = profile.list_items(REGIME, "judge")
    if doubtful:
        missing = profile.tell_doubt(doubtful)
        return Ground(id, "unknown", "screening.personal.judge", doubtful, doubtful, missing)
    if not profile.items:
        return _lack_items(profile, id)
    return Ground(id, "no", "screening.personal.no", (profile.row,))


def _argue_scale(profile: Profile) -> Ground:
    id, large = "large-scale", profile.exceeds(LARGE)
    if large == "unknown":
        return _leave_blank(profile, id, "persons", profile.persons_doubt)
    fields = {"n": f"{profile.numbers[LARGE]:,}"}
    words = f"screening.large.{large}"
    return Ground(id, large, words, (profile.row,), fields=fields, confidence="medium")


def _argue_combining(profile: Profile) -> Ground:
    id, reused = "matching-datasets", profile.list_flows("reused")
    if reused:
        return Ground(id, "yes", "screening.combining.yes", reused)
    if not profile.list_flows("every"):
        return _lack_flows(profile, id)
    return Ground(id, "no", "screening.combining.no", (profile.row,))


def _argue_vulnerable(profile: Profile) -> Ground:
    id = "vulnerable-subjects"
    if is_vulnerable(profile):
        return Ground(id, "yes", "screening.vulnerable.yes", (profile.row,))
    if profile.facts["subjects"] is None:
        return _leave_blank(profile, id, "subjects", "screening.vulnerable.blank")
    return Ground(id, "no", "screening.vulnerable.no", (profile.row,))


def _argue_novelty(profile: Profile) -> Ground:
    id, novel = "innovative-technology", profile.list_categories(NOVEL)
    if novel:
        return Ground(id, "yes", "screening.novelty.yes", novel, novel, confidence="medium")
    if not profile.items:
        return _lack_items(profile, id)
    return Ground(id, "no", "screening.novelty.no", (profile.row,), confidence="medium")


def _argue_barrier(profile: Profile) -> Ground:
    id, value = "prevents-right", profile.facts["automated_decision"]
    admitting = profile.list_categories(ADMITTING)
    if value == "significant":
        return Ground(id, "yes", "screening.automated.significant", (profile.row,))
    if admitting:
        return Ground(id, "yes", "screening.barrier.items", admitting, admitting)
    if value is None:
        return _leave_blank(profile, id, "automated_decision", "screening.automated.blank")
    return Ground(id, "no", "screening.barrier.no", (profile.row,))


def _list_observed(profile: Profile, prefixes: tuple[str, ...], how: str) -> tuple[Row, ...]:
    found = {
        flow
        for meaning, flows in profile.flows.items()
        if meaning.startswith(how + ":") and lies_below(meaning.partition(":")[2], prefixes)
        for flow in flows
    }
    return tuple(("flows", flow) for flow in sorted(found))


def _leave_blank(profile: Profile, id: str, column: str, words: str) -> Ground:
    missing = (f"activities.{column} of {profile.id}",)
    return Ground(id, "unknown", words, (profile.row,), missing=missing)


def _lack_items(profile: Profile, id: str) -> Ground:
    missing = (f"items of {profile.id}",)
    return Ground(id, "unknown", "screening.items.none", (profile.row,), missing=missing)


def _lack_flows(profile: Profile, id: str) -> Ground:
    missing = (f"flows of {profile.id}",)
    return Ground(id, "unknown", "screening.flows.none", (profile.row,), missing=missing)


def _lack_method(id: str, flows: tuple[Row, ...]) -> Ground:
    missing = tuple(f"flows.method of {flow}" for _, flow in flows)
    return Ground(id, "unknown", "screening.monitoring.blank", flows, missing=missing)
