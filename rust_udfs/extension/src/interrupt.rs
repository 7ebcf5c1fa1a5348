//! Ctrl-C while we wait: the C API has no way to ask whether a statement was interrupted, so SIGINT is listened for.
//!
//! The handler that was there before, the shell's or Python's, is called too.

use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

static SIGNALS: AtomicU64 = AtomicU64::new(0);
static LISTENERS: Mutex<Listeners> = Mutex::new(Listeners { count: 0, before: None });
static BEFORE: [AtomicU64; 2] = [AtomicU64::new(0), AtomicU64::new(0)]; // the handler and its flags, for the handler

struct Listeners {
    count: usize,
    before: Option<libc::sigaction>,
}

/// Listens for SIGINT until it is dropped.
pub struct Listening {
    seen: u64,
}

impl Listening {
    /// Begin to listen.
    pub fn new() -> Self {
        let mut listeners = LISTENERS.lock().unwrap_or_else(PoisonError::into_inner);
        if listeners.count == 0 {
            listeners.before = install();
        }
        listeners.count += 1;
        Listening { seen: SIGNALS.load(Ordering::SeqCst) }
    }

    /// Whether one came.
    pub fn is_interrupted(&self) -> bool {
        SIGNALS.load(Ordering::SeqCst) != self.seen
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut listeners = LISTENERS.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.count -= 1;
        if listeners.count == 0
            && let Some(before) = listeners.before.take()
        {
            restore(&before);
        }
    }
}

fn install() -> Option<libc::sigaction> {
    let mut before = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: both are whole structs; the handler does only what a handler may.
    unsafe {
        if libc::sigaction(libc::SIGINT, ptr::null(), before.as_mut_ptr()) != 0 {
            return None;
        }
        let before = before.assume_init();
        BEFORE[0].store(before.sa_sigaction as u64, Ordering::SeqCst);
        BEFORE[1].store(u64::from(before.sa_flags.cast_unsigned()), Ordering::SeqCst);
        let mut ours = before;
        ours.sa_sigaction = handle as extern "C" fn(_, _, _) as usize;
        ours.sa_flags = (before.sa_flags | libc::SA_SIGINFO) & !libc::SA_RESETHAND;
        (libc::sigaction(libc::SIGINT, &raw const ours, ptr::null_mut()) == 0).then_some(before)
    }
}

/// Put back what was there, unless somebody else has put something there since.
fn restore(before: &libc::sigaction) {
    let mut now = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: as in `install`.
    unsafe {
        let known = libc::sigaction(libc::SIGINT, ptr::null(), now.as_mut_ptr()) == 0;
        if known && now.assume_init().sa_sigaction == handle as extern "C" fn(_, _, _) as usize {
            libc::sigaction(libc::SIGINT, before, ptr::null_mut());
        }
    }
}

extern "C" fn handle(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    SIGNALS.fetch_add(1, Ordering::SeqCst);
    let before = usize::try_from(BEFORE[0].load(Ordering::SeqCst)).unwrap_or(libc::SIG_IGN);
    let with_info = BEFORE[1].load(Ordering::SeqCst) & u64::from(libc::SA_SIGINFO.cast_unsigned()) != 0;
    match before {
        libc::SIG_IGN => {}
        // SAFETY: nobody wanted to live on, so the process ends as it would have without us.
        libc::SIG_DFL => unsafe {
            libc::signal(signal, libc::SIG_DFL);
            libc::raise(signal);
        },
        // SAFETY: it was the process's handler of this signal, of the kind that its flags tell.
        _ => unsafe {
            if with_info {
                type WithInfo = extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);
                std::mem::transmute::<usize, WithInfo>(before)(signal, info, context);
            } else {
                std::mem::transmute::<usize, extern "C" fn(libc::c_int)>(before)(signal);
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;

    static CALLED: AtomicBool = AtomicBool::new(false);

    extern "C" fn theirs(_: libc::c_int) {
        CALLED.store(true, Ordering::SeqCst);
    }

    #[test]
    fn a_signal_is_seen_and_handed_on() {
        // SAFETY: the handler stores one flag.
        unsafe {
            libc::signal(libc::SIGINT, theirs as extern "C" fn(_) as usize);
            let (one, other) = (Listening::new(), Listening::new());
            assert!(!one.is_interrupted());
            libc::raise(libc::SIGINT);
            assert!(one.is_interrupted() && other.is_interrupted() && CALLED.load(Ordering::SeqCst));
            drop((one, other));
            assert!(!Listening::new().is_interrupted());
            assert_eq!(libc::signal(libc::SIGINT, libc::SIG_DFL), theirs as extern "C" fn(_) as usize);
        }
    }
}
