"""The public report after GB/T 39335-2020, 5.9, for readers without any knowledge of the field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from piaskit.knowledge import Labels
from piaskit.report.document import (
    Block,
    Bullets,
    Cell,
    Document,
    Section,
    Table,
)
from piaskit.report.editions import Persons, PublicFacts, PublicItem
from piaskit.report.guidance import show_guidance
from piaskit.report.inventory_figures import show_lanes
from piaskit.report.public_brief import (
    SHOWN,
    compose_brief,
    is_sensitive,
    list_names,
    name_countries,
)
from piaskit.report.readiness import compose_public_readiness
from piaskit.report.result_charts import show_counts, show_rights
from piaskit.report.voice import Voice

DECISIONS = ("required", "not-required", "judge")
MEASURES = ("verified", "unverified", "partly", "planned")
ADVICE = ("account", "password", "counterparty", "public", "guardian")
LEFT_OUT = ("systems", "parties", "persons", "gaps", "evidence", "incidents")


def compose_public(facts: PublicFacts, labels: Labels) -> Document:
    """Return the public report: five answers on page one, then the heads of GB/T 39335 5.9."""
    voice = Voice(labels, facts.lang, "public")
    return Document(
        title=facts.title,
        subtitle=voice.say("subtitle.public"),
        lang=facts.lang,
        edition="public",
        as_of=facts.as_of,
        organisation=facts.organisation,
        properties=(
            (voice.say("property.regimes"), _name_regimes(voice, facts)),
            (voice.say("property.method"), facts.method),
        ),
        sections=(
            compose_brief(voice, facts),
            _compose_necessity(voice, facts),
            _compose_types(voice, facts),
            _compose_exceptions(voice, facts),
            _compose_compliance(voice, facts),
            _compose_result(voice, facts),
            _compose_measures(voice, facts),
            compose_public_readiness(voice, facts.readiness),
            _compose_advice(voice, facts),
            _compose_contacts(voice, facts),
            _compose_left_out(voice),
        ),
    )


def _name_regimes(voice: Voice, facts: PublicFacts) -> str:
    return str(
        voice.join([voice.name("regime", regime) for regime in facts.regimes], sentences=True)
    )


def _show_persons(voice: Voice, number: Persons) -> Cell:
    return voice.say(f"public.{number}") if isinstance(number, str) else number


def _compose_necessity(voice: Voice, facts: PublicFacts) -> Section:
    blocks: list[Block] = [
        voice.paragraph(voice.say("public.benefit", text=text)) for text in facts.benefits
    ] or [voice.paragraph(voice.say("public.no-benefit"))]
    columns = voice.columns(
        ("activity", 2), ("purpose", 2.6), ("why-needed", 2.6), ("whose", 2.4), ("persons", 1.1),
        ("children", 1.1),
    )  # fmt: skip
    cells: list[tuple[Cell, ...]] = [
        (
            activity.title,
            activity.purpose,
            activity.necessity,
            activity.subjects,
            _show_persons(voice, activity.persons),
            _show_persons(voice, activity.children),
        )
        for activity in facts.activities
    ]
    note = voice.say("public.few-note")
    table = voice.table("activities", voice.say("public.activities"), columns, cells, note=note)
    return voice.section("public-necessity", [*blocks, table])


def _compose_types(voice: Voice, facts: PublicFacts) -> Section:
    sensitive = [item for item in facts.items if is_sensitive(item)]
    others = [item for item in facts.items if not is_sensitive(item)]
    blocks: list[Block] = []
    if facts.lanes.stops:
        blocks.append(voice.paragraph(voice.say("public.lanes-text")))
        blocks.append(show_lanes(voice, facts.lanes, "public.lanes"))
    if facts.recipients:
        columns = voice.columns(
            ("recipient", 2.6), ("count", 0.7, "number"), ("countries", 1.4), ("activities", 4)
        )
        cells = [
            (
                voice.say("public.recipient", role=r.role, meaning=r.meaning),
                r.number,
                name_countries(voice, r.countries) or voice.say("word.blank"),
                list_names(voice, r.activities),
            )
            for r in facts.recipients
        ]
        blocks.append(voice.table("recipients", voice.say("public.recipients"), columns, cells))
    blocks.append(voice.paragraph(voice.say("public.types")))
    if sensitive:
        blocks.append(_show_sensitive(voice, facts, sensitive))
    else:
        blocks.append(voice.paragraph(voice.say("public.no-sensitive")))
    if others:
        blocks.append(_show_others(voice, others))
    return voice.section("public-types", blocks)


def _show_sensitive(voice: Voice, facts: PublicFacts, items: Sequence[PublicItem]) -> Table:
    by_category: dict[str, list[PublicItem]] = defaultdict(list)
    for item in items:
        by_category[item.category].append(item)
    columns = (
        *voice.columns(("category", 1.6), ("items-kept", 4)),
        *(
            voice.column(
                f"sensitive-{regime}",
                voice.say("column.sensitive", regime=voice.name("regime", regime)),
                1.2,
            )
            for regime in facts.regimes
        ),
    )
    cells: list[tuple[Cell, ...]] = [
        (
            category or voice.say("word.blank"),
            _list_kept(voice, members),
            *(voice.name("sensitive", members[0].sensitive[regime]) for regime in facts.regimes),
        )
        for category, members in sorted(
            by_category.items(), key=lambda pair: pair[1][0].answer != "yes"
        )
    ]
    return voice.table("sensitive", voice.say("public.sensitive"), columns, cells)


def _show_others(voice: Voice, items: Sequence[PublicItem]) -> Table:
    families: dict[str, list[PublicItem]] = defaultdict(list)
    for item in items:
        families[item.family].append(item)
    cells = [
        (voice.name("family", family), _list_kept(voice, members))
        for family, members in families.items()
    ]
    columns = voice.columns(("category", 1.2), ("items-kept", 6))
    return voice.table("ordinary", voice.say("public.ordinary"), columns, cells)


def _list_kept(voice: Voice, items: Sequence[PublicItem]) -> str:
    """Name items, each with how long it is kept."""
    blank = voice.say("public.kept-unknown")
    return list_names(
        voice,
        [voice.say("public.kept", item=i.title, period=i.retention or blank) for i in items],
    )


def _compose_exceptions(voice: Voice, facts: PublicFacts) -> Section:
    texts = [voice.say("public.exceptions", text=text) for text in facts.exceptions]
    texts = texts or [voice.say("public.no-exceptions")]
    return voice.section("public-exceptions", [voice.paragraph(text) for text in texts])


def _compose_compliance(voice: Voice, facts: PublicFacts) -> Section:
    areas = [
        voice.say("public.area", area=voice.name("source", area), n=n)
        for area, n in facts.gaps.items()
    ]
    text = voice.say(
        "public.compliance",
        regimes=_name_regimes(voice, facts),
        n=sum(facts.gaps.values()),
        areas=voice.join(areas, sentences=True) or voice.say("word.none"),
    )
    blocks: list[Block] = [voice.paragraph(text)]
    counts = [
        voice.say(
            "public.screening",
            regime=voice.name("regime", regime),
            **{name.replace("-", "_"): found.get(name, 0) for name in DECISIONS},
        )
        for regime, found in facts.screening.items()
    ]
    told = voice.join(counts, sentences=True)
    blocks.append(voice.paragraph(voice.say("public.screening-text", counts=told)))
    return voice.section("public-compliance", blocks)


def _compose_result(voice: Voice, facts: PublicFacts) -> Section:
    names = {state: voice.name("level", facts.overall[state]) for state in SHOWN}
    rated = tuple(voice.column(s, voice.say(f"state.{s}"), 1, "level") for s in SHOWN)
    levels = [
        (activity.title, *(voice.level(activity.levels.get(state)) for state in SHOWN))
        for activity in facts.activities
    ]
    return voice.section(
        "public-result",
        [
            voice.paragraph(voice.say("public.process", method=facts.method)),
            voice.paragraph(
                voice.say("public.result", as_of=facts.as_of.isoformat(), **names), "lead"
            ),
            show_counts(voice, facts.counts, SHOWN),
            show_rights(voice, facts.rights, SHOWN),
            voice.table(
                "levels",
                voice.say("public.levels"),
                (*voice.columns(("activity", 4)), *rated),
                levels,
            ),
        ],
    )


def _compose_measures(voice: Voice, facts: PublicFacts) -> Section:
    if not facts.safeguards:
        return voice.section("public-measures", [voice.paragraph(voice.say("public.no-measures"))])
    cells: list[tuple[Cell, ...]] = []
    for state in MEASURES:
        titles = [s.title for s in facts.safeguards if s.state == state]
        if titles:
            cells.append((voice.say(f"open.{state}"), len(titles), list_names(voice, titles)))
    columns = voice.columns(("state", 1.6), ("count", 0.8, "number"), ("measures", 6))
    table = voice.table("measures", voice.say("public.measures"), columns, cells)
    return voice.section("public-measures", [table])


def _compose_advice(voice: Voice, facts: PublicFacts) -> Section:
    lines = [voice.say(f"advice.{name}") for name in ADVICE]
    blocks: list[Block] = [voice.bullets(lines)]
    if facts.guidance:
        blocks.append(show_guidance(voice, facts.guidance))
    if facts.reported:
        blocks += [voice.paragraph(voice.say("guidance.reported"), "lead")]
        blocks += [Bullets(facts.reported, ordered=True, visibility="public")]
    return voice.section("public-advice", blocks)


def _compose_contacts(voice: Voice, facts: PublicFacts) -> Section:
    if not facts.contacts:
        return voice.section("public-contacts", [voice.paragraph(voice.say("brief.whom-none"))])
    columns = voice.columns(
        ("contact-role", 2), ("contact-name", 2), ("email", 4, "ref"), ("phone", 1.4, "ref")
    )
    cells = [
        (
            voice.office(contact["role"]),
            contact["name"],
            contact["email"],
            contact["phone"],
        )
        for contact in facts.contacts
    ]
    return voice.section(
        "public-contacts", [voice.table("contacts", voice.say("public.contacts"), columns, cells)]
    )


def _compose_left_out(voice: Voice) -> Section:
    lines = [voice.say(f"left-out.{kind}") for kind in LEFT_OUT]
    return voice.section(
        "public-left-out", [voice.paragraph(voice.say("left-out.text")), voice.bullets(lines)]
    )
