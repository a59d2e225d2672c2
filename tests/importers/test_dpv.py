"""Graphs in the Data Privacy Vocabulary become rows: foreign ones, fragments, and our own."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

import piaskit
from piaskit.case import Case
from piaskit.errors import InvalidData
from piaskit.importers._origins import write_rows
from piaskit.importers.dpv import CARRIED, COUNTED, read_register, recognise
from piaskit.importers.register import Register, Row

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "interop" / "dpv"
SHOP = """
ex:Acme a dpv:DataController ; rdfs:label "Acme" ; dpv:hasContact "a@example.org" .
ex:Shop a dpv:Process ; dpv:hasProcess ex:Orders, ex:News .
ex:Orders a dpv:Process ;
    dct:title "Take orders"@en, "接受订单"@zh ;
    dpv:hasDataController ex:Acme ;
    dpv:hasDataSubject ex:Buyers ;
    dpv:hasPurpose dpv:ServiceProvision ;
    dpv:hasLegalBasis eu-gdpr:A6-1-b, dpv:Consent ;
    dpv:hasPersonalData pd:EmailAddress, ex:Basket ;
    dpv:hasDataSource ex:Buyers ;
    dpv:hasProcessing dpv:Collect, dpv:Store, ex:Hand, ex:Dance ;
    dpv:hasStorageCondition [ a dpv:StorageCondition ; dpv:hasLocation loc:IE ; dpv:hasDuration [
        a time:Duration ; time:numericDuration "1"^^xsd:decimal ; time:unitType time:unitYear ] ] ;
    dpv:hasRecipient ex:Courier ;
    dpv:hasTechnicalMeasure dpv:Encryption ;
    dpv:hasSector ex:Retail ;
    dpv:hasRisk [ a risk:DataBreach ; dpv:hasSeverity risk:HighSeverity ; dpv:hasLikelihood "3" ] .
ex:Buyers a dpv:DataSubject .
ex:Basket a dpv:SensitivePersonalData ; skos:broader pd:Purchase .
ex:Hand skos:broader dpv:Share .
ex:Courier a dpv:DataProcessor ; dpv:hasCountry loc:DE .
ex:News a dpv:PersonalDataHandling ;
    dpv:hasDataController ex:Acme ; dpv:hasDataProcessor ex:Mailer ;
    dpv:hasPersonalData pd:EmailAddress ; dpv:hasTechnicalMeasure dpv:Encryption .
