"""Tables in a database: described by it, and sampled inside it, only by reading and in time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit.case.sheets import write_text
from piaskit.discovery.columns import Column
from piaskit.discovery.tables import Source, Table
from piaskit.errors import InvalidData, Issue, Place, quote

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import URL, Inspector

LONGEST = 4000  # characters of a value that leave the database
_DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "sqlite": "sqlite",
}
_OF_THE_SYSTEM = frozenset(
    {"information_schema", "pg_catalog", "mysql", "performance_schema", "sys"}
)


@dataclass(frozen=True)
class Limits:
    """How many rows of a table are looked at, and how long that may take."""

    rows: int
    seconds: float


def read_database(url: str, rows: int, seconds: float) -> Source:
    """Describe every table of a database and sample it.

    All statements run in transactions that may only read; one that takes longer than ``seconds``
    is stopped by the database and told as a notice. Raises InvalidData when there is no driver or
    no database, without user and password in the message.
    """
    address = _read_url(url)
    limits = Limits(rows, seconds)
    from sqlalchemy import create_engine, inspect
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.pool import NullPool

    product = address.get_backend_name()
    name = _name_source(address)
    notices: list[tuple[str, Mapping[str, object]]] = []
    try:
        engine = create_engine(
            address, poolclass=NullPool, connect_args=_limit(product, seconds), hide_parameters=True
        )
        inspector = inspect(engine)
        described = list(_describe(inspector, product))
        tables = [_sample(engine, table, schema, limits, notices) for table, schema in described]
    except ModuleNotFoundError as error:
        text = f"the driver {error.name} is not installed"
        hint = "install piaskit[databases]"
        raise InvalidData([Issue("discover-driver", Place(name), text, hint=hint)]) from None
    except SQLAlchemyError as error:
        raise InvalidData(
            [Issue("discover-database", Place(name), _tell(error, address))]
        ) from None
    return Source(name, product, tuple(tables), tuple(notices))


def _read_url(text: str) -> URL:
    try:
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError
    except ImportError:
        issue = Issue(
            "discover-driver",
            Place("sqlalchemy"),
            "is not installed",
            hint="install piaskit[databases]",
        )
        raise InvalidData([issue]) from None
    try:
        url = make_url(text.strip())
    except ArgumentError:
        raise InvalidData(
            [Issue("discover-source", Place("URL"), "is no URL of a database")]
        ) from None
    product = url.drivername.partition("+")[0]
    if product not in _DRIVERS:
        text = f"{quote(product)} is no known database, expected {', '.join(sorted(_DRIVERS))}"
        raise InvalidData([Issue("discover-source", Place("URL"), text)])
    if product == "sqlite":
        path = Path(url.database or "")
        if not path.is_file():
            raise InvalidData(
                [Issue("discover-source", Place(quote(path.name)), "there is no such file")]
            )
        found = (
            path.absolute().as_posix().replace("%", "%25").replace("?", "%3f").replace("#", "%23")
        )
        return url.set(
            drivername="sqlite", database=f"file:{found}", query={"mode": "ro", "uri": "true"}
        )
    # Nothing else of the URL is passed on: its options could name files of this machine.
    return url.set(drivername=_DRIVERS[product], query={})


def _name_source(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return Path((url.database or "").removeprefix("file:")).name
    port = f":{url.port}" if url.port else ""
    return f"{url.get_backend_name()}://{url.host or 'localhost'}{port}/{url.database or ''}"


def _limit(product: str, seconds: float) -> dict[str, Any]:
    if product == "sqlite":
        return {"timeout": seconds}
    patience = max(1, round(seconds))
    if product == "mysql":
        return {"connect_timeout": patience, "read_timeout": patience * 2}
    milliseconds = round(seconds * 1000)
    options = (
        f"-c default_transaction_read_only=on -c statement_timeout={milliseconds}"
        f" -c lock_timeout={milliseconds} -c idle_in_transaction_session_timeout={milliseconds * 4}"
    )
    return {"connect_timeout": patience, "options": options}


def _describe(inspector: Inspector, product: str) -> Iterator[tuple[Table, str | None]]:
    """Yield every table that is not the system's own, with the schema it stands in."""
    schemas: Sequence[str | None] = [None]
    if product == "postgresql":
        names = inspector.get_schema_names()
        schemas = [s for s in names if s not in _OF_THE_SYSTEM and not s.startswith("pg_")]
    for schema in schemas:
        for name in (*inspector.get_table_names(schema), *inspector.get_view_names(schema)):
            shown = _show_name(inspector, name, schema)
            yield Table(shown, tuple(_list_columns(inspector, name, shown, schema))), schema


