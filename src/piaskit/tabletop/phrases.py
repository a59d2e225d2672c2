"""Texts of drafted scenarios: labels ``draft.*`` filled in, always in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from piaskit.knowledge import Knowledge, Text

Pair = dict[str, str]
_JOIN = {"en": ", ", "zh": "、"}


@dataclass(frozen=True, slots=True)
class Phrases:
    """Says the labels of drafts with the fields of one subject."""

    knowledge: Knowledge
    fields: Mapping[str, Pair]

    def say(self, id: str, **fields: Pair) -> Pair:
        """Return a text in both languages; ``fields`` add to those of the subject."""
        values = {**self.fields, **fields}
        return {
            lang: self.knowledge.labels(
                f"draft.{id}", lang, **{name: pair[lang] for name, pair in values.items()}
            )
            for lang in _JOIN
        }


def join_pairs(pairs: Sequence[Pair]) -> Pair:
    """Join texts to a list, each once.

    >>> join_pairs([{"en": "name", "zh": "姓名"}, {"en": "telephone", "zh": "电话"}])
    {'en': 'name, telephone', 'zh': '姓名、电话'}
    """
    return {lang: _JOIN[lang].join(dict.fromkeys(pair[lang] for pair in pairs)) for lang in _JOIN}


def pair_text(text: Text) -> Pair:
    """Return a text of a pack as a pair."""
    return {"en": text.en, "zh": text.zh}


def pair_same(text: str) -> Pair:
    """Return a number, an id or a word that reads alike in both languages."""
    return {"en": text, "zh": text}
