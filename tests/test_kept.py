"""What was worked out once stays while the files it rests on say the same."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from piaskit import kept
from piaskit.kept import Methods, keep


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(kept, "_digest_folder", kept._digest_folder.__wrapped__)
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs" / "a.yaml").write_text("one", "utf-8")
    return tmp_path / "packs"


def _count(answers: list[str]) -> Callable[[], str]:
    def work() -> str:
        answers.append(f"answer {len(answers)}")
        return answers[-1]

    return work


def test_an_answer_is_worked_out_again_when_a_pack_or_version_differs(folder: Path) -> None:
    work = _count([])

    assert [keep("x", work, [folder], "1") for _ in range(2)] == ["answer 0"] * 2
    (folder / "a.yaml").write_text("two", "utf-8")
    assert [keep("x", work, [folder], "1") for _ in range(2)] == ["answer 1"] * 2
    (folder / "b.py").write_text("", "utf-8")
    assert keep("x", work, [folder], "1") == "answer 2"
    assert keep("x", work, [folder], "2") == "answer 3"
    (folder / "notes.txt").write_text("nothing of it counts", "utf-8")
    assert keep("x", work, [folder], "2") == "answer 3"


def test_what_cannot_be_read_is_worked_out_and_mended(folder: Path) -> None:
    work = _count([])
    keep("x", work, [folder])
    [place] = (p for p in folder.parent.glob("cache/**/*") if p.is_file())
    whole = place.read_bytes()

    for broken in (b"", whole[:-3], whole[:40], b"x" * len(whole)):
        place.write_bytes(broken)
        before = keep("x", work, [folder])
        assert place.read_bytes()[:32] == whole[:32]
        assert keep("x", work, [folder]) == before
    assert [place] == [p for p in folder.parent.glob("cache/**/*") if p.is_file()]


def test_nothing_is_kept_where_nothing_can_or_shall_be_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = _count([])
    monkeypatch.setattr(sys, "pycache_prefix", str(folder / "a.yaml"))
    assert [keep("x", work, [folder]) for _ in range(2)] == ["answer 0", "answer 1"]

    monkeypatch.setattr(sys, "pycache_prefix", str(folder.parent / "cache"))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert [keep("x", work, [folder]) for _ in range(2)] == ["answer 2", "answer 3"]
    assert not (folder.parent / "cache").exists()


def test_a_process_that_is_ended_while_it_writes_leaves_no_part(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", end)
    with pytest.raises(KeyboardInterrupt):
        keep("x", lambda: "answer", [folder])

    assert [p for p in folder.parent.glob("cache/**/*") if p.is_file()] == []


def test_no_answer_is_not_kept(folder: Path) -> None:
    answers = iter([None, "answer"])

    assert keep("x", lambda: next(answers), [folder]) is None
    assert keep("x", lambda: next(answers), [folder]) == "answer"


def test_methods_of_dataclasses_are_compiled_once_and_do_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make() -> type:
        fields = [("name", str), ("size", int, dataclasses.field(default=7))]
        return dataclasses.make_dataclass("Shelf", fields, frozen=True, slots=True)

    usual = make()
    monkeypatch.setattr(dataclasses, "exec", exec, raising=False)
    first, second = Methods(), Methods()
    first.lend()
    make()
    first.keep()
    [place] = (p for p in folder.parent.glob("cache/**/*") if p.is_file())
    whole = place.read_bytes()
    second.lend()
    kept_class = make()
    second.keep()

    assert second.known == len(second.compiled) == len(first.compiled) > 0
    for shelf in (usual, kept_class):
        assert repr(shelf("a")) == "Shelf(name='a', size=7)"
        assert shelf("a") == shelf("a", 7) != shelf("b")
        assert len({shelf("a"), shelf("a"), shelf("b")}) == 2
        with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'name'"):
            shelf("a").name = "c"
    for broken in (b"", whole[:-3], whole[:40], b"x" * len(whole)):
        place.write_bytes(broken)
        third = Methods()
        third.lend()
        assert repr(make()("b", 2)) == "Shelf(name='b', size=2)"
        third.keep()
        assert len(third.compiled) == third.known == first.known
