"""One run as a notebook sees it: the case, the results folder, and what was asked for."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import partial
from itertools import product
from operator import call
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.jsontext import encode_json
from piaskit.runs.beside import spread
from piaskit.runs.opened import check_once
from piaskit.runs.parameters import check_kinds, choose_words, resolve_as_of

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge import Knowledge
    from piaskit.report.document import Document

Result: TypeAlias = dict[str, Any]
Check: TypeAlias = Callable[[Path], list[Issue]]
Work: TypeAlias = Callable[[], Any]

LANGUAGES = ("zh", "en")
EDITIONS = ("internal", "public")


class Answer(Protocol):
    """What a verb returns: an object that knows its JSON."""

    def to_dict(self) -> Result: ...


@dataclass(frozen=True, slots=True)
class Run:
    """A case that has been read, and the folder its results go to.

    ``settings`` are the parameters as they were resolved, folders left out. ``lang`` is the
    language of what the notebook shows; ``languages`` those of the report.
    """

    case: Case
    out: Path
    settings: dict[str, Any]
    languages: tuple[str, ...]
    editions: tuple[str, ...]
    formats: tuple[str, ...]
    layout: str = "standard"

    @property
    def lang(self) -> str:
        return self.languages[0]

    @property
    def method(self) -> str:
        return str(self.settings["method"])

    @property
    def activities(self) -> list[str] | None:
        return pick_activities(self.case, self.settings["assessment"])

    def keep(self, verb: str, answer: Answer) -> Result:
        """Write a verb's answer to ``results/<verb>.json`` and return it as plain JSON."""
        result = answer.to_dict()
        write_json(self.out / "results" / f"{verb}.json", result)
        return result

    def gather(self, *, exercises: bool = True, **given: Result) -> dict[str, Result]:
        """Return the answers a report rests on, by verb.

        Each is the given one, else the one an earlier notebook kept, else computed and kept now.
        ``previous`` is the assessment of an earlier edition, where there is one. Without
        ``exercises`` none is played.
        """
        import piaskit
        from piaskit.tabletop import rehearse_case

        compute: dict[str, Callable[[], Answer]] = {
            "ledger": lambda: piaskit.build_ledger(self.case, self.activities),
            "screen": lambda: piaskit.screen_case(self.case, self.activities),
            "assess": lambda: piaskit.assess_risks(self.case, self.method, self.activities),
            "accounts": lambda: piaskit.review_accounts(self.case),
        }
        if exercises:
            compute["safeguards"] = lambda: piaskit.review_safeguards(self.case)
            compute["quantify"] = lambda: piaskit.quantify_losses(
                self.case, seed=self.settings["seed"], activities=self.activities
            )
            compute["exercise"] = lambda: rehearse_case(self.case, seed=self.settings["seed"])
        results = dict(given)
        for verb in [verb for verb in compute if verb not in given]:
            path = self.out / "results" / f"{verb}.json"
            if path.is_file():
                results[verb] = json.loads(path.read_text("utf-8"))
            else:
                results[verb] = self.keep(verb, compute[verb]())
        previous = self.out / "results" / "previous.json"
        if previous.is_file():
            results["previous"] = json.loads(previous.read_text("utf-8"))
        return results

    def compose(self, results: Mapping[str, Result]) -> list[Document]:
        """Compose the report of each edition in each language."""
        from piaskit.report.compose import compose_report

        asked: Iterable[Any] = product(self.editions, self.languages)
        compose = partial(compose_report, self.case, results)
        return spread(call, [partial(compose, *words, self.layout) for words in asked])

    def save(self, documents: Iterable[Document]) -> list[str]:
        """Save documents in every format asked for; return their paths below the run folder.

        Beside public ones stands their summary.

        Raises
        ------
        InvalidData
            An internal value stands in a public document: none is saved. Or the gate found one in
            a finished file.

        Whatever is raised amid saving, no public file is left.
        """
        from piaskit.publication.summary import write_summary
        from piaskit.report.exporters import export_document
        from piaskit.report.gate import gate_edition
        from piaskit.report.leaks import collect_secrets, scan_public

        documents = tuple(documents)
        secrets = collect_secrets(self.case)
        issues = [
            issue
            for document in documents
            if document.edition == "public"
            for issue in scan_public(document, self.case, secrets)
        ]
        if issues:
            raise InvalidData(issues)
        jobs = []
        for document in documents:
            folder = self.out / document.edition
            folder.mkdir(parents=True, exist_ok=True)
            jobs += [
                (document, folder / f"report.{document.lang}.{ending}") for ending in self.formats
            ]
        exports: dict[str, list[Work]] = {edition: [] for edition in EDITIONS}
        for document, path in sorted(jobs, key=lambda job: _rank_format(job[1])):
            exports[document.edition].append(partial(export_document, document, path))
        public = self.out / "public"
        if public.is_dir():
            write = partial(write_summary, self.case, self.out / "results", public)
            exports["public"].append(write)

        def gate_beside(check: Check, files: Iterable[Path]) -> list[list[Issue]]:
            """Put the check to public files while internal ones, which take longer, are written."""
            work: list[Work] = [*exports["internal"], *(partial(check, file) for file in files)]
            answers: list[Any] = spread(call, work, threads=2)
            return answers[len(exports["internal"]) :]

        try:
            # typst sets its pages without the interpreter's lock, so two threads use two cores.
            spread(call, exports["public"], threads=2)
            if public.is_dir():
                private = [str(path.resolve()) for path in (self.case.root, self.out)]
                issues = gate_edition(
                    public, self.case, private, spread=gate_beside, internal=secrets
                )
                if issues:
                    raise InvalidData(issues)
            else:
                spread(call, exports["internal"], threads=2)
        except BaseException:
            shutil.rmtree(public, ignore_errors=True)  # the gate has not let it pass
            raise
        return [path.relative_to(self.out).as_posix() for _, path in jobs]


