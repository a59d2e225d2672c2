"""What makes two methods give different levels: traced from what each took and where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from piaskit.risk.explain import WORDS, Said, both
from piaskit.risk.scales import LEVELS, LIKELIHOODS
from piaskit.risk.trace import Trace

if TYPE_CHECKING:
    from piaskit.rules import Hits


def tell_way(trace: Trace) -> Said:
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


def find_causes(one: Trace, two: Trace, hits: Hits) -> Iterator[tuple[str, Said]]:
    """Yield what makes the difference of two levels, each with its word and its text."""
    if one.level < 0 or two.level < 0:
        yield "scope", _tell_scope(one if one.level < 0 else two)
        return
    if one.impact != two.impact:
        yield from _compare_impacts(one, two)
    if one.likelihood != two.likelihood:
        yield from _compare_likelihoods(one, two, hits)
    put = int(two.reading.matrix[one.impact, one.likelihood])
    if put != one.level:
        yield _compare_scales(one, two, put)


def _tell_scope(trace: Trace) -> Said:
    method = trace.reading.method
    if method.not_rated is None:
        return trace.writer.say("cause.no-situation", method=trace.title)
    return both(method.not_rated)


def _compare_impacts(one: Trace, two: Trace) -> Iterator[tuple[str, Said]]:
    writer = one.writer
    shifted = sorted(set(one.shifts) ^ set(two.shifts))
    if (one.pair, one.right) != (two.pair, two.right) or not shifted:
        yield (
            "dimension",
            writer.say("cause.dimension-is", one=_tell_impact(one),
                       two=_tell_impact(two)),
        )  # fmt: skip
    for name in shifted:
        holder, other = (one, two) if name in one.shifts else (two, one)
        dropped = other.reading.method.reads.drops if other.reading.method.reads else {}
        why = both(dropped[name]) if name in dropped else writer.say("cause.modifier-not")
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


def _tell_impact(trace: Trace) -> Said:
    """Say which impact a method took on which dimension, from which item."""
    writer = trace.writer
    level = writer.name_level(LEVELS[trace.impact])
    fields = {"method": trace.title, "dimension": trace.name_dimension(), "level": level}
    if trace.pair < 0:
        return writer.say("cause.no-item", **fields)
    item = int(trace.reading.rating.impacts.pairs["item"].iloc[trace.pair])
    right = list(writer.method.rights)[trace.right]
    return writer.say("cause.impact", **fields, item=writer.describe_item(item, right))


def _compare_likelihoods(one: Trace, two: Trace, hits: Hits) -> Iterator[tuple[str, Said]]:
    writer = one.writer
    yield (
        "criterion",
        writer.say("cause.criterion-is", one=_tell_likelihood(one, hits),
                   two=_tell_likelihood(two, hits)),
    )  # fmt: skip
    if one.looked != two.looked:
        counts = {"n": one.looked, "m": two.looked}
        said = writer.say("cause.count-is", one=one.title, two=two.title, **counts)
        yield "count", said


def _tell_likelihood(trace: Trace, hits: Hits) -> Said:
    """Say which criterion a method met, in which dimension, by which finding."""
    writer = trace.writer
    fields = {
        "method": trace.title,
        "level": writer.name_level(LIKELIHOODS[trace.likelihood]),
        "kind": trace.name_kind(),
    }
    if not trace.hits:
        return writer.say("cause.nothing-found", **fields)
    return writer.say("cause.found", **fields, found=_strip(writer.tell(hits[trace.hits[0]])))


def _compare_scales(one: Trace, two: Trace, put: int) -> tuple[str, Said]:
    """Say why the same impact and likelihood stand elsewhere: end, step or cell of a scale."""
    writer, words = one.writer, one.writer.name_level
    cells = _tell_cells(one, two, put)
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
                    step=both(steps[step].title),
                    **cells,
                )
    return "cell", writer.say("cause.cell-is", **cells)


def _tell_cells(one: Trace, two: Trace, put: int) -> dict[str, Said]:
    words = one.writer.name_level
    return {
        "impact": words(LEVELS[one.impact]),
        "likelihood": words(LIKELIHOODS[one.likelihood]),
        "one": one.title,
        "level": words(LEVELS[one.level]),
        "two": two.title,
        "other": words(LEVELS[put]),
    }


def _strip(said: Said) -> Said:
    """Leave out the full stop, as the text goes on."""
    return {lang: text.rstrip(".。") for lang, text in said.items()}