ex:Alone a ex:Example ; dct:title "Left alone" .
"""


def read(folder: Path, text: str, name: str = "g.ttl") -> Register:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    assert recognise(path)
    return read_register([path])


@pytest.fixture
def shop(tmp_path: Path) -> Register:
    return read(tmp_path, SHOP)


def test_a_process_is_an_activity_and_one_that_only_holds_others_is_none(shop: Register) -> None:
    orders = shop.tables["activities"]["orders"]

    assert list(shop.tables["activities"]) == ["news", "orders"]
    assert orders["title"] == "Take orders"
    assert (orders["purpose"], orders["subjects"]) == ("Service provision", "Buyers")
    assert (orders["legal_basis"], orders["role"]) == ("eu-gdpr.6-1-b", "controller")
    assert "process: Shop: is made of = News; Take orders" in shop.kept_as_text
    assert shop.case["organisation"] == {"name": "Acme"}


@pytest.mark.parametrize(
    ("basis", "read_as"),
    [
        ("https://w3id.org/dpv/legal/eu/gdpr#A9-2-a-explicit-consent", "eu-gdpr.9-2-a"),
        ("https://w3id.org/dpv/dpv-gdpr#A6-1-f", "eu-gdpr.6-1-f"),
        ("https://w3id.org/dpv/legal/xx/act#A6-1-f", None),
    ],
)
def test_only_a_basis_of_the_gdpr_is_taken_as_one(
    tmp_path: Path, basis: str, read_as: str | None
) -> None:
    register = read(tmp_path, f"ex:a a dpv:Process ; dpv:hasLegalBasis <{basis}> .")

    assert register.tables["activities"]["a"].get("legal_basis") == read_as


def test_a_basis_of_no_law_is_kept_and_asked_for(shop: Register) -> None:
    assert "process Take orders: legal basis = Consent" in shop.kept_as_text
    assert "process Take orders: of which law the basis Consent is" in shop.missing


def test_data_become_items_with_the_period_of_their_process(shop: Register) -> None:
    rows = list_rows(shop, "items", "orders")
    items = [(row["title"], row["category"], row["retention"]) for row in rows]

    assert items == [
        ("Email address", "contact.email", "P1Y"),
        ("Basket", "finance.order", "P1Y"),
    ]
    assert "items/orders-basket: is = SensitivePersonalData" in shop.kept_as_text
    assert "storage condition: hasLocation = IE" in shop.kept_as_text


def test_each_term_of_processing_is_a_flow_at_its_stage(shop: Register) -> None:
    flows = [
        (f["stage"], f.get("source"), f.get("target")) for f in list_rows(shop, "flows", "orders")
    ]

    assert flows == [
        ("collect", "buyers", None),
        ("store", None, None),
        ("provide", None, "courier"),
    ]
    assert shop.tables["parties"]["courier"]["country"] == "DE"
    assert "activities/orders: stage of Dance" in shop.missing


def test_measures_and_risks_are_kept_where_they_belong(shop: Register) -> None:
    (measure,) = shop.tables["safeguards"].values()
    (risk,) = shop.tables["judgements"].values()

    assert measure["scope"] == "activities/news;activities/orders"
    assert (measure["kind"], "status" in measure) == ("technical", False)
    assert risk["reason"] == "hasSeverity: High severity; hasLikelihood: 3"
    assert "level" not in risk


def test_nothing_that_stands_in_the_graph_is_dropped(shop: Register) -> None:
    kept = set(shop.kept_as_text)

    assert {
        "activities/orders: hasSector = Retail",
        "case.yaml: hasContact = a@example.org",
        "graph: node of no process = Left alone (Example)",
    } <= kept
    told = "graph: the prefixes ex, risk, skos, time, which it uses and does not declare"
    assert told in shop.missing


def list_rows(register: Register, table: str, activity: str) -> list[Row]:
    return [row for row in register.tables[table].values() if row["activity"] == activity]


@pytest.mark.parametrize("suffix", ["ttl", "jsonld"])
def test_our_own_graph_gives_the_rows_it_was_made_of(
    suffix: str, market: Case, tmp_path: Path
) -> None:
    case = market
    path = tmp_path / f"case.{suffix}"
    lost = piaskit.export_register(case, path, format="dpv").lost
    register = read_register([path])

    assert any("transfer" in line.lower() for line in lost)
    assert not register.kept_as_text and not register.contradictions and not register.missing
    rows = write_rows(case.frames)
    routes = ("scc", "bcr", "adequacy")
    for table in COUNTED:
        held = set(CARRIED[table])
        for id, row in rows[table].items():
            told = {c: t for c, t in row.items() if c in held or c[:-3] in held & {*row}}
            if told.get("transfer_mechanism") not in routes:
                told.pop("transfer_mechanism", None)
            assert split(told) == split(register.tables[table][id]), (table, id)


def split(row: Row) -> dict[str, list[str]]:
    """Return a row with its lists in one order: a graph has none."""
    return {column: sorted(text.split(";")) for column, text in row.items()}


def test_a_graph_is_read_without_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    inline = {"@context": {"dpv": "https://w3id.org/dpv#"}, "@id": "urn:a", "@type": "dpv:Process"}
    assert list(read(tmp_path, json.dumps(inline), "a.json").tables["activities"]) == ["a"]
    for context in (
        "https://w3id.org/dpv/context.jsonld",
        ["https://w3id.org/dpv"],
        {"@import": "https://w3id.org/dpv"},
        {"x": {"@id": "https://w3id.org/dpv#x", "@context": "file:///etc/passwd"}},
    ):
        path = tmp_path / "b.json"
        path.write_text(json.dumps(inline | {"@context": context}), encoding="utf-8")
        with pytest.raises(InvalidData, match=r"b\.json, @context: takes its context from"):
            read_register([path])


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("x.ttl", "ex:a a dpv:Process ;\n  dpv:hasPurpose [ ", "x.ttl row 2: is no Turtle: "),
        ("x.ttl", "ex:a a dpv:Process ;\n" + "[" * 300, "x.ttl: nests deeper than 200 levels"),
        ("x.json", '{"@id": "https://w3id.org/dpv#', "x.json row 1, column 9: is no JSON"),
        ("x.json", '{"@id": 7, "x": "https://w3id.org/dpv#"}', "x.json: is no JSON-LD: it holds"),
        ("x.ttl", "ex:a a dpv:Process . # " + "x" * 8_000_000, "x.ttl: is larger than 8,000,000"),
    ],
    ids=["turtle", "deep", "json", "json-ld", "large"],
)
def test_what_is_no_graph_is_refused_at_its_place(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")

    with pytest.raises(InvalidData) as caught:
        read_register([path])

    assert str(caught.value).startswith(told)


@pytest.mark.parametrize("name", ["dex_2.3.ttl", "dex_2.3.jsonld"])
def test_the_published_list_of_examples_holds_no_process(name: str) -> None:
    if not (SAMPLES / name).is_file():
        pytest.skip("the published examples are not here")
    register = read_register([SAMPLES / name])

    assert not register.tables
    assert "graph: a process, so no activity" in register.missing
    assert sum(line.endswith("(Example)") for line in register.kept_as_text) == 88
