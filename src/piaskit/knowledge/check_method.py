"""A method is whole: every cell, step and dimension it needs is there, and every name leads on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, get_args

from piaskit.errors import Issue
from piaskit.knowledge.records import Level, Likelihood
from piaskit.knowledge.references import check_clauses, check_names

if TYPE_CHECKING:
    from piaskit.knowledge.folder import Loaded
    from piaskit.knowledge.load import Knowledge
    from piaskit.knowledge.method import Method


def check_method(knowledge: Knowledge, given: Loaded, method: Method) -> Iterator[Issue]:
    """Tell what a method lacks, at the row of the pack that should say it."""
    yield from _check_names(knowledge, given, method)
    if method.reads is None:
        yield from _check_words(given, method)
    else:
        yield from _check_reading(knowledge, given, method)
    holes = [*_check_scores(given, method), *_check_cells(given, method)]
    yield from holes
    yield from _check_proposals(knowledge, given, method)
    if not holes:
        yield from _check_order(given, method)
        yield from _check_history(given, method)


def _check_names(knowledge: Knowledge, given: Loaded, method: Method) -> Iterator[Issue]:
    dimensions = {**method.rights, **method.sources}
    yield from check_names(given, ("criteria",), "a dimension", method.criteria, dimensions)
    named = {"matrix_clause": method.matrix_clause}
    for part in ("rights", "sources", "modifiers", "lists"):
        named |= {f"{part} {name}": entry.clause for name, entry in getattr(method, part).items()}
    if method.applies:
        named["applies"] = method.applies.clause
        regulation, _, number = method.applies.number.partition(" ")
        numbers = (
            knowledge.regulations[regulation].numbers if regulation in knowledge.regulations else ()
        )
        yield from check_names(given, ("applies", "number"), "a number", (number,), numbers)
    for where, clause in named.items():
        if clause:
            yield from check_clauses(knowledge, given, tuple(where.split(" ")), (clause,))


def _check_proposals(knowledge: Knowledge, given: Loaded, method: Method) -> Iterator[Issue]:
    for prefix, proposals in method.impact_by_category.items():
        path = ("impact_by_category", prefix)
        if not any(id == prefix or id.startswith(prefix + ".") for id in knowledge.categories):
            yield from check_names(given, path, "a category", (prefix,), knowledge.categories)
        yield from check_names(given, path, "a rights dimension", proposals, method.rights)


def _check_words(given: Loaded, method: Method) -> Iterator[Issue]:
    """Tell where a method that reads no other departs from the common words."""
    for dimensions, scale in ((method.rights, Level), (method.sources, Likelihood)):
        for name in dimensions:
            steps = method.criteria.get(name, {})
            for step in sorted(set(get_args(scale)) ^ set(steps)):
                problem = "has no criterion for" if step not in steps else "has an unknown level"
                place = given.locate("criteria", name)
                yield Issue("pack-reference", place, f"{name} {problem} {step}", step)
    for name, words in (("impact", Level), ("likelihood", Likelihood), ("risk", Level)):
        own, common = list(getattr(method.scales, name)), list(get_args(words))
        if own != common:
            message = f"the {name} scale is {', '.join(own)}, expected {', '.join(common)}"
            hint = "a method with other words says in reads how it reads those of another"
            yield Issue("method-scale", given.locate("scales", name), message, None, hint)


def _check_reading(knowledge: Knowledge, given: Loaded, method: Method) -> Iterator[Issue]:
    """Tell where a method that reads another names what neither has."""
    reads, scales = method.reads, method.scales
    assert reads is not None
    bases = [id for id, other in knowledge.methods.items() if other.reads is None]
    yield from check_names(given, ("reads", "method"), "a method", (reads.method,), bases)
    for part, words in (("impact", Level), ("likelihood", Likelihood)):
        steps = list(getattr(scales, part))
        read = getattr(reads, part)
        path: tuple[str, ...] = ("reads", part)
        yield from check_names(given, path, f"a step of the {part} scale", read.values(), steps)
        for word in get_args(words):
            if word not in read:
                message = f"{part} does not say how {word} is read"
                hint = "expected one of " + ", ".join(steps)
                yield Issue("method-reading", given.locate(*path), message, word, hint)
        places = [steps.index(read[word]) for word in get_args(words) if read.get(word) in steps]
        if places != sorted(places):
            message = f"{part} reads a higher word as a lower step"
            yield Issue("method-reading", given.locate(*path), message, None, "let steps rise")
    if reads.method in bases:
        base = knowledge.methods[reads.method]
        yield from check_names(given, ("reads", "drops"), "a modifier", reads.drops, base.modifiers)
        for name, dimension in method.rights.items():
            path = ("rights", name, "takes")
            yield from check_names(given, path, "a rights dimension", dimension.takes, base.rights)
            path = ("rights", name, "unmoved_by")
            held = dimension.unmoved_by
            yield from check_names(given, path, "a modifier", held, base.modifiers)
    for name, kind in method.events.items():
        path = ("events", name, "touches")
        yield from check_names(given, path, "a rights dimension", kind.touches, method.rights)
    yield from _check_means(given, method)


def _check_means(given: Loaded, method: Method) -> Iterator[Issue]:
    """Tell where levels cannot be compared: each needs a common word, and none may fall."""
    levels, words = list(method.scales.risk), list(get_args(Level))
    if method.means is None:
        reads = method.reads
        assert reads is not None
        for part in ("impact", "likelihood"):
            if len(set(getattr(reads, part).values())) < len(words):
                message = f"means is missing, and {part} has no step for each common word"
                yield Issue("method-reading", given.locate("means"), message, None, "add means")
                return
        return
    yield from check_names(given, ("means",), "a level of the risk scale", method.means, levels)
    for level in levels:
        if level not in method.means:
            message = f"means has no common word for {level}"
            hint = "expected one of " + ", ".join(words)
            yield Issue("method-reading", given.locate("means"), message, level, hint)
    places = [words.index(method.means[level]) for level in levels if level in method.means]
    if places != sorted(places):
        message = "means gives a higher level a lower word"
        yield Issue("method-reading", given.locate("means"), message, None, "let words rise")


def _check_scores(given: Loaded, method: Method) -> Iterator[Issue]:
    scores = method.scores
    if scores is None:
        return
    wanted: dict[tuple[str, ...], tuple[Mapping[str, int], Iterable[str]]] = {
        ("scores", "likelihood"): (scores.likelihood, method.scales.likelihood),
        ("scores", "from_score"): (scores.from_score, method.scales.risk),
    }
    for name, cost in scores.costs.items():
        wanted["scores", "costs", name, "scores"] = (cost.scores, method.scales.impact)
    for path, (given_scores, steps) in wanted.items():
        for step in steps:
            if step not in given_scores:
                message = f"there is no score for {step}"
                yield Issue("method-cell", given.locate(*path), message, step)
    lowest = next(iter(method.scales.risk))
    if scores.from_score.get(lowest, 0) > 1:
        message = f"{lowest} starts at {scores.from_score[lowest]}, so low products have no level"
        yield Issue("method-cell", given.locate("scores", "from_score"), message, None, "write 1")


def _check_cells(given: Loaded, method: Method) -> Iterator[Issue]:
    if method.scores is not None:
        return
    scales = method.scales
    for impact in scales.impact:
        for likelihood in scales.likelihood:
            if likelihood not in method.matrix.get(impact, {}):
                place = given.locate("matrix", impact)
                message = f"the matrix has no level for {impact} impact and {likelihood} likelihood"
                yield Issue("pack-reference", place, message)
    rows = check_names(
        given, ("matrix",), "a step of the impact scale", method.matrix, scales.impact
    )
    yield from rows
    for impact, row in method.matrix.items():
        path = ("matrix", impact)
        yield from check_names(
            given, path, "a step of the likelihood scale", row, scales.likelihood
        )
        for likelihood, level in row.items():
            here = (*path, likelihood)
            yield from check_names(given, here, "a level of the risk scale", (level,), scales.risk)


def _check_order(given: Loaded, method: Method) -> Iterator[Issue]:
    """Tell cells that fall where impact or likelihood rises, and a line that is no level."""
    for impact, likelihood, below in method.list_falls():
        level = method.find_cell(impact, likelihood)
        message = (
            f"{impact} impact and {likelihood} likelihood give {level}, lower than with {below}"
        )
        place = given.locate("scores" if method.scores else "matrix", impact, likelihood)
        yield Issue("method-order", place, message, level, "a worse cell is never lower")
    if method.acceptance_line is not None:
        line = (method.acceptance_line,)
        yield from check_names(
            given, ("acceptance_line",), "a level of the risk scale", line, method.scales.risk
        )


def _check_history(given: Loaded, method: Method) -> Iterator[Issue]:
    """Tell a matrix or line of acceptance that changed without an entry in the history."""
    own = method.reads is not None or method.replaces
    if not method.history and (method.acceptance_line is None or not own):
        return
    mark = method.mark_matrix()
    hint = f"add an entry with on, by, what and matrix: {mark}"
    if not method.history:
        message = "a line of acceptance is set, and no history says who set it and when"
        yield Issue("method-history", given.locate("history"), message, None, hint)
        return
    last = method.history[-1]
    if last.matrix != mark:
        message = (
            f"the cells or the line changed after the last entry of {last.on.isoformat()} "
            f"by {last.by}"
        )
        place = given.locate("history", len(method.history) - 1, "matrix")
        yield Issue("method-history", place, message, last.matrix, hint)
    days = [change.on for change in method.history]
    if days != sorted(days):
        message = "entries do not stand in the order of their days"
        yield Issue("method-history", given.locate("history"), message, None, "let days rise")
