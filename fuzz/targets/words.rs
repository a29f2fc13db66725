//! Fuzzes `words`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| xchat_fuzz::core_targets::words(bytes));
