"""Loss distributions beside other ways to get them: CPU seconds and ratios, each in processes.

Run: ``python -m benchmarks.losses [--risks 100] [--years 100000] [--peers PYTHON]``.
``--peers`` is a Python that has pyfair, aggregate or riskquant; this one is asked by default, and
what is not installed is left out. riskquant's way is always written out here as well: Poisson
numbers of events for all years, all sizes in one draw by scipy's or numpy's generator, and a loop
over the years that adds up slices; its exceedance curve draws all years anew for each of 99
percentiles. Floors: exact at least 40x one such simulation, 1,000x its curve call, 4x aggregate;
sampling at least 15x and 2.5x pyfair (40x and 6x compiled), at most 2.2x drawing the same numbers.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
RISKS = """
import json, math, sys, time
import numpy as np
risks, years = int(sys.argv[1]), int(sys.argv[2])
chance = np.random.default_rng(7)
rates = chance.uniform(0.05, 3.75, risks)
lows = chance.uniform(50, 500, risks)
highs = lows * chance.uniform(20, 400, risks)
Z = 1.6448536269514722
mus = (np.log(lows) + np.log(highs)) / 2
sigmas = (np.log(highs) - np.log(lows)) / (2 * Z)
def tell(start, **more):
    print(json.dumps({"seconds": time.process_time() - start, **more}))
"""
OURS = """
from piaskit.loss.curve import add_curves
from piaskit.loss.magnitude import Lognormal
from piaskit.loss.rate import FixedRate
from piaskit.loss.sample import CHUNK, Model, sample_years
from piaskit.loss.sources import Source
from piaskit.response import open_stream
def make(n):
    size = Lognormal(float(mus[n]), float(sigmas[n]), 1.0, 1e7)
    return Source(f"r{n}", FixedRate(float(rates[n])), size, 1e7)
sources = tuple(map(make, range(risks)))
"""
WAYS = {
    "exact": OURS + """
sources[0].compute()
start = time.process_time()
curves = [source.compute() for source in sources]
tell(start, mean=sum(curve.mean for curve in curves))
""",
    "exact portfolio": OURS + """
curves = [source.compute() for source in sources]
start = time.process_time()
whole = add_curves(curves, most=1e8)
tell(start, mean=whole.mean)
""",
    "numpy": OURS + """
model = Model(sources, 1e8)
sample_years(model, seed=1, years=1000)
start = time.process_time()
found = sample_years(model, seed=1, years=years)
tell(start, mean=found["persons"].portfolio.mean)
""",
    "numba": OURS + """
model = Model(sources, 1e8)
sample_years(model, seed=1, years=1000, fast=True)
start = time.process_time()
found = sample_years(model, seed=1, years=years, fast=True)
tell(start, mean=found["persons"].portfolio.mean)
""",
    "same draws": OURS + """
start = time.process_time()
for n in range(risks):
    for first in range(0, years, CHUNK):
        size = min(CHUNK, years - first)
        stream = open_stream(1, "loss", f"r{n}", str(first))
        total = stream.poisson(rates[n] * size)
        stream.integers(0, size, total)
        drawn = stream.standard_normal(total)
        np.exp(mus[n] + sigmas[n] * drawn)
tell(start)
""",
    "plain draws": """
start = time.process_time()
stream = np.random.Generator(np.random.SFC64(1))
for n in range(risks):
    total = int(stream.poisson(rates[n], years).sum())
    stream.lognormal(mus[n], sigmas[n], total)
tell(start)
""",
    "riskquant's way": """
try:
    from scipy.stats import lognorm, poisson
except ModuleNotFoundError:
    lognorm = None
start = time.process_time()
whole = np.zeros(years)
for n in range(risks):
    if lognorm is None:
        numbers = np.random.poisson(rates[n], years)
        sizes = np.random.lognormal(mus[n], sigmas[n], numbers.sum())
    else:
        numbers = poisson(rates[n]).rvs(size=years)
        sizes = lognorm(sigmas[n], scale=math.exp(mus[n])).rvs(size=sum(numbers))
    used, losses = 0, [0.0] * years
    for year in range(years):
        many = numbers[year]
        losses[year] = sum(sizes[used:used + many])
        used += many
    whole += np.array(losses)
tell(start, mean=float(whole.mean()))
""",
    "riskquant": """
from riskquant.simpleloss import SimpleLoss
from riskquant.multiloss import MultiLoss
losses = [SimpleLoss(f"r{n}", "", rates[n], lows[n], highs[n]) for n in range(risks)]
start = time.process_time()
whole = MultiLoss(losses).simulate_years(years)
tell(start, mean=float(np.mean(whole)))
""",
    "pyfair": """
