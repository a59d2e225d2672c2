"""Drafts of every notice in every way and both languages, and what the law still misses in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from piaskit.incident.duties import DecidedDuty, Decision
from piaskit.incident.notices import describe_notice
from piaskit.incident.wording import Occasion, Voice
from piaskit.knowledge import Knowledge
from piaskit.knowledge.notice import Form, NoticePack, Passage

if TYPE_CHECKING:
    from piaskit.case import Case

LANGS = ("en", "zh")
_SENTENCE = re.compile(r"(?<=\] )[a-z]")
EXTRA = ("public", "partners", "staff")
"""Whom no duty names, but who is told all the same."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One notice in one way and language: its text, and the elements that its blanks leave open.

    ``given`` has every element that the text speaks of, ``open`` the blanks in each of them.
    """

    letter: str
    way: str
    lang: str
    subject: str
    lines: tuple[tuple[str, tuple[str, ...]], ...]
    open: dict[str, tuple[str, ...]]

    @property
    def text(self) -> str:
        """The whole notice as plain text."""
        blocks = [self.subject] if self.subject else []
        for title, lines in self.lines:
            blocks.append("\n".join([*([title] if title else []), *lines]))
        return "\n\n".join(blocks)


@dataclass(frozen=True, slots=True)
class Notices:
    """Every notice of an incident with its drafts; ``entries`` are plain JSON values."""

    entries: tuple[dict[str, Any], ...]
    drafts: tuple[Draft, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return ``{"notices": [...]}``, in place of the notices of a decision."""
        return {"notices": list(self.entries)}


def draft_notices(decision: Decision, case: Case | None = None, *, as_of: date) -> Notices:
    """Return the notice of every duty that is or may be due, and those to public, partners, staff.

    Each has what the law wants in it (``elements``, ``completeness``) and its ``drafts`` by
    language and way. What neither facts nor case give is a marked blank, never invented; personal
    data in the texts of the facts is masked.

    >>> from piaskit.incident import build_facts, decide_incident
    >>> from piaskit.knowledge import load_knowledge
    >>> knowledge = load_knowledge()
    >>> known = {"regimes": ["cn-pipl"], "confidentiality": {"state": "confirmed"}}
    >>> decision = decide_incident(build_facts(known, knowledge), knowledge)
    >>> notices = {n["duty"]: n for n in draft_notices(decision, as_of=date(2026, 1, 1)).entries}
    >>> letter = notices["cn-pipl-ind"]
    >>> list(letter["drafts"]["en"]), letter["completeness"]["contact"]["given"]
    (['e-mail', 'letter', 'telephone', 'push'], False)
    """
    told = [duty for duty in decision.duties if duty.decision != "not-required"]
    occasion = Occasion(
        decision.facts,
        decision.knowledge,
        case,
        as_of,
        {duty.id: duty.decision for duty in decision.duties},
        decision.severity.level if decision.severity else None,
    )
    packs = decision.knowledge.notices
    served: dict[str, list[DecidedDuty]] = {}
    chosen: dict[str, NoticePack] = {}
    for duty in told:
        pack = choose_pack(packs.values(), duty.id, duty.duty.recipient, duty.pack.regime)
        if pack:
            letter = name_letter(pack, duty.pack.regime)
            chosen[letter] = pack
            served.setdefault(letter, []).append(duty)
    written = {
        letter: list(write_drafts(letter, chosen[letter], duties, occasion))
        for letter, duties in served.items()
    }
    entries = [
        _describe(duty, letter, written[letter], occasion)
        for duty in told
        for letter, duties in served.items()
        if duty in duties
    ]
    persons = [duty for duty in told if duty.duty.recipient in ("individuals", "guardians")]
    for recipient in EXTRA:
        extra = choose_pack(packs.values(), "", recipient, "")
        if extra and told and (persons or recipient != "public"):
            written[extra.id] = list(write_drafts(extra.id, extra, persons or told, occasion))
            entries.append(_describe_extra(extra, written[extra.id]))
    return Notices(tuple(entries), tuple(draft for drafts in written.values() for draft in drafts))


def choose_pack(
    packs: Iterable[NoticePack], duty: str, recipient: str, regime: str
) -> NoticePack | None:
    """Return the pack for a duty: one that names it, one for its regime, one for its recipient."""
    best, rank = None, 0
    for pack in packs:
        if not pack.ways:
            continue
        if duty and duty in pack.duties:
            found = 3
        elif pack.duties or pack.recipient != recipient:
            continue
        else:
            found = 2 if regime in pack.regimes else 1 if not pack.regimes else 0
        if found > rank:
            best, rank = pack, found
    return best


