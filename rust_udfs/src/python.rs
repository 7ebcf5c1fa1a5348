//! What Python can call. The typed front, with numpy arrays, is `stratum_sql/kernels/`.

use std::collections::HashSet;

use arrow_array::PrimitiveArray;
use arrow_array::types::{ArrowPrimitiveType, Float32Type, Float64Type, Int32Type, Int64Type, UInt64Type};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyList;
use stratum_kernels::chunks::CHUNK;
use stratum_kernels::{
    Affine, Analyzer, Atoms, Cancel, Candidate, Cells, CharSet, Csr, Encoded, Labels, Matrix, Moments, Normal, Number,
    OwnedCsr, Piece, Smoothing, SparseRows, Trees, Unit, pool,
};

use crate::capsule::{array, texts};
use crate::guard::{guarded, silence_panics};
use crate::memory::Memory;

/// A flag that stops the calls it was given to, from any thread. It stays set.
#[pyclass(frozen, module = "stratum_sql._rust_udfs", name = "CancelToken")]
#[derive(Default)]
pub(crate) struct CancelToken(Cancel);

#[pymethods]
impl CancelToken {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Stop every call that has this token at its next chunk of rows; it raises `Cancelled`.
    fn cancel(&self) {
        self.0.cancel();
    }

    /// Whether `cancel` was called.
    #[getter]
    fn cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

fn flag(token: Option<&Bound<'_, CancelToken>>) -> Cancel {
    token.map(|token| token.get().0.clone()).unwrap_or_default()
}

/// A matrix laid out for many logistic regressions; see `stratum_kernels::Logistic`.
#[pyclass(frozen, module = "stratum_sql._rust_udfs", name = "Logistic")]
pub(crate) struct Logistic(stratum_kernels::Logistic);

#[pymethods]
impl Logistic {
    /// A dense matrix, whose columns `scarce` are kept sparse.
    #[staticmethod]
    #[pyo3(signature = (values, rows, width, column_major, scarce, codes, classes, weight, vectors))]
    #[expect(clippy::too_many_arguments, reason = "Python names them at the call")]
    fn dense(
        py: Python<'_>,
        values: &Bound<'_, PyAny>,
        rows: usize,
        width: usize,
        column_major: bool,
        scarce: Vec<usize>,
        codes: &Bound<'_, PyAny>,
        classes: usize,
        weight: Option<&Bound<'_, PyAny>>,
        vectors: usize,
    ) -> PyResult<Self> {
        let (values, codes) = (array::<Float64Type>(values)?, array::<Int32Type>(codes)?);
        let weight = weight.map(array::<Float64Type>).transpose()?;
        let work = move || {
            let matrix = Matrix { values: values.values(), rows, column_major };
            let labels = Labels { codes: &codes, classes, weight: weight.as_ref() };
            stratum_kernels::Logistic::dense(&matrix, width, &scarce, &labels, vectors)
        };
        guarded(py, work).map(Self)
    }

    /// A sparse matrix: the entries of row i are `starts[i]..starts[i + 1]`.
    #[staticmethod]
    #[pyo3(signature = (starts, columns, values, width, codes, classes, weight, vectors))]
    #[expect(clippy::too_many_arguments, reason = "Python names them at the call")]
    fn sparse(
        py: Python<'_>,
        starts: &Bound<'_, PyAny>,
        columns: &Bound<'_, PyAny>,
        values: &Bound<'_, PyAny>,
        width: usize,
        codes: &Bound<'_, PyAny>,
        classes: usize,
        weight: Option<&Bound<'_, PyAny>>,
        vectors: usize,
    ) -> PyResult<Self> {
        let (starts, columns) = (array::<Int64Type>(starts)?, array::<Int32Type>(columns)?);
        let (values, codes) = (array::<Float64Type>(values)?, array::<Int32Type>(codes)?);
        let weight = weight.map(array::<Float64Type>).transpose()?;
        let work = move || {
            let entries = (starts.values(), columns.values(), values.values());
            let matrix = SparseRows { starts: entries.0, columns: entries.1, values: entries.2, width };
            let labels = Labels { codes: &codes, classes, weight: weight.as_ref() };
            stratum_kernels::Logistic::sparse(&matrix, &labels, vectors)
        };
        guarded(py, work).map(Self)
    }

