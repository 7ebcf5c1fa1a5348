//! DuckDB's types: what column each becomes, and how its vectors are read.

use crate::api::{self, Handle};
use crate::column::{Column, Kind};
use crate::text::taken;
use crate::vector::{Reader, Reading};

/// A type of DuckDB, freed when it is dropped.
pub struct Type(Handle);

impl Type {
    /// One without parameters.
    pub fn new(id: i32) -> Self {
        // SAFETY: it is freed once, by drop.
        Type(unsafe { api::duckdb_create_logical_type(id) })
    }

    /// The type of a vector.
    ///
    /// # Safety
    /// The vector is one of DuckDB's.
    pub unsafe fn of(vector: Handle) -> Self {
        // SAFETY: promised; it is freed once, by drop.
        Type(unsafe { api::duckdb_vector_get_column_type(vector) })
    }

    /// The handle, for a function of DuckDB.
    pub fn handle(&self) -> Handle {
        self.0
    }

    fn id(&self) -> i32 {
        // SAFETY: the type is not freed yet.
        unsafe { api::duckdb_get_type_id(self.0) }
    }
}

impl Drop for Type {
    fn drop(&mut self) {
        // SAFETY: it is ours, and freed here alone.
        unsafe { api::duckdb_destroy_logical_type(&raw mut self.0) }
    }
}

/// `DUCKDB_TYPE_DOUBLE`.
pub const DOUBLE: i32 = 11;
/// `DUCKDB_TYPE_VARCHAR`.
pub const VARCHAR: i32 = 17;
/// `DUCKDB_TYPE_ANY`.
pub const ANY: i32 = 34;
const HUGEINT: &str = "d:38,0";

/// An empty column for a type, and what reads vectors into it; None for a type that cannot be sent.
pub fn column_of(name: String, kind: &Type) -> Option<(Column, Reader)> {
    let id = kind.id();
    let simple = |kind, width, reading| {
        Some((
            Column::new(name.clone(), kind, Vec::new()),
            Reader { reading, texts: Vec::new(), width, children: Vec::new() },
        ))
    };
    let fixed = |width: usize, format: &str| simple(Kind::Fixed(width, format.to_owned()), width, Reading::Same);
    match id {
        1 => simple(Kind::Bool, 1, Reading::Same),
        2 => fixed(1, "c"),
        3 => fixed(2, "s"),
        4 => fixed(4, "i"),
        5 => fixed(8, "l"),
        6 => fixed(1, "C"),
        7 => fixed(2, "S"),
        8 => fixed(4, "I"),
        9 => fixed(8, "L"),
        10 => fixed(4, "f"),
        DOUBLE => fixed(8, "g"),
        12 => fixed(8, "tsu:"),
        13 => fixed(4, "tdD"),
        14 => fixed(8, "ttu"),
        15 => simple(Kind::Fixed(16, "tin".to_owned()), 16, Reading::Interval),
        16 | 32 => fixed(16, HUGEINT),
        VARCHAR => simple(Kind::Bytes("U"), 16, Reading::Same),
        18 => simple(Kind::Bytes("Z"), 16, Reading::Same),
        19 => decimal(name, kind),
        20 => fixed(8, "tss:"),
        21 => fixed(8, "tsm:"),
        22 => fixed(8, "tsn:"),
        23 => enumeration(name, kind),
        24 => list(name, kind),
        25 => structure(name, kind),
        27 => simple(Kind::Bytes("U"), 16, Reading::Uuid),
        31 => fixed(8, "tsu:UTC"),
        33 => array(name, kind),
        36 => simple(Kind::Null, 0, Reading::Same),
        _ => None,
    }
}

fn decimal(name: String, kind: &Type) -> Option<(Column, Reader)> {
    // SAFETY: it is a DECIMAL.
    let (width, scale, inside) = unsafe {
        (
            api::duckdb_decimal_width(kind.0),
            api::duckdb_decimal_scale(kind.0),
            api::duckdb_decimal_internal_type(kind.0),
        )
    };
    let bytes = match inside {
        3 => 2,
        4 => 4,
        5 => 8,
        16 => 16,
        _ => return None,
    };
    let column = Column::new(name, Kind::Fixed(16, format!("d:{width},{scale}")), Vec::new());
    Some((column, Reader { reading: Reading::Widened(bytes), texts: Vec::new(), width: bytes, children: Vec::new() }))
}

fn enumeration(name: String, kind: &Type) -> Option<(Column, Reader)> {
    // SAFETY: it is an ENUM; its texts are given to us.
    let (inside, texts) = unsafe {
        let size = api::duckdb_enum_dictionary_size(kind.0);
        let texts = (0..size).map(|at| taken(api::duckdb_enum_dictionary_value(kind.0, u64::from(at)))).collect();
        (api::duckdb_enum_internal_type(kind.0), texts)
    };
    let bytes = match inside {
        6 => 1,
        7 => 2,
        8 => 4,
        _ => return None,
    };
    let column = Column::new(name, Kind::Bytes("U"), Vec::new());
    Some((column, Reader { reading: Reading::Enum(bytes), texts, width: bytes, children: Vec::new() }))
}

fn list(name: String, kind: &Type) -> Option<(Column, Reader)> {
    // SAFETY: it is a LIST; the child's type is ours.
    let child = Type(unsafe { api::duckdb_list_type_child_type(kind.0) });
    let (column, reader) = column_of("item".to_owned(), &child)?;
    Some((Column::new(name, Kind::List, vec![column]), parent(vec![reader])))
}

fn array(name: String, kind: &Type) -> Option<(Column, Reader)> {
    // SAFETY: it is an ARRAY; the child's type is ours.
    let (size, child) =
        unsafe { (api::duckdb_array_type_array_size(kind.0), Type(api::duckdb_array_type_child_type(kind.0))) };
    let (column, reader) = column_of("item".to_owned(), &child)?;
    Some((Column::new(name, Kind::Array(usize::try_from(size).ok()?), vec![column]), parent(vec![reader])))
}

/// Fields that cannot be sent are left out; what is left of the others knows its place by `Reader::width`.
fn structure(name: String, kind: &Type) -> Option<(Column, Reader)> {
    let (columns, readers): (Vec<_>, Vec<_>) = fields(kind)
        .into_iter()
        .map(|(name, kind)| {
            column_of(name, &kind).map_or((None, None), |(column, reader)| (Some(column), Some(reader)))
        })
        .unzip();
    if columns.iter().any(Option::is_none) {
        return None;
    }
    Some((
        Column::new(name, Kind::Struct, columns.into_iter().flatten().collect()),
        parent(readers.into_iter().flatten().collect()),
    ))
}

/// The names and types of the fields of a STRUCT.
pub fn fields(kind: &Type) -> Vec<(String, Type)> {
    // SAFETY: names and types are given to us; a type that is no STRUCT has no fields.
    unsafe {
        (0..api::duckdb_struct_type_child_count(kind.0))
            .map(|at| {
                let name = taken(api::duckdb_struct_type_child_name(kind.0, at));
                (name, Type(api::duckdb_struct_type_child_type(kind.0, at)))
            })
            .collect()
    }
}

fn parent(children: Vec<Reader>) -> Reader {
    Reader { reading: Reading::Same, texts: Vec::new(), width: 0, children }
}
