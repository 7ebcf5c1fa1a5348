//! Why a kernel gave no result.

use std::fmt;

/// Why a kernel gave no result. Nothing here is a fault of the kernel itself; that would be a panic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The input breaks the kernel's contract: lengths that differ, an index out of range.
    Invalid(String),
    /// The caller's [`Cancel`](crate::Cancel) flag was set.
    Cancelled,
    /// The result would need this many bytes more than there are.
    Memory(usize),
    /// The operating system gave no threads.
    Threads(String),
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(what) => out.write_str(what),
            Self::Cancelled => out.write_str("cancelled"),
            Self::Memory(bytes) => write!(out, "no memory for a result of {bytes} bytes"),
            Self::Threads(why) => write!(out, "no threads: {why}"),
        }
    }
}

impl std::error::Error for Error {}

/// `Ok` if `holds`, else [`Error::Invalid`] with `message`.
pub(crate) fn require(holds: bool, message: impl FnOnce() -> String) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::Invalid(message())) }
}