def _show_name(inspector: Inspector, name: str, schema: str | None) -> str:
    """Name a table, with its schema where that is not the usual one."""
    return name if schema in (None, inspector.default_schema_name) else f"{schema}.{name}"


def _list_columns(
    inspector: Inspector, name: str, shown: str, schema: str | None
) -> Iterator[Column]:
    try:
        comment = inspector.get_table_comment(name, schema).get("text") or ""
    except NotImplementedError:
        comment = ""
    targets = {
        key["constrained_columns"][0]: _show_name(
            inspector, key["referred_table"], key["referred_schema"] or schema
        )
        for key in inspector.get_foreign_keys(name, schema)
        if len(key["constrained_columns"]) == 1
    }
    for column in inspector.get_columns(name, schema):
        said = str(column.get("comment") or "")
        target = targets.get(column["name"], "")
        yield Column(shown, column["name"], str(column["type"]), said, comment, target)


def _sample(
    engine: Engine,
    table: Table,
    schema: str | None,
    limits: Limits,
    notices: list[tuple[str, Mapping[str, object]]],
) -> Table:
    from sqlalchemy.exc import SQLAlchemyError

    name = table.name.removeprefix(f"{schema}.") if schema else table.name
    try:
        with engine.connect() as connection, _stop_in_time(connection, limits.seconds):
            total = _count(connection, name, schema)
            sampled = _draw(connection, table, name, schema, total, limits)
    except SQLAlchemyError:
        notices.append(("discover.notice.not-sampled", {"table": table.name}))
        return table
    values: dict[str, list[str]] = {c.name: [] for c in table.columns}
    for row in sampled:
        for column, cell in zip(table.columns, row, strict=True):
            values[column.name].append(_write(cell))
    return Table(table.name, table.columns, values, total, len(sampled))


def _write(cell: object) -> str:
    if isinstance(cell, bytes | memoryview):
        return ""
    if isinstance(cell, Decimal | float):
        return f"{cell:f}" if isinstance(cell, Decimal) else repr(cell)
    return (write_text(cell) or "")[:LONGEST]


@contextmanager
def _stop_in_time(connection: Connection, seconds: float) -> Iterator[None]:
    """Let the database read only, and stop what takes too long."""
    from sqlalchemy import text

    product = connection.dialect.name
    if product == "sqlite":
        end = time.monotonic() + seconds
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA query_only = ON")
        raw.text_factory = lambda data: data.decode("utf-8", "replace")
        raw.set_progress_handler(lambda: int(time.monotonic() > end), 10_000)
        try:
            yield
        finally:
            raw.set_progress_handler(None, 0)
        return
    if product in ("mysql", "mariadb"):
        maria = bool(getattr(connection.dialect, "is_mariadb", False))
        limit = "max_statement_time" if maria else "max_execution_time"
        connection.execute(text(f"SET SESSION {limit} = {seconds if maria else seconds * 1000:g}"))
        connection.execute(text("SET SESSION TRANSACTION READ ONLY"))
        connection.rollback()
    yield


