"""Page one of the public report: five questions of a person concerned, each answered there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from piaskit.report.document import Block, PageBreak, Section
from piaskit.report.editions import PublicFacts, PublicItem, PublicSafeguard
from piaskit.report.layout import find_room, measure_height
from piaskit.report.public_recipients import PublicPlace, PublicRecipient
from piaskit.report.tiles import show_tiles
from piaskit.report.voice import GRAVE, Voice

SHOWN = ("current", "planned")
NAMED = 12  # sensitive kinds, recipients
UNSAID = 4  # kinds without a period
ABROAD = 5  # kinds per country
YOUNG = 3  # kinds of children per recipient


class Size(NamedTuple):
    """How much page one names of each list."""

    activities: int = 40
    families: int = 40
    measures: int = 40
    worst: int = 8
    contacts: int = 6
    kinds: int = 4  # of information, per recipient


# The first that the page holds is taken.
SIZES = (
    Size(),
    *(Size(40, 12, n, 6, 6, kinds) for kinds in (3, 2) for n in (20, 12, 8, 6, 4)),
    *(Size(40, 12, n, 0, 6, kinds) for kinds in (2, 1, 0) for n in (6, 4, 3)),
    *(Size(n, 12, n, 3, 4, 1) for n in range(12, 6, -1)),
    *(Size(n, n, n, 3, 4, 1) for n in range(8, 2, -1)),
    Size(3, 3, 3, 2, 4, 0),
    Size(3, 3, 2, 2, 4, 0),
    Size(3, 3, 2, 0, 4, 0),
    Size(3, 3, 2, 0, 1, 0),
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
    """Say what for, which kinds, the sensitive ones by name, and who else receives them.

    What only the organisation's own people and applicants are asked for is told apart.
    """
    titles = [activity.title for activity in facts.activities]
    inside = [activity.title for activity in facts.activities if activity.staff]
    families = _name_families(voice, facts.items)
    items = [item for item in facts.items if item.activity not in inside]
    listed = list_names(voice, titles, size.activities) or voice.say("word.none")
    told = [
        voice.say("brief.for", n=len(titles), titles=listed),
        *_tell_kinds(voice, items, _find_single(facts.items), families, size),
    ]
    own = [item for item in facts.items if item.activity in inside]
    if own:
        told.append(_tell_staff(voice, own, families))
    told += _tell_receivers(voice, facts, families, size)
    if facts.places:
        told.append(_tell_places(voice, facts, families))
    return told


def _tell_kinds(
    voice: Voice,
    items: Sequence[PublicItem],
    single: Mapping[str, str],
    families: Mapping[str, str],
    size: Size,
) -> list[str]:
    """Say which kinds of information, sensitive ones apart, and how long they are kept.

    ``single`` tells the activity of a kind that only one activity uses.
    """
    sensitive: dict[str, list[str]] = {}
    for item in items:
        if item.answer == "yes" and item.kind not in sensitive.get(single.get(item.kind, ""), ()):
            sensitive.setdefault(single.get(item.kind, ""), []).append(item.kind)
    named = _spell(voice, sensitive.pop("", [])) + [
        voice.say("brief.kind-in", title=title, kinds=voice.join(_spell(voice, kinds)))
        for title, kinds in sensitive.items()
    ]
    judged = _spell(voice, [item.kind for item in items if item.answer == "judge"])
    others = [families[item.family] for item in items if item.answer == "no"]
    told = [
        voice.say("brief.sensitive", names=list_names(voice, named, NAMED))
        if named
        else voice.say("public.no-sensitive")
    ]
    if judged:
        maybe = voice.say("brief.maybe-sensitive", names=list_names(voice, judged, NAMED))
        told[-1] += voice.gap + maybe
    if others:
        told.append(voice.say("brief.others", names=list_names(voice, others, size.families)))
    if items:
        told.append(voice.say("brief.kept", periods=_tell_kept(voice, items)))
    return told


def _find_single(items: Sequence[PublicItem]) -> dict[str, str]:
    """Return the activity of every kind of information that only one activity uses."""
    used: dict[str, set[str]] = {}
    for item in items:
        used.setdefault(item.kind, set()).add(item.activity)
    return {kind: min(titles) for kind, titles in used.items() if len(titles) == 1}


def _tell_staff(voice: Voice, items: Sequence[PublicItem], families: Mapping[str, str]) -> str:
    """Say which kinds of information of the own people are used, and how long they are kept."""
    parts = {
        "sensitive": _spell(voice, [item.kind for item in items if item.answer == "yes"]),
        "others": [families[item.family] for item in items if item.answer != "yes"],
    }
    told = [
        voice.say(f"brief.staff-{part}", names=voice.join(dict.fromkeys(names)))
        for part, names in parts.items()
        if names
    ]
    kept = _tell_kept(voice, items, kinds=False)
    return voice.say("brief.staff", kinds=voice.join(told, sentences=True), kept=kept)


def _name_families(voice: Voice, items: Sequence[PublicItem]) -> dict[str, str]:
    """Name the families of kinds of information; of a single kind its own name tells more."""
    kinds: dict[str, set[str]] = {}
    for item in items:
        kinds.setdefault(item.family, set()).add(item.kind)
    named = {
        family: voice.name("family", family) if len(names) > 1 else min(names)
        for family, names in kinds.items()
    }
    return dict(zip(named, _spell(voice, named.values()), strict=True))


def _tell_receivers(
    voice: Voice, facts: PublicFacts, families: Mapping[str, str], size: Size
) -> list[str]:
    """Say who receives which kinds of information, the sensitive ones apart and by name."""
    if not facts.recipients:
        return [voice.say("brief.receive-nobody")]
    sensitive = [
        voice.say("word.named", name=r.meaning, text=voice.join(kinds))
        for r in facts.recipients
        if (kinds := _name_grave(voice, r))
    ]
    others = [
        voice.say("word.named", name=r.meaning, text=_list_most(voice, names, size.kinds))
        if size.kinds
        else r.meaning
        for r in facts.recipients
        if (names := _spell(voice, [families.get(family, family) for family in r.families]))
    ]
    given = {kind for r in facts.recipients for kind in r.sensitive}
    kept = [i.kind for i in facts.items if i.answer == "yes" and i.family != "children"]
    kept = _spell(voice, [kind for kind in dict.fromkeys(kept) if kind not in given])
    told = [
        voice.say("brief.receive-sensitive", names=list_names(voice, sensitive, NAMED))
        if sensitive
        else voice.say("brief.receive-ordinary")
    ]
    if sensitive and kept:
        told[0] += voice.gap + voice.say("brief.receive-none", names=voice.join(kept))
    if others:
        told.append(voice.say("brief.receive", names=list_names(voice, others, NAMED)))
    return told


def _name_grave(voice: Voice, place: PublicRecipient | PublicPlace) -> list[str]:
    """Name the sensitive kinds, and all that is told of children."""
    named = _spell(voice, place.sensitive)
    if place.children:
        kinds = _list_most(voice, _spell(voice, place.children), YOUNG)
        named.append(voice.say("brief.of-children", kinds=kinds))
    return named


def _list_most(voice: Voice, names: Sequence[str], most: int) -> str:
    """List names; a single one left over is named, too."""
    shown = names[: most + (len(names) == most + 1)]
    told = str(voice.join(shown))
    if rest := len(names) - len(shown):
        return voice.say("brief.plus", names=told, n=rest, all=len(names))
    return told


def _tell_places(voice: Voice, facts: PublicFacts, families: Mapping[str, str]) -> str:
    """Say in which country most of it stays, and which kinds go to which others."""
    first, *others = facts.places
    told = []
    for place in others:
        kinds = [*_name_grave(voice, place), *(families[f] for f in place.families)]
        named = voice.list_some(kinds, ABROAD)
        told.append(voice.say("brief.place", country=place.country, kinds=named))
    return voice.say(
        f"brief.places{'' if told else '-one'}", first=first.country, others=voice.join(told)
    )


def _spell(voice: Voice, names: Iterable[str]) -> list[str]:
    """Spell names of kinds as they stand inside a sentence: English ones without a capital.

    A word that goes on in capitals or with a hyphen (IP, E-mail) stays.
    """
    if voice.lang != "en":
        return [*names]
    return [name[:1].lower() + name[1:] if name[1:2].islower() else name for name in names]


def _tell_kept(voice: Voice, items: Sequence[PublicItem], *, kinds: bool = True) -> str:
    """Say how long information is kept: shortest and longest, events, and where nothing is said.

    With ``kinds`` these stand behind the shortest and the longest period.
    """
    periods = {
        item.days: voice.say(
            "brief.of-kind", period=item.retention, kind=_spell(voice, [item.category])[0]
        )
        if kinds
        else item.retention
        for item in reversed(items)
        if item.days is not None
    }
    events = [item.retention for item in items if item.retention and item.days is None]
    unsaid = [item.title for item in items if not item.retention]
    told = []
    if periods:
        shortest, longest = periods[min(periods)], periods[max(periods)]
        same = shortest == longest
        told.append(shortest if same else voice.say("brief.between", first=shortest, last=longest))
    if events:
        told.append(str(voice.join([*dict.fromkeys(events)])))
    if unsaid:
        named = voice.list_some([*dict.fromkeys(unsaid)], UNSAID)
        told.append(voice.say("brief.kept-unsaid", names=named))
    return str(voice.join(told, sentences=True))


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
    told.append(voice.say("brief.harm-note", **facts.counts["current"]))
    for dimension, states in facts.rights.items():
        counts = {
            f"{state}_{level}": states.get(state, {}).get(level, 0)
            for state in SHOWN
            for level in GRAVE
        }
        if not any(counts.values()):
            continue
        line = voice.say("brief.harm", harm=voice.say(f"harm.{dimension}"), **counts)
        if example := facts.examples.get(dimension):
            kind, what = _spell(voice, [example.kind, example.what])
            shown = voice.say("brief.example", kind=kind, what=what)
            line = f"{line}{voice.gap}{shown}"
        told.append(line)
    worst = [a.title for a in facts.activities if a.levels.get("current") == "severe"]
    if worst and size.worst:
        told.append(voice.say("brief.harm-where", titles=list_names(voice, worst, size.worst)))
    return told


def _tell_done(voice: Voice, facts: PublicFacts, size: Size) -> list[str]:
    """Say which measures are verified, in plain words, what is planned, and what remains."""
    by_state = {
        state: [measure for measure in facts.safeguards if measure.state == state]
        for state in ("verified", "unverified", "partly", "planned")
    }
    kinds = Counter(voice.name("measure", measure.family) for measure in by_state["verified"])
    counted = [voice.say("brief.counted", name=name, n=n) for name, n in kinds.most_common()]
    told = []
    if counted:
        shown = counted[: size.measures]
        if rest := len(counted) - len(shown):
            shown.append(voice.say("brief.more-kinds", n=rest))
        named = list_names(voice, shown)
        n = len(by_state["verified"])
        told.append(voice.say("brief.verified", n=n, kinds=len(kinds), names=named))
    else:
        told.append(voice.say("brief.verified-none"))
    if claimed := len(by_state["unverified"]) + len(by_state["partly"]):
        told[-1] += voice.gap + voice.say("brief.claimed", n=claimed)
    coming = []
    if planned := by_state["planned"]:
        titles = list_names(voice, [_tell_planned(voice, measure) for measure in planned], 4)
        coming.append(voice.say("brief.planned", n=len(planned), names=titles))
    if facts.due:
        first, last = (f"{day:%Y-%m}" for day in (facts.due[0], facts.due[-1]))
        coming.append(voice.say("brief.in-hand", n=len(facts.due), first=first, last=last))
    return [*told, voice.gap.join(coming), _tell_remaining(voice, facts)]


def _tell_planned(voice: Voice, measure: PublicSafeguard) -> str:
    if measure.due is None:
        return voice.say("brief.undated", title=measure.title)
    return voice.say("brief.due", title=measure.title, month=f"{measure.due:%Y-%m}")


def _tell_remaining(voice: Voice, facts: PublicFacts) -> str:
    """Say which risks remain after all that is planned, and what happens with them."""
    left = {level: facts.counts["planned"][level] for level in GRAVE}
    told = voice.say(f"brief.remain{'' if any(left.values()) else '-none'}", **left)
    if facts.review is None:
        return told
    return f"{told}{voice.gap}{voice.say('brief.review', month=f'{facts.review:%Y-%m}')}"


def _tell_rights(voice: Voice, facts: PublicFacts) -> list[str]:
    """Say what a person can ask for, how, when the answer comes, and where to complain."""
    rights = [voice.name("right", right) for right in facts.rights_offered]
    machine = voice.join(facts.machine, sentences=True)
    return [
        voice.say("brief.rights", rights=voice.join(rights))
        if rights
        else voice.say("brief.rights-unknown"),
        *([voice.say("brief.machine", rights=machine)] if machine else []),
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