def _rank_format(path: Path) -> int:
    """Rank the formats that take longest first, so that none is left over at the end.

    Typst goes through all that it remembers after the pictures of a Word file, and it remembers
    whole PDFs: they come after.
    """
    endings = (".docx", ".pdf", ".xlsx")
    return endings.index(path.suffix) if path.suffix in endings else len(endings)


def open_run(
    case: str | Path,
    out: str | Path,
    *,
    as_of: str | date = "",
    packs: str = "",
    assessment: str = "",
    method: str = "",
    seed: int = 1,
    lang: str = "both",
    editions: str | list[str] = "both",
    formats: str | list[str] = "",
    layout: str = "standard",
    keep_going: bool = False,
) -> Run:
    """Read a case for a run into ``out`` and write down what the run rests on.

    Results that an earlier run with other inputs left in ``out`` are removed. Rows left out by
    ``keep_going`` are never published: the public edition drops out of the run.

    Raises
    ------
    InvalidData
        Issues of the case, or a parameter with a value it cannot have.
    """
    from piaskit.report.exporters import list_formats

    check_kinds({"lang": lang, "editions": editions, "formats": formats}, (str, list))
    given = {"packs": packs, "assessment": assessment, "method": method, "layout": layout}
    check_kinds(given, (str,))
    check_kinds({"as_of": as_of}, (str, date))
    check_kinds({"seed": seed}, (int,))
    check_kinds({"keep_going": keep_going}, (bool,))
    languages = choose_words("lang", lang, LANGUAGES)
    written = choose_words("formats", formats or list(list_formats()), list_formats())
    day = resolve_as_of(Path(case), as_of)
    check = check_once(case, packs, day)
    data = check.case
    if data is None or (check.issues and not keep_going):
        raise InvalidData(check.issues)
    chosen = choose_editions(data.knowledge, editions, layout, keep_going=keep_going)
    pick_activities(data, assessment)
    settings = {
        "as_of": data.as_of.isoformat(),
        "assessment": assessment,
        "method": method or ",".join(data.methods),
        "seed": seed,
        "keep_going": keep_going,
    }
    run = Run(data, Path(out), settings, tuple(languages), tuple(chosen), tuple(written), layout)
    _keep_inputs(run)
    run.keep("check", check)
    return run


