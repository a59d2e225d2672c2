"""Threagile models in YAML: data assets, technical assets and links, also spread over files.

A model becomes an activity; data assets become items, technical assets systems or parties, each
direction of a link a flow, risks that somebody identified or tracks judgements. A case goes out
with its own words as tags, which come back by them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.importers.foreign import find_include, read_yaml, try_content
from piaskit.importers.register import Register
from piaskit.knowledge.read import Tree, read_tree

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge import Text

NAME = "threagile"
Record = dict[str, Any]
_MOST_FILES = 200


@cache
def read_words() -> dict[str, Any]:
    """Read threagile.yaml, the words as data."""
    return read_tree(Path(__file__).with_name("threagile.yaml"), "threagile.yaml")[0].content


def recognise(path: Path) -> bool:
    """Tell whether a file is a model or a part of one: YAML with Threagile's top-level keys."""
    if path.suffix.lower() not in (".yml", ".yaml"):
        return False
    keys = try_content(path).keys()
    known = {*read_words()["lists"], *read_words()["keys"]}
    assets = keys & {"technical_assets", "data_assets", "trust_boundaries", "risk_tracking"}
    part = keys <= known | {k for k in keys if k.startswith("diagram_tweak_")}
    return "threagile_version" in keys or "technical_assets" in keys or bool(assets and part)


def read_register(paths: Sequence[Path]) -> Register:
    """Read models with the files they include; several given files are parts of one model.

    Raises InvalidData with every file that is no YAML or lies outside the folder of the first, and
    every part of a model that is not as the format says.
    """
    from piaskit.importers._threagile import ThreagileReader

    out = Register(NAME)
    model, issues = _merge(paths, out)
    if issues:
        raise InvalidData(issues)
    return ThreagileReader(model, out).run()


def write_register(case: Case, path: Path, lang: str) -> list[Text]:
    """Write the case as a model, in one language, valid against Threagile's own schema."""
    from piaskit.importers._threagile_writing import list_model_losses, write_model
    from piaskit.importers.export import need_suffix

    need_suffix(path, ".yaml", ".yml")
    path.write_text(write_model(case, lang), encoding="utf-8", newline="\n")
    return list_model_losses(case)


def _merge(paths: Sequence[Path], out: Register) -> tuple[Record, list[Issue]]:
    """Lay the files over one another: what stands first counts, and a difference is told."""
    model: Record = {}
    issues: list[Issue] = []
    waiting: list[tuple[Path, Path, Place | None]] = [(p, p.parent, None) for p in reversed(paths)]
    seen: set[Path] = set()
    while waiting:
        path, root, place = waiting.pop()
        if path.resolve() in seen:
            continue
        seen.add(path.resolve())
        if len(seen) > _MOST_FILES:
            text = f"includes more than {_MOST_FILES} files"
            return model, [*issues, Issue("import-too-large", place or Place(path.name), text)]
        try:
            tree = read_yaml(path)
            found = list(_check_form(tree))
            issues += found
            if not found:
                included = list(_list_includes(path, tree, root))
                waiting += [(file, root, where) for file, where in reversed(included)]
                _lay_over(model, tree.content, path.name, out)
        except InvalidData as error:
            if place and _is_blank(path):  # a part may be all comments
                continue
            issues += error.issues
    if not issues and not {"technical_assets", "data_assets"} & model.keys():
        place = Place(paths[0].name)
        text = "not a Threagile model: it has neither technical_assets nor data_assets"
        issues.append(Issue("import-format", place, text))
    return model, issues


def _is_blank(path: Path) -> bool:
    """Tell whether a file that could not be read holds nothing but comments."""
    if path.stat().st_size > 1_000_000:
        return False
    lines = path.read_text("utf-8", errors="replace").splitlines()
    return all(line.strip() in ("", "---") or line.lstrip().startswith("#") for line in lines)


def _list_includes(path: Path, tree: Tree, root: Path) -> Iterator[tuple[Path, Place]]:
    for n, name in enumerate(list_texts(tree.content.get("includes"))):
        place = tree.locate(("includes", n))
        yield find_include(path, name, root, place), place


def _lay_over(model: Record, part: Record, file: str, out: Register) -> None:
    for key, value in part.items():
        if key == "includes" or value in (None, ""):
            continue
        here = model.get(key)
        if here is None:
            model[key] = value
        elif isinstance(here, dict) and isinstance(value, dict):
            for name, record in value.items():
                if here.setdefault(name, record) != record:
                    told = "stands in another file too and differs; the first one counts"
                    out.contradict(f"{file}: {key} {name} {told}")
            model[key] = here
        elif isinstance(here, list) and isinstance(value, list):
            model[key] = [*here, *(v for v in value if v not in here)]
        elif here != value:
            out.contradict(f"{file}: {key} differs from that of another file, which counts")


def _check_form(tree: Tree) -> Iterator[Issue]:
    for name in read_words()["lists"]:
        value = tree.content.get(name)
        either = name in ("individual_risk_categories", "custom_risk_categories")
        if value in (None, "", []) or (either and isinstance(value, list)):
            continue
        if not isinstance(value, dict):
            yield _reject(tree, (name,), "a mapping of titles", value)
            continue
        if name not in ("data_assets", "technical_assets", "trust_boundaries", "risk_tracking"):
            continue
        for title, record in value.items():
            if not isinstance(record, dict):
                yield _reject(tree, (name, title), "keys and values", record)
                continue
            links = record.get("communication_links") if name == "technical_assets" else None
            if links not in (None, "") and not isinstance(links, (dict, list)):
                path = (name, title, "communication_links")
                yield _reject(tree, path, "a mapping or a list of links", links)


def _reject(tree: Tree, path: tuple[str, ...], expected: str, value: object) -> Issue:
    text = f"is not as Threagile writes it, expected {expected}"
    return Issue("import-unreadable", tree.locate(path), text, quote(value))


def list_texts(value: object) -> list[str]:
    """Return a list of texts that may be one text, or nothing at all."""
    values = value if isinstance(value, list) else [value]
    return [str(v) for v in values if v not in (None, "") and not isinstance(v, (dict, list))]
