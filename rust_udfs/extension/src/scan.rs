//! `FROM "stratum:SELECT … TRAIN MODEL …"`: a table that nobody knows, whose name is a statement.

use std::ffi::{CStr, c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::api::{self, Handle};
use crate::channel::Settings;
use crate::scalar::planned;
use crate::text::c_string;

const PREFIX: &str = "stratum:";

/// Register it.
///
/// # Safety
/// The database is open.
pub unsafe fn register(database: Handle) {
    // SAFETY: promised.
    unsafe { api::duckdb_add_replacement_scan(database, replace, std::ptr::null_mut(), None) }
}

/// DuckDB tells no settings here: the engine is the one of the environment, or the user's own.
unsafe extern "C" fn replace(info: Handle, table: *const c_char, _: *mut c_void) {
    // SAFETY: DuckDB gives a text with NUL at its end, and copies what it is given; the value is freed once.
    let done = catch_unwind(AssertUnwindSafe(|| unsafe {
        let Some(text) = CStr::from_ptr(table).to_str().ok().and_then(|name| name.strip_prefix(PREFIX)) else {
            return Ok(());
        };
        let sql = planned(text, &Settings::default()).map_err(|failure| failure.to_string())?;
        let mut value = api::duckdb_create_varchar_length(sql.as_ptr().cast(), sql.len() as u64);
        api::duckdb_replacement_scan_set_function_name(info, c"query".as_ptr());
        api::duckdb_replacement_scan_add_parameter(info, value);
        api::duckdb_destroy_value(&raw mut value);
        Ok(())
    }));
    if let Err(error) = done.unwrap_or_else(|_| Err("a fault in the extension".to_owned())) {
        // SAFETY: DuckDB copies the text.
        unsafe { api::duckdb_replacement_scan_set_error(info, c_string(&error).as_ptr()) }
    }
}
