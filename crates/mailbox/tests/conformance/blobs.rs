//! Blobs: who may bring and have them, what room they take, and when they go.

use xchat_mailbox::{BlobCommand, BlobDone, BlobFile, BlobPlace, BlobQuotas, BlobRoute, BlobSession};
use xchat_proto::blob_wire::{
    BlobRefusal, BlobReply, BlobRequest, EraseSecret, GroupRanges, blob_challenge, blob_work_bits,
};
use xchat_proto::capability::{CapabilityClaim, Role};
use xchat_proto::ids::{Hash, LogId};
use xchat_proto::limits::{BLOB_KEEP_DAYS_MAX, BLOB_SEALED_BYTES_MAX, DAY_MS};
use xchat_proto::signed::Signed;
use xchat_proto::work::Work;

use super::lab::{
    CONVERSATION, Disk, EPOCH, Home, INBOX, Lab, OWNER, append, appended, home_id, key, member, public,
    submit,
};

const BINDING: Hash = Hash([4; 32]);
const HASH: Hash = Hash([5; 32]);
const SECRET: EraseSecret = EraseSecret([6; 32]);
const CHUNK: u64 = 64 * 1024;
const FILE: BlobFile = [7; 16];
const OTHER_LOG: LogId = LogId([9; 32]);

fn prove(log: LogId, role: Role, epoch: u64, seed: u8) -> BlobRequest {
    let claim = CapabilityClaim {
        role,
        home: home_id(),
        log,
        epoch,
        binding: BINDING,
    };
    BlobRequest::Prove {
        claim: Signed::new(&claim, &key(seed)).unwrap(),
    }
}

fn work(log: &LogId, hash: &Hash, sealed_bytes: u64) -> Work {
    let challenge = blob_challenge(log, hash, sealed_bytes);
    challenge.solve(blob_work_bits(sealed_bytes), 0..1 << 20).unwrap()
}

fn reserve_as(log: LogId, epoch: u64, hash: Hash, sealed_bytes: u64, keep_days: u8) -> BlobRequest {
    BlobRequest::Reserve {
        log,
        epoch,
        hash,
        sealed_bytes,
        erase: SECRET.hash(),
        keep_days,
        work: work(&log, &hash, sealed_bytes),
    }
}

fn reserve(epoch: u64, hash: Hash) -> BlobRequest {
    reserve_as(CONVERSATION, epoch, hash, 4 * CHUNK, 30)
}

fn put(epoch: u64, hash: Hash) -> BlobRequest {
    let log = CONVERSATION;
    BlobRequest::Put { log, epoch, hash }
}

fn get(log: LogId, epoch: u64, hash: Hash) -> BlobRequest {
    let groups = GroupRanges::all();
    BlobRequest::Get {
        log,
        epoch,
        hash,
        groups,
    }
}

fn have(epoch: u64, hash: Hash) -> BlobRequest {
    let log = CONVERSATION;
    BlobRequest::Have { log, epoch, hash }
}

fn erase(hash: Hash, secret: EraseSecret) -> BlobRequest {
    let log = CONVERSATION;
    BlobRequest::Erase { log, hash, secret }
}

/// What came of a request, once the body has done its part.
#[derive(Debug, PartialEq, Eq)]
enum Came {
    Said(BlobReply),
    Takes(BlobPlace),
    Gives(BlobPlace),
    Removes(BlobFile),
}

fn refused(refusal: BlobRefusal) -> Came {
    Came::Said(BlobReply::Refused(refusal))
}

fn apply<L: Lab>(home: &mut Home<L>, command: BlobCommand) -> Result<BlobDone, BlobRefusal> {
    let now_ms = home.now_ms;
    let (applied, blobs) = home.mailbox().apply_all(Vec::new(), &[command], now_ms);
    assert!(applied.replies.is_empty() && applied.notices.is_empty());
    let [done] = blobs.try_into().unwrap();
    done
}

fn done(done: Result<BlobDone, BlobRefusal>) -> Came {
    match done {
        Ok(BlobDone::Done) => Came::Said(BlobReply::Done),
        Ok(BlobDone::Stored) => Came::Said(BlobReply::Stored),
        Ok(BlobDone::Gone(file)) => Came::Removes(file),
        Err(refusal) => refused(refusal),
    }
}

