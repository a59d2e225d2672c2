"""A case becomes one folder of reports: four notebooks, then a single rename."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.runs.notebooks import NotebookStopped, find_notebooks, run_notebook, stop_kernels
from piaskit.runs.parameters import (
    check_parameters,
    choose_words,
    read_parameters,
    resolve_as_of,
)
from piaskit.runs.run import (
    EDITIONS,
    LANGUAGES,
    choose_editions,
    choose_layout,
    never_published,
    pick_activities,
    write_json,
)

if TYPE_CHECKING:
    from nbformat import NotebookNode

Result: TypeAlias = dict[str, Any]

ANALYSES = ("1-inventory", "2-risk", "3-tabletop")
REPORT = "4-report"


def write_report(
    case: str | Path,
    out: str | Path,
    *,
    edition: str = "both",
    lang: str = "both",
    formats: str = "html,pdf,xlsx,json",
    method: str = "",
    assessment: str = "",
    layout: str = "standard",
    as_of: date | str | None = None,
    packs: str | Path | None = None,
    seed: int = 1,
    keep_going: bool = False,
    quiet: bool = True,
) -> Result:
    """Run the notebooks over a case and write its reports to ``out``, whole or not at all.

    Everything is written beside ``out`` first and moved there by one rename. An ``out`` that holds
    an earlier report (its manifest says so) is replaced; any other folder with content is refused.

    Parameters
    ----------
    edition, lang, formats
        Words, several separated by commas; ``both`` means all editions or languages.
    layout
        ``standard``, or ``export``: the report on exports under the PIPL, which has an internal
        edition only.
    quiet
        Show no progress; otherwise progress goes to standard error at a terminal.

    Returns
    -------
    dict
        ``files`` with path, sha256, edition, lang and format of each report; ``seconds``;
        ``not_published``: the number of rows left out when that kept the public edition back.

    Raises
    ------
    InvalidData
        Issues of the case or of a parameter; nothing was written.
    NotebookStopped
        A notebook failed for another reason; nothing was written.
    """
    from piaskit.report.exporters import list_formats

    started = time.perf_counter()
    case, out = Path(case).resolve(), Path(out).resolve()
    day = resolve_as_of(case, as_of)
    editions = choose_editions(edition, choose_layout(layout))
    if keep_going and editions == ["public"]:
        raise InvalidData([never_published()])
    _check_target(out, case)
    asked = {
        "case": str(case),
        "as_of": day.isoformat(),
        "packs": str(Path(packs).resolve()) if packs else "",
        "assessment": assessment,
        "method": method,
        "seed": seed,
        "lang": ",".join(choose_words("lang", lang, LANGUAGES)),
        "editions": editions,
        "layout": layout,
        "formats": choose_words("formats", formats, list_formats()),
        "keep_going": keep_going,
    }
    _check_case(asked)
    with _make_room(out) as beside:
        work = Path(beside) / "run"
        _carry_previous(out, work, day)
        try:
            _run_all({**asked, "out": str(work)}, work, quiet)
        except NotebookStopped as stopped:
            _explain(stopped)
            raise
        files = seal_report(work, seed)
        left_out = len(_read(work / "results" / "inputs.json")["left_out"])
        _move(work, out, Path(beside) / "old")
    return {
        "files": files,
        "seconds": round(time.perf_counter() - started, 1),
        "not_published": left_out if keep_going and "public" in editions else 0,
    }


def _read(path: Path) -> Result:
    content: Result = json.loads(path.read_text("utf-8"))
    return content


def _check_target(out: Path, case: Path) -> None:
    issue = None
    if out == case or out in case.parents:
        issue = Issue(
            "out-holds-case",
            Place(out.name),
            "the report folder would replace the case",
            None,
            "choose another folder",
        )
    elif out.exists() and not is_report(out) and (not out.is_dir() or any(out.iterdir())):
        issue = Issue(
            "out-not-empty",
            Place(out.name),
            "exists and is no earlier report of piaskit",
            None,
            "choose a new folder",
        )
    if issue:
        raise InvalidData([issue])


def _check_case(asked: Result) -> None:
    """Raise what is wrong with the case, or asked of it, before a kernel starts."""
    import piaskit

    data = piaskit.read_case(
        asked["case"],
        packs=Path(asked["packs"]) if asked["packs"] else None,
        as_of=date.fromisoformat(asked["as_of"]),
        keep_going=asked["keep_going"],
    )
    pick_activities(data, asked["assessment"])
    if asked["method"]:
        choose_words("method", asked["method"], tuple(data.knowledge.methods))


def _make_room(out: Path) -> tempfile.TemporaryDirectory[str]:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent)
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise InvalidData([Issue("cannot-write", Place(out.name), message)]) from None


def is_report(folder: Path) -> bool:
    """Tell whether a folder was written by ``write_report``: its manifest names its files."""
    try:
        manifest = _read(folder / "manifest.json")
        return "piaskit" in manifest and "results/inputs.json" in manifest["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _carry_previous(out: Path, work: Path, day: date) -> None:
    """Keep the assessment of an earlier day, so that the report can say what changed.

    A report of the same day passes on what it was compared with itself: run twice, nothing differs.
    """
    if not is_report(out):
        return
    earlier = _read(out / "manifest.json")["as_of"] < day.isoformat()
    kept = out / "results" / ("assess.json" if earlier else "previous.json")
    if kept.is_file():
        write_json(work / "results" / "previous.json", _read(kept))


def _run_all(asked: Result, work: Path, quiet: bool) -> None:
    """Run the analyses side by side, then the report that reads their results."""
    from piaskit.runs.notebooks import save_working_paper

    folder = find_notebooks()
    paths = {name: folder / f"{name}.ipynb" for name in (*ANALYSES, REPORT)}
    given = {
        name: {key: asked[key] for key in read_parameters(path) if key in asked}
        for name, path in paths.items()
    }
    for name, path in paths.items():
        check_parameters(path, given[name])

    def run(name: str) -> NotebookNode:
        return run_notebook(paths[name], given[name])

    done: dict[str, Future[NotebookNode]] = {}
    with ThreadPoolExecutor(len(ANALYSES)) as pool, _progress(quiet) as step:
        try:
            for name in ANALYSES:
                done[name] = pool.submit(run, name)
            for name in ANALYSES:
                done[name].result()
                step(name)
            done[REPORT] = pool.submit(run, REPORT)
            for name in ANALYSES:
                save_working_paper(done[name].result(), work / "working", name)
            save_working_paper(done[REPORT].result(), work / "working", REPORT)
            step(REPORT)
        except BaseException:
            _abandon(pool, done.values())
            raise


def _abandon(pool: ThreadPoolExecutor, runs: Iterable[Future[NotebookNode]]) -> None:
    """Let nobody wait for what runs: a kernel may be starting, so they are asked until all end."""
    pool.shutdown(wait=False, cancel_futures=True)
    while not all(run.done() for run in runs):
        stop_kernels()
        time.sleep(0.1)


@contextmanager
def _progress(quiet: bool) -> Iterator[Any]:
    if quiet or not sys.stderr.isatty():
        yield lambda name: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(" + ".join(ANALYSES), total=len(ANALYSES) + 1)

        def step(name: str) -> None:
            progress.update(task, advance=1, description=REPORT if name == ANALYSES[-1] else name)

        yield step


def _explain(stopped: NotebookStopped) -> None:
    """Raise what stopped a notebook in the words of the data, when the data is the cause."""
    if stopped.name != "InvalidData":
        return
    lines = [line for line in stopped.value.splitlines() if line.strip()]
    place = Place(stopped.notebook)
    raise InvalidData([Issue("notebook-refused", place, quote(line)) for line in lines]) from None


def seal_report(folder: Path, seed: int) -> list[Result]:
    """Write the manifests of a finished run and return its report files.

    The public edition has a manifest of its own, which tells digests of inputs without names.
    """
    inputs = _read(folder / "results" / "inputs.json")
    digests = {
        path.relative_to(folder).as_posix(): _digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    head = {"piaskit": inputs["piaskit"], "schema": 1, "as_of": inputs["as_of"], "seed": seed}
    public = {
        name.removeprefix("public/"): digest
        for name, digest in digests.items()
        if name.startswith("public/")
    }
    if public:
        sealed = {
            **head,
            "files": public,
            "inputs": sorted(inputs["inputs"].values()),
            "packs": sorted(pack["sha256"] for pack in inputs["packs"]),
        }
        write_json(folder / "public" / "manifest.json", sealed)
        digests["public/manifest.json"] = _digest(folder / "public" / "manifest.json")
    sealed = {**head, "files": digests, "inputs": inputs["inputs"], "packs": inputs["packs"]}
    write_json(folder / "manifest.json", sealed)
    return [
        dict(zip(("edition", "lang", "format"), _name_parts(name), strict=True))
        | {"path": name, "sha256": digest}
        for name, digest in digests.items()
        if name.split("/")[0] in EDITIONS and not name.endswith("manifest.json")
    ]


def _name_parts(name: str) -> tuple[str, str, str]:
    edition, file = name.split("/", 1)
    _, lang, ending = file.split(".")
    return edition, lang, ending


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _move(work: Path, out: Path, old: Path) -> None:
    """Put the finished folder in place; an earlier report steps aside and comes back on failure."""
    if not out.exists():
        work.rename(out)
        return
    out.rename(old)
    try:
        work.rename(out)
    except OSError:
        old.rename(out)
        raise
    shutil.rmtree(old)
