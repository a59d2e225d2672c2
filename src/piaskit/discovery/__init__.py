"""Personal information found where it really is: in the columns of databases and files, in texts.

Names and comments of columns are read by the packs of kind ``names``, sampled values by those of
kind ``patterns``. Samples stay in memory and are shown masked; docs/discovery.md.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from piaskit.errors import InvalidData, Issue, Place, quote

if TYPE_CHECKING:
    from piaskit.discovery.findings import Discovery
    from piaskit.discovery.tables import Source

ROWS = 1000
SECONDS = 30.0
_SQLITE = b"SQLite format 3\0"


def discover_data(
    source: str | Path = "",
    *,
    text: str | None = None,
    into: Path | str | None = None,
    as_of: date | None = None,
    rows: int = ROWS,
    seconds: float = SECONDS,
    packs: Path | None = None,
) -> Discovery:
    """Find personal information in a source: a database's URL, a file or a folder of files.

    A sample of at most ``rows`` rows of each table is looked at, in a database within ``seconds``
    per table and only by reading. A CSV headed ``table,column,type,comment`` is a list of columns.
    With ``text`` instead of a source, the findings say what a text meant for publication holds, and
    whose it is. ``into`` names a case, which is made when it does not exist: what was found becomes
    rows to confirm, and the answer says what is new since the case last looked. ``as_of`` is the
    day on which children are counted (default: today). Raises InvalidData.

    >>> found = discover_data(text="I am Ann, my number is +44 7911 123456.")
    >>> [(f.category, f.whose, f.example) for f in found.findings][-1]
    ('contact.phone', 'self', '+** **** ******')
    """
    from piaskit.discovery.search import search_source, search_texts
    from piaskit.knowledge import load_knowledge

    knowledge = load_knowledge(packs) if packs else load_knowledge()
    if text is not None:
        return search_texts({"text": text}, knowledge, as_of or date.today())
    found = search_source(_open(source, rows, seconds), knowledge, as_of or date.today())
    if into is None:
        return found
    from piaskit.discovery.drafts import draft_rows

    return draft_rows(found, Path(into))


def _open(source: str | Path, rows: int, seconds: float) -> Source:
    from piaskit.discovery.files import read_files

    path = Path(source)
    if "://" in str(source):
        from piaskit.discovery.database import read_database

        return read_database(str(source), rows, seconds)
    if not path.exists():
        text = "there is no such file or folder, and it is no URL of a database"
        raise InvalidData([Issue("discover-source", Place(quote(path.name)), text)])
    if path.is_file():
        with path.open("rb") as file:
            start = file.read(len(_SQLITE))
        if start == _SQLITE:
            from piaskit.discovery.database import read_database

            return read_database(f"sqlite:///{path}", rows, seconds)
    return read_files(path, rows)


def read_text(path: Path) -> str:
    """Read a file of text, UTF-8 or GB18030; raises InvalidData."""
    from piaskit.case.read import decode_text

    if not path.is_file():
        issue = Issue("discover-source", Place(quote(path.name)), "there is no such file")
        raise InvalidData([issue])
    return decode_text(path.read_bytes(), Place(quote(path.name)), [])
