//! Where the engine is found: a folder that is the user's alone, with the socket and the token, as in
//! `stratum_sql/serve/place.py`; and starting one where none runs.

use std::ffi::OsString;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Read;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::interrupt::Listening;
use crate::socket::wait_for;

const START_SECONDS: u32 = 60;

/// The folder that a setting names, else `STRATUM_ENGINE`, else the user's own.
pub fn folder(named: &str) -> PathBuf {
    let given = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if !named.is_empty() {
        return named.into();
    }
    if let Some(engine) = given("STRATUM_ENGINE") {
        return engine.into();
    }
    if let Some(runtime) = given("XDG_RUNTIME_DIR") {
        return Path::new(&runtime).join("stratum");
    }
    let temporary = ["TMPDIR", "TEMP", "TMP"].into_iter().find_map(given).unwrap_or_else(|| "/tmp".into());
    // SAFETY: it cannot fail.
    Path::new(&temporary).join(format!("stratum-{}", unsafe { libc::getuid() }))
}

/// The token with which the engine of a folder lets clients in; None where none runs.
pub fn token(folder: &Path) -> Result<Option<String>, String> {
    if !folder.exists() {
        return Ok(None);
    }
    check(folder)?;
    let told = std::fs::read_to_string(folder.join("engine.json")).ok();
    let ticket = told.and_then(|text| serde_json::from_str::<Value>(&text).ok());
    Ok(ticket.and_then(|ticket| ticket["token"].as_str().map(str::to_owned)))
}

/// Whether the folder is the user's, no link, and closed to others.
fn check(folder: &Path) -> Result<(), String> {
    let unsafe_folder = |why: &str| Err(format!("the engine's folder {} cannot be used: {why}", folder.display()));
    let Ok(found) = folder.symlink_metadata() else {
        return unsafe_folder("it cannot be looked at");
    };
    if !found.is_dir() {
        return unsafe_folder("it is no folder");
    }
    // SAFETY: it cannot fail.
    if found.uid() != unsafe { libc::getuid() } {
        return unsafe_folder("it belongs to another user");
    }
    if found.permissions().mode() & 0o077 != 0 {
        return unsafe_folder("others may enter it; its mode must be 0700");
    }
    Ok(())
}

/// Start an engine, unless another process does so; what it said where it did not begin to listen.
pub fn start(folder: &Path, listening: &Listening) -> Result<String, String> {
    DirBuilder::new().mode(0o700).recursive(true).create(folder).map_err(|error| format!("no engine: {error}"))?;
    check(folder)?;
    let _lock = lock(folder, listening)?;
    if std::os::unix::net::UnixStream::connect(folder.join("engine.sock")).is_ok() {
        return Ok(String::new());
    }
    run(folder, &words(), listening)
}

/// Be the one that starts an engine in a folder: as `starting.py` does.
fn lock(folder: &Path, listening: &Listening) -> Result<File, String> {
    let path = folder.join("starting.lock");
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW)
        .open(&path)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    // SAFETY: the file is open. Tried again and again, so that Ctrl-C is heard.
    while unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) } != 0 {
        if listening.is_interrupted() {
            return Err("interrupted".to_owned());
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    Ok(file)
}

/// How an engine is started: `STRATUM_COMMAND`, else the lines of the file that the installer has put beside the
/// extension, else `stratum` on the path. No statement says it: whoever can write one could then run anything.
fn words() -> Vec<OsString> {
    let split = |text: &str, by: char| -> Vec<OsString> {
        text.split(by).map(str::trim).filter(|word| !word.is_empty()).map(OsString::from).collect()
    };
    let own = std::env::var("STRATUM_COMMAND").unwrap_or_default();
    let beside = || own_file().and_then(|file| std::fs::read_to_string(file.with_extension("command")).ok());
    let found = [split(&own, ' '), split(&beside().unwrap_or_default(), '\n')];
    found.into_iter().find(|words| !words.is_empty()).unwrap_or_else(|| vec!["stratum".into()])
}

/// The file that this code was loaded from.
fn own_file() -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    let mut found = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: the address is one of ours; the name ends with NUL, and lives as long as the library.
    unsafe {
        if libc::dladdr((own_file as *const ()).cast(), found.as_mut_ptr()) == 0 {
            return None;
        }
        let name = std::ffi::CStr::from_ptr(found.assume_init().dli_fname);
        Some(std::ffi::OsStr::from_bytes(name.to_bytes()).into())
    }
}

/// Run the command, and wait until it has let go of its standard error: then it listens, or has ended.
fn run(folder: &Path, words: &[OsString], listening: &Listening) -> Result<String, String> {
    let (mut said, theirs) = std::io::pipe().map_err(|error| format!("no pipe: {error}"))?;
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "\"$@\" &", "sh"]).args(words).arg("serve").arg("--folder").arg(folder).arg("--detached");
    shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(theirs);
    // SAFETY: setsid may be called between fork and exec.
    unsafe {
        shell.pre_exec(|| {
            libc::setsid();
            Ok(())
        });
    }
    shell.status().map_err(|error| format!("no engine could be started: {error}"))?;
    drop(shell); // and with it our own end of what it writes to
    let mut words = Vec::new();
    for _ in 0..START_SECONDS * 20 {
        if listening.is_interrupted() {
            return Err("interrupted".to_owned());
        }
        if !wait_for(said.as_raw_fd(), libc::POLLIN, 50) {
            continue;
        }
        let mut piece = [0; 4096];
        match said.read(&mut piece) {
            Ok(count) if count > 0 => words.extend_from_slice(&piece[..count]),
            _ => break,
        }
    }
    Ok(String::from_utf8_lossy(&words).trim().to_owned())
}
