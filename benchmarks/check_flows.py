"""How long checking a large register takes: CPU seconds per form of file.

Run: ``python -m benchmarks.check_flows [--flows 100000] [--forms parquet,csv,xlsx]``.
Limits for 100,000 flows: 1 CPU second from Parquet, 3 from XLSX.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from accept.large import make_frames, write_case

PROBE = """
import sys, time
from datetime import date
from piaskit.case import check_case
start = time.process_time()
check = check_case(sys.argv[1], as_of=date(2026, 3, 1))
print(len(check.issues), check.counts["flows"], time.process_time() - start, time.process_time())
"""


def main() -> None:
    """Print one line per form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flows", type=int, default=100_000)
    parser.add_argument("--forms", default="parquet,csv,xlsx")
    asked = parser.parse_args()
    frames = make_frames(asked.flows, max(asked.flows // 200, 10))
    with tempfile.TemporaryDirectory() as spare:
        for form in asked.forms.split(","):
            folder = Path(spare) / form
            write_case(folder, frames, form)
            told = subprocess.run(
                [sys.executable, "-c", PROBE, str(folder)],
                check=True, capture_output=True, text=True,
            ).stdout.split()  # fmt: skip
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
            print(
                f"{form:8} {told[1]} flows, {told[0]} issues: {float(told[2]):.2f} CPU s"
                f" ({float(told[3]):.2f} with imports), peak so far {peak} MB"
            )


if __name__ == "__main__":
    main()
