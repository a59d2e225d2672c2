"""The inputs an edition keeps, and a case that changes under the pen."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from piaskit import read_case
from piaskit.errors import InvalidData
from piaskit.publication.inputs import digest_inputs, find_kept, keep_inputs

MARKETPLACE = Path(__file__).parents[2] / "data" / "marketplace"


def test_evidence_and_incidents_are_inputs_and_the_copy_reads_as_the_same_case(
    tmp_path: Path,
) -> None:
    case = read_case(MARKETPLACE)
    digests = digest_inputs(case)
    packs = tmp_path / "packs"
    packs.mkdir()
    (packs / "own.yaml").write_text("{}", "utf-8")

    keep_inputs(case, digests, packs, tmp_path / "internal")

    assert {"case.yaml", "evidence/key-rotation-2025.md", "incidents/courier-list.yaml"} <= set(
        digests
    )
    copy = read_case(tmp_path / "internal" / "inputs")
    assert digest_inputs(copy) == digests
    assert (tmp_path / "internal" / "packs" / "own.yaml").read_text("utf-8") == "{}"


def test_a_case_changed_under_the_pen_is_refused_file_by_file(tmp_path: Path) -> None:
    root = Path(shutil.copytree(MARKETPLACE, tmp_path / "case"))
    case = read_case(root)
    digests = digest_inputs(case)
    (root / "inventory" / "flows.csv").write_text("id\n", "utf-8")
    (root / "incidents" / "courier-list.yaml").unlink()

    with pytest.raises(InvalidData) as refused:
        keep_inputs(case, digests, None, tmp_path / "internal")

    assert [str(issue) for issue in refused.value.issues] == [
        f"{name}: changed while the report was being written (write the report again)"
        for name in ("incidents/courier-list.yaml", "inventory/flows.csv")
    ]


def test_a_kept_case_is_found_with_its_day_from_either_folder(
    make_edition: Callable[..., Path],
) -> None:
    report = make_edition(**{"internal/inputs/case.yaml": "id: shop\n"})

    for path in (report, report / "internal"):
        kept = find_kept(path)
        assert kept is not None
        assert (kept.case, kept.packs) == (report / "internal" / "inputs", None)
        assert kept.as_of == date(2026, 9, 30)
    assert find_kept(MARKETPLACE) is None
    with pytest.raises(InvalidData, match="does not keep what it was made from"):
        find_kept(report / "public")
