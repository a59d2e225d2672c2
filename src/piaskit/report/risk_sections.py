"""The internal report, second part: impact, safeguards, likelihood, criteria, compliance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from piaskit.report.document import Block, Cell, Row, Section, Text
from piaskit.report.management import (
    Decision,
)
from piaskit.report.result_sections import compose_result, compose_treatment, link_risk
from piaskit.report.results import Results, rank_level
from piaskit.report.rows import Rows
from piaskit.report.safeguard_states import name_proof, read_proofs
from piaskit.report.voice import DIMENSIONS, LEVELS, LIKELIHOODS, SOURCES, STATES

Result = Mapping[str, Any]


def compose_risk_sections(
    rows: Rows, results: Results, decisions: Sequence[Decision]
) -> list[Section]:
    """Return the sections from rights impact to treatment, in the order of GB/T 39335 5.7."""
    return [
        _compose_impact(rows, results),
        _compose_safeguards(rows),
        _compose_likelihood(rows, results),
        _compose_criteria(rows, results),
        _compose_compliance(rows, results),
        compose_result(rows, results),
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
    columns_c3 = voice.columns(
        ("activity", 1.6), ("source", 1.5), ("problem", 2.6), ("evidence", 1.4), ("dimension", 1.4),
        ("because", 3), ("level", 0.9, "level"),
    )  # fmt: skip
    children = sum(rows.has_children(row) for row in results.activities(rows))
    return voice.section(
        "impact",
        [
            voice.paragraph(voice.say("impact.text", severe=highest[4], high=highest[3])),
            voice.table("impact", voice.say("impact.summary"), columns, summary),
            voice.table(
                "c3", voice.say("impact.table"), columns_c3, _list_c3(rows, results), landscape=True
            ),
            voice.pair("impact", {"n": children}, {}),
        ],
    )


def _list_c3(rows: Rows, results: Results) -> Iterable[tuple[Cell, ...]]:
    voice = rows.voice
    judged = {(j["activity"], j["dimension"]): j for j in rows.tables["judgements"]}
    by_right: dict[tuple[str, str], list[Result]] = {}
    for risk in results.risks:
        for activity in risk.get("activities") or [risk.get("activity")]:
            for dimension in risk.get("rights") or ():
                by_right.setdefault((activity, dimension), []).append(risk)
    for activity in results.assess["activities"]:
        for dimension in list_keys([activity], "rights", DIMENSIONS):
            rating = activity["rights"][dimension]
            risks = by_right.get((activity["id"], dimension), [])
            judgement = judged.get((activity["id"], dimension), {})
            titles: list[Text] = [voice.pick(judgement, "problem")]
            first = {voice.pick(risk, "title"): risk for risk in reversed(risks)}
            titles += [link_risk(rows, results, risk) for risk in list(first.values())[-3:]]
            if len(first) > 3:
                titles.append(voice.say("word.more", n=len(first) - 3))
            evidence = voice.pick(judgement, "evidence")
            yield (
                rows.link("activities", activity["id"], titled=True),
                voice.list_dimensions("source", (risk["source"] for risk in risks)),
                voice.join(titles, sentences=True),
                evidence or rows.link_all(rating.get("rows") or (), limit=4),
                voice.name("dimension", dimension),
                voice.pick(rating, "because"),
                voice.level(rating.get("impact")),
            )


def list_keys(rated: Iterable[Result], part: str, known: Sequence[str]) -> list[str]:
    """Return the dimensions that occur in a part of the ratings: the known ones first."""
    found = {key for activity in rated for key in activity[part]}
    return [*(d for d in known if d in found), *sorted(found - set(known))]


def _compose_safeguards(rows: Rows) -> Section:
    voice = rows.voice
    safeguards = rows.tables["safeguards"]
    proofs = read_proofs(rows.case)
    counted = Counter((row["kind"], name_proof(row, proofs)) for row in safeguards)
    columns = voice.columns(("kind", 2), ("state", 2), ("count", 1, "number"), ("names", 5))
    cells = [
        (
            rows.show("safeguards", "kind", kind),
            voice.name("proof", state),
            n,
            rows.link_ids(
                "safeguards",
                [
                    r["id"]
                    for r in safeguards
                    if (r["kind"], name_proof(r, proofs)) == (kind, state)
                ],
                titled=True,
            ),
        )
        for (kind, state), n in sorted(counted.items())
    ]
    unproven = sum(name_proof(row, proofs) != "verified" for row in safeguards)
    dated = sum(row["evidence_on"] is not None for row in safeguards)
    every = len(safeguards)
    return voice.section(
        "safeguards",
        [
            voice.paragraph(voice.say("safeguards.text", n=every)),
            voice.table("safeguard-states", voice.say("safeguards.summary"), columns, cells),
            voice.pair("safeguards", {"n": unproven, "all": every}, {"n": dated, "all": every}),
        ],
    )


def _compose_likelihood(rows: Rows, results: Results) -> Section:
    voice = rows.voice
    by_source: dict[tuple[str, str], set[str]] = {}
    for risk in results.risks:
        for activity in risk.get("activities") or [risk.get("activity")]:
            by_source.setdefault((activity, risk["source"]), set()).update(risk.get("rights") or ())
    columns = (
        *voice.columns(("activity", 1.6), ("source", 1.8)),
        *(voice.column(s, voice.say(f"state.{s}"), 0.9, "level") for s in STATES),
        *voice.columns(("because", 4), ("rights", 2)),
    )
    cells: list[tuple[Cell, ...]] = []
    ratings: list[Result] = []
    for activity in results.assess["activities"]:
        for source in list_keys([activity], "sources", SOURCES):
            rating = activity["sources"][source]
            ratings.append(rating)
            rights = by_source.get((activity["id"], source), set())
            cells.append(
                (
                    rows.link("activities", activity["id"], titled=True),
                    voice.name("source", source),
                    *(voice.likelihood(rating.get(state)) for state in STATES),
                    voice.pick(rating, "because"),
                    voice.list_dimensions("dimension", rights),
                )
            )
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
            voice.table("d6", voice.say(f"{id}.table"), columns, cells, landscape=True),
            voice.pair(id, {"n": len(now_high)}, {"n": lowered}),
        ],
    )


def _compose_criteria(rows: Rows, results: Results) -> Section:
    voice, lang = rows.voice, rows.voice.lang
    method = rows.case.knowledge.methods[results.method]
    columns = (
        voice.column("impact", voice.say("criteria.corner"), 1.5),
        *(voice.column(x, voice.say(f"likelihood.{x}"), 1, "level") for x in LIKELIHOODS),
    )
    matrix: Mapping[str, Mapping[str, str]] = method.matrix  # type: ignore[assignment]
    cells: list[tuple[Cell, ...]] = [
        (voice.level(impact), *(voice.level(matrix[impact][x]) for x in LIKELIHOODS))
        for impact in reversed(LEVELS)
    ]
    steps: list[tuple[Cell, ...]] = [
        (
            voice.say(f"scale.{scale}"),
            step.title[lang],
            step.criterion[lang] + rows.mark(step.confidence),
        )
        for scale, given in (
            ("impact", method.scales.impact.values()),
            ("likelihood", method.scales.likelihood.values()),
        )
        for step in given
    ]
    steps += [
        (
            (method.rights.get(dimension) or method.sources[dimension]).title[lang],
            voice.name("likelihood" if dimension in method.sources else "level", level),
            criterion[lang] + rows.mark(criterion.confidence),
        )
        for dimension, criteria in method.criteria.items()
        for level, criterion in criteria.items()
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
        voice.table(
            "criteria",
            voice.say("criteria.scale"),
            voice.columns(("scale", 2), ("step", 1), ("criterion", 5)),
            steps,
        ),
    ]
    if modifiers:
        blocks += [voice.paragraph(voice.say("criteria.modifiers")), voice.bullets(modifiers)]
    return voice.section("criteria", [*blocks, voice.pair("criteria", {}, {})])


def _compose_compliance(rows: Rows, results: Results) -> Section:
    voice, findings = rows.voice, results.findings
    kinds = Counter(finding["slug"] for finding in findings)
    if not findings:
        return voice.section("compliance", [voice.paragraph(voice.say("compliance.none"))])
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
    columns = voice.columns(
        ("finding", 4), ("clause", 1.8), ("subject", 1.4, "ref"), ("activity", 1.8)
    )
    cells: list[tuple[Cell, ...]] = [
        (
            voice.pick(finding, "message"),
            rows.cite(finding),
            rows.link(finding["subject"]["table"], finding["subject"]["id"]),
            rows.link_ids(
                "activities",
                finding.get("activities") or filter(None, [finding.get("activity")]),
                titled=True,
            ),
        )
        for finding in findings
    ]
    touched = {a for f in findings for a in f.get("activities") or [f.get("activity")] if a}
    planned = {risk["id"] for risk in results.risks if (risk.get("treatment") or {}).get("actions")}
    covered = sum(
        f"{f['slug']}@{f['subject']['table']}/{f['subject']['id']}" in planned for f in findings
    )
    every = len(results.assess["activities"])
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
            voice.table("gaps", voice.say("compliance.table"), columns, cells),
            voice.pair(
                "compliance",
                {"n": len(touched), "all": every},
                {"n": covered, "all": len(findings)},
            ),
        ],
    )
