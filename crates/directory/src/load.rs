//! What a registration costs: proof of work that follows the load, and the operators' tokens of a day
//! (docs/spec/directory.md, LOD-01 to LOD-06).
//!
//! Only blocks that register something write it. What later empty windows do to the price follows from the time alone.

use minicbor::{Decode, Encode};
use xchat_proto::codec::Bounded;
use xchat_proto::genesis::Parameters;
use xchat_proto::keys::PublicKey;
use xchat_proto::limits::{DAY_MS, LOAD_BITS_MAX, LOAD_WINDOW_MS, VALIDATORS_MAX, WORK_BITS_MAX};
use xchat_proto::operator::Committee;

/// Largest load as the map holds it, in bytes.
pub(crate) const LOAD_BYTES_MAX: usize = 4 * 1024;
const HOUR_MS: u64 = 60 * 60 * 1000;

/// What the map holds of registrations.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Load {
    /// The window, by number since 1970.
    #[n(0)]
    window: u64,
    /// The price at the window's beginning, in bits.
    #[n(1)]
    bits: u8,
    /// The registrations of the window that were paid with work.
    #[n(2)]
    registrations: u64,
    /// The day, by number since 1970.
    #[n(3)]
    day: u64,
    /// How many each operator has let in on that day.
    #[n(4)]
    tokens: Bounded<TokenCount, VALIDATORS_MAX>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct TokenCount {
    #[n(0)]
    operator: PublicKey,
    #[n(1)]
    count: u32,
}

/// Whether the price never moves.
pub(crate) fn is_constant(parameters: &Parameters) -> bool {
    parameters.registrations_per_hour == u32::MAX
}

/// How many registrations a window may have before the next costs more.
fn target(parameters: &Parameters) -> u64 {
    let per_hour = u64::from(parameters.registrations_per_hour);
    (per_hour.saturating_mul(LOAD_WINDOW_MS) / HOUR_MS).max(1)
}

fn most(parameters: &Parameters) -> u8 {
    let least = parameters.registration_work_bits;
    least.saturating_add(LOAD_BITS_MAX).min(WORK_BITS_MAX).max(least)
}

/// What is accepted at a price: a bit less, so that the price may rise while somebody solves.
pub(crate) fn accepted_bits(parameters: &Parameters, price: u8) -> u8 {
    price.saturating_sub(1).max(parameters.registration_work_bits)
}

impl Load {
    /// The load of a network that begins.
    pub(crate) fn new(parameters: &Parameters, now_ms: u64) -> Self {
        Self {
            window: now_ms / LOAD_WINDOW_MS,
            bits: parameters.registration_work_bits,
            registrations: 0,
            day: now_ms / DAY_MS,
            tokens: Bounded::default(),
        }
    }

    /// The price now, after the window's registrations.
    fn price(&self, parameters: &Parameters) -> u8 {
        if is_constant(parameters) {
            return parameters.registration_work_bits;
        }
        let risen = self.registrations / target(parameters);
        let bits = self.bits.saturating_add(u8::try_from(risen).unwrap_or(u8::MAX));
        bits.min(most(parameters))
    }

    /// The price of the block after one at this time.
    pub(crate) fn price_at(&self, parameters: &Parameters, now_ms: u64) -> u8 {
        let (bits, registrations) = self.window_at(parameters, now_ms);
        let load = Self {
            bits,
            registrations,
            ..self.clone()
        };
        load.price(parameters)
    }

    /// The price at the beginning of the window of this time, and the registrations in it.
    fn window_at(&self, parameters: &Parameters, now_ms: u64) -> (u8, u64) {
        let passed = (now_ms / LOAD_WINDOW_MS).saturating_sub(self.window);
        if passed == 0 {
            return (self.bits, self.registrations);
        }
        let was_quiet = self.registrations.saturating_mul(2) < target(parameters);
        let quiet = passed.saturating_sub(1).saturating_add(u64::from(was_quiet));
        let fallen = u8::try_from(quiet).unwrap_or(u8::MAX);
        let bits = self.price(parameters).saturating_sub(fallen);
        (bits.max(parameters.registration_work_bits), 0)
    }

    /// Enters the window and the day of this time.
    pub(crate) fn advance(&mut self, parameters: &Parameters, now_ms: u64) {
        (self.bits, self.registrations) = self.window_at(parameters, now_ms);
        self.window = self.window.max(now_ms / LOAD_WINDOW_MS);
        if self.day < now_ms / DAY_MS {
            self.day = now_ms / DAY_MS;
            self.tokens = Bounded::default();
        }
    }

    /// Counts a registration that was paid with work.
    pub(crate) fn count_work(&mut self) {
        self.registrations = self.registrations.saturating_add(1);
    }

    /// How many an operator has let in on the day of this time.
    pub(crate) fn tokens_at(&self, operator: &PublicKey, now_ms: u64) -> u32 {
        if self.day < now_ms / DAY_MS {
            return 0;
        }
        let mut counts = self.tokens.as_slice().iter();
        counts
            .find(|entry| entry.operator == *operator)
            .map_or(0, |entry| entry.count)
    }

    /// Counts a registration that an operator, one of `committee`, let in.
    pub(crate) fn count_token(&mut self, committee: &Committee, operator: &PublicKey) {
        let mut counts = std::mem::take(&mut self.tokens).into_vec();
        // Those who have left make room: a list of present operators always fits.
        counts.retain(|entry| committee.operator(&entry.operator).is_some());
        match counts.iter_mut().find(|entry| entry.operator == *operator) {
            Some(entry) => entry.count = entry.count.saturating_add(1),
            None => counts.push(TokenCount {
                operator: *operator,
                count: 1,
            }),
        }
        self.tokens = Bounded::new(counts).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests;
