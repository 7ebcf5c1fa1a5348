"""From calls to trials: what is a candidate, what is a value, and in which order they come."""

from __future__ import annotations

from typing import Any

import pytest

from stratum_sql.catalog import search_space
from stratum_sql.catalog.search_space import (
    MOST_TRIALS,
    SpaceProblem,
    check_space,
    grid,
    python_value,
    random,
    space,
    trials,
)
from stratum_sql.catalog.spec import EstimatorValue
from stratum_sql.errors import Span
from stratum_sql.grammar.syntax import (
    Argument,
    Call,
    Expression,
    ListOf,
    Literal,
    Name,
    Search,
    StructOf,
    TupleOf,
)

AT = Span(0, 1)


def call(function: str, /, *values: Any, **arguments: Any) -> Call:
    """`call("ridge", alpha=[1, 2])` is `ridge(alpha => [1, 2])`."""
    args = tuple(Argument(None, expression(value), AT) for value in values)
    return Call(
        function, args + tuple(Argument(name, expression(value), AT) for name, value in arguments.items()), AT, AT
    )


def expression(value: Any) -> Expression:
    match value:
        case list():
            return ListOf(tuple(expression(item) for item in value), AT)
        case tuple():
            return TupleOf(tuple(expression(item) for item in value), AT)
        case dict():
            return StructOf(tuple((key, expression(item)) for key, item in value.items()), AT)
        case Call() | Name():
            return value
    return Literal(value, AT)


def all_of(one: Call) -> list[dict[str, Any]]:
    return list(grid(space(one)[0]))


def random_of(one: Call, n: int, seed: int = 0) -> list[dict[str, Any]]:
    return list(random(space(one)[0], n, seed))


def problem_of(one: Call) -> SpaceProblem:
    with pytest.raises(SpaceProblem) as caught:
        space(one)
    return caught.value


# ---- values ----------------------------------------------------------------------------------------------------------


def test_python_values() -> None:
    assert python_value(expression((100, 50))) == (100, 50)
    assert python_value(expression([1, None, "x"])) == [1, None, "x"]
    assert python_value(expression({"a": 2, "b": 1.5})) == {"a": 2, "b": 1.5}
    assert python_value(expression(call("ridge", alpha=2))) == EstimatorValue("ridge", (("alpha", 2),))


def test_a_bare_name_is_no_value() -> None:
    with pytest.raises(SpaceProblem, match="is a name") as caught:
        python_value(Name(("rbf",), AT))
    assert caught.value.hint == "write a text in quotes: 'rbf'"


# ---- grids -----------------------------------------------------------------------------------------------------------


def test_no_candidates_is_one_trial() -> None:
    assert all_of(call("ridge")) == [{}]
    assert all_of(call("ridge", alpha=2.0)) == [{"alpha": 2.0}]


def test_a_grid_is_in_the_order_written_the_last_fastest() -> None:
    found = all_of(call("ridge", alpha=[1, 10], fit_intercept=True, solver=["svd", "lsqr"]))
    assert found == [
        {"alpha": 1, "fit_intercept": True, "solver": "svd"},
        {"alpha": 1, "fit_intercept": True, "solver": "lsqr"},
        {"alpha": 10, "fit_intercept": True, "solver": "svd"},
        {"alpha": 10, "fit_intercept": True, "solver": "lsqr"},
    ]
    assert list(found[0]) == ["alpha", "fit_intercept", "solver"]


def test_a_tuple_is_one_value() -> None:
    assert all_of(call("mlp_classifier", hidden_layer_sizes=(100, 50))) == [{"hidden_layer_sizes": (100, 50)}]
    found = all_of(call("mlp_classifier", hidden_layer_sizes=[(100, 50), (30,)]))
    assert found == [{"hidden_layer_sizes": (100, 50)}, {"hidden_layer_sizes": (30,)}]


def test_a_list_inside_candidates_is_one_value() -> None:
    found = all_of(call("hist_gb_regressor", monotonic_cst=[[0, 1], [1, 1]]))
    assert found == [{"monotonic_cst": (0, 1)}, {"monotonic_cst": (1, 1)}]


