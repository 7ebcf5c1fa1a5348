//! Nothing: the manifests beside this file name crates of which the headers are read.
