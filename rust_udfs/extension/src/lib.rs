//! DuckDB's extension `stratum`: it hands statements of stratum-sql to the engine, and runs the engine's plans.
//!
//! ```sql
//! FROM query(stratum_plan('SELECT x, y FROM t TRAIN MODEL ridge() TARGET y'))
//! FROM "stratum:SELECT x, y FROM t TRAIN MODEL ridge() TARGET y"
//! ```
//!
//! It holds no connection of the host: one would keep the database open after it was closed.

mod aggregate;
mod api;
mod channel;
mod column;
mod fit;
mod interrupt;
mod kinds;
mod place;
mod rows;
mod scalar;
mod scan;
mod settings;
mod socket;
mod text;
mod vector;

use std::ffi::{c_char, c_int, c_void};
use std::panic::catch_unwind;

use api::Handle;

/// What DuckDB gives to an extension that it loads.
#[repr(C)]
pub struct Access {
    set_error: unsafe extern "C" fn(info: Handle, error: *const c_char),
    get_database: unsafe extern "C" fn(info: Handle) -> *mut Handle,
    get_api: unsafe extern "C" fn(info: Handle, version: *const c_char) -> *const c_void,
}

/// Called by DuckDB for `LOAD stratum`.
///
/// # Safety
/// `info` and `access` are DuckDB's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stratum_init_c_api(info: Handle, access: *const Access) -> bool {
    // SAFETY: promised; the text is copied.
    unsafe {
        let Some(access) = access.as_ref() else {
            return false;
        };
        match catch_unwind(|| load(info, access)) {
            Ok(Ok(loaded)) => loaded,
            Ok(Err(why)) => {
                (access.set_error)(info, text::c_string(why).as_ptr());
                false
            }
            Err(_) => false,
        }
    }
}

/// False where DuckDB has noted itself why it cannot be loaded.
fn load(info: Handle, access: &Access) -> Result<bool, &'static str> {
    // SAFETY: `access` is DuckDB's; the connection is closed before it ends.
    unsafe {
        let table = (access.get_api)(info, api::VERSION.as_ptr());
        if table.is_null() {
            return Ok(false);
        }
        if !api::keep(table) {
            return Err("another DuckDB of this process has loaded stratum; one process can have it in one DuckDB");
        }
        let database = (access.get_database)(info);
        let mut connection = std::ptr::null_mut();
        if database.is_null() || api::duckdb_connect(*database, &raw mut connection) != 0 {
            return Err("the database gives no connection");
        }
        let failed: c_int =
            settings::register(connection) | scalar::register(connection) | aggregate::register(connection);
        api::duckdb_disconnect(&raw mut connection);
        scan::register(*database);
        if failed == 0 { Ok(true) } else { Err("the functions of stratum could not be registered") }
    }
}
