//! Fuzzes `network_invitation_body`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| xchat_fuzz::proto_targets::network_invitation_body(bytes));
