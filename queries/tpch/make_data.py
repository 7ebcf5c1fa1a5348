"""The eight tables of TPC-H, made up from a seed: its columns, keys, domains and the rules between them.

It is not dbgen: texts are drawn from fewer words, and numbers by NumPy. What the queries look at has the shares that
the specification (TPC-H 3.0, section 4.2) gives it. Numbers are int64 and float64, dates datetime64[us], texts
`object`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

SEED = 22
Tables = dict[str, pd.DataFrame]
Array = np.ndarray[Any, Any]

_NATIONS = (
    ("ALGERIA", 0), ("ARGENTINA", 1), ("BRAZIL", 1), ("CANADA", 1), ("EGYPT", 4), ("ETHIOPIA", 0), ("FRANCE", 3),
    ("GERMANY", 3), ("INDIA", 2), ("INDONESIA", 2), ("IRAN", 4), ("IRAQ", 4), ("JAPAN", 2), ("JORDAN", 4),
    ("KENYA", 0), ("MOROCCO", 0), ("MOZAMBIQUE", 0), ("PERU", 1), ("CHINA", 2), ("ROMANIA", 3),
    ("SAUDI ARABIA", 4), ("VIETNAM", 2), ("RUSSIA", 3), ("UNITED KINGDOM", 3), ("UNITED STATES", 1),
)  # fmt: skip
_REGIONS = ("AFRICA", "AMERICA", "ASIA", "EUROPE", "MIDDLE EAST")
_COLOURS = [
    "almond",
    "antique",
    "aquamarine",
    "azure",
    "beige",
    "bisque",
    "black",
    "blanched",
    "blue",
    "blush",
    "brown",
    "burlywood",
    "chartreuse",
    "chiffon",
    "coral",
    "cornflower",
    "cream",
    "cyan",
    "dark",
    "deep",
    "dim",
    "dodger",
    "drab",
    "firebrick",
    "floral",
    "forest",
    "frosted",
    "ghost",
    "goldenrod",
    "green",
    "grey",
    "honeydew",
    "hot",
    "indian",
    "ivory",
    "khaki",
    "lace",
    "lavender",
    "lawn",
    "lemon",
    "light",
    "lime",
    "linen",
    "magenta",
    "maroon",
    "medium",
    "metallic",
    "midnight",
    "mint",
    "misty",
]
_TYPES = (
    ("STANDARD", "SMALL", "MEDIUM", "LARGE", "ECONOMY", "PROMO"),
    ("ANODIZED", "BURNISHED", "PLATED", "POLISHED", "BRUSHED"),
    ("TIN", "NICKEL", "BRASS", "STEEL", "COPPER"),
)
_CONTAINERS = (("SM", "LG", "MED", "JUMBO", "WRAP"), ("CASE", "BOX", "BAG", "JAR", "PKG", "PACK", "CAN", "DRUM"))
_SEGMENTS = ("AUTOMOBILE", "BUILDING", "FURNITURE", "MACHINERY", "HOUSEHOLD")
_PRIORITIES = ("1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED", "5-LOW")
_INSTRUCTIONS = ("DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN")
_MODES = ("REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB")
_WORDS = [
    "furiously",
    "quickly",
    "carefully",
    "blithely",
    "slyly",
    "ironic",
    "final",
    "bold",
    "regular",
    "even",
    "express",
    "silent",
    "pending",
    "deposits",
    "accounts",
    "packages",
    "theodolites",
    "instructions",
    "foxes",
    "pinto",
    "beans",
    "ideas",
    "sleep",
    "wake",
    "haggle",
    "nag",
    "along",
    "above",
    "against",
    "among",
    "the",
]
_COMMENTS = 5_000  # different ones
_FIRST, _LAST = np.datetime64("1992-01-01"), np.datetime64("1998-08-02")
_CURRENT = np.datetime64("1995-06-17")
_DAY = np.timedelta64(1, "D")


def make_tables(scale: float, seed: int = SEED) -> Tables:
    """The tables at a scale factor: about 6,000,000 line items at 1."""
    random = np.random.default_rng(seed)
    parts, suppliers = max(int(200_000 * scale), 20), max(int(10_000 * scale), 10)
    customers, orders = max(int(150_000 * scale), 15), max(int(1_500_000 * scale), 150)
    made = {
        "region": _region(random),
        "nation": _nation(random),
        "part": _part(random, parts),
        "supplier": _supplier(random, suppliers),
        "partsupp": _partsupp(random, parts, suppliers),
        "customer": _customer(random, customers),
    }
    made["lineitem"], made["orders"] = _sales(random, orders, customers, parts, suppliers)
    return made


def _region(random: np.random.Generator) -> pd.DataFrame:
    return _frame({"r_regionkey": np.arange(5), "r_name": _texts(_REGIONS), "r_comment": _comments(random, 5)})


def _nation(random: np.random.Generator) -> pd.DataFrame:
    names, regions = zip(*_NATIONS, strict=True)
    return _frame(
        {
            "n_nationkey": np.arange(len(names)),
            "n_name": _texts(names),
            "n_regionkey": np.array(regions, dtype=np.int64),
            "n_comment": _comments(random, len(names)),
        }
    )


def _part(random: np.random.Generator, rows: int) -> pd.DataFrame:
    key = np.arange(1, rows + 1)
    maker = random.integers(1, 6, rows)
    colours = random.permuted(np.tile(np.arange(len(_COLOURS)), (rows, 1)), axis=1)[:, :5]
    return _frame(
        {
            "p_partkey": key,
            "p_name": _texts([" ".join(_COLOURS[one] for one in row) for row in colours]),
            "p_mfgr": _texts([f"Manufacturer#{one}" for one in maker]),
            "p_brand": _texts(
                [f"Brand#{one}{two}" for one, two in zip(maker, random.integers(1, 6, rows), strict=True)]
            ),
            "p_type": _drawn(random, [f"{a} {b} {c}" for a in _TYPES[0] for b in _TYPES[1] for c in _TYPES[2]], rows),
            "p_size": random.integers(1, 51, rows),
            "p_container": _drawn(random, [f"{a} {b}" for a in _CONTAINERS[0] for b in _CONTAINERS[1]], rows),
            "p_retailprice": _price(key),
            "p_comment": _comments(random, rows),
        }
    )


def _price(part: Array) -> Array:
    found: Array = (90_000 + (part // 10) % 20_001 + 100 * (part % 1_000)) / 100
    return found


def _supplier(random: np.random.Generator, rows: int) -> pd.DataFrame:
    key, nation = np.arange(1, rows + 1), random.integers(0, 25, rows)
    comment = _comments(random, rows)
    complaining = random.permutation(rows)[: max(rows // 2_000, 1)]
    comment[complaining] = [f"{comment[one]} Customer {comment[one - 1]} Complaints" for one in complaining]
    return _frame(
        {
            "s_suppkey": key,
            "s_name": _texts([f"Supplier#{one:09}" for one in key]),
            "s_address": _texts([f"{one * 7919 % 100_003} harbour road" for one in key]),
            "s_nationkey": nation,
            "s_phone": _phones(random, nation),
            "s_acctbal": _cents(random, -99_999, 999_999, rows),
            "s_comment": comment,
        }
    )


def _partsupp(random: np.random.Generator, parts: int, suppliers: int) -> pd.DataFrame:
    key, number = np.repeat(np.arange(1, parts + 1), 4), np.tile(np.arange(4), parts)
    return _frame(
        {
            "ps_partkey": key,
            "ps_suppkey": _supplier_of(key, number, suppliers),
            "ps_availqty": random.integers(1, 10_000, 4 * parts),
            "ps_supplycost": _cents(random, 100, 100_000, 4 * parts),
            "ps_comment": _comments(random, 4 * parts),
        }
    )


def _supplier_of(part: Array, number: Array, suppliers: int) -> Array:
    """One of the four suppliers of a part."""
    found: Array = (part + number * (suppliers // 4 + (part - 1) // suppliers)) % suppliers + 1
    return found


def _customer(random: np.random.Generator, rows: int) -> pd.DataFrame:
    key, nation = np.arange(1, rows + 1), random.integers(0, 25, rows)
    return _frame(
        {
            "c_custkey": key,
            "c_name": _texts([f"Customer#{one:09}" for one in key]),
            "c_address": _texts([f"{one * 7907 % 100_003} mill lane" for one in key]),
            "c_nationkey": nation,
            "c_phone": _phones(random, nation),
            "c_acctbal": _cents(random, -99_999, 999_999, rows),
            "c_mktsegment": _drawn(random, _SEGMENTS, rows),
            "c_comment": _comments(random, rows),
        }
    )


def _sales(
    random: np.random.Generator, orders: int, customers: int, parts: int, suppliers: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Line items and orders, of which each knows something of the other. A third of the customers never orders."""
    number = np.arange(orders)
    key, date = (
        number // 8 * 32 + number % 8 + 1,
        _FIRST + random.integers(0, (_LAST - _FIRST) // _DAY + 1, orders) * _DAY,
    )
    count = random.integers(1, 8, orders)
    of = np.repeat(number, count)
    lines = _lineitem(
        random, key[of], date[of], np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count), parts, suppliers
    )
    paid = lines["l_extendedprice"] * (1 + lines["l_tax"]) * (1 - lines["l_discount"])
    is_open = np.bincount(of, lines["l_linestatus"].to_numpy() == "O", orders)
    return lines, _frame(
        {
            "o_orderkey": key,
            "o_custkey": random.integers(0, customers // 3, orders) * 3 + random.integers(1, 3, orders),
            "o_orderstatus": _chosen(("P", "F", "O"), np.where(is_open == 0, 1, np.where(is_open == count, 2, 0))),
            "o_totalprice": np.round(np.bincount(of, paid, orders), 2),
            "o_orderdate": date.astype("datetime64[us]"),
            "o_orderpriority": _drawn(random, _PRIORITIES, orders),
            "o_clerk": _drawn(random, [f"Clerk#{one:09}" for one in range(1, max(orders // 1_500, 1) + 1)], orders),
            "o_shippriority": np.zeros(orders, dtype=np.int64),
            "o_comment": _order_comments(random, orders),
        }
    )


def _lineitem(
    random: np.random.Generator, order: Array, ordered: Array, number: Array, parts: int, suppliers: int
) -> pd.DataFrame:
    rows = len(order)
    part, quantity = random.integers(1, parts + 1, rows), random.integers(1, 51, rows)
    shipped = ordered + random.integers(1, 122, rows) * _DAY
    received = shipped + random.integers(1, 31, rows) * _DAY
    returned = np.where(received <= _CURRENT, random.integers(0, 2, rows), 2)
    return _frame(
        {
            "l_orderkey": order,
            "l_partkey": part,
            "l_suppkey": _supplier_of(part, random.integers(0, 4, rows), suppliers),
            "l_linenumber": number + 1,
            "l_quantity": quantity.astype(np.float64),
            "l_extendedprice": np.round(quantity * _price(part), 2),
            "l_discount": random.integers(0, 11, rows) / 100,
            "l_tax": random.integers(0, 9, rows) / 100,
            "l_returnflag": _chosen(("R", "A", "N"), returned),
            "l_linestatus": _chosen(("F", "O"), (shipped > _CURRENT).astype(np.int64)),
            "l_shipdate": shipped.astype("datetime64[us]"),
            "l_commitdate": (ordered + random.integers(30, 91, rows) * _DAY).astype("datetime64[us]"),
            "l_receiptdate": received.astype("datetime64[us]"),
            "l_shipinstruct": _drawn(random, _INSTRUCTIONS, rows),
            "l_shipmode": _drawn(random, _MODES, rows),
            "l_comment": _comments(random, rows),
        }
    )


# ---- columns ---------------------------------------------------------------------------------------------------------


def _frame(columns: dict[str, Array]) -> pd.DataFrame:
    """A frame whose texts are `object`."""
    return pd.DataFrame({name: pd.Series(values, dtype=values.dtype) for name, values in columns.items()})


def _texts(values: Any) -> Array:
    return np.array(values, dtype=object)


def _chosen(values: Any, at: Array) -> Array:
    found: Array = _texts(values)[at]
    return found


def _drawn(random: np.random.Generator, values: Any, rows: int) -> Array:
    return _chosen(values, random.integers(0, len(values), rows))


def _cents(random: np.random.Generator, least: int, most: int, rows: int) -> Array:
    found: Array = random.integers(least, most + 1, rows) / 100
    return found


def _phones(random: np.random.Generator, nation: Array) -> Array:
    parts = random.integers([100, 100, 1000], [1000, 1000, 10_000], (len(nation), 3))
    return _texts([f"{of + 10}-{a}-{b}-{c}" for of, (a, b, c) in zip(nation, parts, strict=True)])


def _comments(random: np.random.Generator, rows: int) -> Array:
    words = random.integers(0, len(_WORDS), (_COMMENTS, 6))
    return _drawn(random, [" ".join(_WORDS[one] for one in row) for row in words], rows)


def _order_comments(random: np.random.Generator, rows: int) -> Array:
    """Some of them, as in the specification, have `special` before `requests`."""
    found = _comments(random, rows)
    for place in np.flatnonzero(random.random(rows) < 0.01):
        found[place] = f"{found[place]} special {found[place - 1]} requests"
    return found
