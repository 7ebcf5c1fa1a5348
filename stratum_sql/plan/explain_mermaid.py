"""EXPLAIN (FORMAT mermaid): the shared plan as a Mermaid flowchart, folds folded, for a page or a notebook."""

from __future__ import annotations

from collections.abc import Iterator

from stratum_sql.plan.build import Batch
from stratum_sql.plan.explain import TIMES, Facts
from stratum_sql.plan.outline import Folds, Matrix, Relation, Work, outline

MOST = 200  # boxes: more than that no one looks at, and few programs draw
_LONGEST = 60  # characters of a line in a box


def explain_mermaid(batch: Batch, facts: Facts) -> str:
    """A flowchart from relations over splits and fits to matrices and estimators; at most MOST boxes."""
    chart = _Chart(facts)
    for relation in outline(batch):
        chart.relation(relation)
    return "\n".join(["flowchart LR", *chart.lines()]) + "\n"


class _Chart:
    """Boxes and arrows, numbered in the order they come."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.boxes: list[str] = []
        self.arrows: list[tuple[int, int]] = []

    def relation(self, relation: Relation) -> None:
        rows = self.facts.rows.get(relation.key)
        notes = [f"Scan {relation.title}", *([] if rows is None else [f"about {rows:,} rows"])]
        scan = self._box("[(", ")]", notes)
        for work in relation.once:
            self._arrow(scan, self._work(work))
        for folds in relation.splits:
            self._folds(scan, folds)

    def _folds(self, scan: int, folds: Folds) -> None:
        split = self._box("{{", "}}", [f"Split {folds.split}"])
        self._arrow(scan, split)
        fits = [self._work(work) for work in folds.fits]
        for fit in fits:
            self._arrow(split, fit)
        for matrix in folds.matrices:
            box = self._matrix(matrix)
            own = [fit for fit, work in zip(fits, folds.fits, strict=True) if matrix.statements & work.statements]
            for source in own or [split]:
                self._arrow(source, box)

    def _work(self, work: Work) -> int:
        times = f" {TIMES}{work.times}" if work.times > 1 else ""
        return self._box("[", "]", [f"{work.what}{times}", ", ".join(work.over)])

    def _matrix(self, matrix: Matrix) -> int:
        box = self._box("[", "]", [f"Matrix of {len(matrix.features)}", ", ".join(matrix.features)])
        for training in matrix.trainings:
            counts = [(training.trials, "trial"), (training.fits, "fit")]
            told = [f"Train {training.estimator}", ", ".join(f"{n} {noun}{'s' * (n != 1)}" for n, noun in counts)]
            self._arrow(box, self._box("([", "])", told))
        return box

    def _box(self, opening: str, closing: str, notes: list[str]) -> int:
        text = "<br/>".join(_escaped(note if len(note) <= _LONGEST else note[: _LONGEST - 1] + "…") for note in notes)
        self.boxes.append(f'{opening}"{text}"{closing}')
        return len(self.boxes) - 1

    def _arrow(self, start: int, end: int) -> None:
        self.arrows.append((start, end))

    def lines(self) -> Iterator[str]:
        for number, box in enumerate(self.boxes[:MOST]):
            yield f"  n{number}{box}"
        if len(self.boxes) > MOST:
            yield f'  more["… {len(self.boxes) - MOST} more: EXPLAIN #40;FORMAT json#41;"]'
        for start, end in self.arrows:
            if start < MOST and end < MOST:
                yield f"  n{start} --> n{end}"


_HARMLESS = frozenset(f" ,.:+*/%=_-…{TIMES}()")


def _escaped(text: str) -> str:
    """Text that Mermaid shows and never reads: all but letters, digits and a few harmless signs as character codes."""
    return "".join(char if char.isalnum() or char in _HARMLESS else f"#{ord(char)};" for char in text)
