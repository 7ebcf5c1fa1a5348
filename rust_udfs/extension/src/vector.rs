//! DuckDB's vectors read into columns.

use std::ffi::c_void;

use crate::api::{self, Handle};
use crate::column::{Column, Kind};
use crate::text::Text;

/// How the values of a vector become bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As they are.
    Same,
    /// An integer of so many bytes, made 16 wide.
    Widened(usize),
    /// Months, days and microseconds: the last become nanoseconds.
    Interval,
    /// A number in the list of an ENUM's texts, of so many bytes.
    Enum(usize),
    /// The text of a UUID.
    Uuid,
}

/// Reads vectors of one type.
#[derive(Debug)]
pub struct Reader {
    /// How values become bytes.
    pub reading: Reading,
    /// Of an ENUM.
    pub texts: Vec<String>,
    /// Bytes of a value in the vector.
    pub width: usize,
    /// Of lists and STRUCTs.
    pub children: Vec<Reader>,
}

/// A vector of DuckDB that is flat.
#[derive(Clone, Copy)]
pub struct Vector {
    handle: Handle,
    data: *const c_void,
    validity: *const u64,
}

impl Vector {
    /// # Safety
    /// The vector is flat, and lives as long as what is made here.
    pub unsafe fn new(handle: Handle) -> Self {
        // SAFETY: promised.
        unsafe {
            let data = api::duckdb_vector_get_data(handle).cast_const();
            Vector { handle, data, validity: api::duckdb_vector_get_validity(handle) }
        }
    }

    /// # Safety
    /// It is a vector of STRUCTs with such a field.
    pub unsafe fn field(self, at: usize) -> Vector {
        // SAFETY: promised; the fields of a flat vector are flat.
        unsafe { Vector::new(api::duckdb_struct_vector_get_child(self.handle, at as u64)) }
    }

    /// # Safety
    /// The row is one of the vector's.
    pub unsafe fn is_valid(self, row: usize) -> bool {
        // SAFETY: one bit a row.
        self.validity.is_null() || unsafe { *self.validity.add(row / 64) } >> (row % 64) & 1 == 1
    }

    /// # Safety
    /// The vector has values of type `T`, and such a row.
    unsafe fn value<T: Copy>(self, row: usize) -> T {
        // SAFETY: promised.
        unsafe { self.data.cast::<T>().add(row).read_unaligned() }
    }

    /// The bytes of a text.
    ///
    /// # Safety
    /// It is a vector of texts, with such a row, which is not NULL; they live as long as the vector.
    pub unsafe fn bytes<'a>(self, row: usize) -> &'a [u8] {
        // SAFETY: promised.
        unsafe { (*self.data.cast::<Text>().add(row)).bytes() }
    }
}

impl Reader {
    /// Append rows of a vector.
    ///
    /// # Safety
    /// The vector is of the type that the reader was made for, and has those rows.
    pub unsafe fn append(&self, column: &mut Column, vector: Vector, rows: &Rows) -> Result<(), String> {
        // SAFETY: as promised.
        unsafe {
            if let (Kind::Fixed(width, _), Reading::Same, Rows::All(count), true) =
                (&column.kind, self.reading, rows, vector.validity.is_null())
            {
                let bytes = std::slice::from_raw_parts(vector.data.cast(), width * count);
                column.data.extend_from_slice(bytes);
                column.push_all_valid(*count);
                return Ok(());
            }
            match column.kind {
                Kind::Struct => self.append_struct(column, vector, rows),
                Kind::List => self.append_lists(column, vector, rows),
                Kind::Array(size) => self.append_arrays(column, vector, rows, size),
                _ => rows.each(|row| self.append_row(column, vector, row)),
            }
        }
    }

    unsafe fn append_row(&self, column: &mut Column, vector: Vector, row: usize) -> Result<(), String> {
        // SAFETY: as promised to `append`; values of NULL are not looked at.
        unsafe {
            let valid = vector.is_valid(row) && column.kind != Kind::Null;
            match (&column.kind, self.reading) {
                (Kind::Bool, _) => {
                    let bit = valid && vector.value::<u8>(row) != 0;
                    push_bit(&mut column.data, column.rows, bit);
                }
                (Kind::Bytes(_), _) => {
                    if valid {
                        self.append_bytes(&mut column.data, vector, row)?;
                    }
                    column.ends.push(i64::try_from(column.data.len()).map_err(|_| "a column is too large")?);
                }
                (Kind::Fixed(width, _), _) if !valid => column.data.resize(column.data.len() + width, 0),
                (Kind::Fixed(width, _), Reading::Same) => {
                    let bytes = std::slice::from_raw_parts(vector.data.cast::<u8>().add(row * width), *width);
                    column.data.extend_from_slice(bytes);
                }
                (Kind::Fixed(..), _) => column.data.extend_from_slice(&self.sixteen(vector, row)?),
                _ => {}
            }
            column.push_valid(valid);
        }
        Ok(())
    }

