"""Foreign files are read within bounds; what is hostile is refused where it stands."""

from __future__ import annotations

import resource
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from piaskit.errors import InvalidData, Issue
from piaskit.importers import foreign
from piaskit.importers.foreign import find_include, read_content, read_json, read_members, read_yaml

ASSET = "base: &base {kind: store, tags: [a, b]}\none:\n  <<: *base\n  kind: process\ntwo: *base\n"


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@contextmanager
def refused() -> Iterator[list[Issue]]:
    """Catch the refusal and see that it came soon and took little memory."""
    issues: list[Issue] = []
    start, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InvalidData) as caught:
        yield issues
    issues += caught.value.issues
    assert time.process_time() - start < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000


def test_anchors_aliases_and_merge_keys_of_yaml_are_followed(tmp_path: Path) -> None:
    tree = read_yaml(write(tmp_path, "a.yaml", ASSET))

    base = {"kind": "store", "tags": ["a", "b"]}
    assert {"base": base, "one": base | {"kind": "process"}, "two": base} == tree.content
    assert str(tree.locate(("one", "kind"))) == "a.yaml row 4, one.kind"


def test_of_several_merged_mappings_the_first_wins(tmp_path: Path) -> None:
    text = "a: &a {x: 1}\nb: &b {x: 2, y: 3}\nc: {<<: [*a, *b], z: 4}\nd: {<<: text}\n"
    tree = read_yaml(write(tmp_path, "a.yaml", text))

    assert tree.content["c"] == {"x": "1", "y": "3", "z": "4"}
    assert tree.content["d"] == {"<<": "text"}


def test_json_and_yaml_of_the_same_content_are_the_same(tmp_path: Path) -> None:
    first = write(tmp_path, "a.json", '{"a": true, "b": [1, null, 2.5], "c": null, "d": "x"}')
    second = write(tmp_path, "a.yaml", "a: true\nb: [1, null, 2.5]\nc: null\nd: x\n")

    expected = {"a": "true", "b": ["1", "", "2.5"], "c": "", "d": "x"}
    assert read_content(first).content == expected
    assert read_content(first).content == read_content(second).content


def test_a_key_without_a_value_may_be_left_out(tmp_path: Path) -> None:
    first = write(tmp_path, "a.json", '{"a": null, "b": {"c": null, "d": 1}}')
    second = write(tmp_path, "a.yaml", "a:\nb: {c: null, d: 1}\n")

    for path in (first, second):
        assert read_content(path).content == {"a": "", "b": {"c": "", "d": "1"}}
        assert read_content(path, blanks=False).content == {"b": {"d": "1"}}


def _grow_yaml(levels: int) -> str:
    grown = (f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels))
    return "\n".join(("a0: &a0 [lol, lol, lol]", *grown))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            _grow_yaml(30),
            "x.yaml row 7: holds more than 500,000 values, aliases included",
        ),
        ("a: &a [*a]", "x.yaml row 1: repeats a, which does not stand complete above it"),
        ("a: *b", "x.yaml row 1: repeats b, which does not stand complete above it"),
        ("[" * 5000, "x.yaml row 1: nests deeper than 100 levels"),
        (
            "a0: &a0 [x]\n" + "\n".join(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 200)),
            "x.yaml row 100: nests deeper than 100 levels",
        ),
        ("a: 1\na: 2", "x.yaml row 2, a: a stands twice (first in row 1)"),
        ("a: 1\n---\nb: 2", "x.yaml row 2: holds a second document (one file, one document)"),
    ],
    ids=["laughs", "itself", "nothing", "deep", "deep by aliases", "twice", "second"],
)
def test_hostile_yaml_is_refused_at_its_row(tmp_path: Path, text: str, told: str) -> None:
    path = write(tmp_path, "x.yaml", text)

    with refused() as issues:
        read_yaml(path)

    assert [told] == [str(issue) for issue in issues]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '{"a":\n [1,]}',
            "x.json row 2, column 5: is no JSON: Illegal trailing comma before end of array",
        ),
        ("[" * 100_000, "x.json: nests deeper than 100 levels"),
        ("[" * 101 + "]" * 101, "x.json: nests deeper than 100 levels"),
        ("[" + "[]," * 1_000_001 + "[]]", "x.json: holds more than 2,000,000 values"),
        ('{"a": 1, "a": 2}', "x.json: is no JSON that can be used: the key a stands twice"),
        ("[NaN]", "x.json: is no JSON that can be used: NaN is no number"),
        (
            '["\\ud800"]',
            "x.json: holds half a character (a lone surrogate) (save it as plain UTF-8)",
        ),
        (
            b'{"a":\n"\xff"}',
            "x.json row 2: is not UTF-8 (save it as plain UTF-8 text)",
        ),
    ],
    ids=["comma", "deep", "deeper", "many", "twice", "nan", "half", "bytes"],
)
def test_hostile_json_is_refused(tmp_path: Path, text: str | bytes, told: str) -> None:
    path = write(tmp_path, "x.json", text)

    with refused() as issues:
        read_json(path)

    assert told.split(": Illegal")[0] in str(issues[0])
    assert told == str(issues[0]) or "Illegal" in told


