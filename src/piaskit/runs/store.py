"""Cases and reports in a store that fsspec reaches: fetched for a turn, put back when it is done.

A store has no rename and no lock. What is put back is put file by file, the manifest after all that
it seals and the state last, so that a turn that was cut off is seen and done again.
"""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.publication.seal import MANIFEST
from piaskit.runs.turn import STATE, find_report, find_state, take_turn
from piaskit.safeguards.evidence import digest_file

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

Result: TypeAlias = dict[str, Any]


def is_remote(place: str) -> bool:
    """Tell whether a place is an address of a store.

    >>> is_remote("s3://bucket/cases"), is_remote("cases")
    (True, False)
    """
    return "://" in place


def open_store(place: str) -> tuple[AbstractFileSystem, str]:
    """Return the file system of an address and the path in it.

    Raises InvalidData ``extra-missing``, or ``unknown-value`` for a protocol that is not there.
    """
    if importlib.util.find_spec("fsspec") is None:
        message = "needs the packages of the extra portfolio"
        hint = 'pip install "piaskit[portfolio]"'
        raise InvalidData([Issue("extra-missing", Place("fsspec"), message, None, hint)])
    from fsspec.core import url_to_fs

    try:
        system, path = url_to_fs(place)
    except (ValueError, ImportError) as error:
        message = f"is no place that can be reached: {error}"
        raise InvalidData([Issue("unknown-value", Place("place"), message, quote(place))]) from None
    return system, str(path).rstrip("/")


def find_remote_cases(root: str) -> dict[str, str]:
    """Return the addresses of the cases below an address, by id."""
    system, path = open_store(root)
    found: dict[str, str] = {}
    for name in sorted(system.find(path)):
        folder, _, file = str(name).rpartition("/")
        id = folder.removeprefix(path).strip("/")
        inside = any(f"{id}/".startswith(f"{other}/") for other in found)
        if file == "case.yaml" and id and not inside:
            found[id] = str(system.unstrip_protocol(folder))
    return found


def fetch(source: str, target: Path) -> None:
    """Copy what lies below an address to a folder; nothing there leaves nothing."""
    system, path = open_store(source)
    for name in system.find(path) if system.exists(path) else ():
        relative = str(name).removeprefix(path).lstrip("/")
        place = (target / relative).resolve()
        if target.resolve() not in place.parents:
            message = "a file of the store would lie outside its folder"
            raise InvalidData([Issue("path-leaves-case", Place(relative), message)])
        place.parent.mkdir(parents=True, exist_ok=True)
        system.get_file(name, str(place))


def put(source: Path, target: str, *, last: str = "") -> None:
    """Make an address hold what a folder holds, files called ``last`` after all others."""
    system, path = open_store(target)
    files = sorted(p for p in source.rglob("*") if p.is_file() and not p.name.startswith("."))
    files.sort(key=lambda file: (file.name == last, file.parent == source))
    there = set(system.find(path)) if system.exists(path) else set()
    if not files:
        return
    for file in files:
        name = f"{path}/{file.relative_to(source).as_posix()}"
        there.discard(name)
        system.makedirs(name.rpartition("/")[0], exist_ok=True)
        system.put_file(str(file), name)
    for stale in sorted(there):
        system.rm_file(stale)


def take_turn_at(job: Result) -> Result:
    """Take a case's turn where case or portfolio may lie in a store: fetch, do, put back."""
    case, out, id = str(job["case"]), str(job["out"]), str(job["id"])
    if not is_remote(case) and not is_remote(out):
        return take_turn(**job)
    with tempfile.TemporaryDirectory(prefix="piaskit-") as folder:
        near = dict(job)
        if is_remote(case):
            near["case"] = str(Path(folder) / "case" / id.rpartition("/")[2])
            fetch(case, Path(near["case"]))
        if not is_remote(out):
            return take_turn(**near)
        here = Path(folder) / "out"
        near["out"] = str(here)
        report, state = find_report(here, id), find_state(here, id)
        editions = report.with_name(f"{report.name}-editions")
        for place in (report, editions, state):
            fetch(f"{out}/{place.relative_to(here).as_posix()}", place)
        before = _digest_state(state)
        turn = take_turn(**near)
        if _digest_state(state) != before:
            for place, last in ((editions, MANIFEST), (report, MANIFEST), (state, STATE)):
                if place.is_dir():
                    put(place, f"{out}/{place.relative_to(here).as_posix()}", last=last)
    return turn


def _digest_state(folder: Path) -> str:
    path = folder / STATE
    return digest_file(path) if path.is_file() else ""


@contextmanager
def mirror_states(out: str) -> Iterator[Path]:
    """Yield a folder here with the states and the overview of a portfolio in a store."""
    with tempfile.TemporaryDirectory(prefix="piaskit-") as folder:
        here = Path(folder) / "out"
        here.mkdir()
        for part in ("state", "overview"):
            fetch(f"{out}/{part}", here / part)
        yield here
        if (here / "overview").is_dir():
            put(here / "overview", f"{out}/overview", last=MANIFEST)
