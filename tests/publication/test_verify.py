"""Verification: a byte, a file more, a file less, a signature, whose."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from piaskit import verify_edition
from piaskit.errors import InvalidData

Make = Callable[..., Path]


def tell(path: Path, **options: str) -> list[tuple[str, str]]:
    return [(p.kind, p.file) for p in verify_edition(path, **options).problems]


def test_an_untouched_edition_verifies_whole_and_in_its_parts(
    make_edition: Make, public_key: Ed25519PublicKey
) -> None:
    folder = make_edition(key=True)

    for place in (folder, folder / "internal", folder / "public"):
        answer = verify_edition(place)
        assert answer.ok
        assert answer.signed_by == (public_key.public_bytes_raw().hex(),)


def test_one_byte_changed_anywhere_is_found_and_its_file_named(make_edition: Make) -> None:
    folder = make_edition(key=True)
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        whole = path.read_bytes()
        # a sample: a row of the acceptance goes through more
        for at in range(0, len(whole), 7 if len(whole) < 400 else 97):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            named = {file for _, file in tell(folder)}
            assert path.relative_to(folder).as_posix() in named, (path, at)
        path.write_bytes(whole)

    assert tell(folder) == []


def test_spelling_hexadecimal_digits_in_capitals_is_a_change(make_edition: Make) -> None:
    folder = make_edition(key=True)
    path = folder / "signature.json"
    signed = json.loads(path.read_text("utf-8"))
    text = path.read_text("utf-8")
    path.write_text(text.replace(signed["signature"], signed["signature"].upper()), "utf-8")

    assert tell(folder) == [("signature", "signature.json")]


def test_an_added_and_a_missing_file_are_told_apart(make_edition: Make) -> None:
    folder = make_edition()
    (folder / "public" / "note.txt").write_text("mine", "utf-8")
    (folder / "results" / "assess.json").unlink()

    assert tell(folder) == [("added", "public/note.txt"), ("missing", "results/assess.json")]
    told = verify_edition(folder).to_dict()
    assert told["ok"] is False
    assert told["problems"][0]["message"] == (
        "public/note.txt was not there when the edition was sealed."
    )
    assert told["problems"][1]["message_zh"] == "results/assess.json 缺失。"


def test_a_seal_written_anew_by_somebody_else_is_found_by_the_key(make_edition: Make) -> None:
    folder = make_edition(key=True)
    make_edition(**{"results/assess.json": "[]"})

    assert tell(folder) == [
        ("signature", f"{part}signature.json") for part in ("", "internal/", "public/")
    ]
    assert tell(make_edition("unsigned"), public_key="0" * 64)[0] == ("unsigned", "signature.json")


def test_the_key_may_be_digits_or_a_file_and_another_one_is_told(
    make_edition: Make, public_key: Ed25519PublicKey, tmp_path: Path
) -> None:
    folder = make_edition(key=True)
    pem = tmp_path / "key.pub"
    pem.write_bytes(public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))

    assert tell(folder, public_key=str(pem)) == []
    assert tell(folder, public_key=public_key.public_bytes_raw().hex()) == []
    assert tell(folder, public_key="0" * 64)[0] == ("other-key", "signature.json")
    with pytest.raises(InvalidData, match="neither 64 hexadecimal digits nor an ed25519 public"):
        verify_edition(folder, public_key="abc")


def test_a_folder_without_or_with_a_broken_manifest_does_not_verify(
    make_edition: Make, tmp_path: Path
) -> None:
    assert tell(tmp_path / "nothing") == [("missing", "manifest.json")]
    folder = make_edition()
    (folder / "manifest.json").write_text("[]", "utf-8")
    assert tell(folder)[0] == ("manifest", "manifest.json")
