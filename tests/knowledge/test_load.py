"""Packs from folders: exact messages for broken ones, overlays, and what the built-in ones hold."""

from __future__ import annotations

import pickle
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from piaskit.errors import InvalidData
from piaskit.knowledge import Knowledge, load, load_knowledge
from piaskit.knowledge.kinds import KINDS
from piaskit.knowledge.load import BUILT_IN, check_built_in
from piaskit.knowledge.read import Tree, _build, _Refused

HEAD = """id: {id}
title: {{en: Own, zh: 自有}}
version: "1"
source: own
as_of: 2026-01-31
confidence: high
"""
CATEGORY = """  {id}:
    title: {{en: Badge, zh: 工牌}}
    sensitive: {{cn-pipl: no, eu-gdpr: no}}
    because: {{en: ordinary, zh: 一般}}
    confidence: high
"""


def _write(folder: Path, kind: str, id: str, body: str, *, head: str | None = None) -> Path:
    path = folder / kind / f"{id}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text((HEAD.format(id=id) if head is None else head) + body, encoding="utf-8")
    return path


def _tell(folder: Path) -> list[str]:
    with pytest.raises(InvalidData) as caught:
        load_knowledge(folder)
    return [f"{issue.slug}: {issue}" for issue in caught.value.issues]


def _own_categories(*ids: str) -> str:
    return "categories:\n" + "".join(CATEGORY.format(id=id) for id in ids)


BROKEN = {
    "a mapping that does not close": (
        "labels:\n  a.b: {en: A, zh: 甲\n",
        ["pack-yaml: packs/labels/own.yaml row 9: is not YAML: did not find expected ',' or '}'"],
    ),
    "a key twice": (
        "labels:\n  a.b: {en: A, zh: 甲}\n  a.b: {en: B, zh: 乙}\n",
        [
            (
                "pack-duplicate-key: packs/labels/own.yaml row 9, labels.a.b: a.b stands twice"
                " (first in row 8)"
            )
        ],
    ),
    "a key twice in one row": (
        "labels:\n  a.b: {en: A, en: B, zh: 甲}\n",
        [
            (
                "pack-duplicate-key: packs/labels/own.yaml row 8, labels.a.b.en: en stands"
                " twice (first in row 8)"
            )
        ],
    ),
    "a list for a key": (
        "labels:\n  [a, b]: {en: A, zh: 甲}\n",
        ["pack-yaml: packs/labels/own.yaml row 8: has a key that is not text"],
    ),
    "a misspelt key": (
        "labels:\n  a.b:\n    en: A\n    zh: 甲\n    alos: [x]\n",
        [
            (
                "pack-unknown-key: packs/labels/own.yaml row 11, labels.a.b.alos: unknown key alos"
                " (did you mean also?)"
            )
        ],
    ),
    "a key unlike any other": (
        "labels:\n  a.b: {en: A, zh: 甲, qqq: 1}\n",
        [
            (
                "pack-unknown-key: packs/labels/own.yaml row 8, labels.a.b.qqq: unknown key qqq"
                " (known keys: en, zh, also)"
            )
        ],
    ),
    "a missing and a blank key": (
        "labels:\n  a.b:\n    en: A\n  c.d:\n    en: C\n    zh:\n",
        [
            "pack-missing-key: packs/labels/own.yaml row 8, labels.a.b.zh: zh is missing",
            "pack-missing-key: packs/labels/own.yaml row 12, labels.c.d.zh: zh is blank",
        ],
    ),
    "an alias": (
        "labels:\n  a.b: {en: A, zh: *x}\n",
        ["pack-yaml: packs/labels/own.yaml row 8: uses an alias (*) (write the text out)"],
    ),
    "a text cut at its comma": (
        "labels:\n  a.b: {en: Yes, but late, zh: 是}\n",
        [
            "pack-yaml: packs/labels/own.yaml row 8: but late stands alone, without a colon "
            "(a text that holds a comma needs quotes inside { })"
        ],
    ),
    "an anchor": (
        "labels: &x\n  a.b: {en: A, zh: 甲}\n",
        ["pack-yaml: packs/labels/own.yaml row 7: uses an anchor (&) (write the text out)"],
    ),
    "a tag": (
        "labels:\n  a.b: {en: !!str A, zh: 甲}\n",
        [
            (
                "pack-yaml: packs/labels/own.yaml row 8: uses a tag (!)"
                " (leave it out: every value is text)"
            )
        ],
    ),
    "a second document": (
        "labels:\n  a.b: {en: A, zh: 甲}\n---\nid: own\n",
        ["pack-yaml: packs/labels/own.yaml row 9: holds a second document (one file, one pack)"],
    ),
    "a NUL byte": (
        "labels:\n  a.b: {en: A\0, zh: 甲}\n",
        [
            (
                "pack-yaml: packs/labels/own.yaml row 8: holds a NUL byte"
                " (save the file as plain UTF-8 text)"
            )
        ],
    ),
    "a NUL written as an escape": (
        'labels:\n  a.b: {en: "A\\0", zh: 甲}\n',
        ["pack-yaml: packs/labels/own.yaml row 8: holds a control character (delete it)"],
    ),
    "an id that is no id": (
        "labels:\n  a b: {en: A, zh: 甲}\n",
        [
            (
                "pack-value: packs/labels/own.yaml row 8, labels.a b:"
                " a b is not letters and digits joined by . - or _"
            )
        ],
    ),
    "a list instead of keys": (
        "labels: [a]\n",
        ["pack-value: packs/labels/own.yaml row 7, labels: this is not keys and values"],
    ),
}


