//! How bad the network and the machines are.

use crate::dice::Dice;

/// Faults, as chances in a thousand. All of them end when the weather becomes [`Weather::fine`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weather {
    /// Least delay of a packet, in milliseconds.
    pub delay_ms_min: u64,
    /// Greatest delay of a packet, in milliseconds.
    pub delay_ms_max: u64,
    /// A connection to the home breaks with something sent.
    pub breaks: u64,
    /// A direct connection breaks with something sent.
    pub peer_breaks: u64,
    /// A request to the directory or its reply is lost.
    pub directory_losses: u64,
    /// A device crashes at a step.
    pub crashes: u64,
    /// Something worse happens in the place of an action: a partition, a home's crash, a clock that is set.
    pub disasters: u64,
}

impl Weather {
    /// Nothing goes wrong.
    pub fn fine() -> Self {
        Self {
            delay_ms_min: 1,
            delay_ms_max: 20,
            breaks: 0,
            peer_breaks: 0,
            directory_losses: 0,
            crashes: 0,
            disasters: 0,
        }
    }

    /// The weather of a seed: from fine to terrible, and different in kind.
    pub fn of(dice: &mut Dice) -> Self {
        let mut kind = |most: u64| match dice.below(3) {
            0 => 0,
            1 => dice.below(most / 4),
            _ => dice.below(most),
        };
        Self {
            breaks: kind(120),
            peer_breaks: kind(120),
            directory_losses: kind(400),
            crashes: kind(400),
            disasters: kind(150),
            delay_ms_min: 1,
            delay_ms_max: 5 + kind(800),
        }
    }
}