def name_letter(pack: NoticePack, regime: str) -> str:
    """Name one text: a pack for any regime gives one text per regime."""
    return pack.id if pack.regimes or pack.duties else f"{pack.id}-{regime}"


def write_drafts(
    letter: str, pack: NoticePack, duties: list[DecidedDuty], occasion: Occasion
) -> Iterator[Draft]:
    """Write one notice in both languages and every way of its pack."""
    knowledge = occasion.knowledge
    shared: dict[str, Passage] = {}
    for other in knowledge.notices.values():
        shared |= other.passages
    passages = shared | pack.passages
    wanted = {
        name: element
        for duty in duties
        if duty.duty.notice and pack.recipient not in EXTRA
        for name, element in duty.pack.notices[duty.duty.notice].elements.items()
    }
    for lang in LANGS:
        clauses = tuple(dict.fromkeys(knowledge.cite(duty.duty.clause, lang) for duty in duties))
        laws = tuple(dict.fromkeys(_name_law(knowledge, d.duty.clause, lang) for d in duties))
        for way, form in pack.ways.items():
            voice = Voice(occasion, pack, duties[0].pack.regime, clauses, lang, laws)
            if form.short:
                yield _write_short(letter, way, form, voice)
                continue
            lines: list[tuple[str, tuple[str, ...]]] = []
            found: dict[str, list[str]] = {}
            for id in form.passages:
                passage = passages[id]
                before = len(voice.blanks)
                told = voice.tell(passage)
                blanks = voice.blanks[before:]
                if told:
                    lines.append((passage.title[lang] if passage.title else "", tuple(told)))
                    for element in passage.elements:
                        found.setdefault(element, []).extend(blanks)
            for name in wanted.keys() - found.keys():
                title = wanted[name].title[lang]
                lines.append(("", (knowledge.labels("notice.blank", lang, what=title),)))
                found[name] = [name]
            subject = voice.say(form.subject[lang]) if form.subject else ""
            yield Draft(
                letter, way, lang, subject, tuple(lines),
                {name: tuple(dict.fromkeys(blanks)) for name, blanks in found.items()},
            )  # fmt: skip


def _name_law(knowledge: Knowledge, clause: str, lang: str) -> str:
    """Write a clause with the name of its law in full, for somebody who knows no short names."""
    cited = knowledge.cite(clause, lang)
    title = knowledge.regulations[clause.split(" ")[0]].title[lang]
    if title in cited or cited.startswith("《"):
        return cited
    return f"{title}（{cited}）" if lang == "zh" else f"{title} ({cited})"


def _write_short(letter: str, way: str, form: Form, voice: Voice) -> Draft:
    """Write the first of the short texts that fits, else the last."""
    text = ""
    for short in form.short:
        text = _SENTENCE.sub(lambda found: found[0].upper(), voice.say(short[voice.lang]), count=1)
        if len(text) <= (form.most or 0):
            break
    return Draft(letter, way, voice.lang, "", (("", (text,)),), {})


def _describe(
    duty: DecidedDuty, letter: str, drafts: list[Draft], occasion: Occasion
) -> dict[str, Any]:
    """Return a notice with its drafts; its completeness is that of its first, fullest way."""
    notice = describe_notice(duty.id, duty.duty, duty.pack, occasion.facts, occasion.knowledge)
    completeness = {}
    for element in notice["elements"]:
        blanks = drafts[0].open[element["id"]]
        completeness[element["id"]] = {
            "given": not blanks,
            "missing": list(blanks),
            "clause": element["clause"],
            "clause_zh": element["clause_zh"],
        }
    return {**notice, "letter": letter, "completeness": completeness, **_tell_drafts(drafts)}


def _describe_extra(pack: NoticePack, drafts: list[Draft]) -> dict[str, Any]:
    """Return a notice that no duty asks for."""
    blank: dict[str, Any] = {"elements": [], "channels": [], "channels_zh": [], "completeness": {}}
    head = {"duty": None, "recipient": pack.recipient, "letter": pack.id}
    return {**head, **blank, **_tell_drafts(drafts)}


def _tell_drafts(drafts: list[Draft]) -> dict[str, Any]:
    told: dict[str, dict[str, str]] = {}
    for draft in drafts:
        told.setdefault(draft.lang, {})[draft.way] = draft.text
    return {"drafts": told}
