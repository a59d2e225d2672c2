"""Exports of CNIL's PIA tool: what they say comes in, what they leave open is named."""

from __future__ import annotations

import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from piaskit.case import check_case
from piaskit.errors import InvalidData
from piaskit.importers import import_register
from piaskit.importers.cnil_pia import read_register, recognise, write_register
from piaskit.importers.register import Register


def answer(number: Any, text: str | None = None, gauge: Any = None, *listed: str) -> Any:
    return {"reference_to": number, "data": {"text": text, "gauge": gauge, "list": list(listed)}}


def make_pia(**more: Any) -> dict[str, Any]:
    """A PIA of the newer shape, with texts where older files have numbers."""
    return {
        "pia": {"id": 7, "name": "(IMPORT) Newsletter", "status": "2", "author_name": "A. Author",
                "evaluator_name": "E. Judge", "validator_name": "V. Head", "dpo_status": 0,
                "dpos_names": "D. Officer", "progress": 80, "lock_version": 3, "user_pias": []},
        "answers": [
            answer(112, "<p>Controller: Harbour Books<br>Processor: Post House; Mail &amp; Co</p>"),
            answer(121, "<li>Email address, shoe size</li><li>Storage duration : long</li>"),
            answer("122", "<ol><li>Collection of addresses: by a form</li><li>And more</li></ol>"),
            answer(123, "<p>mail server, back office</p><p>The servers are old.</p>"),
            answer(211, "<div>Send the news</div>"),
            answer(212, "Based on consent"),
            answer(215, "Email address: 2 years"),
            answer(226, "Post House is in Canada. It prints."),
            answer(321, None, None, "Spam"),
            answer(324, None, None, "Encryption", "Lockers"),
            answer(325, "bad", 3),
            answer(326, None, 9),
            answer(335, "no level given", 0),
            answer(411, "a question of one's own"),
        ],
        "measures": [
            {"id": 1, "title": "Encryption", "content": "<p>AES</p>",
             "placeholder": "knowledge_base.slugs.PIA_TEC_CHIF.placeholder"},
            {"id": 2, "title": "Locker", "content": "", "placeholder": None},
        ],
        "evaluations": [
            {"reference_to": "3.2", "status": 1, "gauges": {"x": 4, "y": 1}, "global_status": 2,
             "action_plan_comment": "Mend it", "evaluation_comment": "weak",
             "person_in_charge": "Ada", "estimated_implementation_date": "2026-09-01T00:00:00Z",
             "evaluation_date": "2026-05-04T08:00:00.000Z"},
            {"reference_to": "3.1.99", "status": 2, "action_plan_comment": "?"},
            {"reference_to": "2.1.211", "status": 3, "evaluation_comment": "fine"},
        ],
        "comments": [{"reference_to": 211, "description": "why?", "for_measure": False}],
        **more,
    }  # fmt: skip


def read(folder: Path, *pias: Any, name: str = "pia.json") -> Register:
    paths = []
    for number, pia in enumerate(pias):
        path = folder / f"{number}-{name}"
        path.write_text(json.dumps(pia), encoding="utf-8")
        paths.append(path)
    return read_register(paths)


@pytest.fixture
def register(tmp_path: Path) -> Register:
    return read(tmp_path, make_pia())


def test_a_pia_becomes_an_activity_under_its_own_name(register: Register) -> None:
    expected = {"id": "newsletter", "title": "Newsletter", "purpose": "Send the news"}

    assert register.tables["activities"] == {"newsletter": expected}
    assert register.case["organisation"] == {"name": "Harbour Books"}
    assert "activities/newsletter: legal basis as a term (its text speaks of consent)" in (
        register.missing
    )


def test_only_known_words_become_items_and_systems(register: Register) -> None:
    items = register.tables["items"]

    assert {i["title"]: i["category"] for i in items.values()} == {"Email address": "contact.email"}
    assert items["newsletter-email-address"]["retention"] == "2 years"
    assert {"mail server", "back office"} == {
        s["title"] for s in register.tables["systems"].values()
    }


