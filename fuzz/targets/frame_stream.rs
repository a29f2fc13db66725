//! Fuzzes `frame_stream`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| xchat_fuzz::net_targets::frame_stream(bytes));
