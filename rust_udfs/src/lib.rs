//! `stratum_sql._rust_udfs`: the Python binding of the kernels.
//!
//! `python` says what Python can call; `capsule` takes Arrow arrays in, `memory` gives numbers back, `guard` turns
//! errors and panics into exceptions, `huge_pages` is the allocator. What computes is in the crate `stratum_kernels`.

mod capsule;
mod guard;
mod huge_pages;
mod memory;
mod python;