    /// Losses, one a model, and gradients, laid out as the coefficients.
    #[pyo3(signature = (coefficients, factors, cancel=None))]
    fn sums(
        &self,
        py: Python<'_>,
        coefficients: &Bound<'_, PyAny>,
        factors: &Bound<'_, PyAny>,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<(Memory, Memory)> {
        let (coefficients, factors) = (array::<Float64Type>(coefficients)?, array::<Float64Type>(factors)?);
        let cancel = flag(cancel);
        let sums = guarded(py, move || self.0.sums(coefficients.values(), factors.values(), &cancel))?;
        Ok((sums.losses.into(), sums.gradients.into()))
    }
}

/// The trees of a LightGBM model; see `stratum_kernels::BoostedTrees`.
#[pyclass(frozen, module = "stratum_sql._rust_udfs", name = "BoostedTrees")]
pub(crate) struct BoostedTrees(stratum_kernels::BoostedTrees);

#[pymethods]
impl BoostedTrees {
    #[new]
    fn new(py: Python<'_>, text: &str) -> PyResult<Self> {
        guarded(py, || stratum_kernels::BoostedTrees::parse(text)).map(Self)
    }

    /// The columns a matrix must have.
    #[getter]
    fn features(&self) -> usize {
        self.0.features()
    }

    /// Scores of one row.
    #[getter]
    fn classes(&self) -> usize {
        self.0.classes()
    }

    /// Rounds of boosting.
    #[getter]
    fn rounds(&self) -> usize {
        self.0.rounds()
    }

    /// Raw scores after round `stop`, row by row; `before` are those after round `start`, without it zeros.
    #[pyo3(signature = (values, rows, column_major, start, stop, before=None, cancel=None))]
    #[expect(clippy::too_many_arguments, reason = "Python names them at the call")]
    fn advance(
        &self,
        py: Python<'_>,
        values: &Bound<'_, PyAny>,
        rows: usize,
        column_major: bool,
        start: usize,
        stop: usize,
        before: Option<&Bound<'_, PyAny>>,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<Memory> {
        let (values, cancel) = (array::<Float64Type>(values)?, flag(cancel));
        let before = before.map(array::<Float64Type>).transpose()?;
        let work = move || {
            let scores = before.map_or_else(|| self.0.start(rows), |before| Ok(before.values().to_vec()))?;
            let matrix = Matrix { values: values.values(), rows, column_major };
            self.0.advance(&matrix, scores, start..stop, &cancel)
        };
        guarded(py, work).map(Memory::from)
    }