def _quote(connection: Connection, *names: str | None) -> str:
    """Quote names for a statement made by ``text``, which doubles the percent signs itself."""
    sign = "`" if connection.dialect.name in ("mysql", "mariadb") else '"'
    quoted = (f"{sign}{name.replace(sign, sign * 2)}{sign}" for name in names if name)
    return ".".join(quoted).replace(":", r"\:")


def _count(connection: Connection, name: str, schema: str | None) -> int | None:
    """Return about how many rows a table has, where that costs nothing."""
    from sqlalchemy import text

    product = connection.dialect.name
    if product == "postgresql":
        found = connection.execute(
            text(
                "SELECT c.reltuples::bigint FROM pg_class c JOIN pg_namespace n"
                " ON n.oid = c.relnamespace WHERE c.relname = :name AND n.nspname = :schema"
                " AND c.relkind IN ('r', 'm', 'p')"
            ),
            {"name": name, "schema": schema or "public"},
        ).scalar()
        return int(found) if found is not None and found >= 0 else None
    if product in ("mysql", "mariadb"):
        found = connection.execute(
            text(
                "SELECT table_rows FROM information_schema.tables"
                " WHERE table_schema = DATABASE() AND table_name = :name"
            ),
            {"name": name},
        ).scalar()
        return int(found) if found is not None else None
    return None


def _draw(
    connection: Connection,
    table: Table,
    name: str,
    schema: str | None,
    total: int | None,
    limits: Limits,
) -> Sequence[Sequence[object]]:
    """Draw rows from all of the table where the database can do that without reading it whole."""
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError

    if not table.columns:
        return []
    columns = ", ".join(_cut(connection, column) for column in table.columns)
    place = _quote(connection, schema, name)
    plain = f"SELECT {columns} FROM {place} LIMIT {limits.rows}"
    product = connection.dialect.name
    last = max(1, limits.rows - 1)
    spread = ""
    if product == "postgresql" and total and total > 2 * limits.rows:
        percent = min(100.0, 120.0 * limits.rows / total)
        spread = (
            f"SELECT {columns} FROM {place} TABLESAMPLE SYSTEM ({percent:.6f}) LIMIT {limits.rows}"
        )
    elif product == "sqlite":
        spread = (
            f"WITH ends AS (SELECT min(rowid) AS low, max(rowid) AS high FROM {place}),"
            f" steps AS (SELECT 0 AS n UNION ALL SELECT n + 1 FROM steps WHERE n < {last})"
            f" SELECT {columns} FROM {place} WHERE rowid IN"
            f" (SELECT low + n * (high - low) / {last} FROM ends, steps)"
        )
    if spread:
        try:
            rows = connection.execute(text(spread)).all()
        except SQLAlchemyError:  # a view, or a table without row numbers
            connection.rollback()
            rows = []
        if len(rows) >= limits.rows // 2:
            return [tuple(row) for row in rows]
    return [tuple(row) for row in connection.execute(text(plain)).all()]


def _cut(connection: Connection, column: Column) -> str:
    """Name a column in a query; of long values only the beginning leaves the database."""
    name = _quote(connection, column.name)
    kind = column.type.upper()
    product = connection.dialect.name
    if "BLOB" in kind or "BYTEA" in kind or "BINARY" in kind:
        return f"NULL AS {name}"
    if product == "postgresql" and not kind.startswith(("INT", "BIGINT", "SMALLINT", "BOOL")):
        return f"left({name}::text, {LONGEST}) AS {name}"
    if product != "postgresql" and ("TEXT" in kind or "CHAR" in kind or "JSON" in kind):
        return f"substr({name}, 1, {LONGEST}) AS {name}"
    return name


def _tell(error: Exception, url: URL) -> str:
    told = str(getattr(error, "orig", None) or error).strip().splitlines() or ["?"]
    line = told[0]
    for secret in (url.password, url.username):
        line = line.replace(str(secret), "***") if secret else line
    return quote(line)