fn ask_for<L: Lab>(
    home: &mut Home<L>,
    session: &mut BlobSession,
    request: BlobRequest,
    file: BlobFile,
) -> Came {
    match session.route(request, file, home.mailbox()) {
        BlobRoute::Reply(reply) => Came::Said(reply),
        BlobRoute::Write(command) => done(apply(home, command)),
        BlobRoute::Priced(priced) => match priced.settle() {
            Ok(command) => done(apply(home, command)),
            Err(refusal) => refused(refusal),
        },
        BlobRoute::Take(place) => Came::Takes(place),
        BlobRoute::Give(place, groups) => {
            assert_eq!(groups, GroupRanges::all());
            Came::Gives(place)
        }
    }
}

fn ask<L: Lab>(home: &mut Home<L>, session: &mut BlobSession, request: BlobRequest) -> Came {
    ask_for(home, session, request, FILE)
}

/// A home, and a connection on which the open epoch is proved.
fn member_of<L: Lab>() -> (Home<L>, BlobSession) {
    let (mut home, mut session) = (Home::new(), BlobSession::new(home_id(), BINDING));
    let proof = prove(CONVERSATION, Role::Member, EPOCH, member(EPOCH));
    assert_eq!(ask(&mut home, &mut session, proof), Came::Said(BlobReply::Done));
    (home, session)
}

fn place(hash: Hash) -> BlobPlace {
    BlobPlace {
        log: CONVERSATION,
        hash,
        file: FILE,
        sealed_bytes: 4 * CHUNK,
    }
}

/// A blob of which all has come.
fn bring<L: Lab>(home: &mut Home<L>, session: &mut BlobSession, epoch: u64, hash: Hash) {
    assert_eq!(
        ask(home, session, reserve(epoch, hash)),
        Came::Said(BlobReply::Done)
    );
    assert_eq!(ask(home, session, put(epoch, hash)), Came::Takes(place(hash)));
    let kept = apply(home, BlobCommand::Keep { place: place(hash) });
    assert_eq!(kept, Ok(BlobDone::Stored));
}

/// Everything that can be asked but a proof, and an erasure, which needs none.
fn requests(log: LogId, epoch: u64) -> [BlobRequest; 4] {
    let hash = HASH;
    [
        reserve_as(log, epoch, hash, 4 * CHUNK, 30),
        BlobRequest::Put { log, epoch, hash },
        get(log, epoch, hash),
        BlobRequest::Have { log, epoch, hash },
    ]
}

fn open_next_epoch<L: Lab>(home: &mut Home<L>, epoch: u64) {
    home.one(submit(epoch, "c"));
}

pub(crate) fn blb_03_nothing_without_the_proof<L: Lab>() {
    let (mut home, mut session) = member_of::<L>();
    bring(&mut home, &mut session, EPOCH, HASH);
    let mut stranger = BlobSession::new(home_id(), BINDING);
    for request in requests(CONVERSATION, EPOCH) {
        assert_eq!(
            ask(&mut home, &mut stranger, request),
            refused(BlobRefusal::NotProved)
        );
    }
    for request in requests(CONVERSATION, EPOCH + 1) {
        assert_eq!(
            ask(&mut home, &mut stranger, request),
            refused(BlobRefusal::FutureEpoch)
        );
    }
    for request in requests(OTHER_LOG, EPOCH) {
        assert_eq!(
            ask(&mut home, &mut stranger, request),
            refused(BlobRefusal::UnknownLog)
        );
    }
    let wrong = prove(CONVERSATION, Role::Member, EPOCH, member(EPOCH) + 1);
    assert_eq!(
        ask(&mut home, &mut stranger, wrong),
        refused(BlobRefusal::NotProved)
    );
    // The proof of an inbox is worth nothing here.
    let owner = prove(INBOX, Role::Owner, 0, OWNER);
    assert_eq!(ask(&mut home, &mut stranger, owner), Came::Said(BlobReply::Done));
    for request in requests(INBOX, 0) {
        assert_eq!(
            ask(&mut home, &mut stranger, request),
            refused(BlobRefusal::UnknownLog)
        );
    }
}