def test_choose_functions() -> None:
    assert all_of(call("ridge", alpha=call("choose", 1, 2))) == [{"alpha": 1}, {"alpha": 2}]
    assert all_of(call("ridge", fit_intercept=call("choose_bool"))) == [
        {"fit_intercept": False},
        {"fit_intercept": True},
    ]
    assert all_of(call("ridge", max_iter=call("optional", 50))) == [{"max_iter": 50}, {"max_iter": None}]
    assert [one["max_depth"] for one in all_of(call("extra_tree_regressor", max_depth=call("choose_int", 2, 5)))] == [
        2,
        3,
        4,
        5,
    ]
    nested = call("choose", call("choose_int", 1, 2), None)
    assert [one["max_depth"] for one in all_of(call("extra_tree_regressor", max_depth=nested))] == [1, 2, None]


def test_candidates_inside_an_ensemble() -> None:
    inner = call("ridge_classifier", alpha=[1, 2], tol=0.1)
    found = all_of(call("bagging_classifier", estimator=inner, n_estimators=[5, 6]))
    assert [(dict(one["estimator"].params)["alpha"], one["n_estimators"]) for one in found] == [
        (1, 5),
        (1, 6),
        (2, 5),
        (2, 6),
    ]
    either = [call("ridge_classifier", alpha=[1, 2]), call("logistic")]
    assert [one["estimator"].name for one in all_of(call("bagging_classifier", estimator=either))] == [
        "ridge_classifier", "ridge_classifier", "logistic",
    ]  # fmt: skip
    pair = (call("ridge", alpha=[1, 2]), Name(("ols",), AT))
    found = all_of(call("voting_regressor", estimators=pair))
    assert [one["estimators"] for one in found] == [
        (EstimatorValue("ridge", (("alpha", alpha),)), EstimatorValue("ols")) for alpha in (1, 2)
    ]


def test_a_grid_cannot_go_through_numbers_without_end() -> None:
    for domain in (call("choose_float", 0.1, 1), call("choose_int", 1, 101)):
        with pytest.raises(SpaceProblem) as caught:
            all_of(call("ridge", alpha=domain))
        assert caught.value.code == "needs_random"
        assert caught.value.hint == "SEARCH RANDOM 20 TRIALS"
    assert len(all_of(call("ridge", alpha=call("choose_int", 1, 100)))) == 100


def test_a_grid_has_an_end() -> None:
    large = call("ridge", alpha=call("choose_int", 1, 100), tol=list(range(50)), max_iter=list(range(30)))
    with pytest.raises(SpaceProblem) as caught:
        all_of(large)
    assert caught.value.code == "too_many_trials"
    assert "150,000 trials" in caught.value.message


# ---- random ----------------------------------------------------------------------------------------------------------


def test_random_trials_are_distinct_and_all_of_a_small_space() -> None:
    one = call("ridge", alpha=[1, 2, 3], solver=["svd", "lsqr"])
    found = random_of(one, 100)
    assert len(found) == 6
    assert sorted(map(repr, found)) == sorted(map(repr, all_of(one)))
    assert len({repr(trial) for trial in random_of(one, 4)}) == 4


def test_the_seed_decides_and_a_longer_search_begins_like_a_shorter() -> None:
    for one in (call("ridge", alpha=call("choose_int", 1, 10**6)), call("ridge", alpha=call("choose_float", 0, 1))):
        assert random_of(one, 10, 3) == random_of(one, 10, 3) == random_of(one, 20, 3)[:10]
        assert random_of(one, 10, 3) != random_of(one, 10, 4)


def test_random_numbers_stay_between_their_ends() -> None:
    drawn = random_of(call("ridge", alpha=call("choose_float", 0.001, 1000, log=True)), 300)
    alphas = [trial["alpha"] for trial in drawn]
    assert 0.001 <= min(alphas) < 0.01
    assert 100 < max(alphas) <= 1000
    assert 100 < sum(alpha < 1 for alpha in alphas) < 200  # evenly in the logarithm
    ints = [
        trial["max_iter"] for trial in random_of(call("ridge", max_iter=call("choose_int", 1, 1000, log=True)), 100)
    ]
    assert len(set(ints)) == 100
    assert all(isinstance(value, int) and 1 <= value <= 1000 for value in ints)


