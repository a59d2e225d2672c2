"""The announcement site: what stands on it, what stays, and what is refused."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from threading import Thread
from xml.etree import ElementTree as ET

import pytest

from piaskit import announce_notice, publish_edition, verify_edition, withdraw_edition
from piaskit.errors import InvalidData
from piaskit.publication.pages import check_links

Make = Callable[..., Path]
ATOM = "{http://www.w3.org/2005/Atom}"
DAY = date(2026, 10, 10)
ADDRESS = "https://shop.example/risk"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


def read(site: Path, path: str, lang: str = "en") -> str:
    return (site / path / lang / "index.html").read_text("utf-8")


def write_notice(path: Path, **changes: object) -> Path:
    content = {
        "id": "card-fraud",
        "title": {"en": "Card fraud", "zh": "盗刷"},
        "risk": {"en": "Cards are misused.", "zh": "银行卡被盗刷。"},
        "advice": ["Block the card."],
    }
    path.write_text(json.dumps(content | changes, ensure_ascii=False), "utf-8")
    return path


def test_an_edition_gets_an_address_its_files_with_digests_and_a_place_in_both_lists(
    make_edition: Make, site: Path
) -> None:
    report = make_edition()
    answer = publish_edition(report, site, as_of=DAY)

    sealed = site / answer.url_path / "sealed"
    assert answer.url_path == f"reports/{answer.id}/"
    assert (sealed / "report.en.html").read_text("utf-8") == "<p>public</p>"
    for lang, title in (("en", "Shop assessment"), ("zh", "商店评估")):
        page = read(site, answer.url_path, lang)
        assert title in page
        for file in sealed.iterdir():
            assert f'href="../sealed/{file.name}"' in page
        assert title in (site / lang / "index.html").read_text("utf-8")
    assert answer.sha256 in read(site, answer.url_path)
    assert "mailto:a@shop.example" in read(site, answer.url_path)
    assert verify_edition(site).ok
    assert verify_edition(sealed).ok
    assert not [p for p in site.rglob("*") if "internal" in p.name]


def test_publishing_twice_changes_nothing(make_edition: Make, site: Path) -> None:
    report = make_edition()
    publish_edition(report, site, as_of=DAY)
    before = (site / "manifest.json").read_bytes()
    again = publish_edition(report, site, as_of=date(2026, 11, 11))

    assert again.unchanged
    assert (site / "manifest.json").read_bytes() == before


def test_the_next_edition_says_what_changed_and_the_earlier_one_that_there_is_a_newer(
    make_edition: Make, site: Path
) -> None:
    old = publish_edition(make_edition(), site, as_of=DAY)
    later = make_edition(
        "later",
        day="2027-09-30",
        summary={
            "overall": {"current": "high", "planned": "high"},
            "activities": {"zh": ["下单", "招聘"], "en": ["Ordering", "Hiring"]},
        },
    )
    new = publish_edition(later, site, as_of=date(2027, 10, 10))

    page = read(site, new.url_path)
    assert "Overall risk: severe before, high now." in page
    assert "New activities: Hiring." in page
    assert "总体风险由严重变为高。" in read(site, new.url_path, "zh")
    assert "There is a newer edition." in read(site, old.url_path)
    assert "This is the first edition." in read(site, old.url_path)


def test_a_correction_names_the_edition_it_corrects_and_the_reason(
    make_edition: Make, site: Path
) -> None:
    wrong = make_edition()
    old = publish_edition(wrong, site, as_of=DAY)
    right = make_edition("right", replaces=wrong, summary={"regimes": ["eu-gdpr"]})
    new = publish_edition(
        right, site, as_of=DAY, correction="A number was wrong.", correction_zh="数字有误。"
    )

    register = json.loads((site / "site.json").read_text("utf-8"))
    assert register["reports"][1]["corrects"] == old.id
    assert "A number was wrong." in read(site, new.url_path)
    assert "数字有误。" in read(site, old.url_path, "zh")
    assert "has been corrected" in read(site, old.url_path)
    assert (site / old.url_path / "sealed" / "report.en.html").is_file()

    other = make_edition("other", summary={"title": {"zh": "别的", "en": "Other"}})
    with pytest.raises(InvalidData, match="replaces no edition that the site announces"):
        publish_edition(other, site, as_of=DAY, correction="-")


def test_withdrawing_leaves_the_page_with_day_and_reason_and_takes_the_files(
    make_edition: Make, site: Path
) -> None:
    report = make_edition()
    answer = publish_edition(report, site, as_of=DAY)
    withdraw_edition(answer.id, site, reason="It named a person.", as_of=date(2026, 12, 1))

    page = read(site, answer.url_path)
    assert "Withdrawn on 2026-12-01." in page
    assert "It named a person." in page
    assert answer.sha256 in page
    assert not (site / answer.url_path / "sealed").exists()
    assert "Withdrawn: Shop assessment" in (site / "feed.en.xml").read_text("utf-8")
    assert verify_edition(site).ok
    with pytest.raises(InvalidData, match="was withdrawn and is not announced again"):
        publish_edition(report, site, as_of=DAY)
    with pytest.raises(InvalidData, match=r"announces no x \(it has 2026-09-30-"):
        withdraw_edition("x", site, reason="-", as_of=DAY)
    with pytest.raises(InvalidData, match="nothing is withdrawn without a reason"):
        withdraw_edition(answer.id, site, reason=" ", as_of=DAY)


def test_a_notice_is_announced_updated_and_withdrawn(tmp_path: Path, site: Path) -> None:
    file = write_notice(tmp_path / "notice.yaml")
    answer = announce_notice(file, site, as_of=DAY)
    assert answer.url_path == "notices/card-fraud/"
    assert "银行卡被盗刷。" in read(site, answer.url_path, "zh")
    assert "Block the card." in read(site, answer.url_path, "zh")
    assert announce_notice(file, site, as_of=DAY).unchanged

    write_notice(file, done="We blocked 3 shops.")
    announce_notice(file, site, as_of=date(2026, 11, 1))
    assert "updated on 2026-11-01" in read(site, answer.url_path)

    withdraw_edition("card-fraud", site, reason="Settled", reason_zh="已解决", as_of=DAY)
    assert "已解决" in read(site, answer.url_path, "zh")


def test_everything_wrong_in_a_notice_is_told_at_once(tmp_path: Path, site: Path) -> None:
    file = tmp_path / "notice.yaml"
    file.write_text("id: Card Fraud\ntitel: x\nfound_on: soon\nadvice: {en: a}\n", "utf-8")

    with pytest.raises(InvalidData) as refused:
        announce_notice(file, site, as_of=DAY)

    assert [str(issue) for issue in refused.value.issues] == [
        "notice.yaml row 2, titel: there is no key titel (did you mean title?)",
        "notice.yaml row 1, id: is no id for an address "
        "(small letters, digits and hyphens, as card-fraud-2026-03)",
        "notice.yaml row 3, found_on: expected a date like 2026-01-31",
        "notice.yaml row 1, title: is missing (write {zh: ..., en: ...})",
        "notice.yaml row 1, risk: is missing (write {zh: ..., en: ...})",
        "notice.yaml row 4, advice: expected a list of texts",
    ]
    assert not site.exists()


def test_what_was_touched_is_neither_published_nor_built_upon(
    make_edition: Make, site: Path
) -> None:
    report = make_edition()
    (report / "results" / "assess.json").write_text("[]", "utf-8")
    with pytest.raises(InvalidData) as refused:
        publish_edition(report, site, as_of=DAY)
    assert [issue.slug for issue in refused.value.issues] == ["edition-broken"]
    assert not site.exists()

    answer = publish_edition(make_edition(), site, as_of=DAY)
    touched = site / answer.url_path / "sealed" / "report.en.html"
    touched.write_text("<p>other</p>", "utf-8")
    with pytest.raises(InvalidData, match=r"sealed/report.en.html: is not what was announced"):
        publish_edition(make_edition("b", day="2027-01-01"), site, as_of=DAY)
    assert touched.read_text("utf-8") == "<p>other</p>"


def test_what_somebody_writes_for_the_site_passes_the_gate(
    make_edition: Make, tmp_path: Path, site: Path
) -> None:
    answer = publish_edition(make_edition(), site, as_of=DAY)
    file = write_notice(tmp_path / "n.yaml", done="Ask a@shop.example or 13912345678.")

    with pytest.raises(InvalidData, match=r"^n.yaml done.zh: .*mobile number") as refused:
        announce_notice(file, site, as_of=DAY)
    with pytest.raises(InvalidData, match="e-mail address"):
        withdraw_edition(answer.id, site, reason="It named b@mail.example", as_of=DAY)

    assert [issue.slug for issue in refused.value.issues] == ["public-leak"]
    assert not (site / "notices").exists()


def test_an_edition_that_leaks_is_not_published(make_edition: Make, site: Path) -> None:
    leaky = make_edition(**{"public/report.en.html": "<!-- 13912345678 --><p>public</p>"})

    with pytest.raises(InvalidData, match=r"report.en.html .*beginning with '13…'"):
        publish_edition(leaky, site, as_of=DAY)

    assert not site.exists()


def test_a_folder_that_is_no_site_is_refused_and_what_its_owner_adds_stays(
    make_edition: Make, site: Path
) -> None:
    site.mkdir()
    (site / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(InvalidData, match="holds something and is no site"):
        publish_edition(make_edition(), site, as_of=DAY)
    (site / "mine.txt").unlink()

    publish_edition(make_edition(), site, as_of=DAY)
    (site / "robots.txt").write_text("User-agent: *\n", "utf-8")
    publish_edition(make_edition("b", day="2027-01-01"), site, as_of=DAY)

    assert (site / "robots.txt").is_file()
    assert verify_edition(site).ok


def test_two_publishers_at_once_lose_nothing(make_edition: Make, site: Path) -> None:
    reports = [make_edition(f"r{n}", day=f"2026-0{n}-01") for n in range(1, 5)]
    threads = [
        Thread(target=publish_edition, args=(r, site), kwargs={"as_of": DAY}) for r in reports
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    register = json.loads((site / "site.json").read_text("utf-8"))
    assert {entry["as_of"] for entry in register["reports"]} == {
        f"2026-0{n}-01" for n in range(1, 5)
    }
    assert verify_edition(site).ok
    assert [p.name for p in site.parent.glob(".site*")] == []


def test_the_feed_has_what_atom_wants_and_ids_that_stay(make_edition: Make, site: Path) -> None:
    publish_edition(make_edition(), site, as_of=DAY)
    before = ET.parse(site / "feed.zh.xml").getroot()
    publish_edition(make_edition("b", day="2027-01-01"), site, as_of=DAY, url=ADDRESS)
    feed = ET.parse(site / "feed.zh.xml").getroot()

    assert feed.findtext(f"{ATOM}id") == before.findtext(f"{ATOM}id")
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")]
    assert before.find(f"{ATOM}entry").findtext(f"{ATOM}id") in ids
    assert len(set(ids)) == 2
    links = [link.get("href") for link in feed.iter(f"{ATOM}link")]
    assert links[0] == f"{ADDRESS}/feed.zh.xml"
    assert all(link.startswith(f"{ADDRESS}/") for link in links)
    assert feed.findtext(f"{ATOM}updated") == "2026-10-10T00:00:00Z"


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<p id="x"><a href="#x">a</a><a href="b.html#y">b</a>', "utf-8"
    )
    (tmp_path / "b.html").write_text(
        '<a href="../out.html">o</a><a href="mailto:a@b">m</a>', "utf-8"
    )

    assert check_links(tmp_path) == [("a.html", "b.html#y"), ("b.html", "../out.html")]


def test_markup_and_invisible_characters_come_out_as_text(
    make_edition: Make, tmp_path: Path, site: Path
) -> None:
    nasty = "<script>alert(1)</script> & {{ 7*7 }}"
    title = dict.fromkeys(("zh", "en"), f"{nasty}\u202eevil\x07")
    answer = publish_edition(make_edition(summary={"title": title}), site, as_of=DAY)
    notice = announce_notice(write_notice(tmp_path / "n.yaml", risk=nasty), site, as_of=DAY)

    shown = "&lt;script&gt;alert(1)&lt;/script&gt; &amp; {{ 7*7 }}"
    for path, text in (
        (answer.url_path, f"{shown}[U+202E]evil[U+0007]"),
        (notice.url_path, shown),
        ("", f"{shown}[U+202E]evil[U+0007]"),
    ):
        assert text in read(site, path)
        assert "<script" not in read(site, path)
    feed = ET.parse(site / "feed.en.xml").getroot()
    assert f"{nasty}[U+202E]evil[U+0007]" in [e.text for e in feed.iter(f"{ATOM}title")]
