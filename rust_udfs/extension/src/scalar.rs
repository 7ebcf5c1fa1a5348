//! The scalar functions: `stratum_plan(text)`, `stratum_ask(spec)`, `stratum_predict(spec, row)`.

use std::ffi::{c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::{Value, json};

use crate::api::{self, Handle, ScalarFunction};
use crate::channel::{Channel, Settings, open};
use crate::fit::{State, read};
use crate::interrupt::Listening;
use crate::kinds::{ANY, Type, VARCHAR};
use crate::settings;
use crate::socket::{Failure, Limits};
use crate::text::c_string;
use crate::vector::{Rows, Vector};

/// Register them.
///
/// # Safety
/// The connection is open.
pub unsafe fn register(connection: Handle) -> c_int {
    // SAFETY: promised.
    unsafe {
        one(connection, c"stratum_plan".as_ptr(), &[VARCHAR], plan)
            | one(connection, c"stratum_ask".as_ptr(), &[VARCHAR], ask)
            | one(connection, c"stratum_predict".as_ptr(), &[VARCHAR, ANY], predict)
    }
}

unsafe fn one(connection: Handle, name: *const c_char, takes: &[i32], function: ScalarFunction) -> c_int {
    // SAFETY: the function is freed once, after it was copied.
    unsafe {
        let mut made = api::duckdb_create_scalar_function();
        api::duckdb_scalar_function_set_name(made, name);
        for kind in takes {
            api::duckdb_scalar_function_add_parameter(made, Type::new(*kind).handle());
        }
        api::duckdb_scalar_function_set_return_type(made, Type::new(VARCHAR).handle());
        api::duckdb_scalar_function_set_volatile(made);
        api::duckdb_scalar_function_set_function(made, function);
        api::duckdb_scalar_function_set_init(made, init);
        let done = api::duckdb_register_scalar_function(connection, made);
        api::duckdb_destroy_scalar_function(&raw mut made);
        done
    }
}

/// The settings of the connection, for as long as a thread runs a function.
unsafe extern "C" fn init(info: Handle) {
    // SAFETY: the state is freed once, by `free`.
    let _ = catch_unwind(AssertUnwindSafe(|| unsafe {
        let kept = Box::into_raw(Box::new(settings::of(info)));
        api::duckdb_scalar_function_init_set_state(info, kept.cast(), Some(free));
    }));
}

unsafe extern "C" fn free(kept: *mut c_void) {
    // SAFETY: it was made by `init`.
    drop(unsafe { Box::from_raw(kept.cast::<Settings>()) });
}

unsafe extern "C" fn plan(info: Handle, input: Handle, output: Handle) {
    // SAFETY: DuckDB gives a vector of texts.
    guarded(info, || unsafe {
        let kept = api::duckdb_scalar_function_get_state(info).cast::<Settings>();
        let settings = kept.as_ref().cloned().unwrap_or_default();
        each(input, output, |text| planned(text, &settings))
    });
}

/// The query of DuckDB's that does what a block of ours asks for.
pub fn planned(text: &str, settings: &Settings) -> Result<Vec<u8>, Failure> {
    asked(settings, &json!({"do": "plan", "text": text, "shell": settings.written()}))
}

unsafe extern "C" fn ask(info: Handle, input: Handle, output: Handle) {
    // SAFETY: DuckDB gives a vector of texts.
    guarded(info, || unsafe {
        each(input, output, |spec| {
            let settings = read(spec).map_err(Failure::Told)?;
            asked(&settings, &json!({"do": "fit", "spec": spec, "uploads": []}))
        })
    });
}

/// Ask the engine.
fn asked(settings: &Settings, request: &Value) -> Result<Vec<u8>, Failure> {
    let listening = Listening::new();
    let limits = Limits { listening: &listening, until: settings.until() };
    let channel: std::sync::Arc<Channel> = open(settings, &limits)?;
    channel.ask(request.clone(), &limits)
}

/// The answer for each text; NULL for NULL.
unsafe fn each(input: Handle, output: Handle, answer: impl Fn(&str) -> Result<Vec<u8>, Failure>) -> Result<(), String> {
    // SAFETY: the caller has a chunk whose first column are texts, and a vector of texts for as many answers.
    unsafe {
        let texts = Vector::new(api::duckdb_data_chunk_get_vector(input, 0));
        for row in 0..api::duckdb_data_chunk_get_size(input) {
            let at = usize::try_from(row).map_err(|_| "too many rows")?;
            if texts.is_valid(at) {
                let text = std::str::from_utf8(texts.bytes(at)).map_err(|_| "no text")?;
                put(output, row, &answer(text).map_err(|failure| failure.to_string())?);
            } else {
                put_null(output, row);
            }
        }
    }
    Ok(())
}

/// One answer of the engine to all rows of a chunk: a JSON list, one text or null a row.
unsafe extern "C" fn predict(info: Handle, input: Handle, output: Handle) {
    // SAFETY: DuckDB gives a vector of texts, and one of anything.
    guarded(info, || unsafe {
        let rows = api::duckdb_data_chunk_get_size(input);
        let count = usize::try_from(rows).map_err(|_| "too many rows")?;
        let specs = Vector::new(api::duckdb_data_chunk_get_vector(input, 0));
        if count == 0 {
            return Ok(());
        }
        if !specs.is_valid(0) {
            return Err("the specification is NULL".to_owned());
        }
        let spec = std::str::from_utf8(specs.bytes(0)).map_err(|_| "a specification is no text")?;
        let mut state = State::default();
        state.update(spec, api::duckdb_data_chunk_get_vector(input, 1), &Rows::All(count))?;
        let answers: Vec<Option<String>> = serde_json::from_slice::<Value>(&state.finish()?)
            .ok()
            .and_then(|told| told.as_array().map(|all| all.iter().map(|one| one.as_str().map(str::to_owned)).collect()))
            .ok_or("the engine gave no predictions")?;
        if answers.len() != count {
            return Err("the engine gave too few predictions".to_owned());
        }
        for (row, answer) in (0..rows).zip(answers) {
            match answer {
                Some(text) => put(output, row, text.as_bytes()),
                None => put_null(output, row),
            }
        }
        Ok(())
    });
}

unsafe fn put(output: Handle, row: u64, text: &[u8]) {
    // SAFETY: the caller has a vector of texts with such a row.
    unsafe { api::duckdb_vector_assign_string_element_len(output, row, text.as_ptr().cast(), text.len() as u64) }
}

unsafe fn put_null(output: Handle, row: u64) {
    // SAFETY: the caller has a vector with such a row.
    unsafe {
        api::duckdb_vector_ensure_validity_writable(output);
        api::duckdb_validity_set_row_invalid(api::duckdb_vector_get_validity(output), row);
    }
}

/// No panic passes into DuckDB; what goes wrong is told to it.
fn guarded(info: Handle, act: impl FnOnce() -> Result<(), String>) {
    let done = catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|_| Err("a fault in the extension".to_owned()));
    if let Err(error) = done {
        // SAFETY: DuckDB copies the text.
        unsafe { api::duckdb_scalar_function_set_error(info, c_string(&error).as_ptr()) }
    }
}
