//! `stratum_fit(spec, row)`: an aggregate that sends its rows to the engine, and gives what the engine answers.
//!
//! Each thread sends what it has whenever that is enough, so the shell never holds the rows. What a state has sent is
//! an upload; states that are put together share their uploads, and an upload that no state has any more is dropped.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::api::Handle;
use crate::channel::{Channel, Settings, open};
use crate::interrupt::Listening;
use crate::rows::Piece;
use crate::socket::{Failure, Limits};
use crate::vector::Rows;

/// What was sent under one number. Dropped, the engine forgets it.
struct Upload {
    channel: Arc<Channel>,
    id: u64,
}

impl Drop for Upload {
    fn drop(&mut self) {
        if self.channel.is_open() {
            self.channel.forget(&json!({"do": "drop", "upload": self.id}));
        }
    }
}

/// The state of one group of rows, or of one thread's share of it.
#[derive(Default)]
pub struct State {
    spec: String,
    piece: Option<Piece>,
    own: Option<Arc<Upload>>, // what `piece` goes to
    sent: Vec<Arc<Upload>>,
}

impl State {
    /// Take rows of a vector of STRUCTs.
    ///
    /// # Safety
    /// The vector is flat, of one type at each call, and has those rows.
    pub unsafe fn update(&mut self, spec: &str, vector: Handle, rows: &Rows) -> Result<(), String> {
        if self.piece.is_none() {
            spec.clone_into(&mut self.spec);
            // SAFETY: promised.
            self.piece = Some(unsafe { Piece::new(vector)? });
        }
        let full = self.piece.as_mut().map_or(Ok(false), |piece| {
            // SAFETY: promised.
            unsafe { piece.append(vector, rows)? };
            Ok::<_, String>(piece.is_full())
        })?;
        if full { self.send().map_err(|failure| failure.to_string()) } else { Ok(()) }
    }

    /// Take what another state has. That one stays as it is: DuckDB may want it for more than one.
    pub fn combine(&mut self, other: &mut State) -> Result<(), String> {
        if other.spec.is_empty() {
            return Ok(());
        }
        other.send().map_err(|failure| failure.to_string())?;
        if self.spec.is_empty() {
            self.spec.clone_from(&other.spec);
        }
        for upload in &other.sent {
            if !self.sent.iter().any(|known| Arc::ptr_eq(known, upload)) {
                self.sent.push(Arc::clone(upload));
            }
        }
        Ok(())
    }

    /// The engine's answer to all rows.
    pub fn finish(&mut self) -> Result<Vec<u8>, String> {
        if self.spec.is_empty() {
            return Err("the query has no rows to learn from".to_owned());
        }
        self.send().map_err(|failure| failure.to_string())?;
        let settings = read(&self.spec)?;
        let listening = Listening::new();
        let uploads: Vec<u64> = self.sent.iter().map(|upload| upload.id).collect();
        let channel = self.sent.first().map(|upload| Arc::clone(&upload.channel)).ok_or("no rows were sent")?;
        if self.sent.iter().any(|upload| !Arc::ptr_eq(&upload.channel, &channel)) {
            return Err(Failure::Gone.to_string()); // the engine ended between two pieces
        }
        let head = json!({"do": "fit", "spec": self.spec, "uploads": uploads});
        let limits = Limits { listening: &listening, until: settings.until() };
        channel.ask(head, &limits).map_err(|failure| failure.to_string())
    }

    /// Send what there is, and begin a new piece. An upload that others have seen is not added to.
    fn send(&mut self) -> Result<(), Failure> {
        let Some(piece) = self.piece.as_mut().filter(|piece| !piece.is_empty()) else {
            return Ok(());
        };
        let settings = read(&self.spec).map_err(Failure::Told)?;
        let listening = Listening::new();
        let limits = Limits { listening: &listening, until: settings.until() };
        let upload = match self.own.take() {
            Some(own) if Arc::strong_count(&own) <= 2 => own,
            _ => {
                let channel = open(&settings, &limits)?;
                let made = Arc::new(Upload { id: channel.id(), channel });
                self.sent.push(Arc::clone(&made));
                made
            }
        };
        let mut head = piece.described();
        head["do"] = "rows".into();
        head["upload"] = upload.id.into();
        upload.channel.send(&head, &piece.data(), &limits)?;
        piece.clear();
        self.own = Some(upload);
        Ok(())
    }
}

/// Where the engine is, as a specification says: what else is in it is the engine's own.
pub fn read(spec: &str) -> Result<Settings, String> {
    let told: Value = serde_json::from_str(spec).map_err(|_| "the first argument is no specification of a plan")?;
    Ok(Settings::read(&told["shell"]))
}
