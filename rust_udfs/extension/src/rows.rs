//! Rows on their way to the engine: gathered into pieces, each sent when it is large enough.

use serde_json::{Value, json};

use crate::api::Handle;
use crate::column::Column;
use crate::kinds::{Type, column_of, fields};
use crate::vector::{Reader, Rows, Vector};

const ENOUGH_ROWS: usize = 1 << 16;
const ENOUGH_BYTES: usize = 8 << 20;

/// The columns of a relation whose rows come as STRUCTs.
#[derive(Debug)]
pub struct Piece {
    columns: Vec<Column>,
    readers: Vec<(usize, Reader)>, // with the place of the field
    left_out: Vec<String>,
    rows: usize,
}

impl Piece {
    /// An empty one for rows of the type of a vector. Fields whose type cannot be sent are left out.
    ///
    /// # Safety
    /// The vector is one of DuckDB's.
    pub unsafe fn new(vector: Handle) -> Result<Self, String> {
        // SAFETY: promised.
        let kind = unsafe { Type::of(vector) };
        let mut made = Piece { columns: Vec::new(), readers: Vec::new(), left_out: Vec::new(), rows: 0 };
        for (place, (name, kind)) in fields(&kind).into_iter().enumerate() {
            match column_of(name.clone(), &kind) {
                Some((column, reader)) => {
                    made.columns.push(column);
                    made.readers.push((place, reader));
                }
                None => made.left_out.push(name),
            }
        }
        if made.columns.is_empty() && made.left_out.is_empty() {
            return Err("the second argument must be a STRUCT, such as the alias of a table".to_owned());
        }
        Ok(made)
    }

    /// Take rows of a vector.
    ///
    /// # Safety
    /// The vector is flat, of the type that this was made for, and has those rows.
    pub unsafe fn append(&mut self, vector: Handle, rows: &Rows) -> Result<(), String> {
        // SAFETY: promised.
        unsafe {
            let vector = Vector::new(vector);
            for ((place, reader), column) in self.readers.iter().zip(&mut self.columns) {
                reader.append(column, vector.field(*place), rows)?;
            }
        }
        self.rows += match rows {
            Rows::All(count) => *count,
            Rows::These(rows) => rows.len(),
        };
        Ok(())
    }

    /// Whether it is time to send it.
    pub fn is_full(&self) -> bool {
        self.rows >= ENOUGH_ROWS || self.columns.iter().map(Column::size).sum::<usize>() >= ENOUGH_BYTES
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// What it is, as JSON.
    pub fn described(&self) -> Value {
        let columns: Vec<Value> = self.columns.iter().map(Column::described).collect();
        json!({"rows": self.rows, "columns": columns, "left_out": self.left_out})
    }

    /// Its bytes, in parts.
    pub fn data(&self) -> Vec<&[u8]> {
        let mut parts = Vec::new();
        for column in &self.columns {
            column.buffers(&mut |bytes| parts.push(bytes));
        }
        parts
    }

    /// Forget the rows, and keep the room.
    pub fn clear(&mut self) {
        self.rows = 0;
        self.columns.iter_mut().for_each(Column::clear);
    }
}
