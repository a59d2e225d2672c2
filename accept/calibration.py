"""How the constants of the calibration pack were fitted, so that it can be done again.

Run: ``python -m accept.calibration FOLDER``, the folder with the tables ``records_*.csv`` computed
from the VERIS Community Database; it prints the ``magnitudes`` of the pack.

An event hits max(1, L) persons, L lognormal. ln of each quantile above 1 is regressed on the normal
score of its probability, each weighted by the inverse of the variance of a sample quantile,
q (1 - q) / phi(z)^2. The tables give 5, 25, 50, 75, 90 and 95 %; 99 % rests on too few events.
"""

from __future__ import annotations

import csv
import math
import sys
from pathlib import Path
from statistics import NormalDist

LEVELS = {"q5": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q90": 0.9, "q95": 0.95}
REACHED = {"p_ge_1k": 1e3, "p_ge_10k": 1e4, "p_ge_100k": 1e5, "p_ge_1m": 1e6, "p_ge_10m": 1e7}
COMPARABLE = "records_orglike_by_cls.csv"  # retail, wholesale, manufacturing, information
SOURCES = {
    "web-application": (COMPARABLE, "web_app_attack"),
    "hacking": (COMPARABLE, "hacking_other"),
    "insider": (COMPARABLE, "insider_or_partner_misuse"),
    "theft": (COMPARABLE, "theft_of_device_or_paper"),
    "publishing": (COMPARABLE, "publishing_or_misconfig"),
    "partner": ("records_by_actor.csv", "partner"),
    "ransomware": ("records_by_cls.csv", "ransomware"),
    "lost-media": ("records_by_cls.csv", "lost_media"),
    "misdelivery": ("records_by_cls.csv", "misdelivery"),
    "phishing": ("records_by_cls.csv", "phishing_social"),
    "stolen-credentials": ("records_by_cls.csv", "stolen_credentials"),
    "disposal": ("records_by_cls.csv", "disposal_error"),
    "error": ("records_by_cls.csv", "error_other"),
}
NORMAL = NormalDist()


def fit_magnitudes(folder: Path) -> dict[str, dict[str, float]]:
    """Fit every magnitude: n, ln_mu, ln_sigma, and the largest gap between fit and data."""
    return {name: fit_row(find_row(folder, *source)) for name, source in SOURCES.items()}


def find_row(folder: Path, file: str, group: str) -> dict[str, str]:
    with (folder / file).open(encoding="utf-8", newline="") as stream:
        return next(row for row in csv.DictReader(stream) if row["group"] == group)


def fit_row(row: dict[str, str]) -> dict[str, float]:
    points = [
        (NORMAL.inv_cdf(p), math.log(float(row[name])), NORMAL.pdf(NORMAL.inv_cdf(p)) ** 2, p)
        for name, p in LEVELS.items()
        if float(row[name]) > 1
    ]
    weights = [density / (p * (1 - p)) for _, _, density, p in points]
    whole = sum(weights)
    z = sum(w * x for w, (x, *_) in zip(weights, points, strict=True)) / whole
    y = sum(w * v for w, (_, v, *_) in zip(weights, points, strict=True)) / whole
    spread = sum(w * (x - z) ** 2 for w, (x, *_) in zip(weights, points, strict=True))
    both = sum(w * (x - z) * (v - y) for w, (x, v, *_) in zip(weights, points, strict=True))
    sigma = both / spread
    mu = y - sigma * z
    gap = max(
        abs(float(row[name]) - (1 - NORMAL.cdf((math.log(level) - mu) / sigma)))
        for name, level in REACHED.items()
    )
    return {
        "n": int(row["n"]),
        "ln_mu": round(mu, 3),
        "ln_sigma": round(sigma, 3),
        "gap": round(gap, 3),
    }


if __name__ == "__main__":
    for name, fitted in fit_magnitudes(Path(sys.argv[1])).items():
        print(f"{name}: " + ", ".join(f"{key}: {value}" for key, value in fitted.items()))
