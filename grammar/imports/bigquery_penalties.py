"""The linear model types of BigQuery ML: which estimator they are depends on their penalties.

    no penalty        linear_regression()                          logistic_regression(penalty => NULL)
    l2_reg = b        ridge(alpha => b)                            logistic_regression(C => 1 / b)
    l1_reg = a        lasso(alpha => a)                            … l1_ratio => 1.0, solver => 'saga'
    both              elastic_net(alpha => a + b, l1_ratio => a / (a + b))   … C => 1 / (a + b), l1_ratio => …

BigQuery does not document what its penalties are multiplied with, so a value that is best there need not be best here.
"""

from __future__ import annotations

from collections.abc import Callable

from stratum_sql.grammar.imports.bigquery_values import candidates, limits, numbers, positive, search_space
from stratum_sql.grammar.imports.foreign import Options, argument, call, literal
from stratum_sql.grammar.syntax import Argument, Call, Expression, ListOf, Literal

Note = Callable[[str], None]
_SCALE = "penalties may be scaled otherwise than BigQuery's: the best value may be another"


def linear(options: Options, note: Note) -> Call:
    """Least squares with the penalties that `options` say."""
    l1, l2 = _penalty(options, "l1_reg"), _penalty(options, "l2_reg")
    intercept = _intercept(options)
    if l1 is None and l2 is None:
        return call("linear_regression", *intercept)
    note(_SCALE)
    if l1 is not None and l2 is not None:
        total, ratio = _both(options, l1, l2)
        return call("elastic_net", argument("alpha", total), argument("l1_ratio", ratio), *intercept)
    given = l1 or l2
    assert given is not None
    name = "ridge" if l1 is None else "lasso"
    return call(name, argument("alpha", search_space(options, given, numbers)), *intercept)


def logistic(options: Options, note: Note) -> Call:
    """Logistic regression with the penalties that `options` say."""
    l1, l2 = _penalty(options, "l1_reg"), _penalty(options, "l2_reg")
    rest = [*_intercept(options), *_balanced(options)]
    if l1 is None and l2 is None:
        return call("logistic_regression", argument("penalty", literal(None)), *rest)
    note(_SCALE)
    if l1 is None and l2 is not None:
        return call("logistic_regression", argument("C", _inverse(options, l2)), *rest)
    saga = argument("solver", literal("saga"))  # the one that takes an L1 penalty with any number of classes
    if l1 is not None and l2 is not None:
        total, ratio = _both(options, l1, l2)
        strength = literal(1.0 / float(total.value or 1))
        return call("logistic_regression", argument("C", strength), argument("l1_ratio", ratio), saga, *rest)
    assert l1 is not None
    return call(
        "logistic_regression", argument("C", _inverse(options, l1)), argument("l1_ratio", literal(1.0)), saga, *rest
    )


def _penalty(options: Options, name: str) -> Argument | None:
    """The option `name`, which is none where it is 0."""
    given = options.take(name)
    if given is not None and isinstance(given.value, Literal) and given.value.value == 0:
        return None
    return given


def _both(options: Options, l1: Argument, l2: Argument) -> tuple[Literal, Literal]:
    """`alpha` and `l1_ratio` of two penalties, which must be numbers."""
    values = []
    for given in (l1, l2):
        if isinstance(given.value, Call):
            raise options.no_equal(
                given, "cannot be searched beside another penalty", "elastic_net(alpha => …, l1_ratio => …)"
            )
        values.append(_above_zero(options, given, given.value))
    return literal(values[0] + values[1]), literal(values[0] / (values[0] + values[1]))


def _above_zero(options: Options, given: Argument, value: Expression) -> float:
    number = numbers(options, given, value)
    if not positive(number):
        raise options.wrong(given, "a number above 0", value)
    return float(number.value or 0)


def _inverse(options: Options, given: Argument) -> Expression:
    """`C`, which is 1 / penalty."""
    value = given.value
    if isinstance(value, Call) and value.name.upper() == "HPARAM_RANGE":
        low, high = (_above_zero(options, given, limit) for limit in limits(options, given, value))
        log = argument("log", literal(value=True))
        return call("choose_float", argument(None, literal(1 / high)), argument(None, literal(1 / low)), log)
    if isinstance(value, Call) and value.name.upper() == "HPARAM_CANDIDATES":
        found = (_above_zero(options, given, item) for item in candidates(options, given, value))
        return ListOf(tuple(literal(1 / one) for one in found), value.span)
    return literal(1 / _above_zero(options, given, value))


def _intercept(options: Options) -> list[Argument]:
    given = options.take("fit_intercept")
    return [] if given is None else [argument("fit_intercept", _flag(options, given))]


def _balanced(options: Options) -> list[Argument]:
    given = options.take("auto_class_weights")
    if given is None or _flag(options, given).value is False:
        return []
    return [argument("class_weight", literal("balanced"))]


def _flag(options: Options, given: Argument) -> Literal:
    if not isinstance(given.value, Literal) or not isinstance(given.value.value, bool):
        raise options.wrong(given, "TRUE or FALSE")
    return given.value
