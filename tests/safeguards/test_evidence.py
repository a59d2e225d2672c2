"""A cited file counts when it lies below evidence/, holds something and leads nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from piaskit.safeguards.evidence import find_evidence


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "case"
    folder = root / "evidence"
    (folder / "scans").mkdir(parents=True)
    for name in ("扫描.txt", "scans/tls.txt", "back\\slash", "../secret.txt"):
        (folder / name).write_text("x", "utf-8")
    (folder / "empty.txt").touch()
    for name, target in {
        "inside": "扫描.txt",
        "outside": "../secret.txt",
        "nowhere": "absent",
        "round": "round",
        "void": "empty.txt",
        "folder": "scans",
        "above": "..",
    }.items():
        (folder / name).symlink_to(target)
    return root


@pytest.mark.parametrize(
    ("cited", "found"),
    [
        ("扫描.txt", "扫描.txt"),
        (" evidence/扫描.txt ", "扫描.txt"),
        ("./扫描.txt", "扫描.txt"),
        ("扫描.txt/", "扫描.txt"),
        ("scans/../扫描.txt", "扫描.txt"),
        ("scans/tls.txt", "scans/tls.txt"),
        ("folder/tls.txt", "scans/tls.txt"),
        ("inside", "扫描.txt"),
        ("back\\slash", "back\\slash"),
    ],
)
def test_a_file_below_the_folder_is_found(root: Path, cited: str, found: str) -> None:
    file = find_evidence(root, cited)

    assert file is not None
    assert file.resolve() == (root / "evidence" / found).resolve()


@pytest.mark.parametrize(
    "cited",
    [
        *("", ".", "..", "evidence/", "scans", "folder", "absent.txt", "empty.txt", "void"),
        *("outside", "nowhere", "round", "../secret.txt", "above/secret.txt", "/etc/passwd"),
        *("evidence/evidence/扫描.txt", "扫描.txt\0", "x" * 300, "\ud800"),
    ],
)
def test_what_leads_out_or_holds_nothing_counts_as_absent(root: Path, cited: str) -> None:
    assert find_evidence(root, cited) is None


def test_a_folder_of_evidence_may_itself_be_a_link(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "evidence").symlink_to(root / "evidence")

    assert find_evidence(other, "扫描.txt") is not None
    assert find_evidence(other, "outside") is None
