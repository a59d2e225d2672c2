"""Safeguards: their proof, what probes name, and grants that say the same as the table."""

from __future__ import annotations

import csv
import json
import random
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from accept.databases import run_mariadb, run_postgresql
from accept.reports import scratch
from accept.row import MARKETPLACE, ROOT, Measured, piaskit, row, run

BAD = ("expired", "self-signed", "wrong-host", "old-version", "weak-cipher", "no-hsts",
       "no-redirect", "short-key")  # fmt: skip
PERMISSIONS = ("read", "write", "export", "delete", "admin")
MEANS = {"SELECT": "read", "INSERT": "write", "UPDATE": "write", "DELETE": "delete",
         "TRUNCATE": "delete", "REFERENCES": None}  # fmt: skip


@row(
    "A local TLS server is probed in a good and eight bad configurations, each named",
    "1 good without a finding; 8 of 8 named, and nothing else; no connection but to this machine",
)
def probe_configurations() -> Measured:
    done = run(
        sys.executable, "-m", "pytest", "-v", ROOT / "tests" / "safeguards" / "test_probe.py"
    )
    named = [
        bad
        for bad in BAD
        if f"test_each_bad_configuration_is_named_and_nothing_else[{bad}] PASSED" in done.stdout
    ]
    good = "test_a_good_service_is_seen_as_it_is_and_gives_no_finding PASSED" in done.stdout
    told = f"good {'clean' if good else 'NOT clean'}; {len(named)} of {len(BAD)} named; "
    told += done.stdout.strip().splitlines()[-1].strip("= ")
    return told, good and len(named) == len(BAD) and done.returncode == 0


@row(
    "States of the marketplace equal a hand-made key at three dates; a changed file is failed; "
    "a safeguard of the wrong scope protects nothing",
    "every state and deciding line; failed; 0 protected",
)
def safeguard_states() -> Measured:
    import shutil

    import yaml

    from piaskit.case import read_case
    from piaskit.safeguards import judge_safeguards

    key = yaml.safe_load((ROOT / "tests" / "keys" / "safeguards.yaml").read_text("utf-8"))
    right = total = 0
    for day, states in key["states"].items():
        found = judge_safeguards(read_case(MARKETPLACE, as_of=date.fromisoformat(day)))
        for line in found.to_dict("records"):
            wanted = states[line["id"]]
            total += 1
            right += (line["state"], line["line"]) == (wanted["state"], wanted["line"])
    case = scratch() / "changed"
    shutil.copytree(MARKETPLACE, case, dirs_exist_ok=True)
    with (case / "evidence" / "tls-scan-2026-08.txt").open("ab") as scan:
        scan.write(b" ")
    table = case / "inventory" / "safeguards.csv"
    text = table.read_text("utf-8-sig")
    table.write_text(
        re.sub(
            r"(g-backup,.*?,continuity\.backup,technical,)[^,]*", r"\1flows/f-acc-collect", text
        ),
        "utf-8-sig",
    )
    answer = json.loads(piaskit("safeguards", case, "--json").stdout)
    changed = next(s["state"] for s in answer["safeguards"] if s["id"] == "g-tls")
    bare = {u["id"] for u in answer["uncovered"] if "continuity.backup" in u["missing"]}
    moved = len({"s-core", "s-design", "s-hr"} - bare)
    told = f"{right} of {total}; changed file {changed}; wrong scope protects {moved} of 3 systems"
    return told, right == total and changed == "failed" and moved == 0


