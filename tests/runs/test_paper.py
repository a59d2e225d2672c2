"""The page of an executed notebook: prose and outputs, nothing that runs or loads."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest

from piaskit.runs.paper import render_working_paper


def test_the_page_hides_code_loads_nothing_and_keeps_outputs() -> None:
    cell = nbformat.v4.new_code_cell("hidden_code = 1")
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text="<b>shown</b>\n")]
    prose = nbformat.v4.new_markdown_cell("# 标题")
    book = nbformat.v4.new_notebook(cells=[prose, cell])

    page = render_working_paper(book, "a <title>")

    assert page == render_working_paper(book, "a <title>")
    assert "hidden_code" not in page
    assert "&lt;b&gt;shown&lt;/b&gt;" in page
    assert "<title>a &lt;title&gt;</title>" in page
    assert "标题" in page
    assert "http:" not in page
    assert "https:" not in page
    assert "<script" not in page


@pytest.mark.parametrize(
    ("forms", "shown"),
    [
        ({"text/html": "<i>x</i>", "text/plain": "x"}, "<i>x</i>"),
        ({"text/markdown": "**x**", "text/plain": "x"}, "<p><strong>x</strong></p>"),
        ({"image/png": "aGk=\n"}, '<img alt="" src="data:image/png;base64,aGk=">'),
        ({"application/javascript": "x()", "text/plain": "<x>"}, "<pre>&lt;x&gt;</pre>"),
    ],
)
def test_the_richest_form_of_an_output_is_shown(forms: dict[str, Any], shown: str) -> None:
    cell = nbformat.v4.new_code_cell("1", outputs=[nbformat.v4.new_output("display_data", forms)])

    page = render_working_paper(nbformat.v4.new_notebook(cells=[cell]), "")

    assert f'<div class="output">{shown}</div>' in page


def test_an_output_without_a_form_that_can_be_shown_leaves_nothing() -> None:
    output = nbformat.v4.new_output("display_data", {"application/javascript": "x()"})
    cell = nbformat.v4.new_code_cell("1", outputs=[output])

    assert "output" not in render_working_paper(nbformat.v4.new_notebook(cells=[cell]), "")


def test_an_error_that_was_expected_is_shown_without_the_colours_of_a_terminal() -> None:
    trace = ["\x1b[31mValueError\x1b[39m", "<no>"]
    output = nbformat.v4.new_output("error", ename="ValueError", evalue="<no>", traceback=trace)
    cell = nbformat.v4.new_code_cell("1", outputs=[output])

    page = render_working_paper(nbformat.v4.new_notebook(cells=[cell]), "")

    assert "<pre>ValueError\n&lt;no&gt;</pre>" in page


def test_markup_in_prose_is_text() -> None:
    cell = nbformat.v4.new_markdown_cell("a <script>b</script>\n\n| c |\n|---|\n| d |")

    page = render_working_paper(nbformat.v4.new_notebook(cells=[cell]), "")

    assert "<script" not in page
    assert "<td>d</td>" in page
