//! What Python can call. The typed front, with numpy arrays, is `stratum_sql/kernels.py`.

use arrow_array::types::{Float64Type, Int32Type, Int64Type, UInt64Type};
use pyo3::prelude::*;
use pyo3::types::PyList;
use stratum_kernels::chunks::CHUNK;
use stratum_kernels::{Affine, Cancel, Moments, pool};

use crate::capsule::array;
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

/// count, mean, tail, m2, min, max: the fields of `stratum_kernels::Moments`.
type State = (u64, f64, f64, f64, f64, f64);

fn from_state((count, mean, tail, m2, min, max): State) -> Moments {
    Moments { count, mean, tail, m2, min, max }
}

fn to_state(Moments { count, mean, tail, m2, min, max }: Moments) -> State {
    (count, mean, tail, m2, min, max)
}

/// Kernels of stratum-sql, written in Rust. Call them through `stratum_sql.kernels`.
#[pymodule(gil_used = false)]
mod _rust_udfs {
    use pyo3::types::{PyListMethods, PyModuleMethods};

    use super::{
        Affine, Bound, CHUNK, Float64Type, Int32Type, Int64Type, Moments, PyAny, PyList, PyModule, PyResult, Python,
        State, UInt64Type, array, flag, from_state, guarded, pool, pyfunction, silence_panics, to_state,
    };

    #[pymodule_export]
    use super::{CancelToken, Memory};
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

    /// Row numbers in ascending order of their keys, and whether keys tie; see `stratum_kernels::row_order`.
    #[pyfunction]
    #[pyo3(signature = (keys, cancel=None))]
    fn row_order(
        py: Python<'_>,
        keys: &Bound<'_, PyAny>,
        cancel: Option<&Bound<'_, CancelToken>>,
    ) -> PyResult<(Memory, bool)> {
        let (keys, cancel) = (array::<UInt64Type>(keys)?, flag(cancel));
        let order = guarded(py, move || stratum_kernels::row_order(&keys, &cancel))?;
        Ok((order.rows.into(), order.ties))
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
        let columns = columns.iter().map(|column| array::<Float64Type>(&column)).collect::<PyResult<Vec<_>>>()?;
        let rows = rows.map(array::<Int64Type>).transpose()?;
        let affine: Vec<Affine> = affine.into_iter().map(|(shift, scale)| Affine { shift, scale }).collect();
        let cancel = flag(cancel);
        guarded(py, move || stratum_kernels::assemble(&columns, rows.as_ref(), &affine, &cancel)).map(Memory::from)
    }

    /// Panics on a thread of the pool, as a faulty kernel would; for the test of the guard alone.
    #[pyfunction]
    fn _panic_for_test(py: Python<'_>, message: String) -> PyResult<()> {
        guarded(py, move || pool::run(|| panic!("{message}")))
    }
}
