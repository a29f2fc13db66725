//! Fuzzes `snapshot_part`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| xchat_fuzz::proto_targets::snapshot_part(bytes));
