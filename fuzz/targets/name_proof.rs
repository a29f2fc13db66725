//! Fuzzes `name_proof`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| xchat_fuzz::proto_targets::name_proof(bytes));