    unsafe fn append_bytes(&self, data: &mut Vec<u8>, vector: Vector, row: usize) -> Result<(), String> {
        // SAFETY: as promised to `append`, and the row is not NULL.
        unsafe {
            match self.reading {
                Reading::Enum(_) => {
                    let text = self.texts.get(self.integer(vector, row)).ok_or("a value of no ENUM")?;
                    data.extend_from_slice(text.as_bytes());
                }
                Reading::Uuid => data.extend_from_slice(uuid(vector.value::<u128>(row)).as_bytes()),
                _ => data.extend_from_slice(vector.bytes(row)),
            }
        }
        Ok(())
    }

    unsafe fn integer(&self, vector: Vector, row: usize) -> usize {
        // SAFETY: as promised to `append`.
        unsafe {
            match self.width {
                1 => usize::from(vector.value::<u8>(row)),
                2 => usize::from(vector.value::<u16>(row)),
                _ => vector.value::<u32>(row) as usize,
            }
        }
    }

    /// A value that is sent in 16 bytes, and is kept in others.
    unsafe fn sixteen(&self, vector: Vector, row: usize) -> Result<[u8; 16], String> {
        // SAFETY: as promised to `append`.
        unsafe {
            Ok(match self.reading {
                Reading::Widened(2) => i128::from(vector.value::<i16>(row)).to_ne_bytes(),
                Reading::Widened(4) => i128::from(vector.value::<i32>(row)).to_ne_bytes(),
                Reading::Widened(8) => i128::from(vector.value::<i64>(row)).to_ne_bytes(),
                Reading::Interval => {
                    let mut bytes = vector.value::<[u8; 16]>(row);
                    let mut micros = [0; 8];
                    micros.copy_from_slice(&bytes[8..]);
                    let nanos =
                        i64::from_ne_bytes(micros).checked_mul(1000).ok_or("an INTERVAL is too long to be sent")?;
                    bytes[8..].copy_from_slice(&nanos.to_ne_bytes());
                    bytes
                }
                _ => vector.value::<[u8; 16]>(row),
            })
        }
    }

    unsafe fn append_struct(&self, column: &mut Column, vector: Vector, rows: &Rows) -> Result<(), String> {
        // SAFETY: as promised to `append`; fields have the rows of their STRUCT.
        unsafe {
            for (at, (reader, child)) in self.children.iter().zip(&mut column.children).enumerate() {
                reader.append(child, vector.field(at), rows)?;
            }
            rows.each(|row| {
                column.push_valid(vector.is_valid(row));
                Ok(())
            })
        }
    }

    unsafe fn append_lists(&self, column: &mut Column, vector: Vector, rows: &Rows) -> Result<(), String> {
        let mut inside = Vec::new();
        let before = column.children[0].rows;
        // SAFETY: as promised to `append`; an entry says where its rows are in the child.
        unsafe {
            rows.each(|row| {
                let valid = vector.is_valid(row);
                if valid {
                    let [first, length] = vector.value::<[u64; 2]>(row);
                    for at in first..first.checked_add(length).ok_or("a list has no end")? {
                        inside.push(usize::try_from(at).map_err(|_| "a list is too long")?);
                    }
                }
                column.ends.push(i64::try_from(before + inside.len()).map_err(|_| "a column is too large")?);
                column.push_valid(valid);
                Ok(())
            })?;
            let child = Vector::new(api::duckdb_list_vector_get_child(vector.handle));
            self.children[0].append(&mut column.children[0], child, &Rows::These(inside))
        }
    }

    unsafe fn append_arrays(
        &self,
        column: &mut Column,
        vector: Vector,
        rows: &Rows,
        size: usize,
    ) -> Result<(), String> {
        let mut inside = Vec::new();
        // SAFETY: as promised to `append`; the child has `size` rows for each row, also where that is NULL.
        unsafe {
            rows.each(|row| {
                inside.extend(row * size..(row + 1) * size);
                column.push_valid(vector.is_valid(row));
                Ok(())
            })?;
            let child = Vector::new(api::duckdb_array_vector_get_child(vector.handle));
            self.children[0].append(&mut column.children[0], child, &Rows::These(inside))
        }
    }
}

fn push_bit(data: &mut Vec<u8>, at: usize, bit: bool) {
    if at.is_multiple_of(8) {
        data.push(0);
    }
    if bit && let Some(last) = data.last_mut() {
        *last |= 1 << (at % 8);
    }
}

/// DuckDB keeps a UUID as a number whose first bit is turned, so that it sorts.
fn uuid(kept: u128) -> String {
    let hex = format!("{:032x}", kept ^ (1 << 127));
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// Rows of a vector.
#[derive(Debug)]
pub enum Rows {
    /// The first so many.
    All(usize),
    /// Those with these numbers.
    These(Vec<usize>),
}

impl Rows {
    fn each(&self, mut act: impl FnMut(usize) -> Result<(), String>) -> Result<(), String> {
        match self {
            Rows::All(count) => (0..*count).try_for_each(act),
            Rows::These(rows) => rows.iter().try_for_each(|row| act(*row)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_written_as_duckdb_writes_them() {
        assert_eq!(uuid(1 << 127 | 1), "00000000-0000-0000-0000-000000000001");
        assert_eq!(uuid(0), "80000000-0000-0000-0000-000000000000");
    }
}
