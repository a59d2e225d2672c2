"""Drafts of notices: complete or marked, in both languages, masked, and data stays data."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import docx
import pytest

from piaskit.case import Case, read_case
from piaskit.incident import build_facts, decide_incident, read_facts
from piaskit.incident.drafts import Notices, draft_notices
from piaskit.incident.fields import COUNTS, FIELDS, TOLD
from piaskit.incident.letters import write_notices
from piaskit.incident.wording import Occasion, Voice
from piaskit.knowledge import load_knowledge
from piaskit.knowledge.advice import find_advice
from piaskit.knowledge.notice import FIELD

MARKETPLACE = Path(__file__).parents[2] / "data" / "marketplace"
INCIDENTS = sorted((MARKETPLACE / "incidents").glob("*.yaml"))
DAY = date(2026, 11, 12)
BLANK = re.compile(r"\[(?:to be completed|待补充)")
Letters = dict[tuple[str, str, str], str]
LEAK: dict[str, Any] = {
    "regimes": ["cn-pipl", "cn-cac", "eu-gdpr"],
    "role": "controller",
    "operator": "other",
    "times": {"discovered_at": "2026-03-02T09:10+08:00", "aware_at": "2026-03-02T09:40+08:00"},
    "malicious": "yes",
    "persons": 12000,
    "minors": 0,
    "children": 0,
    "categories": ["contact.phone"],
    "categories_complete": "yes",
    "confidentiality": {"state": "confirmed", "recipients": "unknown", "recalled": "none"},
    "integrity": {"state": "none"},
    "availability": {"state": "none"},
    "exfiltrated": "yes",
    "misuse": "none-known",
    "harm_avoided": "no",
}
TOLD_FACTS = {
    "id": "leak",
    "actor": "external",
    "relation": "customers",
    "summary_en": ["A list could be read by strangers."],
    "summary_zh": ["一份清单曾被陌生人看到。"],
    "mitigations_en": ["We closed the gap."],
    "mitigations_zh": ["已关闭漏洞。"],
    "remedies_en": ["A help line is open."],
    "remedies_zh": ["已开通咨询专线。"],
    "times": {**LEAK["times"], "contained_at": "2026-03-02T12:00+08:00"},
}


@pytest.fixture(scope="module")
def case() -> Case:
    return read_case(MARKETPLACE, as_of=DAY)


def draft(facts: dict[str, Any], case: Case | None = None) -> Notices:
    knowledge = load_knowledge()
    return draft_notices(decide_incident(build_facts(facts, knowledge), knowledge), case, as_of=DAY)


def sort_letters(notices: Notices) -> Letters:
    return {(d.letter, d.way, d.lang): d.text for d in notices.drafts}


def find(notices: Notices, duty: str) -> dict[str, Any]:
    return next(entry for entry in notices.entries if entry["duty"] == duty)


@pytest.mark.parametrize("path", INCIDENTS, ids=lambda path: path.stem)
def test_the_letters_of_the_worked_incidents_are_finished(path: Path, case: Case) -> None:
    knowledge = load_knowledge()
    decision = decide_incident(read_facts(path, knowledge), knowledge)
    notices = draft_notices(decision, case, as_of=DAY)

    open_ones = {d.letter for d in notices.drafts if BLANK.search(d.text)}
    told = {d.id for d in decision.duties if d.decision != "not-required"}

    assert told <= {entry["duty"] for entry in notices.entries}
    # Whether the data subjects of the lost list are told is for a person to judge.
    assert open_ones <= ({"authority-gdpr"} if path.stem == "lost-personnel-list" else set())
    for entry in notices.entries:
        assert all(found["given"] for found in entry["completeness"].values()), entry["duty"]


@pytest.mark.parametrize("path", INCIDENTS, ids=lambda path: path.stem)
def test_push_messages_have_at_most_100_characters(path: Path, case: Case) -> None:
    knowledge = load_knowledge()
    decision = decide_incident(read_facts(path, knowledge), knowledge)
    letters = sort_letters(draft_notices(decision, case, as_of=DAY))

    assert {k: len(t) for k, t in letters.items() if k[1] == "push" and len(t) > 100} == {}


def test_every_kind_of_information_fits_a_push_message_and_brings_its_advice(case: Case) -> None:
    knowledge = load_knowledge()
    facts = {**LEAK, **TOLD_FACTS, "children": None, "minors": None}
    for category in knowledge.categories:
        for state in ("possible", "confirmed"):
            confidentiality = {**facts["confidentiality"], "state": state}
            changed = {**facts, "categories": [category], "confidentiality": confidentiality}
            built = build_facts(changed, knowledge)
            occasion = Occasion(built, knowledge, case, DAY, {})
            pack = knowledge.notices["individuals"]
            for lang in ("en", "zh"):
                voice = Voice(occasion, pack, "cn-pipl", (), lang)
                shorts = [voice.say(s[lang]) for s in pack.ways["push"].short]
                assert min(map(len, shorts[:-1])) <= 100, (category, state, lang, shorts)
                (advice,) = find_advice(knowledge.advice, [category])
                assert voice.find("steps") == [step[lang] for step in advice.steps]
                assert voice.blanks == []


def test_without_a_case_name_and_contact_are_blanks_and_missing() -> None:
    notices = draft({**LEAK, **TOLD_FACTS})
    text = sort_letters(notices)["individuals-cn-pipl", "letter", "en"]

    assert "[to be completed: name of the organisation]" in text
    assert "telephone [to be completed: telephone number]" in text
    completeness = find(notices, "cn-pipl-ind")["completeness"]
    assert completeness["contact"] == {
        "given": False,
        "missing": ["contact-name", "phone", "email"],
        "clause": "PIPL Art. 57",
        "clause_zh": "《个人信息保护法》第57条",
    }
    assert completeness["measures"]["given"] is True


def test_what_the_facts_do_not_say_is_marked_and_never_invented(case: Case) -> None:
    known = {"regimes": ["cn-pipl", "eu-gdpr"], "confidentiality": {"state": "confirmed"}}
    notices = draft(known, case)
    letters = sort_letters(notices)

    letter = letters["individuals-cn-pipl", "letter", "zh"]
    for blank in ("涉及的个人信息种类", "已采取的措施", "原因", "发现时间", "提供的帮助和补救措施"):
        assert f"[待补充：{blank}]" in letter
    assert find(notices, "cn-pipl-ind")["completeness"]["measures"]["missing"] == ["done", "steps"]
    report = letters["authority-gdpr", "form", "en"]
    assert "Approximate number of records: [to be completed: number of records]" in report


def test_every_element_of_every_duty_has_a_place_in_its_notice() -> None:
    knowledge = load_knowledge()
    facts = build_facts({}, knowledge)
    notices = draft_notices(decide_incident(facts, knowledge), as_of=DAY)
    titles = {
        element.title.en
        for pack in knowledge.duties.values()
        for notice in pack.notices.values()
        for element in notice.elements.values()
    }

    added = {
        (d.letter, line)
        for d in notices.drafts
        if d.lang == "en"
        for title, lines in d.lines
        for line in lines
        if not title and line in {f"[to be completed: {text}]" for text in titles}
    }

    assert added == set()


def test_the_exception_of_pipl_57_is_told_to_the_authority(case: Case) -> None:
    avoided = {**LEAK, **TOLD_FACTS, "harm_avoided": "yes", "exfiltrated": "no"}
    notices = draft(avoided, case)
    letters = sort_letters(notices)

    assert "cn-pipl-ind" not in [entry["duty"] for entry in notices.entries]
    assert "effectively avoided the harm" in letters["authority-cn-pipl", "form", "en"]
    assert "第五十七条第二款不逐一通知个人" in letters["authority-cn-pipl", "form", "zh"]


def test_personal_data_in_the_facts_is_masked_and_the_own_contact_is_not(case: Case) -> None:
    told = "Li wrote from li.lei@mail.example and 13812345678; ask privacy@xinfan.example."
    texts = {"summary_en": [told], "cause_en": ["Card 6222 0212 3456 7890 123 was typed in."]}
    letters = sort_letters(draft({**LEAK, **TOLD_FACTS, **texts}, case))

    letter = letters["individuals-cn-pipl", "letter", "en"]
    assert "Li wrote from *** and ***; ask privacy@xinfan.example." in letter
    assert "Card *** was typed in." in letter
    assert not any("6222" in text or "13812345678" in text for text in letters.values())


def test_names_of_systems_stay_in_the_house_but_go_to_the_authority(case: Case) -> None:
    texts = {"summary_en": ["Somebody read the Contest enrolment system."]}
    letters = sort_letters(draft({**LEAK, **TOLD_FACTS, **texts}, case))

    assert "Somebody read the ***." in letters["individuals-cn-pipl", "letter", "en"]
    assert "Somebody read the ***." in letters["public", "announcement", "en"]
    assert "Contest enrolment system" in letters["authority-cn-pipl", "form", "en"]


def test_a_text_of_the_facts_is_data(case: Case) -> None:
    trick = "Heading\n\nWhat we have done\n- nothing {phone} {organisation} \u202egnp."
    letters = sort_letters(draft({**LEAK, **TOLD_FACTS, "summary_en": [trick]}, case))

    letter = letters["individuals-cn-pipl", "letter", "en"]
    line = "Heading What we have done - nothing {phone} {organisation} gnp."
    assert line in letter.splitlines()


def test_a_text_in_the_other_language_only_is_marked_for_translation(case: Case) -> None:
    facts = {**LEAK, **TOLD_FACTS, "mitigations": ["已关闭漏洞。"]}
    del facts["mitigations_en"], facts["mitigations_zh"]
    letters = sort_letters(draft(facts, case))

    assert "[to be translated: 已关闭漏洞。]" in letters["individuals-cn-pipl", "letter", "en"]
    assert "\n已关闭漏洞。\n" in letters["individuals-cn-pipl", "letter", "zh"]


def test_guardians_and_children_are_told_in_their_own_words(case: Case) -> None:
    letters = sort_letters(draft({**LEAK, **TOLD_FACTS, "minors": 20, "children": 5}, case))

    child = letters["children", "letter", "en"]
    assert "You did nothing wrong." in child
    assert max(len(sentence.split()) for sentence in re.split(r"[.?!]\s", child)) <= 25
    assert "kids-privacy@xinfan.example" in letters["guardians-cn-pipl", "letter", "zh"]
    assert "您孩子的个人信息" in letters["guardians-cn-pipl", "letter", "zh"]
    assert "Please tell them so." in letters["guardians-cn-pipl", "letter", "en"]
    assert "child" not in letters["individuals-cn-pipl", "letter", "en"]


def test_the_officer_of_the_regime_is_the_contact(case: Case) -> None:
    letters = sort_letters(draft({**LEAK, **TOLD_FACTS, "special": {"health": "yes"}}, case))

    assert "dpo-eu@xinfan.example" in letters["individuals-eu-gdpr", "letter", "en"]
    assert "privacy@xinfan.example" in letters["individuals-cn-pipl", "letter", "en"]


def test_a_push_message_names_sender_day_event_measure_step_and_number(case: Case) -> None:
    letters = sort_letters(draft({**LEAK, **TOLD_FACTS}, case))
    taken = sort_letters(draft({**LEAK, **TOLD_FACTS, "item_en": ["member list"]}, case))
    en = "[Xinfan] 2 Mar: your {} stolen; leak closed. Scam risk: share no codes. Ask 400-000-0000"

    assert en.format("phone number") == letters["individuals-cn-pipl", "push", "en"]
    assert en.format("member list") == taken["individuals-cn-pipl", "push", "en"]
    zh = "【芯帆】3月2日：您的电话被窃取，{}。谨防诈骗电话，勿透露验证码。咨询400-000-0000"
    assert zh.format("泄露渠道已关闭") == letters["individuals-cn-pipl", "push", "zh"]


def test_passwords_stolen_elsewhere_are_not_told_as_leaked_here(case: Case) -> None:
    path = next(path for path in INCIDENTS if path.stem == "account-takeover")
    knowledge = load_knowledge()
    decision = decide_incident(read_facts(path, knowledge), knowledge)
    push = sort_letters(draft_notices(decision, case, as_of=DAY))[
        "individuals-cn-pipl", "push", "zh"
    ]

    assert "您的账号被他人登录，可能被冒名下单，现已保护。" in push
    assert "密码已" not in push


@pytest.mark.parametrize("path", INCIDENTS, ids=lambda path: path.stem)
def test_a_push_message_says_whose_it_is_and_what_was_done(path: Path, case: Case) -> None:
    knowledge = load_knowledge()
    decision = decide_incident(read_facts(path, knowledge), knowledge)
    letters = sort_letters(draft_notices(decision, case, as_of=DAY))
    done = ("secured", "taken down", "leak closed", "we are searching", "restored")
    risk = ("Strangers", "strangers", "Scam risk", "Beware of scams", "Fraud risk")

    for (_, way, lang), text in letters.items():
        if (way, lang) == ("push", "en"):
            assert re.search(r"\b[Yy]our\b", text), text
            assert any(f"; {act}." in text for act in done), text
            assert any(word in text for word in risk), text


def test_what_is_told_is_only_what_the_facts_are(case: Case) -> None:
    knowledge = load_knowledge()
    letters = {}
    for path in INCIDENTS:
        decision = decide_incident(read_facts(path, knowledge), knowledge)
        letters[path.stem] = sort_letters(draft_notices(decision, case, as_of=DAY))
    takeover, lost, ransom, contest = (
        letters[name]
        for name in (
            "account-takeover", "lost-personnel-list", "ransomware-outage", "contest-entries"
        )
    )  # fmt: skip
    script = ("individuals-cn-pipl", "telephone", "en")

    assert "because strangers signed in with it" in takeover[script]
    assert "did not call you" not in takeover[script]
    assert not any("财产情况" in text or "收入和财产" in text for text in lost.values())
    assert "We are still working on it." not in lost[script]
    assert "The attack was under control on 2 November 2026" in ransom[script]
    assert "If this is about yourself: answer no strangers" in contest[script]
    assert not any("about yourself: answer" in text for text in takeover.values())


def test_a_telephone_script_is_speech(case: Case) -> None:
    letters = sort_letters(draft({**LEAK, **TOLD_FACTS}, case))
    en, zh = (letters["individuals-cn-pipl", "telephone", lang] for lang in ("en", "zh"))

    assert "The number is 4 0 0, 0 0 0, 0 0 0 0." in en
    assert "You can also write to privacy at xinfan dot example." in en
    assert "The information concerned is: telephone number." in en
    assert "电话是 4 0 0，0 0 0，0 0 0 0" in zh
    assert not any(word in en + zh for word in (" below", "下方", "this notice", "本通知"))


def test_where_all_are_minors_the_notice_says_whose_information_it_is(case: Case) -> None:
    minors = {"relation": "users", "minors": 12000, "children": 0}
    letter = sort_letters(draft({**LEAK, **TOLD_FACTS, **minors}, case))[
        "individuals-cn-pipl", "letter", "en"
    ]

    assert "Everybody concerned is under 18. If you are a parent or guardian," in letter
    assert "- Strangers may contact children" in letter


def test_an_announcement_under_gdpr_names_the_contact_for_the_union(case: Case) -> None:
    facts = {**LEAK, **TOLD_FACTS}
    chinese = {**facts, "regimes": ["cn-pipl"]}
    name = "In the European Union: Office of the EU data protection officer"

    assert name in sort_letters(draft(facts, case))["public", "announcement", "en"]
    assert name not in sort_letters(draft(chinese, case))["public", "announcement", "en"]


def test_every_category_has_a_plain_word_that_needs_no_code_book() -> None:
    knowledge = load_knowledge()

    assert [id for id in knowledge.categories if f"kind.{id}" not in knowledge.labels] == []


def test_an_outage_alone_speaks_of_service_and_not_of_misuse(case: Case) -> None:
    outage = {
        **LEAK,
        **TOLD_FACTS,
        "malicious": "no",
        "exfiltrated": "no",
        "confidentiality": {"state": "none"},
        "availability": {"state": "confirmed", "restored_after": "never"},
        "backup": "no",
    }
    letter = sort_letters(draft(outage, case))["individuals-cn-pipl", "letter", "en"]

    assert "What was lost cannot be brought back." in letter
    assert "pose as" not in letter
    assert "misuse" not in letter


def test_drafts_are_written_as_text_and_word_with_the_same_bytes(
    case: Case, tmp_path: Path
) -> None:
    notices = draft({**LEAK, **TOLD_FACTS}, case)
    first, second = (write_notices(notices, tmp_path / name) for name in ("one", "two"))

    assert [path.name for path in first] == [path.name for path in second]
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(first, second, strict=True))
    word = tmp_path / "one" / "individuals-cn-pipl.letter.zh.docx"
    told = [paragraph.text for paragraph in docx.Document(str(word)).paragraphs]
    assert told[0] == "关于个人信息安全事件的通知"
    assert not any(text.startswith("- ") for text in told)


def _list_fields() -> set[str]:
    knowledge = load_knowledge()
    found = set()
    for pack in knowledge.notices.values():
        texts: list[Any] = [p.text for p in pack.passages.values()]
        texts += [form.subject for form in pack.ways.values() if form.subject]
        texts += [text for form in pack.ways.values() for text in form.short]
        texts += [saying for phrase in pack.phrases.values() for saying in phrase]
        for text in texts:
            assert sorted(FIELD.findall(text.en)) == sorted(FIELD.findall(text.zh)) or (
                text in pack.ways.get("push", pack).short  # the languages have not the same room
                if "push" in pack.ways
                else False
            ), text
            found |= set(FIELD.findall(text.en)) | set(FIELD.findall(text.zh))
    return found


def test_every_field_of_a_text_is_a_phrase_or_has_a_word_for_its_blank() -> None:
    knowledge = load_knowledge()
    phrases = set(itertools.chain(*(pack.phrases for pack in knowledge.notices.values())))

    without = [
        name
        for name in sorted(_list_fields() - phrases - {"day"})
        if f"notice.blank.{name.rstrip('-0123456789')}" not in knowledge.labels
    ]

    assert without == []


def test_every_condition_of_a_phrase_names_a_fact_and_its_words() -> None:
    knowledge = load_knowledge()
    duties = {id for pack in knowledge.duties.values() for id in pack.duties}
    regimes = {pack.regime for pack in knowledge.duties.values()} | {"uk-gdpr"}
    roles = {role for p in knowledge.notices.values() for rs in p.contacts.values() for role in rs}
    special: dict[str, Callable[[str], bool]] = {
        "regime": lambda word: word in regimes,
        "individuals": lambda word: word in ("required", "not-required", "judge"),
        "same-day": lambda word: word in ("yes", "no"),
        "regimes": lambda word: word in regimes,
        "categories": lambda word: word in knowledge.categories,
        "failed_safeguards": lambda word: word in {*knowledge.controls, "stated", "blank", "none"},
        "contacts": lambda word: word in roles,
    }
    for pack in knowledge.notices.values():
        for phrase in pack.phrases.values():
            for path, words in ((p, w) for saying in phrase for p, w in saying.when.items()):
                if path.startswith("decided."):
                    assert path.removeprefix("decided.") in duties
                elif path in special:
                    assert all(map(special[path], words)), path
                else:
                    known = {"stated", "blank"} if path in TOLD else {*FIELDS[path].words}
                    counted = {"all"} if path in COUNTS else set()
                    assert set(words) <= known | counted | {"stated", "blank", "some", "none"}, path


def test_every_passage_of_a_way_exists() -> None:
    knowledge = load_knowledge()
    shared = set(itertools.chain(*(pack.passages for pack in knowledge.notices.values())))

    for pack in knowledge.notices.values():
        for form in pack.ways.values():
            assert set(form.passages) <= shared
