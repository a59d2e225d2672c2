"""How soon the weak passwords that a policy lets pass would be guessed, after zxcvbn.

Score and guesses are those of D. Wheeler, "zxcvbn: low-budget password strength estimation",
USENIX Security 2016; so are the 10,000 guesses a second against a slow hash and 10,000,000,000
against a fast one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from piaskit.accounts.policy import Policy
from piaskit.accounts.samples import PINYIN

SLOW, FAST = 1e4, 1e10  # guesses a second
WEAK = 2  # scores below it are "very guessable" and "too guessable" in the paper's words


@dataclass(frozen=True, slots=True)
class Strength:
    """What the samples show. ``guesses`` and ``score`` are those of the weakest, None without one.

    ``weak`` counts samples with a score of 0 or 1, ``breached`` those that stand in the list.
    """

    samples: int
    weak: int
    breached: int | None
    weakest: str | None
    guesses: float | None
    score: int | None

    def count_seconds(self, rate: float) -> float | None:
        """Return how long the weakest holds against ``rate`` guesses a second."""
        return None if self.guesses is None else self.guesses / rate


def measure_strength(
    policy: Policy,
    samples: Sequence[str],
    names: Sequence[str] = (),
    breached: Collection[str] | None = None,
) -> Strength:
    """Measure the samples that a policy's lists leave.

    A policy that blocks ``common`` or ``breached`` passwords is taken to know the 30,000 most
    common ones; one that blocks ``breached`` also those of ``breached``, the samples found in a
    list, where one was given.
    """
    blocked = _list_common(samples) if {"common", "breached"} & set(policy.blocks) else set()
    if "breached" in policy.blocks:
        blocked |= set(breached or ())
    left = [sample for sample in samples if sample not in blocked]
    inputs = (*names, *PINYIN)  # an attacker knows the service and the language of its users
    rated = [(*_rate(sample, inputs), sample) for sample in left]
    weakest = min(rated, default=None)
    return Strength(
        samples=len(left),
        weak=sum(score < WEAK for _, score, _ in rated),
        breached=None if breached is None else len(set(left) & set(breached)),
        weakest=weakest[2] if weakest else None,
        guesses=weakest[0] if weakest else None,
        score=weakest[1] if weakest else None,
    )


@lru_cache(maxsize=4096)
def _rate(sample: str, inputs: tuple[str, ...]) -> tuple[float, int]:
    """Return guesses and score; policies share samples, and reports in two languages all."""
    from zxcvbn.matching import omnimatch
    from zxcvbn.scoring import most_guessable_match_sequence
    from zxcvbn.time_estimates import guesses_to_score

    matches = omnimatch(sample, {"known": _rank_words(inputs)})
    guesses = most_guessable_match_sequence(sample, matches)["guesses"]
    return float(guesses), int(guesses_to_score(guesses))


@lru_cache(maxsize=1)
def _rank_words(inputs: tuple[str, ...]) -> dict[str, int]:
    """Return the best rank of each word in any list of zxcvbn: the others are never guessed later.

    One list is searched in a fraction of the time of six. zxcvbn looks for the base of a repeated
    word in its own lists, where what the attacker knows has its place.
    """
    from zxcvbn.matching import RANKED_DICTIONARIES, build_ranked_dict

    RANKED_DICTIONARIES["user_inputs"] = build_ranked_dict([word.lower() for word in inputs])
    best: dict[str, int] = {}
    for ranked in RANKED_DICTIONARIES.values():
        for word, rank in ranked.items():
            if rank < best.get(word, rank + 1):
                best[word] = rank
    return best


def _list_common(samples: Sequence[str]) -> set[str]:
    from zxcvbn.matching import RANKED_DICTIONARIES

    common = RANKED_DICTIONARIES["passwords"]
    return {sample for sample in samples if sample.lower() in common}
