"""The public report after GB/T 39335-2020, 5.9, for readers without any knowledge of the field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from piaskit.knowledge import Labels
from piaskit.report.document import (
    Block,
    Bullets,
    Card,
    Cards,
    Cell,
    Document,
    Level,
    PageBreak,
    Section,
    Table,
)
from piaskit.report.editions import Persons, PublicFacts, PublicItem
from piaskit.report.guidance import show_guidance
from piaskit.report.inventory_figures import show_lanes
from piaskit.report.readiness import compose_public_readiness
from piaskit.report.result_charts import show_counts, show_rights
from piaskit.report.voice import Voice

SHOWN = ("current", "planned")
MEASURES = ("verified", "unverified", "partly", "planned")
ADVICE = ("account", "password", "counterparty", "public", "leak", "guardian")
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
            _compose_brief(voice, facts),
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


def _list_rights(voice: Voice, facts: PublicFacts) -> str:
    return str(voice.join(facts.rights_offered)) or voice.say("advice.rights-unknown")


def _is_sensitive(item: PublicItem) -> bool:
    return "yes" in item.sensitive.values()


def _compose_brief(voice: Voice, facts: PublicFacts) -> Section:
    states = [safeguard.state for safeguard in facts.safeguards]
    titles = [activity.title for activity in facts.activities]
    blocks: list[Block] = [
        voice.paragraph(
            voice.say("brief.lead", organisation=facts.organisation, as_of=facts.as_of.isoformat())
        ),
        _show_cards(voice, facts),
        voice.paragraph(voice.say("brief.ask-what"), "lead"),
        voice.paragraph(
            voice.say(
                "brief.what",
                activities=len(facts.activities),
                items=len(facts.items),
                sensitive=sum(map(_is_sensitive, facts.items)),
                titles=voice.list_some(titles, 4),
            )
        ),
    ]
    if facts.recipients:
        kinds = voice.join([role for role, _, _ in facts.recipients])
        text = voice.say("brief.what-shared", recipients=kinds)
        blocks.append(voice.paragraph(text))
    blocks.append(voice.paragraph(voice.say("brief.ask-harm"), "lead"))
    harms = _list_harms(voice, facts)
    blocks.append(voice.bullets(harms) if harms else voice.paragraph(voice.say("brief.no-harm")))
    blocks += [
        voice.paragraph(voice.say("brief.ask-done"), "lead"),
        voice.paragraph(
            voice.say(
                "brief.done",
                verified=states.count("verified"),
                claimed=states.count("unverified") + states.count("partly"),
                planned=states.count("planned"),
            )
        ),
        voice.paragraph(voice.say("brief.ask-you"), "lead"),
        voice.paragraph(voice.say("brief.you", rights=_list_rights(voice, facts))),
        voice.paragraph(voice.say("brief.ask-whom"), "lead"),
        _tell_contacts(voice, facts),
        PageBreak("public"),
    ]
    return voice.section("public-brief", blocks)


def _show_cards(voice: Voice, facts: PublicFacts) -> Cards:
    overall = voice.level(facts.overall["current"])
    planned = voice.name("level", facts.overall["planned"])
    cards = [
        Card(
            voice.say("brief.overall"),
            overall.label if isinstance(overall, Level) else str(overall),
            voice.say("brief.overall-note", planned=planned),
            overall if isinstance(overall, Level) else None,
        ),
        *(
            Card(
                voice.say(f"brief.{name}"),
                f"{facts.counts['current'][name]:,}",
                voice.say("brief.count-note", planned=facts.counts["planned"][name]),
                Level(name, voice.say(f"level.{name}")),
            )
            for name in ("severe", "high")
        ),
    ]
    return Cards(tuple(cards), "public")


def _list_harms(voice: Voice, facts: PublicFacts) -> list[str]:
    found = []
    for dimension, states in facts.rights.items():
        now, then = (
            sum(states.get(state, {}).get(level, 0) for level in ("high", "severe"))
            for state in SHOWN
        )
        if now or then:
            harm = voice.say(f"harm.{dimension}")
            found.append(voice.say("brief.harm", harm=harm, current=now, planned=then))
    return found


def _tell_contacts(voice: Voice, facts: PublicFacts) -> Block:
    if not facts.contacts:
        return voice.paragraph(voice.say("brief.whom-none"))
    parts = [
        voice.join([contact["name"], contact["email"], contact["phone"]])
        for contact in facts.contacts[:2]
    ]
    return voice.paragraph(voice.join(parts, sentences=True))


def _show_persons(voice: Voice, number: Persons) -> Cell:
    return voice.say(f"public.{number}") if isinstance(number, str) else number


def _compose_necessity(voice: Voice, facts: PublicFacts) -> Section:
    blocks: list[Block] = [
        voice.paragraph(voice.say("public.benefit", text=text)) for text in facts.benefits
    ] or [voice.paragraph(voice.say("public.no-benefit"))]
    columns = voice.columns(
        ("activity", 1.7), ("purpose", 2.6), ("why-needed", 2.6), ("whose", 1.5), ("persons", 1.1),
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
    sensitive = [item for item in facts.items if _is_sensitive(item)]
    others = [item for item in facts.items if not _is_sensitive(item)]
    blocks: list[Block] = [voice.paragraph(voice.say("public.types"))]
    if sensitive:
        blocks.append(_show_items(voice, facts, sensitive, "sensitive"))
    else:
        blocks.append(voice.paragraph(voice.say("public.no-sensitive")))
    if others:
        blocks.append(_show_items(voice, facts, others, "ordinary"))
    if facts.lanes.stops:
        blocks.append(voice.paragraph(voice.say("public.lanes-text")))
        blocks.append(show_lanes(voice, facts.lanes, "public.lanes"))
    if facts.recipients:
        columns = voice.columns(("role", 2), ("count", 1, "number"), ("countries", 3))
        cells = [(role, n, str(voice.join(names))) for role, n, names in facts.recipients]
        blocks.append(voice.table("recipients", voice.say("public.recipients"), columns, cells))
    return voice.section("public-types", blocks)


def _show_items(voice: Voice, facts: PublicFacts, items: Sequence[PublicItem], id: str) -> Table:
    by_category: dict[str, list[PublicItem]] = defaultdict(list)
    for item in items:
        by_category[item.category].append(item)
    columns = (
        *voice.columns(("category", 1.6), ("items", 3), ("kept", 2)),
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
            voice.join(dict.fromkeys(item.title for item in members)),
            voice.join(
                dict.fromkeys(item.retention or voice.say("word.blank") for item in members)
            ),
            *(voice.name("sensitive", members[0].sensitive[regime]) for regime in facts.regimes),
        )
        for category, members in by_category.items()
    ]
    return voice.table(id, voice.say(f"public.{id}"), columns, cells)


def _compose_exceptions(voice: Voice, facts: PublicFacts) -> Section:
    texts = [voice.say("public.exceptions", text=text) for text in facts.exceptions]
    texts = texts or [voice.say("public.no-exceptions")]
    return voice.section("public-exceptions", [voice.paragraph(text) for text in texts])


def _compose_compliance(voice: Voice, facts: PublicFacts) -> Section:
    total = sum(facts.gaps.values())
    regimes = _name_regimes(voice, facts)
    blocks: list[Block] = [
        voice.paragraph(voice.say("public.compliance", regimes=regimes, n=total))
    ]
    if facts.gaps:
        columns = voice.columns(("area", 4), ("count", 1, "number"))
        cells = [(voice.name("source", area), n) for area, n in facts.gaps.items()]
        blocks.append(voice.table("gaps", voice.say("public.gaps"), columns, cells))
    decisions = ("required", "not-required", "judge")
    columns = voice.columns(("regime", 3), *((d, 1.3, "number") for d in decisions))
    counts: list[tuple[Cell, ...]] = [
        (voice.name("regime", regime), *(found.get(decision, 0) for decision in decisions))
        for regime, found in facts.screening.items()
    ]
    blocks += [
        voice.paragraph(voice.say("public.screening-text")),
        voice.table("screening", voice.say("public.screening"), columns, counts),
    ]
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
            cells.append((voice.say(f"open.{state}"), len(titles), voice.join(titles)))
    columns = voice.columns(("state", 1.6), ("count", 0.8, "number"), ("measures", 6))
    table = voice.table("measures", voice.say("public.measures"), columns, cells)
    return voice.section("public-measures", [table])


def _compose_advice(voice: Voice, facts: PublicFacts) -> Section:
    lines = [voice.say(f"advice.{name}") for name in ADVICE]
    lines.append(voice.say("advice.rights", rights=_list_rights(voice, facts)))
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
        ("contact-role", 2), ("contact-name", 2), ("email", 2.4), ("phone", 1.4)
    )
    cells = [
        (voice.office(contact["role"]), contact["name"], contact["email"], contact["phone"])
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
