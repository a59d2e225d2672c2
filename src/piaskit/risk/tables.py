"""Tables C.3, C.4 and D.6 of the standard, filled from the result of an assessment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from piaskit.case.mapping import (
    METHOD,
    build_lifecycle_table,
    build_mapping_table,
    name_columns,
)
from piaskit.risk.explain import CLAUSES, WORDS
from piaskit.risk.scales import LEVELS, LIKELIHOODS

if TYPE_CHECKING:
    from piaskit.case import Case

__all__ = [
    "build_impact_table",
    "build_lifecycle_table",
    "build_likelihood_table",
    "build_mapping_table",
    "build_treatment_table",
]

Result = Mapping[str, Any]


def build_impact_table(case: Case, result: Result, lang: str) -> pd.DataFrame:
    """Build table C.3 from the JSON object of an assessment: a row per activity and right.

    Beside each right stands the risk source most likely to touch it. Raises MissingLabel for a
    language other than ``en`` and ``zh``.
    """
    heads = name_columns(case, "c-3", lang)
    method = case.knowledge.methods[METHOD]
    sensitive = _list_sensitive(case, lang)
    rows = []
    for activity in result["activities"]:
        source, found = max(
            activity["sources"].items(), key=lambda pair: LIKELIHOODS.index(pair[1]["likelihood"])
        )
        for right, touched in activity["rights"].items():
            evidence = [f"{row['table']}/{row['id']}" for row in found["rows"]]
            cells = {
                "activity": _pick(activity, "title", lang),
                "sensitive": sensitive.get(activity["id"]) or _say(case, "none", lang),
                "source": method.sources[source].title[lang],
                "problem": _pick(found, "because", lang),
                "evidence": WORDS[lang].join(evidence) or _say(case, "none", lang),
                "dimension": method.rights[right].title[lang],
                "impact": _pick(touched, "because", lang),
                "level": method.scales.impact[touched["impact"]].title[lang],
            }
            rows.append([cells[name] for name in heads])
    return pd.DataFrame(rows, columns=[*heads.values()], dtype="str")


def build_treatment_table(case: Case, result: Result, lang: str) -> pd.DataFrame:
    """Build table C.4: a row per risk in its current state, the worst first.

    It names owners, so it is an internal table. Raises MissingLabel for a language other than
    ``en`` and ``zh``.
    """
    heads = name_columns(case, "c-4", lang)
    scales, rights = (getattr(case.knowledge.methods[METHOD], n) for n in ("scales", "rights"))
    titles = {a["id"]: _pick(a, "title", lang) for a in result["activities"]}
    rows = []
    for risk in sorted(result["risks"], key=_weigh):
        state = risk["levels"][METHOD]["current"]
        level = scales.risk[state["level"]][lang]
        cells = {
            "activity": WORDS[lang].join(titles[a] for a in risk["activities"] if a in titles)
            or _say(case, "whole", lang),
            "dimension": WORDS[lang].join(rights[r].title[lang] for r in risk["rights"])
            or _say(case, "not-stated", lang),
            "impact": _pick(risk["because"][-1], "text", lang),
            "level": scales.impact[state["impact"]].title[lang],
            "cause": _pick(risk["because"][0], "text", lang),
            "likelihood": scales.likelihood[state["likelihood"]].title[lang],
            "risk": _say(case, "risk-level", lang, risk=_pick(risk, "title", lang), level=level),
            "treatment": _advise(case, risk, lang),
            "verification": _verify(case, risk, lang),
        }
        rows.append([cells[name] for name in heads])
    return pd.DataFrame(rows, columns=[*heads.values()], dtype="str")


def build_likelihood_table(case: Case, result: Result, lang: str) -> pd.DataFrame:
    """Build table D.6: a row per activity and risk source, a column per right, and the reason.

    A cell says the likelihood, and the risk level it gives with the impact on that right. Raises
    MissingLabel for a language other than ``en`` and ``zh``.
    """
    method = case.knowledge.methods[METHOD]
    first = name_columns(case, "c-3", lang)["activity"]
    heads = [first, *name_columns(case, "d-6", lang).values(), _say(case, "reason", lang)]
    rows = []
    for activity in result["activities"]:
        for source, found in activity["sources"].items():
            word = found["likelihood"]
            cells = [
                _say(
                    case,
                    "cell",
                    lang,
                    likelihood=method.scales.likelihood[word].title[lang],
                    level=method.scales.risk[method.matrix[touched["impact"]][word]][lang],
                )
                for touched in activity["rights"].values()
            ]
            title = method.sources[source].title[lang]
            reason = _pick(found, "because", lang)
            rows.append([_pick(activity, "title", lang), title, *cells, reason])
    return pd.DataFrame(rows, columns=heads, dtype="str")


def _list_sensitive(case: Case, lang: str) -> dict[str, str]:
    """Name the sensitive items of each activity, under the method's regime."""
    regime = case.knowledge.methods[METHOD].regime
    known = case.knowledge.categories
    named: dict[str, list[str]] = {}
    for row in case.frames["items"].to_dict("records"):
        category = known.get(row["category"])
        if category is not None and category.sensitive.get(regime) == "yes":
            title = case.say(row, "title", lang) or str(row["id"])
            named.setdefault(row["activity"], []).append(title)
    return {activity: WORDS[lang].join(titles) for activity, titles in named.items()}


def _weigh(risk: Mapping[str, Any]) -> tuple[int, str]:
    return -LEVELS.index(risk["levels"][METHOD]["current"]["level"]), risk["id"]


def _advise(case: Case, risk: Mapping[str, Any], lang: str) -> str:
    """Name the actions and their owners; where there is none, the measures that would help."""
    told = []
    for action in risk["treatment"]["actions"]:
        option, owner = action["option"], action["owner"]
        told.append(
            _say(
                case,
                "action",
                lang,
                title=case.say(f"actions/{action['id']}", "title", lang) or action["id"],
                option=case.knowledge.methods[METHOD].treatments[option][lang] if option else "",
                owner=owner or _say(case, "not-stated", lang),
                due=action["due_on"] or _say(case, "not-stated", lang),
            )
        )
    if told:
        return CLAUSES[lang].join(filter(None, told))
    controls = case.knowledge.controls
    titles = [controls[name].title[lang] for name in risk["remedy"] if name in controls]
    listed = WORDS[lang].join(titles)
    return _say(case, "advice", lang, measures=listed) if listed else _say(case, "no-action", lang)


def _verify(case: Case, risk: Mapping[str, Any], lang: str) -> str:
    """Say which actions are verified, done or still open."""
    told = [
        _say(
            case,
            f"verification.{action['status'] or 'open'}",
            lang,
            id=action["id"],
            on=action["verified_on"] or action["done_on"] or _say(case, "not-stated", lang),
        )
        for action in risk["treatment"]["actions"]
    ]
    return CLAUSES[lang].join(filter(None, told)) or _say(case, "no-action", lang)


def _pick(row: Mapping[str, Any], key: str, lang: str) -> str:
    return str(row[f"{key}_zh" if lang == "zh" else key])


def _say(case: Case, label: str, lang: str, **fields: object) -> str:
    return case.knowledge.labels(f"risk.{label}", lang, **fields)
