"""What is moved to a GPU for what is done there: matrices, the columns of those that are put together there, and where
rows are taken there, the places of these. What several matrices need is moved once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from stratum_sql.optimizer.cost.formulas import numbers_to_move
from stratum_sql.optimizer.cost.work import Work
from stratum_sql.optimizer.device_columns import PLACE, Column, Recipe, Recipes, applied_of, columns_of, gains
from stratum_sql.optimizer.on_device import Unit, features_of
from stratum_sql.plan.graph import Node
from stratum_sql.plan.transform import Fitted

_NUMBER = 8.0  # bytes


@dataclass(frozen=True, slots=True)
class Move:
    """So many transfers of so many bytes each."""

    count: int
    bytes: float


class Ways:
    """The ways of one batch. `often`: how often each node runs. `there`: fits that are done on the device."""

    def __init__(self, works: Mapping[int, Work], often: Mapping[int, int], recipes: Recipes) -> None:
        self.works, self.often, self.recipes = works, often, recipes
        self.there: set[int] = set()

    def moves(self, units: Iterable[Unit], whole: frozenset[int]) -> dict[Hashable, Move]:
        """What these need. `whole`: the splits whose columns are moved once for all folds."""
        found: dict[Hashable, Move] = {}
        for unit in units:
            for nodes in unit.moved:
                count = max(self.often[node.id] for node in nodes)
                found |= self._put_together(nodes, count, whole)
        return found

    def whole(self, units: Sequence[Unit], room: float) -> frozenset[int]:
        """The splits whose columns are better moved once, if all of those have room on the device."""
        rows = {
            column: (max(self.often[node.id] for node in nodes), self._rows(nodes))
            for unit in units
            for nodes in unit.moved
            for column in self._columns(nodes)
        }
        splits = {column.split.id for column in rows}
        gaining = {
            split for split in splits if self._gains({c: told for c, told in rows.items() if c.split.id == split})
        }
        held = {(one.value.id, one.coded): self._held(one) for one in rows if one.split.id in gaining}
        return frozenset(gaining) if sum(held.values()) <= room else frozenset()

    def recipes_of(self, units: Iterable[Unit], whole: frozenset[int]) -> list[Recipe]:
        """How the features are made there that are."""
        sides = [nodes for unit in units for nodes in unit.moved]
        made = [self.recipes.of(node) for nodes in sides if self._is_there(nodes, whole) for node in features_of(nodes)]
        return [one for one in made if one is not None]

    def applied(self, units: Iterable[Unit], whole: frozenset[int]) -> int:
        """How many transforms are applied there that the host fits, or that are row-wise."""
        return len({node.id for recipe in self.recipes_of(units, whole) for node in applied_of(recipe)})

    def once(self, units: Iterable[Unit], whole: frozenset[int]) -> int:
        """How many columns are moved once for all folds."""
        columns = {one for recipe in self.recipes_of(units, whole) for one in columns_of(recipe)}
        return len({(one.value.id, one.coded) for one in columns if one.split.id in whole})

    def _put_together(self, nodes: Sequence[Node], count: int, whole: frozenset[int]) -> dict[Hashable, Move]:
        if not self._is_there(nodes, whole):
            return {tuple(node.id for node in nodes): Move(count, _NUMBER * sum(map(self._size, nodes)))}
        found: dict[Hashable, Move] = {}
        rows, rest = self._rows(nodes), 0.0
        for node in features_of(nodes):
            recipe = self.recipes.of(node)
            if recipe is not None:
                found |= self._moved(recipe, count, rows, whole)
            elif not self._is_made_there(node):
                rest += numbers_to_move(node, self.works[node.id].extent)
        return found | ({("rest", *(node.id for node in nodes)): Move(count, _NUMBER * rest)} if rest else {})

    def _moved(self, recipe: Recipe, count: int, rows: float, whole: frozenset[int]) -> dict[Hashable, Move]:
        found: dict[Hashable, Move] = {}
        for one in columns_of(recipe):
            once = one.split.id in whole
            key = ("column", *(() if once else (one.split.id, one.side)), one.value.id, one.coded)
            found[key] = Move(1, one.item * self._all_rows(one)) if once else Move(count, one.item * rows)
            if once:
                found["places", one.split.id, one.side] = Move(count, PLACE * rows)
        return found

    def _is_there(self, nodes: Sequence[Node], whole: frozenset[int]) -> bool:
        """Whether a matrix is put together there."""
        features = features_of(nodes)
        recipes = [self.recipes.of(node) for node in features]
        return any(map(self._is_made_there, features)) or gains(features, recipes, whole)

    def _is_made_there(self, node: Node) -> bool:
        return isinstance(node.operator, Fitted) and node.inputs[0].id in self.there

    def _columns(self, nodes: Sequence[Node]) -> set[Column]:
        return {
            column
            for node in features_of(nodes)
            if (recipe := self.recipes.of(node)) is not None
            for column in columns_of(recipe)
        }

    def _gains(self, columns: Mapping[Column, tuple[int, float]]) -> bool:
        """Whether all rows once, and the places of those of each fold, are less than the rows of each fold: by columns,
        how often rows of them are needed, and how many."""
        once = {(one.value.id, one.coded): one.item * self._all_rows(one) for one in columns}
        places = {one.side: count * PLACE * rows for one, (count, rows) in columns.items()}
        by_fold = sum(count * one.item * rows for one, (count, rows) in columns.items())
        return max(count for count, _ in columns.values()) > 1 and sum(once.values()) + sum(places.values()) < by_fold

    def _held(self, column: Column) -> float:
        return (column.item if column.coded else _NUMBER) * self._all_rows(column)

    def _all_rows(self, column: Column) -> float:
        return self.works[column.value.id].extent.rows

    def _rows(self, nodes: Sequence[Node]) -> float:
        return self.works[nodes[0].id].extent.rows

    def _size(self, node: Node) -> float:
        extent = self.works[node.id].extent
        return extent.rows * extent.columns
