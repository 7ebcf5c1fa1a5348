"""The border to Rust: what is no Arrow array is refused, a panic is an ordinary exception, a call can be stopped."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import sparse

from stratum_sql import _rust_udfs
from stratum_sql import kernels as rust

FLOATS = pa.array([1.0, 2.0])


def test_a_panic_is_an_ordinary_exception_and_the_next_call_works(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Exception, match="a Rust kernel failed: on purpose") as caught:
        _rust_udfs._panic_for_test("on purpose")
    assert type(caught.value) is rust.KernelError
    assert isinstance(caught.value, Exception)
    assert rust.moments([1.0, 3.0]).mean.tolist() == [2.0]
    assert capfd.readouterr() == ("", "")  # told once, by the exception


class Odd:
    """Has `__arrow_c_array__`, which returns whatever it was made with."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def __arrow_c_array__(self, requested_schema: object = None) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize("value", [1, None, "text", [1.0], np.array([1.0]), object()])
def test_what_is_no_arrow_array_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="expected an Arrow array"):
        _rust_udfs.moments(value, None, 1)


@pytest.mark.parametrize("answer", [None, (), (1, 2), FLOATS.__arrow_c_array__()[::-1], ("schema", None)])
def test_a_malformed_answer_is_refused(answer: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        _rust_udfs.moments(Odd(answer), None, 1)


def test_an_error_of_the_array_itself_comes_through() -> None:
    with pytest.raises(KeyError, match="mine"):
        _rust_udfs.moments(Odd(KeyError("mine")), None, 1)


def test_an_array_that_was_taken_before_is_refused() -> None:
    once = Odd(FLOATS.__arrow_c_array__())
    assert _rust_udfs.moments(once, None, 1)[0][1] == 1.5
    with pytest.raises(ValueError, match="already taken"):
        _rust_udfs.moments(once, None, 1)


@pytest.mark.parametrize(
    "array",
    [
        pa.array([1, 2]),
        pa.array([1.0], pa.float32()),
        pa.array(["a"]),
        pa.array([None]),
        pa.array([[1.0]]),
        pa.array(["a"]).dictionary_encode(),
        pa.array([{"x": 1.0}]),
    ],
    ids=lambda array: str(array.type),
)
def test_another_type_is_refused(array: Any) -> None:
    with pytest.raises(ValueError, match="expected an Arrow array of Float64"):
        _rust_udfs.moments(array, None, 1)


def test_misaligned_memory_is_read_right_or_refused() -> None:
    """Arrow allows it, Rust's types do not: the binding copies to aligned memory, or raises an ordinary exception."""
    raw = pa.py_buffer(b"\0" + np.array([1.0, 5.0]).tobytes()).slice(1)
    array = pa.Array.from_buffers(pa.float64(), 2, [None, raw])
    assert _rust_udfs.moments(array, None, 1)[0][1] == 3.0


def test_null_keys_and_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="NULL"):
        _rust_udfs.row_order([pa.array([1, None], pa.uint64())])
    with pytest.raises(ValueError, match="NULL"):
        _rust_udfs.assemble([FLOATS], pa.array([0, None]), [])


STUMP = """tree
version=v4
num_class=1
num_tree_per_iteration=1
max_feature_idx=0
objective=regression
tree_sizes=1

Tree=0
num_leaves=2
num_cat=0
split_feature=0
threshold=0.5
decision_type=2
left_child=-1
right_child=-2
leaf_value=1 2
is_linear=0
shrinkage=1

end of trees
"""

ONE = sparse.csr_matrix(np.ones((1, 1)))

