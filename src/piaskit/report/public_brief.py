"""Page one of the public report: five questions of a person concerned, each answered there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from piaskit.report.document import Block, PageBreak, Section
from piaskit.report.editions import PublicFacts, PublicItem
from piaskit.report.layout import find_room, measure_height
from piaskit.report.tiles import show_tiles
from piaskit.report.voice import GRAVE, Voice

SHOWN = ("current", "planned")
NAMED = 12  # sensitive kinds, recipients


class Size(NamedTuple):
    """How much page one names of each list."""

    activities: int = 40
    families: int = 40
    measures: int = 40
    worst: int = 8
    contacts: int = 6


# The first that the page holds is taken.
SIZES = (
    Size(),
    *(Size(n, 12, n, 6, 4) for n in range(20, 12, -1)),
    *(Size(n, 12, n, 3, 4) for n in range(12, 6, -1)),
    *(Size(n, n, n, 3, 4) for n in range(8, 2, -1)),
    Size(3, 3, 3, 2, 4),
    Size(3, 3, 2, 2, 4),
    Size(3, 3, 2, 0, 4),
    Size(3, 3, 2, 0, 1),
)


def compose_brief(voice: Voice, facts: PublicFacts) -> Section:
    """Return page one; it names as many activities, kinds and recipients as the page holds."""
    room = find_room(facts.title, voice.say("subtitle.public"))
    for size in SIZES:
        answers = {
            "what": _tell_what(voice, facts, size),
            "harm": _tell_harm(voice, facts, size),
            "done": _tell_done(voice, facts, size),
            "you": [*_tell_rights(voice, facts), voice.say("brief.protect")],
            "whom": _tell_whom(voice, facts, size),
        }
        cells = [
            (voice.say(f"brief.ask-{question}"), voice.stack(answer))
            for question, answer in answers.items()
        ]
        columns = voice.columns(("question", 0.8), ("answer", 6.2))
        table = voice.table("brief", voice.say("brief.five"), columns, cells)
        blocks: list[Block] = [show_tiles(voice, facts.overall, facts.counts), table]
        if measure_height(blocks, voice.lang) <= room:
            break
    return voice.section("public-brief", [*blocks, PageBreak("public")])


def _tell_what(voice: Voice, facts: PublicFacts, size: Size) -> list[str]:
    """Say what for, which kinds, the sensitive ones by name, and who else receives them."""
    judged = [item.category or item.title for item in facts.items if item.answer == "judge"]
    sensitive = _name_sensitive(voice, facts)
    families = [voice.name("family", item.family) for item in facts.items if item.answer == "no"]
    titles = [activity.title for activity in facts.activities]
    listed = list_names(voice, titles, size.activities) or voice.say("word.none")
    told = [
        voice.say("brief.for", n=len(titles), titles=listed),
        voice.say("brief.sensitive", names=list_names(voice, sensitive, NAMED))
        if sensitive
        else voice.say("public.no-sensitive"),
    ]
    if judged:
        told.append(voice.say("brief.maybe-sensitive", names=list_names(voice, judged, NAMED)))
    if families:
        told.append(voice.say("brief.others", names=list_names(voice, families, size.families)))
    if facts.items:
        told.append(_tell_kept(voice, facts))
    receivers = [
        voice.say("brief.receiver", who=recipient.meaning, where=where)
        if where
        else recipient.meaning
        for recipient in facts.recipients
        for where in [name_countries(voice, recipient.countries)]
    ]
    told.append(
        voice.say("brief.receive", names=list_names(voice, receivers, NAMED))
        if receivers
        else voice.say("brief.receive-nobody")
    )
    return told


def _name_sensitive(voice: Voice, facts: PublicFacts) -> list[str]:
    """Name the kinds of information; behind them those that only one activity uses."""
    used: dict[str, set[str]] = {}
    for item in facts.items:
        if item.answer == "yes":
            used.setdefault(item.category or item.title, set()).add(item.activity)
    single: dict[str, list[str]] = {}
    for kind, titles in used.items():
        if len(titles) == 1:
            single.setdefault(min(titles), []).append(kind)
    return [
        *(kind for kind, titles in used.items() if len(titles) > 1),
        *(
            voice.say("brief.kind-in", title=title, kinds=voice.join(kinds))
            for title, kinds in single.items()
        ),
    ]


def _tell_kept(voice: Voice, facts: PublicFacts) -> str:
    """Say how long information is kept: shortest and longest, events, and where nothing is said."""
    periods = {
        item.days: voice.say("brief.of-kind", period=item.retention, kind=item.category)
        for item in reversed(facts.items)
        if item.days is not None
    }
    events = [item.retention for item in facts.items if item.retention and item.days is None]
    unsaid = sum(not item.retention for item in facts.items)
    told = []
    if periods:
        shortest, longest = periods[min(periods)], periods[max(periods)]
        same = shortest == longest
        told.append(shortest if same else voice.say("brief.between", first=shortest, last=longest))
    if events:
        told.append(str(voice.join([*dict.fromkeys(events)])))
    if unsaid:
        told.append(voice.say("brief.kept-unsaid", n=unsaid))
    return voice.say("brief.kept", periods=voice.join(told, sentences=True))


def name_countries(voice: Voice, countries: Sequence[str]) -> str:
    """Join names of countries; some hold a comma themselves."""
    return str(voice.join(countries, sentences=any("," in name for name in countries)))


def list_names(voice: Voice, names: Iterable[str], most: int = 1000) -> str:
    """Join names, each once; they may hold commas themselves."""
    return voice.list_some([*dict.fromkeys(names)], most, sentences=True)


def _tell_harm(voice: Voice, facts: PublicFacts, size: Size) -> list[str]:
    """Say how many severe and high risks do which harm, today and after the planned measures."""
    if not any(facts.counts[state][level] for state in SHOWN for level in GRAVE):
        return [voice.say("brief.no-harm")]
    events = [voice.say(f"brief.event.{event}") for event in facts.events]
    told = [voice.say("brief.happens", events=voice.join(events))] if events else []
    told.append(voice.say("brief.scale"))
    told += [
        voice.say(
            "brief.harm",
            harm=voice.say(f"harm.{dimension}"),
            **{
                f"{state}_{level}": states.get(state, {}).get(level, 0)
                for state in SHOWN
                for level in GRAVE
            },
        )
        for dimension, states in facts.rights.items()
    ]
    total = sum(facts.counts["current"][level] for level in GRAVE)
    told.append(voice.say("brief.harm-note", n=total))
    worst = [a.title for a in facts.activities if a.levels.get("current") == "severe"]
    if worst and size.worst:
        told.append(voice.say("brief.harm-where", titles=list_names(voice, worst, size.worst)))
    return told


def _tell_done(voice: Voice, facts: PublicFacts, size: Size) -> list[str]:
    """Say which measures are verified, in plain words, and what is planned."""
    by_state = {
        state: [measure for measure in facts.safeguards if measure.state == state]
        for state in ("verified", "unverified", "partly", "planned")
    }
    kinds = Counter(voice.name("measure", measure.family) for measure in by_state["verified"])
    counted = [voice.say("brief.counted", name=name, n=n) for name, n in kinds.most_common()]
    told = []
    if counted:
        named = list_names(voice, counted, size.measures)
        n = len(by_state["verified"])
        told.append(voice.say("brief.verified", n=n, kinds=len(kinds), names=named))
    else:
        told.append(voice.say("brief.verified-none"))
    if claimed := len(by_state["unverified"]) + len(by_state["partly"]):
        told[-1] += voice.gap + voice.say("brief.claimed", n=claimed)
    if planned := by_state["planned"]:
        titles = list_names(voice, [measure.title for measure in planned], 4)
        told.append(voice.say("brief.planned", n=len(planned), names=titles))
    return told


def _tell_rights(voice: Voice, facts: PublicFacts) -> list[str]:
    """Say what a person can ask for, how, when the answer comes, and where to complain."""
    rights = [voice.name("right", right) for right in facts.rights_offered]
    return [
        voice.say("brief.rights", rights=voice.join(rights))
        if rights
        else voice.say("brief.rights-unknown"),
        voice.say(
            f"brief.how{'' if facts.contacts else '-none'}",
            answers=voice.join(facts.answers, sentences=True),
        ),
        voice.say("brief.complain", where=voice.join(facts.complaints, sentences=True)),
    ]


def _tell_whom(voice: Voice, facts: PublicFacts, size: Size) -> list[str]:
    return [
        voice.say(
            "brief.contact",
            topic=_name_topic(voice, contact["role"]),
            how=voice.join([contact["name"], contact["email"], contact["phone"]]),
        )
        for contact in facts.contacts[: size.contacts]
    ] or [voice.say("brief.whom-none")]


def _name_topic(voice: Voice, role: str) -> str:
    topic = voice.name("topic", role)
    return voice.office(role) if topic == role else topic


def is_sensitive(item: PublicItem) -> bool:
    """Say whether at least one law calls an item sensitive or leaves that to be judged."""
    return item.answer != "no"
