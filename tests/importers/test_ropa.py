"""Records of processing in the layouts of ICO and CNIL, filled in as people do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from piaskit.errors import InvalidData
from piaskit.importers import spreadsheet
from piaskit.importers.register import Register
from piaskit.importers.ropa import read_register, recognise

ICO = [
    ["Controller", None, "Data Protection Officer (if applicable)", None, "Representative", None],
    ["Name and contact details:", "Harbour Books", "Name", "D. Officer", "Name", None],
    ["Address", "1 Quay", "Address", None, "Address", None],
    ["Email", "post@harbour.example", "Email", "dpo@harbour.example", "Email", None],
    [],
    ["Article 30 record of processing activities"],
    ["Business function", "Purpose of processing",
     "Name and contact details of joint controller (if applicable)", "Categories of individuals",
     "Categories of personal data", "Categories of recipients",
     "Names of third countries or international organisations that personal data are transferred "
     "to (if applicable)", "Retention schedule (if possible)",
     "General description of technical and organisational security measures (if possible)",
     "Article 6 lawful basis for processing personal data",
     "Article 9 condition for processing special category data",
     "Rights available to individuals", "Location of personal data",
     "Data Protection Impact Assessment required?", "Own column"],
    ["HR", "Payroll", "N/A", "Employees", "Contact details, Bank account", "HMRC", None,
     "6 years after leaving", "Encryption at rest", "Article 6(1)(b), legal obligation", None,
     "Access, rectification", "Pay app", "No", "x"],
    ["HR", "Payroll", None, "Next of kin", "Name", "HMRC", None, "6 years after leaving", None,
     "Legal obligation", None, None, None, None, None],
    ["HR", "Sickness", None, "Employees", "Medical record", "Cloud Ltd", "US", "as needed", None,
     "contract", "employment", None, None, "Yes", None],
    [None, None, None, "Visitors", None, None, None, None, None, None, None, None, None, None, "?"],
]  # fmt: skip
PROCESSOR = [
    ["Name and contact details of each controller", "Categories of processing",
     "Names of third countries or international organisations that personal data are transferred "
     "to (if applicable)", "General description of technical and organisational security measures"],
    ["Client One", "Printing of letters", None, "Access logging"],
]  # fmt: skip
FICHE = [
    ["Fiche de registre"],
    ["Description du traitement"],
    ["Nom du traitement", "Gestion de la paie"],
    ["N° / REF", "REG-01"],
    ["Date de création du traitement", "2019-05-01"],
    ["Acteurs", "Nom", "Adresse", "Pays"],
    ["Responsable du traitement", "Librairie du Port", "1 quai", "France"],
    ["Délégué à la protection des données", "D. Dupont", None, None],
    ["Finalité(s) du traitement effectué"],
    ["Finalité principale", "Payer les salariés"],
    ["Sous-finalité 1", "Déclarations sociales"],
    ["Base légale", "Obligation légale ; habitude"],
    ["Mesures de sécurité"],
    ["Mesures de sécurité techniques", "Sauvegardes ; Traçabilité ; Coffre magique"],
    ["Catégories de données personnelles concernées", "Description", "Délai d'effacement"],
    [
        "Etat civil, identité, données d'identification, images…",
        "nom, prénom, date de naissance",
        "5 ans après la fin du contrat",
    ],
    ["Vie personnelle (habitudes de vie, situation familiale, etc.)", None, None],
    ["Données de localisation (déplacements, GPS, etc.)", "trajets", "le temps utile"],
    ["Données sensibles", "Description", "Délai d'effacement"],
    ["Données concernant la santé", "Oui", "2 ans"],
    ["Données génétiques", "Non", None],
    ["Catégories de personnes concernées", "Description"],
    ["Catégorie de personnes 1", "Salariés"],
    ["Catégorie de personnes 2", "Stagiaires"],
    ["Destinataires", "Description", "Type de destinataire"],
    ["Destinataire 1", "Service paie", "Interne"],
    ["Destinataire 2", "Paie & Cie", "Sous-traitant"],
    ["Destinataire 3", "URSSAF", "Organisme public"],
    ["Transferts hors UE", "Destinataire", "Pays", "Type de Garanties", "Lien vers le doc"],
    ["Organisme destinataire 1", "Paie & Cie", "Maroc", "Clauses contractuelles types", "doc-1"],
]


def write(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


@pytest.fixture
def ico(tmp_path: Path) -> Register:
    path = write(tmp_path / "a.xlsx", {"Controller": ICO, "Processor": PROCESSOR, "Help": [["Hi"]]})
    assert recognise(path)
    return read_register([path])


@pytest.fixture
def fiche(tmp_path: Path) -> Register:
    path = write(tmp_path / "registre.xlsx", {"Liste": [["Activités"]], "Fiche 1": FICHE})
    assert recognise(path)
    return read_register([path])


def test_rows_of_one_purpose_and_function_are_one_activity(ico: Register) -> None:
    payroll = ico.tables["activities"]["hr-payroll"]

    assert [a["title"] for a in ico.tables["activities"].values()] == [
        "Payroll", "Sickness", "Printing of letters",
    ]  # fmt: skip
    assert payroll["subjects"] == "Employees; Next of kin"
    assert payroll["legal_basis"] == "eu-gdpr.6-1-b;eu-gdpr.6-1-c"
    assert (payroll["owner"], payroll["role"]) == ("HR", "controller")
    assert payroll["rights"] == "access;correct"
    assert ico.tables["activities"]["hr-sickness"]["legal_basis"] == "eu-gdpr.6-1-b;eu-gdpr.9-2-b"


def test_a_row_of_the_processor_s_sheet_names_whom_we_serve(ico: Register) -> None:
    row = ico.tables["activities"]["printing-of-letters"]

    assert (row["role"], row["controller"]) == ("processor", "client-one")
    assert ico.tables["parties"]["client-one"]["role"] == "controller"


def test_the_block_above_the_headings_names_the_organisation_and_its_officer(ico: Register) -> None:
    assert ico.case["organisation"] == {"name": "Harbour Books"}
    assert ico.tables["roles"]["dpo"] == {
        "id": "dpo", "role": "dpo", "holder": "D. Officer", "contact": "dpo@harbour.example",
    }  # fmt: skip
    assert {"role": "controller", "name": "Harbour Books", "email": "post@harbour.example"} in (
        ico.case["contacts"]
    )


def test_what_a_row_leaves_open_is_kept_and_named(ico: Register) -> None:
    kept, missing = "\n".join(ico.kept_as_text), "\n".join(ico.missing)

    assert "Controller row 8: Own column = x" in kept
    assert "Data Protection Impact Assessment required? = Yes" in kept
    assert "sheet in no known layout = Hi" in kept
    assert "retention as a period or an event" in missing
    assert "Controller row 11: has no purpose; not read as an activity" in ico.contradictions
    items = {i["title"]: i.get("retention") for i in ico.tables["items"].values()}
    assert items["Bank account"] == "6 years"
    assert items["Medical record"] is None


def test_a_form_becomes_an_activity_with_what_its_lines_say(fiche: Register) -> None:
    assert fiche.tables["activities"]["reg-01"] == {
        "id": "reg-01", "title": "Gestion de la paie", "legal_basis": "eu-gdpr.6-1-c",
        "purpose": "Payer les salariés\nDéclarations sociales", "subjects": "Salariés; Stagiaires",
    }  # fmt: skip
    assert fiche.case["organisation"] == {"name": "Librairie du Port"}
    assert fiche.tables["roles"]["dpo"]["holder"] == "D. Dupont"
    assert {s["control"] for s in fiche.tables["safeguards"].values()} == {
        "continuity.backup", "access.logging",
    }  # fmt: skip


def test_kinds_of_data_come_from_words_else_from_their_line(fiche: Register) -> None:
    items = {
        i["title"]: (i["category"], i.get("retention"), i.get("retention_start"))
        for i in fiche.tables["items"].values()
    }

    assert items == {
        "nom": ("identity.name", "5 years", "la fin du contrat"),
        "prénom": ("identity.name", "5 years", "la fin du contrat"),
        "date de naissance": ("identity.birth-date", "5 years", "la fin du contrat"),
        "trajets": ("location.coarse", None, None),
        "Données concernant la santé": ("health.record", "2 years", None),
    }
    assert any("trajets is (read as location.coarse" in line for line in fiche.missing)


def test_recipients_and_transfers_of_a_form_are_parties_and_flows(fiche: Register) -> None:
    parties = {p["title"]: (p["role"], p.get("country")) for p in fiche.tables["parties"].values()}
    flows = {f["stage"]: f for f in fiche.tables["flows"].values()}

    assert parties == {"Paie & Cie": ("processor", "MA"), "URSSAF": ("authority", None)}
    assert flows["process"]["transfer_mechanism"] == "scc"
    assert flows.keys() == {"process", "provide", "use"}
    kept = "\n".join(fiche.kept_as_text)
    for text in ("Service paie", "Coffre magique", "habitude", "doc-1", "2019-05-01",
                 "le temps utile"):  # fmt: skip
        assert text in kept, text


def test_an_empty_form_and_another_layout_are_no_activity(tmp_path: Path) -> None:
    blank = [[row[0]] if row else [] for row in FICHE]
    path = write(tmp_path / "r.xlsx", {"Fiche 1": FICHE, "Fiche 2": blank})
    other = write(tmp_path / "o.xlsx", {"S": [["Activity", "Purpose"], ["a", "b"]]})

    assert list(read_register([path]).tables["activities"]) == ["reg-01"]
    assert not recognise(other) and spreadsheet.recognise(other)
    with pytest.raises(InvalidData, match=r"o.xlsx: has no sheet in the layout of ICO or CNIL"):
        read_register([path, other])
