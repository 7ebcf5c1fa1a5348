//! The functions of DuckDB's C API (version 1) that are called here, by their place in its table.
//!
//! The host gives the table when it loads the extension: nothing is linked. The numbers are the places of the members
//! of `duckdb_ext_api_v1` in `duckdb_extension.h`; a place never changes, as the table only grows.
//! `tests/extension/test_api.py` compares them with that header.

use std::ffi::{c_char, c_int, c_void};
use std::sync::OnceLock;

/// Whatever DuckDB gives out: a pointer that only DuckDB looks behind.
pub type Handle = *mut c_void;
/// Frees what was handed over.
pub type Delete = Option<unsafe extern "C" fn(*mut c_void)>;
/// A scalar function over one chunk of rows.
pub type ScalarFunction = unsafe extern "C" fn(info: Handle, input: Handle, output: Handle);
/// What is called before a thread runs a scalar function.
pub type Init = unsafe extern "C" fn(info: Handle);
/// Bytes of a state of an aggregate.
pub type StateSize = unsafe extern "C" fn(info: Handle) -> u64;
/// Makes the state of an aggregate.
pub type StateInit = unsafe extern "C" fn(info: Handle, state: Handle);
/// Takes rows into states, one state a row.
pub type Update = unsafe extern "C" fn(info: Handle, input: Handle, states: *mut Handle);
/// Takes the first states into the second.
pub type Combine = unsafe extern "C" fn(info: Handle, source: *mut Handle, target: *mut Handle, count: u64);
/// Writes the answers of states.
pub type Finalize = unsafe extern "C" fn(info: Handle, source: *mut Handle, result: Handle, count: u64, offset: u64);
/// Frees states.
pub type Destroy = unsafe extern "C" fn(states: *mut Handle, count: u64);
/// Is asked about a table that nobody knows.
pub type Replacement = unsafe extern "C" fn(info: Handle, table: *const c_char, data: *mut c_void);

/// The version of the API whose table is asked for; its functions are in every later one.
pub const VERSION: &std::ffi::CStr = c"v1.5.6";
const FUNCTIONS: usize = 546;

static TABLE: OnceLock<[usize; FUNCTIONS]> = OnceLock::new();

/// Keep the host's table. False where another DuckDB of this process has loaded the extension before.
///
/// # Safety
/// `table` is what the host's `get_api` gave for [`VERSION`].
pub unsafe fn keep(table: *const c_void) -> bool {
    // SAFETY: the table of that version has so many pointers; the host may free it after loading, so it is copied.
    let given = unsafe { *table.cast::<[usize; FUNCTIONS]>() };
    *TABLE.get_or_init(|| given) == given
}

fn function(place: usize) -> usize {
    TABLE.get().map_or(0, |table| table[place])
}

macro_rules! functions {
    ($($place:literal fn $name:ident($($argument:ident: $kind:ty),*) $(-> $result:ty)?;)*) => {
        $(
            /// As in `duckdb_extension.h`.
            ///
            /// # Safety
            /// Handles are of the host, of the right kind, and not freed.
            #[inline]
            pub unsafe fn $name($($argument: $kind),*) $(-> $result)? {
                // SAFETY: the table has a function of this type at this place: no function runs before `keep`.
                let call = unsafe {
                    std::mem::transmute::<usize, unsafe extern "C" fn($($kind),*) $(-> $result)?>(function($place))
                };
                // SAFETY: promised by the caller.
                unsafe { call($($argument),*) }
            }
        )*
    };
}

