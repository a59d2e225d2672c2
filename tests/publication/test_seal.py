"""The seal: every file and input, one id, names kept inside."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from piaskit.errors import InvalidData
from piaskit.publication.seal import is_edition, load_key, read_manifest

Make = Callable[..., Path]


def test_the_manifest_covers_every_file_and_names_inputs_and_packs(make_edition: Make) -> None:
    folder = make_edition()
    manifest = read_manifest(folder)
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}

    assert set(manifest["files"]) == there - {"manifest.json"}
    assert manifest["inputs"] == {"case.yaml": "1" * 64, "evidence/secret-name.md": "0" * 64}
    assert [pack["id"] for pack in manifest["packs"]] == ["cn-pipl"]
    assert (manifest["seed"], manifest["as_of"], manifest["replaces"]) == (1, "2026-09-30", None)
    assert is_edition(folder)


def test_the_public_manifest_gives_digests_without_names(make_edition: Make) -> None:
    text = (make_edition() / "public" / "manifest.json").read_text("utf-8")
    manifest = json.loads(text)

    assert manifest["inputs"] == ["0" * 64, "1" * 64]
    assert manifest["packs"] == ["2" * 64]
    assert set(manifest["files"]) == {"report.en.html", "report.zh.html", "summary.json"}
    assert "secret-name" not in text
    assert "cn-pipl" not in text


def test_the_editions_of_one_folder_bear_one_id_and_another_content_another(
    make_edition: Make,
) -> None:
    first = make_edition()
    ids = {read_manifest(first / part)["edition"] for part in ("", "internal", "public")}
    other = make_edition("other", **{"results/assess.json": "{ }"})

    assert len(ids) == 1
    assert ids.pop().startswith("2026-09-30-")
    assert read_manifest(other)["edition"] != read_manifest(first)["edition"]
    assert read_manifest(make_edition("same")) == read_manifest(first)


def test_what_is_no_private_key_is_refused_with_the_way_to_make_one(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("nonsense", "utf-8")

    with pytest.raises(InvalidData) as refused:
        load_key(tmp_path / "key.pem")

    assert str(refused.value) == (
        "key.pem: is no ed25519 private key in PEM without a password "
        "(openssl genpkey -algorithm ed25519 -out key.pem makes one)"
    )
