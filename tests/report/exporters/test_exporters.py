"""What holds for every format: found by folder, equal bytes, nothing lost or run."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from piaskit.report import exporters
from piaskit.report.document import Document
from piaskit.report.exporters import export_document, list_formats


def test_a_format_is_a_file_in_the_folder() -> None:
    files = {path.stem for path in Path(exporters.__file__).parent.glob("[a-z]*.py")}

    assert set(list_formats()) == files
    assert {"docx", "html", "json", "pdf", "xlsx"} <= files


@pytest.mark.parametrize("name", list_formats())
def test_equal_documents_give_equal_bytes(name: str, build, tmp_path: Path) -> None:
    for lang in ("en", "zh"):
        first, second = tmp_path / f"a-{lang}.{name}", tmp_path / f"b-{lang}.{name}"

        export_document(build(lang), first)
        export_document(build(lang), second)

        assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("name", list_formats())
def test_bytes_do_not_depend_on_the_process(name: str, build, tmp_path: Path) -> None:
    here, twin, there = (tmp_path / file for file in (f"a.{name}", "twin.json", f"b.{name}"))
    export_document(build("zh"), here)
    export_document(build("zh"), twin)
    code = (
        "import sys; from pathlib import Path;"
        "from piaskit.report.exporters import export_document;"
        "from piaskit.report.exporters.json import load_document;"
        "export_document(load_document(Path(sys.argv[1])), Path(sys.argv[2]))"
    )
    environment = {"PYTHONHASHSEED": "7", "TZ": "Asia/Shanghai", "LANG": "C", "HOME": str(tmp_path)}
    environment["PYTHONPATH"] = str(Path(exporters.__file__).parents[3])

    subprocess.run(
        [sys.executable, "-c", code, twin, there], check=True, env=environment, cwd=tmp_path
    )

    assert here.read_bytes() == there.read_bytes()


def test_an_unknown_ending_names_the_formats(sample: Document, tmp_path: Path) -> None:
    formats = ", ".join(list_formats())

    with pytest.raises(ValueError, match=f"^report.odt: no format 'odt'; there are {formats}$"):
        export_document(sample, tmp_path / "report.odt")


def test_importing_a_format_loads_nothing_heavy() -> None:
    heavy = {"typst", "xlsxwriter", "jinja2", "fontTools", "matplotlib", "pandas", "docx", "lxml"}
    modules = [
        import_module(f"piaskit.report.exporters.{name}").__name__ for name in list_formats()
    ]
    code = f"import sys, {', '.join(modules)}; print(*sorted({heavy!r} & set(sys.modules)))"

    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(Path(exporters.__file__).parents[3])},
    )

    assert done.stdout.split() == []
