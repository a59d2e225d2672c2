"""Names that packs give of each other's entries: those that lead nowhere are told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

from piaskit.errors import Issue, quote

if TYPE_CHECKING:
    from piaskit.knowledge.folder import Loaded
    from piaskit.knowledge.load import Knowledge


def check_names(
    given: Loaded, path: tuple[str, ...], what: str, names: Iterable[str], known: Iterable[str]
) -> Iterator[Issue]:
    """Tell the names that are not known, with the nearest that is; ``what`` says what they name."""
    known = list(known)
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.6)
            hint = f"did you mean {near[0]}?" if near else None
            message = f"{quote(name)} is not {what} of any pack"
            yield Issue("pack-reference", given.locate(*path), message, quote(name), hint)


def check_clauses(
    knowledge: Knowledge, given: Loaded, path: tuple[str, ...], clauses: Iterable[str]
) -> Iterator[Issue]:
    """Tell the clauses that no regulation pack lists."""
    for clause in clauses:
        try:
            knowledge.cite(clause, "en")
        except KeyError:
            near = get_close_matches(clause.split(" ")[0], list(knowledge.regulations), n=1)
            hint = f"{near[0]} lists no such clause" if near else None
            message = f"{quote(clause)} is no clause of any regulation pack"
            yield Issue("pack-reference", given.locate(*path), message, quote(clause), hint)
