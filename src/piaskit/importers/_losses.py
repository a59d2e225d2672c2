"""What a foreign format cannot hold of a case, counted and in both languages."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from piaskit.case.create import FOLDERS
from piaskit.case.tables import TABLES
from piaskit.knowledge import Text

if TYPE_CHECKING:
    from piaskit.case import Case

Carried = Mapping[str, Collection[str]]
HEADER = "case.yaml"
ALL = ("*",)
LANGS = ("en", "zh")


def tell_loss(case: Case, label: str, **fields: object) -> Text:
    """Write a line of loss in both languages; a field may be a Text of its own."""
    say = case.knowledge.labels
    told = {
        lang: say(
            f"export.lost.{label}",
            lang,
            **{k: v[lang] if isinstance(v, Text) else v for k, v in fields.items()},
        )
        for lang in LANGS
    }
    return Text(**told)


def list_losses(case: Case, carried: Carried, *, companions: bool = False) -> list[Text]:
    """Return what a format leaves out: tables, columns with values, facts of case.yaml, files.

    ``carried`` names the columns that the format holds, per table (``ALL``: every one), and under
    ``HEADER`` the facts of case.yaml. With ``companions`` texts in further languages are held too.
    """
    losses = [loss for name in TABLES for loss in _compare_table(case, name, carried, companions)]
    told = {key for key, value in _list_facts(case).items() if value}
    held = carried.get(HEADER, ())
    left = () if held is ALL else sorted(told - set(held))
    if left:
        losses.append(tell_loss(case, "header", facts=", ".join(left)))
    for folder in FOLDERS:
        place = case.root / folder
        count = sum(path.is_file() for path in place.rglob("*")) if place.is_dir() else 0
        if count:
            losses.append(tell_loss(case, "files", folder=folder, n=count))
    return losses


def _compare_table(case: Case, name: str, carried: Carried, companions: bool) -> Iterator[Text]:
    frame = case.frames[name]
    title = _name(case, f"table.{name}")
    held = carried.get(name, ())
    if not len(frame) or held is ALL:
        return
    if not held:
        yield tell_loss(case, "table", table=title, n=len(frame))
        return
    counts = {str(c): int(n) for c, n in frame.notna().sum().items() if n}
    declared = TABLES[name].names
    texts = {c for c in counts if c.endswith(("_en", "_zh")) and c[:-3] in declared}
    left = [c for c in counts if c not in held and c not in texts]
    if left:
        told = {
            lang: ", ".join(f"{_head(case, c, declared)[lang]} {counts[c]}" for c in left)
            for lang in LANGS
        }
        yield tell_loss(case, "columns", table=title, columns=Text(**told))
    translated = sum(counts[c] for c in texts if c[:-3] in held and not companions)
    if translated:
        yield tell_loss(case, "companions", table=title, n=translated)


def _head(case: Case, column: str, declared: Collection[str]) -> Text:
    if column in declared:
        return _name(case, f"column.{column}")
    return Text(en=column, zh=column)


def _list_facts(case: Case) -> dict[str, Any]:
    own = {f"organisation.{key}": value for key, value in case.organisation.items()}
    return {
        "title": case.title,
        **{key: value for key, value in own.items() if not key.endswith(("_en", "_zh"))},
        "regimes": case.regimes,
        "methods": case.methods,
        "contacts": case.contacts,
        "channels": case.channels,
        "publication": case.publication,
    }


def _name(case: Case, label: str) -> Text:
    return Text(**{lang: case.knowledge.labels(label, lang) for lang in LANGS})
