//! Fuzzes `bao_stream`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| xchat_fuzz::blobs_targets::bao_stream(bytes));
