//! The little picture of a sound.

use crate::limits::PEAKS;

/// How loud each of 64 equal parts of a sound is at its loudest, from 0 to 255 for the loudest of all.
///
/// Samples that are no numbers count as silence, and a sound without any is silent. Of a sound with fewer samples than
/// parts each sample stands for several.
#[must_use]
pub fn peaks(samples: &[f32]) -> [u8; PEAKS] {
    let mut loudest = [0_f32; PEAKS];
    for (part, peak) in loudest.iter_mut().enumerate() {
        *peak = part_of(samples, part)
            .iter()
            .map(|sample| sample.abs())
            .filter(|sample| sample.is_finite())
            .fold(0.0, f32::max);
    }
    let most = loudest.iter().copied().fold(0.0, f32::max);
    loudest.map(|peak| scaled(peak, most))
}

/// The samples of a part: never none while there are any.
fn part_of(samples: &[f32], part: usize) -> &[f32] {
    // In u128, because a length times 64 may not fit.
    let at = |part: usize| {
        let place = (samples.len() as u128)
            .saturating_mul(part as u128)
            .div_euclid(PEAKS as u128);
        usize::try_from(place).unwrap_or(usize::MAX)
    };
    let start = at(part);
    let end = at(part.saturating_add(1)).max(start.saturating_add(1));
    samples.get(start..end.min(samples.len())).unwrap_or_default()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float becomes the nearest byte, and never wraps"
)]
fn scaled(peak: f32, most: f32) -> u8 {
    if most > 0.0 {
        (peak / most * 255.0).round() as u8
    } else {
        0
    }
}
