"""Threagile models: both dialects, parts and includes; what was said twice or in vain is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from piaskit.errors import InvalidData
from piaskit.importers.register import Register
from piaskit.importers.threagile import read_register, recognise, write_register

MODEL = """
threagile_version: 1.0.0
title: Clinic
author: {name: A. Author}
business_criticality: important
tags_available: [linux]
data_assets:
  Email addresses: &base
    id: mails
    usage: business
    tags:
    quantity: many
    confidentiality: confidential
  Appointments:
    <<: *base
    id: visits
technical_assets:
  Patient:
    id: patient
    type: external-entity
    owner: Patient
    data_assets_processed: [mails, visits]
    data_assets_stored:
    communication_links:
      - title: Book
        target: web
        protocol: https
        authentication: two-factor
        data_assets_sent: [mails]
        data_assets_received: [visits]
  Web:
    id: web
    type: process
    technologies: [web-application, waf]
    internet: true
    encryption: none
    owner: Clinic
    data_assets_processed: [mails]
    communication_links:
      - Save: {target: store, protocol: jdbc, vpn: false, data_assets_sent: [visits, ghost]}
      - Save: {target: store, protocol: jdbc, vpn: false, data_assets_sent: [visits, ghost]}
      - Lost: {target: nowhere, protocol: https}
  Store:
    id: store
    type: datastore
    technology: database
    internet: false
    encryption: transparent
    owner: Hoster
    data_assets_processed: []
    data_assets_stored: [visits, mails]
    communication_links: []
trust_boundaries:
  Inside: {id: in, type: network-on-prem, technical_assets_inside: [web, store, gone]}
  Also inside: {id: in2, type: network-on-prem, technical_assets_inside: [store]}
shared_runtimes: {}
custom_risk_categories:
  - id: own-risk
    title: Weak habit
    description: They share one account.
    stride: spoofing
    risks_identified:
      <b>Weak habit</b> at Web: {severity: high, most_relevant_technical_asset: web}
risk_tracking:
  own-risk@web: {status: accepted, justification: for now, date: 2026-01-02}
  sql-nosql-injection@web@store@web>save: {status: in-progress, justification: soon}
  unencrypted-asset@*: {status: mitigated, justification: done}
  missing-waf@old: {status: unchecked, justification: ""}