def test_parties_get_the_country_of_the_sentence_that_names_them_alone(register: Register) -> None:
    parties = {p["title"]: p.get("country", "") for p in register.tables["parties"].values()}

    assert parties == {"Post House": "CA", "Mail & Co": ""}
    assert any("country (read as CA" in line for line in register.missing)


def test_a_risk_becomes_a_judgement_with_its_gauges_as_text(register: Register) -> None:
    row, other = register.tables["judgements"].values()

    assert other["reason"] == "severity not set: no level given"
    assert (
        "severity 3 of 4 (significant): bad\nafter the action plan: severity 4 of 4, "
        in (row["reason"])
    )
    assert "level" not in row and "dimension" not in row
    assert (row["judged_by"], row["judged_on"]) == ("E. Judge", "2026-05-04")
    assert "PIA Newsletter, Illegitimate access to data: likelihood" in register.missing


def test_what_does_not_fit_together_is_told(register: Register) -> None:
    told = "\n".join(register.contradictions)

    assert "names the measure Lockers, which no measure is called, perhaps locker" in told
    assert "evaluation 3.1.99: refers to nothing that the file holds" in told
    assert "likelihood 9 is no step of the gauge (0 to 4)" in told
    assert "severity after the action plan is 4, above 3 before it" in told
    assert "evaluation 3.2: is to be fixed, and the PIA is validated" in told
    assert "validated, and the DPO's status is against it" in told
    assert len(register.contradictions) == 6


def test_evaluations_that_ask_for_a_change_become_actions(register: Register) -> None:
    actions = register.tables["actions"]

    assert actions["newsletter-action-3-2"] == {
        "id": "newsletter-action-3-2",
        "risk": "judgement@judgements/newsletter-access",
        "title": "Mend it",
        "owner": "Ada",
        "due_on": "2026-09-01",
    }
    assert len(actions) == 2


def test_nothing_is_dropped_in_silence(register: Register) -> None:
    told = "\n".join(register.kept_as_text)

    for text in ("AES", "shoe size", "(IMPORT)", "a question of one's own", "why?", "fine",
                 "Based on consent", "weak", "80"):  # fmt: skip
        assert text in told, text


def test_a_zip_is_read_beside_its_attachments_and_recognised_by_content(tmp_path: Path) -> None:
    path = tmp_path / "export.bin"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Pièces jointes/plan.pdf", b"%PDF")
        archive.writestr("pia.json", json.dumps(make_pia()))

    assert recognise(path)
    assert {"newsletter"} == read_register([path]).tables["activities"].keys()


def test_several_pias_and_a_second_run_do_not_double(tmp_path: Path) -> None:
    other = make_pia(pia={"name": "Shop", "status": 0}, measures=None, evaluations=None)
    for number, pia in enumerate((make_pia(), other)):
        (tmp_path / f"{number}.json").write_text(json.dumps(pia), encoding="utf-8")
    files = [tmp_path / "0.json", tmp_path / "1.json"]

    first = import_register(files, tmp_path / "case")
    again = import_register(files, tmp_path / "case")
    check = check_case(tmp_path / "case", as_of=date(2026, 3, 1))

    assert first.format == "cnil-pia"
    assert (first.mapped["activities"], first.mapped["parties"]) == (2, 2)
    assert first.mapped == again.mapped
    assert check.case is not None and not check.issues
    assert [len(check.case.frames[t]) for t in ("activities", "parties")] == [2, 2]


@pytest.mark.parametrize(
    ("content", "place", "expected"),
    [
        ("{", "row 1, column 2", "is no JSON"),
        ('{"a": 1}', "bad.json", "expected an object with pia, answers, measures"),
        ('{"structure": {"data": {}}}', "bad.json", "this is a template"),
        ('{"pia": {}, "answers": {"a": 1}}', "bad.json, answers", "is no list of records"),
        ('{"pia": {}, "answers": [{}, 3]}', "bad.json, answers[1]", "is no record"),
    ],
)
def test_a_malformed_file_is_refused_with_its_place(
    tmp_path: Path, content: str, place: str, expected: str
) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(InvalidData) as caught:
        read_register([path])
    assert place in str(caught.value) and expected in str(caught.value)