class Grants:
    """A schema of 200 tables and 60 roles, and what follows from it, worked out by itself.

    20 roles (`r00` ...) hold grants and are members of one another, up to three steps deep; 40
    (`a00` ...) log in. The closure below is plain search: it owes nothing to the query it judges.
    """

    def __init__(self, seed: int = 5) -> None:
        chance = random.Random(seed)
        self.tables = [f"{'vault' if n % 10 == 0 else 'shop'}.t{n:03}" for n in range(200)]
        self.groups = [f"r{n:02}" for n in range(20)]
        self.accounts = [f"a{n:02}" for n in range(40)]
        self.parents: dict[str, set[str]] = {name: set() for name in (*self.groups, *self.accounts)}
        for n, group in enumerate(self.groups):
            if n >= 5:
                self.parents[group].add(self.groups[n % 5 if n < 12 else n - 7])
        for account in self.accounts:
            self.parents[account] |= set(chance.sample(self.groups, chance.randint(0, 2)))
        self.needs = {group: f"task of {group}" for n, group in enumerate(self.groups) if n % 4}
        self.persons = {a: f"Person {n}" for n, a in enumerate(self.accounts) if n % 9}
        self.persons["a07"] = "Person 7; Person 107"  # one account, two people
        self.grants: set[tuple[str, str, str]] = set()
        for name in (*self.groups, *self.accounts[:4]):
            for table in chance.sample(self.tables, 25):
                for privilege in chance.sample(sorted(MEANS), chance.randint(1, 3)):
                    self.grants.add((name, table, privilege))
        self.owned = dict.fromkeys(self.tables[40:50], self.groups[3])
        self.inside = {"shop": {"PUBLIC"}, "vault": {"r01", "r02"}}

    def write_sql(self) -> Iterator[str]:
        for schema in self.inside:
            yield f"CREATE SCHEMA {schema}"
        for name in self.groups:
            yield f"CREATE ROLE {name} NOLOGIN"
        for n, name in enumerate(self.accounts):
            yield f"CREATE ROLE {name} LOGIN {'NOINHERIT' if n % 5 == 0 else 'INHERIT'}"
        for name, parents in self.parents.items():
            yield from (f"GRANT {parent} TO {name}" for parent in sorted(parents))
        for name, words in (*self.needs.items(), *self.persons.items()):
            yield f"COMMENT ON ROLE {name} IS '{words}'"
        for table in self.tables:
            yield f"CREATE TABLE {table} (id int, name text)"
        for table, owner in self.owned.items():
            yield f"ALTER TABLE {table} OWNER TO {owner}"
        for name, table, privilege in sorted(self.grants):
            what = f"{privilege} (name)" if privilege == "SELECT" and name == "r04" else privilege
            yield f"GRANT {what} ON {table} TO {name}"
        for schema, names in self.inside.items():
            yield from (f"GRANT USAGE ON SCHEMA {schema} TO {name}" for name in sorted(names))

    def list_held(self, name: str) -> set[str]:
        held, waiting = {name}, [name]
        while waiting:
            for parent in self.parents[waiting.pop()] - held:
                held.add(parent)
                waiting.append(parent)
        return held

    def write_rows(self) -> Iterator[dict[str, str]]:
        """Write the rows of ``access`` that the grants amount to."""
        yield {"account": "postgres", "role": "SUPERUSER", "permissions": ";".join(PERMISSIONS)}
        for account in self.accounts:
            held = self.list_held(account)
            rights: dict[tuple[str, str], set[str]] = {}
            for name, table, privilege in self.grants:
                if name in held and MEANS[privilege]:
                    rights.setdefault((name, table), set()).add(str(MEANS[privilege]))
            for table, owner in self.owned.items():
                if owner in held:
                    rights[owner, table] = {"read", "write", "delete", "admin"}
            for (name, table), permissions in sorted(rights.items()):
                open_to = self.inside[table.partition(".")[0]]
                if "PUBLIC" not in open_to and not open_to & held:
                    continue
                yield {
                    "account": account,
                    "person": self.persons.get(account, ""),
                    "role": "" if name == account else name,
                    "need": "" if name == account else self.needs.get(name, ""),
                    "object": table,
                    "permissions": ";".join(p for p in PERMISSIONS if p in permissions),
                }


