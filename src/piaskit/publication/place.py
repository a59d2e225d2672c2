"""A folder takes the place of another in one step, and nobody else does so at the same time."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_ASIDE = "aside"
_HERE = -100  # AT_FDCWD of Linux
_SWAP = 2  # RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS


@contextmanager
def lock_folder(folder: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold a folder for oneself while the block runs; whoever comes later waits.

    Without ``wait`` False is yielded when somebody else holds it. The lock ends with the process
    that holds it, however that ends.
    """
    handle = _open_lock(folder)
    try:
        yield _take(handle, wait=wait)
    finally:
        os.close(handle)


@contextmanager
def make_room(place: Path) -> Iterator[Path]:
    """Yield an empty folder beside ``place``, which is removed at the end.

    What runs left there that were killed is removed first. Raises OSError.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    with lock_folder(place.parent):
        for left in sorted(place.parent.glob(f".{place.name}.*")):
            _clear(left, place)
        room = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
        handle = _open_lock(room)
        _take(handle, wait=True)
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)
        os.close(handle)


def take_place(new: Path, place: Path) -> None:
    """Put the folder ``new`` at ``place``; what stood there stands at ``new`` afterwards.

    Where the system can exchange two names it is one step. Elsewhere what stood there steps
    aside first, and ``make_room`` puts it back when the process was killed in between.
    """
    if not place.exists():
        new.rename(place)
    elif not _exchange(new, place):
        aside = new.with_name(_ASIDE)
        place.rename(aside)
        try:
            new.rename(place)
        except OSError:
            aside.rename(place)
            raise
        aside.rename(new)


def copy_folder(source: Path, target: Path) -> None:
    """Copy a folder whose files never change: by links where the disk has them."""
    shutil.copytree(source, target, copy_function=_link)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _exchange(one: Path, other: Path) -> bool:
    names = os.fsencode(one), os.fsencode(other)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            return bool(libc.renamex_np(*names, _SWAP) == 0)
        return bool(libc.renameat2(_HERE, names[0], _HERE, names[1], _SWAP) == 0)
    except (OSError, TypeError, AttributeError):
        return False


def _clear(left: Path, place: Path) -> None:
    """Remove what a run left, unless it still runs."""
    if not left.is_dir() or left.is_symlink():
        return
    with suppress(OSError):
        handle = _open_lock(left)
        try:
            if _take(handle, wait=False):
                if (left / _ASIDE).is_dir() and not place.exists():
                    (left / _ASIDE).rename(place)
                shutil.rmtree(left, ignore_errors=True)
        finally:
            os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def _open_lock(folder: Path) -> int:
        return os.open(folder.with_name(f"{folder.name}.lock"), os.O_RDWR | os.O_CREAT)

    def _take(handle: int, *, wait: bool) -> bool:
        while True:
            try:
                msvcrt.locking(handle, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            except OSError:
                if not wait:
                    return False
            else:
                return True

else:
    import fcntl

    def _open_lock(folder: Path) -> int:
        return os.open(folder, os.O_RDONLY)

    def _take(handle: int, *, wait: bool) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True
