//! The injected randomness: repeatable from a seed, and never the same twice.

use super::{CryptoRng, InjectedRandom, OpenMlsRand, SeedableRng};
use rand_chacha::ChaCha20Rng;

fn draws(rng: &mut dyn CryptoRng) -> ([u8; 32], Vec<u8>) {
    let random = InjectedRandom::new(rng);
    (random.random_array().unwrap(), random.random_vec(48).unwrap())
}

#[test]
fn a_seed_repeats_the_draws() {
    let first = draws(&mut ChaCha20Rng::from_seed([7; 32]));
    let again = draws(&mut ChaCha20Rng::from_seed([7; 32]));
    let other = draws(&mut ChaCha20Rng::from_seed([8; 32]));
    assert_eq!(first, again);
    assert_ne!(first, other);
}

#[test]
fn two_providers_of_one_generator_draw_differently() {
    let mut rng = ChaCha20Rng::from_seed([7; 32]);
    assert_ne!(draws(&mut rng), draws(&mut rng));
}

#[test]
fn two_draws_of_one_provider_differ() {
    let random = InjectedRandom::new(&mut ChaCha20Rng::from_seed([7; 32]));
    assert_ne!(random.random_vec(32).unwrap(), random.random_vec(32).unwrap());
}
