//! What things cost, for whoever changes this crate: `cargo nextest run --release -p xchat-directory --run-ignored only
//! --no-capture costs`. The benchmark measures it properly.

use std::time::Instant;

use super::*;
use crate::store::{DiskStore, MemoryStore};

/// Blocks of this many operations.
const BATCH: usize = 1_000;

fn person(number: usize) -> SigningKey {
    let mut seed = [9; 32];
    seed[..8].copy_from_slice(&number.to_be_bytes());
    SigningKey::from_seed(&seed)
}

/// A record that is as large as one of somebody with two homes.
fn usual(network: NetworkId, number: usize, sequence: u64) -> Operation {
    let key = person(number);
    let identity = sign_link(0, &key, &key.public()).unwrap();
    let home = |port: u16| Endpoint {
        id: xchat_proto::ids::NodeId([4; 32]),
        sockets: Bounded::new(vec![Socket(([192, 0, 2, 1], port).into())]).unwrap(),
        relay: Some(codec::Text::new("https://relay.example.org/".to_owned()).unwrap()),
    };
    let mut record = record_of(network, &format!("user_{number}"), 1, 0, sequence);
    record.account = account_of(&identity);
    record.identity = identity;
    record.inbox.homes = Bounded::new(vec![home(1), home(2)]).unwrap();
    let record = sign(&record, &key);
    match sequence {
        0 => Operation::Register {
            fee: xchat_proto::record::Fee::Work(xchat_proto::work::Work(0)),
            record,
        },
        _ => Operation::Update { record },
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "it is what time passes that is asked for"
)]
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let begun = Instant::now();
    let value = work();
    (value, begun.elapsed().as_secs_f64())
}

/// Times of the parts of blocks, in seconds.
#[derive(Default)]
struct Times {
    check: f64,
    execute: f64,
    commit: f64,
}

fn block<S: Store>(chain: &mut Chain<S>, operations: Vec<Operation>, times: &mut Times) {
    let rules = chain.directory.rules();
    let check = || {
        operations
            .into_iter()
            .map(|operation| rules.check(operation).unwrap())
            .collect()
    };
    let (checked, check): (Vec<Checked>, f64) = timed(check);
    let (height, time_ms) = (chain.height() + 1, chain.time_ms() + 1_000);
    let (executed, execute) = timed(|| chain.directory.execute(&[], height, time_ms, &checked).unwrap());
    assert!(executed.outcomes().iter().all(Result::is_ok));
    let header = chain.directory.header(&chain.directory.head().header, &executed);
    let certificate = chain.certificate(&header);
    let ((), commit) = timed(|| {
        chain
            .directory
            .commit(&header, Some(certificate), &executed)
            .unwrap();
    });
    times.check += check;
    times.execute += execute;
    times.commit += commit;
}

fn cheap() -> Genesis {
    genesis_of(
        4,
        xchat_proto::genesis::Parameters {
            registration_work_bits: 0,
            ..xchat_proto::genesis::Parameters {
                term_ms: u64::MAX,
                ..parameters()
            }
        },
    )
}

fn report(what: &str, count: usize, times: &Times) {
    let each = |seconds: f64| seconds * 1e6 / f64::from(u32::try_from(count).unwrap());
    println!(
        "{what}: check {:.1} us, execute {:.1} us, commit {:.1} us an operation",
        each(times.check),
        each(times.execute),
        each(times.commit)
    );
}

fn costs<S: Store>(store: S, names: usize) {
    let mut chain = Chain::open(store, cheap(), 4).retaining(100, 0);
    let network = chain.network();
    // Which names are changed next: none of them twice.
    let mut sequence = 0;
    for first in (0..names).step_by(BATCH) {
        let mut times = Times::default();
        let operations = (first..first + BATCH)
            .map(|number| usual(network, number, 0))
            .collect();
        block(&mut chain, operations, &mut times);
        let count = first + BATCH;
        if ![10_000, 100_000, 1_000_000].contains(&count) {
            continue;
        }
        report(&format!("register at {count}"), BATCH, &times);
        let changes = (0..BATCH).map(|number| usual(network, number * (count / BATCH) + sequence, 1));
        let mut times = Times::default();
        block(&mut chain, changes.collect(), &mut times);
        report(&format!("update at {count}"), BATCH, &times);
        let mut times = Times::default();
        block(&mut chain, Vec::new(), &mut times);
        report("an empty block", 1, &times);
        sequence += 1;
        let reader = chain.directory.reader();
        let asked = (0..1_000).map(|number| name(&format!("user_{}", number * (count / 1_000))));
        let asked: Vec<Name> = asked.collect();
        let (proofs, seconds) = timed(|| {
            asked
                .iter()
                .map(|name| reader.lookup(name).unwrap())
                .collect::<Vec<NameProof>>()
        });
        let sizes: Vec<usize> = proofs.iter().map(|proof| codec::encode(proof).len()).collect();
        let (_, verify) = timed(|| {
            for (proof, name) in proofs.iter().zip(&asked) {
                proof.name(&chain.directory.genesis().parameters, name).unwrap();
            }
        });
        println!(
            "lookup at {count}: {:.1} us, proof {} bytes, {} at most, verified in {:.1} us without its certificate",
            seconds * 1e3,
            sizes.iter().sum::<usize>() / sizes.len(),
            sizes.iter().max().unwrap(),
            verify * 1e3,
        );
    }
}

#[test]
#[ignore = "measures"]
fn costs_in_memory() {
    costs(MemoryStore::default(), 100_000);
}

#[test]
#[ignore = "measures"]
fn costs_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    costs(DiskStore::open(folder.path()).unwrap(), 100_000);
}
