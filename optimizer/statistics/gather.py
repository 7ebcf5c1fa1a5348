"""The statistics of a batch: every relation is asked once, and sampled only for columns whose values matter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stratum_sql.bind.database import Database
from stratum_sql.catalog import registry
from stratum_sql.catalog.extents import same_categories
from stratum_sql.optimizer.statistics.profile import profile
from stratum_sql.optimizer.statistics.values import Statistics
from stratum_sql.plan.build import Batch
from stratum_sql.plan.graph import Node
from stratum_sql.plan.linear import Products
from stratum_sql.plan.relational import InGroup, Read, Scan, Source, Where
from stratum_sql.plan.transform import Apply, Encode, Fit, Fitted, Map, Rows

_BY_VALUE = frozenset({"category", "text"})


def gather(batches: Sequence[Batch], database: Database) -> Statistics:
    """Statistics of the relations of plans, such as one before and after its rules. Never raises: a relation that
    cannot be asked has none."""
    nodes = [node for batch in batches for node in batch.graph]
    sources = {node.operator.source.key: node.operator.source for node in nodes if isinstance(node.operator, Scan)}
    wanted = _wanted(nodes)
    return Statistics({key: profile(database, source, wanted.get(key, [])) for key, source in sources.items()})


def _wanted(nodes: Iterable[Node]) -> dict[str, list[Read]]:
    """By source, the columns whose number of values or letters says how much work there will be."""
    found: dict[str, dict[Read, None]] = {}
    for node in nodes:
        for child in _by_value(node):
            read = _read_below(child)
            if read is not None:
                found.setdefault(_source(read).key, {})[_operator(read)] = None
    return {key: list(reads) for key, reads in found.items()}


def _by_value(node: Node) -> Iterable[Node]:
    """The inputs that an operator takes as categories or texts."""
    match node.operator:
        case Fit(transform) | Map(transform):
            spec = registry.transform(transform)
            if spec is not None and spec.takes in _BY_VALUE:
                return node.inputs
            return (child for child in node.inputs if _is_text(child))
        case Encode("classification", kind) if kind.upper() != "BOOLEAN":
            return node.inputs
        case Products(uses, weighted):
            columns = node.inputs[2 + weighted :]
            return (child for child, use in zip(columns, uses, strict=True) if use == "category")
    return ()


def _is_text(node: Node) -> bool:
    read = _read_below(node)
    return read is not None and _operator(read).column_kind == "text"


def _read_below(node: Node) -> Node | None:
    """The column that is read, where its values come through as they are on the way."""
    while not isinstance(node.operator, Read):
        below = _same_values(node)
        if below is None:
            return None
        node = below
    return node


def _same_values(node: Node) -> Node | None:
    """The input whose values a node gives again."""
    match node.operator:
        case Where() | InGroup() | Fitted():
            return node.inputs[0]
        case Rows():
            return node.inputs[1]
        case Fit(transform) | Map(transform):
            return node.inputs[0] if _keeps(transform) else None
        case Apply(transform):
            return node.inputs[1] if _keeps(transform) else None
    return None


def _keeps(transform: str) -> bool:
    spec = registry.transform(transform)
    return spec is not None and spec.extent is same_categories


def _operator(read: Node) -> Read:
    assert isinstance(read.operator, Read)
    return read.operator


def _source(read: Node) -> Source:
    scan = read.inputs[0].operator
    assert isinstance(scan, Scan)
    return scan.source