def test_a_number_of_very_many_digits_is_refused(tmp_path: Path) -> None:
    with refused() as issues:
        read_json(write(tmp_path, "x.json", "9" * 100_000))

    assert "is no JSON that can be used: Exceeds the limit" in str(issues[0])


def test_a_json_string_of_a_gigabyte_is_not_read_at_all(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    with path.open("wb") as file:  # a hole: it takes no room on the disk
        file.write(b'{"a": "')
        file.seek(1_000_000_000)
        file.write(b'"}')

    with refused() as issues:
        read_json(path)

    assert [str(issue) for issue in issues] == ["x.json: is larger than 64,000,000 bytes"]


def _pack(path: Path, name: str, data: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return path


def test_a_zip_bomb_is_refused_by_what_it_says_and_by_what_it_holds(tmp_path: Path) -> None:
    honest = _pack(tmp_path / "honest.zip", "pia.json", b" " * 80_000_000)
    packed = _pack(tmp_path / "packed.zip", "pia.json", b" " * 20_000_000)
    liar = _pack(tmp_path / "liar.zip", "pia.json", b" " * 20_000_000)
    size = (20_000_000).to_bytes(4, "little")
    liar.write_bytes(liar.read_bytes().replace(size, (1_000).to_bytes(4, "little")))
    told = []
    for path in (honest, packed, liar):
        with refused() as issues:
            read_members(path, ".json")
        told += [str(issue) for issue in issues]

    assert told == [
        "honest.zip: unpacks to 80,000,000 bytes in 1 files",
        "packed.zip: unpacks to 20,000,000 bytes in 1 files",
        "liar.zip: is no ZIP archive or is damaged (pack it again)",
    ]


@pytest.mark.parametrize("name", ["../up.json", "/etc/up.json", "C:\\up.json", "a/../../up.json"])
def test_an_archive_with_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    path = _pack(tmp_path / "x.zip", name, b"{}")

    with pytest.raises(InvalidData, match=r"which leads out of it"):
        read_members(path, ".json")


def test_only_the_wanted_members_are_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("b/pia.JSON", "{}")
        archive.writestr("picture.png", b"\0" * 100)

    assert read_members(path, ".json") == {"b/pia.JSON": b"{}"}


@pytest.mark.parametrize(
    "name", ["../secret.yaml", "/etc/hostname", "link.yaml", "gone.yaml", "\0"]
)
def test_an_include_stays_below_the_folder_of_the_import(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    write(tmp_path, "secret.yaml", "a: 1")
    (folder / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    main = write(folder, "main.yaml", "")

    with pytest.raises(InvalidData) as caught:
        find_include(main, name, folder)

    assert caught.value.issues[0].slug == "import-leaves"
    assert "which is no file below the folder of the import" in str(caught.value)


def test_an_include_beside_or_below_is_found(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    below = write(tmp_path, "parts/data.yaml", "a: 1")
    beside = write(tmp_path, "other.yaml", "")

    assert below == find_include(tmp_path / "main.yaml", "parts/data.yaml", tmp_path)
    assert beside == find_include(below, "../other.yaml", tmp_path).resolve()


def test_what_is_neither_json_nor_yaml_is_refused_by_its_text(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=r"x\.json: is not a mapping of keys"):
        read_content(write(tmp_path, "x.json", "[1]"))
    assert foreign.try_content(write(tmp_path, "y.json", "{")) == {}
