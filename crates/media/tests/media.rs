//! Files as encoders and phones write them, and spoilt ones.

#[path = "media/waveform.rs"]
mod waveform;