ONE_TREE = rust.Trees(
    starts=np.array([0, 3]),
    left=np.array([1, -1, -1], np.int32),
    right=np.array([2, -1, -1], np.int32),
    column=np.array([0, -1, -1], np.int32),
    threshold=np.zeros(3),
    nan_left=np.zeros(3, np.int32),
    weight=np.array([3.0, 1.0, 2.0]),
    value=np.array([0.0, 1.0, 2.0]),
)
CALLS: list[Callable[[rust.CancelToken], object]] = [
    lambda token: rust.moments([1.0], cancel=token),
    lambda token: rust.mean_and_variance(np.ones(200_000), cancel=token),
    lambda token: rust.category_counts([0], 1, cancel=token),
    lambda token: rust.look_up([0], [1.0, 2.0], cancel=token),
    lambda token: rust.bins([0.0], [1.0], cancel=token),
    lambda token: rust.lloyd([0.0, 1.0], [0.5], 0.0, cancel=token),
    lambda token: rust.ranks([0.0], [1.0], [1.0], cancel=token),
    lambda token: rust.target_means([0], [1.0], 1, [1.0], [0.0], cancel=token),
    lambda token: rust.one_hot([0], [0], 1, cancel=token),
    lambda token: rust.design([np.ones(1)], 1, cancel=token),
    lambda token: rust.row_order([[2, 1]], cancel=token),
    lambda token: rust.assemble([[1.0]], cancel=token),
    lambda token: rust.text_codes(pa.array(["a"], pa.large_string()), cancel=token),
    lambda token: rust.tree_shap(ONE_TREE, np.zeros((1, 1)), cancel=token),
    lambda token: rust.ngrams(pa.array(["ab"], pa.large_string()), "char", (1, 2), cancel=token),
    lambda token: rust.renumber(ONE, [0], [0], 1, cancel=token),
    lambda token: rust.first_seen(ONE, [0], [1], cancel=token),
    lambda token: rust.sparse_product(ONE, np.ones((1, 1)), cancel=token),
    lambda token: rust.BoostedTrees(STUMP).scores(np.ones((1, 1)), 1, cancel=token),
    lambda token: rust.Logistic(np.ones((2, 1)), [0, 1], 2).sums(np.zeros((1, 1, 2)), cancel=token),
    lambda token: rust.nearest(np.ones((1, 1)), np.ones((1, 1)), 1, cancel=token),
]
NAMES = [
    "moments",
    "mean",
    "counts",
    "look_up",
    "bins",
    "lloyd",
    "ranks",
    "target_means",
    "one_hot",
    "design",
    "row_order",
    "assemble",
    "text_codes",
    "tree_shap",
    "ngrams",
    "renumber",
    "first_seen",
    "sparse_product",
    "boosted",
    "logistic",
    "nearest",
]


@pytest.mark.parametrize("call", CALLS, ids=NAMES)
def test_a_cancelled_call_raises(call: Callable[[rust.CancelToken], object]) -> None:
    token = rust.CancelToken()
    call(token)
    token.cancel()
    assert token.cancelled
    with pytest.raises(rust.Cancelled):
        call(token)


@pytest.mark.parametrize("count", [0, 1025])
def test_a_senseless_number_of_threads_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 1024"):
        rust.set_threads(count)


def test_calls_from_many_threads_do_not_disturb_each_other(threads_restored: None) -> None:
    values = np.arange(200_000.0)
    alone = rust.moments(values).m2

    def call(index: int) -> Any:
        rust.set_threads(index % 3 + 1)
        return rust.moments(values).m2

    with ThreadPoolExecutor(4) as executor:
        assert all(np.array_equal(answer, alone) for answer in executor.map(call, range(24)))


def test_a_result_outlives_its_source() -> None:
    matrices = [rust.assemble([np.full(1000, float(index))]) for index in range(50)]
    assert [matrix.mean() for matrix in matrices] == list(range(50))


def _mean_in_child(answers: Any) -> None:
    answers.put(rust.moments(np.arange(100_000.0)).mean.tolist())


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")  # the danger is the point of the test
@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork on this system")
def test_a_forked_child_has_a_pool_of_its_own() -> None:
    rust.moments(np.arange(100_000.0))  # starts this process's pool
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=_mean_in_child, args=(answers,))
    child.start()
    assert answers.get(timeout=60) == [49_999.5]
    child.join(timeout=60)
    assert child.exitcode == 0


def test_a_missing_library_is_said_at_import() -> None:
    code = "import sys; sys.modules['stratum_sql._rust_udfs'] = None; import stratum_sql.kernels"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "ImportError: the Rust part of stratum-sql" in done.stderr
    assert "./run test" in done.stderr
