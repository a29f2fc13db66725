//! Fuzzes `key_package`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| xchat_fuzz::core_targets::key_package(bytes));
