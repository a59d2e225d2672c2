"""Many cases to reports, and one overview of the group; what did not change is not done again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from piaskit.case.check import PACKS
from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.publication.place import make_room
from piaskit.runs.cluster import open_client, spread
from piaskit.runs.events import FAILED, call_hook, observe
from piaskit.runs.group import NOTEBOOK, have_overview
from piaskit.runs.log import RunLog
from piaskit.runs.notebooks import FREE, Limits, choose_engine
from piaskit.runs.progress import show_cases
from piaskit.runs.report import is_report
from piaskit.runs.store import fetch, find_remote_cases, is_remote, mirror_states, take_turn_at
from piaskit.runs.turn import BUSY

if TYPE_CHECKING:
    from distributed import Client


Result: TypeAlias = dict[str, Any]
Job: TypeAlias = dict[str, Any]  # the arguments of take_turn

WORK = "work"


@observe("portfolio")
def run_portfolio(
    root: str | Path,
    out: str | Path,
    *,
    workers: int | None = None,
    scheduler: str = "",
    jobs: int | None = None,
    edition: str = "both",
    lang: str = "both",
    formats: str = "html,pdf,xlsx,json",
    method: str = "",
    layout: str = "standard",
    as_of: date | str | None = None,
    packs: str | Path | None = None,
    seed: int = 1,
    keep_going: bool = False,
    key: str | Path | None = None,
    engine: str = "",
    limits: Limits = FREE,
    hook: str = "",
    log: str | Path | RunLog | None = None,
    quiet: bool = True,
) -> Result:
    """Write the reports of every case below ``root`` and an overview of them all.

    Reports stand in ``out/cases/<id>``, the state of each case in ``out/state/<id>``, the overview
    in ``out/overview``; a case's id is its folder below ``root``. A case that fails stops no other.
    A second run does what changed or failed; two runs at once share the cases. ``root`` and
    ``out`` may be addresses that fsspec knows.

    Parameters
    ----------
    workers, scheduler
        Spread the cases by Dask: over so many processes here, or over the cluster of a scheduler
        whose workers reach ``root`` and ``out``. The files are the same.
    jobs
        Without Dask: cases at a time, as many as there are processors when None.
    engine, limits, key
        As in ``write_report``, like all that is not named here.
    hook, log
        The hook is told of what happens to each case; the log goes to the folder ``log``.

    Returns
    -------
    dict
        ``cases`` with id, status (done, unchanged, failed), seconds, error and events of each;
        ``overview``: its files, or None with ``overview_error``; ``seconds``.

    Raises
    ------
    InvalidData
        ``no-cases``, or a parameter that no case could be run with.
    """
    started = time.perf_counter()
    root, out = (str(p) if is_remote(str(p)) else str(Path(p).resolve()) for p in (root, out))
    found = list_cases(root, out)
    engine = choose_engine(engine)
    if engine == "fork" and not scheduler and not workers:
        from piaskit.runs.fork import expect_forks

        expect_forks()
    options = {
        "edition": edition,
        "lang": lang,
        "formats": formats,
        "method": method,
        "layout": layout,
        "as_of": as_of.isoformat() if isinstance(as_of, date) else as_of or "",
        "packs": str(Path(packs).resolve()) if packs else None,
        "seed": seed,
        "keep_going": keep_going,
        "key": str(Path(key).resolve()) if key else None,
    }
    check_options(options, found.values())
    assert isinstance(log, RunLog)
    with ExitStack() as stack:
        here = stack.enter_context(mirror_states(out)) if is_remote(out) else Path(out)
        scratch = stack.enter_context(_open_work(here))
        client = None
        if workers or scheduler:
            client = stack.enter_context(open_client(workers, scheduler))
        at_once = workers or jobs or os.cpu_count() or 1
        asked: list[Job] = [
            {
                "id": id,
                "case": case,
                "out": out,
                "options": options,
                "engine": engine,
                "limits": {"seconds": limits.seconds, "memory": limits.memory},
                "scratch": str(scratch) if engine == "fork" and not scheduler else "",
                "sharers": 1 if scheduler else min(at_once, len(found)),
            }
            for id, case in found.items()
        ]
        turns: dict[str, Result] = {}
        do = call_turn if engine == "fork" else take_turn_at
        step = stack.enter_context(show_cases(len(asked), quiet))
        for turn in _do_all(asked, do, at_once, client):
            turns[turn["id"]] = turn
            log.add(turn.pop("log", ()))
            for event in turn["events"]:
                call_hook(hook, event)
            step(turn["id"])
        if is_remote(out):
            fetch(f"{out}/state", here / "state")
        with log.time(NOTEBOOK):
            overview, error = have_overview(here, list(found), options, engine, limits)
    return {
        "cases": [turns[id] for id in found],
        "overview": overview,
        "overview_error": error,
        "seconds": round(time.perf_counter() - started, 1),
    }


def list_cases(root: str, out: str) -> dict[str, str]:
    """Return where the cases are by id; ``root`` is a folder or an address.

    Raises InvalidData ``no-cases`` when there is none.
    """
    if is_remote(root):
        found = find_remote_cases(root)
        if not found:
            raise InvalidData([_refuse_empty(root)])
        return found
    local = None if is_remote(out) else Path(out)
    return {id: str(case) for id, case in find_cases(Path(root), local).items()}


def _refuse_empty(name: str) -> Issue:
    hint = "a case is a folder with case.yaml, one level down or deeper"
    return Issue("no-cases", Place(name), "holds no case", None, hint)


def find_cases(root: Path, out: Path | None = None) -> dict[str, Path]:
    """Return the cases below a folder by id; what lies in ``out`` or in a report is no case.

    Raises InvalidData ``no-cases`` when there is none.
    """
    found: dict[str, Path] = {}
    for folder, folders, files in os.walk(root):
        path = Path(folder)
        if path == out or is_report(path) or path.name.endswith("-editions"):
            folders.clear()
        elif "case.yaml" in files:
            found[path.relative_to(root).as_posix()] = path
            folders.clear()  # what a case keeps inside is its own
        else:
            folders[:] = sorted(name for name in folders if not name.startswith("."))
    found.pop(".", None)
    if not found:
        raise InvalidData([_refuse_empty(root.name)])
    if out is not None and any(case == out or case in out.parents for case in found.values()):
        message = "the folder of the portfolio lies in a case"
        raise InvalidData([Issue("out-holds-case", Place(out.name), message)])
    return dict(sorted(found.items()))


def check_options(options: Mapping[str, Any], cases: Iterable[str] = ()) -> None:
    """Refuse, once and before anything runs, what every case would refuse.

    A layout or method that only the own packs of a case may know is left to the cases.
    """
    from piaskit.knowledge import load_knowledge
    from piaskit.publication.seal import load_key
    from piaskit.report.exporters import list_formats
    from piaskit.runs.parameters import choose_words
    from piaskit.runs.run import EDITIONS, LANGUAGES, choose_editions

    choose_words("editions", options["edition"], EDITIONS)
    choose_words("lang", options["lang"], LANGUAGES)
    choose_words("formats", options["formats"], list_formats())
    packs = load_knowledge(*([Path(options["packs"])] if options["packs"] else ()))
    open_ended = any(map(_may_have_packs, cases))
    if options["layout"] in packs.templates or not open_ended:
        keep_going = bool(options["keep_going"])
        choose_editions(packs, options["edition"], options["layout"], keep_going=keep_going)
    if options["method"] and not open_ended:
        choose_words("method", options["method"], tuple(packs.methods))
    if options["key"]:
        load_key(Path(options["key"]))
    if options["as_of"]:
        try:
            date.fromisoformat(options["as_of"])
        except ValueError:
            place = Place("parameters", column="as_of")
            told = quote(options["as_of"])
            message = "expected a date like 2026-01-31"
            raise InvalidData([Issue("bad-date", place, message, told)]) from None


def _may_have_packs(case: str) -> bool:
    return is_remote(case) or any((Path(case) / PACKS).rglob("*.yaml"))


@contextmanager
def _open_work(out: Path) -> Iterator[Path]:
    """Yield a folder for what is temporary; what killed runs left there is removed."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        room = make_room(out / WORK)
        scratch = room.__enter__()
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise InvalidData([Issue("cannot-write", Place(out.name), message)]) from None
    try:
        yield scratch
    finally:
        room.__exit__(None, None, None)


