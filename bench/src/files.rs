//! Files: taken in, moved from device to device, and what that takes of memory; photos made ready.

use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _};
use std::path::Path;

use anyhow::Context as _;
use image::{ImageFormat, RgbImage};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use tokio::io::AsyncReadExt as _;
use xchat_client::{Event, Outgoing, Quality, TransferState, UploadView};

use crate::Plan;
use crate::clock::Stopwatch;
use crate::people::{Friends, Net, Ways};
use crate::raw::blobs;
use crate::report::{Figure, Report, Target, float};
use crate::sample::Sample;

const MIB: u64 = 1 << 20;
/// What the store of iroh-blobs does on the same disk may be at most so much faster.
const SHARE: f64 = 0.7;
/// For both ends and the node together, in MiB.
const MEMORY_MIB: f64 = 300.0;
/// A photo of 12 million points, as phones take them.
const PHOTO: (u32, u32) = (4032, 3024);

pub(crate) async fn measure(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    let folder = plan.folder()?;
    let mebibytes = plan.pick(1024, 64);
    let file = folder.path().join("file");
    fill(&file, mebibytes)?;
    let raw = blobs::moved(&file, &folder.path().join("raw"))?;
    if raw.is_none() {
        report.note("iroh-blobs is not measured: cargo xtask bench builds it")?;
    }
    let net = Net::new(&folder.path().join("node")).await?;
    let mut friends = net.friends(folder.path(), Ways::All).await?;

    let watch = Stopwatch::start();
    let reader = tokio::fs::File::open(&file).await?;
    let upload = friends
        .alice
        .messenger
        .upload(reader, "file", Quality::Original)
        .await?;
    let taken_in = float(mebibytes) / watch.seconds();
    let moved = float(mebibytes) / moved(&mut friends, &upload).await?;
    let beside = |figure: Figure, what: &str, speed: Option<f64>| match speed {
        Some(speed) => figure.beside(what, speed).held_to(Target::ShareOfRaw(SHARE)),
        None => figure,
    };
    // To seal is more than to hash, so this one is held to nothing.
    let name = format!("files.taken_in_{mebibytes}_mib");
    let figure = Figure::new(name, "MiB/s", taken_in);
    report.add(match raw {
        Some(raw) => figure.beside("iroh-blobs takes it in", raw.import),
        None => figure,
    })?;
    let name = format!("files.device_to_device_{mebibytes}_mib");
    let figure = Figure::new(name, "MiB/s", moved);
    report.add(beside(
        figure,
        "iroh-blobs from store to store",
        raw.map(|raw| raw.transfer),
    ))?;

    memory(plan, &mut friends, report).await?;
    photos(plan, &friends, report).await?;
    friends.alice.messenger.shutdown().await;
    friends.bob.messenger.shutdown().await;
    net.shutdown().await;
    Ok(())
}

/// A file of bytes that nothing makes shorter.
fn fill(path: &Path, mebibytes: u64) -> anyhow::Result<()> {
    let mut random = ChaCha20Rng::from_seed([3; 32]);
    let mut file = BufWriter::new(File::create(path)?);
    let mut piece = vec![0; 1 << 20];
    for _ in 0..mebibytes {
        random.fill_bytes(&mut piece);
        file.write_all(&piece)?;
    }
    Ok(file.into_inner()?.sync_all()?)
}

/// Sends what was taken in, and fetches it at the other side. Gives how many seconds the fetching took.
async fn moved(friends: &mut Friends, upload: &UploadView) -> anyhow::Result<f64> {
    let alice = &friends.alice.messenger;
    let sent = alice
        .send_files(friends.at_alice, Outgoing::default(), &[upload.id])
        .await?;
    friends.bob.receives(sent.id).await?;
    let requests = friends.bob.messenger.conversations().await?;
    let at_bob = requests.first().context("bob has no conversation")?.id;
    let newest = friends.bob.messenger.messages(at_bob, None, 1).await?;
    let row = newest.first().context("bob has no message")?.row;
    let watch = Stopwatch::start();
    friends.bob.messenger.fetch_file(row, 0).await?;
    friends
        .bob
        .event(|event| matches!(event, Event::Transfer(view) if view.row == row && view.state == TransferState::Done))
        .await?;
    Ok(watch.seconds())
}

/// The most memory that this process, with both ends and the node in it, has while the largest file goes through.
async fn memory(plan: &Plan, friends: &mut Friends, report: &mut Report) -> anyhow::Result<()> {
    let mebibytes: u64 = plan.pick(4096, 128);
    // What was needed before is not counted. Linux only.
    if std::fs::write("/proc/self/clear_refs", "5").is_err() {
        return report.note("the most memory is not measured: this system doesn't tell it");
    }
    let zeros = tokio::io::repeat(7).take(mebibytes * MIB);
    let upload = friends
        .alice
        .messenger
        .upload(zeros, "large", Quality::Original)
        .await?;
    moved(friends, &upload).await?;
    let mut status = String::new();
    File::open("/proc/self/status")?.read_to_string(&mut status)?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next());
    let kib: u64 = kib.context("/proc tells no VmHWM")?.parse()?;
    let name = format!("files.peak_memory_of_all_with_{mebibytes}_mib");
    report.add(Figure::new(name, "MiB", float(kib) / 1024.0).held_to(Target::Below(MEMORY_MIB)))
}

/// Photos made ready to be sent: freed of what they tell, made smaller, with preview and hash.
async fn photos(plan: &Plan, friends: &Friends, report: &mut Report) -> anyhow::Result<()> {
    let photo = photo()?;
    let mut sample = Sample::default();
    for _ in 0..plan.pick(12, 2) {
        let watch = Stopwatch::start();
        let upload = friends
            .alice
            .messenger
            .upload(photo.as_slice(), "photo.jpg", Quality::Standard)
            .await?;
        sample.add(watch.elapsed());
        anyhow::ensure!(!upload.preview.is_empty(), "the photo has no preview");
        friends.alice.messenger.drop_upload(upload.id)?;
    }
    report.add(Figure::new(
        "files.photo_of_12_megapixels.p50",
        "ms",
        sample.p50_ms(),
    ))
}

/// Something with edges, slopes and noise.
fn photo() -> anyhow::Result<Vec<u8>> {
    let mut random = ChaCha20Rng::from_seed([4; 32]);
    let mut noise = vec![0; 1 << 16];
    random.fill_bytes(&mut noise);
    let picture = RgbImage::from_fn(PHOTO.0, PHOTO.1, |x, y| {
        let grain = noise.get((x.wrapping_mul(31) ^ y.wrapping_mul(57)) as usize & 0xffff);
        let grain = grain.copied().unwrap_or_default() / 16;
        let tone = |shift: u32| ((x / 16 + y / 24 + shift * 40) % 240) as u8;
        image::Rgb([tone(0) | grain, tone(1).wrapping_add(grain), tone(2)])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Jpeg)?;
    Ok(bytes.into_inner())
}
