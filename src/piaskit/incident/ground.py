"""A reason for or against a duty: what it answers, in which words, and what it lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from piaskit.knowledge import Labels, Text

Answer = Literal["yes", "no", "unknown"]

_OPPOSITE: dict[Answer, Answer] = {"yes": "no", "no": "yes", "unknown": "unknown"}


@dataclass(frozen=True, slots=True)
class Ground:
    """An answer with the label that argues it; ``missing`` are facts that could change it."""

    met: Answer
    label: str
    missing: tuple[str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    more: tuple[Ground, ...] = ()

    def negate(self) -> Ground:
        """Return the same reason as an answer to the opposite question."""
        return Ground(_OPPOSITE[self.met], self.label, self.missing, self.fields, self.more)

    def waive(self) -> Ground:
        """Return the answer of an exception to a duty: one that is not shown does not count."""
        if self.met == "unknown":
            return Ground("yes", "incident.exception.not-shown", self.missing, more=(self,))
        return self.negate()

    def say(self, labels: Labels, lang: str) -> list[str]:
        """Write the reason, and those it carries, in one language."""
        fields = {k: v[lang] if isinstance(v, Text) else v for k, v in self.fields.items()}
        own = labels(self.label, lang, **fields)
        return list(dict.fromkeys([own, *(t for g in self.more for t in g.say(labels, lang))]))


def either(grounds: Iterable[Ground]) -> Answer:
    """Answer whether one of them holds; an open one leaves it open unless another decides.

    >>> either([Ground("no", "a"), Ground("unknown", "b"), Ground("yes", "c")])
    'yes'
    """
    met = {ground.met for ground in grounds}
    return "yes" if "yes" in met else "unknown" if "unknown" in met else "no"


def join_any(grounds: Sequence[Ground]) -> Ground:
    """Make one ground that holds when any of several does, keeping those that decide."""
    return _merge(grounds, either(grounds))


def join_all(grounds: Sequence[Ground]) -> Ground:
    """Make one ground that holds when all of several do, keeping those that decide.

    >>> join_all([Ground("yes", "a"), Ground("unknown", "b", ("role",))]).missing
    ('role',)
    """
    return _merge(grounds, _OPPOSITE[either([ground.negate() for ground in grounds])])


def _merge(grounds: Sequence[Ground], met: Answer) -> Ground:
    kept = [ground for ground in grounds if ground.met == met]
    return replace(kept[0], missing=list_missing(kept), more=(*kept[0].more, *kept[1:]))


def list_missing(grounds: Iterable[Ground]) -> tuple[str, ...]:
    """Return the facts that could change one of the grounds, each once, in order."""
    return tuple(dict.fromkeys(path for ground in grounds for path in ground.missing))
