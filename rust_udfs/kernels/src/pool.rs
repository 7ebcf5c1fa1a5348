//! The one pool of threads of the process.

use std::process;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::available_parallelism;

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{Error, require};

/// More threads than this are taken for a mistake.
pub const MOST_THREADS: usize = 1024;

struct Owned {
    pid: u32,
    threads: usize,
    pool: Arc<ThreadPool>,
}

static POOL: Mutex<Option<Owned>> = Mutex::new(None);

/// Run later kernels on `count` threads; those that run now keep the threads they have.
///
/// # Errors
/// [`Error::Invalid`] unless `count` is 1 to [`MOST_THREADS`]; [`Error::Threads`] if the system gives none.
///
/// ```
/// stratum_kernels::pool::set_threads(2)?;
/// assert_eq!(stratum_kernels::pool::threads()?, 2);
/// # Ok::<(), stratum_kernels::Error>(())
/// ```
pub fn set_threads(count: usize) -> Result<(), Error> {
    require((1..=MOST_THREADS).contains(&count), || format!("threads must be 1 to {MOST_THREADS}, not {count}"))?;
    let built = build(count)?;
    let mut slot = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    forget_if_forked(slot.replace(built));
    Ok(())
}

/// The number of threads kernels run on: what was set, else what the machine (or the container's limit) has.
///
/// # Errors
/// [`Error::Threads`] if the pool had to be started and the system gives no threads.
pub fn threads() -> Result<usize, Error> {
    Ok(pool()?.current_num_threads())
}

/// `work`, on the pool. A panic inside it comes out of this call.
///
/// # Errors
/// [`Error::Threads`] if the pool had to be started and the system gives no threads.
pub fn run<R: Send>(work: impl FnOnce() -> R + Send) -> Result<R, Error> {
    Ok(pool()?.install(work))
}

fn pool() -> Result<Arc<ThreadPool>, Error> {
    let mut slot = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    let threads = match &*slot {
        Some(owned) if owned.pid == process::id() => return Ok(Arc::clone(&owned.pool)),
        Some(owned) => owned.threads,
        None => available_parallelism().map_or(1, usize::from).min(MOST_THREADS),
    };
    let built = build(threads)?;
    let pool = Arc::clone(&built.pool);
    forget_if_forked(slot.replace(built));
    Ok(pool)
}

fn build(threads: usize) -> Result<Owned, Error> {
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|index| format!("stratum-{index}"))
        .build()
        .map_err(|error| Error::Threads(error.to_string()))?;
    Ok(Owned { pid: process::id(), threads, pool: Arc::new(pool) })
}

/// A forked child has the pool's memory but none of its threads; dropping it could wait for them for ever.
fn forget_if_forked(old: Option<Owned>) {
    if let Some(owned) = old.filter(|owned| owned.pid != process::id()) {
        std::mem::forget(owned);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_senseless_number_of_threads_is_refused() {
        for count in [0, MOST_THREADS + 1, usize::MAX] {
            assert!(matches!(set_threads(count), Err(Error::Invalid(_))), "{count}");
        }
    }

    #[test]
    fn a_panic_comes_out_and_the_pool_lives_on() {
        let panicked = std::panic::catch_unwind(|| run(|| panic!("on purpose")));
        assert!(panicked.is_err());
        assert_eq!(run(|| 1 + 1), Ok(2));
    }
}
