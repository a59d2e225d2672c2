from __future__ import annotations

import pytest

from piaskit.case.shared import read_shared, read_styles


def wrap(*entries: str) -> bytes:
    inner = "".join(f"<si>{entry}</si>" for entry in entries)
    return f'<?xml version="1.0"?><sst count="9">{inner}</sst>'.encode()


def test_texts_are_read_with_blanks_runs_entities_escapes_and_without_how_they_sound() -> None:
    data = wrap(
        "<t>收货地址</t>",
        '<t xml:space="preserve"> a\nb </t>',
        "<t/>",
        "<t></t>",
        '<r><rPr><b/></rPr><t>bold</t></r><r><t xml:space="preserve"> plain</t></r>',
        '<t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh>',
        '<t>北京</t><phoneticPr fontId="1" type="noConversion"/>',
        "<t>a &amp; b &lt; c &#65;&#x4e2d; &quot;&apos;</t>",
        "<t>_x0041__x005F_x0041_</t>",
        "<t>&amp;amp;</t>",
    )
    read = read_shared(data)

    assert read is not None
    assert read.to_pylist() == [
        "收货地址", " a\nb ", "", "", "bold plain", "東京", "北京",
        "a & b < c A中 \"'", "A_x0041_", "&amp;",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "entry",
    [
        "<t>a</t><!-- b -->",
        "<t>&nbsp;</t>",
        "<t>a & b</t>",
        "<t>&#1114112;</t>",
        "<x:t>a</x:t></t>",
    ],
)
def test_other_markup_is_not_guessed_at(entry: str) -> None:
    assert read_shared(wrap("<t>a</t>", entry)) is None


def test_bytes_that_are_no_text_are_not_read() -> None:
    assert read_shared(b"<sst><si><t>\xff</t></si></sst>") is None
    assert read_shared(b'<sst count="0"></sst>').to_pylist() == []  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("code", "shows"),
    [
        ("yyyy-mm-dd", "day"), ("YYYY\\-MM\\-DD", "day"), ("d/m/yy;@", "day"),
        ('yyyy"年"m"月"d"日"', "day"), ("[$-409]d mmm yyyy", "day"),
        ("yyyy-mm-dd hh:mm", "rare"), ("hh:mm:ss", "rare"), ("[h]:mm", "rare"), ("mmm", "rare"),
        ("General", "number"), ("0.00", "number"), ("#,##0", "number"), ('0" days"', "number"),
        ("[Red]0", "number"), ("@", "number"),
    ],
)  # fmt: skip
def test_a_style_shows_a_day_a_number_or_something_rarer(code: str, shows: str) -> None:
    quoted = code.replace('"', "&quot;")
    data = (
        '<styleSheet xmlns="urn:s">'
        f'<numFmts><numFmt numFmtId="164" formatCode="{quoted}"/></numFmts>'
        '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>'
    )
    styles = read_styles(data.encode())

    assert styles.days == ({1} if shows == "day" else frozenset())
    assert styles.rare == ({1} if shows == "rare" else frozenset())
