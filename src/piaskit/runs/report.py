"""A case becomes one folder of reports: four notebooks, then a single rename."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from piaskit.case.check import take_case
from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.publication.archive import keep_edition
from piaskit.publication.findings import digest_findings
from piaskit.publication.inputs import keep_inputs, list_changed
from piaskit.publication.place import lock_folder, make_room, take_place
from piaskit.publication.seal import Manifest, load_key, read_manifest, seal_edition
from piaskit.publication.verify import verify_edition
from piaskit.runs.drive import (
    ANALYSES,
    REPORT,
    Order,
    drive_forked,
    drive_threaded,
    take_driver,
)
from piaskit.runs.events import Event, call_hook, find_events, observe
from piaskit.runs.fork import expect_forks, prepare_forks
from piaskit.runs.kernels import prepare_analysis, prepare_report, take_kernel
from piaskit.runs.log import Line, RunLog
from piaskit.runs.notebooks import (
    FREE,
    FREE_TURN,
    Limits,
    NotebookStopped,
    choose_engine,
    find_notebooks,
)
from piaskit.runs.opened import check_once, expect_check
from piaskit.runs.parameters import (
    check_parameters,
    choose_words,
    read_parameters,
    resolve_as_of,
)
from piaskit.runs.pool import offer_pool
from piaskit.runs.progress import show_notebooks
from piaskit.runs.run import (
    EDITIONS,
    LANGUAGES,
    choose_editions,
    never_published,
    note_inputs,
    pick_activities,
    write_json,
)
from piaskit.runs.warm import is_owned, is_warm

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from piaskit.case import Case

Result: TypeAlias = dict[str, Any]

_FILE = re.compile(r"(?P<edition>internal|public)/report\.(?P<lang>en|zh)\.(?P<format>\w+)")


@observe("report")
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
    key: str | Path | None = None,
    engine: str = "",
    limits: Limits = FREE,
    hook: str = "",
    log: str | Path | RunLog | None = None,
    quiet: bool = True,
) -> Result:
    """Run the notebooks over a case and write its reports to ``out``, whole or not at all.

    Everything is written beside ``out`` first, sealed, and moved there in one step. An ``out``
    that holds an earlier edition takes the new one, and the earlier one moves, unchanged, to
    ``<out>-editions/<its id>``; the new one names it. When neither inputs nor findings changed
    since, no edition is made. Any other folder with content is refused.

    Parameters
    ----------
    edition, lang, formats
        Words, several separated by commas; ``both`` means all editions or languages.
    layout
        ``standard``; ``export``: the report on exports under the PIPL, an internal edition only;
        or a template of packs, such as ``gdpr-35-7`` or an organisation's own.
    key
        An ed25519 private key in PEM, with which the manifests are signed.
    engine, limits
        What runs the notebooks, and what each may take: see ``run_notebook``.
    hook
        A command that is told of a failure, of a raised risk and of an overdue action: see
        ``events.call_hook``.
    log
        A folder for the log of this run: see ``log.list_runs``.
    quiet
        Show no progress; otherwise progress goes to standard error at a terminal.

    Returns
    -------
    dict
        ``files`` with path, sha256, edition, lang and format of each report; ``seconds``;
        ``not_published``: the number of rows left out when that kept the public edition back;
        ``edition``, its id; ``unchanged``, whether it is the earlier one; ``replaces``, the id of
        the earlier one; ``events``: what the hook was told.

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
    _check_target(out, case)
    signing = load_key(Path(key)) if key else None
    engine = choose_engine(engine)
    asked: Result = {
        "case": str(case),
        "as_of": day.isoformat(),
        "packs": str(Path(packs).resolve()) if packs else "",
        "assessment": assessment,
        "method": method,
        "seed": seed,
        "lang": ",".join(choose_words("lang", lang, LANGUAGES)),
        "editions": choose_words("editions", edition, EDITIONS),
        "layout": layout,
        "formats": choose_words("formats", formats, list_formats()),
        "keep_going": keep_going,
    }
    assert isinstance(log, RunLog)
    with log.time("check", case=case.name):
        if engine == "fork" and not out.exists():
            _warm_meanwhile(asked)
        data = _open_case(asked)
    editions = choose_editions(data.knowledge, asked["editions"], layout)
    if keep_going and editions == ["public"]:
        raise InvalidData([never_published()])
    asked["editions"] = editions
    log.note("read", case=case.name, files=data.digests)
    run = _Run(asked, data, signing)
    events: list[Event] = []
    manifest = run.find_same(out, day.isoformat())
    if manifest is None:
        with _open_room(out) as beside:
            work = beside / "run"
            _carry_previous(out, work, day)
            try:
                _run_all({**asked, "out": str(work)}, work, engine, limits, log, quiet)
            except NotebookStopped as stopped:
                _explain(stopped)
                raise
            with log.time("seal", case=case.name):
                manifest, unchanged = run.settle(work, out, beside)
        events = [] if unchanged else find_events(out, case.name)
        for event in events:
            call_hook(hook, event)
    else:
        unchanged = True
    log.note("wrote", case=case.name, files={} if unchanged else manifest["files"])
    return {
        "files": list_reports(manifest),
        "seconds": round(time.perf_counter() - started, 1),
        "not_published": len(data.left_out) if keep_going and "public" in editions else 0,
        "edition": manifest["edition"],
        "unchanged": unchanged,
        "replaces": (manifest["replaces"] or {}).get("edition"),
        "events": events,
    }


