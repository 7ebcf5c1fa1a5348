//! Rows in fixed chunks, and the flag that stops a kernel between two of them.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_array::{Array, Int32Array};
use rayon::prelude::*;

use crate::error::{Error, require};
use crate::pool;

/// Rows in a chunk: 512 KiB of `f64`, which stay in a core's second-level cache between two passes.
pub const CHUNK: usize = 65_536;

/// A flag that stops the kernels that were given it, from any thread; clones are the same flag.
///
/// ```
/// use stratum_kernels::{Cancel, Error};
/// let flag = Cancel::default();
/// assert_eq!(flag.check(), Ok(()));
/// flag.clone().cancel();
/// assert_eq!(flag.check(), Err(Error::Cancelled));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Stop every kernel that has this flag at its next chunk. It stays set.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// # Errors
    /// [`Error::Cancelled`] once [`cancel`](Self::cancel) was called.
    pub fn check(&self) -> Result<(), Error> {
        if self.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
    }
}

/// The rows of chunk `index` of a column of `rows` rows.
pub(crate) fn chunk(index: usize, rows: usize) -> Range<usize> {
    index * CHUNK..rows.min((index + 1) * CHUNK)
}

/// `work` on each task side by side; the results in the order of the tasks, or the error of the first task that has one.
///
/// The first in order, not in time: the same wrong input gives the same message, whatever the number of threads.
pub(crate) fn in_order<T: Send, R: Send>(
    tasks: Vec<T>,
    cancel: &Cancel,
    work: impl Fn(T) -> Result<R, Error> + Sync + Send,
) -> Result<Vec<R>, Error> {
    let results: Vec<Result<R, Error>> = pool::run(|| {
        let one = |task| {
            cancel.check()?;
            work(task)
        };
        tasks.into_par_iter().map(one).collect()
    })?;
    results.into_iter().collect()
}

/// Checks that `codes` has no NULL and each is within `-1..categories`, before loops that then need not look.
pub(crate) fn check_codes(what: &str, codes: &Int32Array, categories: usize, cancel: &Cancel) -> Result<(), Error> {
    require(codes.null_count() == 0, || format!("{what} has a NULL"))?;
    let last = i32::try_from(categories).unwrap_or(i32::MAX);
    for (index, chunk) in codes.values().chunks(CHUNK).enumerate() {
        cancel.check()?;
        let good = |code: &i32| (-1..last).contains(code);
        if !chunk.iter().fold(true, |all, code| all & good(code)) {
            let (at, code) = chunk.iter().enumerate().find(|(_, code)| !good(code)).unwrap_or((0, &0));
            let row = index * CHUNK + at;
            return Err(Error::Invalid(format!("row {row} has {what} {code}, outside -1 to {categories} (exclusive)")));
        }
    }
    Ok(())
}

/// Where a checked code has its entry: -1, which is NULL, after the `categories`.
#[inline]
pub(crate) fn place(code: i32, categories: usize) -> usize {
    (code.cast_unsigned() as usize).min(categories)
}

/// `count` zeros.
///
/// Asked for twice on purpose: the first request may fail and says so, which `vec!` cannot; `vec!` then takes pages that
/// the system has zeroed, so zeros that nobody overwrites cost nothing.
pub(crate) fn zeros<T: Clone + Default>(count: usize) -> Result<Vec<T>, Error> {
    reserve::<T>(count)?;
    Ok(vec![T::default(); count])
}

/// An empty vector with room for `count` items.
pub(crate) fn reserve<T>(count: usize) -> Result<Vec<T>, Error> {
    let mut room = Vec::new();
    match room.try_reserve_exact(count) {
        Ok(()) => Ok(room),
        Err(_) => Err(Error::Memory(count.saturating_mul(size_of::<T>()))),
    }
}