    /// What LightGBM predicts where the raw scores are these.
    fn outputs(&self, py: Python<'_>, scores: &Bound<'_, PyAny>) -> PyResult<Memory> {
        let scores = array::<Float64Type>(scores)?;
        guarded(py, move || self.0.outputs(scores.values().to_vec())).map(Memory::from)
    }
}

/// count, mean, tail, m2, min, max: the fields of `stratum_kernels::Moments`.
type State = (u64, f64, f64, f64, f64, f64);

fn from_state((count, mean, tail, m2, min, max): State) -> Moments {
    Moments { count, mean, tail, m2, min, max }
}

fn to_state(Moments { count, mean, tail, m2, min, max }: Moments) -> State {
    (count, mean, tail, m2, min, max)
}

/// alpha, `l1_ratio`, tol, `max_iter`, positive: the fields of `stratum_kernels::Candidate`.
type Wanted = (f64, f64, f64, usize, bool);

fn from_wanted((alpha, l1_ratio, tol, max_iter, positive): Wanted) -> Candidate {
    Candidate { alpha, l1_ratio, tol, max_iter, positive }
}

/// A piece of a design matrix: its array, then for codes the table, and for indicators how many columns.
type Given<'py> = (Bound<'py, PyAny>, Option<Bound<'py, PyAny>>, Option<usize>);

fn from_given((values, table, width): Given<'_>) -> PyResult<Piece> {
    Ok(match (table, width) {
        (None, _) => Piece::Numbers(array::<Float64Type>(&values)?),
        (Some(table), None) => Piece::Table(array::<Int32Type>(&values)?, array::<Float64Type>(&table)?),
        (Some(table), Some(width)) => {
            Piece::Indicators(array::<Int32Type>(&values)?, array::<Int32Type>(&table)?, width)
        }
    })
}

/// The arrays in a list, each of exactly the type `T`.
fn arrays<T: ArrowPrimitiveType>(list: &Bound<'_, PyList>) -> PyResult<Vec<PrimitiveArray<T>>> {
    list.iter().map(|item| array::<T>(&item)).collect()
}

/// starts, columns, values: the fields of `stratum_kernels::OwnedCsr`.
type Parts = (Memory, Memory, Memory);

fn parts(matrix: OwnedCsr<f64>) -> Parts {
    (matrix.starts.into(), matrix.columns.into(), matrix.values.into())
}

fn unit_of(name: &str) -> PyResult<Unit> {
    match name {
        "word" => Ok(Unit::Word),
        "char" => Ok(Unit::Char),
        "char_wb" => Ok(Unit::CharWb),
        _ => Err(PyValueError::new_err(format!("no analyzer {name}: word, char or char_wb"))),
    }
}

/// The product in the precision of `T`.
#[expect(clippy::too_many_arguments, reason = "Python names them at the call")]
fn product_of<T: ArrowPrimitiveType<Native: Number>>(
    py: Python<'_>,
    starts: &Bound<'_, PyAny>,
    columns: &Bound<'_, PyAny>,
    values: &Bound<'_, PyAny>,
    width: usize,
    dense: &Bound<'_, PyAny>,
    vectors: usize,
    cancel: Option<&Bound<'_, CancelToken>>,
) -> PyResult<Vec<T::Native>> {
    let (starts, columns) = (array::<Int64Type>(starts)?, array::<Int32Type>(columns)?);
    let (values, dense, cancel) = (array::<T>(values)?, array::<T>(dense)?, flag(cancel));
    guarded(py, move || {
        let matrix = Csr { starts: starts.values(), columns: columns.values(), values: values.values(), width };
        stratum_kernels::sparse_product(&matrix, dense.values(), vectors, &cancel)
    })
}

/// Kernels of stratum-sql, written in Rust. Call them through `stratum_sql.kernels`.
#[pymodule(gil_used = false)]
mod _rust_udfs {
    use pyo3::types::PyModuleMethods;

    use super::{
        Affine, Analyzer, Atoms, Bound, CHUNK, Cells, CharSet, Csr, Encoded, Float32Type, Float64Type, Given, HashSet,
        Int32Type, Int64Type, Matrix, Moments, Normal, Parts, PyAny, PyList, PyModule, PyResult, Python, Smoothing,
        State, Trees, UInt64Type, Wanted, array, arrays, flag, from_given, from_state, from_wanted, guarded, parts,
        pool, product_of, pyfunction, silence_panics, texts, to_state, unit_of,
    };

    #[pymodule_export]
    use super::{BoostedTrees, CancelToken, Logistic, Memory};
    #[pymodule_export]
    use crate::guard::{Cancelled, KernelError};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        silence_panics();
        module.add("CHUNK_ROWS", CHUNK)
    }

    /// Run later calls on `count` threads; `ValueError` unless it is 1 to 1024.
    #[pyfunction]
    fn set_threads(py: Python<'_>, count: usize) -> PyResult<()> {
        guarded(py, || pool::set_threads(count))
    }

    /// The number of threads calls run on.
    #[pyfunction]
    fn threads(py: Python<'_>) -> PyResult<usize> {
        guarded(py, pool::threads)
    }

