//! The tables, as each version brought them.

/// What version 1 had.
pub(super) const SCHEMA: &str = "
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE conversation (
    id INTEGER PRIMARY KEY,
    log BLOB NOT NULL UNIQUE,
    homes BLOB NOT NULL,
    peer_name TEXT NOT NULL,
    peer_account BLOB NOT NULL,
    state INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    cursor INTEGER NOT NULL,
    clock_ms INTEGER NOT NULL DEFAULT 0,
    counter INTEGER NOT NULL DEFAULT 0,
    leaf_ms INTEGER NOT NULL DEFAULT 0,
    update_due INTEGER NOT NULL DEFAULT 0,
    generation INTEGER NOT NULL DEFAULT 0,
    announced BLOB,
    trouble TEXT
) STRICT;
CREATE INDEX conversation_peer ON conversation (peer_name);
CREATE TABLE member (
    conversation INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    device BLOB NOT NULL,
    account BLOB NOT NULL,
    name TEXT NOT NULL,
    endpoint BLOB,
    seen_counter INTEGER NOT NULL DEFAULT 0,
    told_counter INTEGER NOT NULL DEFAULT 0,
    read_counter INTEGER NOT NULL DEFAULT 0,
    told_read INTEGER NOT NULL DEFAULT 0,
    has_counter INTEGER NOT NULL DEFAULT 0,
    has_read INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (conversation, device)
) STRICT, WITHOUT ROWID;
CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    device BLOB NOT NULL,
    message_id BLOB NOT NULL,
    counter INTEGER NOT NULL,
    clock_ms INTEGER NOT NULL,
    stored_ms INTEGER NOT NULL,
    mine INTEGER NOT NULL,
    state INTEGER NOT NULL,
    content BLOB NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (conversation, message_id, device)
) STRICT;
CREATE INDEX message_order ON message (conversation, clock_ms, device, counter);
CREATE INDEX message_counter ON message (conversation, device, counter);
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    message_id BLOB NOT NULL,
    content BLOB NOT NULL,
    epoch INTEGER,
    envelope BLOB,
    hash BLOB,
    direct INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX outbox_hash ON outbox (hash);
