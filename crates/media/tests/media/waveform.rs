//! Peaks of a sound.

use proptest::prelude::*;
use xchat_media::limits::PEAKS;
use xchat_media::peaks;

#[test]
fn med_50_peaks_are_the_loudest_of_each_part() {
    // 64 parts of 10 samples; the n-th has one sample of n / 63 among quieter ones, and every other is negative.
    let mut samples = vec![0.001; PEAKS * 10];
    for part in 0..PEAKS {
        let height = f32::from(u8::try_from(part).unwrap()) / 63.0;
        samples[part * 10 + part % 10] = if part % 2 == 0 { height } else { -height };
    }
    let expected: Vec<u8> = (0..PEAKS)
        .map(|part| u8::try_from((part * 255 + 31) / 63).unwrap())
        .collect();
    assert_eq!(peaks(&samples).to_vec(), expected);
}

#[test]
fn med_50_silence_and_nonsense_are_silent() {
    assert_eq!(peaks(&[]), [0; PEAKS]);
    assert_eq!(peaks(&[0.0; 1000]), [0; PEAKS]);
    assert_eq!(peaks(&[f32::NAN; 1000]), [0; PEAKS]);
    assert_eq!(peaks(&[f32::INFINITY, f32::NEG_INFINITY]), [0; PEAKS]);
}

#[test]
fn med_50_a_short_sound_fills_all_parts() {
    assert_eq!(peaks(&[-0.5]), [255; PEAKS]);
    let two = peaks(&[1.0, 0.5]);
    assert_eq!((two[0], two[31], two[32], two[63]), (255, 255, 128, 128));
}

proptest! {
    #[test]
    fn med_50_the_loudest_is_always_255(samples in proptest::collection::vec(-1.0_f32..1.0, 1..500)) {
        let loud = samples.iter().any(|sample| *sample != 0.0);
        prop_assert_eq!(peaks(&samples).into_iter().max(), Some(if loud { 255 } else { 0 }));
    }
}
