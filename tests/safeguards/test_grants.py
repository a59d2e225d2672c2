"""Grants of databases: addresses without secrets, privileges as permissions, roles resolved."""

from __future__ import annotations

from typing import Any

import pytest

from piaskit.safeguards.grants import name_rows
from piaskit.safeguards.probe import probe_hosts
from piaskit.safeguards.probe_database import _spread_roles, read_address


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("postgresql://ann:s3cret@db.example:6432/shop", "db.example:6432/shop"),
        ("postgres://ann:s3cret@db.example", "db.example:5432"),
        ("mysql://ann:s3cret@db.example/shop?ssl_key=/etc/passwd", "db.example:3306/shop"),
    ],
)
def test_an_address_is_shown_without_user_password_and_options(text: str, id: str) -> None:
    address = read_address(text)

    assert address.id == id
    assert address.url.query == {}
    assert "s3cret" not in repr(address)


def test_a_database_that_is_not_there_is_told_without_its_password() -> None:
    probe = probe_hosts(["postgresql://ann:s3cret@127.0.0.1:1/shop"], timeout=1.0)

    assert probe.looks == ()
    assert probe.failed[0]["id"] == "127.0.0.1:1/shop"
    assert probe.failed[0]["because"].startswith("the database did not let us look: ")
    assert "s3cret" not in repr(probe.to_dict())


@pytest.mark.parametrize(
    ("privileges", "permissions"),
    [
        ("SELECT", "read"),
        ("TRUNCATE;INSERT;SELECT", "read;write;delete"),
        ("OWNER", "admin"),
        ("SUPERUSER", "read;write;export;delete;admin"),
        ("COPY", "export"),
    ],
)
def test_privileges_are_what_they_let_somebody_do(privileges: str, permissions: str) -> None:
    (row,) = name_rows([{"account": "ann", "role": None, "object": None, "privileges": privileges}])

    assert row == {"id": "ann", "account": "ann", "permissions": permissions}


def test_privileges_that_touch_no_data_make_no_row() -> None:
    assert name_rows([{"account": "ann", "privileges": "TRIGGER;REFERENCES"}]) == []


def test_ids_are_slugs_that_do_not_collide_and_stay_the_same() -> None:
    rights = [
        {"account": "'ann'@'%'", "object": "shop.*", "privileges": "SELECT"},
        {"account": "ann", "object": "shop", "privileges": "SELECT"},
        {"account": "Ann", "object": "shop", "privileges": "SELECT"},
        {"account": "=1+1", "object": "表", "privileges": "SELECT"},
    ]

    ids = [row["id"] for row in name_rows(rights)]

    assert ids == ["ann-.shop", "ann.shop", "Ann.shop-2", "1-1.表"]
    assert ids == [row["id"] for row in name_rows(rights)]


def test_rights_of_roles_reach_their_members_through_any_number_of_steps() -> None:
    def right(account: str, object: str) -> dict[str, Any]:
        return {"account": account, "role": None, "object": object, "privileges": "SELECT"}

    rights = [right("ann", "own"), right("clerk", "orders"), right("base", "people")]
    members = [
        {"member": "ann", "role": "clerk"},
        {"member": "clerk", "role": "base"},
        {"member": "base", "role": "clerk"},  # a circle does not hold it up
    ]

    found = _spread_roles(rights, members)

    assert sorted((r["account"], r["role"], r["object"]) for r in found if r["role"]) == [
        ("ann", "base", "people"),
        ("ann", "clerk", "orders"),
    ]
    assert [r["object"] for r in found if r["role"] is None] == ["own"]