@pytest.mark.parametrize("trouble", BROKEN)
def test_a_broken_pack_is_told_with_its_row(trouble: str, tmp_path: Path) -> None:
    body, expected = BROKEN[trouble]
    _write(tmp_path / "packs", "labels", "own", body)

    assert _tell(tmp_path / "packs") == expected


def test_every_problem_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    head = HEAD.format(id="other").replace("2026-01-31", "31.1.2026").replace("high", "hihg")
    _write(packs, "labels", "own", "labels:\n  a.b: {en: A}\n", head=head)
    _write(packs, "categories", "wrong", "categories:\n  b.c: {}\nextra: 1\n")

    assert _tell(packs) == [
        (
            "pack-id: packs/labels/own.yaml row 1, id: the id other is not the file's name"
            " (write own, or rename the file)"
        ),
        (
            "pack-value: packs/labels/own.yaml row 5, as_of:"
            " 31.1.2026 is not a date such as 2026-01-31"
        ),
        (
            "pack-value: packs/labels/own.yaml row 6, confidence: hihg is not a value of confidence"
            " (did you mean high?)"
        ),
        "pack-missing-key: packs/labels/own.yaml row 8, labels.a.b.zh: zh is missing",
        *(
            f"pack-missing-key: packs/categories/wrong.yaml row 8, categories.b.c.{key}:"
            f" {key} is missing"
            for key in ("title", "sensitive", "because", "confidence")
        ),
        (
            "pack-unknown-key: packs/categories/wrong.yaml row 9, extra: unknown key extra"
            " (known keys: id, title, version, source, as_of, confidence, replaces, categories)"
        ),
    ]


def test_bytes_that_are_not_utf8_are_told_with_their_row(tmp_path: Path) -> None:
    path = _write(tmp_path / "packs", "labels", "own", "labels:\n")
    path.write_bytes(path.read_bytes() + "  a.b: {en: A, zh: 甲}\n".encode("gb18030"))

    assert _tell(tmp_path / "packs") == [
        "pack-yaml: packs/labels/own.yaml row 8: is not UTF-8 (save the file as plain UTF-8 text)"
    ]


