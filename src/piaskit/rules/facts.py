"""The facts of a case as tables in a locked DuckDB: no file, no network, no changed setting."""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from piaskit.case import TABLES
from piaskit.case.columns import to_arrow
from piaskit.rules.context import tell_context
from piaskit.rules.script import choose_steps, read_script, take_step
from piaskit.rules.touched import Touched

if TYPE_CHECKING:
    from piaskit.case import Case

VIEWS: dict[str, str] = {
    "organisation": "organisation_facts",
    "activity": "activity_facts",
    "item": "item_facts",
    "flow": "flow_facts",
    "party": "party_facts",
    "system": "system_facts",
    "safeguard": "safeguard_facts",
    "access": "access_facts",
    "account": "account_facts",
    "service": "service_facts",
    "database": "database_facts",
}
"""What a rule is about, and the view that holds its facts."""

TABLE_OF: dict[str, str] = {
    "organisation": "organisation",
    "activity": "activities",
    "item": "items",
    "flow": "flows",
    "party": "parties",
    "system": "systems",
    "safeguard": "safeguards",
    "access": "access",
    "account": "accounts",
    "service": "services",
    "database": "databases",
}
"""What a rule is about, and the table its subjects stand in."""

SCRIPTS = (
    "places",
    "items",
    "flows",
    "activities",
    "parties",
    "systems",
    "people",
    "organisation",
    "safeguards",
    "access",
    "accounts",
    "services",
)
"""The scripts below ``views/`` that derive the facts, each after those it reads.

Before the first one, the tables of the case stand under their own names, and with them what
``context.py`` takes from case.yaml and the packs.
"""

SEEN: dict[str, dict[str, str]] = {
    "proofs": {"id": "str", "state": "str", "because": "str", "because_zh": "str"},
    "passwords": {
        "id": "str",
        "samples": "Int64",
        "weak": "Int64",
        "breached": "Int64",
        "weakest": "str",
        "guesses_per_day": "Int64",
    },
    "services": {
        "id": "str",
        "host": "str",
        "port": "Int64",
        "is_address": "boolean",
        "tls1_0": "str",
        "tls1_1": "str",
        "tls1_2": "str",
        "tls1_3": "str",
        "cipher": "str",
        "weak_ciphers": "str",
        "static_ciphers": "str",
        "chain": "str",
        "self_signed": "boolean",
        "host_matches": "boolean",
        "names": "str",
        "not_after": "datetime64[s]",
        "days_left": "Int64",
        "key_type": "str",
        "key_bits": "Int64",
        "signature": "str",
        "https": "boolean",
        "hsts_max_age": "Int64",
        "plain_http": "str",
        "plain_target": "str",
        "cookies_not_secure": "str",
        "cookies_not_httponly": "str",
        "cookies_not_samesite": "str",
    },
    "databases": {
        "id": "str",
        "product": "str",
        "version": "str",
        "tls": "str",
        "connection_tls": "str",
        "tls_minimum": "str",
        "password_storage": "str",
        "crypto_extension": "str",
        "audit": "str",
        "log_statements": "str",
        "log_connections": "str",
    },
}
"""What only looking can tell, by table: columns and their dtypes. Blank until somebody looked."""

_RESTING = {
    "proofs": "safeguards",
    "passwords": "accounts",
    "services": "services",
    "databases": "services",
}
"""The script whose facts rest on such a table; no other script reads these facts."""

