//! Texts to and from DuckDB.

use std::ffi::{CStr, CString, c_char};

use crate::api;

/// A text for a function of DuckDB; what follows a NUL is left out.
pub fn c_string(text: &str) -> CString {
    let bytes: Vec<u8> = text.bytes().take_while(|byte| *byte != 0).collect();
    CString::new(bytes).unwrap_or_default()
}

/// A text that DuckDB has allocated for us, which is freed; empty where there is none.
///
/// # Safety
/// `text` is null, or a text with a NUL at its end that DuckDB's `duckdb_free` frees.
pub unsafe fn taken(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: it ends with NUL, and is freed after it was copied.
    unsafe {
        let copied = CStr::from_ptr(text).to_string_lossy().into_owned();
        api::duckdb_free(text.cast_mut().cast());
        copied
    }
}

/// DuckDB's 16 bytes of a text in a vector: its length, and the text itself where it has 12 bytes or fewer, else four
/// bytes of it and a pointer.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Text {
    length: u32,
    rest: [u8; 12],
}

impl Text {
    /// Its bytes.
    ///
    /// # Safety
    /// It stands in a vector of DuckDB, at a row that is not NULL.
    pub unsafe fn bytes(&self) -> &[u8] {
        let length = self.length as usize;
        if length <= self.rest.len() {
            return &self.rest[..length];
        }
        let mut pointer = [0; 8];
        pointer.copy_from_slice(&self.rest[4..]);
        // SAFETY: longer texts have a pointer to that many bytes behind their first four.
        unsafe { std::slice::from_raw_parts(usize::from_ne_bytes(pointer) as *const u8, length) }
    }
}
