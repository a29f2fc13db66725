//! Fuzzes `archive_zip`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| xchat_fuzz::archive_targets::archive_zip(bytes));