    /// (count, mean, tail, m2, min, max) of each group; see `stratum_kernels::moments`.
    #[pyfunction]
    #[pyo3(signature = (column, groups, n_groups, cancel=None))]
    fn moments(
        py: Python<'_>,
        column: &Bound<'_, PyAny>,
        groups: Option<&Bound<'_, PyAny>>,
        n_groups: usize,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<Vec<State>> {
        let (column, cancel) = (array::<Float64Type>(column)?, flag(cancel));
        let groups = groups.map(array::<Int32Type>).transpose()?;
        let states = guarded(py, move || stratum_kernels::moments(&column, groups.as_ref(), n_groups, &cancel))?;
        Ok(states.into_iter().map(to_state).collect())
    }

    /// The moments of the union of disjoint groups, merged in this order; see `stratum_kernels::Moments::merge`.
    #[pyfunction]
    fn merge_moments(py: Python<'_>, states: Vec<State>) -> PyResult<State> {
        guarded(py, move || Ok(to_state(states.into_iter().map(from_state).fold(Moments::EMPTY, Moments::merge))))
    }

    /// (count, mean, variance) of a column; see `stratum_kernels::mean_and_variance`.
    #[pyfunction]
    #[pyo3(signature = (column, cancel=None))]
    fn mean_and_variance(
        py: Python<'_>,
        column: &Bound<'_, PyAny>,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<(u64, f64, f64)> {
        let (column, cancel) = (array::<Float64Type>(column)?, flag(cancel));
        let found = guarded(py, move || stratum_kernels::mean_and_variance(&column, &cancel))?;
        Ok((found.count, found.mean, found.variance))
    }

    /// Rows of each category, NULL last; see `stratum_kernels::category_counts`.
    #[pyfunction]
    #[pyo3(signature = (codes, n_categories, cancel=None))]
    fn category_counts(
        py: Python<'_>,
        codes: &Bound<'_, PyAny>,
        n_categories: usize,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<Memory> {
        let (codes, cancel) = (array::<Int32Type>(codes)?, flag(cancel));
        guarded(py, move || stratum_kernels::category_counts(&codes, n_categories, &cancel)).map(Memory::from)
    }

    /// The number of each row's category in the table of its part; see `stratum_kernels::look_up`.
    #[pyfunction]
    #[pyo3(signature = (codes, parts, table, width, cancel=None))]
    fn look_up(
        py: Python<'_>,
        codes: &Bound<'_, PyAny>,
        parts: Option<&Bound<'_, PyAny>>,
        table: &Bound<'_, PyAny>,
        width: usize,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<Memory> {
        let (codes, table, cancel) = (array::<Int32Type>(codes)?, array::<Float64Type>(table)?, flag(cancel));
        let parts = parts.map(array::<Int32Type>).transpose()?;
        guarded(py, move || stratum_kernels::look_up(&codes, parts.as_ref(), &table, width, &cancel)).map(Memory::from)
    }

    /// How many edges are at most as large as each number; see `stratum_kernels::bins`.
    #[pyfunction]
    #[pyo3(signature = (column, edges, cancel=None))]
    fn bins(
        py: Python<'_>,
        column: &Bound<'_, PyAny>,
        edges: &Bound<'_, PyAny>,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<Memory> {
        let (column, edges, cancel) = (array::<Float64Type>(column)?, array::<Float64Type>(edges)?, flag(cancel));
        guarded(py, move || stratum_kernels::bins(&column, &edges, &cancel)).map(Memory::from)
    }

    /// The centres that k-means ends at, or None; see `stratum_kernels::lloyd`.
    #[pyfunction]
    #[pyo3(signature = (column, centres, tolerance, steps, cancel=None))]
    fn lloyd(
        py: Python<'_>,
        column: &Bound<'_, PyAny>,
        centres: Vec<f64>,
        tolerance: f64,
        steps: usize,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<Option<Memory>> {
        let (column, cancel) = (array::<Float64Type>(column)?, flag(cancel));
        let found = guarded(py, move || stratum_kernels::lloyd(&column, &centres, tolerance, steps, &cancel))?;
        Ok(found.map(Memory::from))
    }

    /// Where each number stands among quantiles; see `stratum_kernels::ranks`.
    #[pyfunction]
    #[pyo3(signature = (column, quantiles, references, cancel=None))]
    fn ranks(
        py: Python<'_>,
        column: &Bound<'_, PyAny>,
        quantiles: &Bound<'_, PyAny>,
        references: &Bound<'_, PyAny>,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<Memory> {
        let (column, quantiles) = (array::<Float64Type>(column)?, array::<Float64Type>(quantiles)?);
        let (references, cancel) = (array::<Float64Type>(references)?, flag(cancel));
        guarded(py, move || stratum_kernels::ranks(&column, &quantiles, &references, &cancel)).map(Memory::from)
    }

    /// Mean targets of the categories, outside each part and of all rows; see `stratum_kernels::target_means`.
    ///
    /// `sets` holds the overall mean and the variance of the rows outside each part, then of all rows.
    #[pyfunction]
    #[pyo3(signature = (codes, target, parts, categories, sets, smooth=None, cancel=None))]
    #[expect(clippy::too_many_arguments, reason = "Python names them at the call")]
    fn target_means(
        py: Python<'_>,
        codes: &Bound<'_, PyAny>,
        target: &Bound<'_, PyAny>,
        parts: Option<&Bound<'_, PyAny>>,
        categories: usize,
        sets: Vec<(f64, f64)>,
        smooth: Option<f64>,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<Memory> {
        let (codes, target, cancel) = (array::<Int32Type>(codes)?, array::<Float64Type>(target)?, flag(cancel));
        let parts = parts.map(array::<Int32Type>).transpose()?;
        let (means, variances): (Vec<f64>, Vec<f64>) = sets.into_iter().unzip();
        let work = move || {
            let rows = Encoded { codes: &codes, target: &target, parts: parts.as_ref(), categories };
            let smoothing = Smoothing { means: &means, variances: &variances, rows: smooth };
            stratum_kernels::target_means(&rows, &smoothing, &cancel)
        };
        guarded(py, work).map(Memory::from)
    }

    /// Column-major matrix (codes × `width`) of zeros and ones; see `stratum_kernels::one_hot`.
    #[pyfunction]
    #[pyo3(signature = (codes, table, width, cancel=None))]
    fn one_hot(
        py: Python<'_>,
        codes: &Bound<'_, PyAny>,
        table: &Bound<'_, PyAny>,
        width: usize,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<Memory> {
        let (codes, table, cancel) = (array::<Int32Type>(codes)?, array::<Int32Type>(table)?, flag(cancel));
        guarded(py, move || stratum_kernels::one_hot(&codes, &table, width, &cancel)).map(Memory::from)
    }

    /// Row numbers in ascending order of their keys; see `stratum_kernels::row_order`.
    #[pyfunction]
    #[pyo3(signature = (keys, cancel=None))]
    fn row_order(
        py: Python<'_>,
        keys: &Bound<'_, PyList>,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<Memory> {
        let (keys, cancel) = (arrays::<UInt64Type>(keys)?, flag(cancel));
        Ok(guarded(py, move || stratum_kernels::row_order(&keys, &cancel))?.into())
    }

    /// Column-major matrix of the chosen rows, `(x - shift) / scale`; see `stratum_kernels::assemble`.
    ///
    /// `affine` holds one pair of optional shift and optional scale for each column, or nothing at all.
    #[pyfunction]
    #[pyo3(signature = (columns, rows, affine, cancel=None))]
    fn assemble(
        py: Python<'_>,
        columns: &Bound<'_, PyList>,
        rows: Option<&Bound<'_, PyAny>>,
        affine: Vec<(Option<f64>, Option<f64>)>,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<Memory> {
        let columns = arrays::<Float64Type>(columns)?;
        let rows = rows.map(array::<Int64Type>).transpose()?;
        let affine: Vec<Affine> = affine.into_iter().map(|(shift, scale)| Affine { shift, scale }).collect();
        let cancel = flag(cancel);
        guarded(py, move || stratum_kernels::assemble(&columns, rows.as_ref(), &affine, &cancel)).map(Memory::from)
    }

    /// Column-major matrix of `rows` rows out of pieces; see `stratum_kernels::design`.
    #[pyfunction]
    #[pyo3(signature = (pieces, rows, cancel=None))]
    fn design(
        py: Python<'_>,
        pieces: Vec<Given<'_>>,
        rows: usize,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<Memory> {
        let pieces: Vec<_> = pieces.into_iter().map(from_given).collect::<PyResult<_>>()?;
        let cancel = flag(cancel);
        guarded(py, move || stratum_kernels::design(&pieces, rows, &cancel)).map(Memory::from)
    }

    /// Gram matrices, cell by cell; see `stratum_kernels::gram`.
    ///
    /// `columns` holds each column of numbers with its pivot, `codes` each column of levels with their number.
    #[pyfunction]
    #[pyo3(signature = (columns, pivots, codes, levels, cells, n_cells, weight=None, cancel=None))]
    #[expect(clippy::too_many_arguments, reason = "Python names them at the call")]
    fn gram(
        py: Python<'_>,
        columns: &Bound<'_, PyList>,
        pivots: Vec<f64>,
        codes: &Bound<'_, PyList>,
        levels: Vec<usize>,
        cells: &Bound<'_, PyAny>,
        n_cells: usize,
        weight: Option<&Bound<'_, PyAny>>,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<Memory> {
        let (columns, codes) = (arrays::<Float64Type>(columns)?, arrays::<Int32Type>(codes)?);
        let (of_row, cancel) = (array::<Int32Type>(cells)?, flag(cancel));
        let weight = weight.map(array::<Float64Type>).transpose()?;
        let work = move || {
            let atoms = Atoms { columns: &columns, pivots: &pivots, codes: &codes, levels: &levels };
            let cells = Cells { of_row: &of_row, count: n_cells, weight: weight.as_ref() };
            stratum_kernels::gram(&atoms, &cells, &cancel)
        };
        guarded(py, work).map(Memory::from)
    }

    /// Squares and places of the nearest rows, row by row; a matrix is its numbers, its rows and whether it is column-major.
    #[pyfunction]
    #[pyo3(signature = (train, asked, width, count, cancel=None))]
    fn nearest(
        py: Python<'_>,
        train: (Bound<'_, PyAny>, usize, bool),
        asked: (Bound<'_, PyAny>, usize, bool),
        width: usize,
        count: usize,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<(Memory, Memory)> {
        let ((train, rows, by_column), (asked, asked_rows, asked_by_column)) = (train, asked);
        let (train, asked, cancel) = (array::<Float64Type>(&train)?, array::<Float64Type>(&asked)?, flag(cancel));
        let found = guarded(py, move || {
            let train = Matrix { values: train.values(), rows, column_major: by_column };
            let asked = Matrix { values: asked.values(), rows: asked_rows, column_major: asked_by_column };
            stratum_kernels::nearest(&train, &asked, width, count, &cancel)
        })?;
        Ok((found.squares.into(), found.places.into()))
    }

    /// Coefficients, alpha by alpha; see `stratum_kernels::ridge`.
    #[pyfunction]
    #[pyo3(signature = (gram, moment, alphas, cancel=None))]
    fn ridge(
        py: Python<'_>,
        gram: &Bound<'_, PyAny>,
        moment: &Bound<'_, PyAny>,
        alphas: Vec<f64>,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<Memory> {
        let (gram, moment) = (array::<Float64Type>(gram)?, array::<Float64Type>(moment)?);
        let cancel = flag(cancel);
        let fitted = guarded(py, move || stratum_kernels::ridge(&Normal::new(&gram, &moment)?, &alphas, &cancel))?;
        Ok(fitted.into())
    }

    /// Coefficients, candidate by candidate, gaps, iterations and margins; see `stratum_kernels::elastic_net`.
    #[pyfunction]
    #[pyo3(signature = (gram, moment, target_square, rows, candidates, cancel=None))]
    fn elastic_net(
        py: Python<'_>,
        gram: &Bound<'_, PyAny>,
        moment: &Bound<'_, PyAny>,
        target_square: f64,
        rows: f64,
        candidates: Vec<Wanted>,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<(Memory, Memory, Memory, Memory)> {
        let (gram, moment) = (array::<Float64Type>(gram)?, array::<Float64Type>(moment)?);
        let cancel = flag(cancel);
        let candidates: Vec<_> = candidates.into_iter().map(from_wanted).collect();
        let fitted = guarded(py, move || {
            stratum_kernels::elastic_net(&Normal::new(&gram, &moment)?, target_square, rows, &candidates, &cancel)
        })?;
        Ok((fitted.coefficients.into(), fitted.gap.into(), fitted.iterations.into(), fitted.margin.into()))
    }

    /// Numbers for different texts, and where each is first; see `stratum_kernels::text_codes`.
    #[pyfunction]
    #[pyo3(signature = (given, cancel=None))]
    fn text_codes(
        py: Python<'_>,
        given: &Bound<'_, PyAny>,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<(Memory, Memory)> {
        let (given, cancel) = (texts(given)?, flag(cancel));
        let made = guarded(py, move || stratum_kernels::text_codes(&given, &cancel))?;
        Ok((made.codes.into(), made.firsts.into()))
    }

    /// What each column adds to the sum of trees, row by row; see `stratum_kernels::tree_shap`.
    #[pyfunction]
    #[pyo3(signature = (starts, left, right, column, threshold, nan_left, weight, value, matrix, width, cancel=None))]
    #[expect(clippy::too_many_arguments, reason = "Python names them at the call")]
    fn tree_shap(
        py: Python<'_>,
        starts: &Bound<'_, PyAny>,
        left: &Bound<'_, PyAny>,
        right: &Bound<'_, PyAny>,
        column: &Bound<'_, PyAny>,
        threshold: &Bound<'_, PyAny>,
        nan_left: &Bound<'_, PyAny>,
        weight: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
        matrix: &Bound<'_, PyAny>,
        width: usize,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<Memory> {
        let starts = array::<Int64Type>(starts)?;
        let (left, right) = (array::<Int32Type>(left)?, array::<Int32Type>(right)?);
        let (column, nan_left) = (array::<Int32Type>(column)?, array::<Int32Type>(nan_left)?);
        let (threshold, weight) = (array::<Float64Type>(threshold)?, array::<Float64Type>(weight)?);
        let (value, matrix, cancel) = (array::<Float64Type>(value)?, array::<Float64Type>(matrix)?, flag(cancel));
        let added = guarded(py, move || {
            let trees = Trees {
                starts: starts.values(),
                left: left.values(),
                right: right.values(),
                column: column.values(),
                threshold: threshold.values(),
                nan_left: nan_left.values(),
                weight: weight.values(),
                value: value.values(),
            };
            stratum_kernels::tree_shap(&trees, matrix.values(), width, &cancel)
        })?;
        Ok(added.into())
    }

    /// n-grams (ends, bytes) and their counts (starts, columns, values); see `stratum_kernels::ngrams`.
    #[pyfunction]
    #[pyo3(signature = (given, unit, low, high, letters, spaces, stop_words, cancel=None))]
    #[expect(clippy::too_many_arguments, reason = "Python names them at the call")]
    fn ngrams(
        py: Python<'_>,
        given: &Bound<'_, PyAny>,
        unit: &str,
        low: usize,
        high: usize,
        letters: Vec<(u32, u32)>,
        spaces: Vec<(u32, u32)>,
        stop_words: HashSet<String>,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<(Memory, Memory, Parts)> {
        let (given, unit, cancel) = (texts(given)?, unit_of(unit)?, flag(cancel));
        let found = guarded(py, move || {
            let (letters, spaces) = (CharSet::of(&letters)?, CharSet::of(&spaces)?);
            stratum_kernels::ngrams(&given, &Analyzer { unit, low, high, letters, spaces, stop_words }, &cancel)
        })?;
        Ok((found.ends.into(), found.bytes.into(), parts(found.counts)))
    }

    /// Columns in the order in which they are first seen, and their frequency; see `stratum_kernels::first_seen`.
    #[pyfunction]
    #[pyo3(signature = (starts, columns, width, rows, times, cancel=None))]
    fn first_seen(
        py: Python<'_>,
        starts: &Bound<'_, PyAny>,
        columns: &Bound<'_, PyAny>,
        width: usize,
        rows: &Bound<'_, PyAny>,
        times: &Bound<'_, PyAny>,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<(Memory, Memory)> {
        let (starts, columns) = (array::<Int64Type>(starts)?, array::<Int32Type>(columns)?);
        let (rows, times, cancel) = (array::<Int64Type>(rows)?, array::<Int64Type>(times)?, flag(cancel));
        let seen = guarded(py, move || {
            let stored = vec![(); columns.len()]; // no memory: the order hangs on no value
            let matrix = Csr { starts: starts.values(), columns: columns.values(), values: &stored, width };
            stratum_kernels::first_seen(&matrix, rows.values(), times.values(), &cancel)
        })?;
        Ok((seen.columns.into(), seen.frequency.into()))
    }

    /// Chosen rows with renumbered columns; see `stratum_kernels::renumber`.
    #[pyfunction]
    #[pyo3(signature = (starts, columns, values, rows, target, cancel=None))]
    fn renumber(
        py: Python<'_>,
        starts: &Bound<'_, PyAny>,
        columns: &Bound<'_, PyAny>,
        values: &Bound<'_, PyAny>,
        rows: &Bound<'_, PyAny>,
        target: &Bound<'_, PyAny>,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<Parts> {
        let (starts, columns) = (array::<Int64Type>(starts)?, array::<Int32Type>(columns)?);
        let (values, rows) = (array::<Float64Type>(values)?, array::<Int64Type>(rows)?);
        let (target, cancel) = (array::<Int32Type>(target)?, flag(cancel));
        let work = move || {
            let (values, width) = (values.values().as_ref(), target.len());
            let matrix = Csr { starts: starts.values(), columns: columns.values(), values, width };
            stratum_kernels::renumber(&matrix, rows.values(), target.values(), &cancel)
        };
        guarded(py, work).map(parts)
    }

    /// A sparse matrix times a dense one, in double precision; see `stratum_kernels::sparse_product`.
    #[pyfunction]
    #[pyo3(signature = (starts, columns, values, width, dense, vectors, cancel=None))]
    #[expect(clippy::too_many_arguments, reason = "Python names them at the call")]
    fn sparse_product(
        py: Python<'_>,
        starts: &Bound<'_, PyAny>,
        columns: &Bound<'_, PyAny>,
        values: &Bound<'_, PyAny>,
        width: usize,
        dense: &Bound<'_, PyAny>,
        vectors: usize,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<Memory> {
        product_of::<Float64Type>(py, starts, columns, values, width, dense, vectors, cancel).map(Memory::from)
    }

    /// As `sparse_product`, in single precision.
    #[pyfunction]
    #[pyo3(signature = (starts, columns, values, width, dense, vectors, cancel=None))]
    #[expect(clippy::too_many_arguments, reason = "Python names them at the call")]
    fn sparse_product_single(
        py: Python<'_>,
        starts: &Bound<'_, PyAny>,
        columns: &Bound<'_, PyAny>,
        values: &Bound<'_, PyAny>,
        width: usize,
        dense: &Bound<'_, PyAny>,
        vectors: usize,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<Memory> {
        product_of::<Float32Type>(py, starts, columns, values, width, dense, vectors, cancel).map(Memory::from)
    }

    /// Panics on a thread of the pool, as a faulty kernel would; for the test of the guard alone.
    #[pyfunction]
    fn _panic_for_test(py: Python<'_>, message: String) -> PyResult<()> {
        guarded(py, move || pool::run(|| panic!("{message}")))
    }
}
