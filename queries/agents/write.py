"""An attempt as text, in some hand: letter case, aliases, the form of the query, where the comma stands, comments."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from queries.agents.attempts import CATEGORIES, PLANE, WEATHER, Attempt, Head, Model

METRICS = {"arr_delay": "r2, mae", "late": "roc_auc, accuracy"}
ALIASES = (("f", "w", "p"), ("fl", "wx", "pl"), ("flights", "weather", "planes"), ("a", "b", "c"))
SHORT_NAMES = {
    "logistic_regression": "logistic",
    "lightgbm_regressor": "lgbm_regressor",
    "lightgbm_classifier": "lgbm_classifier",
}
REMARKS = (
    "-- baseline for this group of features",
    "-- retry with other settings",
    "-- does this column help?",
    "-- same rows as before",
    "-- check against the last run",
    "/* candidate */",
)


@dataclass(frozen=True, slots=True)
class Hand:
    """How someone writes. `upper`: keywords in upper case; `aliases` name flights, weather, planes. `cte`: the
    joined tables first, under `cte_name`. `using`: joins by USING, else ON. `short_names` are the language's other
    names of estimators."""

    upper: bool
    aliases: tuple[str, str, str]
    cte: bool
    using: bool
    commas_first: bool
    cte_name: str
    short_names: bool


def a_hand(random: Random) -> Hand:
    """Some hand."""
    return Hand(
        upper=random.random() < 0.6,
        aliases=random.choice(ALIASES),
        cte=random.random() < 0.4,
        using=random.random() < 0.6,
        commas_first=random.random() < 0.25,
        cte_name=random.choice(("base", "sample", "trips", "Flown", "data")),
        short_names=random.random() < 0.3,
    )


def write(attempt: Attempt, hand: Hand, remark: str | None = None) -> str:
    """The statement, without a semicolon. `remark` is a comment above it."""
    head = _cte(attempt, hand) if hand.cte else _plain(attempt, hand)
    models = _listed([_model(model, hand) for model in attempt.models], hand)
    lines = [
        *([remark] if remark else []),
        *head,
        f"{_word('TRAIN MODEL', hand)}{models}",
        f"{_word('TARGET', hand)} {attempt.question}",
        f"{_word('CROSS VALIDATE', hand)} {attempt.folds}",
        f"{_word('METRIC', hand)} {METRICS[attempt.question]}",
        *([f"{_word('AS', hand)} {attempt.keep}"] if attempt.keep else []),
    ]
    return "\n".join(lines)


# ---- the head --------------------------------------------------------------------------------------------------------


def _plain(attempt: Attempt, hand: Hand) -> list[str]:
    """One query: features over the joined tables."""
    columns = _columns(attempt, hand)
    items = [f"{columns[attempt.question]} AS {attempt.question}", *_features(attempt, columns)]
    return [_word("SELECT", hand) + _listed(items, hand), *_from(attempt, hand)]


def _cte(attempt: Attempt, hand: Hand) -> list[str]:
    """The joined tables under a name, then features over that."""
    columns = _columns(attempt, hand)
    inner = [f"{sql} AS {name}" for name, sql in columns.items()]
    plain = {name: name for name in columns}
    return [
        f"{_word('WITH', hand)} {hand.cte_name} {_word('AS', hand)} (",
        _word("SELECT", hand) + _listed(inner, hand),
        *_from(attempt, hand),
        ")",
        _word("SELECT", hand) + _listed([attempt.question, *_features(attempt, plain)], hand),
        f"{_word('FROM', hand)} {hand.cte_name}",
    ]


def _columns(attempt: Attempt, hand: Hand) -> dict[str, str]:
    """SQL of each column that the attempt reads, by its name, the target first."""
    flights, weather, planes = hand.aliases
    known = {
        "arr_delay": f"{flights}.arr_delay",
        "late": f"{flights}.arr_delay > 15",
        "dep_delay": f"{flights}.dep_delay",
        "distance": f"{flights}.distance",
        "scheduled_hour": f"{flights}.hour",
        "weekday": f"dayofweek({flights}.time_hour)",
        **{name: f"{weather}.{name}" for name in WEATHER},
        "built": f"{planes}.year",
        "seats": f"{planes}.seats",
        **{name: f"{flights}.{name}" for name in CATEGORIES},
    }
    wanted = (attempt.question, *attempt.numbers, *(name for name, _ in attempt.categories))
    return {name: known[name] for name in wanted}


def _features(attempt: Attempt, columns: dict[str, str]) -> list[str]:
    """Lines get filled and scaled numbers; trees take them as they are."""
    linear = attempt.family == "linear"
    items = [_number(name, columns[name], linear) for name in attempt.numbers]
    return items + [_category(name, columns[name], encoder, linear) for name, encoder in attempt.categories]


def _number(name: str, sql: str, linear: bool) -> str:
    if not linear:
        return f"{sql} AS {name}" if sql != name else name
    filled = f"impute({sql})" if name in WEATHER + PLANE else sql
    return f"standard_scale({filled}) AS {name}"


def _category(name: str, sql: str, encoder: str, linear: bool) -> str:
    if linear and encoder != "one_hot":
        return f"standard_scale({encoder}({sql})) AS {name}_code"
    return f"{encoder}({sql})" if encoder == "one_hot" else f"{encoder}({sql}) AS {name}_code"


def _from(attempt: Attempt, hand: Hand) -> list[str]:
    flights, weather, planes = hand.aliases
    lines = [f"{_word('FROM', hand)} {_aliased('flights', flights, hand)}"]
    if set(attempt.numbers) & set(WEATHER):
        lines.append(_join("weather", weather, ("origin", "time_hour"), hand))
    if set(attempt.numbers) & set(PLANE):
        lines.append(_join("planes", planes, ("tailnum",), hand))
    return [*lines, _where(attempt.head, hand)]


def _join(table: str, alias: str, keys: tuple[str, ...], hand: Hand) -> str:
    joined = f"{_word('LEFT JOIN', hand)} {_aliased(table, alias, hand)}"
    if hand.using:
        return f"{joined} {_word('USING', hand)} ({', '.join(keys)})"
    flights = hand.aliases[0]
    equal = _word(" AND ", hand).join(f"{alias}.{key} = {flights}.{key}" for key in keys)
    return f"{joined} {_word('ON', hand)} {equal}"


def _where(head: Head, hand: Hand) -> str:
    flights = hand.aliases[0]
    parts = [f"{flights}.arr_delay {_word('IS NOT NULL', hand)}"]
    if head.months:
        parts.append(f"{flights}.month {_word('IN', hand)} ({', '.join(map(str, head.months))})")
    if head.origin is not None:
        parts.append(f"{flights}.origin = '{head.origin}'")
    parts.append(f"hash({flights}.carrier, {flights}.flight, {flights}.time_hour) % {head.share} = 0")
    return f"{_word('WHERE', hand)} {_word(' AND ', hand).join(parts)}"


# ---- the rest --------------------------------------------------------------------------------------------------------


def _model(model: Model, hand: Hand) -> str:
    given = [f"{name} => {_candidates(values)}" for name, values in model.lists]
    if model.estimator == "logistic_regression":
        given.append("max_iter => 1000")
    name = SHORT_NAMES.get(model.estimator, model.estimator) if hand.short_names else model.estimator
    return f"{name}({', '.join(given)})"


def _candidates(values: tuple[float, ...]) -> str:
    return str(values[0]) if len(values) == 1 else f"[{', '.join(map(str, values))}]"


def _aliased(table: str, alias: str, hand: Hand) -> str:
    name = table if hand.upper else table.capitalize()
    return name if alias == table else f"{name} {_word('AS', hand)} {alias}"


def _listed(items: list[str], hand: Hand) -> str:
    """Items on lines of their own, one alone on the line that there is."""
    if len(items) == 1:
        return f" {items[0]}"
    if hand.commas_first:
        return "\n      " + "\n    , ".join(items)
    return "\n    " + ",\n    ".join(items)


def _word(keyword: str, hand: Hand) -> str:
    return keyword if hand.upper else keyword.lower()
