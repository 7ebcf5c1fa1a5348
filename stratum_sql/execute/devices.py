"""What of a batch goes to a GPU, and what came of it there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from stratum_sql.errors import Diagnostic, StratumError
from stratum_sql.execute.gpu import Moved, check_there, found_gpu
from stratum_sql.execute.outcomes import TrialResult
from stratum_sql.optimizer.cost.coefficients import coefficients
from stratum_sql.optimizer.cost.device import Device
from stratum_sql.optimizer.cost.estimate import works
from stratum_sql.optimizer.placing import placed
from stratum_sql.optimizer.statistics.values import Statistics
from stratum_sql.plan.build import Batch, Goal
from stratum_sql.plan.device import DeviceRun, FitOnDevice, NormalOnDevice, Placement, SearchOnDevice, TrainOnDevice
from stratum_sql.plan.outline import statements_of
from stratum_sql.plan.query import Mode

_THERE = (TrainOnDevice, NormalOnDevice, FitOnDevice, SearchOnDevice)


class Devices:
    """The GPU of one batch, if one is there and wanted. `modes`: what each statement says of it."""

    def __init__(self, modes: Sequence[Mode], described: Device | None) -> None:
        self._modes, self._described = tuple(modes), described
        self.gpu = found_gpu(described) if any(mode != "cpu" for mode in self._modes) else None
        self._before = replace(self.gpu.moved) if self.gpu is not None else Moved()
        self._failed: dict[Goal, str] = {}
        self._nothing: dict[int, str] = {}  # statements that asked for the GPU, and why nothing of them is there

    def absent(self) -> dict[int, StratumError]:
        """Statements that ask for a GPU where there is none: a plan can be made for one that is described."""
        found = {}
        for index, mode in enumerate(self._modes):
            if mode == "gpu":
                try:
                    check_there(self._described)
                except StratumError as error:
                    found[index] = error
        return found

    def placed(self, batch: Batch, statistics: Statistics, workers: int) -> Batch:
        """The plan with what gains by it on the GPU, which must be there."""
        assert self.gpu is not None
        found = works(batch, statistics)
        planned, placement = placed(batch, found, coefficients(), self.gpu.device, self._modes, workers)
        self._note_nothing(planned, placement)
        return planned

    def _note_nothing(self, batch: Batch, placement: Placement) -> None:
        users = statements_of(batch)
        on_device = [node for node in batch.graph if isinstance(node.operator, _THERE)]
        served = frozenset().union(*(users.get(node.id, frozenset()) for node in on_device))
        why = ", ".join(f"{count} {reason}" for reason, count in placement.left.items()) or "it is solved from sums"
        asked = {index for index, _ in batch.scores if self._modes[index] == "gpu"}
        self._nothing = dict.fromkeys(asked - served, why)

    def marks(self) -> Mapping[int, str]:
        """What tells results that a GPU may have had a part in from others, by statement."""
        if self.gpu is None:
            return {}
        name = self.gpu.device.name
        return {index: f"{mode} on {name}" for index, mode in enumerate(self._modes) if mode != "cpu"}

    def failed(self, goal: Goal, why: str) -> None:
        """The GPU could not train this one."""
        self._failed[goal] = why

    def noted(self, goal: Goal, result: TrialResult) -> TrialResult:
        """The result with a word on the device that failed it."""
        why = self._failed.get(goal)
        if why is None or result.status != "ok":
            return result
        told = f"trained on the CPU, as the GPU failed: {why}"
        return replace(result, error=told if result.error is None else f"{told}; {result.error}")

    def warnings(self, statement: int) -> tuple[Diagnostic, ...]:
        """What the user of a statement is told."""
        reasons = Counter(why for goal, why in self._failed.items() if goal[0] == statement)
        told = [
            Diagnostic(
                "gpu_failed", f"{count} trials were trained on the CPU, as the GPU failed: {why}", "run", "warning"
            )
            for why, count in reasons.items()
        ]
        if statement in self._nothing:
            message = f"nothing of this statement is trained on the GPU: {self._nothing[statement]}"
            told.append(Diagnostic("not_on_gpu", message, "run", "warning"))
        return tuple(told)

    def run(self) -> DeviceRun | None:
        """What was moved since the batch began, and what failed; None without a GPU."""
        if self.gpu is None:
            return None
        now, before = self.gpu.moved, self._before
        return DeviceRun(
            self.gpu.device.name,
            now.copies - before.copies,
            now.bytes - before.bytes,
            now.seconds - before.seconds,
            now.spilled - before.spilled,
            now.returned - before.returned,
            dict(Counter(self._failed.values())),
        )
