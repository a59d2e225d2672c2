"""A rehearsed response as tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from piaskit.display import Grid
from piaskit.knowledge import Labels

Answer = Mapping[str, Any]
MEASURED = ("filing", "told-90", "sent")


def lay_out_rehearsal(answer: Answer, labels: Labels, lang: str) -> dict[str, Grid]:
    """Return the tables: milestones, clocks, known, effects, steps, notes; without a plan fewer.

    Changes that move nothing are left out; those that save most misses come first, of equals those
    that save most hours until the report is filed.
    """
    return dict(_Tables(answer, labels, lang).lay_out())


def write_hours(value: float | None) -> str:
    """Write hours for people; a dash stands for never.

    >>> write_hours(3.456), write_hours(250.2), write_hours(None)
    ('3.5', '250', '-')
    """
    if value is None:
        return "-"
    return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


class _Tables:
    def __init__(self, answer: Answer, labels: Labels, lang: str) -> None:
        self.answer, self.labels, self.lang = answer, labels, lang
        self.zh = "_zh" if lang == "zh" else ""

    def say(self, label: str, **fields: object) -> str:
        return self.labels(f"response.{label}", self.lang, **fields)

    def grid(self, title: str, heads: tuple[str, ...], rows: list[list[str]]) -> Grid:
        return Grid(title, heads, rows, self.lang)

    def lay_out(self) -> Iterator[tuple[str, Grid]]:
        answer = self.answer
        names = {step["id"]: step[f"title{self.zh}"] for step in answer["steps"]}
        when, day = ("at", answer["found_at"]) if answer["found_at"] else ("any", answer["since"])
        title = self.say(f"when.{when}", trials=f"{answer['trials']:,}", day=day)
        if answer["milestones"]:
            heads = tuple(map(self.say, ("milestone", "median-hours", "half", "most", "never")))
            yield "milestones", self.grid(title, heads, list(map(self._row, answer["milestones"])))
            yield "clocks", self._list_clocks()
        if answer["known"]:
            heads = (self.say("hours"), self.say("median"), self.say("most"))
            rows = [
                [f"{one['hours']}", *(_count(one, q) for q in (("q50",), ("q05", "q95")))]
                for one in answer["known"]
            ]
            yield "known", self.grid(self.say("known.title"), heads, rows)
        if answer["effects"]:
            weakest = answer["weakest"]
            said = self.say("weakest", name=names[weakest]) if weakest else self.say("no-weakest")
            yield "effects", self._list_effects(self.say("effects.weakest", weakest=said))
        yield "steps", self._list_sources()
        notes = [
            [f"{pack[f'attribution{self.zh}']} {pack[f'bias{self.zh}']}"]
            for pack in answer["packs"]
        ]
        if answer["idle"]:
            said = ", ".join(names.get(id, id) for id in answer["idle"])
            notes.insert(0, [self.say("idle", names=said)])
        if answer["missing"]:
            notes.insert(0, [self.say("missing", names=", ".join(answer["missing"]))])
        yield "notes", self.grid("", (self.say("notes"),), notes)

    def _row(self, one: Answer) -> list[str]:
        hours = {q: write_hours(one[q]["value"]) for q in ("q05", "q25", "q50", "q75", "q95")}
        return [
            one[f"title{self.zh}"],
            hours["q50"],
            f"{hours['q25']} – {hours['q75']}",
            f"{hours['q05']} – {hours['q95']}",
            f"{one['never']:.1%}",
        ]

    def _list_clocks(self) -> Grid:
        rows = [
            [
                self._name_duty(one),
                f"{one['hours']:g}",
                f"{one['p']:.1%}",
                " – ".join(f"{bound:.1%}" for bound in one["ci"]),
            ]
            for one in self.answer["missed"].values()
        ]
        for one in self.answer["at_once"]:
            wording = self.say("at-once", wording=one[f"wording{self.zh}"])
            rows.append([self._name_duty(one), wording, "", ""])
        for sort in ("open", "later"):
            rows += [[self._name_duty(one), self.say(sort), "", ""] for one in self.answer[sort]]
        heads = tuple(map(self.say, ("clock", "limit", "missed", "ci")))
        return self.grid(self.say("missed.title"), heads, rows)

    def _name_duty(self, one: Answer) -> str:
        """Name a duty with its clause, and with its confidence where that is not high."""
        name = f"{one[f'title{self.zh}']}, {one[f'clause{self.zh}']}"
        return self._doubt(name, one["confidence"])

    def _doubt(self, text: str, confidence: str | None) -> str:
        """Add a confidence below high; of own drills, which have none, the number speaks."""
        if confidence in (None, "high"):
            return text
        label = f"report.confidence.{confidence}"
        level = self.labels(label, self.lang) if label in self.labels else confidence
        mark = self.labels("report.word.confidence", self.lang, level=level)
        return f"{text}{mark}" if self.zh else f"{text} {mark}"

    def _list_effects(self, title: str) -> Grid:
        milestones = {one["id"]: one[f"title{self.zh}"] for one in self.answer["milestones"]}
        measured = [name for name in MEASURED if name in milestones]
        rows = [
            [
                one[f"title{self.zh}"],
                *(_write_change(one["missed"][duty], 100) for duty in self.answer["missed"]),
                *(_write_change(one["hours"][name]) for name in measured),
            ]
            for one in sorted(self.answer["effects"], key=_rank)
            if _moves(one, measured)
        ]
        heads = (
            self.say("effect"),
            *(
                self.say("effect.clocks", name=one[f"clause{self.zh}"])
                for one in self.answer["missed"].values()
            ),
            *(self.say("effect.hours", name=milestones[name]) for name in measured),
        )
        return self.grid(title, heads, rows)

    def _list_sources(self) -> Grid:
        rows = []
        for one in self.answer["steps"]:
            hours = [write_hours(one["hours"][q]) for q in ("q05", "q50", "q95")]
            rows.append(
                [
                    one[f"title{self.zh}"],
                    f"{hours[1]} ({hours[0]} – {hours[2]})",
                    self.say("elapsed" if one["elapsed"] else "work"),
                    f"{one['fails']:.0%}",
                    self._doubt(one[f"because{self.zh}"], one["confidence"]),
                ]
            )
        heads = (*map(self.say, ("step", "median-range", "unit", "repeats", "source")),)
        return self.grid(self.say("steps.title"), heads, rows)


def _rank(one: Answer) -> tuple[float, float]:
    misses = sum(found["value"] for found in one["missed"].values())
    return (round(misses, 3), one["hours"]["filing"]["value"] or 0.0)


def _moves(one: Answer, measured: Sequence[str]) -> bool:
    changes = [found["value"] for found in one["missed"].values()]
    hours = [one["hours"][name]["value"] or 0.0 for name in measured]
    return any(abs(value) >= 0.0005 for value in changes) or any(abs(h) >= 0.05 for h in hours)


def _count(one: Answer, names: tuple[str, ...]) -> str:
    return " – ".join(f"{one[name]['value']:,.0f}" for name in names)


def _write_change(found: Answer, times: float = 1.0) -> str:
    """Write a difference with its interval; 0 where nothing changes.

    >>> _write_change({"value": -2.51, "ci": [-3.0, -2.1]})
    '-2.5 (-3.0 – -2.1)'
    """
    if found["value"] is None:
        return "-"
    written = [
        None if x is None else f"{round(x * times, 1) + 0.0:+,.1f}"
        for x in (found["value"], *found["ci"])
    ]
    if set(written) <= {"+0.0", "-0.0", None}:
        return "0"
    return f"{written[0]} ({written[1]} – {written[2]})" if written[1] else str(written[0])
