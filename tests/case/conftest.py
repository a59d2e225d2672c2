"""A sound case with a row in every table, and ways to write it down."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from piaskit.case.tables import TABLES

AS_OF = date(2026, 3, 1)
Rows = dict[str, list[dict[str, str]]]

YAML = """\
id: shop
title: A shop
title_zh: 商店
organisation: {name: Shop, name_zh: 商店, persons_total: 1200, operator: other}
regimes: [cn-pipl, eu-gdpr]
methods: [gbt39335]
as_of: 2026-03-01
"""


@pytest.fixture
def rows() -> Rows:
    """One row in every table, nearly every cell filled."""
    digest = "0123456789abcdef" * 4
    return {
        "activities": [
            {
                "id": "orders", "title": "Orders", "title_zh": "订单", "purpose": "=sell",
                "legal_basis": "contract; eu-gdpr.6-1-b", "subjects": "buyers", "persons": "1200",
                "children": "yes", "minors": "30", "automated_decision": "yes", "opt_out": "none",
                "role": "controller", "controller": "shop", "owner": "sales", "notice": "policy",
                "notice_on": "2026-01-02", "consent_evidence": "log", "rights": "access;copy",
                "necessity": "needed", "reviewed_on": "2026-02-03",
            }
        ],
        "items": [
            {
                "id": "name", "activity": "orders", "title": "+name", "category": "identity.name",
                "required": "yes", "source": "buyer", "retention": "3 years",
                "retention_start": "last order",
            },
            {
                "id": "phone", "activity": "orders", "title": "-phone",
                "category": "contact.phone", "retention": "until account closure",
            },
        ],
        "parties": [
            {"id": "buyer", "title": "Buyer", "role": "subject", "country": "CN"},
            {
                "id": "shop", "title": "@shop", "role": "processor", "country": "HK",
                "contract": "c-1", "contract_until": "2027-01-01", "supervised_on": "2025-12-31",
                "onward": "none", "contact": "a@shop.example",
            },
        ],
        "systems": [
            {
                "id": "crm", "title": "CRM", "kind": "database", "owner": "it",
                "operator": "shop", "country": "CN", "internet_facing": "no",
                "encrypted_at_rest": "yes", "important": "yes", "mlps_level": "3",
                "mlps_filing": "m-1", "mlps_evaluated_on": "2025-12-01",
                "mlps_conclusion": "conform",
            }
        ],
        "flows": [
            {
                "id": "f-1", "activity": "orders", "stage": "collect", "source": "buyer",
                "target": "crm", "items": "name; phone", "persons": "1200",
                "persons_year": "900", "channel": "web", "method": "provided",
                "transport": "tls1.3", "legal_basis": "cn-pipl.consent",
                "consent": "separate;guardian", "transfer_mechanism": "none",
                "mechanism_ref": "r-1", "mechanism_until": "2027-05-05", "disposal": "none",
            }
        ],
        "safeguards": [
            {
                "id": "s-1", "title": "Keys", "control": "encryption.at-rest",
                "kind": "technical", "scope": "crm; flows/f-1; category:identity",
                "status": "in-place", "standard": "ISO 27001", "owner": "it",
                "evidence": "evidence/keys.pdf", "evidence_sha256": digest,
                "evidence_on": "2026-01-01", "tested_on": "2026-01-02", "expires_on": "2027-01-01",
            }
        ],
        "roles": [
            {
                "id": "dpo", "role": "pi-protection-officer", "holder": "A. Person",
                "department": "law", "appointed_on": "2025-01-01", "filed_on": "2025-02-01",
                "contact": "dpo@shop.example",
            }
        ],
        "trainings": [
            {
                "id": "t-1", "title": "Basics", "topic": "PIPL", "audience": "all",
                "held_on": "2026-01-05", "invited": "80", "attended": "78", "passed": "70",
            }
        ],
        "assessments": [
            {
                "id": "as-1", "title": "Yearly", "activities": "orders", "trigger": "yearly",
                "scope": "orders", "benefit": "service", "exceptions": "none", "assessors": "law",
                "methods": "interview", "consulted": "buyers", "started_on": "2026-01-01",
                "completed_on": "2026-02-01", "approved_by": "head", "approved_on": "2026-02-02",
                "opinion": "fine", "next_review_on": "2027-01-01",
            }
        ],
        "judgements": [
            {
                "id": "j-1", "assessment": "as-1", "activity": "orders", "dimension": "process",
                "level": "very-high", "problem": "p", "evidence": "e", "reason": "r",
                "judged_by": "dpo", "judged_on": "2026-02-01",
            }
        ],
        "acceptances": [
            {
                "id": "ac-1", "risk": "never-deleted@activities/orders", "decision": "accept",
                "reason": "r", "decided_by": "dpo", "decided_on": "2026-02-01",
                "expires_on": "2026-08-01",
            }
        ],
        "actions": [
            {
                "id": "at-1", "risk": "never-deleted@activities/orders", "title": "Delete",
                "option": "time-limited", "owner": "it", "due_on": "2026-06-01",
                "status": "open", "done_on": "", "verified_by": "", "verified_on": "",
                "evidence": "ticket",
            }
        ],
        "incidents": [
            {
                "id": "in-1", "title": "Wrong mail", "occurred_on": "2025-05-05", "own": "yes",
                "event": "disclosure", "categories": "contact.email;identity.name",
                "persons": "3", "reported_on": "2025-05-06", "lessons": "check twice",
            }
        ],
        "requests": [
            {
                "id": "rq-1", "kind": "access", "activity": "orders",
                "received_on": "2026-01-01", "due_on": "2026-01-16", "closed_on": "2026-01-10",
                "outcome": "answered",
            }
        ],
        "accounts": [
            {
                "id": "p-1", "title": "Customers", "who": "customers", "systems": "crm",
                "accounts": "12000", "min_length": "8", "max_length": "64", "classes": "2",
                "blocks": "common;context", "rotation_days": "180", "lockout_tries": "5",
                "lockout_minutes": "15", "mfa": "optional", "mfa_methods": "sms", "reset": "email",
                "idle_minutes": "30", "token_days": "30", "hash": "bcrypt", "stuffing": "alerts",
            }
        ],
        "maturity": [
            {
                "id": "m-1", "area": "PA05", "capability": "technology", "level": "2", "aim": "3",
                "answered_on": "2026-02-01",
            }
        ],
        "channels": [
            {
                "id": "n-1", "title": "E-mail", "way": "e-mail", "activities": "orders",
                "position": "1", "coverage": "90", "capacity": "5000", "lines": "2",
                "opens_at": "0", "open_hours": "24",
                "reach_low": "30", "reach": "40", "reach_high": "55", "retries": "1",
                "retry_after": "24",
                "delay": "4", "cost": "2", "currency": "CNY",
            },
        ],
        "shifts": [
            {
                "id": "sh-1", "title": "Security", "people": "2", "steps": "triage;containment",
                "opens_at": "9", "open_hours": "9", "days": "workdays", "country": "CN",
                "call_in": "1.5",
            }
        ],
        "drills": [
            {
                "id": "dr-1", "title": "Lost laptop", "held_on": "2026-02-01", "step": "triage",
                "hours": "1.5", "attempts": "2", "runbook": "yes",
            }
        ],
        "estimates": [
            {
                "id": "es-1", "risk": "unauthorised-access@systems/crm", "quantity": "frequency",
                "shape": "pert", "low": "0.01", "best": "5%", "high": "1/2",
                "expert": "A. Clerk", "estimated_on": "2026-02-01", "reason": "two years of logs",
            }
        ],
        "access": [
            {
                "id": "ac-1", "account": "shop01", "account_kind": "personal", "person": "A. Clerk",
                "role": "clerk", "system": "crm", "permissions": "read;export",
                "need": "answers customers", "reviewed_on": "2026-02-01", "logged": "yes",
            }
        ],
    }  # fmt: skip


@pytest.fixture
def write_tables() -> Callable[..., Path]:
    """Write a case as a folder of CSV, Parquet or one workbook of plain cells."""

    def write(folder: Path, rows: Rows, form: str = "csv", yaml: str = YAML) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "case.yaml").write_text(yaml, encoding="utf-8")
        tables = {name: rows.get(name, []) for name in rows}
        heads = {
            name: list(dict.fromkeys(c for row in found for c in row))
            or ["id", *(c.name for c in TABLES[name].columns if c.required and c.name != "id")]
            for name, found in tables.items()
        }
        if form == "xlsx":
            with xlsxwriter.Workbook(
                str(folder / "inventory.xlsx"), {"strings_to_formulas": False}
            ) as book:
                for name, found in tables.items():
                    sheet = book.add_worksheet(name)
                    for row, cells in enumerate([heads[name], *_cells(heads[name], found)]):
                        for position, text in enumerate(cells):
                            sheet.write_string(row, position, text)
            return folder
        (folder / "inventory").mkdir(exist_ok=True)
        for name, found in tables.items():
            if form == "parquet":
                import pyarrow as pa
                import pyarrow.parquet as pq

                content = {h: [row.get(h) or None for row in found] for h in heads[name]}
                schema = pa.schema([(h, pa.string()) for h in heads[name]])
                pq.write_table(
                    pa.table(content, schema=schema), folder / "inventory" / f"{name}.parquet"
                )
                continue
            path = folder / "inventory" / f"{name}.csv"
            with path.open("w", encoding="utf-8-sig", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(heads[name])
                writer.writerows(_cells(heads[name], found))
        return folder

    return write


def _cells(head: list[str], found: list[dict[str, str]]) -> list[list[str]]:
    return [[row.get(name, "") for name in head] for row in found]
