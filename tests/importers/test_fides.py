"""Fides manifests become rows, and what they do not say is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from piaskit.errors import InvalidData
from piaskit.importers.fides import read_register, recognise, write_register
from piaskit.importers.register import Register

SHOP = """
dataset:
  - fides_key: orders_db
    data_categories: [user.contact.email]
    collections:
      - name: orders
        fields:
          - name: mail
          - name: card
            data_categories: [user.financial.credit_card]
          - name: ship
            fields:
              - name: street
                data_categories: [user.contact.address.street]
          - name: id
            data_categories: [system.operations]
system:
  - fides_key: shop
    name: Shop
    system_type: Web application
    egress:
      - {fides_key: mailer, type: system, data_categories: [user.contact.email]}
      - {fides_key: ghost, type: system}
    ingress:
      - {fides_key: user, type: user, data_categories: [user.contact]}
    privacy_declarations:
      - name: Take orders
        data_categories: [user.contact, user.financial, system.operations]
        data_use: essential.service
        data_subjects: [customer]
        dataset_references: [orders_db, lost_db]
        legal_basis_for_processing: Contract
        retention_period: 3 years
        data_shared_with_third_parties: true
        third_parties: Couriers
        shared_categories: [user.contact]
  - fides_key: mailer
    name: Mailer
    ingress:
      - {fides_key: shop, type: system, data_categories: [user.contact.phone_number]}
    privacy_declarations:
      - name: Send mail
        data_categories: [user.contact.email]
        data_use: improve.system
        data_subjects: [customer]
        data_qualifier: aggregated
