//! End to end: from the sender's call to the receiver's event, durable at both.

use crate::Plan;
use crate::clock::Stopwatch;
use crate::people::{Friends, Net, Ways};
use crate::raw::{disk, mls, quic};
use crate::report::{Figure, Report, Target};
use crate::sample::Sample;

/// Messages that warm everything up.
const WARM_UP: usize = 50;
/// A short message.
const TEXT: &str = "The quick brown fox jumps over the lazy dog, and writes home about it.";

/// What the way of a message is made of, in milliseconds.
struct Parts {
    sqlite_ms: f64,
    file_ms: f64,
    round_trip_ms: f64,
    mls_ms: f64,
}

impl Parts {
    async fn measure(plan: &Plan) -> anyhow::Result<Self> {
        let folder = plan.folder()?;
        let count = plan.pick(1000, 200);
        let mls = mls::costs(plan.pick(500, 200))?;
        Ok(Self {
            sqlite_ms: disk::sqlite_commits(folder.path(), count)?.p50_ms(),
            file_ms: disk::file_appends(folder.path(), count)?.p50_ms(),
            round_trip_ms: quic::round_trips(count).await?.p50_ms(),
            mls_ms: mls.encrypt.p50_ms() + mls.decrypt.p50_ms(),
        })
    }

    fn tell(&self, report: &mut Report) -> anyhow::Result<()> {
        for (name, value) in [
            ("raw.sqlite_wal_full_commit", self.sqlite_ms),
            ("raw.file_append_fdatasync", self.file_ms),
            ("raw.quic_round_trip_1kib", self.round_trip_ms),
            ("raw.mls_encrypt_and_decrypt_256b", self.mls_ms),
        ] {
            report.add(Figure::new(name, "ms", value))?;
        }
        Ok(())
    }

    /// Both ends commit, the message goes once over QUIC, and is encrypted and decrypted once.
    fn direct_ms(&self) -> f64 {
        2.0 * self.sqlite_ms + self.round_trip_ms + self.mls_ms
    }

    /// The node commits besides. Two hops of one way each are a round trip.
    fn via_node_ms(&self) -> f64 {
        self.direct_ms() + self.file_ms
    }
}

/// How messages follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// The next one when the sender knows that this one has arrived.
    Acknowledged,
    /// The next one when this one has arrived, while its acknowledgements are still under way.
    BackToBack,
}

pub(crate) async fn measure(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    let parts = Parts::measure(plan).await?;
    parts.tell(report)?;
    for (name, ways, raw_ms, what, target_ms) in [
        (
            "direct",
            Ways::All,
            parts.direct_ms(),
            "2 SQLite commits, 1 QUIC round trip, MLS both ways",
            1.5,
        ),
        (
            "via_node",
            Ways::NodeOnly,
            parts.via_node_ms(),
            "the same, and 1 append with fdatasync",
            2.5,
        ),
    ] {
        let folder = plan.folder()?;
        let net = Net::new(&folder.path().join("node")).await?;
        let mut friends = net.friends(folder.path(), ways).await?;
        let count = plan.pick(500, 60);
        for (suffix, pace) in [("", Pace::Acknowledged), (".back_to_back", Pace::BackToBack)] {
            messages(&mut friends, WARM_UP, pace).await?;
            let sample = messages(&mut friends, count, pace).await;
            let sample = match sample {
                Ok(sample) => sample,
                Err(error) => return Err(error.context(friends.standing().await)),
            };
            let name = format!("latency.{name}{suffix}");
            let p50 = Figure::new(format!("{name}.p50"), "ms", sample.p50_ms()).beside(what, raw_ms);
            report.add(match pace {
                Pace::Acknowledged => p50
                    .held_to(Target::Below(target_ms))
                    .held_to(Target::TimesRaw(4.0)),
                Pace::BackToBack => p50,
            })?;
            report.add(Figure::new(format!("{name}.p99"), "ms", sample.p99_ms()))?;
        }
        friends.alice.messenger.shutdown().await;
        friends.bob.messenger.shutdown().await;
        net.shutdown().await;
    }
    Ok(())
}

async fn messages(friends: &mut Friends, count: usize, pace: Pace) -> anyhow::Result<Sample> {
    let mut sample = Sample::default();
    let mut last = None;
    for _ in 0..count {
        let watch = Stopwatch::start();
        let sent = friends.alice.messenger.send_text(friends.at_alice, TEXT).await?;
        friends.bob.receives(sent.id).await?;
        sample.add(watch.elapsed());
        match pace {
            Pace::Acknowledged => friends.alice.knows_delivered(sent.id).await?,
            Pace::BackToBack => last = Some(sent),
        }
    }
    if let Some(last) = last {
        friends.alice.sees_delivered(&last).await?;
    }
    Ok(sample)
}