"""


def write(folder: Path, text: str, name: str = "threagile.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def clinic(tmp_path: Path) -> Register:
    path = write(tmp_path, MODEL)
    assert recognise(path)
    return read_register([path])


def test_both_directions_of_a_link_become_flows(clinic: Register) -> None:
    flows = {
        id: (f["stage"], f.get("source"), f.get("target"), f.get("items"))
        for id, f in clinic.tables["flows"].items()
    }

    assert flows == {
        "patient-book": ("collect", "patient", "web", "clinic-mails"),
        "patient-book-back": ("use", "web", "patient", "clinic-visits"),
        "web-save": ("store", "web", "store", "clinic-visits"),
        "web-save-2": ("store", "web", "store", "clinic-visits"),
        "web-lost": ("transmit", "web", None, None),
        "store-store": ("store", "store", "store", "clinic-mails"),
    }


def test_assets_become_systems_and_parties_as_stated(clinic: Register) -> None:
    assert clinic.tables["systems"]["store"] == {
        "id": "store", "title": "Store", "kind": "database", "owner": "Hoster",
        "internet_facing": "no", "encrypted_at_rest": "yes",
    }  # fmt: skip
    assert "encrypted_at_rest" not in clinic.tables["systems"]["web"]
    assert clinic.tables["parties"]["patient"]["role"] == "subject"
    assert "title" in clinic.case


def test_transport_is_what_the_protocol_says_and_no_version_is_invented(clinic: Register) -> None:
    flows, safeguards = clinic.tables["flows"], clinic.tables["safeguards"]

    assert "transport" not in flows["patient-book"]
    assert flows["web-save"]["transport"] == "plain"
    assert safeguards["clinic-encrypted-links"]["scope"] == (
        "flows/patient-book;flows/patient-book-back;flows/web-lost"
    )
    assert {s["control"] for s in safeguards.values()} == {
        "encryption.in-transit", "encryption.at-rest", "account.mfa",
    }  # fmt: skip
    assert not any(s.get("status") for s in safeguards.values())


def test_risks_become_judgements_and_closed_ones_stay_text(clinic: Register) -> None:
    risks = clinic.tables["judgements"]

    assert len(risks) == 3
    own = next(r for id, r in risks.items() if "own-risk" in id)
    assert own["problem"] == "Web: Weak habit: Weak habit at Web. They share one account."
    assert "severity: high; stride: spoofing; tracked status: accepted" in own["reason"]
    assert not any({"level", "dimension"} & r.keys() for r in risks.values())
    assert any("unencrypted-asset@*" in line for line in clinic.kept_as_text)


def test_what_dangles_or_disagrees_is_told(clinic: Register) -> None:
    told = "\n".join(clinic.contradictions)

    for text in (
        "flow web-save: carries ghost, which the model does not hold",
        "flow web-lost: its target nowhere is no element of the model",
        "link Book of Patient: carries visits, which web says it neither processes nor stores",
        "the same edge is drawn twice",
        "trust boundary Inside: names gone, which the model does not hold",
        "trust boundary Also inside: holds store, which Inside holds too",
        "risk tracking missing-waf@old: names old, which the model does not hold",
    ):
        assert text in told, text


def test_parts_in_other_files_are_merged_and_empty_ones_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "# nothing yet\n", "parts/empty.yaml")
    write(tmp_path, "includes: [more/b.yaml]\ndata_assets: {A: {id: a}}", "parts/a.yaml")
    write(tmp_path, "data_assets: {A: {id: z}, B: {id: b}}", "parts/more/b.yaml")
    text = "threagile_version: 1.0.0\nincludes: [parts/a.yaml, parts/empty.yaml]\n"
    found = read_register([write(tmp_path, text)])

    assert list(found.tables["items"]) == ["threagile-model-a", "threagile-model-b"]
    told = "b.yaml: data_assets A stands in another file too and differs; the first one counts"
    assert found.contradictions == [told]


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        ("threagile_version: 1\nincludes: [../x.yaml]", "row 2, includes.0", "no file below"),
        ("threagile_version: 1\nincludes: [/etc/passwd]", "row 2, includes.0", "no file below"),
        ("title: x\ntechnical_assets: [a]", "row 2, technical_assets", "a mapping of titles"),
        ("technical_assets:\n  A: 3", "row 2, technical_assets.A", "keys and values"),
        ("technical_assets:\n  A:\n    communication_links: yes", "row 3", "a mapping or a list"),
        ("threagile_version: 1", "threagile.yaml", "neither technical_assets nor data_assets"),
        ("technical_assets: {A: {id: a}", "row 2", "is not YAML"),
    ],
)
def test_a_malformed_model_is_refused_with_its_place(
    tmp_path: Path, text: str, place: str, expected: str
) -> None:
    with pytest.raises(InvalidData) as caught:
        read_register([write(tmp_path / "model", text)])
    assert place in str(caught.value) and expected in str(caught.value)


def test_files_that_include_each_other_end(tmp_path: Path) -> None:
    write(tmp_path, "includes: [threagile.yaml]\ndata_assets: {A: {id: a}}", "a.yaml")
    path = write(tmp_path, "threagile_version: 1\nincludes: [a.yaml]")

    assert len(read_register([path, tmp_path / "a.yaml"]).tables["items"]) == 1


def test_an_exported_case_comes_back_by_its_tags(make_case: Any, tmp_path: Path) -> None:
    case = make_case(
        activities=[{"id": "a1", "title": "Orders"}, {"id": "订单", "title": "B"}],
        items=[{"id": "i1", "activity": "a1", "title": "Name", "category": "identity.name"},
               {"id": "姓名", "activity": "订单", "title": "Name", "category": "health.record"}],
        parties=[{"id": "p1", "title": "Shop", "role": "subject", "country": "DE"}],
        systems=[{"id": "s1", "title": "Shop", "kind": "web", "internet_facing": "yes"},
                 {"id": "s2", "title": "Store", "kind": "database", "encrypted_at_rest": "no"}],
        flows=[{"id": "f1", "activity": "a1", "stage": "collect", "source": "p1", "target": "s1",
                "items": "i1", "transport": "tls1.3"},
               {"id": "f2", "activity": "订单", "stage": "store", "source": "s1", "target": "s2",
                "items": "姓名"},
               {"id": "f3", "activity": "a1", "stage": "store", "source": "s2", "target": "s2",
                "items": "i1"},
               {"id": "f4", "activity": "a1", "stage": "use", "source": "s2"}],
    )  # fmt: skip
    path = tmp_path / "model.yaml"
    lost = write_register(case, path, "en")
    model = yaml.safe_load(path.read_text("utf-8"))
    found = read_register([path]).tables

    assert {"Shop (s1)", "Shop (p1)", "Store"} == model["technical_assets"].keys()
    assert found["activities"].keys() == {"a1", "订单"}
    assert found["items"]["姓名"] == {
        "id": "姓名", "activity": "订单", "title": "Name", "category": "health.record"
    }  # fmt: skip
    assert found["parties"]["p1"] == {
        "id": "p1", "title": "Shop", "role": "subject", "country": "DE"
    }  # fmt: skip
    assert found["systems"]["s1"] == {
        "id": "s1", "title": "Shop", "kind": "web", "internet_facing": "yes"
    }  # fmt: skip
    assert found["flows"]["f1"]["transport"] == "tls1.3"
    ends = {(f["stage"], f["source"], f["target"], f["items"]) for f in found["flows"].values()}
    assert ends == {
        ("collect", "p1", "s1", "i1"), ("store", "s1", "s2", "姓名"), ("store", "s2", "s2", "i1"),
    }  # fmt: skip
    assert "safeguards" not in found
    assert any("Flows without two different ends" in line.en and "2" in line.en for line in lost)


def test_what_is_written_has_every_key_and_word_that_the_format_requires(
    make_case: Any, tmp_path: Path
) -> None:
    case = make_case(
        activities=[{"id": "a1", "title": "Orders"}],
        systems=[{"id": "s1", "kind": "paper"}, {"id": "s2"}],
        flows=[{"id": "f1", "activity": "a1", "stage": "use", "source": "s1", "target": "s2",
                "transport": "physical"}],
    )  # fmt: skip
    path = tmp_path / "model.yaml"
    write_register(case, path, "zh")
    model = yaml.safe_load(path.read_text("utf-8"))
    asset = model["technical_assets"]["s1"]
    link = asset["communication_links"]["f1"]

    assert {
        "threagile_version", "title", "author", "business_criticality", "tags_available",
        "data_assets", "technical_assets", "shared_runtimes",
    } <= model.keys()  # fmt: skip
    assert {
        "id", "description", "type", "usage", "used_as_client_by_human", "out_of_scope", "size",
        "internet", "machine", "encryption", "owner", "confidentiality", "integrity",
        "availability", "multi_tenant", "redundant", "custom_developed_parts",
        "data_assets_processed", "data_assets_stored", "data_formats_accepted",
        "communication_links",
    } <= asset.keys()  # fmt: skip
    assert {
        "target", "description", "protocol", "authentication", "authorization", "vpn",
        "ip_filtered", "readonly", "usage",
    } <= link.keys()  # fmt: skip
    assert (asset["technology"], link["protocol"]) == ("unknown-technology", "unknown-protocol")
    assert {*link["tags"], *asset["tags"]} <= {*model["tags_available"]}
