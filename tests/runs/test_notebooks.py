import json
import pickle
from pathlib import Path
from typing import Any

import nbformat
import papermill.execute
import pytest

from piaskit.errors import InvalidData
from piaskit.runs.kernels import Kernel
from piaskit.runs.notebooks import NotebookStopped, run_notebook
from piaskit.runs.paper import save_working_paper


def write_notebook(folder: Path, *sources: str) -> Path:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    cells[0].metadata = {"tags": ["parameters"]}
    book = nbformat.v4.new_notebook(cells=cells)
    book.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    path = folder / "small.ipynb"
    nbformat.write(book, path)
    return path


def test_two_runs_give_equal_working_papers_without_the_injected_values(tmp_path: Path) -> None:
    path = write_notebook(
        tmp_path,
        'where: str = ""',
        "print(len(where))\nimport sys\nprint('x', file=sys.stderr)\nprint('y')",
    )
    for name in ("first", "second"):
        executed = run_notebook(path, {"where": "/some/secret/folder"})
        save_working_paper(executed, tmp_path / name, "small")

    for file in ("small.ipynb", "small.html"):
        first = (tmp_path / "first" / file).read_bytes()
        assert first == (tmp_path / "second" / file).read_bytes()
        assert b"secret" not in first
        assert b"19" in first
    saved = json.loads((tmp_path / "first" / "small.ipynb").read_text("utf-8"))
    assert [cell["metadata"] for cell in saved["cells"]] == [{"tags": ["parameters"]}, {}]
    assert set(saved["metadata"]) == {"kernelspec", "language_info"}


def test_a_failing_cell_stops_the_run_with_its_name_and_message(tmp_path: Path) -> None:
    path = write_notebook(tmp_path, "seed: int = 1", "1 / 0")

    with pytest.raises(NotebookStopped) as stopped:
        run_notebook(path, {})

    assert stopped.value.name == "ZeroDivisionError"
    assert str(stopped.value) == "small.ipynb, cell 2: ZeroDivisionError: division by zero"


def test_a_kernel_that_ends_before_its_first_cell_is_told(tmp_path: Path) -> None:
    path = write_notebook(tmp_path, "seed: int = 1")

    with pytest.raises(NotebookStopped, match="the process that ran the cells ended"):
        run_notebook(path, {}, "kernel", kernel=Kernel(["__import__('os')._exit(1)"]))


def test_a_kernel_may_take_as_long_as_it_needs_until_its_first_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_notebook(tmp_path, "seed: int = 1")
    execute, given = papermill.execute.execute_notebook, []

    def note(*args: Any, **settings: Any) -> Any:
        given.append(settings["start_timeout"])
        return execute(*args, **settings)

    monkeypatch.setattr(papermill.execute, "execute_notebook", note)

    run_notebook(path, {}, "kernel")

    assert given[0] > 24 * 3600


def test_what_stopped_a_notebook_travels_between_processes() -> None:
    stopped = NotebookStopped("small.ipynb", 3, "ValueError", "<no>", "trace")

    again = pickle.loads(pickle.dumps(stopped))

    assert vars(stopped) == vars(again)
    assert str(stopped) == str(again)


def test_a_wrong_parameter_is_refused_before_a_kernel_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_notebook(tmp_path, "seed: int = 1")
    monkeypatch.setattr("papermill.execute.execute_notebook", None)

    with pytest.raises(InvalidData, match="there is no parameter sead"):
        run_notebook(path, {"sead": 1})


def test_the_kernel_talks_through_private_files_and_has_no_personal_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("intruder = True", "utf-8")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    path = write_notebook(
        tmp_path,
        "seed: int = 1",
        "import sys\nprint(get_ipython().kernel.parent.transport, 'intruder' in globals())\n"
        "print(sys.executable)",
    )

    output = run_notebook(path, {}, "kernel").cells[1].outputs[0].text.splitlines()

    import sys

    assert output == ["tcp False" if sys.platform == "win32" else "ipc False", sys.executable]
