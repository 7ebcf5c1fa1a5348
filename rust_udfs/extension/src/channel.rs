//! One connection to an engine, for all threads of the process: who waits for an answer reads, and keeps those of
//! others for them. So there is no thread of ours in the shell.

use std::collections::HashMap;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::interrupt::Listening;
use crate::place;
use crate::socket::{Failure, Limits, PATIENCE, read_some, wait_for, write_all};

const PROTOCOL: u64 = 2;
const LENGTHS: usize = 12; // bytes before a frame: 4 for the length of the JSON, 8 for that of the data
const MOST: usize = 1 << 31; // bytes of an answer
const HELLO: Duration = Duration::from_secs(10);

/// Which engine, and how long to wait for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Its folder; empty for the user's own.
    pub folder: String,
    /// Seconds; 0 is for ever.
    pub timeout: f64,
    /// Whether it must run already: an argument of a function, which any statement can write, starts nothing elsewhere.
    pub must_run: bool,
}

impl Settings {
    /// As they stand in a specification, which the engine has put into a plan.
    pub fn read(told: &Value) -> Self {
        let folder = told["folder"].as_str().unwrap_or_default().to_owned();
        let must_run = !folder.is_empty();
        Settings { folder, timeout: told["timeout"].as_f64().unwrap_or(0.0), must_run }
    }

    /// For a request.
    pub fn written(&self) -> Value {
        json!({"folder": self.folder, "timeout": self.timeout})
    }

    /// When the time of something that begins now is over.
    pub fn until(&self) -> Option<Instant> {
        let seconds = Duration::try_from_secs_f64(self.timeout).ok().filter(|seconds| !seconds.is_zero());
        seconds.and_then(|seconds| Instant::now().checked_add(seconds))
    }
}

#[derive(Default)]
struct Taken {
    frame: Vec<u8>,
    wanted: Option<(usize, usize)>, // lengths of JSON and data, once they are known
}

/// An answer by the number of its request, None while it is waited for.
type Answers = HashMap<u64, Option<Result<Vec<u8>, Failure>>>;

/// A connection that was let in.
pub struct Channel {
    stream: UnixStream,
    process: u32,
    writing: Mutex<()>,
    reading: Mutex<Taken>,
    answers: Mutex<Answers>,
    news: Condvar,
    gone: AtomicBool,
    ids: AtomicU64,
}

static CHANNELS: Mutex<Option<HashMap<PathBuf, Arc<Channel>>>> = Mutex::new(None);

/// The connection to the engine that the settings name, which is started where none runs.
pub fn open(settings: &Settings, limits: &Limits) -> Result<Arc<Channel>, Failure> {
    let folder = place::folder(&settings.folder);
    let mut channels = own(&CHANNELS);
    let known = channels.get_or_insert_with(HashMap::new);
    if let Some(found) = known.get(&folder).filter(|found| found.is_open()) {
        return Ok(Arc::clone(found));
    }
    let made = Arc::new(connect(&folder, settings, limits)?);
    known.insert(folder, Arc::clone(&made));
    Ok(made)
}

fn connect(folder: &Path, settings: &Settings, limits: &Limits) -> Result<Channel, Failure> {
    match dial(folder, limits) {
        Err(Failure::Gone) if !settings.must_run => {}
        known => return known,
    }
    let said = place::start(folder, limits.listening).map_err(Failure::Told)?;
    limits.check()?;
    dial(folder, limits).map_err(|failure| match failure {
        Failure::Gone => Failure::Told(format!(
            "no engine could be started: {}\n  hint: `stratum extension install` notes how it is started; so does STRATUM_COMMAND=/path/to/stratum",
            if said.is_empty() { "it did not say why" } else { &said }
        )),
        other => other,
    })
}

fn dial(folder: &Path, limits: &Limits) -> Result<Channel, Failure> {
    let token = place::token(folder).map_err(Failure::Told)?.ok_or(Failure::Gone)?;
    let stream = UnixStream::connect(folder.join("engine.sock")).map_err(|_| Failure::Gone)?;
    stream.set_nonblocking(true).map_err(|_| Failure::Gone)?;
    let channel = Channel {
        stream,
        process: std::process::id(),
        writing: Mutex::new(()),
        reading: Mutex::default(),
        answers: Mutex::new(HashMap::from([(0, None)])), // the welcome, which has no id
        news: Condvar::new(),
        gone: AtomicBool::new(false),
        ids: AtomicU64::new(1),
    };
    let hello = json!({"do": "hello", "protocol": PROTOCOL, "token": token, "progress": false});
    let _ = channel.send(&hello, &[], limits); // who does not let us in may have said why, and hung up
    channel.wait(0, &Limits { listening: limits.listening, until: Some(Instant::now() + HELLO) })?;
    Ok(channel)
}

impl Channel {
    /// Whether requests can be sent: a copy made by fork is another process's.
    pub fn is_open(&self) -> bool {
        let hung_up = wait_for(self.stream.as_raw_fd(), libc::POLLRDHUP, 0);
        !self.gone.load(Ordering::SeqCst) && self.process == std::process::id() && !hung_up
    }