def test_a_link_is_refused_unread(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.yaml"
    target.write_text("secret: 1\n", encoding="utf-8")
    (tmp_path / "packs" / "labels").mkdir(parents=True)
    (tmp_path / "packs" / "labels" / "own.yaml").symlink_to(target)

    assert _tell(tmp_path / "packs") == [
        (
            "pack-yaml: packs/labels/own.yaml row 1: is a link or no plain file"
            " (put the file itself here)"
        )
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[" * 1_900_000, "nests deeper than 24 levels"),
        ("{a: " * 400_000, "nests deeper than 24 levels"),
        ("x" * 2_000_001, "is larger than 2,000,000 bytes (split the pack)"),
        ("- " * 900_000, "nests deeper than 24 levels"),
        ("a: &a [1]\nb: [*a, *a]\n", "uses an anchor (&) (write the text out)"),
    ],
)
def test_hostile_text_is_refused_at_once(text: str, told: str, tmp_path: Path) -> None:
    _write(tmp_path / "packs", "labels", "own", text, head="")
    start = time.process_time()

    (message,) = _tell(tmp_path / "packs")

    assert message.endswith(told)
    assert time.process_time() - start < 5


@example("?")
@given(st.text(max_size=200))
def test_no_text_ends_in_another_error(text: str) -> None:
    tree = Tree("own.yaml")
    with suppress(_Refused):
        _build(tree, text)

    assert isinstance(tree.content, dict)
    assert all(row >= 1 for row in tree.lines.values())


def test_scalars_stay_text(tmp_path: Path) -> None:
    _write(tmp_path, "labels", "own", "labels:\n  country.NO: {en: NO, zh: 1:30}\n")

    labels = load_knowledge(tmp_path).labels

    assert (labels("country.NO", "en"), labels("country.NO", "zh")) == ("NO", "1:30")


def test_one_file_in_a_folder_adds_one_thing(tmp_path: Path) -> None:
    _write(tmp_path, "categories", "own", _own_categories("own.badge"))

    knowledge = load_knowledge(tmp_path)

    assert set(knowledge.categories) - set(load_knowledge().categories) == {"own.badge"}
    assert [p.id for p in knowledge.packs if p not in load_knowledge().packs] == ["own"]


def test_an_entry_of_an_own_pack_needs_replaces_to_override(tmp_path: Path) -> None:
    body = _own_categories("contact.phone")
    packs = tmp_path / "packs"
    _write(packs, "categories", "own", body)

    assert _tell(packs) == [
        (
            "pack-clash: packs/categories/own.yaml row 8, categories.contact.phone: contact.phone"
            " stands already in knowledge/categories/pi.yaml"
            " (add replaces: [contact.phone] or use another id)"
        )
    ]

    _write(packs, "categories", "own", "replaces: [contact.phone]\n" + body)
    knowledge = load_knowledge(packs)

    assert knowledge.categories["contact.phone"].title.en == "Badge"
    assert str(knowledge.found_in["categories", "contact.phone"]) == (
        "packs/categories/own.yaml row 9, categories.contact.phone"
    )
    assert load_knowledge().categories["contact.phone"].title.en == "Telephone number"


def test_a_whole_pack_can_be_replaced(tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    source = (BUILT_IN / "regulations" / "cn-mlps.yaml").read_text(encoding="utf-8")
    _write(packs, "regulations", "cn-mlps", source, head="")

    assert _tell(packs) == [
        (
            "pack-clash: packs/regulations/cn-mlps.yaml row 1, id: the pack cn-mlps stands already"
            " in knowledge/regulations/cn-mlps.yaml (add replaces: [cn-mlps] or use another id)"
        )
    ]

    own = source.replace("MLPS Measures Art. {n}", "Measures {n}")
    _write(packs, "regulations", "cn-mlps", own, head="replaces: [cn-mlps]\n")

    assert load_knowledge(packs).cite("cn-mlps 14", "en") == "Measures 14"


def test_replacing_a_pack_by_one_of_another_name_drops_its_entries(tmp_path: Path) -> None:
    source = (BUILT_IN / "categories" / "pi.yaml").read_text(encoding="utf-8")
    own = source.replace("id: pi", "id: own\nreplaces: [pi]").replace(
        "  secret.token:", "  my.key:"
    )
    own = own.replace("  secret.t", "  my.k")
    _write(tmp_path / "packs", "categories", "own", own, head="")

    # Advice, names, patterns and methods still speak of what is gone.
    told = _tell(tmp_path / "packs")
    advice, other, method = (line for line in told if "secret.token is not" not in line)
    gone = [line.split(", ")[1].split(":")[0] for line in told if "secret.token is not" in line]
    assert gone == ["names.token", "patterns.jwt", "patterns.key", "cues.token"]
    assert other.startswith("pack-reference: knowledge/methods/cnil.yaml row ")
    assert advice.startswith("pack-reference: knowledge/advice/individuals.yaml row ")
    assert advice.endswith("advice.credentials.about: secret is not a category of any pack")
    assert method.startswith("pack-reference: knowledge/methods/gbt39335.yaml row ")
    assert method.endswith("impact_by_category.secret: secret is not a category of any pack")


def test_replacing_what_is_not_there_is_told(tmp_path: Path) -> None:
    body = "replaces: [contact.fone]\n" + _own_categories("own.badge")
    _write(tmp_path / "packs", "categories", "own", body)

    assert _tell(tmp_path / "packs") == [
        (
            "pack-reference: packs/categories/own.yaml row 7, replaces.0: replaces contact.fone,"
            " which no earlier categories pack has (did you mean contact.phone?)"
        )
    ]


def test_later_folders_lie_over_earlier_ones(tmp_path: Path) -> None:
    _write(tmp_path / "a", "labels", "own", "labels:\n  own.word: {en: One, zh: 一}\n")
    second = "replaces: [own.word]\nlabels:\n  own.word: {en: Two, zh: 二}\n"
    _write(tmp_path / "b", "labels", "more", second)

    assert load_knowledge(tmp_path / "a", tmp_path / "b").labels("own.word", "en") == "Two"


def test_files_in_the_wrong_place_are_told(tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    _write(packs, "catgories", "own", _own_categories("own.badge"))
    (packs / "loose.yaml").write_text("a: 1\n", encoding="utf-8")
    (packs / "README.md").write_text("ours\n", encoding="utf-8")
    _write(packs, "labels", "own", "labels: {}\n").rename(packs / "labels" / "own.yml")

    assert _tell(packs) == [
        "pack-id: packs/catgories: no kind of pack has this name (did you mean categories?)",
        (
            "pack-id: packs/loose.yaml: stands outside the folder of its kind"
            f" (folders are {', '.join(KINDS)})"
        ),
        "pack-id: packs/labels/own.yml row 1: does not end in .yaml (rename it to own.yaml)",
    ]


def test_an_absent_folder_is_told(tmp_path: Path) -> None:
    assert _tell(tmp_path / "packs") == ["pack-yaml: packs: no such folder of packs"]


RULE = """rules:
  badge:
    kind: gap
    about: flow
    regimes: [cn-pipl]
    event: access
    threat: {en: t, zh: 威胁}
    source: process
    {ask}
    meets: {none: high}
    message: {en: m, zh: 消息}
    clauses: [cn-pipl 51]
    why: {en: w, zh: 原因}
    remedy: [access.logging]
"""


def test_a_rule_asks_by_where_or_by_query_not_both(tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    _write(packs, "rules", "own", RULE.replace("{ask}", "where: stage = 'use'"))
    assert load_knowledge(packs).rules["badge"].where == "stage = 'use'"
    _write(packs, "rules", "own", RULE.replace("{ask}", "query: select id from flow_facts"))
    assert load_knowledge(packs).rules["badge"].query == "select id from flow_facts"

    for ask in ("stages: [use]", "{where: a, query: b}".strip("{}").replace(", ", "\n    ")):
        _write(packs, "rules", "own", RULE.replace("{ask}", ask))
        assert _tell(packs) == [
            "pack-value: packs/rules/own.yaml row 8, rules.badge: give either where or query"
        ]


def test_a_rule_that_points_nowhere_is_told(tmp_path: Path) -> None:
    body = (
        RULE.replace("{ask}", "where: a")
        .replace("cn-pipl 51", "cn-pipl 511")
        .replace("access.logging", "access.loging")
        .replace("source: process", "source: proces")
        .replace("[cn-pipl]", "[cn-pip]")
    )
    _write(tmp_path / "packs", "rules", "own", body)

    here = "pack-reference: packs/rules/own.yaml row 8, rules.badge: "
    assert _tell(tmp_path / "packs") == [
        here + "cn-pipl 511 is no clause of any regulation pack (cn-pipl lists no such clause)",
        here + "cn-pip is not a regime of any pack (did you mean cn-pipl?)",
        here + "access.loging is not a control of any pack (did you mean access.logging?)",
        here + "proces is not a risk-source dimension of any pack (did you mean process?)",
    ]


def test_times_of_scenarios_that_point_nowhere_are_told(tmp_path: Path) -> None:
    body = (
        "attribution: {en: ours, zh: 自有}\nbias: {en: none, zh: 无}\n"
        "detections:\n  lost:\n    title: {en: Lost, zh: 遗失}\n"
        "    population: {en: us, zh: 我们}\n"
        "    n: 20\n    ln_mu: 2\n    ln_sigma: 1\n    gap: 0.1\n    confidence: low\n"
        "scenarios: {merge-mail-errors: lost, late-processor: lots}\n"
    )
    _write(tmp_path / "packs", "calibration", "own", body)

    here = "pack-reference: packs/calibration/own.yaml row 18, scenarios: "
    assert _tell(tmp_path / "packs") == [
        here + "merge-mail-errors is not a scenario of any pack (did you mean merge-mail-error?)",
        here + "lots is not a kind of event of any pack (did you mean lost?)",
    ]


def test_the_built_in_packs_are_read_once() -> None:
    assert load_knowledge() is load_knowledge()


def test_a_kind_that_nobody_asks_for_is_not_read() -> None:
    script = (
        "from piaskit.knowledge import load_knowledge\n"
        "from piaskit.knowledge.load import _read_built_in as read\n"
        "known = load_knowledge()\n"
        "len(known.periods), len(known.periods), len(known.controls)\n"
        "print(read.cache_info().misses, hasattr(known, 'nonsense'))\n"
        "known.read_all()\n"
        "print(read.cache_info().misses)\n"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert (done.stdout, done.stderr) == (f"2 False\n{len(KINDS)}\n", "")


def test_what_is_read_kind_by_kind_is_what_is_read_as_a_whole() -> None:
    apart, whole = load_knowledge(), check_built_in()

    for name in ("labels", "found_in"):
        assert list(getattr(apart, name)) == list(getattr(whole, name))
    for name in ("packs", "rules", "controls", "regulations", "scenarios", "methods"):
        assert getattr(apart, name) == getattr(whole, name)


def test_every_built_in_file_is_a_pack() -> None:
    files = {f"knowledge/{p.parent.name}/{p.name}" for p in BUILT_IN.glob("*/*.yaml")}

    packs = load_knowledge().packs

    assert {pack.file for pack in packs} == files
    assert {pack.kind for pack in packs} == set(KINDS)


@pytest.mark.parametrize(
    ("clause", "en", "zh"),
    [
        ("cn-pipl 47", "PIPL Art. 47", "《个人信息保护法》第47条"),
        ("cn-pipl 51(3)", "PIPL Art. 51(3)", "《个人信息保护法》第51条第3项"),
        ("eu-gdpr 6(1)", "GDPR Art. 6(1)", "GDPR 第6条第1款"),
        ("eu-gdpr 5(1)(e)", "GDPR Art. 5(1)(e)", "GDPR 第5条第1款e项"),
        ("gbt35273 8.7", "GB/T 35273-2020, 8.7", "GB/T 35273—2020 第8.7条"),
        ("gbt35273 8.7 a)", "GB/T 35273-2020, 8.7 a)", "GB/T 35273—2020 第8.7条a项"),
        ("gbt39335 5.1.2.2", "GB/T 39335-2020, 5.1.2.2", "GB/T 39335—2020 第5.1.2.2条"),
        ("gbt39335 D.5", "GB/T 39335-2020, Table D.5", "GB/T 39335—2020 表D.5"),
        ("wp248 3", "WP248 rev.01, criterion 3", "WP248 rev.01 第3项标准"),
    ],
)
def test_a_clause_is_written_out_in_both_languages(clause: str, en: str, zh: str) -> None:
    knowledge = load_knowledge()

    assert (knowledge.cite(clause, "en"), knowledge.cite(clause, "zh")) == (en, zh)


@pytest.mark.parametrize("clause", ["cn-pipl 99", "cn-pipl", "nowhere 3", "gbt35273 99.1", ""])
def test_an_unknown_clause_is_a_key_error(clause: str) -> None:
    with pytest.raises(KeyError):
        load_knowledge().cite(clause, "en")


def _list_articles(knowledge: Knowledge) -> list[tuple[str, str]]:
    return [(r.id, n) for r in knowledge.regulations.values() for n in r.articles]


@given(
    st.sampled_from(_list_articles(load_knowledge())),
    st.lists(st.one_of(st.integers(1, 20).map(str), st.sampled_from("abcdef")), max_size=2),
)
def test_a_part_of_a_listed_clause_can_always_be_cited(
    article: tuple[str, str], parts: list[str]
) -> None:
    knowledge = load_knowledge()
    regulation, n = article
    clause = f"{regulation} {n}" + "".join(f"({part})" for part in parts)
    whole = knowledge.regulations[regulation].cite(n.partition("(")[0], "zh")

    assert knowledge.cite(clause, "en").endswith("".join(f"({part})" for part in parts))
    assert knowledge.cite(clause, "zh").startswith(whole)


def test_a_method_with_a_hole_is_told_at_its_row(tmp_path: Path) -> None:
    source = (BUILT_IN / "methods" / "gbt39335.yaml").read_text(encoding="utf-8")
    own = (
        source.replace("  severe: {low: medium, ", "  severe: {")
        .replace("  process:\n    low: {en: ", "  proces:\n    low: {en: ")
        .replace("clause: gbt39335 D\n", "clause: gbt39335 E.4\n", 1)
        .replace("  vehicle:\n    reputation-stress", "  vehicle:\n    reputation-stres")
    )
    _write(tmp_path / "packs", "methods", "gbt39335", own, head="replaces: [gbt39335]\n")

    told = [
        message.partition(" row ")[2].partition(" ")[2] for message in _tell(tmp_path / "packs")
    ]

    assert told == [
        "criteria: proces is not a dimension of any pack (did you mean process?)",
        (
            "modifiers.typical-sensitive-large: gbt39335 E.4 is no clause of any regulation pack"
            " (gbt39335 lists no such clause)"
        ),
        *(
            f"criteria.process: process has no criterion for {level}"
            for level in ("high", "low", "medium", "very-high")
        ),
        "matrix.severe: the matrix has no level for severe impact and low likelihood",
        (
            "impact_by_category.vehicle: reputation-stres is not a rights dimension of any pack"
            " (did you mean reputation-stress?)"
        ),
    ]


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n", "word\n"])
def test_a_file_without_keys_is_no_pack(text: str, tmp_path: Path) -> None:
    _write(tmp_path / "packs", "labels", "own", text, head="")

    assert _tell(tmp_path / "packs") == [
        (
            "pack-yaml: packs/labels/own.yaml row 1: is not a mapping of keys"
            " (start with id, title, version ...)"
        )
    ]


def test_an_empty_mapping_lacks_every_key(tmp_path: Path) -> None:
    _write(tmp_path / "packs", "labels", "own", "{}\n", head="")

    told = [message.rpartition(": ")[2] for message in _tell(tmp_path / "packs")]

    names = ("id", "title", "version", "source", "as_of", "confidence", "labels")
    assert told == [f"{name} is missing" for name in names]


def test_built_in_packs_travel_by_name_and_others_whole() -> None:
    built_in = load_knowledge()
    own = replace(built_in, methods={})

    assert pickle.loads(pickle.dumps(built_in)) is built_in
    assert pickle.loads(pickle.dumps(own)).methods == {}
    assert pickle.loads(pickle.dumps(own)).duties.keys() == built_in.duties.keys()


def test_a_folder_without_packs_adds_nothing_to_the_built_in_ones(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()

    assert load_knowledge(tmp_path) is load_knowledge()


def test_built_in_packs_that_were_kept_are_those_that_are_read() -> None:
    for kind in KINDS:
        assert load._read_built_in(kind) == load.read_kind(BUILT_IN, kind)
