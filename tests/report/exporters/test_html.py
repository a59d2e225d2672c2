"""The page stands alone, says everything and can be used without eyes or mouse."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest

from piaskit.report.document import Document, reveal_controls
from piaskit.report.exporters.html import export

VOID = {"meta", "br", "hr", "img", "link", "input"}


@dataclass
class Node:
    tag: str
    attributes: dict[str, str | None]
    children: list[Node | str] = field(default_factory=list)

    def find(self, tag: str) -> list[Node]:
        nodes = [child for child in self.children if isinstance(child, Node)]
        return [n for n in nodes if n.tag == tag] + [m for n in nodes for m in n.find(tag)]

    def every(self) -> list[Node]:
        nodes = [child for child in self.children if isinstance(child, Node)]
        return nodes + [m for n in nodes for m in n.every()]

    @property
    def text(self) -> str:
        return "".join(c if isinstance(c, str) else c.text for c in self.children)


class Reader(HTMLParser):
    """Builds a tree and fails on a tag that is not closed where it was opened."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Node("root", {})
        self.stack = [self.root]

    def handle_starttag(self, tag, attrs) -> None:
        node = Node(tag, dict(attrs))
        self.stack[-1].children.append(node)
        if tag not in VOID:
            self.stack.append(node)

    def handle_startendtag(self, tag, attrs) -> None:
        self.stack[-1].children.append(Node(tag, dict(attrs)))

    def handle_endtag(self, tag) -> None:
        assert self.stack.pop().tag == tag

    def handle_data(self, data) -> None:
        self.stack[-1].children.append(data)


@pytest.fixture
def page(sample: Document, tmp_path: Path) -> Node:
    export(sample, tmp_path / "report.html")
    reader = Reader()
    reader.feed((tmp_path / "report.html").read_text("utf-8"))
    reader.close()
    assert reader.stack == [reader.root]
    return reader.root


def test_the_page_has_language_title_and_landmarks(page: Node, sample: Document) -> None:
    (html,) = page.find("html")

    assert html.attributes["lang"] == {"en": "en", "zh": "zh-CN"}[sample.lang]
    assert sample.title in page.find("title")[0].text
    assert [len(page.find(tag)) for tag in ("header", "nav", "main", "footer", "h1")] == [1] * 5
    (skip,) = [link for link in page.find("a") if link.attributes.get("class") == "skip"]
    assert skip.attributes["href"] == "#" + str(page.find("main")[0].attributes["id"])


def test_headings_follow_the_levels_of_the_document(page: Node, sample: Document) -> None:
    main = page.find("main")[0]
    shown = [n for n in main.every() if re.fullmatch(r"h[1-6]", n.tag)]

    assert [(n.text, int(n.tag[1]) - 1) for n in shown] == [
        (s.title, s.level) for s in sample.sections
    ]


def test_ids_are_unique_and_every_link_leads_to_one(page: Node) -> None:
    ids = [node.attributes["id"] for node in page.every() if "id" in node.attributes]
    targets = {str(link.attributes["href"]) for link in page.find("a")}
    named = [
        n.attributes["aria-labelledby"] for n in page.every() if "aria-labelledby" in n.attributes
    ]

    assert len(ids) == len(set(ids))
    assert targets <= {f"#{id_}" for id_ in ids}
    assert {part for names in named for part in str(names).split()} <= set(ids)


def test_the_page_needs_no_network_and_runs_nothing(page: Node, tmp_path: Path) -> None:
    tags = {node.tag for node in page.every()}
    attributes = {name for node in page.every() for name in node.attributes}
    (policy,) = [n for n in page.find("meta") if "http-equiv" in n.attributes]
    text = (tmp_path / "report.html").read_text("utf-8")

    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    assert not {name for name in attributes if name.startswith("on")} | attributes & {
        "src",
        "srcset",
    }
    assert str(policy.attributes["content"]).startswith("default-src 'none';")
    assert "@import" not in text
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", text))


def test_every_table_has_a_caption_scopes_and_all_cells(page: Node, sample: Document) -> None:
    shown, meant = page.find("table"), list(sample.tables())

    assert len(shown) == len(meant)
    for node, table in zip(shown, meant, strict=True):
        assert table.title in node.find("caption")[0].text
        head, body = node.find("thead")[0], node.find("tbody")[0]
        assert [th.attributes["scope"] for th in head.find("th")] == ["col"] * len(table.columns)
        if table.rows:
            cells = [n for n in body.every() if n.tag in ("th", "td")]
            assert len(cells) == len(table.rows) * len(table.columns)
            assert [row.attributes.get("id") for row in body.find("tr")] == [
                row.anchor for row in table.rows
            ]


def test_hostile_texts_come_through_as_text(page: Node, hostile: tuple[str, ...]) -> None:
    paragraphs = [node.text for node in page.find("p")]
    cells = [node.text for node in page.find("th")]

    for text in hostile:
        shown = reveal_controls(text)[0]
        assert shown in paragraphs
        assert shown in cells


def test_levels_are_told_by_word_and_symbol(page: Node) -> None:
    levels = [n for n in page.find("span") if str(n.attributes.get("class")).startswith("level ")]

    assert levels
    assert all(re.fullmatch(r"[○◐●▲] \S.*", node.text) for node in levels)


def test_a_figure_is_an_image_with_words_and_its_numbers(page: Node, sample: Document) -> None:
    (figure,) = page.find("figure")
    (svg,) = figure.find("svg")

    assert svg.attributes["role"] == "img"
    assert svg.find("title")[0].text in sample.sections[3].title
    assert figure.find("details")[0].find("table")


def test_the_public_edition_says_so(public_sample: Document, tmp_path: Path) -> None:
    export(public_sample, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text("utf-8")

    assert {"en": "Public edition", "zh": "公开版"}[public_sample.lang] in text
    assert {"en": "Internal edition", "zh": "内部版"}[public_sample.lang] not in text
