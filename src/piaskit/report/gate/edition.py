"""A folder of public files against a case: one issue for each leak, naming file and place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from piaskit.discovery.texts import TextSearch, build_search
from piaskit.errors import Issue, Place
from piaskit.knowledge import load_knowledge
from piaskit.report.gate.passage import Passage, Unreadable, read_passages
from piaskit.report.gate.scan import Leak, find_leaks
from piaskit.report.leaks import Secret, collect_secrets, fold_text

if TYPE_CHECKING:
    from piaskit.case import Case


Spread: TypeAlias = Callable[[Callable[[Path], list[Issue]], list[Path]], Iterable[list[Issue]]]


def gate_edition(
    folder: str | Path,
    case: Case | None = None,
    parameters: Iterable[str] = (),
    allowed: Iterable[str] = (),
    spread: Spread = map,
    internal: Iterable[Secret] | None = None,
) -> list[Issue]:
    """Read every file below a folder as an outsider would; return what must not be public.

    Without a case, identifiers, paths and credentials are looked for alone; ``parameters`` are
    further internal strings, ``allowed`` further public contacts. A file that cannot be looked
    into is an issue, too: what nobody can check is not published. ``spread`` puts the check to the
    files, as ``map`` does. ``internal`` are the values of ``collect_secrets`` where they are known.
    """
    folder = Path(folder)
    if internal is None:
        internal = collect_secrets(case) if case else []
    secrets = list(internal)
    secrets += [Secret(fold_text(text), "parameters", "") for text in parameters if len(text) > 2]
    public = [*allowed, *_list_contacts(case)]
    search = build_search(case.knowledge if case else load_knowledge())

    check = partial(_check_file, folder, secrets, search, public)
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    largest = sorted(files, key=lambda path: -path.stat().st_size)  # none is left over at the end
    found = dict(zip(largest, spread(check, largest), strict=True))
    return [issue for path in files for issue in found[path]]


def _check_file(
    folder: Path,
    secrets: Sequence[Secret],
    search: TextSearch,
    public: Sequence[str],
    path: Path,
) -> list[Issue]:
    name, issues = path.relative_to(folder).as_posix(), []
    passages = [Passage("file name", name)]
    try:
        passages += read_passages(path.read_bytes())
    except Unreadable as reason:
        message = f"cannot be looked into: {reason}"
        issues.append(Issue("public-unreadable", Place(name), message, hint=_REMAKE))
    leaks = find_leaks(passages, secrets, search, public)
    return [*issues, *(_report(name, leak) for leak in leaks)]


_REMAKE = "publish only files that piaskit report wrote"


def _list_contacts(case: Case | None) -> list[str]:
    """The e-mail addresses and telephone numbers that case.yaml gives to the public."""
    return [text for contact in case.contacts for text in contact.values()] if case else []


def _report(name: str, leak: Leak) -> Issue:
    place = Place(name, leak.place or None)
    if leak.secret is None:
        message = f"holds what may not be public ({leak.kind}), beginning with {leak.begins!r}"
        return Issue("public-leak", place, message, hint="take it out of the text it stands in")
    source = ".".join(filter(None, (leak.secret.table, leak.secret.column)))
    return Issue(
        "public-leak",
        place,
        f"holds an internal value of {source}, beginning with {leak.begins!r}",
        hint="reword the title, purpose, necessity or other public text that repeats it",
    )
