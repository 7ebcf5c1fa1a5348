//! Kernels of stratum-sql: Arrow arrays in, numbers out, nothing of Python.
//!
//! Every kernel walks its rows in chunks of [`chunks::CHUNK`] rows on one pool of threads, asks its [`Cancel`] flag once
//! a chunk, and puts the chunks' results together in row order, so a result never depends on the number of threads.
#![forbid(unsafe_code)]

pub mod assemble;
pub mod bins;
pub mod boosted_trees;
pub mod category_counts;
pub mod chunks;
pub mod csr;
pub mod design;
pub mod elastic_net;
pub mod error;
pub mod first_seen;
pub mod gram;
pub mod lloyd;
pub mod logistic;
pub mod look_up;
pub mod mean_and_variance;
pub mod moments;
pub mod nearest;
pub mod ngrams;
pub mod normal;
pub mod one_hot;
pub mod pool;
pub mod ranks;
pub mod renumber;
pub mod ridge;
pub mod row_order;
pub mod sparse_product;
pub mod target_means;
mod term;
pub mod text_codes;
pub mod tree_shap;

pub use assemble::{Affine, assemble};
pub use bins::bins;
pub use boosted_trees::{BoostedTrees, Matrix};
pub use category_counts::category_counts;
pub use chunks::Cancel;
pub use csr::{Csr, OwnedCsr};
pub use design::{Piece, design};
pub use elastic_net::{Candidate, ElasticNet, elastic_net};
pub use error::Error;
pub use first_seen::{FirstSeen, first_seen};
pub use gram::{Atoms, Cells, gram};
pub use lloyd::lloyd;
pub use logistic::{Labels, Logistic, SparseRows, Sums};
pub use look_up::look_up;
pub use mean_and_variance::{Spread, mean_and_variance};
pub use moments::{Moments, moments};
pub use nearest::{Neighbours, nearest};
pub use ngrams::{Analyzer, CharSet, Ngrams, Unit, ngrams};
pub use normal::Normal;
pub use one_hot::one_hot;
pub use ranks::ranks;
pub use renumber::renumber;
pub use ridge::ridge;
pub use row_order::row_order;
pub use sparse_product::{Number, sparse_product};
pub use target_means::{Encoded, Smoothing, target_means};
pub use text_codes::{TextCodes, text_codes};
pub use tree_shap::{Trees, tree_shap};
