"""Leaked passwords are found in lists on this machine, sorted or not, hashed or not."""

from __future__ import annotations

import hashlib
import random
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piaskit.accounts import breached, find_breached
from piaskit.errors import InvalidData

WORDS = st.lists(st.text("abcXYZ019!口令", min_size=1, max_size=8), unique=True, max_size=30)


def digest(word: str) -> str:
    return hashlib.sha1(word.encode(), usedforsecurity=False).hexdigest()


def write(path: Path, lines: list[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


@given(WORDS, WORDS, st.sampled_from(["sorted", "counted", "shuffled", "small", "words"]))
def test_a_list_holds_what_was_written_into_it(
    tmp_path_factory: pytest.TempPathFactory, held: list[str], asked: list[str], kind: str
) -> None:
    lines = held if kind == "words" else sorted(digest(word).upper() for word in held)
    if kind == "counted":
        lines = [f"{line}:{n + 1}" for n, line in enumerate(lines)]
    if kind == "small":
        lines = [line.lower() for line in lines]
    if kind == "shuffled":
        random.Random(len(lines)).shuffle(lines)
    path = write(tmp_path_factory.mktemp("list") / "leaked.txt", lines)

    assert find_breached(path, [*asked, *held[:3]]) == set(held[:3]) | (set(asked) & set(held))


def test_a_large_sorted_list_is_halved_and_an_unsorted_one_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breached, "SMALL", 0)
    words = [f"word-{n}" for n in range(2000)]
    lines = sorted(digest(word).upper() for word in words)
    asked = [words[0], words[1000], words[1999], "unknown", "never leaked"]
    inside = {words[0], words[1000], words[1999]}

    assert find_breached(write(tmp_path / "sorted.txt", lines), asked) == inside
    with (tmp_path / "sorted.txt").open("rb") as stream:
        assert breached._search(stream, sorted(digest(w).upper().encode() for w in asked)) == {
            digest(w).upper().encode() for w in inside
        }
    random.Random(1).shuffle(lines)
    assert find_breached(write(tmp_path / "shuffled.txt", lines), asked) == inside


def test_a_list_that_is_not_there_is_told(tmp_path: Path) -> None:
    told = re.escape("leaked.txt: cannot be read: No such file or directory")

    with pytest.raises(InvalidData, match=told):
        find_breached(tmp_path / "leaked.txt", ["a"])