MEMORY = 512  # MB that one rule may take beside the facts
THREADS = 2
FEW = 20_000
_TYPES = {
    pa.string(): "VARCHAR",
    pa.large_string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
}
_KINDS = {"str": "VARCHAR", "Int64": "BIGINT", "boolean": "BOOLEAN", "datetime64[s]": "DATE"}
_COLUMN = re.compile(r"[a-z][a-z0-9_]*")
_TOLD = {
    "activities": ("title",),
    "items": ("title",),
    "parties": ("title", "onward"),
    "systems": ("title",),
    "safeguards": ("title",),
    "accounts": ("title",),
}
"""Texts whose companions in other languages a message may tell, by table."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a case in a locked database, and which flows touch which of its subjects."""

    case: Case
    connection: duckdb.DuckDBPyConnection
    touched: Touched
    _seen: set[str] = field(default_factory=set)
    _views: dict[str, dict[str, str]] = field(default_factory=dict)

    def __enter__(self) -> Facts:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database; hits found before stay what they are."""
        self.connection.close()

    def see(self, **seen: pd.DataFrame) -> None:
        """Show these tables of ``SEEN``, and no others, in the facts that rest on them."""
        changed = [name for name in SEEN if name in self._seen or name in seen]
        for name in changed:
            _load_seen(self.connection, name, seen.get(name))
        for script in dict.fromkeys(_RESTING[name] for name in changed):
            for statement in read_script(script):
                self.connection.execute(statement)
        self._seen.clear()
        self._seen.update(seen)

    def execute(self, sql: str) -> duckdb.DuckDBPyConnection:
        """Ask the database as a rule would; raises duckdb.Error for what the lock forbids."""
        return self.connection.execute(sql)

    def fetch(self, sql: str) -> pa.Table:
        """Ask the database and return the rows; raises duckdb.Error as ``execute`` does."""
        if len(self.case.frames["flows"]) > FEW:
            return self.connection.sql(sql).to_arrow_table()
        # Bound once, not twice; the copy of the rows that DuckDB warns of is a small one.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            return self.connection.execute(sql).to_arrow_table()

    def describe(self, relation: str) -> dict[str, str]:
        """Return the columns of a view or of a question in brackets, with their types."""
        if relation not in self._views:
            rows = self.execute(f"DESCRIBE {relation}").fetchall()
            self._views[relation] = {str(row[0]): str(row[1]) for row in rows}
        return self._views[relation]


def open_facts(
    case: Case,
    memory: int = MEMORY,
    scripts: Sequence[str] = SCRIPTS,
    wanted: Collection[str] | None = None,
    **seen: pd.DataFrame,
) -> Facts:
    """Load a case into an in-memory DuckDB, derive its facts and lock the door.

    ``memory`` are the megabytes a rule may take on top of the facts; ``scripts`` those of
    ``SCRIPTS`` that are run; ``seen`` are tables of ``SEEN``: states of safeguards, and what probes
    answered. Where it is known what will be asked, ``wanted`` holds the names of those columns, and
    others are not derived. The caller closes the facts (``with``). Raises nothing for a case that
    was read without issues.
    """
    # With few flows a second thread is more work than help.
    threads = THREADS if len(case.frames["flows"]) > FEW else 1
    connection = duckdb.connect(":memory:", config={"threads": threads})
    try:
        # Set first of all, so that no title of a case can ever be taken for a Python variable.
        connection.execute("SET python_enable_replacements = false")
        connection.execute("SET temp_directory = ''")
        # In a notebook DuckDB would draw one into the answer.
        connection.execute("SET enable_progress_bar = false")
        statements = [statement for script in scripts for statement in read_script(script)]
        steps, named = choose_steps(statements, wanted, {*VIEWS.values()} - {"flow_facts"})
        context = tell_context(case)
        frames = case.frames if "places" in scripts else {}
        if not frames:
            context = {"setting": context["setting"]}
        for name in dict.fromkeys((*context, *frames, *SEEN)):
            if (named is not None and name not in named) or name == "flows":
                continue
            if name in SEEN:
                _load_seen(connection, name, seen.get(name))
            else:
                table = _tabulate(name, frames[name]) if name in frames else context[name]
                _load_table(connection, name, table)
        asked = "flows" in frames and (named is None or "flows" in named)
        stored = any(step.made == "flow_rows" for step in steps)
        with _arrive_flows(connection, frames["flows"] if asked else None, stored):
            for step in steps:
                take_step(connection, step)
        lock_connection(connection, memory)
    except BaseException:
        connection.close()
        raise
    return Facts(case, connection, Touched(case.frames), set(seen))


@contextmanager
def borrow_facts(
    case: Case,
    facts: Facts | None,
    memory: int = MEMORY,
    scripts: Sequence[str] = SCRIPTS,
    wanted: Collection[str] | None = None,
    **seen: pd.DataFrame,
) -> Iterator[Facts]:
    """Yield facts that somebody else closes, else such as ``open_facts`` opens, closed afterwards.

    Borrowed ones show what is ``seen``, and must hold all that will be asked. Raises ValueError for
    those of another case.
    """
    if facts is None:
        with open_facts(case, memory, scripts, wanted, **seen) as own:
            yield own
    elif facts.case is not case:
        raise ValueError("these are the facts of another case")
    else:
        facts.see(**seen)
        yield facts


def lock_connection(connection: duckdb.DuckDBPyConnection, memory: int = MEMORY) -> None:
    """Shut off files, network and extensions, bound the memory, and make that final.

    ``memory`` are megabytes on top of what the database holds already.
    """
    row = connection.execute("SELECT sum(memory_usage_bytes) FROM duckdb_memory()").fetchone()
    held = int(row[0] or 0) if row else 0
    for setting in (
        f"memory_limit = '{held // 1_000_000 + memory + 1}MB'",
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "allow_community_extensions = false",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        connection.execute(f"SET {setting}")


@contextmanager
def _arrive_flows(
    connection: duckdb.DuckDBPyConnection, frame: pd.DataFrame | None, stored: bool
) -> Iterator[None]:
    """Let the scripts read the flows where they stand and write them once, into ``flow_rows``.

    To store a million of them twice costs as much as to derive what is asked of them. ``_row``
    numbers them, ``_activity`` their activities as ``flow_activities`` does. Afterwards ``flows``
    shows what was registered, as every other table does, where they were ``stored``.
    """
    if frame is None:
        yield
        return
    own = [column.name for column in TABLES["flows"].columns]
    arriving = _tabulate("flows", frame)
    names = arriving.column_names
    foreign = {name: f"_{name}" for name in names if name not in own}
    arriving = arriving.rename_columns([foreign.get(name, name) for name in names])
    arriving = arriving.append_column("_row", pa.array(np.arange(len(frame), dtype=np.int32)))
    encoded = to_arrow(frame["activity"]).dictionary_encode()
    arriving = arriving.append_column("_activity", encoded.indices)
    numbers = pa.array(np.arange(len(encoded.dictionary)))
    named = pa.table({"number": numbers, "id": encoded.dictionary})
    _load_table(connection, "flow_activities", named)
    connection.register("arriving_flows", arriving)
    connection.execute("CREATE TEMP VIEW flows AS SELECT * FROM arriving_flows")
    yield
    connection.execute("DROP VIEW flows")
    connection.unregister("arriving_flows")
    if not stored:
        return
    told = ", ".join(f'"{foreign.get(name, name)}" AS "{name}"' for name in names)
    connection.execute(f"CREATE VIEW flows AS SELECT {told}, _row FROM flow_rows")


def _load_seen(
    connection: duckdb.DuckDBPyConnection, name: str, frame: pd.DataFrame | None
) -> None:
    columns = SEEN[name]
    if frame is None:
        _declare_table(connection, name, {column: _KINDS[kind] for column, kind in columns.items()})
        return
    whole = frame.reindex(columns=list(columns)).astype(columns)
    facts = [column for column, kind in columns.items() if kind == "boolean"]
    filled = whole.fillna(dict.fromkeys(facts, False))
    _load_table(connection, name, _tabulate(name, filled))


def _load_table(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    kinds = {column.name: _TYPES.get(column.type, "") for column in table.schema}
    if not len(table) and all(kinds.values()):  # many are: to declare one costs a quarter
        _declare_table(connection, name, kinds)
        return
    connection.execute(f'DROP TABLE IF EXISTS "{name}"')
    connection.from_arrow(table).create(f'"{name}"')


def _declare_table(
    connection: duckdb.DuckDBPyConnection, name: str, kinds: Mapping[str, str]
) -> None:
    columns = ", ".join(f'"{column}" {kind}' for column, kind in kinds.items())
    connection.execute(f'CREATE OR REPLACE TABLE "{name}" ({columns})')


def _tabulate(name: str, frame: pd.DataFrame) -> pa.Table:
    """Return a frame as a table, its days without a time.

    Foreign columns whose names are no identifiers are left out; companions that rules tell are
    added.
    """
    columns = {}
    for column in filter(_COLUMN.fullmatch, map(str, frame.columns)):
        cells = pa.array(frame[column], from_pandas=True)
        days = pa.types.is_timestamp(cells.type)
        columns[column] = cells.cast(pa.date32(), safe=False) if days else cells
    blank = pa.nulls(len(frame), pa.string())
    companions = (text + tail for text in _TOLD.get(name, ()) for tail in ("_en", "_zh"))
    return pa.table(columns | {name: blank for name in companions if name not in columns})