def test_a_bare_pia_comes_in_with_everything_missing_named(tmp_path: Path) -> None:
    found = read(tmp_path, {"pia": {"name": None}, "answers": [answer("x"), answer(112, None)]})

    assert found.tables["activities"] == {"pia": {"id": "pia", "title": "PIA"}}
    assert "judgements" not in found.tables
    assert len(found.contradictions) == 1


def test_an_exported_case_is_read_again_as_it_was(make_case: Any, tmp_path: Path) -> None:
    case = make_case(
        activities=[{"id": "a1", "title": "Orders, by post", "purpose": "Sell <b>\nship",
                     "legal_basis": "cn-pipl.contract;eu-gdpr.6-1-b"}],
        items=[{"id": "i1", "activity": "a1", "title": "Name; nick", "category": "identity.name",
                "retention": "P3Y"}],
        parties=[{"id": "p1", "title": "Post, Ltd (North)", "role": "processor", "country": "DE"},
                 {"id": "p2", "title": "Buyers", "role": "subject"}],
        systems=[{"id": "s1", "title": "Shop: web", "kind": "web"}],
        flows=[{"id": "f1", "activity": "a1", "stage": "collect", "source": "p2", "target": "s1",
                "items": "i1"},
               {"id": "f2", "activity": "a1", "stage": "transmit", "source": "s1", "target": "p1"}],
        safeguards=[{"id": "g1", "title": "Backups", "kind": "technical", "scope": "all"}],
    )  # fmt: skip
    path = tmp_path / "pia.json"

    for lang in ("en", "zh"):
        write_register(case, path, lang)
        back = read_register([path])

        activity = back.tables["activities"]["a1"]
        assert activity == {"id": "a1", "title": "Orders, by post", "purpose": "Sell <b>\nship",
                            "legal_basis": "cn-pipl.contract;eu-gdpr.6-1-b"}  # fmt: skip
        (item,) = back.tables["items"].values()
        assert (
            item["category"],
            item["retention"] in ("3 years", "3年"),
        ) == ("identity.name", True)
        parties = {
            (p["title"], p["role"], p.get("country")) for p in back.tables["parties"].values()
        }
        assert {("Post, Ltd (North)", "processor", "DE"), ("Buyers", "subject", None)} == parties
        (system,) = back.tables["systems"].values()
        assert (system["title"], system["kind"]) == ("Shop: web", "web")
        flows = [(f["stage"], f["source"], f["target"]) for f in back.tables["flows"].values()]
        assert [("collect", "buyers", system["id"]),
                ("transmit", system["id"], "post-ltd-north")] == flows  # fmt: skip
        assert [g["title"] for g in back.tables["safeguards"].values()] == ["Backups"]
        assert back.contradictions == []


def test_questions_of_a_structure_of_one_s_own_keep_their_titles(tmp_path: Path) -> None:
    questions = [{"id": 3211, "title": "Which robots?"}, {"id": 111, "title": "sections.1.x"}]
    structure = {"sections": [{"items": [{"questions": questions}, {"questions": None}]}]}
    pia = {"name": "Robots", "structure_name": "Toys", "structure_data": structure}
    evaluation = {"reference_to": "2.1.3211", "status": 1, "action_plan_comment": None}
    data = {"pia": pia, "answers": [answer(3211, "Two")], "evaluations": [evaluation]}
    found = read(tmp_path, data)

    assert "PIA Robots, question 3211 (Which robots?): answer = Two" in found.kept_as_text
    assert "PIA Robots: structure_name = Toys" in found.kept_as_text
    (action,) = found.tables["actions"].values()
    assert action["title"] == "to be fixed: Which robots?"
    assert found.contradictions == []
