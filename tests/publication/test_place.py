"""Taking a place: the old or the new, never neither; what a killed run left goes away."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from piaskit.publication import place as room
from piaskit.publication.place import lock_folder, make_room, take_place


def fill(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "a.txt").write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize("can_exchange", [True, False])
def test_new_and_old_change_places(
    tmp_path: Path, can_exchange: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not can_exchange:
        monkeypatch.setattr(room, "_exchange", lambda *_: False)
    old = fill(tmp_path / "site", "old")
    with make_room(old) as beside:
        take_place(fill(beside / "run", "new"), old)
        assert (beside / "run" / "a.txt").read_text("utf-8") == "old"

    assert (old / "a.txt").read_text("utf-8") == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["site"]


def test_what_a_killed_run_left_is_cleared_and_what_it_put_aside_comes_back(
    tmp_path: Path,
) -> None:
    left = tmp_path / ".site.killed"
    left.mkdir()
    fill(left / "aside", "old")

    with make_room(tmp_path / "site"):
        pass

    assert [p.name for p in tmp_path.iterdir()] == ["site"]
    assert (tmp_path / "site" / "a.txt").read_text("utf-8") == "old"


def test_a_room_in_use_is_not_cleared(tmp_path: Path) -> None:
    with make_room(tmp_path / "site") as first, make_room(tmp_path / "site") as second:
        assert first != second
        assert first.is_dir()


def test_a_locked_folder_is_waited_for_and_free_when_its_holder_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from piaskit.publication.place import lock_folder\n"
        "with lock_folder(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    got = threading.Event()

    def wait() -> None:
        with lock_folder(tmp_path):
            got.set()

    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        waiting = threading.Thread(target=wait)
        waiting.start()
        assert not got.wait(0.2)
        holder.kill()
        assert got.wait(10)
        waiting.join()
