"""Open Threat Models become rows, whether YAML or JSON, and what points nowhere is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from piaskit.errors import InvalidData
from piaskit.importers.otm import read_register, recognise
from piaskit.importers.register import Register

ZONE = "f0ba7722-39b6-4c81-8290-a30a248bb8d9"
SHOP = f"""
otmVersion: 0.2.0
project: {{name: Shop, id: shop, owner: Ops, attributes: null}}
assets:
  - name: E-mail address
    id: mail
    risk: {{confidentiality: 80, integrity: 50, availability: 10}}
  - {{name: Thing, id: thing, risk: {{confidentiality: 1, integrity: 1, availability: 1}}}}
trustZones:
  - {{id: {ZONE}, name: Cloud, type: cloud, risk: {{trustRating: 40}}}}
components:
  - {{id: shopper, name: Customer, type: generic-actor, parent: {{trustZone: {ZONE}}}}}
  - id: web
    name: Web
    type: web-service
    parent: {{trustZone: {ZONE}}}
    threats:
      - threat: leak
        state: exposed
        mitigations:
          - {{mitigation: tls, state: implemented}}
          - {{mitigation: gone, state: required}}
  - id: 22724267-be7e-44c0-8b1f-d7d33e9a34ec
    name: DB
    type: postgresql
    parent: {{component: web}}
    assets: {{stored: [mail]}}
  - {{id: stray, name: Stray, type: lambda, parent: {{trustZone: nowhere}}}}
dataflows:
  - {{id: in, name: Log in, source: shopper, destination: web, assets: [mail, lost]}}
  - id: save
    name: Save
    source: web
    destination: 22724267-be7e-44c0-8b1f-d7d33e9a34ec
    bidirectional: true
    threats:
      - {{threat: leak, state: mitigated, mitigations: [{{mitigation: tls, state: required}}]}}
      - {{threat: unknown, state: exposed}}
  - {{id: out, name: Out, source: web, destination: ghost}}
threats:
  - id: leak
    name: Leak
    description: It leaks.
    risk: {{likelihood: 50, impact: 100}}
    cwes: [CWE-1]
  - {{id: "7", name: Idle, risk: {{likelihood: 1, impact: 1}}}}
mitigations:
  - {{id: tls, name: Use TLS, riskReduction: 50}}
  - {{id: spare, name: Spare, riskReduction: 5}}
"""


def read(folder: Path, text: str, name: str = "shop.otm") -> Register:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    assert recognise(path)
    return read_register([path])


@pytest.fixture
def shop(tmp_path: Path) -> Register:
    return read(tmp_path, SHOP)


def test_components_assets_and_dataflows_become_rows(shop: Register) -> None:
    tables = shop.tables
    kinds = {id: row.get("kind") for id, row in tables["systems"].items()}

    assert kinds == {"web": "web", "component-22724267": "database", "stray": None}
    assert list(tables["parties"]) == ["shopper"]
    assert [row["category"] for row in tables["items"].values()] == [
        "contact.email",
        "customer.record",
    ]
    assert {id: row["stage"] for id, row in tables["flows"].items()} == {
        "component-22724267-store": "store",
        "in": "collect",
        "save": "store",
        "save-back": "use",
        "out": "transmit",
    }


def test_a_threat_at_an_element_is_a_judgement_and_its_risk_stays_text(shop: Register) -> None:
    judged = shop.tables["judgements"]

    assert list(judged) == ["leak-web", "leak-save", "unknown-save", "threat-7"]
    assert judged["leak-web"]["problem"] == "Web: Leak: It leaks."
    assert judged["leak-web"]["reason"] == (
        "state: exposed; cwes: CWE-1; likelihood: 50; impact: 100; "
        "mitigations: Use TLS (implemented), gone (required)"
    )
    assert not any("level" in row for row in judged.values())


def test_a_mitigation_is_a_safeguard_for_each_state_it_has(shop: Register) -> None:
    rows = shop.tables["safeguards"].values()

    assert [(row["title"], row.get("status"), row.get("scope")) for row in rows] == [
        ("Use TLS", "in-place", "systems/web"),
        ("Use TLS", "planned", "flows/save;flows/save-back"),
        ("Spare", None, None),
    ]


def test_what_the_model_points_at_in_vain_is_told(shop: Register) -> None:
    assert shop.contradictions == [
        "systems/web: names the mitigation gone, which the model does not hold",
        "flow in: carries lost, which the model does not hold",
        "flows/save;flows/save-back: names the threat unknown, which the model does not hold",
        "flow out: its target ghost is no element of the model",
        "stray: stands in the trustZone nowhere, which the model does not hold",
    ]
    assert {
        "trust zone Cloud: around = Customer; Web",
        "component web: around = DB",
        "trust zone Cloud: risk = trustRating: 40",
        "items/shop-mail: risk = confidentiality: 80; integrity: 50; availability: 10",
    } <= set(shop.kept_as_text)


def test_json_says_the_same_as_yaml(tmp_path: Path, shop: Register) -> None:
    assert read(tmp_path, json.dumps(yaml.safe_load(SHOP)), "shop.json") == shop


def test_lists_may_be_null_as_the_schema_allows(tmp_path: Path) -> None:
    text = "otmVersion: 0.2.0\nproject: {id: a, name: A}\nassets:\nthreats: null\nmitigations:\n"
    text += (
        "components:\n- {id: c, name: C, type: lambda, parent: {}, assets: null, threats: null}\n"
    )
    register = read(tmp_path, text + "dataflows:\n", "a.yaml")

    assert list(register.tables["systems"]) == ["c"]
    whole = yaml.safe_load(text)
    assert read(tmp_path, json.dumps(whole | {"dataflows": None}), "a.json") == register


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("otmVersion: 1\n", "x.yaml row 1, project: is not as OTM says, expected the name and id"),
        ("otmVersion: 1\nproject: {id: a}\nassets: x\n", "x.yaml row 3, assets: is not as OTM"),
        (
            "otmVersion: 1\nproject: {id: a}\ncomponents:\n- {name: a}\n",
            "x.yaml row 4, components.0.id: is not as OTM says, expected an id",
        ),
        (
            "otmVersion: 1\nproject: {id: a}\nthreats: [1]\n",
            "x.yaml row 3, threats.0: is not as OTM says, expected keys and values",
        ),
        ("otmVersion: [", "x.yaml row 2: is not YAML: did not find expected node content"),
    ],
    ids=["project", "list", "id", "record", "text"],
)
def test_a_malformed_model_is_refused_at_its_row(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(InvalidData) as caught:
        read_register([path])

    assert str(caught.value).startswith(told)