functions! {
    3 fn duckdb_connect(database: Handle, out_connection: *mut Handle) -> c_int;
    6 fn duckdb_disconnect(connection: *mut Handle);
    25 fn duckdb_free(ptr: *mut c_void);
    92 fn duckdb_destroy_value(value: *mut Handle);
    94 fn duckdb_create_varchar_length(text: *const c_char, length: u64) -> Handle;
    107 fn duckdb_create_double(input: f64) -> Handle;
    142 fn duckdb_get_varchar(value: Handle) -> *const c_char;
    156 fn duckdb_create_logical_type(kind: c_int) -> Handle;
    166 fn duckdb_get_type_id(kind: Handle) -> c_int;
    167 fn duckdb_decimal_width(kind: Handle) -> u8;
    168 fn duckdb_decimal_scale(kind: Handle) -> u8;
    169 fn duckdb_decimal_internal_type(kind: Handle) -> c_int;
    170 fn duckdb_enum_internal_type(kind: Handle) -> c_int;
    171 fn duckdb_enum_dictionary_size(kind: Handle) -> u32;
    172 fn duckdb_enum_dictionary_value(kind: Handle, index: u64) -> *const c_char;
    173 fn duckdb_list_type_child_type(kind: Handle) -> Handle;
    174 fn duckdb_array_type_child_type(kind: Handle) -> Handle;
    175 fn duckdb_array_type_array_size(kind: Handle) -> u64;
    178 fn duckdb_struct_type_child_count(kind: Handle) -> u64;
    179 fn duckdb_struct_type_child_name(kind: Handle, index: u64) -> *const c_char;
    180 fn duckdb_struct_type_child_type(kind: Handle, index: u64) -> Handle;
    184 fn duckdb_destroy_logical_type(kind: *mut Handle);
    190 fn duckdb_data_chunk_get_vector(chunk: Handle, col_idx: u64) -> Handle;
    191 fn duckdb_data_chunk_get_size(chunk: Handle) -> u64;
    193 fn duckdb_vector_get_column_type(vector: Handle) -> Handle;
    194 fn duckdb_vector_get_data(vector: Handle) -> *mut c_void;
    195 fn duckdb_vector_get_validity(vector: Handle) -> *mut u64;
    196 fn duckdb_vector_ensure_validity_writable(vector: Handle);
    198 fn duckdb_vector_assign_string_element_len(vector: Handle, index: u64, text: *const c_char, str_len: u64);
    199 fn duckdb_list_vector_get_child(vector: Handle) -> Handle;
    203 fn duckdb_struct_vector_get_child(vector: Handle, index: u64) -> Handle;
    204 fn duckdb_array_vector_get_child(vector: Handle) -> Handle;
    207 fn duckdb_validity_set_row_invalid(validity: *mut u64, row: u64);
    209 fn duckdb_create_scalar_function() -> Handle;
    210 fn duckdb_destroy_scalar_function(scalar_function: *mut Handle);
    211 fn duckdb_scalar_function_set_name(scalar_function: Handle, name: *const c_char);
    214 fn duckdb_scalar_function_set_volatile(scalar_function: Handle);
    215 fn duckdb_scalar_function_add_parameter(scalar_function: Handle, kind: Handle);
    216 fn duckdb_scalar_function_set_return_type(scalar_function: Handle, kind: Handle);
    218 fn duckdb_scalar_function_set_function(scalar_function: Handle, function: ScalarFunction);
    219 fn duckdb_register_scalar_function(con: Handle, scalar_function: Handle) -> c_int;
    221 fn duckdb_scalar_function_set_error(info: Handle, error: *const c_char);
    226 fn duckdb_create_aggregate_function() -> Handle;
    227 fn duckdb_destroy_aggregate_function(aggregate_function: *mut Handle);
    228 fn duckdb_aggregate_function_set_name(aggregate_function: Handle, name: *const c_char);
    229 fn duckdb_aggregate_function_add_parameter(aggregate_function: Handle, kind: Handle);
    230 fn duckdb_aggregate_function_set_return_type(aggregate_function: Handle, kind: Handle);
    231 fn duckdb_aggregate_function_set_functions(aggregate_function: Handle, state_size: StateSize, state_init: StateInit, update: Update, combine: Combine, finalize: Finalize);
    232 fn duckdb_aggregate_function_set_destructor(aggregate_function: Handle, destroy: Destroy);
    233 fn duckdb_register_aggregate_function(con: Handle, aggregate_function: Handle) -> c_int;
    234 fn duckdb_aggregate_function_set_special_handling(aggregate_function: Handle);
    237 fn duckdb_aggregate_function_set_error(info: Handle, error: *const c_char);
    274 fn duckdb_add_replacement_scan(db: Handle, replacement: Replacement, extra_data: *mut c_void, delete_callback: Delete);
    275 fn duckdb_replacement_scan_set_function_name(info: Handle, function_name: *const c_char);
    276 fn duckdb_replacement_scan_add_parameter(info: Handle, parameter: Handle);
    277 fn duckdb_replacement_scan_set_error(info: Handle, error: *const c_char);
    423 fn duckdb_create_config_option() -> Handle;
    424 fn duckdb_destroy_config_option(option: *mut Handle);
    425 fn duckdb_config_option_set_name(option: Handle, name: *const c_char);
    426 fn duckdb_config_option_set_type(option: Handle, kind: Handle);
    427 fn duckdb_config_option_set_default_value(option: Handle, default_value: Handle);
    428 fn duckdb_config_option_set_default_scope(option: Handle, default_scope: c_int);
    429 fn duckdb_config_option_set_description(option: Handle, description: *const c_char);
    430 fn duckdb_register_config_option(connection: Handle, option: Handle) -> c_int;
    431 fn duckdb_client_context_get_config_option(context: Handle, name: *const c_char, out_scope: *mut c_int) -> Handle;
    501 fn duckdb_destroy_client_context(context: *mut Handle);
    520 fn duckdb_scalar_function_get_state(info: Handle) -> *mut c_void;
    521 fn duckdb_scalar_function_set_init(scalar_function: Handle, init: Init);
    523 fn duckdb_scalar_function_init_set_state(info: Handle, state: *mut c_void, destroy: Delete);
    524 fn duckdb_scalar_function_init_get_client_context(info: Handle, out_context: *mut Handle);
}
