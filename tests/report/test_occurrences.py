"""Many words looked for in one pass over a text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from piaskit.report.occurrences import find_occurrences

PIECES = st.text("ab文\ud800 ", max_size=40)


@settings(max_examples=100, deadline=None)
@given(PIECES, st.sets(st.text("ab文\ud800 ", min_size=3, max_size=9), max_size=8))
def test_every_word_is_found_wherever_it_stands_and_nowhere_else(
    text: str, words: set[str]
) -> None:
    expected = {
        (word, at) for word in words for at in range(len(text)) if text[at:].startswith(word)
    }

    assert expected == set(find_occurrences(text, words))


def test_each_occurrence_is_told_once_and_words_of_two_characters_never() -> None:
    text = "orders of order 7, order"

    assert list(find_occurrences(text, {"of", ""})) == []
    assert [at for _, at in find_occurrences(text, ["order", "order"])] == [0, 10, 19]