"""


def read_text(folder: Path, text: str) -> Register:
    path = folder / "manifest.yml"
    path.write_text(text, encoding="utf-8")
    assert recognise(path)
    return read_register([path])


@pytest.fixture
def shop(tmp_path: Path) -> Register:
    return read_text(tmp_path, SHOP)


def test_each_declaration_becomes_an_activity_with_its_basis_as_stated(shop: Register) -> None:
    activities = shop.tables["activities"]

    assert list(activities) == ["shop-take-orders", "mailer-send-mail"]
    assert activities["shop-take-orders"]["legal_basis"] == "eu-gdpr.6-1-b"
    assert "legal_basis" not in activities["mailer-send-mail"]


def test_items_come_from_the_dataset_fields_below_the_declared_categories(shop: Register) -> None:
    items = [
        (i["title"], i["category"], i["retention"])
        for i in shop.tables["items"].values()
        if i["activity"] == "shop-take-orders"
    ]

    assert items == [
        ("user.contact.address.street", "contact.address", "3 years"),
        ("user.contact.email", "contact.email", "3 years"),
        ("user.financial.credit_card", "finance.payment-card", "3 years"),
    ]


def test_an_edge_declared_on_both_ends_is_one_flow_and_their_difference_is_told(
    shop: Register,
) -> None:
    edges = [
        f
        for f in shop.tables["flows"].values()
        if (f["source"], f.get("target")) == ("shop", "mailer")
    ]

    assert len(edges) == 1
    assert edges[0]["stage"] == "transmit"
    assert (
        "edge shop to mailer: the two ends name different data categories; both are kept"
        in shop.contradictions
    )


def test_what_the_user_sends_is_collected_from_a_subject(shop: Register) -> None:
    flow = next(f for f in shop.tables["flows"].values() if f["stage"] == "collect")

    assert (flow["source"], flow["target"]) == ("users", "shop")
    assert shop.tables["parties"]["users"]["role"] == "subject"


def test_a_third_party_receives_only_the_shared_categories(shop: Register) -> None:
    flow = next(f for f in shop.tables["flows"].values() if f["stage"] == "provide")

    assert flow["target"] == "couriers"
    assert flow["items"].split(";") == [
        "shop-take-orders-contact-address-street",
        "shop-take-orders-contact-email",
    ]


def test_what_points_nowhere_is_a_contradiction_and_what_has_no_cell_is_kept(
    shop: Register,
) -> None:
    assert "edge shop to ghost: ghost is not declared in any of the files" in shop.contradictions
    assert (
        "system shop, declaration Take orders: dataset lost_db is referred to and not given"
        in shop.contradictions
    )
    assert (
        "system mailer, declaration Send mail: data use improve.system is of an older taxonomy; "
        "kept as it stands" in shop.contradictions
    )
    assert "system mailer, declaration Send mail: data_qualifier = aggregated" in shop.kept_as_text
    assert "activities/mailer-send-mail: persons, necessity, notice" in shop.missing


def test_an_old_manifest_is_told_and_not_refused(tmp_path: Path) -> None:
    register = read_text(
        tmp_path,
        "registry:\n  - {fides_key: main}\n"
        "system:\n  - fides_key: a\n    system_dependencies: [b]\n",
    )

    assert list(register.tables["systems"]) == ["a"]
    assert register.kept_as_text == [
        "system a: system_dependencies = b",
        "registry main: old Fides list = fides_key: main",
    ]
    assert register.missing == ["system a: no privacy declaration, so no activity"]


def test_every_unreadable_file_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("system: [", encoding="utf-8")
    (tmp_path / "b.yml").write_text("colour: red\n", encoding="utf-8")

    with pytest.raises(InvalidData) as caught:
        read_register([tmp_path / "a.yml", tmp_path / "b.yml"])

    first, second = caught.value.issues
    assert (first.slug, first.place.file) == ("import-unreadable", "a.yml")
    assert str(second) == (
        "b.yml: not a Fides manifest: expected one of the lists data_category, data_qualifier, "
        "data_subject, data_use, dataset, evaluation, organization, policy, registry, system"
    )


def test_the_sample_project_gives_six_systems_and_no_edge_twice(fides_sample: list[Path]) -> None:
    register = read_register(fides_sample)
    flows = register.tables["flows"].values()
    edges = [(f["source"], f["target"]) for f in flows if f["source"] != f["target"]]

    assert len(register.tables["systems"]) == 6
    assert len(register.tables["activities"]) == 6
    assert len(edges) == len(set(edges)) == 5
    assert not any(
        "persons" in a or "legal_basis" in a for a in register.tables["activities"].values()
    )


def test_keys_of_the_first_fideslang_still_name_kinds(tmp_path: Path) -> None:
    register = read_text(
        tmp_path,
        "system:\n- fides_key: a\n  privacy_declarations:\n"
        "  - {name: N, data_use: provide.system, data_subjects: [customer], data_categories: "
        "[user.provided.identifiable.contact.email, account.contact.phone_number]}\n",
    )

    kinds = [i["category"] for i in register.tables["items"].values()]
    assert kinds == ["contact.email", "contact.phone"]
    assert any("data use provide.system is of an older taxonomy" in c
               for c in register.contradictions)  # fmt: skip


def test_rights_are_those_that_every_kind_of_subject_has(tmp_path: Path) -> None:
    register = read_text(
        tmp_path,
        "data_subject:\n"
        "- {fides_key: pupil, name: Pupils,\n"
        "   rights: {strategy: INCLUDE, values: [Access, Erasure]}}\n"
        "- {fides_key: parent, rights: {strategy: EXCLUDE, values: [Erasure, Portability]}}\n"
        "system:\n- fides_key: a\n  privacy_declarations:\n"
        "  - {data_use: collect, data_subjects: [pupil, parent], data_categories: [user.name]}\n"
        "  - {data_use: sales, data_subjects: [pupil], data_categories: [user.name]}\n",
    )
    first, second = register.tables["activities"].values()

    assert (first["subjects"], first["rights"]) == ("Pupils; parent", "access")
    assert second["rights"] == "access;delete"
    assert register.contradictions == []


def test_a_dataset_that_no_declaration_names_is_an_activity_without_purpose(
    tmp_path: Path,
) -> None:
    register = read_text(
        tmp_path,
        "dataset:\n- fides_key: hr\n  name: Staff\n"
        "  collections:\n  - name: people\n    fields:\n"
        "    - {name: mail, data_categories: [user.contact.email]}\n"
        "    - {name: who, fields: [{name: n, data_categories: [user.name.first]}]}\n"
        "- {fides_key: logs, collections: [{name: x, fields: [{name: y}]}]}\n",
    )

    assert register.tables["activities"] == {"hr": {"id": "hr", "title": "Staff"}}
    assert [f["stage"] for f in register.tables["flows"].values()] == ["store"]
    assert "activities/hr: purpose: no declaration names this dataset" in register.missing
    assert "items/hr-name-first: fields = hr.people.who.n" in register.kept_as_text


def test_an_edge_of_two_declarations_is_a_flow_of_each(tmp_path: Path) -> None:
    declared = "data_categories: [user.name], data_subjects: [customer], egress: [b]"
    register = read_text(
        tmp_path,
        "system:\n- fides_key: a\n  egress: [{fides_key: b, type: system}]\n"
        "  privacy_declarations:\n"
        f"  - {{name: One, data_use: sales, {declared}}}\n"
        f"  - {{name: Two, data_use: finance, {declared}}}\n"
        "- {fides_key: b}\n",
    )
    flows = register.tables["flows"].values()

    assert [f["activity"] for f in flows if f["source"] != f["target"]] == ["a-one", "a-two"]


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        ("system: all\n", "manifest.yml row 1, system", "expected a list of records"),
        ("policy:\nsystem:\n- a\n", "manifest.yml row 3, system.0", "with a fides_key"),
        ("dataset:\n- {name: x}\n", "manifest.yml row 2, dataset.0", "with a fides_key"),
    ],
)
def test_a_list_that_is_none_is_refused_with_its_place(
    tmp_path: Path, text: str, place: str, expected: str
) -> None:
    with pytest.raises(InvalidData) as caught:
        read_text(tmp_path, text)
    assert str(caught.value).startswith(place) and expected in str(caught.value)


def test_an_exported_case_comes_back_and_says_what_stayed(make_case: Any, tmp_path: Path) -> None:
    case = make_case(
        activities=[{"id": "a1", "title": "Orders", "purpose": "Sell: things", "subjects": "Buyers",
                     "legal_basis": "cn-pipl.contract;eu-gdpr.6-1-b"},
                    {"id": "订单", "title": "B"}],
        items=[{"id": "i1", "activity": "a1", "title": "Nick", "category": "account.nickname",
                "retention": "P3Y"}],
        parties=[{"id": "p1", "title": "Post", "role": "processor", "country": "DE"},
                 {"id": "p2", "title": "Buyers", "role": "subject"}],
        systems=[{"id": "s1", "title": "Shop", "kind": "mini-program", "owner": "r-1"},
                 {"id": "s2", "title": "Store", "country": "CN"}],
        flows=[{"id": "f1", "activity": "a1", "stage": "collect", "source": "p2", "target": "s1"},
               {"id": "f2", "activity": "a1", "stage": "process", "source": "s1", "target": "p1",
                "items": "i1"},
               {"id": "f3", "activity": "订单", "stage": "store", "source": "s1", "target": "s2"},
               {"id": "f4", "activity": "a1", "stage": "use", "source": "s1", "target": "s1"}],
    )  # fmt: skip
    path = tmp_path / "fides.yml"
    lost = write_register(case, path, "en")
    assert recognise(path)
    back = read_register([path])
    found = back.tables

    assert found["activities"] == {
        "a1": {"id": "a1", "title": "Orders", "purpose": "Sell: things", "subjects": "Buyers",
               "legal_basis": "cn-pipl.contract;eu-gdpr.6-1-b"},
        "订单": {"id": "订单", "title": "B"},
    }  # fmt: skip
    assert found["items"]["i1"] == {
        "id": "i1", "activity": "a1", "title": "Nick", "category": "account.nickname",
        "retention": "P3Y",
    }  # fmt: skip
    assert found["systems"]["s1"]["kind"] == "mini-program"
    assert found["parties"]["p1"]["country"] == "DE"
    flows = found["flows"].values()
    edges = {(f["activity"], f["stage"], f["source"], f["target"]) for f in flows}
    assert edges == {
        ("a1", "collect", "p2", "s1"), ("a1", "process", "s1", "p1"),
        ("订单", "transmit", "s1", "s2"),
    }  # fmt: skip
    assert back.contradictions == []
    assert "Flows without two different ends: 1" in [line.en for line in lost]