pub(crate) fn blb_03_bringing_needs_the_open_epoch<L: Lab>() {
    let (mut home, mut session) = member_of::<L>();
    assert_eq!(
        ask(&mut home, &mut session, reserve(EPOCH, HASH)),
        Came::Said(BlobReply::Done)
    );
    open_next_epoch(&mut home, EPOCH);
    let stale = refused(BlobRefusal::StaleEpoch { open: EPOCH + 1 });
    assert_eq!(ask(&mut home, &mut session, reserve(EPOCH, Hash([8; 32]))), stale);
    assert_eq!(ask(&mut home, &mut session, put(EPOCH, HASH)), stale);
    let priced = match session.route(reserve(EPOCH + 1, HASH), FILE, home.mailbox()) {
        BlobRoute::Reply(reply) => reply,
        other => panic!("{other:?}"),
    };
    assert_eq!(priced, BlobReply::Refused(BlobRefusal::NotProved));
    let proof = prove(CONVERSATION, Role::Member, EPOCH + 1, member(EPOCH + 1));
    assert_eq!(ask(&mut home, &mut session, proof), Came::Said(BlobReply::Done));
    assert_eq!(
        ask(&mut home, &mut session, put(EPOCH + 1, HASH)),
        Came::Takes(place(HASH))
    );
    assert_eq!(
        ask(&mut home, &mut session, reserve(EPOCH + 1, HASH)),
        Came::Said(BlobReply::Done),
        "the same room"
    );
    // Between the look and the writing the epoch may have ended.
    let late = BlobCommand::Reserve {
        log: CONVERSATION,
        epoch: EPOCH,
        hash: Hash([8; 32]),
        sealed_bytes: CHUNK,
        erase: SECRET.hash(),
        keep_days: 1,
        file: FILE,
    };
    let stale = Err(BlobRefusal::StaleEpoch { open: EPOCH + 1 });
    assert_eq!(apply(&mut home, late), stale);
}

pub(crate) fn blb_03_a_removed_member_gets_nothing_that_came_later<L: Lab>() {
    let (mut home, mut session) = member_of::<L>();
    let newer = Hash([8; 32]);
    bring(&mut home, &mut session, EPOCH, HASH);
    open_next_epoch(&mut home, EPOCH);
    let mut stays = BlobSession::new(home_id(), BINDING);
    let proof = prove(CONVERSATION, Role::Member, EPOCH + 1, member(EPOCH + 1));
    assert_eq!(ask(&mut home, &mut stays, proof), Came::Said(BlobReply::Done));
    bring(&mut home, &mut stays, EPOCH + 1, newer);
    for (hash, epoch, expected) in [
        (HASH, EPOCH, Came::Gives(place(HASH))),
        (newer, EPOCH, refused(BlobRefusal::NotProved)),
        (newer, EPOCH + 1, refused(BlobRefusal::NotProved)),
    ] {
        assert_eq!(
            ask(&mut home, &mut session, get(CONVERSATION, epoch, hash)),
            expected
        );
    }
    assert_eq!(
        ask(&mut home, &mut session, have(EPOCH, newer)),
        refused(BlobRefusal::NotProved)
    );
    for hash in [HASH, newer] {
        let given = ask(&mut home, &mut stays, get(CONVERSATION, EPOCH + 1, hash));
        assert_eq!(
            given,
            Came::Gives(place(hash)),
            "later members have what came before"
        );
    }
}

pub(crate) fn blb_04_an_address_in_one_log_is_nothing_in_another<L: Lab>() {
    let (mut home, mut session) = member_of::<L>();
    let create = xchat_mailbox::Command::CreateConversation {
        log: OTHER_LOG,
        epoch: EPOCH,
        capability: public(33),
    };
    home.one(create);
    let proof = prove(OTHER_LOG, Role::Member, EPOCH, 33);
    assert_eq!(ask(&mut home, &mut session, proof), Came::Said(BlobReply::Done));
    bring(&mut home, &mut session, EPOCH, HASH);
    assert_eq!(
        ask(&mut home, &mut session, get(OTHER_LOG, EPOCH, HASH)),
        refused(BlobRefusal::UnknownBlob),
        "the address alone gives nothing"
    );
    let mine = reserve_as(OTHER_LOG, EPOCH, HASH, 4 * CHUNK, 30);
    let file = [8; 16];
    assert_eq!(
        ask_for(&mut home, &mut session, mine, file),
        Came::Said(BlobReply::Done),
        "room for it tells nothing of the other"
    );
    assert_eq!(
        ask(&mut home, &mut session, get(OTHER_LOG, EPOCH, HASH)),
        refused(BlobRefusal::NotYet),
        "and gives nothing: it has to be brought"
    );
    let erased = ask(&mut home, &mut session, erase(HASH, SECRET));
    assert_eq!(erased, Came::Removes(FILE));
    let there = BlobRequest::Have {
        log: OTHER_LOG,
        epoch: EPOCH,
        hash: HASH,
    };
    assert_eq!(
        ask(&mut home, &mut session, there),
        refused(BlobRefusal::NotYet),
        "that one stays"
    );
}

