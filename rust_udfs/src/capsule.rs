//! Arrow arrays out of Python objects, without a copy: the Arrow `PyCapsule` interface (`__arrow_c_array__`).

use std::ptr::NonNull;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi};
use arrow_array::types::ArrowPrimitiveType;
use arrow_array::{Array, ArrayRef, LargeStringArray, PrimitiveArray, make_array};
use arrow_schema::{ArrowError, DataType};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};

/// The Arrow array behind `object`, of exactly the type `T`; its buffers are shared with Python, not copied.
///
/// `TypeError` if `object` has no `__arrow_c_array__`, `ValueError` if what that gives is no array of this type.
pub(crate) fn array<T: ArrowPrimitiveType>(object: &Bound<'_, PyAny>) -> PyResult<PrimitiveArray<T>> {
    let found = import(object, &T::DATA_TYPE)?;
    let array = found.as_any().downcast_ref::<PrimitiveArray<T>>().cloned();
    array.ok_or_else(|| PyValueError::new_err(format!("not an Arrow array of {}", T::DATA_TYPE)))
}

/// The Arrow array of `large_string` behind `object`, as [`array`]; `ValueError`, too, if it is not UTF-8.
pub(crate) fn texts(object: &Bound<'_, PyAny>) -> PyResult<LargeStringArray> {
    let found = import(object, &DataType::LargeUtf8)?;
    found.to_data().validate_full().map_err(|error| invalid(&error))?;
    let array = found.as_any().downcast_ref::<LargeStringArray>().cloned();
    array.ok_or_else(|| PyValueError::new_err("not an Arrow array of LargeUtf8"))
}

fn import(object: &Bound<'_, PyAny>, wanted: &DataType) -> PyResult<ArrayRef> {
    let (schema, array) = capsules(object)?;
    let schema = pointer::<FFI_ArrowSchema>(&schema, c"arrow_schema")?;
    let array = pointer::<FFI_ArrowArray>(&array, c"arrow_array")?;
    // SAFETY: the capsule of this name holds a valid `ArrowSchema` (Arrow PyCapsule interface) and outlives this frame;
    // nobody else writes to it while the GIL is held.
    #[expect(unsafe_code, reason = "the C data interface is a pointer")]
    let schema = unsafe { schema.as_ref() };
    check_type(schema, wanted)?;
    // SAFETY: the capsule of this name holds a valid `ArrowArray`; `from_raw` moves it out and leaves a released one, as
    // the interface asks of a consumer.
    #[expect(unsafe_code, reason = "the C data interface is a pointer")]
    let array = unsafe { FFI_ArrowArray::from_raw(array.as_ptr()) };
    if array.is_released() {
        return Err(PyValueError::new_err("the Arrow array was already taken by another consumer"));
    }
    // SAFETY: `array` was not released, and its producer described it by `schema`, whose type was checked above.
    #[expect(unsafe_code, reason = "the lengths of foreign buffers cannot be checked")]
    let data = unsafe { from_ffi(array, schema) }.map_err(|error| invalid(&error))?;
    Ok(make_array(data))
}

fn capsules<'py>(object: &Bound<'py, PyAny>) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
    let Some(method) = object.getattr_opt("__arrow_c_array__")? else {
        let kind = object.get_type().name()?;
        return Err(PyTypeError::new_err(format!("expected an Arrow array (with __arrow_c_array__), got {kind}")));
    };
    let pair = method.call0()?;
    let pair = pair.cast::<PyTuple>().map_err(PyErr::from)?;
    pair.extract()
}

fn pointer<T>(capsule: &Bound<'_, PyCapsule>, name: &'static std::ffi::CStr) -> PyResult<NonNull<T>> {
    Ok(capsule.pointer_checked(Some(name))?.cast::<T>())
}

fn check_type(schema: &FFI_ArrowSchema, wanted: &DataType) -> PyResult<()> {
    let found = DataType::try_from(schema).map_err(|error| invalid(&error))?;
    if found == *wanted {
        return Ok(());
    }
    Err(PyValueError::new_err(format!("expected an Arrow array of {wanted}, got {found}")))
}

fn invalid(error: &ArrowError) -> PyErr {
    PyValueError::new_err(format!("not a readable Arrow array: {error}"))
}
