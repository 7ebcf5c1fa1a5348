"""The agents' statements sent twice to one session, the second time with a twentieth of them changed.

The baseline is the first run. Every score of an unchanged statement must come back; the changed ones are held against a
session that sees nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from queries.agents.bench import workload
from queries.agents.make_statements import COUNT, edited_again, statements
from queries.baseline import Scores, difference
from queries.compare import Board, Trial, spread
from queries.report import TOLERANCE, Options, Report
from queries.run_workload import Ran, opened, run_batch

SUMMARY = "the agents' statements twice in one session, 5 % of them changed the second time"


def run(options: Options) -> Report:
    """Load the flights, send both batches; `sample` is how many changed statements are checked (default: all)."""
    return run_iterate(options, COUNT)


def run_iterate(options: Options, count: int) -> Report:
    """The benchmark with the first `count` statements."""
    sent = statements(count)
    again, changed = edited_again(sent)
    first_work, second_work = workload(sent), workload(again)
    with opened(first_work, options) as session:
        first = run_batch(session, first_work.statements)
        second = run_batch(session, second_work.statements)
    checked = spread(changed, options.sample)
    with opened(second_work, options) as session:
        fresh = run_batch(session, [second_work.statements[at] for at in checked])
    same = [at for at in range(count) if at not in set(changed)]
    pairs = [(first.boards[at], second.boards[at]) for at in same]
    pairs += [(board, second.boards[at]) for at, board in zip(checked, fresh.boards, strict=True)]
    return make_report(first, second, pairs, _note(first, second, same, changed, len(checked)))


def make_report(first: Ran, second: Ran, pairs: Sequence[tuple[Board, Board]], note: str) -> Report:
    """Both runs, which are always whole; `pairs` are the boards that must be equal, the expected one first."""
    trials = sum(len(board.trials) for board in second.boards)
    gaps = [board_gap(expected, found) for expected, found in pairs]
    return Report(
        name="iterate",
        trials=trials,
        measured=trials,  # nothing is extrapolated
        ours_s=second.seconds,
        baseline_s=first.seconds,
        max_score_difference=max(gaps, default=0.0),
        peak_mib=second.peak,
        problems=(
            *_failed(second.boards),
            *(
                f"statement {found.file}: a score of the second run differs by {gap:.1e}"
                for (_, found), gap in zip(pairs, gaps, strict=True)
                if gap > TOLERANCE
            ),
        ),
        compared_with="the first run",
        notes=(note,),
    )


def board_gap(expected: Board, found: Board) -> float:
    """The largest relative difference of two boards' scores, trial by trial; infinite if one has other trials, or if a
    trial has failed on one side only."""
    if len(expected.trials) != len(found.trials):
        return float("inf")
    return max((_trial_gap(*pair) for pair in zip(expected.trials, found.trials, strict=True)), default=0.0)


def _trial_gap(expected: Trial, found: Trial) -> float:
    if expected.scores is None or found.scores is None:
        return 0.0 if expected.scores is found.scores else float("inf")
    return difference(found.scores, expected.scores)


def _failed(boards: Iterable[Board]) -> list[str]:
    return [
        f"statement {board.file}, trial {trial.number} ({trial.estimator}) failed: {trial.error}"
        for board in boards
        for trial in board.trials
        if trial.scores is None
    ]


def _note(first: Ran, second: Ran, same: Sequence[int], changed: Sequence[int], checked: int) -> str:
    equal = sum(_scores(first.boards[at]) == _scores(second.boards[at]) for at in same)
    return (
        f"{len(changed)} of {len(second.boards)} statements changed, {checked} of them compared with a fresh session; "
        f"{equal} of the {len(same)} others have the same scores to the last bit"
    )


def _scores(board: Board) -> list[Scores | None]:
    return [trial.scores for trial in board.trials]