pub(crate) fn blb_04_one_log_has_an_address_once<L: Lab>() {
    let (mut home, mut session) = member_of::<L>();
    assert_eq!(
        ask(&mut home, &mut session, reserve(EPOCH, HASH)),
        Came::Said(BlobReply::Done)
    );
    let again = ask_for(&mut home, &mut session, reserve(EPOCH, HASH), [1; 16]);
    assert_eq!(again, Came::Said(BlobReply::Done));
    assert_eq!(
        ask(&mut home, &mut session, put(EPOCH, HASH)),
        Came::Takes(place(HASH)),
        "the same files"
    );
    let larger = reserve_as(CONVERSATION, EPOCH, HASH, 5 * CHUNK, 30);
    assert_eq!(ask(&mut home, &mut session, larger), refused(BlobRefusal::Taken));
    let BlobRequest::Reserve { work, .. } = reserve(EPOCH, HASH) else {
        panic!("a reservation");
    };
    let other_secret = BlobRequest::Reserve {
        log: CONVERSATION,
        epoch: EPOCH,
        hash: HASH,
        sealed_bytes: 4 * CHUNK,
        erase: EraseSecret([1; 32]).hash(),
        keep_days: 30,
        work,
    };
    assert_eq!(
        ask(&mut home, &mut session, other_secret),
        refused(BlobRefusal::Taken)
    );
}

pub(crate) fn blb_05_only_all_of_it_is_stored<L: Lab>() {
    let (mut home, mut session) = member_of::<L>();
    assert_eq!(
        ask(&mut home, &mut session, put(EPOCH, HASH)),
        refused(BlobRefusal::UnknownBlob)
    );
    ask(&mut home, &mut session, reserve(EPOCH, HASH));
    let grown = apply(
        &mut home,
        BlobCommand::Grow {
            place: place(HASH),
            bytes: 4 * CHUNK,
        },
    );
    assert_eq!(grown, Ok(BlobDone::Done));
    for request in [have(EPOCH, HASH), get(CONVERSATION, EPOCH, HASH)] {
        assert_eq!(
            ask(&mut home, &mut session, request),
            refused(BlobRefusal::NotYet)
        );
    }
    home.disk.set(Disk::Full);
    let failed = apply(&mut home, BlobCommand::Keep { place: place(HASH) });
    assert_eq!(failed, Err(BlobRefusal::StorageFailed));
    assert_eq!(
        ask(&mut home, &mut session, have(EPOCH, HASH)),
        refused(BlobRefusal::NotYet)
    );
    home.disk.set(Disk::Sound);
    let kept = apply(&mut home, BlobCommand::Keep { place: place(HASH) });
    assert_eq!(kept, Ok(BlobDone::Stored));
    home.restart();
    for request in [have(EPOCH, HASH), put(EPOCH, HASH), reserve(EPOCH, HASH)] {
        assert_eq!(
            ask(&mut home, &mut session, request),
            Came::Said(BlobReply::Stored)
        );
    }
    let lost = apply(&mut home, BlobCommand::Lose { place: place(HASH) });
    assert_eq!(lost, Ok(BlobDone::Done));
    assert_eq!(
        ask(&mut home, &mut session, get(CONVERSATION, EPOCH, HASH)),
        refused(BlobRefusal::NotYet)
    );
    assert_eq!(
        ask(&mut home, &mut session, put(EPOCH, HASH)),
        Came::Takes(place(HASH)),
        "what the disk has lost can be brought again"
    );
}

