//! Fuzzes `media_jpeg`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| xchat_fuzz::media_targets::media_jpeg(bytes));
