"""Random statements parse, print and parse to the same; random text never raises anything but StratumError."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stratum_sql.errors import StratumError
from stratum_sql.grammar.parse import parse_one, parse_script
from stratum_sql.grammar.printer import same, to_core, to_sugar
from stratum_sql.grammar.tokens import NO_CALLS, NO_COLUMNS

CONNECTION = duckdb.connect()
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def accepts(sql: str) -> bool:
    try:
        CONNECTION.extract_statements(sql)
    except (duckdb.Error, UnicodeError):  # an error that shows half a character
        return False
    return True


words = st.from_regex(r"[a-z][a-z_0-9]{0,8}", fullmatch=True).filter(
    lambda word: word.upper() not in NO_COLUMNS | NO_CALLS | {"ROW"}
)
quoted = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=6).map(
    lambda text: '"' + text.replace('"', '""') + '"'
)
part = words | quoted
name = st.lists(part, min_size=1, max_size=2).map(".".join)
text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8).map(
    lambda value: "'" + value.replace("'", "''") + "'"
)
number = st.integers().map(str) | st.floats(allow_nan=False, allow_infinity=False).map(repr)
constant = number | text | st.sampled_from(["TRUE", "false", "NULL", "1_000", ".5", "2."])
arrow = st.sampled_from([" => ", ":=", "="])


def _call(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    arguments = st.dictionaries(words, st.tuples(arrow, values), max_size=3).map(
        lambda items: [f"{key}{sign}{value}" for key, (sign, value) in items.items()]
    )
    return st.tuples(words, st.lists(values, max_size=2), arguments).map(
        lambda made: f"{made[0]}({', '.join(made[1] + made[2])})"
    )


def _many(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    lists = st.lists(values, min_size=1, max_size=3).map(", ".join)
    struct = st.dictionaries(words, values, max_size=2).map(
        lambda items: "{" + ", ".join(f"'{key}': {value}" for key, value in items.items()) + "}"
    )
    return lists.map("[{}]".format) | lists.map("({})".format) | lists.map("row({})".format) | struct | _call(values)


value = st.recursive(constant | name, _many, max_leaves=6)
call = _call(value)


def _optional(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.just("") | values


@st.composite
def splits(draw: st.DrawFn) -> str:
    kind = draw(
        st.sampled_from(["CROSS VALIDATE", "CROSS VALIDATE 5 FOLDS", "HOLDOUT 0.25", "SPLIT f(n => 2)", "SPLIT BY c"])
    )
    options = ["NO SHUFFLE", "STRATIFY BY s", "GROUPS g", "ORDER BY o", "GAP 2", "REPEAT 3", "SEED 4"]
    chosen = draw(st.lists(st.sampled_from(options), unique=True)) if kind != "SPLIT BY c" else []
    return " ".join([kind, *chosen])


@st.composite
def statements(draw: st.DrawFn) -> str:
    head = draw(st.sampled_from(["FROM t", "SELECT 'x TRAIN MODEL'", "VALUES (1)", "FROM (FROM t PREDICT MODEL m)"]))
    clauses = [
        draw(_optional(name.map("TARGET {}".format))),
        draw(_optional(name.map("WEIGHT {}".format))),
        draw(_optional(st.lists(name, min_size=1, max_size=2).map(", ".join).map("PARTITION BY {}".format))),
        draw(_optional(splits())),
        draw(_optional(call.map("METRICS r2, {}".format))),
        draw(_optional(st.sampled_from(["SEARCH GRID", "SEARCH random 5", "SEARCH bayes_search(n => 3)"]))),
        draw(_optional(st.integers(0, 99).map("SEED {}".format))),
        draw(_optional(value.map("WITH (x = {}, y = 1)".format))),
        draw(_optional(name.map("AS {}".format))),
    ]
    order = draw(st.permutations([clause for clause in clauses if clause]))
    estimators = ", ".join(draw(st.lists(call, min_size=1, max_size=2)))
    train = f"{head} TRAIN MODEL {estimators} {' '.join(order)}"
    around = draw(
        st.sampled_from(
            ["{}", "SELECT * FROM ({}) AS q", "CREATE TABLE x AS {}", "EXPLAIN {}", "({})", "CREATE TEMP MODEL x AS {}"]
        )
    )
    if "CREATE TEMP MODEL" in around:  # which names the model itself
        order = [clause for clause in order if not clause.startswith("AS ")]
        train = f"{head} TRAIN MODEL {estimators} {' '.join(order)}"
    return around.replace("{}", train)


@QUICK
@given(statements())
def test_printed_text_says_the_same(script: str) -> None:
    statement = parse_one(script, accepts)
    sugar, core = to_sugar(script, statement), to_core(script, statement)
    assert accepts(core)
    from_sugar, from_core = parse_one(sugar, accepts), parse_one(core, accepts)
    assert same(script, statement, sugar, from_sugar)
    assert same(script, statement, core, from_core)
    assert to_sugar(core, from_core) == sugar
    assert to_sugar(sugar, from_sugar) == sugar


SEEDS = [
    case.strip("\n").partition("\n----\n")[0]
    for path in sorted(Path(__file__).parent.glob("*/*.sql"))
    for case in path.read_text(encoding="utf-8").split("\n====\n")
]
PIECES = [*"()[]{},;.'\"$*-+=:%?\n\0", "/*", "*/", "--", "$$", "TRAIN", "MODEL", "FROM", "AS", "WITH", "train_model(("]
PIECES += [
    "PREDICT MODEL m",
    "1e5",
    "EXPLAIN",
    "INSERT INTO x",
    "CREATE TABLE x AS",
    "é😀",
    "\ufeff",
    "=>",
    "row(",
    "-1",
    "CREATE MODEL m AS",
    "FROM show_models()",
    "drop_model(",
    "BATCH",
    "@",
    "m@2",
    "PROMOTE MODEL m TO",
]


def _mutated(script: str, source: random.Random) -> str:
    for _ in range(source.randint(1, 4)):
        at, to = sorted((source.randint(0, len(script)), source.randint(0, len(script))))
        match source.randrange(4):
            case 0:
                script = script[:at] + script[min(to, at + 5) :]
            case 1:
                script = script[:at] + source.choice(PIECES) + script[at:]
            case 2:
                script = script[:at] + script[at:to] * 2 + script[to:]
            case _:
                script = script[:at] + script[at:to].swapcase() + script[to:]
    return script


@pytest.mark.parametrize("part", range(8))
def test_mutated_text_raises_nothing_but_stratum_errors(part: int) -> None:
    source = random.Random(part)
    for _ in range(250):
        script = _mutated(source.choice(SEEDS), source)
        parsed, errors = parse_script(script, accepts)
        for error in errors:
            assert isinstance(error, StratumError)
            assert error.diagnostic.line is not None
        for statement in parsed.statements:
            printed = to_sugar(script, statement)
            assert same(script, statement, printed, parse_one(printed, accepts)), script


@pytest.mark.parametrize("part", range(4))
def test_no_verb_is_found_in_what_duckdb_accepts(part: int) -> None:
    source = random.Random(100 + part)
    pieces = [
        "train",
        "model",
        "predict",
        "evaluate",
        "transform",
        "TRAIN MODEL",
        ",",
        "AS",
        "FROM",
        "JOIN",
        "x",
        "*",
        "1",
        "(",
        ")",
    ]
    pieces += ["SELECT", "::", ".", "'a'", "ON", "USING", "PIVOT", "DESC", "END", "[", "]", "%", "LIMIT", "="]
    pieces += ["show", "models", "LIKE", "drop", "describe", "create", "begin", "commit", "batch", "explain"]
    pieces += ["promote", "rollback", "versions", "@", "TO"]
    plain = Path(__file__).with_name("plain.sql").read_text(encoding="utf-8").splitlines()
    legal = 0
    for _ in range(1500):
        script = source.choice(plain)
        for _ in range(source.randint(1, 3)):
            parts = script.split(" ")
            at = source.randint(0, len(parts))
            script = " ".join([*parts[:at], source.choice(pieces), *parts[at + source.randint(0, 1) :]])
        if accepts(script):
            legal += 1
            assert all(type(statement).__name__ == "Plain" for statement in parse_script(script)[0].statements), script
    assert legal > 100


@pytest.mark.parametrize(
    "repeated", ["(", "[", "FROM (", "WITH a AS (", "TRAIN MODEL ", "'", "/*", "a ", "train_model((", ";"]
)
def test_long_hostile_text_is_read_in_one_pass(repeated: str) -> None:
    text = "FROM t TRAIN MODEL r " + repeated * 3000
    parsed, errors = parse_script(text, accepts)
    assert parsed.statements or errors