pub(crate) fn blb_05_blobs_and_logs_share_a_flush<L: Lab>() {
    let (mut home, _) = member_of::<L>();
    let before = home.commits.get();
    let command = BlobCommand::Reserve {
        log: CONVERSATION,
        epoch: EPOCH,
        hash: HASH,
        sealed_bytes: CHUNK,
        erase: SECRET.hash(),
        keep_days: 1,
        file: FILE,
    };
    let now_ms = home.now_ms;
    let (applied, blobs) = home
        .mailbox()
        .apply_all(vec![append(EPOCH, "a")], &[command], now_ms);
    assert_eq!(applied.replies, [appended(0)]);
    assert_eq!(blobs, [Ok(BlobDone::Done)]);
    assert_eq!(home.commits.get(), before + 1);
    home.disk.set(Disk::Full);
    let command = BlobCommand::Lose { place: place(HASH) };
    let (_, blobs) = home
        .mailbox()
        .apply_all(vec![append(EPOCH, "b")], &[command], now_ms);
    assert_eq!(blobs, [Err(BlobRefusal::StorageFailed)]);
}

pub(crate) fn blb_16_room_costs_work<L: Lab>() {
    let (mut home, mut session) = member_of::<L>();
    for (sealed_bytes, bits) in [(4 * CHUNK, 8), (1024 * CHUNK, 9)] {
        let challenge = blob_challenge(&CONVERSATION, &HASH, sealed_bytes);
        let cheap = (0..)
            .map(Work)
            .find(|work| !challenge.is_solved_by(*work, bits))
            .unwrap();
        let request = BlobRequest::Reserve {
            log: CONVERSATION,
            epoch: EPOCH,
            hash: HASH,
            sealed_bytes,
            erase: SECRET.hash(),
            keep_days: 30,
            work: cheap,
        };
        assert_eq!(
            ask(&mut home, &mut session, request),
            refused(BlobRefusal::WorkNeeded { bits })
        );
    }
    assert_eq!(
        ask(&mut home, &mut session, put(EPOCH, HASH)),
        refused(BlobRefusal::UnknownBlob)
    );
}

pub(crate) fn blb_17_room_is_counted_as_it_is_used<L: Lab>() {
    let (mut home, mut session) = member_of::<L>();
    home.mailbox().set_blob_quotas(BlobQuotas {
        log_bytes: 6 * CHUNK,
        bytes: 8 * CHUNK,
    });
    let grow = |hash: Hash, chunks: u64| BlobCommand::Grow {
        place: place(hash),
        bytes: chunks * CHUNK,
    };
    let (one, another) = (HASH, Hash([8; 32]));
    for hash in [one, another] {
        assert_eq!(
            ask(&mut home, &mut session, reserve(EPOCH, hash)),
            Came::Said(BlobReply::Done)
        );
    }
    assert_eq!(
        home.mailbox().blob_bytes(),
        Ok(2 * CHUNK),
        "the least that any takes"
    );
    assert_eq!(apply(&mut home, grow(one, 4)), Ok(BlobDone::Done));
    assert_eq!(
        apply(&mut home, grow(another, 3)),
        Err(BlobRefusal::QuotaExceeded)
    );
    assert_eq!(apply(&mut home, grow(another, 2)), Ok(BlobDone::Done));
    let third = Hash([9; 32]);
    assert_eq!(
        ask(&mut home, &mut session, reserve(EPOCH, third)),
        refused(BlobRefusal::QuotaExceeded)
    );
    assert_eq!(home.mailbox().blob_bytes(), Ok(6 * CHUNK));
    // Of one that didn't come, the room is free again.
    assert_eq!(apply(&mut home, grow(one, 0)), Ok(BlobDone::Done));
    assert_eq!(
        apply(&mut home, grow(another, 1 << 40)),
        Ok(BlobDone::Done),
        "no more than it is large"
    );
    assert_eq!(home.mailbox().blob_bytes(), Ok(5 * CHUNK));
    let kept = apply(
        &mut home,
        BlobCommand::Keep {
            place: place(another),
        },
    );
    assert_eq!(kept, Ok(BlobDone::Stored));
    assert_eq!(
        apply(&mut home, grow(another, 0)),
        Ok(BlobDone::Stored),
        "what is there stays counted"
    );
    home.restart();
    assert_eq!(home.mailbox().blob_bytes(), Ok(5 * CHUNK));
    for hash in [one, another] {
        assert_eq!(
            ask(&mut home, &mut session, erase(hash, SECRET)),
            Came::Removes(FILE)
        );
    }
    assert_eq!(home.mailbox().blob_bytes(), Ok(0));
}

