"""The internal report, second part: impact, safeguards, likelihood, criteria, compliance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from piaskit.report.decisions import Decision
from piaskit.report.document import Block, Cell, Link, Row, Section, Table, Text
from piaskit.report.loss_sections import compose_losses
from piaskit.report.maturity import compose_maturity
from piaskit.report.protection import compose_accounts, compose_calendar
from piaskit.report.reasons import list_keys
from piaskit.report.result_sections import compose_result, compose_treatment
from piaskit.report.results import Results, rank_level
from piaskit.report.rows import Rows
from piaskit.report.safeguard_sections import compose_safeguards
from piaskit.report.voice import DIMENSIONS, LEVELS, LIKELIHOODS, SOURCES
from piaskit.risk.scales import spell_matrix

if TYPE_CHECKING:
    from piaskit.knowledge.method import Method, ScaleStep

Result = Mapping[str, Any]


def compose_risk_sections(
    rows: Rows, results: Results, decisions: Sequence[Decision], *, brief: bool = False
) -> list[Section]:
    """Return the sections from rights impact to treatment, in the order of GB/T 39335 5.7.

    ``brief`` leaves out safeguards, criteria and compliance.
    """
    return [
        _compose_impact(rows, results),
        *([] if brief else [compose_safeguards(rows, results)]),
        compose_calendar(rows),
        compose_accounts(rows, results),
        compose_maturity(rows),
        _compose_likelihood(rows, results),
        *([] if brief else [_compose_criteria(rows, results), _compose_compliance(rows, results)]),
        compose_result(rows, results),
        *compose_losses(rows, results),
        compose_treatment(rows, results, decisions),
    ]


def _compose_impact(rows: Rows, results: Results) -> Section:
    voice = rows.voice
    rated = results.assess["activities"]
    dimensions = list_keys(rated, "rights", DIMENSIONS)
    columns = (
        *voice.columns(("activity", 2)),
        *(voice.column(d, voice.name("dimension", d), 1.2, "level") for d in dimensions),
    )
    summary = [
        (
            rows.link("activities", activity["id"], titled=True),
            *(voice.level(activity["rights"].get(d, {}).get("impact")) for d in dimensions),
        )
        for activity in rated
    ]
    highest = Counter(
        max((rank_level(v.get("impact")) for v in activity["rights"].values()), default=0)
        for activity in rated
    )
    children = sum(rows.has_children(row) for row in results.activities(rows))
    return voice.section(
        "impact",
        [
            voice.paragraph(voice.say("impact.text", severe=highest[4], high=highest[3])),
            voice.table("impact", voice.say("impact.summary"), columns, summary),
            voice.paragraph((Link(voice.say("impact.see"), "annex-c3"),)),
            voice.pair("impact", {"n": children}, {}),
        ],
    )


def _compose_likelihood(rows: Rows, results: Results) -> Section:
    voice = rows.voice
    rated = results.assess["activities"]
    sources = list_keys(rated, "sources", SOURCES)
    columns = (
        *voice.columns(("activity", 2)),
        *(voice.column(s, voice.name("source", s), 1.2, "level") for s in sources),
    )
    cells = [
        (
            rows.link("activities", activity["id"], titled=True),
            *(voice.likelihood(activity["sources"].get(s, {}).get("current")) for s in sources),
        )
        for activity in rated
    ]
    ratings = [rating for activity in rated for rating in activity["sources"].values()]
    now_high = [r for r in ratings if r.get("current") in ("high", "very-high")]
    lowered = sum(
        LIKELIHOODS.index(r["planned"]) < LIKELIHOODS.index(r["current"])
        for r in now_high
        if r.get("planned") in LIKELIHOODS
    )
    own = sum(row["own"] == "yes" for row in rows.tables["incidents"])
    other = len(rows.tables["incidents"]) - own
    id = "likelihood-section"
    return voice.section(
        "likelihood",
        [
            voice.paragraph(voice.say(f"{id}.text")),
            voice.paragraph(voice.say(f"{id}.incidents", own=own, other=other)),
            voice.table("likelihood", voice.say(f"{id}.summary"), columns, cells),
            voice.paragraph((Link(voice.say(f"{id}.see"), "annex-d6"),)),
            *_ask_factors(rows, results),
            voice.pair(id, {"n": len(now_high)}, {"n": lowered}),
        ],
    )


def _ask_factors(rows: Rows, results: Results) -> list[Block]:
    """Return the questions about risk sources that no fact answers, and how many were judged."""
    voice, rated = rows.voice, results.assess["activities"]
    sources = rows.case.knowledge.methods[results.method].sources
    asked: list[Text] = []
    for id, dimension in sources.items():
        questions = [point.ask[voice.lang] for point in dimension.points if point.ask]
        judged = sum(a["sources"].get(id, {}).get("judged") is not None for a in rated)
        for question in questions:
            said = {"dimension": dimension.title[voice.lang], "question": question}
            asked.append(voice.say("likelihood-section.question", **said, n=judged, all=len(rated)))
    if not asked:
        return []
    return [voice.paragraph(voice.say("likelihood-section.asked")), voice.bullets(asked)]


def _compose_criteria(rows: Rows, results: Results) -> Section:
    voice, lang = rows.voice, rows.voice.lang
    method = rows.case.knowledge.methods[results.method]
    columns = (
        voice.column("impact", voice.say("criteria.corner"), 1.5),
        *(voice.column(x, voice.say(f"likelihood.{x}"), 1, "level") for x in LIKELIHOODS),
    )
    matrix = spell_matrix(rows.case.knowledge.methods, results.method)
    cells: list[tuple[Cell, ...]] = [
        (voice.level(impact), *(voice.level(matrix[impact][x]) for x in LIKELIHOODS))
        for impact in reversed(LEVELS)
    ]
    modifiers: list[Text] = [
        f"{modifier.shift}: {modifier.when[lang]}{rows.mark(modifier.confidence)}"
        for modifier in method.modifiers.values()
    ]
    blocks: list[Block] = [
        voice.paragraph(voice.say("criteria.text")),
        voice.paragraph(voice.say("criteria.standard") + rows.mark(method.confidence)),
        voice.paragraph(voice.say("criteria.convention")),
        voice.paragraph(voice.say("criteria.line")),
        voice.table("matrix", voice.say("criteria.matrix"), columns, cells),
        _list_criteria(rows, method, "impact"),
        _list_criteria(rows, method, "likelihood"),
    ]
    if modifiers:
        blocks += [voice.paragraph(voice.say("criteria.modifiers")), voice.bullets(modifiers)]
    return voice.section("criteria", [*blocks, voice.pair("criteria", {}, {})])


def _list_criteria(rows: Rows, method: Method, scale: str) -> Table:
    """Return what each step of a scale means: in general, then dimension by dimension."""
    voice, lang = rows.voice, rows.voice.lang
    steps: Mapping[str, ScaleStep] = getattr(method.scales, scale)
    dimensions = method.rights if scale == "impact" else method.sources
    cells: list[tuple[Cell, ...]] = [
        (
            voice.say("criteria.general"),
            *(step.criterion[lang] + rows.mark(step.confidence) for step in steps.values()),
        )
    ]
    for id, dimension in dimensions.items():
        given = method.criteria.get(id, {})
        told = [
            given[s][lang] + rows.mark(given[s].confidence) if s in given else "" for s in steps
        ]
        cells.append((dimension.title[lang], *told))
    columns = (
        *voice.columns(("scale", 1)),
        *(voice.column(id, step.title[lang], 1.5) for id, step in steps.items()),
    )
    return voice.table(f"criteria-{scale}", voice.say(f"criteria.{scale}"), columns, cells)


def _compose_compliance(rows: Rows, results: Results) -> Section:
    voice, findings = rows.voice, results.findings
    kinds = Counter(finding["slug"] for finding in findings)
    every = len(results.assess["activities"])
    if not findings:
        pair = voice.pair("compliance", {"n": 0, "all": every}, {"n": 0, "all": 0})
        return voice.section("compliance", [voice.paragraph(voice.say("compliance.none")), pair])
    first = {finding["slug"]: finding for finding in reversed(findings)}
    summary = [
        Row(
            (
                results.name_rule(rows, slug),
                rows.cite(first[slug]),
                voice.pick(first[slug], "why"),
                n,
            ),
            f"kind-{slug}",
        )
        for slug, n in kinds.most_common()
    ]
    touched = {a for f in findings for a in f.get("activities") or [f.get("activity")] if a}
    planned = {risk["id"] for risk in results.risks if (risk.get("treatment") or {}).get("actions")}
    covered = sum(
        f"{f['slug']}@{f['subject']['table']}/{f['subject']['id']}" in planned for f in findings
    )
    return voice.section(
        "compliance",
        [
            voice.paragraph(voice.say("compliance.text", n=len(findings), kinds=len(kinds))),
            voice.table(
                "gap-kinds",
                voice.say("compliance.summary"),
                voice.columns(
                    ("finding", 2.5), ("clause", 1.6), ("why", 4), ("count", 0.8, "number")
                ),
                summary,
            ),
            voice.paragraph((Link(voice.say("compliance.see"), "annex-gaps"),)),
            voice.pair(
                "compliance",
                {"n": len(touched), "all": every},
                {"n": covered, "all": len(findings)},
            ),
        ],
    )
