//! Strict checking.
