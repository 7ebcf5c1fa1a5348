"""Tests of the Rust kernels and of the border to them."""
