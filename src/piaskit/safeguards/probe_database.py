"""What a database server says about its protection, and who may do what in it. Only reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from piaskit.errors import quote
from piaskit.safeguards.grants import name_rows
from piaskit.safeguards.probe_tls import Unreachable

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.engine import URL

    from piaskit.case.append import NewRow

SCHEMES = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
}
"""Schemes of URLs, and the driver that is used for each."""

_PORTS = {"postgresql": 5432, "mysql": 3306}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is; ``id`` names it without user and password."""

    product: str
    id: str
    url: URL = field(repr=False)


def read_address(text: str) -> Address:
    """Read the URL of a database; raises ValueError, Unreachable without the drivers.

    >>> read_address("postgres://me:secret@db.example/shop")
    Address(product='postgresql', id='db.example:5432/shop')
    """
    try:
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError
    except ImportError:
        raise Unreachable("no-driver") from None
    try:
        found = make_url(text.strip())
    except ArgumentError:
        raise ValueError("no URL of a database") from None
    driver = SCHEMES[found.get_backend_name()]
    product = driver.partition("+")[0]
    if not found.host:
        raise ValueError("no host")
    port = found.port or _PORTS[product]
    id = f"{found.host}:{port}" + (f"/{found.database}" if found.database else "")
    # Nothing else of the URL is passed on: its options could name files of this machine.
    url = found.set(drivername=driver, query={}, port=port)
    return Address(product, id, url)


def look_at_database(text: str, timeout: float) -> tuple[dict[str, Any], list[NewRow]]:
    """Return the facts of a server (columns of ``database_facts``) and its grants as access rows.

    Everything is read in one transaction that may only read, and no statement may take longer than
    ``timeout`` seconds. Raises Unreachable.
    """
    address = read_address(text)
    try:
        from sqlalchemy import create_engine
        from sqlalchemy.exc import SQLAlchemyError
        from sqlalchemy.pool import NullPool
    except ImportError:
        raise Unreachable("no-driver") from None
    secret = address.url.password
    try:
        engine = create_engine(
            address.url, poolclass=NullPool, connect_args=_limit(address.product, timeout)
        )
        with engine.connect() as connection:
            ask = {"postgresql": _ask_postgresql, "mysql": _ask_mysql}[address.product]
            facts, rights = ask(connection, timeout)
    except ModuleNotFoundError:
        raise Unreachable("no-driver") from None
    except SQLAlchemyError as error:
        told = str(getattr(error, "orig", None) or error).strip().splitlines() or ["?"]
        line = told[0].replace(str(secret), "***") if secret else told[0]
        raise Unreachable("no-database", error=quote(line)) from None
    return {"id": address.id, "product": address.product, **facts}, name_rows(rights)


def _limit(product: str, timeout: float) -> dict[str, Any]:
    if product == "mysql":
        patience = max(1, round(timeout))
        return {"connect_timeout": patience, "read_timeout": patience, "write_timeout": patience}
    options = (
        f"-c default_transaction_read_only=on -c statement_timeout={round(timeout * 1000)}"
        f" -c lock_timeout={round(timeout * 1000)}"
    )
    return {"connect_timeout": max(1, round(timeout)), "options": options}


def _ask_postgresql(
    connection: Connection, timeout: float
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    from sqlalchemy import text

    del timeout  # the server stops a statement by itself
    rows = connection.execute(text("SELECT name, setting FROM pg_settings"))
    settings: dict[str, str] = dict(rows.tuples().all())
    own = connection.execute(
        text("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    ).first()
    extensions = set(connection.execute(text("SELECT extname FROM pg_extension")).scalars())
    facts = {
        "version": settings.get("server_version"),
        "tls": settings.get("ssl"),
        "connection_tls": own.version if own and own.ssl else None,
        "tls_minimum": settings.get("ssl_min_protocol_version"),
        "password_storage": settings.get("password_encryption"),
        "crypto_extension": _pick(extensions, ("pgcrypto", "pgsodium", "anon")),
        "audit": _pick(extensions, ("pgaudit",)),
        "log_statements": settings.get("log_statement"),
        "log_connections": settings.get("log_connections"),
    }
    return facts, _run_script(connection, "postgresql.sql")


def _ask_mysql(
    connection: Connection, timeout: float
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError

    def show(what: str) -> dict[str, str]:
        return {str(k).lower(): str(v) for k, v in connection.execute(text(what)).tuples()}

    variables = show("SHOW VARIABLES")
    maria = "mariadb" in variables.get("version", "").lower()
    limit = (
        f"SET SESSION max_statement_time = {timeout:g}"
        if maria
        else f"SET SESSION max_execution_time = {round(timeout * 1000)}"
    )
    connection.execute(text(limit))
    connection.rollback()
    connection.execute(text("SET SESSION TRANSACTION READ ONLY"))
    connection.rollback()
    status = show("SHOW SESSION STATUS LIKE 'Ssl_version'")
    plugins = connection.execute(
        text("SELECT plugin_name FROM information_schema.plugins WHERE plugin_status = 'ACTIVE'")
    ).scalars()
    versions = [part.strip() for part in variables.get("tls_version", "").split(",") if part]
    offered = bool(versions) and variables.get("have_ssl", "YES").upper() == "YES"
    facts = {
        "version": variables.get("version"),
        "tls": "on" if offered else "off",
        "connection_tls": status.get("ssl_version") or None,
        "tls_minimum": min(versions, default=None) if offered else None,
        "password_storage": _read_plugin(variables),
        "crypto_extension": None,
        "audit": next((name for name in plugins if "audit" in name.lower()), None),
        "log_statements": variables.get("general_log", "").lower() or None,
        "log_connections": None,
    }
    rights = _run_script(connection, "mysql.sql")
    try:
        members = _run_script(connection, "mariadb_roles.sql" if maria else "mysql_roles.sql")
    except SQLAlchemyError:  # not everybody may read the table of roles
        connection.rollback()
        members = []
    return facts, _spread_roles(rights, members)


def _run_script(connection: Connection, name: str) -> list[dict[str, Any]]:
    from sqlalchemy import text

    script = files("piaskit.safeguards").joinpath("sql", name).read_text("utf-8")
    return [dict(row) for row in connection.execute(text(script)).mappings()]


def _spread_roles(
    rights: list[dict[str, Any]], members: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Give the rights of roles to their members, through any number of steps."""
    above: dict[str, set[str]] = {}
    for member in members:
        above.setdefault(member["member"], set()).add(member["role"])
    roles = {role for held in above.values() for role in held}
    spread = [right for right in rights if right["account"] not in roles]
    for account in sorted(set(above) - roles):
        reached: set[str] = set()
        waiting = set(above[account])
        while waiting:
            role = waiting.pop()
            reached.add(role)
            waiting |= above.get(role, set()) - reached
        spread += [
            {**right, "account": account, "role": right["account"]}
            for right in rights
            if right["account"] in reached
        ]
    return spread


def _read_plugin(variables: Mapping[str, str]) -> str | None:
    policy = variables.get("authentication_policy", "").split(",")[0].strip("* ")
    return variables.get("default_authentication_plugin") or policy or None


def _pick(installed: set[str], wanted: tuple[str, ...]) -> str | None:
    return next((name for name in wanted if name in installed), None)