pub(crate) fn blb_17_the_home_has_an_end_too<L: Lab>() {
    let (mut home, mut session) = member_of::<L>();
    home.mailbox().set_blob_quotas(BlobQuotas {
        log_bytes: 8 * CHUNK,
        bytes: 5 * CHUNK,
    });
    bring(&mut home, &mut session, EPOCH, HASH);
    let next = Hash([8; 32]);
    assert_eq!(
        ask(&mut home, &mut session, reserve(EPOCH, next)),
        Came::Said(BlobReply::Done)
    );
    let third = Hash([9; 32]);
    assert_eq!(
        ask(&mut home, &mut session, reserve(EPOCH, third)),
        refused(BlobRefusal::QuotaExceeded)
    );
    let keep = BlobCommand::Keep { place: place(next) };
    assert_eq!(apply(&mut home, keep), Err(BlobRefusal::QuotaExceeded));
}

pub(crate) fn blb_17_sizes_and_days_have_bounds<L: Lab>() {
    let (mut home, _) = member_of::<L>();
    let command = |sealed_bytes: u64, keep_days: u8| BlobCommand::Reserve {
        log: CONVERSATION,
        epoch: EPOCH,
        hash: HASH,
        sealed_bytes,
        erase: SECRET.hash(),
        keep_days,
        file: FILE,
    };
    for (sealed_bytes, keep_days) in [
        (0, 1),
        (CHUNK + 1, 1),
        (BLOB_SEALED_BYTES_MAX + CHUNK, 1),
        (u64::MAX, 1),
        (CHUNK, 0),
        (CHUNK, BLOB_KEEP_DAYS_MAX + 1),
    ] {
        let made = apply(&mut home, command(sealed_bytes, keep_days));
        assert_eq!(made, Err(BlobRefusal::Malformed), "{sealed_bytes} {keep_days}");
    }
    let largest = command(BLOB_SEALED_BYTES_MAX, BLOB_KEEP_DAYS_MAX);
    assert_eq!(apply(&mut home, largest), Ok(BlobDone::Done));
}

pub(crate) fn blb_18_the_secret_erases<L: Lab>() {
    let (mut home, mut session) = member_of::<L>();
    bring(&mut home, &mut session, EPOCH, HASH);
    let mut stranger = BlobSession::new(home_id(), BINDING);
    let wrong = erase(HASH, EraseSecret([1; 32]));
    assert_eq!(
        ask(&mut home, &mut session, wrong),
        refused(BlobRefusal::NotProved)
    );
    assert_eq!(
        ask(&mut home, &mut session, have(EPOCH, HASH)),
        Came::Said(BlobReply::Stored)
    );
    assert_eq!(
        ask(&mut home, &mut stranger, erase(HASH, SECRET)),
        Came::Removes(FILE),
        "who has left the conversation can still take back what is theirs"
    );
    let gone = ask(&mut home, &mut stranger, erase(HASH, SECRET));
    assert_eq!(gone, Came::Said(BlobReply::Done));
    assert_eq!(
        ask(&mut home, &mut session, get(CONVERSATION, EPOCH, HASH)),
        refused(BlobRefusal::UnknownBlob)
    );
    // What was being brought meanwhile comes to nothing, also when the blob has room again.
    ask_for(&mut home, &mut session, reserve(EPOCH, HASH), [8; 16]);
    for command in [
        BlobCommand::Keep { place: place(HASH) },
        BlobCommand::Grow {
            place: place(HASH),
            bytes: CHUNK,
        },
        BlobCommand::Lose { place: place(HASH) },
        BlobCommand::Forget { place: place(HASH) },
    ] {
        assert_eq!(apply(&mut home, command), Err(BlobRefusal::UnknownBlob));
    }
}

fn expire_all<L: Lab>(home: &mut Home<L>) -> Vec<BlobFile> {
    let now_ms = home.now_ms;
    let mut files = Vec::new();
    while let Some(more) = home.mailbox().expire_blobs(now_ms).unwrap() {
        files.extend(more);
    }
    files
}