from pyfair import FairModel
start = time.process_time()
whole = np.zeros(years)
for n in range(risks):
    model = FairModel(name=f"r{n}", n_simulations=years, random_seed=n)
    often, low, high = float(rates[n]), float(lows[n]), float(highs[n])
    model.input_data("Loss Event Frequency", low=0.0, mode=often, high=3 * often)
    model.input_data("Loss Magnitude", low=low, mode=math.exp(mus[n]), high=high)
    model.calculate_all()
    whole += model.export_results()["Risk"].to_numpy()
tell(start, mean=float(whole.mean()))
""",
    "aggregate": """
from aggregate import build
start = time.process_time()
for n in range(risks):
    cv = math.sqrt(math.expm1(sigmas[n] ** 2))
    size = math.exp(mus[n] + sigmas[n] ** 2 / 2)
    build(f"agg R{n} {rates[n]} claims sev lognorm {size} cv {cv} poisson")
tell(start)
""",
}  # fmt: skip
RUNS = 3
PEERS = ("riskquant's way", "riskquant", "pyfair", "aggregate")


def measure_way(name: str, risks: int, years: int, python: str) -> dict[str, float] | None:
    """Run one way in a process of its own; None where a package is missing."""
    threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
    own = {} if name in PEERS else {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [python, "-W", "ignore", "-c", RISKS + WAYS[name], str(risks), str(years)],
        capture_output=True, text=True, check=False, env={**os.environ, **threads, **own},
    )  # fmt: skip
    if done.returncode:
        if "ModuleNotFoundError" in done.stderr:
            return None
        raise RuntimeError(f"{name}: {done.stderr.strip().splitlines()[-1]}")
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def measure_all(risks: int, years: int, peers: str = sys.executable) -> dict[str, float]:
    """Return CPU seconds by way, those that are installed: of each the least of a few runs.

    Other work on the machine only ever makes a run slower.
    """
    found: dict[str, float] = {}
    for name in WAYS:
        python = peers if name in PEERS else sys.executable
        for _ in range(RUNS):
            try:
                told = measure_way(name, risks, years, python)
            except RuntimeError as error:
                print(f"{error}", file=sys.stderr)
                break
            if told is None:
                break
            found[name] = min(told["seconds"], found.get(name, told["seconds"]))
    return found


def list_ratios(seconds: dict[str, float]) -> list[tuple[str, float, float, bool]]:
    """List what is compared: text, ratio, floor, and whether more is better."""
    slow = seconds.get("riskquant", seconds["riskquant's way"])
    drawn = seconds["numpy"] / seconds["same draws"]
    rows = [
        ("exact against one simulation of riskquant's way", slow / seconds["exact"], 40, True),
        ("exact against its curve call (99 of them)", 99 * slow / seconds["exact"], 1000, True),
        ("sampling against riskquant's way", slow / seconds["numpy"], 15, True),
        ("sampling against drawing the same numbers", drawn, 2.2, False),
    ]
    if "aggregate" in seconds:
        rows.append(("exact against aggregate", seconds["aggregate"] / seconds["exact"], 4, True))
    if "pyfair" in seconds:
        rows.append(("sampling against pyfair", seconds["pyfair"] / seconds["numpy"], 2.5, True))
    if "numba" in seconds:
        rows.append(("compiled against riskquant's way", slow / seconds["numba"], 40, True))
        if "pyfair" in seconds:
            rows.append(("compiled against pyfair", seconds["pyfair"] / seconds["numba"], 6, True))
    return rows


def main() -> None:
    """Print CPU seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--risks", type=int, default=100)
    parser.add_argument("--years", type=int, default=100_000)
    parser.add_argument("--peers", default=sys.executable)
    asked = parser.parse_args()
    seconds = measure_all(asked.risks, asked.years, asked.peers)
    print(f"{asked.risks} risks x {asked.years:,} years, CPU seconds")
    for name in WAYS:
        told = f"{seconds[name]:9.3f}" if name in seconds else "not installed"
        print(f"  {name:18} {told}")
    for text, ratio, floor, more in list_ratios(seconds):
        holds = ratio >= floor if more else ratio <= floor
        sign = ">=" if more else "<="
        print(f"  {text}: {ratio:,.1f} ({sign} {floor:,}) {'holds' if holds else 'FAILS'}")


if __name__ == "__main__":
    main()
