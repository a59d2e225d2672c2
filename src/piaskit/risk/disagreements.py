"""Where methods disagree on a risk or an activity, and what makes the difference.

A difference is traced, not described: what one method took as impact and likelihood is put to the
other. If the levels then agree, what they took makes the difference (another dimension, a modifier,
another criterion, other findings); if not, their scales or cells do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pandas as pd

from piaskit.display import Content, Grid, Mark
from piaskit.risk.causes import find_causes, tell_way
from piaskit.risk.explain import Explainer, both
from piaskit.risk.reading import Reading
from piaskit.risk.scales import LEVELS, STATES
from piaskit.risk.trace import Trace, choose_placed, trace_level

if TYPE_CHECKING:
    from piaskit.knowledge.records import Labels
    from piaskit.rules import Hits

CURRENT = STATES.index("current")
Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Disagreements(Sequence[Row]):
    """Every risk and activity on whose current level two methods disagree, told when it is read.

    The first method is compared with each of the others; activities come first. A level is None
    where a method does not rate the subject.
    """

    readings: tuple[Reading, ...]
    writers: tuple[Explainer, ...]
    hits: Hits
    chosen: tuple[int, ...]
    lang: str = "en"

    @cached_property
    def found(self) -> list[tuple[bool, int, int]]:
        """Whether it is an activity, its place, and which other method disagrees."""
        first = self.readings[0]
        found: list[tuple[bool, int, int]] = []
        for is_activity in (True, False):
            rows = np.array(self.chosen, dtype=np.intp) if is_activity else slice(None)
            one = choose_placed(first, is_activity).level[CURRENT][rows]
            for other in range(1, len(self.readings)):
                two = choose_placed(self.readings[other], is_activity).level[CURRENT][rows]
                places = np.flatnonzero(one != two)
                at = np.asarray(self.chosen, dtype=np.intp)[places] if is_activity else places
                found += [(is_activity, int(place), other) for place in at]
        return sorted(found, key=lambda row: (not row[0], row[1], row[2]))

    def __len__(self) -> int:
        return len(self.found)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> list[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | list[Row]:
        if isinstance(at, slice):
            return [self._tell(*row) for row in self.found[at]]
        return self._tell(*self.found[at])

    def __iter__(self) -> Iterator[Row]:
        return (self._tell(*row) for row in self.found)

    def to_frame(self) -> pd.DataFrame:
        """Return a row per disagreement: ``[activity, risk, first, level, other, other_level,
        causes, because, because_zh]``; all text, ``causes`` separated by ``;``.
        """
        rows = [
            {
                "activity": row["activity"],
                "risk": row["risk"],
                "first": row["methods"][0],
                "level": row["levels"][row["methods"][0]],
                "other": row["methods"][1],
                "other_level": row["levels"][row["methods"][1]],
                "causes": ";".join(cause["kind"] for cause in row["causes"]),
                "because": row["because"],
                "because_zh": row["because_zh"],
            }
            for row in self
        ]
        heads = ("activity", "risk", "first", "level", "other", "other_level", "causes")
        return pd.DataFrame(rows, columns=[*heads, "because", "because_zh"], dtype="str")

    def __repr__(self) -> str:
        return f"<{len(self)} disagreements of {len(self.readings)} methods>"

    def _repr_html_(self) -> str:
        return self.show()._repr_html_()

    def show(self, *, activities: bool = False) -> Grid:
        """Return the disagreements as a table, those on activities alone if asked for."""
        lang, labels = self.lang, self.writers[0].case.knowledge.labels

        def say(label: str, **fields: object) -> str:
            return labels(f"risk.{label}", lang, **fields)

        rows: list[Sequence[Content]] = []
        for found in self.found:
            if activities and not found[0]:
                continue
            row = self._tell(*found)
            one, two = row["methods"]
            subject = self._name(row)
            levels = [_mark(row["levels"][name], labels, lang) for name in (one, two)]
            causes = [say(f"cause.{cause['kind']}") for cause in row["causes"]]
            because = row["because_zh" if lang == "zh" else "because"]
            rows.append((subject, levels[0], two, levels[1], list(dict.fromkeys(causes)), because))
        first = self.readings[0].method.id
        heads = (say("subject"), first, say("other-method"), say("other-level"), say("cause"))
        title = say("disagreements", n=len(self), first=first)
        return Grid(title, (*heads, say("reason")), rows, lang)

    def _name(self, row: Row) -> str:
        return str(row["title_zh" if self.lang == "zh" else "title"])

    def _tell(self, is_activity: bool, at: int, other: int) -> Row:
        one = self._trace(0, is_activity, at)
        two = self._trace(other, is_activity, at)
        writer = self.writers[0]
        causes = list(find_causes(one, two, self.hits))
        said = writer.say(
            "disagreement",
            one=tell_way(one),
            two=tell_way(two),
            causes=writer.join([text for _, text in causes]),
        )
        row = self._name_subject(is_activity, at)
        names = [trace.reading.method.id for trace in (one, two)]
        levels = [LEVELS[trace.level] if trace.level >= 0 else None for trace in (one, two)]
        return {
            **row,
            "methods": names,
            "levels": dict(zip(names, levels, strict=True)),
            "causes": [
                {"kind": kind, "because": text["en"], "because_zh": text["zh"]}
                for kind, text in causes
            ],
            "because": said["en"],
            "because_zh": said["zh"],
            "rows": self._list_rows(one, two),
        }

    def _name_subject(self, is_activity: bool, at: int) -> Row:
        writer = self.writers[0]
        if is_activity:
            row = writer.case.frames["activities"].iloc[at].to_dict()
            title = writer.name_row(row)
            return {
                "activity": row["id"], "risk": None, "title": title["en"], "title_zh": title["zh"],
            }  # fmt: skip
        if at < len(self.hits):
            hit = self.hits[at]
            named = both(hit.rule.title) if hit.rule.title else writer.tell(hit)
            activity = hit.activities[0] if hit.activities else None
            subject = f"{hit.table}/{hit.id}"
            title = {lang: f"{named[lang]} ({subject})" for lang in named}
            risk = hit.risk
        else:
            row = writer.rating.seen.iloc[at - len(self.hits)].to_dict()
            activity = row["activity"] if row["place"] >= 0 else None
            title, risk = writer.state(row, "problem"), row["risk"]
        return {"activity": activity, "risk": risk, "title": title["en"], "title_zh": title["zh"]}

    def _trace(self, number: int, is_activity: bool, at: int) -> Trace:
        reading, writer = self.readings[number], self.writers[number]
        return trace_level(reading, writer, self.hits, is_activity=is_activity, at=at)

    def _list_rows(self, one: Trace, two: Trace) -> list[dict[str, str]]:
        """Name the rows that decide: items behind the impacts, subjects of the findings."""
        rows = []
        for trace in (one, two):
            if trace.level >= 0 and trace.pair >= 0:
                item = int(trace.reading.rating.impacts.pairs["item"].iloc[trace.pair])
                rows.append(("items", trace.writer.items[item]["id"]))
            rows += [(self.hits[hit].table, self.hits[hit].id) for hit in trace.hits]
        return [{"table": table, "id": id} for table, id in dict.fromkeys(rows)]


def _mark(level: str | None, labels: Labels, lang: str) -> Mark:
    if level is None:
        return Mark("", labels("risk.unrated-word", lang))
    return Mark(level, labels(f"risk.level.{level}", lang))