fn known<L: Lab>(home: &mut Home<L>) -> Vec<BlobFile> {
    let mut files = Vec::new();
    home.mailbox().blob_files(|file| files.push(file)).unwrap();
    files.sort_unstable();
    files
}

pub(crate) fn blb_19_a_blob_is_kept_its_days_and_no_longer<L: Lab>() {
    let (mut home, mut session) = member_of::<L>();
    let (short, long) = (Hash([8; 32]), HASH);
    bring(&mut home, &mut session, EPOCH, long);
    let request = reserve_as(CONVERSATION, EPOCH, short, 4 * CHUNK, 1);
    assert_eq!(
        ask_for(&mut home, &mut session, request, [8; 16]),
        Came::Said(BlobReply::Done)
    );
    let of_short = BlobPlace {
        file: [8; 16],
        ..place(short)
    };
    apply(&mut home, BlobCommand::Keep { place: of_short }).unwrap();
    assert_eq!(known(&mut home), [FILE, [8; 16]]);
    home.now_ms += DAY_MS + DAY_MS - 1;
    assert_eq!(
        expire_all(&mut home),
        [[0; 16]; 0],
        "kept for a day, and to the end of that day"
    );
    home.now_ms += 1;
    assert_eq!(expire_all(&mut home), [[8; 16]]);
    assert_eq!(
        ask(&mut home, &mut session, have(EPOCH, short)),
        refused(BlobRefusal::UnknownBlob)
    );
    home.now_ms += 28 * DAY_MS;
    home.restart();
    assert_eq!(expire_all(&mut home), [[0; 16]; 0]);
    assert_eq!(
        ask(&mut home, &mut session, have(EPOCH, long)),
        Came::Said(BlobReply::Stored)
    );
    home.now_ms += DAY_MS;
    assert_eq!(expire_all(&mut home), [FILE]);
    assert_eq!(home.mailbox().blob_bytes(), Ok(0));
    assert_eq!(known(&mut home), [[0; 16]; 0]);
}

pub(crate) fn blb_19_one_that_does_not_come_goes_sooner<L: Lab>() {
    let (mut home, mut session) = member_of::<L>();
    ask(&mut home, &mut session, reserve(EPOCH, HASH));
    home.now_ms += 2 * DAY_MS;
    let grown = apply(
        &mut home,
        BlobCommand::Grow {
            place: place(HASH),
            bytes: 2 * CHUNK,
        },
    );
    assert_eq!(grown, Ok(BlobDone::Done));
    home.now_ms += 3 * DAY_MS;
    assert_eq!(expire_all(&mut home), [[0; 16]; 0], "something of it came");
    home.now_ms += DAY_MS;
    assert_eq!(expire_all(&mut home), [FILE]);
    assert_eq!(home.mailbox().blob_bytes(), Ok(0));
}

pub(crate) fn blb_19_many_go_in_steps_and_a_failing_store_forgets_none<L: Lab>() {
    let (mut home, _) = member_of::<L>();
    let file = |n: u16| {
        let mut file = [0; 16];
        file[..2].copy_from_slice(&n.to_be_bytes());
        file
    };
    let commands: Vec<_> = (0..600_u16)
        .map(|n| BlobCommand::Reserve {
            log: CONVERSATION,
            epoch: EPOCH,
            hash: Hash::of("test", &[&n.to_be_bytes()]),
            sealed_bytes: CHUNK,
            erase: SECRET.hash(),
            keep_days: 30,
            file: file(n),
        })
        .collect();
    let now_ms = home.now_ms;
    let (_, made) = home.mailbox().apply_all(Vec::new(), &commands, now_ms);
    assert!(made.iter().all(|made| *made == Ok(BlobDone::Done)));
    home.now_ms += 4 * DAY_MS;
    let now_ms = home.now_ms;
    home.disk.set(Disk::Full);
    assert!(home.mailbox().expire_blobs(now_ms).is_err());
    home.disk.set(Disk::Sound);
    let first = home.mailbox().expire_blobs(now_ms).unwrap().unwrap();
    assert!(first.len() < 600, "others get a turn");
    home.restart();
    let mut files = [first, expire_all(&mut home)].concat();
    files.sort_unstable();
    assert_eq!(files, (0..600).map(file).collect::<Vec<_>>());
    assert_eq!(home.mailbox().blob_bytes(), Ok(0));
}
