"""The agents' statements, in the order they are sent: `python -m queries.agents.make_statements` prints them.

Six searches run side by side, three for each question, each by its own hand. A search keeps the best attempt it knows
and tries one step away from it; some steps are taken up as the new best, most are not. Now and then it sends again what
it or another search has sent before, written anew, and now and then it keeps a model. All is drawn from one seed.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from queries.agents.attempts import Attempt, Question, edited, first_attempt
from queries.agents.write import REMARKS, Hand, a_hand, write

COUNT, SEED = 300, 2013
QUESTIONS: tuple[Question, ...] = ("arr_delay", "late", "arr_delay", "late", "arr_delay", "late")
AGAIN = 0.08  # share of the statements that were sent before, by this search or another, and are written anew
TAKEN_UP = 0.3  # how often a step is better, and becomes what the next steps start from
TREES_AFTER_LINES, LINES_AFTER_TREES = 0.7, 0.15  # the same where the step leads from one family to the other
KEPT = 40  # one statement in so many keeps its model
ROUND = 5  # statements that one search sends before another's turn
CHANGED = 0.05  # share of the statements that `edited_again` changes


@dataclass(frozen=True, slots=True)
class Sent:
    """One statement: its meaning, the hand it is written in, the comment above it, and its text."""

    attempt: Attempt
    hand: Hand
    remark: str | None

    @property
    def text(self) -> str:
        """The statement as it is sent."""
        return write(self.attempt, self.hand, self.remark)


@dataclass(slots=True)
class Search:
    """One agent at work: the best attempt it knows, and its hand."""

    best: Attempt
    hand: Hand


def statements(count: int = COUNT, seed: int = SEED) -> list[Sent]:
    """The first `count` statements of the searches; the same for the same seed."""
    random = Random(seed)
    searches = [Search(first_attempt(question, random), a_hand(random)) for question in QUESTIONS]
    sent: list[Sent] = []
    for number in range(count):
        search = searches[number // ROUND % len(searches)]
        attempt = _next(search, sent, random, first=number // ROUND < len(searches) and number % ROUND == 0)
        sent.append(_written(attempt, search.hand, random))
        if number % KEPT == KEPT - 1:
            sent[-1] = replace(sent[-1], attempt=replace(sent[-1].attempt, keep=f"{attempt.question}_model"))
    return sent


def _next(search: Search, sent: Sequence[Sent], random: Random, *, first: bool) -> Attempt:
    """What a search sends next; a step that turns out well is what it goes on from."""
    if first:
        return search.best
    before = [one.attempt for one in sent if one.attempt.question == search.best.question]
    if random.random() < AGAIN:
        return replace(random.choice(before), keep=None)
    attempt = edited(search.best, random)
    if random.random() < _chance(search.best, attempt):
        search.best = attempt
    return attempt


def _chance(best: Attempt, attempt: Attempt) -> float:
    """How likely a step is an improvement."""
    if attempt.family == best.family:
        return TAKEN_UP
    return TREES_AFTER_LINES if attempt.family == "trees" else LINES_AFTER_TREES


def _written(attempt: Attempt, hand: Hand, random: Random) -> Sent:
    """Mostly in the search's own hand, one time in six in another; one in five has a comment."""
    used = a_hand(random) if random.random() < 1 / 6 else hand
    return Sent(attempt, used, random.choice(REMARKS) if random.random() < 0.2 else None)


def edited_again(sent: Sequence[Sent], seed: int = SEED) -> tuple[list[Sent], list[int]]:
    """The statements once more with a twentieth of them (at least one) changed by one step, and which those are.

    A changed statement means something that none of the others does.
    """
    random = Random(f"{seed} again")
    places = sorted(random.sample(range(len(sent)), max(1, round(CHANGED * len(sent)))))
    known = {replace(one.attempt, keep=None) for one in sent}
    again = list(sent)
    for place in places:
        attempt = edited(sent[place].attempt, random)
        while attempt in known:
            attempt = edited(attempt, random)
        again[place] = replace(sent[place], attempt=replace(attempt, keep=sent[place].attempt.keep))
    return again, places


def mix(sent: Sequence[Sent]) -> list[tuple[str, int, int]]:
    """Estimator, statements it stands in, trials it has in them; most trials first."""
    used: Counter[str] = Counter()
    trials: Counter[str] = Counter()
    for one in sent:
        used.update({model.estimator for model in one.attempt.models})
        for model in one.attempt.models:
            trials[model.estimator] += model.trials
    return [(name, used[name], count) for name, count in trials.most_common()]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the statements, or the mix of estimators as a Markdown table."""
    parser = argparse.ArgumentParser(description="Print the agents' statements.")
    parser.add_argument("--count", type=int, default=COUNT, help="how many (default: %(default)s)")
    parser.add_argument("--mix", action="store_true", help="only which estimators, how often")
    options = parser.parse_args(arguments)
    sent = statements(options.count)
    if options.mix:
        print(mix_table(sent))
    else:
        print(";\n\n".join(one.text for one in sent) + ";")
    return 0


def mix_table(sent: Sequence[Sent]) -> str:
    """The mix as a Markdown table."""
    rows = [f"| `{name}` | {used} | {trials} |" for name, used, trials in mix(sent)]
    return "\n".join(["| estimator | statements | trials |", "| --- | ---: | ---: |", *rows])


if __name__ == "__main__":
    raise SystemExit(main())
