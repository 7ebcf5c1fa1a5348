//! Reading and writing a socket without waiting for longer than it takes to notice Ctrl-C.

use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::time::Instant;

use crate::interrupt::Listening;

/// How long to wait before looking whether somebody has interrupted, in milliseconds.
pub const PATIENCE: i32 = 50;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Ctrl-C.
    Interrupted,
    /// The time is over.
    Late,
    /// The engine has ended, or does not say what an engine says.
    Gone,
    /// What it said.
    Told(String),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Interrupted => out.write_str("interrupted: the engine was told to stop"),
            Failure::Late => out.write_str(
                "the engine did not answer in time\n  hint: SET stratum_timeout gives it more seconds, 0 all it takes",
            ),
            Failure::Gone => out.write_str("the engine has gone\n  hint: the next statement starts one again"),
            Failure::Told(said) => out.write_str(said),
        }
    }
}

/// What ends a wait before its time.
pub struct Limits<'a> {
    /// Ctrl-C.
    pub listening: &'a Listening,
    /// The end of the time.
    pub until: Option<Instant>,
}

impl Limits<'_> {
    /// Whether there is time left.
    pub fn check(&self) -> Result<(), Failure> {
        if self.listening.is_interrupted() {
            return Err(Failure::Interrupted);
        }
        match self.until {
            Some(until) if Instant::now() >= until => Err(Failure::Late),
            _ => Ok(()),
        }
    }
}

/// Whether something can be read or written, or the other end has gone, within so many milliseconds.
pub fn wait_for(file: RawFd, events: i16, milliseconds: i32) -> bool {
    let mut asked = libc::pollfd { fd: file, events, revents: 0 };
    // SAFETY: one whole struct.
    unsafe { libc::poll(&raw mut asked, 1, milliseconds) > 0 }
}

/// Send all of the parts. The stream must not block.
pub fn write_all(mut stream: &UnixStream, parts: &[&[u8]], limits: &Limits) -> Result<(), Failure> {
    for part in parts {
        let mut left = *part;
        while !left.is_empty() {
            match stream.write(left) {
                Ok(count) => left = &left[count..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    limits.check()?;
                    wait_for(stream.as_raw_fd(), libc::POLLOUT, PATIENCE);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => limits.check()?,
                Err(_) => return Err(Failure::Gone),
            }
        }
    }
    Ok(())
}

/// Take what there is into `taken`, which is to be so many bytes long; whether it is.
pub fn read_some(stream: &UnixStream, taken: &mut Vec<u8>, wanted: usize) -> Result<bool, Failure> {
    let room = wanted.saturating_sub(taken.len());
    match stream.take(room as u64).read_to_end(taken) {
        Ok(count) if count == room => Ok(true),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false), // what was read is kept
        _ => Err(Failure::Gone),
    }
}
