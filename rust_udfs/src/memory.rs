//! Numbers on the way out: memory that numpy reads and writes in place.

use std::ffi::{c_int, c_void};

use pyo3::ffi::{Py_buffer, PyBuffer_FillInfo};
use pyo3::prelude::*;

/// A kernel's result, owned here and lent through the buffer protocol: `numpy.frombuffer(memory, dtype)` copies nothing.
///
/// The memory is writable, as that of any new numpy array. It never moves and lives as long as a view of it.
#[pyclass(module = "stratum_sql._rust_udfs", name = "Memory")]
pub(crate) struct Memory(Numbers);

enum Numbers {
    Floats(Vec<f64>),
    Singles(Vec<f32>),
    Integers(Vec<i64>),
    Halves(Vec<i32>),
    Bytes(Vec<u8>),
}

impl From<Vec<f64>> for Memory {
    fn from(values: Vec<f64>) -> Self {
        Self(Numbers::Floats(values))
    }
}

impl From<Vec<f32>> for Memory {
    fn from(values: Vec<f32>) -> Self {
        Self(Numbers::Singles(values))
    }
}

impl From<Vec<i64>> for Memory {
    fn from(values: Vec<i64>) -> Self {
        Self(Numbers::Integers(values))
    }
}

impl From<Vec<i32>> for Memory {
    fn from(values: Vec<i32>) -> Self {
        Self(Numbers::Halves(values))
    }
}

impl From<Vec<u8>> for Memory {
    fn from(values: Vec<u8>) -> Self {
        Self(Numbers::Bytes(values))
    }
}

impl Numbers {
    /// Where the numbers begin, and how many bytes they take.
    fn bytes(&mut self) -> (*mut c_void, usize) {
        match self {
            Self::Floats(values) => (values.as_mut_ptr().cast(), size_of_val(values.as_slice())),
            Self::Singles(values) => (values.as_mut_ptr().cast(), size_of_val(values.as_slice())),
            Self::Integers(values) => (values.as_mut_ptr().cast(), size_of_val(values.as_slice())),
            Self::Halves(values) => (values.as_mut_ptr().cast(), size_of_val(values.as_slice())),
            Self::Bytes(values) => (values.as_mut_ptr().cast(), size_of_val(values.as_slice())),
        }
    }
}

#[pymethods]
impl Memory {
    fn __len__(&mut self) -> usize {
        self.0.bytes().1
    }

    /// Lends the bytes, without a copy.
    #[expect(unsafe_code, reason = "the buffer protocol is a pointer")]
    unsafe fn __getbuffer__(slf: &Bound<'_, Self>, view: *mut Py_buffer, flags: c_int) -> PyResult<()> {
        let (start, length) = slf.borrow_mut().0.bytes();
        let bytes = isize::try_from(length)?;
        // SAFETY: `view` comes from the interpreter. `start` is valid for `bytes` bytes for as long as this object lives:
        // the vectors are never touched again by Rust, and the view holds a reference to this object.
        let status = unsafe { PyBuffer_FillInfo(view, slf.as_ptr(), start, bytes, 0, flags) };
        if status == 0 { Ok(()) } else { Err(PyErr::fetch(slf.py())) }
    }
}
