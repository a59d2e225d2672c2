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
from piaskit.risk.explain import WORDS, Explainer, Said
from piaskit.risk.reading import Placed, Reading
from piaskit.risk.scales import LEVELS, LIKELIHOODS, STATES
from piaskit.risk.sheets import list_hits

if TYPE_CHECKING:
    from piaskit.knowledge.records import Labels
    from piaskit.rules import Hits

CURRENT = STATES.index("current")
Row = dict[str, Any]


@dataclass(frozen=True)
class Trace:
    """How one method came to the current level of one subject.

    ``impact`` and ``likelihood`` are places in the common scales, ``pair`` the pair of activity and
    item that decides the impact (-1: none) and ``right`` the right it decides it on; ``hits`` are
    the findings behind the likelihood, ``looked`` how many there were.
    """

    reading: Reading
    writer: Explainer
    level: int
    own: int
    impact: int
    likelihood: int
    dimension: int
    kind: int
    right: int
    pair: int
    shifts: tuple[str, ...]
    hits: tuple[int, ...]
    looked: int

    @property
    def title(self) -> Said:
        return _both(self.reading.method.short)

    def name_impact(self) -> Said:
        method = self.reading.method
        step = method.read_step(LEVELS[self.impact], "impact")
        return _both(method.scales.impact[step].title)

    def name_likelihood(self) -> Said:
        method = self.reading.method
        step = method.read_step(LIKELIHOODS[self.likelihood], "likelihood")
        return _both(method.scales.likelihood[step].title)

    def name_level(self) -> Said:
        return _both(list(self.reading.method.scales.risk.values())[self.own])

    def name_dimension(self) -> Said:
        rights = self.reading.method.rights or self.reading.base.rights
        return _both(rights[self.reading.dimensions[self.dimension]].title)

    def name_kind(self) -> Said:
        if self.kind < 0:
            return self.writer.say("not-stated")
        name = self.reading.kinds[self.kind]
        if self.reading.method.events:
            return _both(self.reading.method.events[name].title)
        return _both(self.reading.base.sources[name].title)


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
            one = _choose(first, is_activity).level[CURRENT][rows]
            for other in range(1, len(self.readings)):
                two = _choose(self.readings[other], is_activity).level[CURRENT][rows]
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
        for row in self:
            if activities and row["risk"] is not None:
                continue
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
        one = self.trace(0, is_activity, at)
        two = self.trace(other, is_activity, at)
        writer = self.writers[0]
        causes = list(self._find_causes(one, two))
        said = writer.say(
            "disagreement",
            one=self._tell_way(one),
            two=self._tell_way(two),
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
            named = _both(hit.rule.title) if hit.rule.title else writer.tell(hit)
            activity = hit.activities[0] if hit.activities else None
            subject = f"{hit.table}/{hit.id}"
            title = {lang: f"{named[lang]} ({subject})" for lang in named}
            risk = hit.risk
        else:
            row = writer.rating.seen.iloc[at - len(self.hits)].to_dict()
            activity = row["activity"] if row["place"] >= 0 else None
            title, risk = writer.state(row, "problem"), row["risk"]
        return {"activity": activity, "risk": risk, "title": title["en"], "title_zh": title["zh"]}

    def trace(self, number: int, is_activity: bool, at: int) -> Trace:
        """Trace how a method came to the current level of an activity or a risk."""
        reading, writer = self.readings[number], self.writers[number]
        placed, rating = _choose(reading, is_activity), reading.rating
        dimension = int(placed.dimension[CURRENT, at])
        kind = int(placed.kind[CURRENT, at])
        columns = np.flatnonzero(reading.takes[dimension])
        impacts = rating.final if is_activity else rating.risks.impact
        values = impacts[CURRENT, at, columns]
        right = int(columns[values.argmax()]) if len(columns) else -1
        pair = -1
        if right >= 0 and values.max(initial=-1) >= 0:
            pair = (
                self._find_pair(reading, at, right)
                if is_activity
                else int(rating.risks.pair[at, right])
            )
        shifts = tuple(writer.list_shifts(pair, right)) if pair >= 0 else ()
        hits = list_hits(reading, kind, at) if is_activity else [at]
        return Trace(
            reading=reading,
            writer=writer,
            level=int(placed.level[CURRENT, at]),
            own=int(placed.own[CURRENT, at]),
            impact=int(placed.impact[CURRENT, at]),
            likelihood=int(placed.likelihood[CURRENT, at]),
            dimension=dimension,
            kind=kind,
            right=right,
            pair=pair,
            shifts=shifts,
            hits=tuple(hit for hit in hits[:1] if hit < len(self.hits)),
            looked=len(hits),
        )

    def _find_pair(self, reading: Reading, activity: int, right: int) -> int:
        """Return the strongest pair of an activity on a right, -1 where it has no item."""
        impacts = reading.rating.impacts
        first, last = np.searchsorted(impacts.pairs["activity"], [activity, activity + 1]).tolist()
        levels = impacts.levels[CURRENT, first:last, right]
        if not len(levels) or levels.max() < 0:
            return -1
        return int(first + levels.argmax())

    def _tell_way(self, trace: Trace) -> Said:
        """Tell a method's way to its level: what it took, and where that stands."""
        writer = trace.writer
        if trace.level < 0:
            return writer.say("way.unrated", method=trace.title)
        level = trace.name_level()
        word = writer.name_level(LEVELS[trace.level])
        label = "way" if level == word else "way.read"
        return writer.say(
            label,
            method=trace.title,
            impact=trace.name_impact(),
            dimension=trace.name_dimension(),
            likelihood=trace.name_likelihood(),
            kind=trace.name_kind(),
            level=level,
            word=word,
        )

    def _find_causes(self, one: Trace, two: Trace) -> Iterator[tuple[str, Said]]:
        if one.level < 0 or two.level < 0:
            yield "scope", self._tell_scope(one if one.level < 0 else two)
            return
        if one.impact != two.impact:
            yield from self._compare_impacts(one, two)
        if one.likelihood != two.likelihood:
            yield from self._compare_likelihoods(one, two)
        put = int(two.reading.matrix[one.impact, one.likelihood])
        if put != one.level:
            yield self._compare_scales(one, two, put)

    def _tell_scope(self, trace: Trace) -> Said:
        method = trace.reading.method
        if method.not_rated is None:
            return trace.writer.say("cause.no-situation", method=trace.title)
        return _both(method.not_rated)

    def _compare_impacts(self, one: Trace, two: Trace) -> Iterator[tuple[str, Said]]:
        writer = one.writer
        shifted = sorted(set(one.shifts) ^ set(two.shifts))
        if (one.pair, one.right) != (two.pair, two.right) or not shifted:
            yield (
                "dimension",
                writer.say("cause.dimension-is", one=self._tell_impact(one),
                           two=self._tell_impact(two)),
            )  # fmt: skip
        for name in shifted:
            holder, other = (one, two) if name in one.shifts else (two, one)
            dropped = other.reading.method.reads.drops if other.reading.method.reads else {}
            why = _both(dropped[name]) if name in dropped else writer.say("cause.modifier-not")
            yield (
                "modifier",
                writer.say(
                    "cause.modifier-is",
                    method=holder.title,
                    modifier=holder.writer.describe_modifier(name),
                    other=other.title,
                    why=why,
                ),
            )

    def _tell_impact(self, trace: Trace) -> Said:
        """Say which impact a method took on which dimension, from which item."""
        writer = trace.writer
        level = writer.name_level(LEVELS[trace.impact])
        fields = {"method": trace.title, "dimension": trace.name_dimension(), "level": level}
        if trace.pair < 0:
            return writer.say("cause.no-item", **fields)
        item = int(trace.reading.rating.impacts.pairs["item"].iloc[trace.pair])
        right = list(writer.method.rights)[trace.right]
        return writer.say("cause.impact", **fields, item=writer.describe_item(item, right))

    def _compare_likelihoods(self, one: Trace, two: Trace) -> Iterator[tuple[str, Said]]:
        writer = one.writer
        yield (
            "criterion",
            writer.say("cause.criterion-is", one=self._tell_likelihood(one),
                       two=self._tell_likelihood(two)),
        )  # fmt: skip
        if one.looked != two.looked:
            counts = {"n": one.looked, "m": two.looked}
            said = writer.say("cause.count-is", one=one.title, two=two.title, **counts)
            yield "count", said

    def _tell_likelihood(self, trace: Trace) -> Said:
        """Say which criterion a method met, in which dimension, by which finding."""
        writer = trace.writer
        fields = {
            "method": trace.title,
            "level": writer.name_level(LIKELIHOODS[trace.likelihood]),
            "kind": trace.name_kind(),
        }
        if not trace.hits:
            return writer.say("cause.nothing-found", **fields)
        return writer.say(
            "cause.found", **fields, found=_strip(writer.tell(self.hits[trace.hits[0]]))
        )

    def _compare_scales(self, one: Trace, two: Trace, put: int) -> tuple[str, Said]:
        """Say why the same impact and likelihood stand elsewhere: end, step or cell of a scale."""
        writer, words = one.writer, one.writer.name_level
        cells = self._tell_cells(one, two, put)
        for holder, other, wanted in ((two, one, one.level), (one, two, put)):
            top = int(holder.reading.matrix.max())
            if wanted > top:
                return "scale", writer.say(
                    "cause.end-is",
                    method=holder.title,
                    other=other.title,
                    n=len(holder.reading.method.scales.risk),
                    top=words(LEVELS[top]),
                    level=words(LEVELS[wanted]),
                )
        for holder in (two, one):
            for of, scale, at in (
                ("impact", LEVELS, one.impact),
                ("likelihood", LIKELIHOODS, one.likelihood),
            ):
                method = holder.reading.method
                step = method.read_step(scale[at], of)  # type: ignore[arg-type]
                alike = [word for word in scale if method.read_step(word, of) == step]  # type: ignore[arg-type]
                if len(alike) > 1:
                    steps = getattr(method.scales, of)
                    return "scale", writer.say(
                        "cause.step-is",
                        method=holder.title,
                        n=len(steps),
                        of=writer.say(f"of.{of}"),
                        words=writer.join([words(word) for word in alike], WORDS),
                        step=_both(steps[step].title),
                        **cells,
                    )
        return "cell", writer.say("cause.cell-is", **cells)

    def _tell_cells(self, one: Trace, two: Trace, put: int) -> dict[str, Said]:
        words = one.writer.name_level
        return {
            "impact": words(LEVELS[one.impact]),
            "likelihood": words(LIKELIHOODS[one.likelihood]),
            "one": one.title,
            "level": words(LEVELS[one.level]),
            "two": two.title,
            "other": words(LEVELS[put]),
        }

    def _list_rows(self, one: Trace, two: Trace) -> list[dict[str, str]]:
        """Name the rows that decide: items behind the impacts, subjects of the findings."""
        rows = []
        for trace in (one, two):
            if trace.level >= 0 and trace.pair >= 0:
                item = int(trace.reading.rating.impacts.pairs["item"].iloc[trace.pair])
                rows.append(("items", trace.writer.items[item]["id"]))
            rows += [(self.hits[hit].table, self.hits[hit].id) for hit in trace.hits]
        return [{"table": table, "id": id} for table, id in dict.fromkeys(rows)]


def _choose(reading: Reading, is_activity: bool) -> Placed:
    return reading.activities if is_activity else reading.risks


def _both(text: Any) -> Said:
    return {"en": text["en"], "zh": text["zh"]}


def _strip(said: Said) -> Said:
    """Leave out the full stop, as the text goes on."""
    return {lang: text.rstrip(".。") for lang, text in said.items()}


def _mark(level: str | None, labels: Labels, lang: str) -> Mark:
    if level is None:
        return Mark("", labels("risk.unrated-word", lang))
    return Mark(level, labels(f"risk.level.{level}", lang))
