"""A case in hand: its tables as frames, and who it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit.case.tables import TABLES
from piaskit.display import Card, Content
from piaskit.errors import Issue
from piaskit.model import Organisation

if TYPE_CHECKING:
    import pandas as pd

    from piaskit.knowledge import Knowledge


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One case, read and checked.

    ``frames`` holds every table of ``TABLES``, one row per record, all declared columns present:
    texts, ids and words are pandas ``str`` (missing: NaN), lists ``str`` joined by ``;``, numbers
    ``Int64`` or ``Float64``, dates ``datetime64[s]``. ``left_out`` tells what was wrong and left
    out on request.
    ``digests`` holds the SHA-256 of every file that was read, by its name in the case folder.
    """

    root: Path
    id: str
    title: str
    organisation: Organisation
    regimes: tuple[str, ...]
    methods: tuple[str, ...]
    languages: tuple[str, ...]
    as_of: date
    contacts: tuple[dict[str, str], ...]
    channels: dict[str, tuple[str, ...]]
    publication: dict[str, str]
    texts: dict[str, str]
    frames: dict[str, pd.DataFrame]
    knowledge: Knowledge
    notices: tuple[Issue, ...] = ()
    left_out: tuple[Issue, ...] = ()
    digests: Mapping[str, str] = ()  # type: ignore[assignment]

    def say(self, row_or_id: object, column: str, lang: str) -> str:
        """Return a text of the case in one language, '' when it is blank.

        The companion ``<column>_<lang>`` comes first, else the plain column. A row may be a Series,
        a named tuple or a mapping; an id is that of a row (``flows/f-1``, or bare: the first table
        that holds it and has the column) or of the case itself.
        """
        row = self._find_row(row_or_id, column) if isinstance(row_or_id, str) else row_or_id
        for name in (f"{column}_{lang}", column):
            text = _take(row, name)
            if text:
                return text
        return ""

    def _find_row(self, id: str, column: str) -> object:
        if id == self.id:
            return {**self.organisation.texts, "name": self.organisation.name, **self.texts}
        table, slash, tail = id.partition("/")
        names = [table] if slash and table in TABLES else list(TABLES)
        wanted = tail if slash and table in TABLES else id
        for name in names:
            frame = self.frames[name]
            if column in frame.columns:
                (at,) = (frame["id"] == wanted).to_numpy(dtype=bool).nonzero()
                if len(at):
                    own = [name for name in frame.columns if name.startswith(column)]
                    return {name: frame[name].iat[at[0]] for name in own}
        return {}

    def __repr__(self) -> str:
        rows = ", ".join(f"{n} {len(f)}" for n, f in self.frames.items() if len(f))
        return f"<Case {self.id} as of {self.as_of}: {rows or 'no rows'}>"

    def _repr_html_(self) -> str:
        """Show what the case is and how many rows its tables have, as data and never as markup."""
        say, lang = self.knowledge.labels, self.languages[0]
        facts: list[tuple[str, Content]] = [
            (say("page.organisation", lang), self.say(self.organisation, "name", lang)),
            (say("run.as-of", lang), self.as_of.isoformat()),
            (say("run.regime", lang), [say(f"report.regime.{id}", lang) for id in self.regimes]),
        ]
        tables = ((name, len(frame)) for name, frame in self.frames.items() if len(frame))
        facts += [(say(f"table.{name}", lang), size) for name, size in tables]
        if self.left_out:
            facts.append((say("run.left-out", lang), len(self.left_out)))
        facts += [(say("run.notice", lang), str(notice)) for notice in self.notices]
        return Card(self.say(self.id, "title", lang), tuple(facts), lang)._repr_html_()


def _take(row: object, name: str) -> str:
    if isinstance(row, Mapping) or hasattr(row, "keys"):
        source: Any = row
        value = source[name] if name in source.keys() else None  # noqa: SIM118
    else:
        value = getattr(row, name, None)
    # NaN, NaT and pd.NA are the only values unlike themselves or of no truth value.
    if value is None or type(value).__name__ in ("NAType", "NaTType") or value != value:
        return ""
    return str(value)