def _make_case(name: str, rows: Iterable[dict[str, str]]) -> Path:
    case = scratch() / name
    done = piaskit("new", case)
    assert done.returncode == 0, done.stderr
    (case / "inventory.xlsx").unlink(missing_ok=True)
    folder = case / "inventory"
    folder.mkdir(exist_ok=True)
    heads = {
        "activities": "id,title", "items": "id,activity,category", "parties": "id,role",
        "systems": "id,title,kind\ns-db,Database,database", "flows": "id,activity,stage",
    }  # fmt: skip
    for table, text in heads.items():
        (folder / f"{table}.csv").write_text(text + "\n", "utf-8")
    fields = ("id", "account", "person", "role", "system", "object", "permissions", "need")
    listed = list(rows)
    if listed:
        with (folder / "access.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, fields)
            writer.writeheader()
            for n, right in enumerate(listed):
                writer.writerow({"id": f"x{n}", "system": "s-db", **right})
    return case


def _find(case: Path) -> tuple[set[tuple[str, str]], int]:
    answer = json.loads(piaskit("safeguards", case, "--json").stdout)
    found = {
        (f["slug"], f["message"]) for f in answer["findings"] if f["subject"]["table"] == "access"
    }
    return found, answer["access"]["rows"]


@row(
    "PostgreSQL grants of a generated schema of 200 tables and 60 roles give the same findings as "
    "the table; an account shared by two people is found",
    "equal findings and rows; shared account found; password nowhere",
)
def postgresql_grants() -> Measured:
    import sqlalchemy as sa

    model = Grants()
    with run_postgresql() as url:
        engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.begin() as connection:
            for statement in model.write_sql():
                connection.exec_driver_sql(statement)
        engine.dispose()
        probed = _make_case("grants-probed", [])
        done = piaskit("probe", url, "--into", probed, "--scope", "systems/s-db", "--json")
    if done.returncode:
        return (done.stdout + done.stderr)[-400:], False
    look = json.loads(done.stdout)["probes"][0]
    stated = _make_case("grants-stated", model.write_rows())
    (got, got_rows), (wanted, wanted_rows) = _find(probed), _find(stated)
    secret = any(b"accept-only" in p.read_bytes() for p in probed.rglob("*") if p.is_file())
    shared = ("shared-account" in {slug for slug, _ in got}) and any("a07" in m for _, m in got)
    told = (
        f"{look['facts']['product']} {look['facts']['version']}: {got_rows} rows of {wanted_rows}; "
        f"{len(got & wanted)} findings equal, {len(got - wanted)} only from grants, "
        f"{len(wanted - got)} only from the table; settings: "
        f"{', '.join(f['slug'] for f in look['findings'])}; password kept: {secret}"
    )
    same = got == wanted and got_rows == wanted_rows
    return told, same and shared and not secret and "accept-only" not in done.stdout


@row(
    "MariaDB grants through nested roles become rows of access rights; settings are read",
    "rights of the account equal those granted",
)
def mariadb_grants() -> Measured:
    import sqlalchemy as sa

    with run_mariadb() as url:
        engine = sa.create_engine(url.replace("mysql:", "mysql+pymysql:"))
        with engine.begin() as connection:
            for statement in (
                "CREATE DATABASE shop", "CREATE TABLE shop.orders (id int)",
                "CREATE TABLE shop.people (id int)", "CREATE ROLE clerk", "CREATE ROLE reader",
                "GRANT SELECT ON shop.orders TO reader", "GRANT reader TO clerk",
                "GRANT UPDATE, DELETE ON shop.people TO clerk", "CREATE USER 'ann'@'%%'",
                "GRANT clerk TO 'ann'@'%%'", "GRANT SELECT ON shop.* TO 'ann'@'%%'",
            ):  # fmt: skip
                connection.exec_driver_sql(statement)
        engine.dispose()
        done = piaskit("probe", url, "--json")
    if done.returncode:
        return (done.stdout + done.stderr)[-400:], False
    look = json.loads(done.stdout)["probes"][0]
    # MariaDB itself shows what a role got from another, so only what it all amounts to is compared.
    own: dict[str, set[str]] = {}
    for right in look["rows"]["access"]:
        if right["account"].startswith("'ann'"):
            own.setdefault(right["object"], set()).update(right["permissions"].split(";"))
    wanted = {"shop.*": {"read"}, "shop.people": {"write", "delete"}, "shop.orders": {"read"}}
    rights = {name: sorted(words) for name, words in sorted(own.items())}
    told = f"{look['facts']['version']}: {rights}; settings: "
    return told + ", ".join(f["slug"] for f in look["findings"]), own == wanted
