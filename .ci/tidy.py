"""Rules no other tool checks: what a notebook and a committed file must not hold."""

import json
import re
import subprocess
import sys
from pathlib import Path

# Spelt with brackets so that this file does not find itself.
FORBIDDEN = {
    r"(^|[^\w.])/(work|root|farm|home/[\w]+)/": "a path of one machine",
    r'(["\']resolved["\']|url) *[:=] *["\']?https?:': "a download address",
    r"index[-]url": "a package index",
    r"^(<{7}|>{7}) ": "a merge conflict",
}


def check_notebook(path: Path) -> list[str]:
    cells = json.loads(path.read_text("utf-8"))["cells"]
    parameters = sum("parameters" in cell["metadata"].get("tags", ()) for cell in cells)
    problems = [] if parameters == 1 else [f"{parameters} cells tagged parameters, want 1"]
    for number, cell in enumerate(cells, 1):
        if cell.get("outputs") or cell.get("execution_count"):
            problems.append(f"cell {number} carries an output or a count")
    return [f"{path}: {problem}" for problem in problems]


def check_text(path: Path) -> list[str]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except UnicodeDecodeError:
        return []
    return [
        f"{path}:{number}: {what}"
        for number, line in enumerate(lines, 1)
        for pattern, what in FORBIDDEN.items()
        if re.search(pattern, line)
    ]


def main() -> int:
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=True, text=True)
    files = [Path(name) for name in listed.stdout.split("\0") if name and Path(name).is_file()]
    problems = [line for path in files for line in check_text(path)]
    problems += [line for path in files if path.suffix == ".ipynb" for line in check_notebook(path)]
    print("\n".join(problems) or f"tidy: {len(files)} files")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
