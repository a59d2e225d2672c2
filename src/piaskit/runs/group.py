"""A portfolio as notebook 5 sees it: what its cases left, and the overview to compose and save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit.display import Card
from piaskit.errors import InvalidData, Issue, Place
from piaskit.runs.parameters import check_kinds, choose_words
from piaskit.runs.portfolio import list_members, write_register
from piaskit.runs.run import LANGUAGES, write_json
from piaskit.runs.turn import STATE

if TYPE_CHECKING:
    from piaskit.knowledge import Knowledge
    from piaskit.report.document import Document
    from piaskit.report.overview import Member

REGISTER = "register.csv"


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
