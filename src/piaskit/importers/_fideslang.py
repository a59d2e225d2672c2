"""The words of fideslang: which of its keys means what here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from piaskit.knowledge.read import read_tree

Record = dict[str, Any]


@cache
def read_words() -> dict[str, Any]:
    """Read fides.yaml, the conversions as data."""
    return read_tree(Path(__file__).with_name("fides.yaml"), "fides.yaml")[0].content


def walk_fields(dataset: Record) -> Iterator[tuple[str, str]]:
    """Yield (category, field path); a field without categories has those around it."""

    def descend(node: Record, path: str, inherited: list[str]) -> Iterator[tuple[str, str]]:
        here = list_texts(node, "data_categories") or inherited
        children = list_records(node, "collections") or list_records(node, "fields")
        for child in children:
            yield from descend(child, f"{path}.{child.get('name')}", here)
        if not children:
            yield from ((category, path) for category in here)

    yield from descend(dataset, str(dataset.get("fides_key")), [])


def count_unread(node: Record) -> Counter[str]:
    """Count what collections and fields say beside names, categories and what is in them."""
    found: Counter[str] = Counter()
    for child in list_records(node, "collections") + list_records(node, "fields"):
        read = ("name", "data_categories", "fields")
        found.update(key for key, value in child.items() if key not in read and value)
        found += count_unread(child)
    return found


def find_category(key: str) -> str:
    """Return our id for the longest known prefix of a Fides category, or ''.

    >>> find_category("user.contact.address.city"), find_category("user.contact")
    ('contact.address', '')
    >>> find_category("user.provided.identifiable.contact.email")
    'contact.email'
    """
    known = read_words()["categories"]
    for part in read_words()["old_parts"]:
        key = key.replace(part, "", 1)
    if key == "account" or key.startswith("account."):  # of organisations, in fideslang 1
        key = f"user{key.removeprefix('account')}"
    while key:
        if key in known:
            return str(known[key])
        key = key.rpartition(".")[0]
    return ""


def is_below(key: str, parent: str) -> bool:
    """Tell whether a dotted key is its parent or stands below it.

    >>> is_below("user.contact.email", "user.contact"), is_below("users", "user")
    (True, False)
    """
    return key == parent or key.startswith(parent + ".")


def is_personal(key: str) -> bool:
    """Tell whether a Fides category speaks of persons rather than of systems."""
    return not is_below(key, read_words()["not_personal"])


def list_records(node: Record, key: str) -> list[Record]:
    """Return the mappings listed under a key; anything else there counts as none."""
    value = node.get(key)
    return [r for r in value if isinstance(r, dict)] if isinstance(value, list) else []


def list_texts(node: Record, key: str) -> list[str]:
    """Return the texts under a key, whether one or a list of them."""
    value = node.get(key)
    if isinstance(value, list):
        return [str(v) for v in value if not isinstance(v, dict) and v not in (None, "")]
    return [str(value)] if value not in (None, "") and not isinstance(value, dict) else []
