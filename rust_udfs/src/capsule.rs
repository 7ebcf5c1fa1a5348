//! Arrow arrays out of Python objects, without a copy: the Arrow `PyCapsule` interface (`__arrow_c_array__`).

use std::ptr::NonNull;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi};
use arrow_array::types::ArrowPrimitiveType;
use arrow_array::{Array, ArrayRef, LargeStringArray, PrimitiveArray, make_array, new_empty_array};
use arrow_schema::DataType;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};

use crate::guard::read_foreign;

/// Rows from which on the bytes of a buffer could not be counted.
const MOST_ROWS: isize = isize::MAX / 16;

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
        return Err(taken("array"));
    }
    // Arrow panics at some of what is malformed, such as a null pointer instead of the list of buffers.
    read_foreign(|| read(array, schema, wanted)).map_err(|what| invalid(&what))
}

/// The array, checked as far as the interface allows: it does not say how long the memory behind a buffer is.
fn read(mut array: FFI_ArrowArray, schema: &FFI_ArrowSchema, wanted: &DataType) -> Result<ArrayRef, String> {
    check_layout(&array, wanted)?;
    if array.is_empty() {
        return Ok(new_empty_array(wanted)); // its buffers may be anything
    }
    // SAFETY: -1 says that nobody has counted, so Arrow counts the NULLs itself: a wrong count is never believed.
    #[expect(unsafe_code, reason = "a count that must be right")]
    unsafe {
        array.set_null_count(-1);
    }
    // SAFETY: `array` was not released, its producer described it by `schema`, whose type was checked, and what is read
    // here of its buffers (the last offset) is there by `check_layout`.
    #[expect(unsafe_code, reason = "the lengths of foreign buffers cannot be checked")]
    let data = unsafe { from_ffi(array, schema) }.map_err(|error| error.to_string())?;
    data.validate_full().map_err(|error| error.to_string())?; // of numbers that is sizes alone, of texts every byte
    Ok(make_array(data))
}

/// What [`from_ffi`] takes for granted.
fn check_layout(array: &FFI_ArrowArray, wanted: &DataType) -> Result<(), String> {
    let (rows, before) = (array.len().cast_signed(), array.offset().cast_signed());
    let end = rows.checked_add(before).filter(|&end| rows >= 0 && before >= 0 && end < MOST_ROWS);
    let end = end.ok_or_else(|| format!("it has {rows} rows after {before}"))?;
    let is_text = *wanted == DataType::LargeUtf8;
    let (buffers, expected) = (array.num_buffers().cast_signed(), if is_text { 3 } else { 2 });
    if buffers != expected || array.num_children() != 0 {
        let children = array.num_children().cast_signed();
        return Err(format!("it has {buffers} buffers and {children} children, expected {expected} and 0"));
    }
    if is_text && rows > 0 { check_offsets(array.buffer(1), end) } else { Ok(()) }
}

/// The last of the offsets says how long the text is, before anything could be validated.
fn check_offsets(offsets: *const u8, end: isize) -> Result<(), String> {
    if offsets.is_null() || offsets.align_offset(align_of::<i64>()) != 0 {
        return Err("its offsets are missing or misaligned".to_owned());
    }
    #[expect(clippy::cast_ptr_alignment, reason = "checked")]
    let offsets = offsets.cast::<i64>();
    // SAFETY: neither null nor misaligned, and the interface wants one offset more than there are rows.
    #[expect(unsafe_code, reason = "a foreign buffer")]
    let last = unsafe { offsets.offset(end).read() };
    if last < 0 { Err(format!("its last offset is {last}")) } else { Ok(()) }
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
    if schema.release().is_none() {
        return Err(taken("schema"));
    }
    let found = read_foreign(|| DataType::try_from(schema).map_err(|error| error.to_string()));
    let found = found.map_err(|what| invalid(&what))?;
    if found == *wanted {
        return Ok(());
    }
    Err(PyValueError::new_err(format!("expected an Arrow array of {wanted}, got {found}")))
}

fn taken(what: &str) -> PyErr {
    PyValueError::new_err(format!("the Arrow {what} was already taken by another consumer"))
}

fn invalid(what: &str) -> PyErr {
    PyValueError::new_err(format!("not a readable Arrow array: {what}"))
}