def test_log_draws_of_a_small_range_come_to_an_end() -> None:
    drawn = random_of(call("ridge", max_iter=call("choose_int", 1, 3, log=True)), 50)
    assert sorted(trial["max_iter"] for trial in drawn) == [1, 2, 3]


def test_every_position_of_a_space_is_drawn_alike() -> None:
    one = call("ridge", alpha=[1, 2, 3, 4])
    first = [random_of(one, 1, seed)[0]["alpha"] for seed in range(400)]
    assert all(70 < first.count(value) < 130 for value in (1, 2, 3, 4))


# ---- the statement's search ------------------------------------------------------------------------------------------


def search(strategy: str, n: int | None = None, by: Call | None = None) -> Search:
    return Search(strategy, n, AT, by)


def test_trials_of_several_estimators() -> None:
    spaces = [space(call("ridge", alpha=[1, 2]))[0], space(call("ols"))[0]]
    for found in (trials(spaces, None, 0), trials(spaces, search("grid"), 0)):
        assert [(trial.spec.name, dict(trial.params)) for trial in found] == [
            ("ridge", {"alpha": 1}), ("ridge", {"alpha": 2}), ("linear_regression", {}),
        ]  # fmt: skip


def test_random_search() -> None:
    spaces = [space(call("ridge", alpha=call("choose_float", 0, 1)))[0], space(call("ols"))[0]]
    assert len(trials(spaces, search("random", 4), 0)) == 5
    assert len(trials(spaces, search("random"), 0)) == 11
    by_call = trials(spaces, search("random", None, call("random_search", trials=4, seed=7)), 0)
    assert by_call == trials(spaces, search("random", 4), 7)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (search("halving", None, call("halving_search", factors=3)), "unknown_parameter"),
        (search("halving", 0), "no_trials"),
        (search("greedy"), "unknown_search"),
        (search("grid", 10), "grid_is_whole"),
        (search("random", 0), "no_trials"),
        (search("random", -1), "no_trials"),
        (search("random", MOST_TRIALS + 1), "too_many_trials"),
        (search("random", None, call("random_search", trails=3)), "unknown_parameter"),
        (search("random", None, call("random_search", trials="many")), "wrong_value"),
        (search("random", None, call("random_search", 3)), "positional_argument"),
    ],
)
def test_searches_that_cannot_be(wanted: Search, code: str) -> None:
    spaces = [space(call("ridge", alpha=call("choose_float", 0, 1) if wanted.strategy == "random" else [1, 2]))[0]]
    with pytest.raises(SpaceProblem) as caught:
        trials(spaces, wanted, 0)
    assert caught.value.code == code


def test_the_trials_of_all_estimators_together_have_an_end() -> None:
    one = space(
        call("ridge", alpha=call("choose_int", 1, 100), max_iter=call("choose_int", 1, 100), tol=[1, 2, 3, 4, 5, 6])
    )[0]
    with pytest.raises(SpaceProblem, match="at most 100,000"):
        trials([one, one], None, 0)


# ---- problems --------------------------------------------------------------------------------------------------------

