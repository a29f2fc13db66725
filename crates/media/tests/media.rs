//! Files as encoders and phones write them, and spoilt ones.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

#[path = "media/boxes.rs"]
mod boxes;
#[path = "media/builder.rs"]
mod builder;
#[path = "media/corpus.rs"]
mod corpus;
#[path = "media/films.rs"]
mod films;
#[path = "media/hostile.rs"]
mod hostile;
#[path = "media/prepare.rs"]
mod prepare;
#[path = "media/real.rs"]
mod real;
#[path = "media/sniff.rs"]
mod sniff;
#[path = "media/strip.rs"]
mod strip;
#[path = "media/waveform.rs"]
mod waveform;