def _do_all(
    jobs: Sequence[Job], do: Callable[[Job], Result], threads: int, client: Client | None = None
) -> Iterator[Result]:
    """Yield the turns of all cases as they end; those that somebody else has now come last."""

    def go(jobs: Sequence[Job]) -> Iterator[tuple[Job, Result]]:
        if client is not None:
            return spread(client, do, jobs, _give_up)
        return _spread_here(do, jobs, threads)

    postponed = []
    for job, turn in go(jobs):
        if turn["status"] == BUSY:
            postponed.append({**job, "wait": True})
        else:
            yield turn
    for _, turn in go(postponed):
        yield turn


def call_turn(job: Job) -> Result:
    """Have a fork of a warm process take a case's turn; a fork that is killed fails its case."""
    from piaskit.runs.fork import call_forked

    try:
        turn: Result = call_forked("piaskit.runs.store:take_turn_at", job=job)
    except RuntimeError:
        return _give_up(job)
    return turn


def _give_up(job: Job) -> Result:
    event = {"event": FAILED, "case": job["id"], "because": ["killed"]}
    error = "the process that did the work ended"
    turn = {"id": job["id"], "status": "failed", "seconds": 0.0, "error": error}
    return {**turn, "events": [event], "log": []}


def _spread_here(
    do: Callable[[Job], Result], jobs: Sequence[Job], threads: int
) -> Iterator[tuple[Job, Result]]:
    """Yield each job with its result as it ends, ``threads`` of them at a time."""
    from concurrent.futures import ThreadPoolExecutor

    from piaskit.runs.beside import take_done
    from piaskit.runs.kernels import stop_kernels

    with ThreadPoolExecutor(threads) as pool:
        running = {pool.submit(do, job): job for job in jobs}
        try:
            for done in take_done(running):
                yield running[done], done.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            while not all(future.done() for future in running):
                stop_kernels()
                time.sleep(0.1)
            raise