PROBLEMS: list[tuple[Call, str]] = [
    (call("rigde"), "unknown_estimator"),
    (call("os.system", command="ls"), "unknown_estimator"),
    (call("ridge", 1.0), "positional_argument"),
    (call("ridge", alpha=[]), "no_candidates"),
    (call("ridge", alpha=call("choose")), "no_candidates"),
    (call("ridge", alpha=call("choose", low=1)), "wrong_arguments"),
    (call("ridge", alpha=call("choose_bool", 1)), "wrong_arguments"),
    (call("ridge", alpha=call("optional", 1, 2)), "wrong_arguments"),
    (call("ridge", alpha=call("choose_int", 1)), "wrong_arguments"),
    (call("ridge", alpha=call("choose_int", 1, 2, 3)), "wrong_arguments"),
    (call("ridge", alpha=call("choose_int", 1, 2, step=3)), "wrong_arguments"),
    (call("ridge", alpha=call("choose_int", 1, 2, log=1)), "wrong_arguments"),
    (call("ridge", alpha=call("choose_int", 1, 2.5)), "wrong_range"),
    (call("ridge", alpha=call("choose_int", 5, 1)), "wrong_range"),
    (call("ridge", alpha=call("choose_int", 1, 10**400)), "wrong_range"),
    (call("ridge", alpha=call("choose_float", "a", 1)), "wrong_range"),
    (call("ridge", alpha=call("choose_float", True, 2)), "wrong_range"),
    (call("ridge", alpha=call("choose_float", 0, 1, log=True)), "wrong_range"),
    (call("ridge", alpha=call("choose_float", 0, float("inf"))), "wrong_range"),
    (call("ridge", alpha=call("choose_int", 1, call("choose", 1))), "no_candidates_here"),
    (call("svc", kernel=Name(("rbf",), AT)), "bare_name"),
    (call("bagging_classifier", estimator=call("rigde")), "unknown_estimator"),
]


@pytest.mark.parametrize(("one", "code"), PROBLEMS)
def test_problems(one: Call, code: str) -> None:
    assert problem_of(one).code == code


def test_an_unknown_estimator_is_told_its_neighbours() -> None:
    assert "ridge" in problem_of(call("rigde")).did_you_mean


def test_a_parameter_set_twice() -> None:
    one = call("ridge", alpha=1)
    assert problem_of(Call("ridge", one.args * 2, AT, AT)).code == "twice"


# ---- warnings and checks ---------------------------------------------------------------------------------------------


def test_a_flat_list_where_one_value_is_a_list_warns() -> None:
    for one in (
        call("mlp_classifier", hidden_layer_sizes=[100, 50]),
        call("ridge_cv", alphas=[0.1, 1.0]),
        call("elastic_net_cv", l1_ratio=[0.1, 1.0]),
        call("voting_regressor", estimators=[call("ols"), call("ridge")]),
    ):
        _, (warning,) = space(one)
        assert "candidates" in warning.message
    for one in (
        call("mlp_classifier", hidden_layer_sizes=[(100, 50), (30,)]),
        call("mlp_classifier", hidden_layer_sizes=(100, 50)),
        call("elastic_net", l1_ratio=[0.1, 1.0]),
        call("knn_classifier", weights=["uniform", "distance"]),
        call("ridge", alpha=[1, 2]),
    ):
        assert space(one)[1] == ()


def test_every_candidate_is_checked() -> None:
    found = check_space(space(call("ridge", alpha=[1, -1], solver=["svd", "svdd"], fit_intercept=True))[0])
    assert [(problem.parameter, problem.did_you_mean) for problem in found] == [("alpha", ()), ("solver", ("svd",))]
    assert check_space(space(call("ridge", alpha=call("choose_float", 0.1, 2), solver=["svd"]))[0]) == []
    found = check_space(space(call("ridge", alpha=call("choose_float", -1, 2)))[0])
    assert "in the range [0.0, inf)" in found[0].message
    found = check_space(space(call("bagging_classifier", estimator=call("ridge_classifier", alpha=[1, -1])))[0])
    assert [problem.parameter for problem in found] == ["estimator.alpha"]
    found = check_space(space(call("voting_classifier", voting=["hard", "soft"]))[0])
    assert [problem.parameter for problem in found] == ["estimators"]


def test_a_domain_is_walked_in_the_order_of_its_positions() -> None:
    inner = search_space.Choice((1, search_space.IntRange(3, 5), "x"))
    pair = search_space.Several((inner, 7, search_space.Choice(("a", None))), tuple)
    whole = search_space.Choice((pair, (2, 2), inner))
    assert whole.size == 10 + 1 + 5
    assert list(search_space._all(whole)) == [whole.at(position) for position in range(whole.size)]
