"""The fork engine: what a kernel gives, and nothing of another notebook."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from piaskit.errors import InvalidData
from piaskit.runs import client, fork, notebooks
from piaskit.runs.notebooks import Limits, NotebookStopped, choose_engine, run_notebook

pytestmark = pytest.mark.skipif(not fork.can_fork(), reason="this system has no forks")


def write_notebook(folder: Path, *sources: str) -> Path:
    cells = [nbformat.v4.new_code_cell(source) for source in ("seed: int = 1", *sources)]
    cells[0].metadata = {"tags": ["parameters"]}
    book = nbformat.v4.new_notebook(cells=cells)
    book.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
    }
    path = folder / "small.ipynb"
    nbformat.write(book, path)
    return path


def show(path: Path, **limits: int) -> list[str]:
    """Return what the last cell of a notebook prints, in a fork."""
    return str(run_notebook(path, {}, "fork", Limits(**limits)).cells[-1].outputs[0].text).split()


def test_a_fork_and_a_kernel_give_equal_copies_of_every_kind_of_output(tmp_path: Path) -> None:
    path = write_notebook(
        tmp_path,
        "import sys\nprint('out')\nprint('错', file=sys.stderr)\nprint('10 %\\r100 %')\nseed",
        "from IPython.display import HTML, clear_output, display, update_display\n"
        "print('gone')\nclear_output()\ndisplay(HTML('<b>1</b>'), display_id='a')\n"
        "update_display(HTML('<b>2</b>'), display_id='a')\nclear_output(wait=True)",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
        "import asyncio\nawait asyncio.sleep(0)\n!echo command\n%pwd",
        "class Shown:\n def __repr__(self): return 'x'\n def _repr_html_(self): return '<i>x</i>'\n"
        " def _repr_mimebundle_(self, **_): return {'application/json': [1]}\nShown()",
        "print(__name__, 'seed' in globals(), In[1], Out.keys())",
    )
    forked, kernel = (run_notebook(path, {"seed": 7}, engine) for engine in ("fork", "kernel"))

    for one, other in zip(forked.cells, kernel.cells, strict=True):
        assert one == other, one.source
    assert forked == kernel
    kinds = [output.output_type for cell in forked.cells[1:4] for output in cell.outputs]
    assert kinds == ["stream", "stream", "execute_result", "display_data", "display_data"]


def test_a_fork_and_a_kernel_tell_a_failing_cell_in_the_same_words(tmp_path: Path) -> None:
    path = write_notebook(tmp_path, "def fail():\n    raise ValueError('<no>')", "print(1)\nfail()")
    stops = []
    for engine in ("fork", "kernel"):
        with pytest.raises(NotebookStopped) as stopped:
            run_notebook(path, {}, engine)
        stops.append(stopped.value)

    assert str(stops[0]) == "small.ipynb, cell 3: ValueError: <no>"
    assert vars(stops[0]) == vars(stops[1])


def test_nothing_of_one_notebook_reaches_the_next(tmp_path: Path) -> None:
    look = (
        "import os, random, sys\nimport matplotlib as mpl, numpy as np, pandas as pd\n"
        "print(mpl.rcParams['lines.linewidth'], 'LEAK' in os.environ, 'leak' in globals(),\n"
        " pd.get_option('display.max_rows'), '/leak' in sys.path, os.getcwd(),\n"
        " hasattr(np, 'leak'), 'leak' in dir(__builtins__), os.getpid(), random.random(),\n"
        " np.random.rand(), sep='\\n')"
    )
    spoil = (
        "import os, sys, builtins\nimport matplotlib as mpl, numpy as np, pandas as pd\n"
        "mpl.rcParams['lines.linewidth'] = 9\nos.environ['LEAK'] = leak = '1'\n"
        "pd.set_option('display.max_rows', 3)\nsys.path.insert(0, '/leak')\n"
        "np.leak = builtins.leak = 1\nos.chdir('/')\nprint('spoilt')"
    )
    clean = show(write_notebook(tmp_path, look))
    assert show(write_notebook(tmp_path, spoil, look))[:6] == [
        *("9.0", "True", "True", "3", "True", "/")
    ]
    again = show(write_notebook(tmp_path, look))

    assert again[:8] == clean[:8]
    assert again[:6] == ["1.5", "False", "False", "60", "False", str(Path.cwd())]
    assert not set(again[8:]) & set(clean[8:])


def test_the_environment_is_that_of_the_caller_as_it_is_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_notebook(tmp_path, "import os\nprint(os.environ.get('PIASKIT_TRIED'))")
    assert show(path) == ["None"]
    monkeypatch.setenv("PIASKIT_TRIED", "yes")

    assert show(path) == ["yes"]
    assert len(fork._PARENTS) == 1


def test_the_parent_that_forks_has_no_thread_of_python(tmp_path: Path) -> None:
    path = write_notebook(
        tmp_path,
        "import sys, threading\nfrom piaskit.runs.warm import is_warm\n"
        "print(threading.active_count(), 'duckdb' in sys.modules, is_warm())\n"
        "from piaskit.rules import guard\n"
        "print(len(guard._ACCEPTED) > 100)",
    )
    assert show(path) == ["1", "True", "True", "True"]


def test_a_cell_that_takes_too_long_or_too_much_or_dies_is_told(tmp_path: Path) -> None:
    said = []
    for source, limits in (
        ("import time\ntime.sleep(60)", Limits(seconds=1)),
        ("small = bytearray(1 << 20)\nlarge = bytearray(1 << 30)", Limits(memory=300)),
        ("import os\nos.kill(os.getpid(), 9)", Limits()),
    ):
        with pytest.raises(NotebookStopped) as stopped:
            run_notebook(write_notebook(tmp_path, source), {}, "fork", limits)
        said.append(str(stopped.value))

    assert said == [
        "small.ipynb: CellTimeoutError: a cell took more than 1 s",
        "small.ipynb, cell 2: MemoryError: ",
        "small.ipynb: DeadKernelError: the process that ran the cells ended",
    ]
    assert not list(fork._RUNNING)


def test_a_process_without_standard_streams_forks_like_any_other() -> None:
    code = (
        "from piaskit.runs import beside, warm; warm.own_process(); warm._warm = True\n"
        "from piaskit.knowledge import load_knowledge; load_knowledge().read_all()\n"
        "assert beside.spread(abs, [3, -2]) == [3, 2]"
    )
    done = subprocess.run(
        ["sh", "-c", '"$0" -c "$1" <&-', sys.executable, code], capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_a_process_whose_starter_ignores_how_children_end_knows_it() -> None:
    code = (
        "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "from piaskit.runs import process, warm; warm.own_process()\n"
        "assert process.start_apart(lambda: 7)() == 7"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")


LINUX = pytest.mark.skipif(sys.platform != "linux", reason="forks end by themselves, but later")
OWNED = "from piaskit.runs import fork, warm; warm.own_process(); fork.prepare_forks()\n"


@pytest.mark.parametrize("first", ["", pytest.param(OWNED, marks=LINUX)], ids=["", "owned"])
def test_forks_end_with_the_process_that_wanted_them(first: str, tmp_path: Path) -> None:
    source = f"import os, time\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\n"
    path = write_notebook(tmp_path, source + "time.sleep(600)")
    code = (
        f"{first}import sys; from pathlib import Path\n"
        "from piaskit.runs.notebooks import run_notebook\n"
        "run_notebook(Path(sys.argv[1]), {}, 'fork')"
    )
    env = {**os.environ, "TMPDIR": str(tmp_path)}  # nobody removes what is left there
    with subprocess.Popen([sys.executable, "-c", code, str(path)], env=env) as caller:
        while not (tmp_path / "pid").is_file() or not (tmp_path / "pid").read_text():
            assert caller.poll() is None
            time.sleep(0.05)
        caller.send_signal(signal.SIGKILL)

    process = int((tmp_path / "pid").read_text())
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("the fork goes on")


def test_without_forks_a_kernel_runs_the_notebooks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_engine() == "fork"
    monkeypatch.delattr(fork.socket, "send_fds")

    assert choose_engine() == "kernel"
    with pytest.raises(InvalidData, match="expected one or more of kernel"):
        choose_engine("fork")
    assert notebooks.ENGINES == ("fork", "kernel")


def test_papermill_knows_the_engine_by_its_name() -> None:
    from papermill.engines import papermill_engines

    assert papermill_engines.get_engine("piaskit-fork") is client.ForkEngine


def test_papermill_s_own_command_runs_a_notebook_with_the_engine(tmp_path: Path) -> None:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print(6 * 7)")])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    nbformat.write(book, tmp_path / "in.ipynb")

    words = [sys.executable, "-m", "papermill", "--engine", "piaskit-fork", "in.ipynb", "out.ipynb"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr[-500:]
    made = nbformat.read(tmp_path / "out.ipynb", 4)
    assert made.cells[-1].outputs[0].text == "42\n"
