"""The 22 queries as scripts of pandas: each takes the tables it reads, by name, and gives a frame or a number.

Frames of pandas and of the door are taken alike. Parameters are those of the specification's validation run.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

Frame = Any
Script = Callable[..., Any]


def q01(lineitem: Frame) -> Any:
    """Pricing summary."""
    shipped = lineitem[lineitem["l_shipdate"] <= pd.Timestamp("1998-09-02")].copy()
    shipped["disc_price"] = shipped["l_extendedprice"] * (1 - shipped["l_discount"])
    shipped["charge"] = shipped["disc_price"] * (1 + shipped["l_tax"])
    return shipped.groupby(["l_returnflag", "l_linestatus"], as_index=False).agg(
        sum_qty=("l_quantity", "sum"),
        sum_base_price=("l_extendedprice", "sum"),
        sum_disc_price=("disc_price", "sum"),
        sum_charge=("charge", "sum"),
        avg_qty=("l_quantity", "mean"),
        avg_price=("l_extendedprice", "mean"),
        avg_disc=("l_discount", "mean"),
        count_order=("l_quantity", "count"),
    )


def q02(part: Frame, supplier: Frame, partsupp: Frame, nation: Frame, region: Frame) -> Any:
    """The cheapest supplier of a part in a region."""
    offers = (
        part[(part["p_size"] == 15) & part["p_type"].str.endswith("BRASS")]
        .merge(partsupp, left_on="p_partkey", right_on="ps_partkey")
        .merge(supplier, left_on="ps_suppkey", right_on="s_suppkey")
        .merge(nation, left_on="s_nationkey", right_on="n_nationkey")
        .merge(region[region["r_name"] == "EUROPE"], left_on="n_regionkey", right_on="r_regionkey")
    )
    least = offers.groupby("p_partkey")["ps_supplycost"].transform("min")
    columns = ["s_acctbal", "s_name", "n_name", "p_partkey", "p_mfgr", "s_address", "s_phone", "s_comment"]
    return (
        offers[offers["ps_supplycost"] == least][columns]
        .sort_values(["s_acctbal", "n_name", "s_name", "p_partkey"], ascending=[False, True, True, True])
        .head(100)
        .reset_index(drop=True)
    )


def q03(customer: Frame, orders: Frame, lineitem: Frame) -> Any:
    """Orders not yet shipped, by revenue."""
    date = pd.Timestamp("1995-03-15")
    lines = (
        customer[customer["c_mktsegment"] == "BUILDING"]
        .merge(orders[orders["o_orderdate"] < date], left_on="c_custkey", right_on="o_custkey")
        .merge(lineitem[lineitem["l_shipdate"] > date], left_on="o_orderkey", right_on="l_orderkey")
    )
    lines["revenue"] = lines["l_extendedprice"] * (1 - lines["l_discount"])
    return (
        lines.groupby(["l_orderkey", "o_orderdate", "o_shippriority"], as_index=False)["revenue"]
        .sum()
        .sort_values(["revenue", "o_orderdate"], ascending=[False, True])
        .head(10)
        .reset_index(drop=True)[["l_orderkey", "revenue", "o_orderdate", "o_shippriority"]]
    )


def q04(orders: Frame, lineitem: Frame) -> Any:
    """Orders with a late line, by priority."""
    late = lineitem[lineitem["l_commitdate"] < lineitem["l_receiptdate"]]
    start, end = pd.Timestamp("1993-07-01"), pd.Timestamp("1993-10-01")
    chosen = orders[(orders["o_orderdate"] >= start) & (orders["o_orderdate"] < end)]
    chosen = chosen[chosen["o_orderkey"].isin(late["l_orderkey"])]
    return chosen.groupby("o_orderpriority", as_index=False).agg(order_count=("o_orderkey", "count"))


def q05(customer: Frame, orders: Frame, lineitem: Frame, supplier: Frame, nation: Frame, region: Frame) -> Any:
    """Revenue of suppliers in the country of their customers."""
    start, end = pd.Timestamp("1994-01-01"), pd.Timestamp("1995-01-01")
    lines = (
        region[region["r_name"] == "ASIA"]
        .merge(nation, left_on="r_regionkey", right_on="n_regionkey")
        .merge(customer, left_on="n_nationkey", right_on="c_nationkey")
        .merge(
            orders[(orders["o_orderdate"] >= start) & (orders["o_orderdate"] < end)],
            left_on="c_custkey",
            right_on="o_custkey",
        )
        .merge(lineitem, left_on="o_orderkey", right_on="l_orderkey")
        .merge(supplier, left_on=["l_suppkey", "n_nationkey"], right_on=["s_suppkey", "s_nationkey"])
    )
    lines["revenue"] = lines["l_extendedprice"] * (1 - lines["l_discount"])
    return (
        lines.groupby("n_name", as_index=False)["revenue"]
        .sum()
        .sort_values("revenue", ascending=False)
        .reset_index(drop=True)
    )


def q06(lineitem: Frame) -> Any:
    """What would be earned without small discounts."""
    shipped, discount = lineitem["l_shipdate"], lineitem["l_discount"]
    chosen = lineitem[
        (shipped >= pd.Timestamp("1994-01-01"))
        & (shipped < pd.Timestamp("1995-01-01"))
        & discount.between(0.05, 0.07)
        & (lineitem["l_quantity"] < 24)
    ]
    return (chosen["l_extendedprice"] * chosen["l_discount"]).sum()


def q07(supplier: Frame, lineitem: Frame, orders: Frame, customer: Frame, nation: Frame) -> Any:
    """Trade between two countries, by year."""
    both = nation[nation["n_name"].isin(["FRANCE", "GERMANY"])][["n_nationkey", "n_name"]]
    start, end = pd.Timestamp("1995-01-01"), pd.Timestamp("1996-12-31")
    suppliers = supplier.merge(
        both.rename(columns={"n_name": "supp_nation"}), left_on="s_nationkey", right_on="n_nationkey"
    )[["s_suppkey", "supp_nation"]]
    customers = customer.merge(
        both.rename(columns={"n_name": "cust_nation"}), left_on="c_nationkey", right_on="n_nationkey"
    )[["c_custkey", "cust_nation"]]
    lines = (
        lineitem[(lineitem["l_shipdate"] >= start) & (lineitem["l_shipdate"] <= end)]
        .merge(suppliers, left_on="l_suppkey", right_on="s_suppkey")
        .merge(orders, left_on="l_orderkey", right_on="o_orderkey")
        .merge(customers, left_on="o_custkey", right_on="c_custkey")
    )
    lines = lines[lines["supp_nation"] != lines["cust_nation"]]
    lines = lines.assign(
        l_year=lines["l_shipdate"].dt.year, volume=lines["l_extendedprice"] * (1 - lines["l_discount"])
    )
    return lines.groupby(["supp_nation", "cust_nation", "l_year"], as_index=False).agg(revenue=("volume", "sum"))


def q08(
    part: Frame, supplier: Frame, lineitem: Frame, orders: Frame, customer: Frame, nation: Frame, region: Frame
) -> Any:
    """The market share of a country, by year."""
    start, end = pd.Timestamp("1995-01-01"), pd.Timestamp("1996-12-31")
    america = nation.merge(region[region["r_name"] == "AMERICA"], left_on="n_regionkey", right_on="r_regionkey")
    customers = customer[customer["c_nationkey"].isin(america["n_nationkey"])]
    sellers = supplier.merge(nation, left_on="s_nationkey", right_on="n_nationkey")[["s_suppkey", "n_name"]]
    lines = (
        lineitem.merge(part[part["p_type"] == "ECONOMY ANODIZED STEEL"], left_on="l_partkey", right_on="p_partkey")
        .merge(
            orders[(orders["o_orderdate"] >= start) & (orders["o_orderdate"] <= end)],
            left_on="l_orderkey",
            right_on="o_orderkey",
        )
        .merge(customers, left_on="o_custkey", right_on="c_custkey")
        .merge(sellers, left_on="l_suppkey", right_on="s_suppkey")
    )
    lines["o_year"] = lines["o_orderdate"].dt.year
    lines["volume"] = lines["l_extendedprice"] * (1 - lines["l_discount"])
    lines["of_brazil"] = np.where(lines["n_name"] == "BRAZIL", lines["volume"], 0.0)
    years = lines.groupby("o_year", as_index=False)[["of_brazil", "volume"]].sum()
    years["mkt_share"] = years["of_brazil"] / years["volume"]
    return years[["o_year", "mkt_share"]]


def q09(part: Frame, supplier: Frame, lineitem: Frame, partsupp: Frame, orders: Frame, nation: Frame) -> Any:
    """Profit by country and year, of parts of a colour."""
    lines = (
        lineitem.merge(part[part["p_name"].str.contains("green")], left_on="l_partkey", right_on="p_partkey")
        .merge(supplier, left_on="l_suppkey", right_on="s_suppkey")
        .merge(partsupp, left_on=["l_suppkey", "l_partkey"], right_on=["ps_suppkey", "ps_partkey"])
        .merge(orders, left_on="l_orderkey", right_on="o_orderkey")
        .merge(nation, left_on="s_nationkey", right_on="n_nationkey")
    )
    lines["o_year"] = lines["o_orderdate"].dt.year
    cost = lines["ps_supplycost"] * lines["l_quantity"]
    lines["amount"] = lines["l_extendedprice"] * (1 - lines["l_discount"]) - cost
    return (
        lines.groupby(["n_name", "o_year"], as_index=False)
        .agg(sum_profit=("amount", "sum"))
        .sort_values(["n_name", "o_year"], ascending=[True, False])
        .reset_index(drop=True)
    )


def q10(customer: Frame, orders: Frame, lineitem: Frame, nation: Frame) -> Any:
    """Customers who sent most back."""
    start, end = pd.Timestamp("1993-10-01"), pd.Timestamp("1994-01-01")
    lines = (
        customer.merge(
            orders[(orders["o_orderdate"] >= start) & (orders["o_orderdate"] < end)],
            left_on="c_custkey",
            right_on="o_custkey",
        )
        .merge(lineitem[lineitem["l_returnflag"] == "R"], left_on="o_orderkey", right_on="l_orderkey")
        .merge(nation, left_on="c_nationkey", right_on="n_nationkey")
    )
    lines["revenue"] = lines["l_extendedprice"] * (1 - lines["l_discount"])
    keys = ["c_custkey", "c_name", "c_acctbal", "c_phone", "n_name", "c_address", "c_comment"]
    found = lines.groupby(keys, as_index=False)["revenue"].sum()
    columns = ["c_custkey", "c_name", "revenue", "c_acctbal", "n_name", "c_address", "c_phone", "c_comment"]
    return found.sort_values("revenue", ascending=False, kind="stable").head(20).reset_index(drop=True)[columns]


def q11(partsupp: Frame, supplier: Frame, nation: Frame, scale: float) -> Any:
    """The most valuable stock of a country."""
    stock = partsupp.merge(supplier, left_on="ps_suppkey", right_on="s_suppkey").merge(
        nation[nation["n_name"] == "GERMANY"], left_on="s_nationkey", right_on="n_nationkey"
    )
    stock["value"] = stock["ps_supplycost"] * stock["ps_availqty"]
    total = stock["value"].sum()
    parts = stock.groupby("ps_partkey", as_index=False)["value"].sum()
    parts = parts[parts["value"] > total * 0.0001 / scale]
    return parts.sort_values("value", ascending=False, kind="stable").reset_index(drop=True)


def q12(orders: Frame, lineitem: Frame) -> Any:
    """Late lines by way of transport and priority."""
    received = lineitem["l_receiptdate"]
    late = lineitem[
        lineitem["l_shipmode"].isin(["MAIL", "SHIP"])
        & (lineitem["l_commitdate"] < received)
        & (lineitem["l_shipdate"] < lineitem["l_commitdate"])
        & (received >= pd.Timestamp("1994-01-01"))
        & (received < pd.Timestamp("1995-01-01"))
    ]
    lines = late.merge(orders, left_on="l_orderkey", right_on="o_orderkey")
    urgent = lines["o_orderpriority"].isin(["1-URGENT", "2-HIGH"])
    lines["high_line_count"] = urgent.astype(int)
    lines["low_line_count"] = (~urgent).astype(int)
    return lines.groupby("l_shipmode", as_index=False)[["high_line_count", "low_line_count"]].sum()


def q13(customer: Frame, orders: Frame) -> Any:
    """How many customers have how many orders."""
    plain = orders[~orders["o_comment"].str.contains("special.*requests")]
    counts = (
        customer.merge(plain, how="left", left_on="c_custkey", right_on="o_custkey")
        .groupby("c_custkey", as_index=False)
        .agg(c_count=("o_orderkey", "count"))
    )
    return (
        counts.groupby("c_count", as_index=False)
        .agg(custdist=("c_custkey", "count"))
        .sort_values(["custdist", "c_count"], ascending=[False, False])
        .reset_index(drop=True)
    )


def q14(lineitem: Frame, part: Frame) -> Any:
    """The share of promoted parts."""
    start, end = pd.Timestamp("1995-09-01"), pd.Timestamp("1995-10-01")
    lines = lineitem[(lineitem["l_shipdate"] >= start) & (lineitem["l_shipdate"] < end)].merge(
        part, left_on="l_partkey", right_on="p_partkey"
    )
    revenue = lines["l_extendedprice"] * (1 - lines["l_discount"])
    promoted = revenue.where(lines["p_type"].str.startswith("PROMO"), 0.0)
    return 100 * promoted.sum() / revenue.sum()


def q15(lineitem: Frame, supplier: Frame) -> Any:
    """The best supplier of a quarter."""
    start, end = pd.Timestamp("1996-01-01"), pd.Timestamp("1996-04-01")
    lines = lineitem[(lineitem["l_shipdate"] >= start) & (lineitem["l_shipdate"] < end)].copy()
    lines["total_revenue"] = lines["l_extendedprice"] * (1 - lines["l_discount"])
    revenue = lines.groupby("l_suppkey", as_index=False)["total_revenue"].sum()
    best = revenue[revenue["total_revenue"] == revenue["total_revenue"].max()]
    found = supplier.merge(best, left_on="s_suppkey", right_on="l_suppkey")
    return found[["s_suppkey", "s_name", "s_address", "s_phone", "total_revenue"]]


def q16(partsupp: Frame, part: Frame, supplier: Frame) -> Any:
    """How many suppliers offer parts of some kinds."""
    chosen = part[
        (part["p_brand"] != "Brand#45")
        & ~part["p_type"].str.startswith("MEDIUM POLISHED")
        & part["p_size"].isin([49, 14, 23, 45, 19, 3, 36, 9])
    ]
    complaints = supplier[supplier["s_comment"].str.contains("Customer.*Complaints")]
    offers = partsupp[~partsupp["ps_suppkey"].isin(complaints["s_suppkey"])].merge(
        chosen, left_on="ps_partkey", right_on="p_partkey"
    )
    return (
        offers.groupby(["p_brand", "p_type", "p_size"], as_index=False)
        .agg(supplier_cnt=("ps_suppkey", "nunique"))
        .sort_values(["supplier_cnt", "p_brand", "p_type", "p_size"], ascending=[False, True, True, True])
        .reset_index(drop=True)
    )


def q17(lineitem: Frame, part: Frame) -> Any:
    """What small orders of a part bring in a year."""
    chosen = part[(part["p_brand"] == "Brand#23") & (part["p_container"] == "MED BOX")]
    lines = lineitem.merge(chosen, left_on="l_partkey", right_on="p_partkey")
    usual = lines.groupby("l_partkey")["l_quantity"].transform("mean")
    return lines[lines["l_quantity"] < 0.2 * usual]["l_extendedprice"].sum() / 7.0


def q18(customer: Frame, orders: Frame, lineitem: Frame) -> Any:
    """Customers with large orders."""
    ordered = lineitem.groupby("l_orderkey", as_index=False)["l_quantity"].sum()
    found = (
        ordered[ordered["l_quantity"] > 300]
        .merge(orders, left_on="l_orderkey", right_on="o_orderkey")
        .merge(customer, left_on="o_custkey", right_on="c_custkey")
    )
    columns = ["c_name", "c_custkey", "o_orderkey", "o_orderdate", "o_totalprice", "l_quantity"]
    return (
        found[columns]
        .sort_values(["o_totalprice", "o_orderdate"], ascending=[False, True])
        .head(100)
        .reset_index(drop=True)
    )


def q19(lineitem: Frame, part: Frame) -> Any:
    """What parts of three kinds brought."""
    lines = lineitem[
        lineitem["l_shipmode"].isin(["AIR", "AIR REG"]) & (lineitem["l_shipinstruct"] == "DELIVER IN PERSON")
    ].merge(part, left_on="l_partkey", right_on="p_partkey")
    brand, container, quantity, size = (lines[name] for name in ("p_brand", "p_container", "l_quantity", "p_size"))
    small = container.isin(["SM CASE", "SM BOX", "SM PACK", "SM PKG"]) & quantity.between(1, 11) & size.between(1, 5)
    medium = container.isin(["MED BAG", "MED BOX", "MED PKG", "MED PACK"]) & quantity.between(10, 20)
    large = container.isin(["LG CASE", "LG BOX", "LG PACK", "LG PKG"]) & quantity.between(20, 30) & size.between(1, 15)
    chosen = lines[
        ((brand == "Brand#12") & small)
        | ((brand == "Brand#23") & medium & size.between(1, 10))
        | ((brand == "Brand#34") & large)
    ]
    return (chosen["l_extendedprice"] * (1 - chosen["l_discount"])).sum()


def q20(supplier: Frame, nation: Frame, partsupp: Frame, part: Frame, lineitem: Frame) -> Any:
    """Suppliers with more of a part than they need."""
    start, end = pd.Timestamp("1994-01-01"), pd.Timestamp("1995-01-01")
    sold = lineitem[(lineitem["l_shipdate"] >= start) & (lineitem["l_shipdate"] < end)]
    sold = sold.groupby(["l_partkey", "l_suppkey"], as_index=False)["l_quantity"].sum()
    forest = part[part["p_name"].str.startswith("forest")]
    stock = partsupp[partsupp["ps_partkey"].isin(forest["p_partkey"])].merge(
        sold, left_on=["ps_partkey", "ps_suppkey"], right_on=["l_partkey", "l_suppkey"]
    )
    plenty = stock[stock["ps_availqty"] > 0.5 * stock["l_quantity"]]
    found = supplier[supplier["s_suppkey"].isin(plenty["ps_suppkey"])].merge(
        nation[nation["n_name"] == "CANADA"], left_on="s_nationkey", right_on="n_nationkey"
    )
    return found[["s_name", "s_address"]].sort_values("s_name").reset_index(drop=True)


def q21(supplier: Frame, lineitem: Frame, orders: Frame, nation: Frame) -> Any:
    """Suppliers who alone kept an order waiting."""
    waiting = (
        lineitem[lineitem["l_receiptdate"] > lineitem["l_commitdate"]]
        .merge(supplier, left_on="l_suppkey", right_on="s_suppkey")
        .merge(nation[nation["n_name"] == "SAUDI ARABIA"], left_on="s_nationkey", right_on="n_nationkey")
        .merge(orders[orders["o_orderstatus"] == "F"], left_on="l_orderkey", right_on="o_orderkey")
    )
    others = lineitem[lineitem["l_orderkey"].isin(waiting["l_orderkey"])]
    late = others[others["l_receiptdate"] > others["l_commitdate"]]
    suppliers = others.groupby("l_orderkey", as_index=False).agg(suppliers=("l_suppkey", "nunique"))
    guilty = late.groupby("l_orderkey", as_index=False).agg(guilty=("l_suppkey", "nunique"))
    lines = waiting.merge(suppliers[suppliers["suppliers"] > 1], on="l_orderkey").merge(
        guilty[guilty["guilty"] == 1], on="l_orderkey"
    )
    return (
        lines.groupby("s_name", as_index=False)
        .agg(numwait=("l_orderkey", "count"))
        .sort_values(["numwait", "s_name"], ascending=[False, True])
        .head(100)
        .reset_index(drop=True)
    )


def q22(customer: Frame, orders: Frame) -> Any:
    """Customers with money who have not ordered."""
    code = customer["c_phone"].str[:2]
    chosen = customer.assign(cntrycode=code)[code.isin(["13", "31", "23", "29", "30", "18", "17"])]
    usual = chosen[chosen["c_acctbal"] > 0.0]["c_acctbal"].mean()
    rich = chosen[(chosen["c_acctbal"] > usual) & ~chosen["c_custkey"].isin(orders["o_custkey"])]
    return rich.groupby("cntrycode", as_index=False).agg(
        numcust=("c_acctbal", "count"), totacctbal=("c_acctbal", "sum")
    )


SCRIPTS: dict[str, Script] = {f"q{number:02}": globals()[f"q{number:02}"] for number in range(1, 23)}


def call(script: Script, tables: Mapping[str, Any], scale: float) -> Any:
    """Run a script over the tables it names."""
    known = {**tables, "scale": scale}
    return script(**{name: known[name] for name in inspect.signature(script).parameters})
