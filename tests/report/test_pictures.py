"""The pictures of an inventory: they fit, they tell the truth, and they need no colour."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree

import pandas as pd
import pytest
from accept.crowd import write_crowd

from piaskit.case import Case, read_case
from piaskit.report.document import Lang
from piaskit.report.figures import FILL
from piaskit.report.holdings import OTHER_SYSTEMS, trace_holdings
from piaskit.report.inventory_figures import show_pictures
from piaskit.report.lanes import Lanes, Move, Stop, draw_swim_lane, trace_lanes
from piaskit.report.retention import KINDS, trace_retention
from piaskit.report.sankey import trace_sankey
from piaskit.report.sankey_drawing import draw_sankey
from piaskit.report.svg import ABROAD, ORDINARY, PALE, SENSITIVE, TEXT, UPRIGHT, measure_text
from piaskit.report.traffic import LANES, Reach, measure_reaches, read_traffic
from piaskit.report.voice import LEVELS, STAGES, Voice
from piaskit.rules.facts import open_facts

SVG = "{http://www.w3.org/2000/svg}"
Box = tuple[float, float, float, float]
Triple = tuple[float, float, float]
WORD = {
    "en": "Electronic component procurement & logistics <hub>",
    "zh": "电子元器件采购与物流协同平台",
}


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return read_case(write_crowd(tmp_path_factory.mktemp("crowd")))


def voice_of(case: Case, lang: Lang) -> Voice:
    return Voice(case.knowledge.labels, lang, "internal")


def walk(
    element: ElementTree.Element, x: float = 0, y: float = 0
) -> Iterator[tuple[float, float, ElementTree.Element]]:
    """Every element with the offset of the groups it stands in."""
    moved = element.attrib.get("transform", "")
    if moved.startswith("translate("):
        dx, dy = map(float, moved[10:-1].split())
        x, y = x + dx, y + dy
    yield x, y, element
    for child in element:
        yield from walk(child, x, y)


def read_texts(svg: str) -> list[tuple[float, float, float, str]]:
    """Left edge, right edge, baseline and words of every text that is not turned."""
    found = []
    for dx, dy, text in walk(ElementTree.fromstring(svg)):
        if text.tag != f"{SVG}text" or "transform" in text.attrib:
            continue
        words = text.text or ""
        width = measure_text(words, float(text.attrib["font-size"]))
        x = dx + float(text.attrib["x"])
        left = x - {"start": 0.0, "middle": width / 2, "end": width}[text.attrib["text-anchor"]]
        found.append((left, left + width, dy + float(text.attrib["y"]), words))
    return found


def read_boxes(svg: str) -> list[Box]:
    """The framed boxes that hold text: not the small ones of a legend."""
    found = []
    for dx, dy, rect in walk(ElementTree.fromstring(svg)):
        if rect.tag == f"{SVG}rect" and rect.attrib["stroke"] != "none":
            x, y, w, h = (float(rect.attrib[k]) for k in ("x", "y", "width", "height"))
            if w > 40:
                found.append((x + dx, y + dy, w, h))
    return found


def read_size(svg: str) -> tuple[float, float]:
    _, _, width, height = map(float, ElementTree.fromstring(svg).attrib["viewBox"].split())
    return width, height


def check_fit(svg: str) -> None:
    """No text leaves the picture or its box, no two boxes and no two texts overlap."""
    width, height = read_size(svg)
    texts, boxes = read_texts(svg), read_boxes(svg)
    for left, right, baseline, words in texts:
        assert -0.5 <= left <= right <= width + 0.5, words
        assert 8 <= baseline <= height + 0.5, words
        for x, y, w, h in boxes:
            if x <= left <= x + w and y <= baseline - 4 <= y + h:
                assert right <= x + w + 0.5, words
                assert baseline <= y + h + 0.5, words
    for one, two in combinations(boxes, 2):
        apart_x = one[0] + one[2] <= two[0] + 0.01 or two[0] + two[2] <= one[0] + 0.01
        apart_y = one[1] + one[3] <= two[1] + 0.01 or two[1] + two[3] <= one[1] + 0.01
        assert apart_x or apart_y, (one, two)
    texts = [text for text in texts if text[3]]
    for first, second in combinations(texts, 2):
        same_line = abs(first[2] - second[2]) < 8
        apart = first[1] <= second[0] + 0.5 or second[1] <= first[0] + 0.5
        assert not same_line or apart, (first, second)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", ["shop", "crowd"])
def test_every_picture_fits_its_page_and_no_text_is_cut_or_covered(
    name: str, lang: Lang, request: pytest.FixtureRequest
) -> None:
    case: Case = request.getfixturevalue(name)

    for figure in show_pictures(case, voice_of(case, lang), set(case.frames["flows"]["id"][::5])):
        _, _, width, height = map(
            float, ElementTree.fromstring(figure.svg).attrib["viewBox"].split()
        )
        most = 148 / 269 if figure.landscape else 220 / 182
        assert height / width <= most + 0.005, figure.id
        check_fit(figure.svg)
        assert not [words for *_, words in read_texts(figure.svg) if words.endswith("…")]


def test_a_case_of_ten_flows_has_its_pictures_and_an_empty_one_has_none(shop: Case) -> None:
    few = replace(shop, frames={**shop.frames, "flows": shop.frames["flows"].head(10)})
    bare = {table: frame.head(0) for table, frame in shop.frames.items()}

    assert len(show_pictures(few, voice_of(few, "en"))) == len(
        show_pictures(shop, voice_of(shop, "en"))
    )
    assert show_pictures(replace(shop, frames=bare), voice_of(shop, "en")) == ()


def test_rows_in_another_order_give_the_same_pictures(shop: Case) -> None:
    turned = {table: frame.iloc[::-1] for table, frame in shop.frames.items()}
    voice = voice_of(shop, "en")

    assert show_pictures(shop, voice) == show_pictures(replace(shop, frames=turned), voice)


@pytest.mark.parametrize("name", ["shop", "crowd"])
def test_what_goes_abroad_is_what_the_rules_call_an_export(
    name: str, request: pytest.FixtureRequest
) -> None:
    case: Case = request.getfixturevalue(name)
    facts = open_facts(case)
    expected = facts.execute("SELECT id FROM flow_facts WHERE is_export ORDER BY id").fetchall()
    facts.close()
    flows = read_traffic(case, voice_of(case, "en")).flows

    assert [id for (id,) in expected] == sorted(flows.loc[flows["abroad"], "id"])


@pytest.mark.parametrize("name", ["shop", "crowd"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_both_flow_pictures_write_the_three_largest_recipients_and_every_flow_abroad(
    name: str, lang: Lang, request: pytest.FixtureRequest
) -> None:
    case: Case = request.getfixturevalue(name)
    traffic = read_traffic(case, voice_of(case, lang))
    largest = [traffic.name_abroad(id) for id, _ in traffic.recipients[:3]]
    abroad = traffic.flows.loc[traffic.flows["abroad"], "id"].tolist()

    for svg in (
        draw_swim_lane(trace_lanes(traffic), traffic.voice.say),
        draw_sankey(traffic, traffic.voice.say),
    ):
        words = " ".join(text for *_, text in read_texts(svg))
        assert [n for n in abroad if n not in words] == []
        assert [f"{n}. {title}" in words for n, title in enumerate(largest, 1)] == [True] * 3


def test_persons_are_the_largest_flow_and_never_a_sum(shop: Case) -> None:
    ranked = dict(read_traffic(shop, voice_of(shop, "en")).recipients)

    assert ranked["p-supplier"] == Reach(171_000, several=True)
    assert str(ranked["p-supplier"]) == "≥ 171,000"
    assert str(ranked["p-cloud"]) == "1,300,000"


def test_a_band_without_a_number_of_persons_is_a_broken_line(shop: Case) -> None:
    flows = shop.frames["flows"].copy()
    flows.loc[flows["target"] == "p-cloud", "persons"] = pd.NA
    blank = replace(shop, frames={**shop.frames, "flows": flows})
    voice = voice_of(shop, "en")

    before, after = (draw_sankey(read_traffic(c, voice), voice.say) for c in (shop, blank))

    assert before.count("stroke-dasharray") == 1  # the legend
    assert after.count("stroke-dasharray") == 2
    assert "?" in [words for *_, words in read_texts(after)]


def test_every_recipient_of_a_large_case_is_drawn_or_counted(crowd: Case) -> None:
    traffic = read_traffic(crowd, voice_of(crowd, "en"))
    columns = trace_sankey(traffic, (5, 5, 8)).columns

    assert [len(column) for column in columns] == [5, 5, 8]
    assert sum(node.members for node in columns[2]) == traffic.received["target"].nunique()


def test_others_take_the_union_of_their_flows_not_the_sum_of_their_persons(crowd: Case) -> None:
    traffic = read_traffic(crowd, voice_of(crowd, "en"))
    families = trace_sankey(traffic, (2, 40, 60)).columns[0]
    everything = trace_sankey(traffic, (40, 40, 60)).columns[0]
    hidden = {node.id for node in everything} - {node.id for node in families}
    others = next(node for node in families if node.members > 1)

    assert len(hidden) == others.members
    assert others.reach.low == max(n.reach.low or 0 for n in everything if n.id in hidden)


def test_unprotected_flows_have_a_sign_and_an_entry_in_the_legend(shop: Case) -> None:
    voice = voice_of(shop, "en")
    marked = show_pictures(shop, voice, {"f-acc-cloud"})[0]
    plain = show_pictures(shop, voice)[0]

    assert voice.say("figure.uncovered", n=1) in [words for *_, words in read_texts(marked.svg)]
    assert "Flows that no working safeguard protects: 1" in marked.alt
    assert "Cloud hosting provider (1,300,000, unprotected)" in str(marked.twin)
    assert "safeguard" not in plain.svg + plain.alt


def fill_lanes(lang: Lang, places: int) -> Lanes:
    stops = [
        Stop(lane, stage, f"{WORD[lang]} {n}", Reach(10 - n, several=True), True, True)
        for lane in LANES
        for stage in STAGES
        for n in range(places)
    ]
    return Lanes(tuple(stops), (), 3, 0)


@pytest.mark.parametrize("places", [1, 2, 30])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_full_swim_lanes_cut_no_text_and_count_what_they_leave_out(
    shop: Case, lang: Lang, places: int
) -> None:
    svg = draw_swim_lane(fill_lanes(lang, places), voice_of(shop, lang).say, UPRIGHT)

    check_fit(svg)
    texts = [words for *_, words in read_texts(svg)]
    shown = sum(words.startswith("≥ ") for words in texts)
    counted = [re.fullmatch(r"(?:\+ |另 )(\d+) (?:more|个)", words) for words in texts]
    hidden = sum(int(found[1]) for found in counted if found)
    assert shown + hidden == places * len(LANES) * len(STAGES)


def test_markup_in_a_title_stays_text(shop: Case) -> None:
    stop = Stop("back", "store", "a<b>&\"'")
    svg = draw_swim_lane(Lanes((stop,), (), 1, 0), voice_of(shop, "en").say)

    assert "a<b>&\"'" in [words for *_, words in read_texts(svg)]
    assert "<b>" not in svg


def test_a_move_draws_one_arrow(shop: Case) -> None:
    stops = (Stop("subjects", "collect", "Users"), Stop("front", "collect", "Site"))
    say = voice_of(shop, "en").say
    without, moved = (
        draw_swim_lane(Lanes(stops, moves, 1, 0), say)
        for moves in ((), (Move("collect", "subjects", "front"),))
    )

    assert moved.count("<circle") == without.count("<circle") + 1


def test_every_family_of_the_packs_has_a_name(shop: Case) -> None:
    families = {name.partition(".")[0] for name in shop.knowledge.categories}

    assert [f for f in sorted(families) if f"report.family.{f}" not in shop.knowledge.labels] == []


def test_the_matrix_says_who_receives_stores_and_passes_on_each_category(shop: Case) -> None:
    rows = {row.title: row for row in trace_holdings(read_traffic(shop, voice_of(shop, "en"))).rows}

    assert rows["Medical record"].places["s-hr"] == {"receives", "stored", "sends"}
    assert rows["Medical record"].sensitive == "yes"
    assert rows["Postal or delivery address"].places["p-courier"] == {"receives"}
    assert "p-customer" not in rows["Name"].places


def test_a_matrix_of_many_categories_keeps_sensitive_ones_apart_and_joins_the_others(
    shop: Case,
) -> None:
    traffic = read_traffic(shop, voice_of(shop, "en"))
    whole, few = trace_holdings(traffic, most_rows=60), trace_holdings(traffic, most_rows=30)

    apart = {row.title for row in few.rows if row.sensitive == "yes"}
    assert {row.title for row in whole.rows if row.sensitive == "yes"} == apart
    assert len(few.rows) <= 30
    assert "Contact details (4)" in {row.title for row in few.rows}


def test_a_matrix_of_many_places_counts_the_others_and_keeps_those_abroad(crowd: Case) -> None:
    traffic = read_traffic(crowd, voice_of(crowd, "en"))
    holdings = trace_holdings(traffic, most_columns=24)

    assert (len(holdings.systems), len(holdings.parties)) == (12, 12)
    assert holdings.systems[OTHER_SYSTEMS] == "19 other systems"
    seen = {*traffic.flows["source"], *traffic.flows["target"]}
    assert seen & set(traffic.countries) == holdings.abroad


def test_the_timeline_joins_equal_periods_and_ends_with_what_is_not_stated(shop: Case) -> None:
    spans = trace_retention(shop, voice_of(shop, "en"))

    assert [span.title for span in spans][:4] == ["1 day", "180 days", "6 months", "1 year"]
    assert [len(span.items) for span in spans][3] == 17  # P1Y and P12M
    assert (spans[-1].kind, len(spans[-1].items)) == ("blank", 3)
    assert sum(len(span.items) for span in spans) == len(shop.frames["items"])


def test_a_timeline_of_many_periods_joins_those_with_fewest_items(shop: Case) -> None:
    spans = trace_retention(shop, voice_of(shop, "en"), 7)

    assert len(spans) <= 7
    assert sum(len(span.items) for span in spans) == len(shop.frames["items"])
    assert [span.kind for span in spans] == sorted((s.kind for s in spans), key=KINDS.index)


# Deuteranopia after Machado, Oliveira and Fernandes (2009), severity 1.0: a matrix on linear RGB.
DEUTERANOPIA = (
    (0.367322, 0.860646, -0.227968),
    (0.280085, 0.672501, 0.047413),
    (-0.011820, 0.042940, 0.968881),
)
GREY = ((0.2126, 0.7152, 0.0722),) * 3  # relative luminance of sRGB, as a printer without colours
LEAST_DIFFERENCE, LEAST_LIGHTNESS = 15.0, 8.0  # CIE76 Delta E and L*; about 2.3 is just noticeable


def simulate(
    colour: str, matrix: tuple[tuple[float, float, float], ...]
) -> tuple[float, float, float]:
    """CIE L*a*b* (D65) of a colour as it is seen through a matrix."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    r, g, b = (
        min(max(sum(m * c for m, c in zip(row, linear, strict=True)), 0), 1) for row in matrix
    )
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883,
    )
    x, y, z = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


