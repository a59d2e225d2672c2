"""The five grounds of PIPL Art. 55, each argued from the rows that decide it."""

from __future__ import annotations

from piaskit.screening.profile import Ground, Met, Profile, join_rows

REGIME = "cn-pipl"
MANY = "large-scale-body"
"""The number of GB/T 39335's list of high-risk processing above which we assume a major impact."""

MAJOR = ("yes", "high", "severe", "very-high")
"""Levels of a judgement that call an impact major; low, medium and no do not."""


def argue_pipl(profile: Profile) -> list[Ground]:
    """Answer the five grounds for one activity, in the order of the law."""
    return [
        _argue_sensitive(profile),
        _argue_automated(profile),
        _argue_sharing(profile),
        _argue_cross_border(profile),
        _argue_other_impact(profile),
    ]


def decide_pipl(grounds: list[Ground]) -> str:
    """One ground is enough; a doubt about the last open ones is for a person to judge."""
    met = {ground.met for ground in grounds}
    return "required" if "yes" in met else "judge" if "unknown" in met else "not-required"


def _argue_sensitive(profile: Profile) -> Ground:
    id = "sensitive"
    missing: tuple[str, ...]
    listed = profile.list_items(REGIME, "yes")
    if profile.facts["has_children"]:
        rows = join_rows([profile.row], listed)
        return Ground(id, "yes", "screening.sensitive.children", rows)
    if listed:
        return Ground(id, "yes", "screening.sensitive.yes", listed, listed)
    doubtful = profile.list_items(REGIME, "judge")
    if doubtful:
        missing = profile.tell_doubt(doubtful)
        return Ground(id, "unknown", "screening.sensitive.judge", doubtful, doubtful, missing)
    if not profile.items:
        missing = (f"items of {profile.id}",)
        return Ground(id, "unknown", "screening.items.none", (profile.row,), missing=missing)
    if profile.facts["children"] is None:
        missing = (f"activities.children of {profile.id}",)
        words = "screening.sensitive.children-blank"
        return Ground(id, "unknown", words, (profile.row,), missing=missing)
    return Ground(id, "no", "screening.sensitive.no", (profile.row,))


def _argue_automated(profile: Profile) -> Ground:
    id, value = "automated", profile.facts["automated_decision"]
    if value is None:
        missing = (f"activities.automated_decision of {profile.id}",)
        return Ground(id, "unknown", "screening.automated.blank", (profile.row,), missing=missing)
    if value == "none":
        return Ground(id, "no", "screening.automated.none", (profile.row,))
    return Ground(id, "yes", f"screening.automated.{value}", (profile.row,))


def _argue_sharing(profile: Profile) -> Ground:
    id, shared = "entrust-provide-disclose", profile.list_flows("shared")
    if shared:
        places = profile.places["shared"]
        words = "screening.sharing.yes" if places else "screening.sharing.yes-unnamed"
        return Ground(id, "yes", words, join_rows(shared, places), places)
    return _doubt_flows(profile, id, "sent_nowhere") or Ground(
        id, "no", "screening.sharing.no", (profile.row,)
    )


def _argue_cross_border(profile: Profile) -> Ground:
    id, abroad = "cross-border", profile.list_flows("abroad")
    if abroad:
        places = profile.places["abroad"]
        return Ground(id, "yes", "screening.cross-border.yes", join_rows(abroad, places), places)
    homeless = profile.places["homeless"]
    if homeless:
        return Ground(
            id,
            "unknown",
            "screening.cross-border.no-country",
            join_rows(profile.list_flows("homeless"), homeless),
            homeless,
            tuple(f"{table}.country of {place}" for table, place in homeless),
        )
    return _doubt_flows(profile, id, "aimless") or Ground(
        id, "no", "screening.cross-border.no", (profile.row,)
    )


def _doubt_flows(profile: Profile, criterion: str, meaning: str) -> Ground | None:
    """Leave open what flows decide, when there are none or they do not say where they lead."""
    missing: tuple[str, ...]
    if not profile.list_flows("every"):
        missing = (f"flows of {profile.id}",)
        return Ground(criterion, "unknown", "screening.flows.none", (profile.row,), missing=missing)
    unaimed = profile.list_flows(meaning)
    if unaimed:
        missing = tuple(f"flows.target of {flow}" for _, flow in unaimed)
        return Ground(criterion, "unknown", "screening.flows.no-target", unaimed, missing=missing)
    return None


def _argue_other_impact(profile: Profile) -> Ground:
    id, many = "other-impact", profile.exceeds(MANY)
    if profile.judgement is not None:
        judgement, level = profile.judgement
        met: Met = "yes" if level in MAJOR else "no"
        words = f"screening.other-impact.judged-{met}"
        return Ground(id, met, words, (("judgements", judgement),))
    if many == "yes":
        fields = {"n": f"{profile.numbers[MANY]:,}"}
        words = "screening.other-impact.many"
        return Ground(id, "yes", words, (profile.row,), fields=fields, confidence="medium")
    if is_vulnerable(profile):
        words = "screening.other-impact.vulnerable"
        return Ground(id, "yes", words, (profile.row,), confidence="medium")
    if many == "unknown":
        missing = (f"activities.persons of {profile.id}",)
        return Ground(id, "unknown", profile.persons_doubt, (profile.row,), missing=missing)
    fields = {"n": f"{profile.numbers[MANY]:,}"}
    words = "screening.other-impact.no"
    return Ground(id, "no", words, (profile.row,), fields=fields, confidence="medium")


def is_vulnerable(profile: Profile) -> bool:
    """Tell whether the register names children, minors or another vulnerable group."""
    return any(profile.facts[name] for name in ("has_children", "has_minors", "names_vulnerable"))
