//! The aggregate as DuckDB calls it.

use std::ffi::{c_char, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::api::{self, Handle};
use crate::fit::State;
use crate::kinds::{ANY, Type, VARCHAR};
use crate::text::c_string;
use crate::vector::{Rows, Vector};

/// Register `stratum_fit`.
///
/// # Safety
/// The connection is open.
pub unsafe fn register(connection: Handle) -> c_int {
    let (text, any) = (Type::new(VARCHAR), Type::new(ANY));
    // SAFETY: promised; the function is freed once, after it was copied.
    unsafe {
        let mut made = api::duckdb_create_aggregate_function();
        api::duckdb_aggregate_function_set_name(made, c"stratum_fit".as_ptr());
        api::duckdb_aggregate_function_add_parameter(made, text.handle());
        api::duckdb_aggregate_function_add_parameter(made, any.handle());
        api::duckdb_aggregate_function_set_return_type(made, text.handle());
        api::duckdb_aggregate_function_set_functions(made, state_size, init, update, combine, finalize);
        api::duckdb_aggregate_function_set_destructor(made, destroy);
        api::duckdb_aggregate_function_set_special_handling(made);
        let done = api::duckdb_register_aggregate_function(connection, made);
        api::duckdb_destroy_aggregate_function(&raw mut made);
        done
    }
}

/// What DuckDB keeps of a state: a pointer to it, null until there is something to keep.
type Kept = *mut State;

unsafe extern "C" fn state_size(_: Handle) -> u64 {
    size_of::<Kept>() as u64
}

unsafe extern "C" fn init(_: Handle, state: Handle) {
    // SAFETY: DuckDB has made room for it.
    unsafe { state.cast::<Kept>().write_unaligned(std::ptr::null_mut()) }
}

/// # Safety
/// `place` is of a state that was begun, and nobody else's now.
unsafe fn state<'a>(place: Handle) -> &'a mut State {
    // SAFETY: promised; what is not null was made by `Box::into_raw` here.
    unsafe {
        let mut kept = place.cast::<Kept>().read_unaligned();
        if kept.is_null() {
            kept = Box::into_raw(Box::default());
            place.cast::<Kept>().write_unaligned(kept);
        }
        &mut *kept
    }
}

unsafe extern "C" fn update(info: Handle, input: Handle, states: *mut Handle) {
    // SAFETY: DuckDB gives flat vectors, and a state for each row.
    guarded(info, || unsafe {
        let rows = usize::try_from(api::duckdb_data_chunk_get_size(input)).map_err(|_| "too many rows")?;
        let specs = Vector::new(api::duckdb_data_chunk_get_vector(input, 0));
        let vector = api::duckdb_data_chunk_get_vector(input, 1);
        let of = |row: usize| *states.add(row);
        for (place, rows) in by_state(rows, of) {
            let first = match &rows {
                Rows::All(_) => 0,
                Rows::These(rows) => rows[0],
            };
            let spec = if specs.is_valid(first) { specs.bytes(first) } else { b"" };
            let spec = std::str::from_utf8(spec).map_err(|_| "a specification is no text")?;
            state(place).update(spec, vector, &rows)?;
        }
        Ok(())
    });
}

/// The rows of each state; all at once where there is one state, as without GROUP BY.
fn by_state(count: usize, of: impl Fn(usize) -> Handle) -> Vec<(Handle, Rows)> {
    if count == 0 {
        return Vec::new();
    }
    if (1..count).all(|row| of(row) == of(0)) {
        return vec![(of(0), Rows::All(count))];
    }
    let mut places = std::collections::HashMap::new();
    let mut found: Vec<(Handle, Vec<usize>)> = Vec::new();
    for row in 0..count {
        let at = *places.entry(of(row)).or_insert_with(|| {
            found.push((of(row), Vec::new()));
            found.len() - 1
        });
        found[at].1.push(row);
    }
    found.into_iter().map(|(place, rows)| (place, Rows::These(rows))).collect()
}

unsafe extern "C" fn combine(info: Handle, source: *mut Handle, target: *mut Handle, count: u64) {
    // SAFETY: so many states each; no state stands in both.
    guarded(info, || unsafe {
        for at in 0..usize::try_from(count).map_err(|_| "too many states")? {
            state(*target.add(at)).combine(state(*source.add(at)))?;
        }
        Ok(())
    });
}

unsafe extern "C" fn finalize(info: Handle, source: *mut Handle, result: Handle, count: u64, offset: u64) {
    // SAFETY: so many states, and room for their answers from `offset` on.
    guarded(info, || unsafe {
        for at in 0..count {
            let place = *source.add(usize::try_from(at).map_err(|_| "too many states")?);
            let answer = state(place).finish()?;
            let text = answer.as_ptr().cast::<c_char>();
            api::duckdb_vector_assign_string_element_len(result, offset + at, text, answer.len() as u64);
        }
        Ok(())
    });
}

unsafe extern "C" fn destroy(states: *mut Handle, count: u64) {
    // SAFETY: so many states, which nobody uses any more.
    let _ = catch_unwind(AssertUnwindSafe(|| unsafe {
        for at in 0..usize::try_from(count).unwrap_or(0) {
            let kept = (*states.add(at)).cast::<Kept>();
            let state = kept.read_unaligned();
            kept.write_unaligned(std::ptr::null_mut());
            if !state.is_null() {
                drop(Box::from_raw(state));
            }
        }
    }));
}

/// No panic passes into DuckDB; what goes wrong is told to it.
fn guarded(info: Handle, act: impl FnOnce() -> Result<(), String>) {
    let done = catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|_| Err("a fault in the extension".to_owned()));
    if let Err(error) = done {
        // SAFETY: DuckDB copies the text.
        unsafe { api::duckdb_aggregate_function_set_error(info, c_string(&error).as_ptr()) }
    }
}
