"""The grammar of DuckDB's JSON tree, as far as it is admitted: every node, every field, and what is in it.

A node or a field that is not written here is refused: a new DuckDB may give it a meaning. A field is either walked
(nodes, lists of nodes, records) or plain data (names, numbers, flags) that is not looked into.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields of one kind of node. `types`, where given, are the values its `type` field may have."""

    walked: frozenset[str]
    data: frozenset[str]
    types: frozenset[str] | None = None


def _shape(walked: str, data: str = "", types: str | None = None) -> Shape:
    names = None if types is None else frozenset(types.split())
    return Shape(frozenset(walked.split()), frozenset(data.split()), names)


_EXPRESSION = "class type alias query_location query_location_length"
_RELATION = "type alias query_location query_location_length sample"
_FUNCTION = "function_name schema catalog distinct qualified_name"

# Expressions, by `class`. DEFAULT is missing: it stands in INSERT alone. So are bound and replaced expressions.
EXPRESSIONS = {
    "BETWEEN": _shape("input lower upper", _EXPRESSION),
    "CASE": _shape("case_checks else_expr", _EXPRESSION),
    "CAST": _shape("child type_expr", f"{_EXPRESSION} try_cast"),
    "COLLATE": _shape("child", f"{_EXPRESSION} collation"),
    "COLUMN_REF": _shape("", f"{_EXPRESSION} column_names"),
    "COMPARISON": _shape("left right", _EXPRESSION),
    "CONJUNCTION": _shape("children", _EXPRESSION),
    "CONSTANT": _shape("", f"{_EXPRESSION} literal"),
    "FUNCTION": _shape("filter order_bys arguments", f"{_EXPRESSION} {_FUNCTION} is_operator export_state"),
    "LAMBDA": _shape("lhs expr", f"{_EXPRESSION} syntax_type"),
    "OPERATOR": _shape(
        "children",
        _EXPRESSION,
        "ARRAY_CONSTRUCTOR ARRAY_EXTRACT ARRAY_SLICE STRUCT_EXTRACT COMPARE_IN COMPARE_NOT_IN GROUPING_FUNCTION"
        " OPERATOR_COALESCE OPERATOR_IS_NULL OPERATOR_IS_NOT_NULL OPERATOR_NOT OPERATOR_NULLIF OPERATOR_TRY"
        " OPERATOR_UNPACK",
    ),
    "PARAMETER": _shape("", f"{_EXPRESSION} identifier"),
    "POSITIONAL_REFERENCE": _shape("", f"{_EXPRESSION} index"),
    "STAR": _shape(
        "replace_list expr", f"{_EXPRESSION} relation_name exclude_list columns qualified_exclude_list rename_list"
    ),
    "SUBQUERY": _shape("subquery child", f"{_EXPRESSION} subquery_type comparison_type"),
    "TYPE": _shape("children", f"{_EXPRESSION} catalog schema type_name qualified_name"),
    "WINDOW": _shape(
        "partitions orders start_expr end_expr offset_expr default_expr filter_expr arg_orders arguments",
        f"{_EXPRESSION} {_FUNCTION} start end ignore_nulls exclude_clause has_ignore_nulls",
    ),
}

# Queries, relations and modifiers, by `type`. INSERT, UPDATE, DELETE, MERGE and COPY nodes are missing on purpose.
NODES = {
    "SELECT_NODE": _shape(
        "modifiers select_list from_table where_clause group_expressions having qualify",
        "type cte_map group_sets aggregate_handling sample",
    ),
    "SET_OPERATION_NODE": _shape("modifiers left right children", "type cte_map setop_type setop_all"),
    "RECURSIVE_CTE_NODE": _shape(
        "modifiers left right key_targets payload_aggregates", "type cte_map cte_name union_all aliases"
    ),
    "BASE_TABLE": _shape("", f"{_RELATION} schema_name table_name column_name_alias catalog_name qualified_name"),
    "EMPTY": _shape("", _RELATION),
    "EXPRESSION_LIST": _shape("values", f"{_RELATION} expected_names expected_types"),
    "JOIN": _shape(
        "left right condition ranking_expression",
        f"{_RELATION} join_type ref_type using_columns delim_flipped is_implicit"
        " nearest_count nearest_order_type nearest_approx",
    ),
    "PIVOT": _shape("source aggregates pivots", f"{_RELATION} unpivot_names groups column_name_alias include_nulls"),
    "SHOW_REF": _shape("query", f"{_RELATION} table_name show_type catalog_name schema_name qualified_name"),
    "SUBQUERY": _shape("subquery", f"{_RELATION} column_name_alias"),
    "TABLE_FUNCTION": _shape("function", f"{_RELATION} column_name_alias with_ordinality"),
    "DISTINCT_MODIFIER": _shape("distinct_on_targets", "type"),
    "LIMIT_MODIFIER": _shape("limit offset", "type limit_type"),
    "LIMIT_PERCENT_MODIFIER": _shape("limit offset", "type limit_type"),
    "ORDER_MODIFIER": _shape("orders", "type"),
    "ORDER_DEFAULT": _shape("expression", "type null_order"),
    "ASCENDING": _shape("expression", "type null_order"),
    "DESCENDING": _shape("expression", "type null_order"),
}

# Records without a type, by the field that holds them.
RECORDS = {
    "arguments": _shape("expression", "name"),
    "case_checks": _shape("when_expr then_expr"),
    "entries": _shape("star_expr values", "alias"),
    "pivots": _shape("pivot_expressions entries", "unpivot_names"),  # no pivot_enum: it names a type, not values
    "replace_list": _shape("value", "key"),
    "subquery": _shape("node", "named_param_map"),
    "statements": _shape("node", "named_param_map"),
    "cte": _shape("query_node key_targets payload_aggregates", "aliases materialized"),
}
