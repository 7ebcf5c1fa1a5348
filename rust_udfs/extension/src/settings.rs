//! `SET stratum_engine`, `SET stratum_timeout`. What is run to start an engine is no setting: statements must not say it.

use std::ffi::{CStr, c_int};

use crate::api::{self, Handle};
use crate::channel::Settings;
use crate::kinds::{DOUBLE, Type, VARCHAR};
use crate::text::taken;

const ENGINE: &CStr = c"stratum_engine";
const TIMEOUT: &CStr = c"stratum_timeout";
const SESSION: c_int = 2; // DUCKDB_CONFIG_OPTION_SCOPE_SESSION

/// Register them.
///
/// # Safety
/// The connection is open.
pub unsafe fn register(connection: Handle) -> c_int {
    // SAFETY: promised; values are freed after they were copied.
    unsafe {
        let (mut empty, mut zero) =
            (api::duckdb_create_varchar_length(c"".as_ptr(), 0), api::duckdb_create_double(0.0));
        let folder = c"the folder of the engine of stratum; empty is the user's own";
        let timeout = c"seconds to wait for an answer of the engine; 0 is for ever";
        let failed = one(connection, ENGINE, VARCHAR, empty, folder) | one(connection, TIMEOUT, DOUBLE, zero, timeout);
        api::duckdb_destroy_value(&raw mut empty);
        api::duckdb_destroy_value(&raw mut zero);
        failed
    }
}

unsafe fn one(connection: Handle, name: &CStr, kind: i32, default: Handle, description: &CStr) -> c_int {
    // SAFETY: the option is freed once, after it was copied.
    unsafe {
        let mut option = api::duckdb_create_config_option();
        api::duckdb_config_option_set_name(option, name.as_ptr());
        api::duckdb_config_option_set_type(option, Type::new(kind).handle());
        api::duckdb_config_option_set_default_value(option, default);
        api::duckdb_config_option_set_default_scope(option, SESSION);
        api::duckdb_config_option_set_description(option, description.as_ptr());
        let done = api::duckdb_register_config_option(connection, option);
        api::duckdb_destroy_config_option(&raw mut option);
        done
    }
}

/// What they are for the connection that is about to run a scalar function.
///
/// # Safety
/// `info` is what DuckDB gave to the function's init.
pub unsafe fn of(info: Handle) -> Settings {
    // SAFETY: promised; the context is freed once.
    unsafe {
        let mut context = std::ptr::null_mut();
        api::duckdb_scalar_function_init_get_client_context(info, &raw mut context);
        let found = Settings {
            folder: text(context, ENGINE),
            timeout: text(context, TIMEOUT).parse().unwrap_or(0.0),
            must_run: false,
        };
        api::duckdb_destroy_client_context(&raw mut context);
        found
    }
}

unsafe fn text(context: Handle, name: &CStr) -> String {
    // SAFETY: the value is freed once; DuckDB writes any value as a text.
    unsafe {
        let mut value = api::duckdb_client_context_get_config_option(context, name.as_ptr(), std::ptr::null_mut());
        if value.is_null() {
            return String::new();
        }
        let found = taken(api::duckdb_get_varchar(value));
        api::duckdb_destroy_value(&raw mut value);
        found
    }
}
