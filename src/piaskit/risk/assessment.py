"""What an assessment found: JSON for programs, frames for analysts, a summary for notebooks."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

import piaskit
from piaskit.display import Content, Grid, Mark
from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.jsontext import encode_json
from piaskit.risk.scales import LEVELS, STATES

if TYPE_CHECKING:
    from piaskit.knowledge import Labels
    from piaskit.risk.assess import Basis
    from piaskit.risk.disagreements import Disagreements
    from piaskit.risk.register import Register


def reaches_level(result: Mapping[str, Any], level: str) -> bool:
    """Say so of an answer of assess: see ``Assessment.reaches``."""
    if level not in LEVELS:
        raise ValueError(f"{level!r} is no level; levels are {', '.join(LEVELS)}")
    bad = LEVELS[LEVELS.index(level) :]
    for method, overall in result["overall"].items():
        decided = (
            risk["treatment"]["decision"] is not None
            for risk in result["risks"]
            if method in risk["levels"] and risk["levels"][method]["current"]["level"] in bad
        )
        if overall in bad and not (next(decided, False) and all(decided)):
            return True
    return False


@dataclass(frozen=True)
class Assessment:
    """The result of ``assess_risks``; frames and summary speak of the first method.

    Of several methods ``levels_by_method`` holds all levels, ``disagreements`` where they differ.
    """

    as_of: date
    method: str
    result: dict[str, Any] = field(repr=False)
    languages: tuple[str, ...] = ("en",)
    labels: Labels | None = field(default=None, repr=False)
    register: Register | None = field(default=None, repr=False)
    issues: tuple[Issue, ...] = ()
    basis: Basis | None = field(default=None, repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``piaskit assess --json``."""
        start = {"piaskit": piaskit.__version__, "schema": 1, "as_of": self.as_of.isoformat()}
        rows = {
            name: list(value)
            for name, value in self.result.items()
            if name in ("risks", "disagreements")
        }
        treatment = {**self.result["treatment"], "plan": self.plan}
        told = {**self.result, **rows, "treatment": treatment}
        fresh = self.result["risks"] is self.register  # which makes its rows for whoever asks
        kept = {name: part for name, part in told.items() if name != "risks" or not fresh}
        return start | told | copy.deepcopy(kept)

    @cached_property
    def plan(self) -> list[dict[str, Any]]:
        """What to do about risks that are too high or treated: docs/methods.md, Plan."""
        from piaskit.risk.plan import plan_treatment

        if self.register is None or self.basis is None:
            return []
        return plan_treatment(self.register, self.basis)

    def _select_rated(self) -> list[dict[str, Any]]:
        return [risk for risk in self.result["risks"] if self.method in risk["levels"]]

    @property
    def risks(self) -> pd.DataFrame:
        """One row per risk: ``[id, title, title_zh, kind, table, subject, activity, source]``,
        then impact, likelihood and level of each state (``current_level``); all text.
        """
        assert self.register is not None
        return self.register.to_frame()

    def write_register(self, path: Path | str) -> None:
        """Write the risks of the first method to a file: ``.json``, ``.csv`` or ``.parquet``.

        JSON holds the rows of ``to_dict``, the others those of ``risks``. Raises InvalidData for
        another ending, or for a file that cannot be written.
        """
        file = Path(path)
        kind = file.suffix.lower()
        try:
            if kind == ".json":
                start = {"piaskit": piaskit.__version__, "schema": 1, "method": self.method}
                start |= {"as_of": self.as_of.isoformat()}
                with file.open("w", encoding="utf-8", newline="\n") as stream:
                    stream.writelines(encode_json({**start, "risks": self.result["risks"]}))
            elif kind == ".csv":
                self.risks.to_csv(file, index=False, encoding="utf-8-sig", lineterminator="\n")
            elif kind == ".parquet":
                self.risks.to_parquet(file, index=False)
            else:
                message = f"{quote(file.name)} is no register, expected .json, .csv or .parquet"
                place = Place(file.name)
                raise InvalidData([Issue("unknown-value", place, message, quote(kind))])
        except OSError as error:
            message = f"cannot be written: {error.strerror}"
            raise InvalidData([Issue("cannot-write", Place(str(file)), message)]) from None

    @property
    def activities(self) -> pd.DataFrame:
        """One row per activity: ``[id, title, title_zh]``, the current level of each dimension of
        rights and risk sources, then its level in each state; all text.
        """
        rows = [
            {name: activity[name] for name in ("id", "title", "title_zh")}
            | {right: found["impact"] for right, found in activity["rights"].items()}
            | {source: found["likelihood"] for source, found in activity["sources"].items()}
            | {f"{state}_level": activity["levels"][state] for state in STATES}
            for activity in self.result["activities"]
        ]
        return pd.DataFrame(rows, dtype="str")

    def disagreements(self) -> Disagreements:
        """Return where the methods disagree, and why; it shows itself as a table.

        Raises ValueError when the case was assessed by one method alone.
        """
        found = self.result.get("disagreements")
        if found is None:
            raise ValueError("one method has nothing to disagree with: assess by several")
        return cast("Disagreements", found)

    def levels_by_method(self, state: str = "current") -> pd.DataFrame:
        """One row per activity and per risk, one column per method: ``[activity, risk, title,
        title_zh, <method>...]``; all text, blank where a method does not rate it.

        Levels are those of ``state`` in common words. Raises ValueError for a word that is no
        state.
        """
        if state not in STATES:
            raise ValueError(f"{state!r} is no state; states are {', '.join(STATES)}")
        methods = self.result["methods"]
        several = {row["activity"]: row["levels"] for row in self.result.get("by_method", ())}

        def tell(levels: Mapping[str, Any]) -> dict[str, str | None]:
            return {name: (levels.get(name) or {}).get(state, {}).get("level") for name in methods}

        rows = [
            {"activity": a["id"], "risk": None, "title": a["title"], "title_zh": a["title_zh"]}
            | (tell(several[a["id"]]) if several else {self.method: a["levels"][state]})
            for a in self.result["activities"]
        ] + [
            {"activity": r["activity"], "risk": r["id"], "title": r["title"]}
            | {"title_zh": r["title_zh"]}
            | tell(r["levels"])
            for r in self.result["risks"]
        ]
        heads = ["activity", "risk", "title", "title_zh", *methods]
        return pd.DataFrame(rows, columns=heads, dtype="str")

    def list_failing(self, level: str) -> list[str]:
        """Return the ids of risks at or above a level in the current state.

        A risk that is accepted or suppressed, and whose acceptance has not expired, is left out.
        Raises ValueError for a word that is no level.
        """
        if level not in LEVELS:
            raise ValueError(f"{level!r} is no level; levels are {', '.join(LEVELS)}")
        bad = LEVELS[LEVELS.index(level) :]
        return [
            risk["id"]
            for risk in self._select_rated()
            if risk["levels"][self.method]["current"]["level"] in bad
            and risk["treatment"]["decision"] is None
        ]

    def reaches(self, level: str) -> bool:
        """Say whether the overall level of a method reaches a level, now.

        It does not where every risk that does is accepted or suppressed. Raises ValueError for a
        word that is no level.
        """
        return reaches_level(self.result, level)

    def _repr_html_(self) -> str:
        """Show the level and the number of risks per state, then the level of each activity."""
        lang = next((name for name in self.languages if name in ("en", "zh")), "en")

        def say(label: str, **fields: object) -> str:
            return self.labels(f"risk.{label}", lang, **fields) if self.labels else label

        def mark(level: str | None) -> Mark:
            return Mark(level, say(f"level.{level}")) if level else Mark("", say("unrated-word"))

        title = say(
            "summary",
            method=self.method,
            as_of=self.as_of.isoformat(),
            activities=len(self.result["activities"]),
            risks=len(self.result["risks"]),
        )
        overall, counts = self.result["overall_states"][self.method], self.result["counts"]
        totals = Grid(
            title,
            ("", say("overall"), *(say(f"level.{level}") for level in LEVELS)),
            [
                (say(f"state.{s}"), mark(overall[s]), *(counts[s][level] for level in LEVELS))
                for s in STATES
            ],
            lang,
        )
        activities = Grid(
            "",
            (say("activity"), *(say(f"state.{state}") for state in STATES)),
            [
                (
                    (activity["title_zh"] if lang == "zh" else None) or activity["title"],
                    *(mark(activity["levels"][state]) for state in STATES),
                )
                for activity in self.result["activities"]
            ],
            lang,
        )
        shown = totals._repr_html_() + activities._repr_html_()
        if "by_method" in self.result:
            shown += self._show_methods(lang, say, mark)._repr_html_()
            shown += self.disagreements().show(activities=True)._repr_html_()
        return shown

    def _show_methods(
        self, lang: str, say: Callable[..., str], mark: Callable[[str | None], Mark]
    ) -> Grid:
        """Show the current level of each activity by every method."""
        methods = self.result["methods"]
        titles = {
            activity["id"]: (activity["title_zh"] if lang == "zh" else None) or activity["title"]
            for activity in self.result["activities"]
        }
        rows: list[tuple[Content, ...]] = [
            (
                titles[row["activity"]],
                *(mark(row["levels"][name]["current"]["level"]) if row["levels"].get(name)
                  else mark(None) for name in methods),
            )
            for row in self.result["by_method"]
        ]  # fmt: skip
        overall: tuple[Content, ...] = (
            say("overall"),
            *(mark(self.result["overall"][name]) for name in methods),
        )
        return Grid(say("by-method"), (say("activity"), *methods), [overall, *rows], lang)
