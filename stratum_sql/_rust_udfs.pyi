"""Types of the Rust extension (rust_udfs/src/python.rs). Call it through stratum_sql.kernels."""

from typing import Protocol, final

class _ArrowArray(Protocol):
    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]: ...

_State = tuple[int, float, float, float, float, float]  # count, mean, tail, m2, min, max
_Csr = tuple[Memory, Memory, Memory]  # starts, columns, values
_Numbers = tuple[_ArrowArray, int, bool]  # of a matrix, its rows, whether column after column
_Candidate = tuple[float, float, float, int, bool]  # alpha, l1_ratio, tol, max_iter, positive

CHUNK_ROWS: int

class KernelError(Exception): ...
class Cancelled(Exception): ...

@final
class CancelToken:
    def __init__(self) -> None: ...
    def cancel(self) -> None: ...
    @property
    def cancelled(self) -> bool: ...

@final
class Memory:
    def __len__(self) -> int: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...

@final
class BoostedTrees:
    def __init__(self, text: str) -> None: ...
    @property
    def features(self) -> int: ...
    @property
    def classes(self) -> int: ...
    @property
    def rounds(self) -> int: ...
    def advance(
        self,
        values: _ArrowArray,
        rows: int,
        column_major: bool,
        start: int,
        stop: int,
        before: _ArrowArray | None = None,
        cancel: CancelToken | None = None,
    ) -> Memory: ...
    def outputs(self, scores: _ArrowArray) -> Memory: ...

@final
class Logistic:
    @staticmethod
    def dense(
        values: _ArrowArray,
        rows: int,
        width: int,
        column_major: bool,
        scarce: list[int],
        codes: _ArrowArray,
        classes: int,
        weight: _ArrowArray | None,
        vectors: int,
    ) -> Logistic: ...
    @staticmethod
    def sparse(
        starts: _ArrowArray,
        columns: _ArrowArray,
        values: _ArrowArray,
        width: int,
        codes: _ArrowArray,
        classes: int,
        weight: _ArrowArray | None,
        vectors: int,
    ) -> Logistic: ...
    def sums(
        self, coefficients: _ArrowArray, factors: _ArrowArray, cancel: CancelToken | None = None
    ) -> tuple[Memory, Memory]: ...

def set_threads(count: int) -> None: ...
def threads() -> int: ...
def moments(
    column: _ArrowArray, groups: _ArrowArray | None, n_groups: int, cancel: CancelToken | None = None
) -> list[_State]: ...
def merge_moments(states: list[_State]) -> _State: ...
def mean_and_variance(column: _ArrowArray, cancel: CancelToken | None = None) -> tuple[int, float, float]: ...
def category_counts(codes: _ArrowArray, n_categories: int, cancel: CancelToken | None = None) -> Memory: ...
def look_up(
    codes: _ArrowArray,
    parts: _ArrowArray | None,
    table: _ArrowArray,
    width: int,
    cancel: CancelToken | None = None,
) -> Memory: ...
def bins(column: _ArrowArray, edges: _ArrowArray, cancel: CancelToken | None = None) -> Memory: ...
def lloyd(
    column: _ArrowArray, centres: list[float], tolerance: float, steps: int, cancel: CancelToken | None = None
) -> Memory | None: ...
def ranks(
    column: _ArrowArray, quantiles: _ArrowArray, references: _ArrowArray, cancel: CancelToken | None = None
) -> Memory: ...
def target_means(
    codes: _ArrowArray,
    target: _ArrowArray,
    parts: _ArrowArray | None,
    categories: int,
    sets: list[tuple[float, float]],
    smooth: float | None = None,
    cancel: CancelToken | None = None,
) -> Memory: ...
def one_hot(codes: _ArrowArray, table: _ArrowArray, width: int, cancel: CancelToken | None = None) -> Memory: ...
def row_order(keys: list[_ArrowArray], cancel: CancelToken | None = None) -> Memory: ...
def assemble(
    columns: list[_ArrowArray],
    rows: _ArrowArray | None,
    affine: list[tuple[float | None, float | None]],
    cancel: CancelToken | None = None,
) -> Memory: ...
def design(
    pieces: list[tuple[_ArrowArray, _ArrowArray | None, int | None]], rows: int, cancel: CancelToken | None = None
) -> Memory: ...
def gram(
    columns: list[_ArrowArray],
    pivots: list[float],
    codes: list[_ArrowArray],
    levels: list[int],
    cells: _ArrowArray,
    n_cells: int,
    weight: _ArrowArray | None = None,
    cancel: CancelToken | None = None,
) -> Memory: ...
def nearest(
    train: _Numbers, asked: _Numbers, width: int, count: int, cancel: CancelToken | None = None
) -> tuple[Memory, Memory]: ...
def ridge(gram: _ArrowArray, moment: _ArrowArray, alphas: list[float], cancel: CancelToken | None = None) -> Memory: ...
def elastic_net(
    gram: _ArrowArray,
    moment: _ArrowArray,
    target_square: float,
    rows: float,
    candidates: list[_Candidate],
    cancel: CancelToken | None = None,
) -> tuple[Memory, Memory, Memory, Memory]: ...
def text_codes(given: _ArrowArray, cancel: CancelToken | None = None) -> tuple[Memory, Memory]: ...
def tree_shap(
    starts: _ArrowArray,
    left: _ArrowArray,
    right: _ArrowArray,
    column: _ArrowArray,
    threshold: _ArrowArray,
    nan_left: _ArrowArray,
    weight: _ArrowArray,
    value: _ArrowArray,
    matrix: _ArrowArray,
    width: int,
    cancel: CancelToken | None = None,
) -> Memory: ...
def ngrams(
    given: _ArrowArray,
    unit: str,
    low: int,
    high: int,
    letters: list[tuple[int, int]],
    spaces: list[tuple[int, int]],
    stop_words: set[str],
    cancel: CancelToken | None = None,
) -> tuple[Memory, Memory, _Csr]: ...
def first_seen(
    starts: _ArrowArray,
    columns: _ArrowArray,
    width: int,
    rows: _ArrowArray,
    times: _ArrowArray,
    cancel: CancelToken | None = None,
) -> tuple[Memory, Memory]: ...
def renumber(
    starts: _ArrowArray,
    columns: _ArrowArray,
    values: _ArrowArray,
    rows: _ArrowArray,
    target: _ArrowArray,
    cancel: CancelToken | None = None,
) -> _Csr: ...
def sparse_product(
    starts: _ArrowArray,
    columns: _ArrowArray,
    values: _ArrowArray,
    width: int,
    dense: _ArrowArray,
    vectors: int,
    cancel: CancelToken | None = None,
) -> Memory: ...
def sparse_product_single(
    starts: _ArrowArray,
    columns: _ArrowArray,
    values: _ArrowArray,
    width: int,
    dense: _ArrowArray,
    vectors: int,
    cancel: CancelToken | None = None,
) -> Memory: ...
def _panic_for_test(message: str) -> None: ...