def choose_editions(
    knowledge: Knowledge, editions: str | list[str], layout: str, *, keep_going: bool = False
) -> list[str]:
    """Return the editions to write: those asked for that the layout has.

    Rows left out by ``keep_going`` are never published.

    Raises
    ------
    InvalidData
        ``unknown-value`` for a layout that is neither built in nor a template of the packs;
        ``layout-not-public`` when only the public edition of a layout without one is asked for;
        ``unknown-section`` for a template; ``keep-going-publishes``.
    """
    from piaskit.report.arrange import check_template
    from piaskit.report.compose import BUILT_IN

    templates = knowledge.templates
    choose_words("layout", layout, (*BUILT_IN, *templates))
    asked = choose_words("editions", editions, EDITIONS)
    has: tuple[str, ...] = ("internal",) if layout == "export" else EDITIONS
    if layout in templates:
        check_template(templates[layout], knowledge.labels)
        has = templates[layout].editions
    chosen = [edition for edition in asked if edition in has]
    if not chosen:
        place = Place("parameters", column="layout")
        message = f"the layout {layout} has no {' or '.join(asked)} edition"
        hint = f"write the {' or '.join(has)} edition, or the standard layout"
        raise InvalidData([Issue("layout-not-public", place, message, layout, hint)])
    if keep_going:
        chosen = [edition for edition in chosen if edition != "public"]
        if not chosen:
            raise InvalidData([never_published()])
    return chosen


def pick_activities(case: Case, assessment: str) -> list[str] | None:
    """Return the ids of the activities that an assessment covers; None means all of them.

    Raises
    ------
    InvalidData
        ``unknown-value`` when the case has no such assessment.
    """
    if not assessment:
        return None
    frame = case.frames["assessments"]
    found = frame.loc[frame["id"] == assessment, "activities"]
    if found.empty:
        near = get_close_matches(assessment, frame["id"].tolist(), 1, 0.5)
        place = Place("parameters", column="assessment")
        message = f"the case has no assessment {quote(assessment)}"
        hint = (
            f"did you mean {near[0]}?" if near else "it has " + (", ".join(frame["id"]) or "none")
        )
        raise InvalidData([Issue("unknown-value", place, message, quote(assessment), hint)])
    covered = found.iloc[0]
    return covered.split(";") if isinstance(covered, str) and covered else None


def never_published() -> Issue:
    """Return the refusal to publish what was made with rows left out."""
    place = Place("parameters", column="keep_going")
    message = "a report that leaves bad rows out is never published"
    hint = "write the internal edition, or repair the case"
    return Issue("keep-going-publishes", place, message, "True", hint)


def note_inputs(case: Case, settings: Mapping[str, Any]) -> Result:
    """Return what a run over a case rests on, file by file and pack by pack."""
    from piaskit import __version__
    from piaskit.publication.inputs import digest_inputs

    return {
        "piaskit": __version__,
        "schema": 1,
        **{name: settings[name] for name in ("as_of", "assessment", "keep_going")},
        "inputs": digest_inputs(case),
        "packs": [
            {"id": p.id, "kind": p.kind, "version": p.version, "sha256": p.sha256}
            for p in case.knowledge.packs
        ],
        "left_out": [issue.to_dict() for issue in case.left_out],
    }


def _keep_inputs(run: Run) -> None:
    inputs = note_inputs(run.case, run.settings)
    results = run.out / "results"
    path = results / "inputs.json"
    if path.is_file() and json.loads(path.read_text("utf-8")) != inputs:
        for stale in results.glob("*.json"):
            stale.unlink()
    write_json(path, inputs)


def write_json(path: Path, content: Result) -> None:
    """Write JSON of stable order and endings, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    with part.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(encode_json(content))
    part.replace(path)