    /// A number that no other request has.
    pub fn id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::SeqCst)
    }

    /// Send a request, and wait for the data of its answer. What is not waited for any more is cancelled.
    pub fn ask(&self, mut head: Value, limits: &Limits) -> Result<Vec<u8>, Failure> {
        let id = self.id();
        head["id"] = id.into();
        own(&self.answers).insert(id, None);
        let answer = self.send(&head, &[], limits).and_then(|()| self.wait(id, limits));
        if matches!(answer, Err(Failure::Interrupted | Failure::Late)) {
            own(&self.answers).remove(&id);
            self.forget(&json!({"do": "cancel", "id": id}));
        }
        answer
    }

    /// Say something that is not answered, and for which nobody waits.
    pub fn forget(&self, head: &Value) {
        let listening = Listening::new();
        let _ = self.send(head, &[], &Limits { listening: &listening, until: Some(Instant::now() + HELLO) });
    }

    /// Send a frame. One that could not be sent whole ends the connection.
    pub fn send(&self, head: &Value, data: &[&[u8]], limits: &Limits) -> Result<(), Failure> {
        let head = head.to_string();
        let size: usize = data.iter().map(|part| part.len()).sum();
        let mut first = u32::try_from(head.len()).map_err(|_| Failure::Gone)?.to_be_bytes().to_vec();
        first.extend_from_slice(&(size as u64).to_be_bytes());
        first.extend_from_slice(head.as_bytes());
        let parts: Vec<&[u8]> = std::iter::once(first.as_slice()).chain(data.iter().copied()).collect();
        let _turn = own(&self.writing);
        if self.gone.load(Ordering::SeqCst) {
            return Err(Failure::Gone);
        }
        write_all(&self.stream, &parts, limits).inspect_err(|_| self.close())
    }

    fn close(&self) {
        self.gone.store(true, Ordering::SeqCst);
        let _ = self.stream.shutdown(std::net::Shutdown::Write); // what it has said can still be read
    }

    fn wait(&self, id: u64, limits: &Limits) -> Result<Vec<u8>, Failure> {
        loop {
            let mut answers = own(&self.answers);
            if answers.get(&id).is_some_and(Option::is_some) {
                return answers.remove(&id).flatten().unwrap_or(Err(Failure::Gone));
            }
            match self.reading.try_lock() {
                Ok(mut taken) => {
                    drop(answers);
                    if let Err(failure) = self.read(&mut taken) {
                        self.close();
                        self.tell_all(&failure);
                    }
                }
                Err(TryLockError::Poisoned(_)) => return Err(Failure::Gone),
                Err(TryLockError::WouldBlock) => {
                    let patience = Duration::from_millis(u64::from(PATIENCE.unsigned_abs()));
                    drop(self.news.wait_timeout(answers, patience));
                }
            }
            limits.check()?;
        }
    }

    /// Take in what comes within a moment.
    fn read(&self, taken: &mut Taken) -> Result<(), Failure> {
        wait_for(self.stream.as_raw_fd(), libc::POLLIN, PATIENCE);
        let (head, data) = match taken.wanted {
            Some(lengths) => lengths,
            None if !read_some(&self.stream, &mut taken.frame, LENGTHS)? => return Ok(()),
            None => lengths(&taken.frame).ok_or(Failure::Gone)?,
        };
        taken.wanted = Some((head, data));
        if read_some(&self.stream, &mut taken.frame, LENGTHS + head + data)? {
            let frame = std::mem::take(taken).frame;
            let told: Value = serde_json::from_slice(&frame[LENGTHS..LENGTHS + head]).map_err(|_| Failure::Gone)?;
            self.tell(&told, frame[LENGTHS + head..].to_vec());
        }
        Ok(())
    }

    /// Keep an answer for who waits for it; one without an id is the welcome, or says why the connection ends.
    fn tell(&self, head: &Value, data: Vec<u8>) {
        let answer = if head["error"].is_object() { Err(Failure::Told(said(&head["error"]))) } else { Ok(data) };
        match (head["id"].as_u64(), answer) {
            (None, Err(failure)) => self.tell_all(&failure),
            (id, answer) => {
                if let Some(place) = own(&self.answers).get_mut(&id.unwrap_or(0)) {
                    *place = Some(answer);
                }
                self.news.notify_all();
            }
        }
    }

    fn tell_all(&self, failure: &Failure) {
        for place in own(&self.answers).values_mut().filter(|place| place.is_none()) {
            *place = Some(Err(failure.clone()));
        }
        self.news.notify_all();
    }
}

fn lengths(header: &[u8]) -> Option<(usize, usize)> {
    let head = u32::from_be_bytes(header.get(..4)?.try_into().ok()?);
    let data = u64::from_be_bytes(header.get(4..LENGTHS)?.try_into().ok()?);
    let (head, data) = (usize::try_from(head).ok()?, usize::try_from(data).ok()?);
    (head.checked_add(data)? < MOST).then_some((head, data))
}

/// An error of the engine's as a person reads it.
fn said(error: &Value) -> String {
    let text = |name: &str| error[name].as_str().unwrap_or_default();
    if let Some(told) = error["told"].as_str() {
        return told.to_owned();
    }
    let hint = error["hint"].as_str().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
    format!("{}[{}]: {}{hint}", text("class"), text("code"), text("message"))
}

/// A lock, also after a panic of another thread: what it guards is whole at any moment.
pub fn own<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
