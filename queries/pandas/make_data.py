"""House prices made up from a seed, as two files: `houses.csv` and `towns.csv`.

python queries/pandas/make_data.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

ROWS = 4_000
TOWNS = ("Oslo", "Bergen", "Voss", "Bodø", "Moss", "Hamar", "Narvik", "Molde")


def write_houses(folder: Path, rows: int = ROWS, seed: int = 7) -> None:
    """Write both files into a folder. Quality is missing for some houses, the town of none."""
    random = np.random.default_rng(seed)
    towns = _towns(random)
    houses = _houses(random, towns, rows)
    towns.to_csv(folder / "towns.csv", index=False)
    houses.to_csv(folder / "houses.csv", index=False)


def _towns(random: np.random.Generator) -> pd.DataFrame:
    people = random.integers(8_000, 700_000, len(TOWNS))
    return pd.DataFrame({"town": TOWNS, "people": people, "income": random.normal(420, 60, len(TOWNS)).round(1)})


def _houses(random: np.random.Generator, towns: pd.DataFrame, rows: int) -> pd.DataFrame:
    area = random.gamma(6.0, 18.0, rows).round(1)
    quality = random.integers(1, 11, rows).astype(float)
    town = random.integers(0, len(TOWNS), rows)
    built = random.integers(1900, 2024, rows)
    distance = random.exponential(9.0, rows).round(2)
    noise = random.normal(0, 0.16, rows)
    worth = 11.2 + 0.006 * area + 0.05 * quality + 0.002 * (built - 1960) - 0.015 * np.minimum(distance, 30)
    price = np.exp(worth + 0.001 * towns["income"].to_numpy()[town] + noise).round(-2)
    quality[random.random(rows) < 0.08] = np.nan
    return pd.DataFrame(
        {
            "id": np.arange(1, rows + 1),
            "town": np.array(TOWNS, dtype=object)[town],
            "kind": random.choice(["flat", "house", "cabin"], rows, p=[0.5, 0.4, 0.1]),
            "area": area,
            "rooms": np.maximum(1, (area / 22 + random.normal(0, 0.8, rows)).round()).astype(int),
            "built": built,
            "quality": quality,
            "distance": distance,
            "price": price,
        }
    )


if __name__ == "__main__":
    write_houses(Path(sys.argv[1]))
