//! Columns as they are sent: Arrow's buffers, and a JSON object that says what they are.

use serde_json::{Value, json};

const ALIGNED: usize = 64; // bytes: where a buffer begins

/// What a column holds; the formats are those of Arrow's C data interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bits.
    Bool,
    /// Values of a fixed number of bytes, with their format.
    Fixed(usize, String),
    /// Texts, or bytes: format `U` or `Z`.
    Bytes(&'static str),
    /// Lists of the one child.
    List,
    /// So many values of the one child each.
    Array(usize),
    /// One value of each child.
    Struct,
    /// NULL in every row.
    Null,
}

/// A column that grows by rows.
#[derive(Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Its rows.
    pub rows: usize,
    /// One bit a row, 1 where there is a value.
    pub valid: Bits,
    /// Bits, values, or bytes.
    pub data: Vec<u8>,
    /// Of bytes and lists: where each row ends, a 0 before the first.
    pub ends: Vec<i64>,
    /// Of lists and structs.
    pub children: Vec<Column>,
    nulls: usize,
}

impl Column {
    /// A column without rows.
    pub fn new(name: String, kind: Kind, children: Vec<Column>) -> Self {
        let ends = if matches!(kind, Kind::Bytes(_) | Kind::List) { vec![0] } else { Vec::new() };
        Column { name, kind, rows: 0, valid: Bits::default(), data: Vec::new(), ends, children, nulls: 0 }
    }

    /// Note whether the next row has a value.
    pub fn push_valid(&mut self, valid: bool) {
        self.valid.push(valid);
        self.nulls += usize::from(!valid);
        self.rows += 1;
    }

    /// Note that so many rows have values.
    pub fn push_all_valid(&mut self, rows: usize) {
        self.valid.push_ones(rows);
        self.rows += rows;
    }

    /// Bytes that it takes.
    pub fn size(&self) -> usize {
        self.data.len() + self.ends.len() * 8 + self.children.iter().map(Column::size).sum::<usize>()
    }

    /// Forget the rows, and keep the room.
    pub fn clear(&mut self) {
        self.rows = 0;
        self.nulls = 0;
        self.valid = Bits::default();
        self.data.clear();
        self.ends.truncate(1);
        self.children.iter_mut().for_each(Column::clear);
    }

    /// What it is, as JSON.
    pub fn described(&self) -> Value {
        let format = match &self.kind {
            Kind::Bool => "b".to_owned(),
            Kind::Fixed(_, format) => format.clone(),
            Kind::Bytes(format) => (*format).to_owned(),
            Kind::List => "+L".to_owned(),
            Kind::Array(size) => format!("+w:{size}"),
            Kind::Struct => "+s".to_owned(),
            Kind::Null => "n".to_owned(),
        };
        let children: Vec<Value> = self.children.iter().map(Column::described).collect();
        json!({"name": self.name, "format": format, "rows": self.rows, "nulls": self.nulls, "children": children})
    }

    /// Its buffers, each filled up to a multiple of 64 bytes: which rows have values, where rows end, the values; then
    /// those of its children. What a column of its kind does not have is left out.
    pub fn buffers<'a>(&'a self, write: &mut dyn FnMut(&'a [u8])) {
        if self.nulls > 0 && self.kind != Kind::Null {
            put(&self.valid.bytes, write);
        }
        if !self.ends.is_empty() {
            put(as_bytes(&self.ends), write);
        }
        if matches!(self.kind, Kind::Bool | Kind::Fixed(..) | Kind::Bytes(_)) {
            put(&self.data, write);
        }
        for child in &self.children {
            child.buffers(write);
        }
    }
}

fn put<'a>(bytes: &'a [u8], write: &mut dyn FnMut(&'a [u8])) {
    const ZEROS: [u8; ALIGNED] = [0; ALIGNED];
    write(bytes);
    write(&ZEROS[..bytes.len().next_multiple_of(ALIGNED) - bytes.len()]);
}

fn as_bytes(numbers: &[i64]) -> &[u8] {
    // SAFETY: any byte of an i64 is a u8.
    unsafe { std::slice::from_raw_parts(numbers.as_ptr().cast(), std::mem::size_of_val(numbers)) }
}

/// Bits, the first one lowest in its byte.
#[derive(Clone, Debug, Default)]
pub struct Bits {
    /// All of them; what is left over in the last byte is 0.
    pub bytes: Vec<u8>,
    count: usize,
}

impl Bits {
    /// One more.
    pub fn push(&mut self, bit: bool) {
        if self.count.is_multiple_of(8) {
            self.bytes.push(0);
        }
        if bit && let Some(last) = self.bytes.last_mut() {
            *last |= 1 << (self.count % 8);
        }
        self.count += 1;
    }

    /// So many ones more.
    pub fn push_ones(&mut self, count: usize) {
        let mut left = count;
        while left > 0 && !self.count.is_multiple_of(8) {
            self.push(true);
            left -= 1;
        }
        self.bytes.resize(self.bytes.len() + left / 8, 0xff);
        self.count += left / 8 * 8;
        for _ in 0..left % 8 {
            self.push(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ones_are_as_if_pushed_one_by_one() {
        for before in 0..10 {
            for count in 0..30 {
                let (mut quick, mut slow) = (Bits::default(), Bits::default());
                for at in 0..before {
                    quick.push(at % 3 == 0);
                    slow.push(at % 3 == 0);
                }
                quick.push_ones(count);
                (0..count).for_each(|_| slow.push(true));
                quick.push(false);
                slow.push(false);
                assert_eq!((quick.bytes, quick.count), (slow.bytes, slow.count));
            }
        }
    }

    #[test]
    fn buffers_begin_at_multiples_of_64_bytes() {
        let mut column = Column::new("t".to_owned(), Kind::Bytes("U"), Vec::new());
        column.data.extend_from_slice(b"ab");
        column.ends.extend([2, 2]);
        column.push_valid(true);
        column.push_valid(false);
        let mut written = Vec::new();
        column.buffers(&mut |bytes| written.extend_from_slice(bytes));
        assert_eq!(written.len(), 3 * 64);
        assert_eq!((written[0], &written[128..130]), (1, &b"ab"[..]));
        let told = json!({"name": "t", "format": "U", "rows": 2, "nulls": 1, "children": []});
        assert_eq!(column.described(), told);
    }
}
