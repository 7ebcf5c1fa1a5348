//! What goes wrong in a kernel, as Python exceptions; no panic leaves here as one.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe, catch_unwind};

use pyo3::exceptions::{PyException, PyMemoryError, PyValueError};
use pyo3::prelude::*;
use stratum_kernels::Error;

pyo3::create_exception!(
    stratum_sql._rust_udfs,
    KernelError,
    PyException,
    "A fault inside a kernel: please report it. The process and later calls are not affected."
);
pyo3::create_exception!(stratum_sql._rust_udfs, Cancelled, PyException, "The call's CancelToken was cancelled.");

/// `work` without the GIL; errors and panics become exceptions.
///
/// `PyO3` by itself turns a panic into a `BaseException`, which `except Exception` lets through: one faulty trial would
/// end the whole batch.
pub(crate) fn guarded<R: Send>(py: Python<'_>, work: impl FnOnce() -> Result<R, Error> + Send) -> PyResult<R> {
    // Nothing half-changed can be seen after a panic: kernels own what they write until they return it.
    match py.detach(|| catch_unwind(AssertUnwindSafe(work))) {
        Ok(result) => result.map_err(exception),
        Err(payload) => Err(KernelError::new_err(format!("a Rust kernel failed: {}", message(&*payload)))),
    }
}

/// `read`, where a panic says that what is read is malformed: it becomes the error's text.
pub(crate) fn read_foreign<R>(read: impl FnOnce() -> Result<R, String>) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|payload| Err(message(&*payload)))
}

fn exception(error: Error) -> PyErr {
    match error {
        Error::Invalid(what) => PyValueError::new_err(what),
        Error::Cancelled => Cancelled::new_err("cancelled"),
        Error::Memory(_) => PyMemoryError::new_err(error.to_string()),
        Error::Threads(_) => KernelError::new_err(error.to_string()),
    }
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}

/// Keep panics off the terminal: the exception tells them. Touches this library's own copy of the hook alone.
pub(crate) fn silence_panics() {
    panic::set_hook(Box::new(|_| {}));
}
