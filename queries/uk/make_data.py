"""A table like the UK's register of prices paid for houses, made up from a seed.

    python queries/uk/make_data.py --rows 100000

Names, codes and numbers of different values are those of the register; its rows are not. DuckDB's `hash` draws every
value of a row from the row's number and the seed, so a table is the same on any number of threads, and the first rows
of a longer table are the shorter one.

A county is drawn by Zipf's law, then a district of it, then a town of that. The logarithm of a price is a sum: county,
district, town, type of house, new or old, lease, years since 1995, season, and noise with long tails.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import duckdb

DATABASE = Path(__file__).parent / "data" / "uk.duckdb"  # where `stratum.toml` looks for it
TABLE = "price_paid"
ROWS = 100_000
SEED = 1995

COUNTIES, DISTRICTS, TOWNS = 125, 450, 1_150
FIRST_DAY, DAYS = "1995-01-01", 8_216  # to 2017-06-29

# fmt: off
STARTS = (
    "ALD", "ASH", "AYLES", "BARN", "BECK", "BRAD", "BRIDGE", "BUR", "CAM", "CHAT", "CHEL", "CHES", "COL", "CRAW",
    "DAR", "DER", "DUN", "EAST", "EP", "FARN", "GAINS", "GLOSS", "GRANT", "HALES", "HAR", "HASL", "HERT", "HUNTING",
    "KEN", "KETTER", "KIDDER", "LANG", "LEI", "LUD", "MAID", "MAL", "MEL", "MID", "NEW", "NORTH", "NOTTING", "OLD",
    "OX", "PETER", "PORT", "RED", "RICH", "ROCH", "SAND", "SHEF", "SOUTH", "STAF", "STOCK", "SUT", "TAM", "TEW",
    "THET", "TUN", "WAL", "WEST", "WHIT", "WIN", "WOR", "YAR",
)
ENDS = (
    "BOROUGH", "BOURNE", "BRIDGE", "BURY", "BY", "CASTER", "CESTER", "COMBE", "DALE", "DEN", "FIELD", "FORD", "HAM",
    "HURST", "INGTON", "LEIGH", "LEY", "MERE", "MINSTER", "MOUTH", "POOL", "PORT", "SHAM", "STEAD", "STOKE", "STON",
    "THORPE", "TON", "WELL", "WICH", "WICK", "WOOD", "WORTH",
)
# fmt: on
KINDS = {
    "county": ("GREATER {}", "{}SHIRE", "WEST {}", "{}", "CITY OF {}"),
    "district": ("{}", "{}", "NORTH {}", "{} AND THE VALE", "CITY OF {}"),
    "town": ("{}", "{}", "{}", "{}-ON-SEA", "ST {}", "{} UPON AVON", "LITTLE {}"),
}


def place_names(kind: str, count: int) -> list[str]:
    """`count` different names, the same each time: every pair of a start and an end once, in a fixed mixed order."""
    pairs, forms = len(STARTS) * len(ENDS), KINDS[kind]
    step = 1_009 + 2 * sorted(KINDS).index(kind)  # has no factor in common with `pairs`, so no pair comes twice
    at = [number * step % pairs for number in range(count)]
    words = [STARTS[pair // len(ENDS)] + ENDS[pair % len(ENDS)] for pair in at]
    return [forms[number % len(forms)].format(word) for number, word in enumerate(words)]


def load_uk(connection: duckdb.DuckDBPyConnection, rows: int = ROWS, seed: int = SEED) -> dict[str, int]:
    """Create (or replace) `price_paid` in `connection`; returns its number of rows by name.

    Raises ValueError where `rows` is less than 1.
    """
    if rows < 1:
        raise ValueError(f"rows must be at least 1, not {rows}")
    names = {
        "counties": place_names("county", COUNTIES),
        "districts": place_names("district", DISTRICTS),
        "towns": place_names("town", TOWNS),
    }
    connection.execute(f'CREATE OR REPLACE TABLE "{TABLE}" AS {_query()}', {**names, "seed": seed, "rows": rows})
    return {TABLE: rows}


def _drawn(what: str, number: str) -> str:
    """SQL: 64 random bits for each `number`, others for each `what`.

    Hashed once more at the end: `hash(what, number)` would be `hash(number)` with some bits turned round, the same for
    all numbers, and so two draws for one row would go together.
    """
    return f"hash(xor(hash('{what}', $seed::BIGINT), hash({number}::BIGINT)))"


def _uniform(what: str, number: str = "number") -> str:
    """SQL: a number in [0, 1) for each `number`, another one for each `what`."""
    return f"({_drawn(what, number)} / pow(2, 64))"


def _bell(what: str, number: str = "number") -> str:
    """SQL: nearly normal, mean 0, deviation 1: the sum of four 16-bit words, which is exact."""
    words = " + ".join(f"(({_drawn(what, number)} >> {shift}) & 65535)::BIGINT" for shift in (0, 16, 32, 48))
    return f"(({words} - 131070) / 37837.2)"


def _above(what: str, count: int) -> str:
    """SQL: the place a smaller one belongs to: the first `count` have one each, the others favour low numbers."""
    return f"CASE WHEN number < {count} THEN number ELSE floor({count} * pow({_uniform(what)}, 2))::BIGINT END"


def _places() -> str:
    """SQL: a row for each town: its names, its part of the log price, and `low`, where its share of [0, 1) begins.

    Weights are whole numbers, so their running sum is exact.
    """
    return f"""
        county AS (
            SELECT number, ($counties::VARCHAR[])[number + 1] AS name, 0.40 * {_bell("county")} AS effect
            FROM range({COUNTIES}) AS r(number)
        ),
        district AS (
            SELECT number, ($districts::VARCHAR[])[number + 1] AS name, 0.20 * {_bell("district")} AS effect,
                   {_above("county of", COUNTIES)} AS county
            FROM range({DISTRICTS}) AS r(number)
        ),
        town AS (
            SELECT number, ($towns::VARCHAR[])[number + 1] AS name, 0.15 * {_bell("town")} AS effect,
                   {_above("district of", DISTRICTS)} AS district
            FROM range({TOWNS}) AS r(number)
        ),
        ranked AS (
            SELECT town.number, town.name AS town, district.name AS district, county.name AS county,
                   county.effect + district.effect + town.effect AS effect,
                   row_number() OVER (PARTITION BY district.number ORDER BY town.number) AS town_rank,
                   dense_rank() OVER (PARTITION BY county.number ORDER BY district.number) AS district_rank,
                   county.number + 1 AS county_rank
            FROM town JOIN district ON town.district = district.number JOIN county ON district.county = county.number
        ),
        weighed AS (
            SELECT *, floor(1e8 / county_rank / district_rank / town_rank)::BIGINT AS weight FROM ranked
        ),
        place AS (
            SELECT town, district, county, effect,
                   (sum(weight) OVER (ORDER BY number) - weight) / sum(weight) OVER () AS low
            FROM weighed
        )"""


def _sales() -> str:
    """SQL: a row for each sale, its place beside it, everything drawn but the price."""
    return f"""
        drawn AS (
            SELECT i, {_drawn("id", "i")} AS a, {_drawn("id, second half", "i")} AS b,
                   {_uniform("place", "i")} AS at,
                   floor({DAYS} * {_uniform("day", "i")})::INTEGER AS day,
                   {_uniform("type", "i")} AS of_type, {_uniform("new", "i")} AS of_new,
                   {_uniform("lease", "i")} AS of_lease, {_uniform("category", "i")} AS of_category,
                   {_bell("noise", "i")} AS noise, {_uniform("bargain", "i")} AS bargain
            FROM range($rows::BIGINT) AS r(i)
        ),
        sale AS (
            SELECT *, DATE '{FIRST_DAY}' + day AS sold,
                   CASE WHEN of_type < 0.305 THEN 'T' WHEN of_type < 0.58 THEN 'S' WHEN of_type < 0.81 THEN 'D'
                        WHEN of_type < 0.985 THEN 'F' ELSE 'O' END AS type,
                   CASE WHEN of_new < 0.10 THEN 'Y' ELSE 'N' END AS new
            FROM drawn ASOF JOIN place ON drawn.at >= place.low
        ),
        leased AS (
            SELECT *, CASE WHEN of_lease < 0.0004 THEN 'U'
                           WHEN of_lease < CASE type WHEN 'F' THEN 0.96 ELSE 0.08 END THEN 'L' ELSE 'F' END AS duration,
                   CASE WHEN of_category < CASE type WHEN 'O' THEN 0.9 ELSE 0.04 END THEN 'B' ELSE 'A' END AS category
            FROM sale
        )"""


# The logarithm of a price in pounds. One sale in 50 is far below its worth, or far above.
_LOG_PRICE = """
    11.3 + effect
    + CASE type WHEN 'D' THEN 0.55 WHEN 'S' THEN 0.15 WHEN 'T' THEN 0.0 WHEN 'F' THEN -0.05 ELSE 0.6 END
    + CASE new WHEN 'Y' THEN 0.12 ELSE 0.0 END
    + CASE duration WHEN 'L' THEN -0.15 ELSE 0.0 END
    + 0.055 * day / 365.25
    + 0.02 * sin((month(sold) - 4) * pi() / 6)
    + 0.30 * noise
    + CASE WHEN bargain < 0.01 THEN -1.5 WHEN bargain > 0.99 THEN 1.2 ELSE 0.0 END"""


def _query() -> str:
    return f"""
        WITH {_places().strip()}, {_sales().strip()}
        SELECT format('{{{{{{:08X}}-{{:04X}}-{{:04X}}-{{:04X}}-{{:012X}}}}}}', a >> 32, (a >> 16) & 65535, a & 65535,
                      b >> 48, b & 281474976710655) AS "Transaction unique identifier",
               greatest(100, round(exp({_LOG_PRICE}) / 50) * 50)::BIGINT AS "Price",
               strftime(sold, '%Y-%m-%d 00:00') AS "Date of Transfer",
               type AS "Property Type",
               new AS "Old/New",
               duration AS "Duration",
               town AS "Town/City",
               district AS "District",
               county AS "County",
               category AS "PPDCategory Type",
               'A' AS "Record Status - monthly file only"
        FROM leased
        ORDER BY i"""


def main(arguments: list[str] | None = None) -> int:
    """Write the table into a DuckDB file; 0 if it worked, 2 with one line on stderr if it could not be written."""
    parser = argparse.ArgumentParser(description="Write a made-up table of prices paid into a DuckDB file.")
    parser.add_argument("database", nargs="?", default=str(DATABASE), help="the file to write (default: %(default)s)")
    parser.add_argument("--rows", type=int, default=ROWS, help="sales (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="what everything is drawn from (default: %(default)s)")
    options = parser.parse_args(arguments)
    try:
        Path(options.database).parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(options.database) as connection:
            rows = load_uk(connection, options.rows, options.seed)
    except (OSError, ValueError, duckdb.Error) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for name, count in rows.items():
        print(f"{name:10} {count:>9,} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