LEVEL_FILLS = [FILL[level] for level in LEVELS]
PICTURE_FILLS = ["#FFFFFF", ORDINARY, SENSITIVE, ABROAD]


@pytest.mark.parametrize("fills", [LEVEL_FILLS, PICTURE_FILLS[1:]], ids=["levels", "pictures"])
def test_levels_stay_apart_for_those_who_see_no_red_and_green(fills: list[str]) -> None:
    for one, two in combinations(fills, 2):
        first, second = simulate(one, DEUTERANOPIA), simulate(two, DEUTERANOPIA)
        difference = sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) ** 0.5
        assert difference >= LEAST_DIFFERENCE, (one, two)


@pytest.mark.parametrize("fills", [LEVEL_FILLS, PICTURE_FILLS[1:]], ids=["levels", "pictures"])
def test_levels_stay_apart_on_a_printer_without_colours(fills: list[str]) -> None:
    for one, two in combinations(fills, 2):
        assert abs(simulate(one, GREY)[0] - simulate(two, GREY)[0]) >= LEAST_LIGHTNESS, (one, two)


@pytest.mark.parametrize("ground", [ORDINARY, SENSITIVE, PALE, "#FFFFFF"])
def test_text_has_a_contrast_of_at_least_4_5_on_every_ground(ground: str) -> None:
    def shine(colour: str) -> float:
        lightness = (simulate(colour, GREY)[0] + 16) / 116
        return lightness**3 if lightness > 6 / 29 else (lightness - 16 / 116) / 7.787

    assert (shine(ground) + 0.05) / (shine(TEXT) + 0.05) >= 4.5


def test_folded_flows_take_the_largest_and_leave_blank_keys_out() -> None:
    flows = pd.DataFrame(
        {
            "stage": pd.array(["use", "store", "use", None], dtype="str"),
            "persons": [5.0, float("nan"), 8.0, 9.0],
            "first": [0, 1, 2, 3],
            "last": [0, 1, 2, 3],
        }
    )

    assert measure_reaches(flows, ["stage"]) == {
        ("store",): Reach(None),
        ("use",): Reach(8, several=True),
    }
    assert measure_reaches(flows[:0], ["stage"]) == {}