CREATE INDEX outbox_conversation ON outbox (conversation);
CREATE TABLE seen (
    conversation INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    hash BLOB NOT NULL,
    message_id BLOB,
    PRIMARY KEY (conversation, hash)
) STRICT, WITHOUT ROWID;
CREATE TABLE pending_commit (
    conversation INTEGER PRIMARY KEY REFERENCES conversation (id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    stage INTEGER NOT NULL,
    value BLOB NOT NULL,
    hash BLOB NOT NULL,
    deposit BLOB,
    deposit_inbox BLOB,
    deposit_homes BLOB
) STRICT;
CREATE TABLE request (
    id INTEGER PRIMARY KEY,
    log BLOB NOT NULL UNIQUE,
    from_name TEXT NOT NULL,
    from_account BLOB NOT NULL,
    since_ms INTEGER,
    received_ms INTEGER NOT NULL,
    state INTEGER NOT NULL,
    sealed BLOB NOT NULL
) STRICT;
CREATE TABLE inbox_key (
    public_hash BLOB PRIMARY KEY,
    created_ms INTEGER NOT NULL,
    public BLOB NOT NULL,
    private BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE contact (
    name TEXT PRIMARY KEY,
    account BLOB NOT NULL,
    record BLOB NOT NULL,
    height INTEGER NOT NULL,
    checked_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

/// What version 2 brought: when a device asked to be added again, and which identity keys the leaves of conversations
/// carry, which of them the user knows.
pub(super) const SINCE_1: &str = "
ALTER TABLE member ADD COLUMN asked_ms INTEGER NOT NULL DEFAULT 0;
CREATE TABLE leaf_identity (
    conversation INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    account BLOB NOT NULL,
    identity BLOB NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (conversation, account)
) STRICT, WITHOUT ROWID;
CREATE TABLE known_identity (
    account BLOB PRIMARY KEY,
    fingerprint BLOB NOT NULL,
    is_verified INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

/// What version 3 brought: proofs that operators have lied, what nodes did, and how far a proof about a contact was
/// checked. Networks have another genesis since, and records another form: what was proved in one of the old kind is
/// of no use.
pub(super) const SINCE_2: &str = "
CREATE TABLE evidence (
    id INTEGER PRIMARY KEY,
    digests BLOB NOT NULL UNIQUE,
    height INTEGER NOT NULL,
    body BLOB NOT NULL,
    found_ms INTEGER NOT NULL,
    is_acknowledged INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE node_fault (
    node BLOB PRIMARY KEY,
    count INTEGER NOT NULL,
    fault INTEGER NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
DELETE FROM contact;
ALTER TABLE contact ADD COLUMN block_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE contact ADD COLUMN operators INTEGER NOT NULL DEFAULT 0;
ALTER TABLE contact ADD COLUMN signers INTEGER NOT NULL DEFAULT 0;
ALTER TABLE contact ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE contact ADD COLUMN agreed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE known_identity ADD COLUMN devices BLOB;
ALTER TABLE known_identity ADD COLUMN list BLOB;
DELETE FROM meta WHERE key IN ('height', 'network');
";

/// What version 4 brought: replies, and what people do to messages after they were written. Those that nobody sees have
/// a kind of 32 or more.
pub(super) const SINCE_3: &str = "
ALTER TABLE message ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN author BLOB;
ALTER TABLE message ADD COLUMN target BLOB;
ALTER TABLE message ADD COLUMN edited_ms INTEGER;
ALTER TABLE message ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN is_forwarded INTEGER NOT NULL DEFAULT 0;
UPDATE message SET author = (SELECT peer_account FROM conversation WHERE conversation.id = message.conversation)
    WHERE NOT mine;
DROP INDEX message_order;
CREATE INDEX message_order ON message (conversation, clock_ms, device, counter) WHERE kind < 32;
DROP INDEX message_counter;
CREATE INDEX message_counter ON message (conversation, device, counter, kind);
CREATE INDEX message_target ON message (conversation, target, kind) WHERE target IS NOT NULL;
CREATE TABLE reaction (
    message INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    emoji TEXT NOT NULL,
    account BLOB NOT NULL,
    PRIMARY KEY (message, emoji, account)
) STRICT, WITHOUT ROWID;
";

/// What version 5 brought: the sealed files of messages, what is known of them, and their way from device to device;
/// messages that disappear, and what the user has set about a conversation.
pub(super) const SINCE_4: &str = "
CREATE TABLE attachment (
    message INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    part INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    description TEXT NOT NULL,
    size INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    thumbhash BLOB NOT NULL,
    preview BLOB NOT NULL,
    waveform BLOB NOT NULL,
    PRIMARY KEY (message, part)
) STRICT;
CREATE TABLE blob (
    id INTEGER PRIMARY KEY,
    file BLOB NOT NULL UNIQUE,
    message INTEGER REFERENCES message (id) ON DELETE CASCADE,
    part INTEGER NOT NULL DEFAULT 0,
    hash BLOB NOT NULL,
    key BLOB NOT NULL,
    nonce BLOB NOT NULL,
    size INTEGER NOT NULL,
    is_whole INTEGER NOT NULL,
    made_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX blob_message ON blob (message, part) WHERE message IS NOT NULL;
CREATE INDEX blob_hash ON blob (hash);
CREATE INDEX blob_made ON blob (made_ms);
CREATE TABLE transfer (
    id INTEGER PRIMARY KEY,
    blob INTEGER REFERENCES blob (id) ON DELETE CASCADE,
    conversation INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    kind INTEGER NOT NULL,
    state INTEGER NOT NULL,
    hash BLOB NOT NULL,
    secret BLOB,
    is_placed INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    at_ms INTEGER NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    reason INTEGER
) STRICT;
CREATE UNIQUE INDEX transfer_blob ON transfer (blob, kind) WHERE blob IS NOT NULL;
CREATE INDEX transfer_due ON transfer (at_ms) WHERE state = 0;
CREATE TABLE fetched (
    blob INTEGER NOT NULL REFERENCES blob (id) ON DELETE CASCADE,
    device BLOB NOT NULL,
    PRIMARY KEY (blob, device)
) STRICT, WITHOUT ROWID;
ALTER TABLE message ADD COLUMN timer_s INTEGER;
ALTER TABLE message ADD COLUMN expires_ms INTEGER;
CREATE INDEX message_expiry ON message (expires_ms) WHERE expires_ms IS NOT NULL;
CREATE TABLE chat (
    conversation INTEGER PRIMARY KEY REFERENCES conversation (id) ON DELETE CASCADE,
    timer_s INTEGER,
    timer_clock_ms INTEGER NOT NULL DEFAULT 0,
    timer_device BLOB,
    place INTEGER,
    is_archived INTEGER NOT NULL DEFAULT 0,
    is_marked INTEGER NOT NULL DEFAULT 0,
    muted_until_ms INTEGER NOT NULL DEFAULT 0,
    nickname TEXT,
    privacy BLOB,
    draft TEXT,
    is_hidden INTEGER NOT NULL DEFAULT 0,
    cleared_row INTEGER
) STRICT;
CREATE TABLE star (
    message INTEGER PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    at_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE block (
    account BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE scheduled (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    due_ms INTEGER NOT NULL,
    text TEXT NOT NULL,
    reply_to INTEGER,
    timer_s INTEGER,
    refusal TEXT
) STRICT;
CREATE INDEX scheduled_due ON scheduled (due_ms) WHERE refusal IS NULL;
";

/// What version 6 brought: whether something has been encrypted before (of what waits already nobody knows), and how
/// much has come by itself in a day; pinned messages, and what people say of themselves.
pub(super) const SINCE_5: &str = "
ALTER TABLE outbox ADD COLUMN has_left INTEGER NOT NULL DEFAULT 0;
UPDATE outbox SET has_left = 1;
ALTER TABLE chat ADD COLUMN coming_day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chat ADD COLUMN coming_bytes INTEGER NOT NULL DEFAULT 0;
CREATE TABLE pin (
    message INTEGER PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    conversation INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    clock_ms INTEGER NOT NULL,
    device BLOB NOT NULL,
    counter INTEGER NOT NULL,
    is_shown INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX pin_order ON pin (conversation, clock_ms, device, counter);
CREATE INDEX pin_shown ON pin (conversation) WHERE is_shown;
CREATE TABLE profile (
    account BLOB PRIMARY KEY,
    clock_ms INTEGER NOT NULL,
    device BLOB NOT NULL,
    name TEXT NOT NULL,
    bio TEXT NOT NULL,
    avatar BLOB NOT NULL
) STRICT;
ALTER TABLE chat ADD COLUMN profile_ms INTEGER NOT NULL DEFAULT 0;
CREATE INDEX message_profile ON message (conversation) WHERE kind = 40;
";

/// What version 7 brought: what was taken over from other messengers, with its index; polls and answers; the gallery;
/// the library of GIFs and stickers; how much lies in a log.
pub(super) const SINCE_6: &str = "
ALTER TABLE conversation ADD COLUMN log_bytes INTEGER NOT NULL DEFAULT 0;
CREATE TABLE imported_conversation (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL,
    source_id TEXT NOT NULL,
    title TEXT,
    is_group INTEGER NOT NULL,
    own TEXT,
    chat INTEGER REFERENCES conversation (id) ON DELETE SET NULL,
    items INTEGER NOT NULL DEFAULT 0,
    UNIQUE (source, source_id)
) STRICT;
CREATE INDEX imported_chat ON imported_conversation (chat) WHERE chat IS NOT NULL;
CREATE TABLE imported_person (
    conversation INTEGER NOT NULL REFERENCES imported_conversation (id) ON DELETE CASCADE,
    person TEXT NOT NULL,
    name TEXT,
    username TEXT,
    PRIMARY KEY (conversation, person)
) STRICT, WITHOUT ROWID;
CREATE TABLE imported_message (
    id INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES imported_conversation (id) ON DELETE CASCADE,
    source_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    person TEXT,
    text TEXT,
    detail BLOB NOT NULL,
    place INTEGER NOT NULL UNIQUE,
    UNIQUE (conversation, source_id)
) STRICT;
CREATE INDEX imported_order ON imported_message (conversation, at_ms, id);
CREATE TABLE imported_file (
    message INTEGER NOT NULL REFERENCES imported_message (id) ON DELETE CASCADE,
    part INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    name TEXT NOT NULL,
    is_in_archive INTEGER NOT NULL,
    PRIMARY KEY (message, part)
) STRICT, WITHOUT ROWID;
ALTER TABLE found_state ADD COLUMN imported_rest INTEGER NOT NULL DEFAULT 0;
CREATE VIRTUAL TABLE imported_search USING fts5(words, content='', columnsize=0, tokenize='ascii');
INSERT INTO imported_search (imported_search, rank) VALUES ('secure-delete', 1);
CREATE TRIGGER imported_found AFTER INSERT ON imported_message BEGIN
    INSERT INTO imported_search (rowid, words) VALUES (new.place, imported_words(new.conversation, new.text));
END;
CREATE TRIGGER imported_refound AFTER UPDATE OF text ON imported_message
    WHEN old.text IS NOT new.text AND old.id > (SELECT imported_rest FROM found_state) BEGIN
    INSERT INTO imported_search (imported_search, rowid, words)
        VALUES ('delete', old.place, imported_words(old.conversation, old.text));
    INSERT INTO imported_search (rowid, words) VALUES (new.place, imported_words(new.conversation, new.text));
END;
CREATE TRIGGER imported_lost AFTER DELETE ON imported_message
    WHEN old.id > (SELECT imported_rest FROM found_state) BEGIN
    INSERT INTO imported_search (imported_search, rowid, words)
        VALUES ('delete', old.place, imported_words(old.conversation, old.text));
END;
CREATE TABLE poll (
    message INTEGER PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    question TEXT NOT NULL,
    is_multiple INTEGER NOT NULL,
    is_ended INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE poll_choice (
    message INTEGER NOT NULL REFERENCES poll (message) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (message, place)
) STRICT;
CREATE TABLE vote (
    message INTEGER NOT NULL REFERENCES poll (message) ON DELETE CASCADE,
    account BLOB NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (message, account, place)
) STRICT;
CREATE TABLE answer (
    message INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (message, place)
) STRICT;
ALTER TABLE attachment ADD COLUMN conversation INTEGER NOT NULL DEFAULT 0;
UPDATE attachment SET conversation = (SELECT conversation FROM message WHERE id = attachment.message);
CREATE INDEX attachment_seen ON attachment (conversation, message) WHERE kind IN (1, 2, 3);
CREATE INDEX attachment_heard ON attachment (conversation, message) WHERE kind IN (4, 5);
CREATE INDEX attachment_other ON attachment (conversation, message) WHERE kind = 0;
CREATE TABLE library_item (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    file BLOB NOT NULL UNIQUE,
    hash BLOB NOT NULL,
    key BLOB NOT NULL,
    nonce BLOB NOT NULL,
    size INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    tags TEXT NOT NULL,
    media_type TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    thumbhash BLOB NOT NULL,
    preview BLOB NOT NULL,
    is_favourite INTEGER NOT NULL DEFAULT 0,
    used_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX library_order ON library_item (is_favourite, used_ms, id, kind);
";
