//! Random days, each from its seed. The binary runs many more of them.

use xchat_sim::run::run;

fn all_good(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let outcome = run(seed, false);
        assert_eq!(outcome.violation, None, "replay it: xchat-sim --seed {seed}");
    }
}

#[test]
fn sim_01_days_end_well() {
    std::thread::scope(|scope| {
        for worker in [scope.spawn(|| all_good(0..20)), scope.spawn(|| all_good(20..40))] {
            assert!(worker.join().is_ok());
        }
    });
}

#[test]
fn sim_02_a_seed_gives_the_same_day_again() {
    for seed in [1, 9] {
        let (once, again) = (run(seed, true), run(seed, true));
        assert_eq!(once.steps, again.steps);
        assert_eq!(once.trace, again.trace);
    }
}
