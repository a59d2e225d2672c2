"""A portfolio as notebook 5 sees it: what its cases left, and the overview to compose and save."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from piaskit.display import Card
from piaskit.errors import InvalidData, Issue, Place
from piaskit.publication.place import lock_folder, make_room, take_place
from piaskit.publication.seal import MANIFEST, digest_content, list_digests, write_manifest
from piaskit.runs.notebooks import FREE, Limits, find_notebooks, run_notebook
from piaskit.runs.paper import save_working_paper
from piaskit.runs.parameters import check_kinds, choose_words
from piaskit.runs.run import LANGUAGES, write_json
from piaskit.runs.turn import STATE, find_state, read_state, tell_failure

if TYPE_CHECKING:
    from piaskit.knowledge import Knowledge
    from piaskit.report.document import Document
    from piaskit.report.overview import Member

Result: TypeAlias = dict[str, Any]

NOTEBOOK = "5-portfolio"
OVERVIEW, REGISTER = "overview", "register.csv"
STATES = ("inherent", "current", "planned")


@dataclass(frozen=True, repr=False)
class Group:
    """The cases of a portfolio with their states, and how their overview is wanted."""

    members: tuple[Member, ...]
    knowledge: Knowledge
    as_of: date
    out: Path
    languages: tuple[str, ...]
    formats: tuple[str, ...]

    @property
    def lang(self) -> str:
        return self.languages[0]

    def compose(self, lang: str) -> Document:
        """Return the overview in a language."""
        from piaskit.report.overview import compose_overview

        title = self.knowledge.labels("report.group.title", lang)
        return compose_overview(
            self.members,
            self.knowledge,
            lang,  # type: ignore[arg-type]
            title=title,
            as_of=self.as_of,
        )

    def save(self) -> list[str]:
        """Save the overview in every language and format, and the register; return the paths."""
        from piaskit import __version__
        from piaskit.report.exporters import export_document

        self.out.mkdir(parents=True, exist_ok=True)
        names = []
        for lang in self.languages:
            document = self.compose(lang)
            for ending in self.formats:
                names.append(f"overview.{lang}.{ending}")
                export_document(document, self.out / names[-1])
        (self.out / REGISTER).write_text(write_register(self.members), "utf-8-sig", newline="\n")
        head = {"piaskit": __version__, "schema": 1, "as_of": self.as_of.isoformat()}
        write_json(self.out / "head.json", head)
        return [*names, REGISTER]

    def _repr_html_(self) -> str:
        return self._sum_up()._repr_html_()

    def __repr__(self) -> str:
        return repr(self._sum_up())

    def _sum_up(self) -> Card:
        say, lang = self.knowledge.labels, self.lang
        failed = sum(member.status == "failed" for member in self.members)
        facts: tuple[tuple[str, Any], ...] = (
            (say("run.as-of", lang), self.as_of.isoformat()),
            (say("report.group.cases", lang), len(self.members)),
            (say("report.group.failed", lang), failed),
        )
        return Card(say("report.group.title", lang), facts, lang)


def open_group(
    portfolio: str | Path,
    out: str | Path,
    *,
    cases: Sequence[str] = (),
    as_of: str = "",
    packs: str = "",
    lang: str = "both",
    formats: str | list[str] = "",
) -> Group:
    """Read what the runs of a portfolio left.

    Raises
    ------
    InvalidData
        ``no-cases`` when there is no state at all, or a parameter with a value it cannot have.
    """
    from piaskit.knowledge import load_knowledge
    from piaskit.report.exporters import list_formats

    check_kinds({"as_of": as_of, "packs": packs}, (str,))
    languages = choose_words("lang", lang, LANGUAGES)
    written = choose_words("formats", formats or list(list_formats()), list_formats())
    states = Path(portfolio) / "state"
    ids = list(cases) or sorted(
        path.parent.relative_to(states).as_posix() for path in states.rglob(STATE)
    )
    if not ids:
        message = "holds no state of a case"
        hint = "run piaskit portfolio first"
        raise InvalidData([Issue("no-cases", Place(Path(portfolio).name), message, None, hint)])
    members = tuple(list_members(Path(portfolio), ids))
    days = [member.summary["as_of"] for member in members if member.summary]
    day = as_of or max(days, default=date.today().isoformat())
    knowledge = load_knowledge(Path(packs)) if packs else load_knowledge()
    return Group(
        members, knowledge, date.fromisoformat(day), Path(out), tuple(languages), tuple(written)
    )


def list_members(out: Path, ids: Iterable[str]) -> list[Member]:
    """Return the cases of a portfolio with what their last turns left."""
    from piaskit.report.overview import Member

    members = []
    for id in ids:
        state = read_state(find_state(out, id))
        members.append(
            Member(
                id,
                str(state.get("status") or "failed"),
                str(state.get("error") or ""),
                state.get("summary"),
                state.get("editions") or (),
            )
        )
    return members


def have_overview(
    out: Path, ids: list[str], options: Mapping[str, Any], engine: str, limits: Limits
) -> tuple[list[str] | None, str | None]:
    """Have the overview written, by a fork of a warm process where there is one."""
    asked: Result = {"out": str(out), "ids": ids, "options": options, "engine": engine}
    kept = {"seconds": limits.seconds, "memory": limits.memory}
    if engine != "fork":
        return try_overview(**asked, limits=kept)
    from piaskit.runs.fork import call_forked

    try:
        files, error = call_forked("piaskit.runs.group:try_overview", **asked, limits=kept)
    except RuntimeError as failure:
        return None, str(failure)
    return files, error


def try_overview(
    out: str,
    ids: list[str],
    options: Mapping[str, Any],
    engine: str,
    limits: Mapping[str, int | None],
) -> tuple[list[str] | None, str | None]:
    """Write the overview; when it fails the reports of the cases stand all the same."""
    try:
        return write_overview(Path(out), ids, options, engine, Limits(**limits)), None
    except Exception as failure:
        return None, tell_failure(failure)


def write_overview(
    out: Path, ids: list[str], options: Mapping[str, Any], engine: str = "", limits: Limits = FREE
) -> list[str]:
    """Run notebook 5 over the states of a portfolio; return the files of the overview.

    Nothing is written when the overview there rests on the same states and is whole.
    """
    place = out / OVERVIEW
    states = {id: digest_content(read_state(find_state(out, id))) for id in ids}
    shown = {name: options[name] for name in ("lang", "formats", "as_of", "packs")}
    with lock_folder(out):
        rests_on = {"cases": states, "options": shown}
        if _is_whole(place, rests_on):
            return sorted(_read(place / MANIFEST)["files"])
    with make_room(place) as beside:
        work = beside / "new"
        given = {"portfolio": str(out), "out": str(work), "cases": ids}
        given |= {"lang": shown["lang"], "formats": shown["formats"].split(",")}
        given |= {"as_of": shown["as_of"], "packs": shown["packs"] or ""}
        made = run_notebook(
            find_notebooks() / f"{NOTEBOOK}.ipynb", given, engine, limits, spare=beside
        )
        save_working_paper(made, work / "working", NOTEBOOK)
        content = {**_read(work / "head.json"), **rests_on}
        (work / "head.json").unlink()
        write_manifest(work, {**content, "files": list_digests(work)})
        with lock_folder(out):
            take_place(work, place)
    return sorted(_read(place / MANIFEST)["files"])


def _is_whole(place: Path, rests_on: Mapping[str, Any]) -> bool:
    try:
        manifest = _read(place / MANIFEST)
        same = all(manifest[name] == value for name, value in rests_on.items())
        return same and manifest["files"] == list_digests(place)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _read(path: Path) -> Result:
    content: Result = json.loads(path.read_text("utf-8"))
    return content


def write_register(members: Iterable[Member]) -> str:
    """Return every risk of every case as CSV; a text that a sheet would compute stays a text."""
    heads = ("case", "organisation", "id", "rule", "title", "title_zh", "activity", *STATES,
             "above_line", "actions")  # fmt: skip
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heads)
    for member in members:
        for risk in member.summary["risks"] if member.summary else ():
            assert member.summary is not None
            cells = (
                member.id,
                member.summary["organisation"]["en"],
                risk["id"],
                risk["rule"],
                risk["title"]["en"],
                risk["title"]["zh"],
                risk["activity"]["en"],
                *(risk[state] or "" for state in STATES),
                "yes" if risk["above_line"] else "no",
                str(risk["actions"]),
            )
            writer.writerow(
                [f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell for cell in cells]
            )
    return text.getvalue()