@dataclass(frozen=True)
class _Run:
    """What was asked, of which case, and how it is sealed."""

    asked: Result
    case: Case
    key: Ed25519PrivateKey | None

    @cached_property
    def rests_on(self) -> Result:
        """What two runs have in common when the second one makes no edition."""
        left = ("case", "as_of", "packs", "seed")
        options = {name: value for name, value in self.asked.items() if name not in left}
        noted = note_inputs(self.case, self.asked)
        return {"options": options, **{name: noted[name] for name in ("inputs", "packs")}}

    @property
    def head(self) -> Result:
        import piaskit

        seed, day = self.asked["seed"], self.asked["as_of"]
        return {"piaskit": piaskit.__version__, "schema": 1, "as_of": day, "seed": seed}

    def find_same(self, out: Path, day: str = "", found: str = "") -> Manifest | None:
        """Return the manifest of the edition at ``out`` that says what this run would say.

        It rests on the same, speaks of the same day or found the same, and nobody touched it.
        """
        if not is_report(out):
            return None
        there = read_manifest(out)
        same = all(there.get(name) == value for name, value in self.rests_on.items())
        same = same and all(there.get(n) == self.head[n] for n in ("piaskit", "seed"))
        same = same and (there["as_of"] == day or (bool(found) and there.get("found") == found))
        return there if same and verify_edition(out, public_key=self._public_key).ok else None

    @property
    def _public_key(self) -> str:
        return self.key.public_key().public_bytes_raw().hex() if self.key else ""

    def settle(self, work: Path, out: Path, beside: Path) -> tuple[Manifest, bool]:
        """Seal a finished run and put it in place; True when the edition there says the same."""
        read = _read(work / "results" / "inputs.json")["inputs"]
        if read != self.rests_on["inputs"]:
            raise InvalidData(list_changed(read, self.rests_on["inputs"]))
        if (work / "internal").is_dir():
            packs = Path(self.asked["packs"]) if self.asked["packs"] else None
            keep_inputs(self.case, read, packs, work / "internal")
        found = digest_findings(work / "results")
        with lock_folder(out.parent):
            same = self.find_same(out, found=found)
            if same is not None:
                return same, True
            earlier = is_report(out)
            manifest = seal_edition(
                work,
                self.head,
                found=found,
                replaces=read_manifest(out) if earlier else None,
                key=self.key,
                **self.rests_on,
            )
            if earlier:
                keep_edition(out, beside)
            take_place(work, out)
        return manifest, False


def list_reports(manifest: Manifest) -> list[Result]:
    """Return the report files of an edition, as the verb names them."""
    return [
        {**match.groupdict(), "path": name, "sha256": digest}
        for name, digest in manifest["files"].items()
        if (match := _FILE.fullmatch(name))
    ]


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


def _warm_meanwhile(asked: Result) -> None:
    """Have processes warm up while the case is checked: this one or the warm parent."""
    if not asked["packs"]:
        expect_check(asked["case"], date.fromisoformat(asked["as_of"]))
    expect_forks()
    prepare_forks()


def _open_case(asked: Result) -> Case:
    """Read the case; raise what is wrong with it, or asked of it, before a kernel starts."""
    check = check_once(asked["case"], asked["packs"], date.fromisoformat(asked["as_of"]))
    data = take_case(check, keep_going=asked["keep_going"])
    pick_activities(data, asked["assessment"])
    if asked["method"]:
        choose_words("method", asked["method"], tuple(data.knowledge.methods))
    return data


@contextmanager
def _open_room(out: Path) -> Iterator[Path]:
    with ExitStack() as stack:
        try:
            room = stack.enter_context(make_room(out))
        except OSError as error:
            message = f"cannot be written: {error.strerror}"
            raise InvalidData([Issue("cannot-write", Place(out.name), message)]) from None
        yield room


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


def _run_all(
    asked: Result, work: Path, engine: str, limits: Limits, log: RunLog, quiet: bool
) -> None:
    """Run the analyses side by side, then the report that reads their results."""
    if engine == "fork":
        prepare_forks()
    folder = find_notebooks()
    given: dict[str, Result] = {}
    for name in (*ANALYSES, REPORT):
        path = folder / f"{name}.ipynb"
        given[name] = {key: asked[key] for key in read_parameters(path) if key in asked}
        check_parameters(path, given[name])
    order = Order(Path(asked["case"]).name, folder, given, work, engine, limits)

    def prepare(name: str) -> list[str]:
        packs = Path(asked["packs"]) if asked["packs"] else None
        rest = (Path(asked["case"]), packs, date.fromisoformat(asked["as_of"]), limits.memory)
        return prepare_report(*rest, address) if name == REPORT else prepare_analysis(*rest)

    def make(name: str, turn: AbstractContextManager[object] = FREE_TURN) -> list[Line]:
        start = (lambda: take_kernel(prepare(name))) if engine == "kernel" else None
        return order.make(name, turn, start)

    offer = offer_pool(limits.memory) if engine == "kernel" else nullcontext("")
    with offer as address, show_notebooks((*ANALYSES, REPORT), quiet) as step:
        if engine == "fork" and is_owned():
            done = take_driver().drive(order)
        else:
            done = drive_forked(order) if is_warm() else drive_threaded(make)
        with closing(done):
            for name, lines in done:
                log.add(lines)
                step(name)


def _explain(stopped: NotebookStopped) -> None:
    """Raise what stopped a notebook in the words of the data, when the data is the cause."""
    if stopped.name != "InvalidData":
        return
    lines = [line for line in stopped.value.splitlines() if line.strip()]
    place = Place(stopped.notebook)
    raise InvalidData([Issue("notebook-refused", place, quote(line)) for line in lines]) from None
