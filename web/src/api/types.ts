// Made from crates/app/src/dto.rs by `cargo xtask ui --types`. Do not edit.

/**
 * Who this profile is.
 */
export type Identity = { 
/**
 * The username, without the `@`, once one is chosen.
 */
name: string | null, 
/**
 * The account's id, in hexadecimal digits.
 */
account: string, 
/**
 * This device's public key, in hexadecimal digits.
 */
device: string, 
/**
 * Whether the network has the name on record for this account.
 */
registered: boolean, 
/**
 * Whether the name was given up: conversations go on, and nobody new finds this account.
 */
released: boolean, };

/**
 * How far a profile has been opened.
 */
export type Stage = "new" | "locked" | "open";

/**
 * Where this profile stands.
 */
export type Profile = { 
/**
 * The profile's name on this machine.
 */
profile: string, 
/**
 * How far it has been opened.
 */
stage: Stage, 
/**
 * The account, once there is one.
 */
identity: Identity | null, 
/**
 * Whether it belongs to a network.
 */
in_network: boolean, 
/**
 * Whether this process runs a node of that network.
 */
runs_node: boolean, 
/**
 * Whether a passphrase protects it.
 */
has_passphrase: boolean, 
/**
 * The version of the program.
 */
version: string, };

/**
 * How far a message has come.
 */
export type MessageState = "waiting" | "sent" | "delivered" | "read" | "received";

/**
 * A message.
 */
export type Message = { 
/**
 * Its position in this device's history.
 */
row: number, 
/**
 * Its id, the same on every device, in hexadecimal digits.
 */
id: string, 
/**
 * The conversation on this device.
 */
conversation: number, 
/**
 * Who wrote it, without the `@`.
 */
from: string, 
/**
 * Whether this account did.
 */
mine: boolean, 
/**
 * The text.
 */
text: string, 
/**
 * When it was written, by its author's clock, in Unix milliseconds.
 */
sent_ms: number, 
/**
 * What became of it.
 */
state: MessageState, 
/**
 * When its author changed the text last, in Unix milliseconds.
 */
edited_ms: number | null, 
/**
 * Whether its author deleted it for everyone.
 */
deleted: boolean, 
/**
 * Whether it was written elsewhere.
 */
forwarded: boolean, 
/**
 * What it says is set, when it is no message but tells that somebody has set something for the conversation.
 */
notice: Notice | null, 
/**
 * How long after it was read it disappears, in seconds.
 */
timer_s: number | null, 
/**
 * Whether the owner has put a star on it.
 */
starred: boolean, 
/**
 * Whether it is pinned, for all who are in the conversation.
 */
pinned: boolean, 
/**
 * When it disappears from this device at the latest, in Unix milliseconds. Until it was read that is far off.
 */
expires_ms: number | null, 
/**
 * What it answers.
 */
reply: Reply | null, 
/**
 * The reactions to it, by emoji.
 */
reactions: Array<Reaction>, 
/**
 * Its files, in their order.
 */
attachments: Array<Attachment>, 
/**
 * What it asks, when it is a poll.
 */
poll: Poll | null, 
/**
 * What its readers can answer with one touch.
 */
answers: Array<string>, };

/**
 * The message that another one answers.
 */
export type Reply = { 
/**
 * Its position in this device's history; nothing when it is not here.
 */
row: number | null, 
/**
 * Who wrote it, without the `@`.
 */
from: string | null, 
/**
 * The beginning of its text, as it reads now.
 */
text: string, 
/**
 * What the first of its files is, when it has some.
 */
file: FileKind | null, 
/**
 * Whether it is deleted.
 */
deleted: boolean, };

/**
 * Those who reacted to a message with one emoji.
 */
export type Reaction = { 
/**
 * The emoji.
 */
emoji: string, 
/**
 * Who, without the `@`.
 */
names: Array<string>, 
/**
 * Whether this account is among them.
 */
mine: boolean, };

/**
 * A text that a message had.
 */
export type Version = { 
/**
 * The text.
 */
text: string, 
/**
 * When it was written, by its author's clock, in Unix milliseconds.
 */
written_ms: number, };

/**
 * How a conversation stands.
 */
export type ConversationState = "starting" | "joining" | "active" | "broken" | "restored" | "removed";

/**
 * A conversation.
 */
export type Conversation = { 
/**
 * The conversation on this device.
 */
id: number, 
/**
 * The other person, without the `@`.
 */
peer: string, 
/**
 * The other person's account, in hexadecimal digits.
 */
account: string, 
/**
 * Whether it is the note to oneself.
 */
is_note: boolean, 
/**
 * Whether the other person has accepted it, as far as is known here.
 */
is_accepted: boolean, 
/**
 * What the other person says of themselves, when they do.
 */
profile: About | null, 
/**
 * How long after they were read the messages that are written here disappear, in seconds.
 */
timer_s: number | null, 
/**
 * What the owner has set about it.
 */
settings: ChatSettings, 
/**
 * Whether the owner has made sure who the other person is.
 */
verification: Verification, 
/**
 * What has changed about the other person, when something has. Was the person verified, nothing is sent until the
 * owner has made sure again.
 */
change: ContactChange | null, 
/**
 * How it stands.
 */
state: ConversationState, 
/**
 * What is wrong, when something is.
 */
trouble: string | null, 
/**
 * Messages that have not been read.
 */
unread: number, 
/**
 * The row of the first of them.
 */
first_unread: number | null, 
/**
 * The newest message.
 */
last: Message | null, 
/**
 * Whether a device of theirs is connected or has been heard lately.
 */
online: boolean, 
/**
 * Whether they are typing.
 */
typing: boolean, 
/**
 * Whether messages go there directly at the moment.
 */
direct: boolean, 
/**
 * Messages of theirs that are known to be missing.
 */
missing: number, };

/**
 * A message request.
 */
export type Request = { 
/**
 * The request on this device.
 */
id: number, 
/**
 * Who asks, without the `@`; verified through the directory.
 */
from: string, 
/**
 * Their account, in hexadecimal digits.
 */
account: string, 
/**
 * Since when the name exists, in Unix milliseconds.
 */
name_since_ms: number | null, 
/**
 * When it came, in Unix milliseconds.
 */
received_ms: number, };

/**
 * From where a node can be reached.
 */
export type Reach = "machine" | "network" | "anywhere";

/**
 * An operator of the network.
 */
export type OperatorRef = { 
/**
 * Its key, in hexadecimal digits.
 */
key: string, 
/**
 * What it calls itself, unverified; empty when that is not known.
 */
name: string, };

/**
 * What a node did that was not believed.
 */
export type NodeFault = "stale" | "other-network" | "forged" | "foreign" | "untrue";

/**
 * A node of the network, as this client sees it.
 */
export type Node = { 
/**
 * Its id, in hexadecimal digits.
 */
id: string, 
/**
 * Where it says that it can be dialled.
 */
sockets: Array<string>, 
/**
 * Its relay.
 */
relay: string | null, 
/**
 * Whether it answers; `null` while nobody has asked it yet.
 */
reachable: boolean | null, 
/**
 * Whose it is, when it is an operator's.
 */
operator: OperatorRef | null, 
/**
 * The newest height of its directory, as it says.
 */
height: number | null, 
/**
 * Whether it says that it decides, rather than follow.
 */
validates: boolean, 
/**
 * How many of its answers were not believed.
 */
faults: number, 
/**
 * Why the last of them was not.
 */
last_fault: NodeFault | null, };

/**
 * What is reachable and what isn't.
 */
export type Report = { 
/**
 * Whether this profile belongs to a network.
 */
in_network: boolean, 
/**
 * The nodes of the network.
 */
nodes: Array<Node>, 
/**
 * From where the network's nodes can be reached, by their addresses.
 */
reach: Reach, 
/**
 * Where this device can be dialled directly.
 */
own_sockets: Array<string>, 
/**
 * The people who are connected directly, without the `@`.
 */
direct: Array<string>, 
/**
 * This machine's clock less the network's, in milliseconds, once the network has been heard.
 */
clock_difference_ms: number | null, };

/**
 * What this device knows of the network's directory.
 */
export type Directory = { 
/**
 * The newest height that has been verified.
 */
height: number, 
/**
 * The time of that block, in Unix milliseconds.
 */
time_ms: number, 
/**
 * Until when the network may stay unseen before a new invitation is needed, in Unix milliseconds; `null`: for
 * ever.
 */
trusted_until_ms: number | null, 
/**
 * Who decides by now.
 */
operators: Array<OperatorRef>, 
/**
 * The nodes that are asked, those that are asked first first.
 */
nodes: Array<Node>, };

/**
 * Two blocks of one height, both signed by a quorum: the network's operators have shown two truths.
 */
export type Evidence = { 
/**
 * The height.
 */
height: number, 
/**
 * The digests of the two headers, in hexadecimal digits.
 */
headers: Array<string>, 
/**
 * Who has signed both.
 */
signers: Array<OperatorRef>, 
/**
 * When this device found it, in Unix milliseconds.
 */
found_ms: number, 
/**
 * Whether the owner has seen it.
 */
is_acknowledged: boolean, 
/**
 * What proves it to anybody, in hexadecimal digits.
 */
proof: string, };

/**
 * What has changed in the own record.
 */
export type RecordPart = "identity-key" | "devices" | "inbox" | "released" | "lapsed" | "account";

/**
 * A change of the own record that this device did not make.
 */
export type RecordChange = { 
/**
 * What has changed.
 */
parts: Array<RecordPart>, 
/**
 * The sequence number that the directory proves; 0 when the name has no record any more.
 */
sequence: number, 
/**
 * The height that proves it.
 */
height: number, 
/**
 * When this device noticed, in Unix milliseconds.
 */
noticed_ms: number, };

/**
 * The own record, as far as its owner must know.
 */
export type OwnRecord = { 
/**
 * A change that was made elsewhere, until it is acknowledged.
 */
change: RecordChange | null, };

/**
 * An invitation into the network.
 */
export type Invitation = { 
/**
 * The link.
 */
link: string, 
/**
 * From where its nodes can be reached.
 */
reach: Reach, 
/**
 * The link as a QR code.
 */
qr: Qr, };

/**
 * A QR code, without the quiet zone around it.
 */
export type Qr = { 
/**
 * Dots in each direction.
 */
size: number, 
/**
 * From top to bottom, each dot `1` if it is dark and `0` if it is light.
 */
rows: Array<string>, };

/**
 * Whether the owner has made sure who the other person is.
 */
export type Verification = "none" | "verified" | "changed";

/**
 * What has changed about the other person since the owner knew them.
 */
export type ContactChange = "account" | "identity-key" | "device";

/**
 * The safety number of a conversation: who compares it over another way knows that nobody stands in between.
 */
export type Safety = { 
/**
 * Twelve groups of five digits, the same on both sides.
 */
groups: Array<string>, 
/**
 * What the QR code holds.
 */
code: string, 
/**
 * The code for the other person to scan.
 */
qr: Qr, 
/**
 * Whether the owner has made sure.
 */
verification: Verification, 
/**
 * What has changed, when something has.
 */
change: ContactChange | null, 
/**
 * What the directory has proved about the other person.
 */
proof: DirectoryProof | null, };

/**
 * What the directory has proved.
 */
export type DirectoryProof = { 
/**
 * The height of the block that holds the name's record.
 */
height: number, 
/**
 * The time of that block, in Unix milliseconds.
 */
block_ms: number, 
/**
 * How many operators decide in the network.
 */
operators: number, 
/**
 * How many of them have signed the block.
 */
signers: number, 
/**
 * How many nodes were asked.
 */
asked: number, 
/**
 * How many of them showed this same block.
 */
agreed: number, 
/**
 * When it was proved, in Unix milliseconds.
 */
checked_ms: number, };

/**
 * A code that was scanned from the other person's screen.
 */
export type ScannedCode = { 
/**
 * The code.
 */
code: string, };

/**
 * What came of a comparison.
 */
export type Comparison = { 
/**
 * Whether both sides show the same.
 */
matches: boolean, };

/**
 * Whether a name can be had.
 */
export type NameStanding = "free" | "taken" | "reserved" | "similar" | "resting";

/**
 * A name, and whether it can be had.
 */
export type NameLookup = { 
/**
 * The name, without the `@`.
 */
name: string, 
/**
 * How it stands.
 */
standing: NameStanding, 
/**
 * The name that it looks like, when it is similar.
 */
similar: string | null, 
/**
 * Until when it rests, in Unix milliseconds.
 */
until_ms: number | null, };

/**
 * How a profile is begun.
 */
export type Beginning = { 
/**
 * The invitation into the network to join; without one, an own network begins.
 */
invitation: string | null, };

/**
 * A passphrase.
 */
export type Passphrase = { 
/**
 * The passphrase.
 */
passphrase: string, };

/**
 * What protects the profile from now on.
 */
export type PassphraseChange = { 
/**
 * The new passphrase, or none.
 */
passphrase: string | null, };

/**
 * Something that happened.
 */
export type Event = { "type": "ready" } | { "type": "lagged" } | { "type": "registered", 
/**
 * The name, without the `@`.
 */
name: string, } | { "type": "registration-failed", 
/**
 * Why.
 */
error: Failure, } | { "type": "message", 
/**
 * The message.
 */
message: Message, } | { "type": "changed", 
/**
 * The message.
 */
message: Message, } | { "type": "removed", 
/**
 * The conversation.
 */
conversation: number, 
/**
 * Its row.
 */
row: number, } | { "type": "scheduled", 
/**
 * The conversation.
 */
conversation: number, } | { "type": "state", 
/**
 * The conversation.
 */
conversation: number, 
/**
 * The message's id.
 */
id: string, 
/**
 * Its state now.
 */
state: MessageState, } | { "type": "transfer", 
/**
 * The conversation.
 */
conversation: number, 
/**
 * The message's row.
 */
row: number, 
/**
 * Which of the message's files it is, from 0.
 */
part: number, 
/**
 * How far it has come.
 */
state: FileState, 
/**
 * How much of it has come, in bytes.
 */
bytes: number, 
/**
 * How much of an own file is where the others can have it, in bytes; nothing once all of it is.
 */
going: number | null, 
/**
 * Why it isn't under way, when something is wrong.
 */
trouble: string | null, } | { "type": "request", 
/**
 * The request.
 */
request: Request, } | { "type": "conversation", 
/**
 * The conversation.
 */
conversation: Conversation, } | { "type": "home", 
/**
 * The home's id, in hexadecimal digits.
 */
home: string, 
/**
 * Whether it answers.
 */
reachable: boolean, } | { "type": "own-record-changed", 
/**
 * What has changed.
 */
change: RecordChange, } | { "type": "released", 
/**
 * The name, without the `@`.
 */
name: string, } | { "type": "release-failed", 
/**
 * Why.
 */
error: Failure, } | { "type": "network-forked", 
/**
 * The height of the two blocks.
 */
height: number, } | { "type": "trust-expired", 
/**
 * When it was seen last, in Unix milliseconds.
 */
seen_ms: number, } | { "type": "storage-failed", 
/**
 * Whether the disk is full.
 */
full: boolean, } | { "type": "storage-recovered" } | { "type": "network-failed", 
/**
 * Why.
 */
reason: string, } | { "type": "clock-off", 
/**
 * The network's time, in Unix milliseconds.
 */
network_ms: number, };

/**
 * What a token may do.
 */
export type Scope = "read" | "send" | "requests" | "network";

/**
 * A bot's token, without its secret.
 */
export type Token = { 
/**
 * Its id, to revoke it by.
 */
id: string, 
/**
 * What its owner calls it.
 */
label: string, 
/**
 * What it may do.
 */
scopes: Array<Scope>, 
/**
 * When it was made, in Unix milliseconds.
 */
created_ms: number, };

/**
 * A new token. The secret is shown this once.
 */
export type NewToken = { 
/**
 * What goes into `Authorization: Bearer`.
 */
secret: string, 
/**
 * Its id, to revoke it by.
 */
id: string, 
/**
 * What its owner calls it.
 */
label: string, 
/**
 * What it may do.
 */
scopes: Array<Scope>, 
/**
 * When it was made, in Unix milliseconds.
 */
created_ms: number, };

/**
 * What a new token shall be.
 */
export type TokenWish = { 
/**
 * What its owner calls it.
 */
label: string, 
/**
 * What it may do.
 */
scopes: Array<Scope>, };

/**
 * A one-time code, to be exchanged for a session's token within a minute.
 */
export type Code = { 
/**
 * The code.
 */
code: string, };

/**
 * A session's token.
 */
export type Session = { 
/**
 * What goes into `Authorization: Bearer`, and into the first frame of the event stream.
 */
token: string, };

/**
 * Random text that a daemon shall prove its token over, before it is shown one.
 */
export type Challenge = { 
/**
 * Fresh for every challenge.
 */
nonce: string, };

/**
 * The proof: who sends it knows the profile's token, and listens on this port.
 */
export type Proof = { 
/**
 * A keyed hash over port and nonce.
 */
proof: string, };

/**
 * The words of a new account.
 */
export type Words = { 
/**
 * The 24 words.
 */
words: Array<string>, };

/**
 * The words of a new account, as long as they are remembered.
 */
export type RememberedWords = { 
/**
 * The 24 words, until they are confirmed or the program ends.
 */
words: Array<string> | null, };

/**
 * A username, with or without the `@`.
 */
export type NameWish = { 
/**
 * The name.
 */
name: string, };

/**
 * An account to be brought back.
 */
export type RestorationWish = { 
/**
 * Its 24 words, with white space between them.
 */
words: string, 
/**
 * Its name.
 */
name: string, };

/**
 * An invitation link.
 */
export type Link = { 
/**
 * The link.
 */
link: string, };

/**
 * A message to send.
 */
export type Text = { 
/**
 * The text, in UTF-8 at most 64 KiB long; with files at most 16 KiB, and it may be empty.
 */
text: string, 
/**
 * The ids of files that were given, at most 10.
 */
attachments?: Array<number>, 
/**
 * The picture of the library that it is a copy of, in place of files. Owner only.
 */
library?: number, 
/**
 * The row of the message in the same conversation that it answers.
 */
reply_to?: number, 
/**
 * How long after it was read it disappears, in seconds; 0 for never. Without it, as the conversation has it.
 */
timer_s?: number, 
/**
 * What is asked; the text is empty then, and there are no files.
 */
poll?: PollWish, 
/**
 * What its readers can answer with one touch: at most 8, each of at most 128 bytes.
 */
answers?: Array<string>, };

/**
 * Another text for a message.
 */
export type Edit = { 
/**
 * The text, in UTF-8 at most 64 KiB long.
 */
text: string, };

/**
 * A reaction to give or to take back.
 */
export type ReactionWish = { 
/**
 * One emoji.
 */
emoji: string, 
/**
 * Whether it is to stand.
 */
on: boolean, };

/**
 * A position in a conversation.
 */
export type Row = { 
/**
 * The row of the newest message that has been read.
 */
row: number, };

/**
 * Whether something is so.
 */
export type Switch = { 
/**
 * Whether it is.
 */
on: boolean, };

/**
 * A conversation by its number.
 */
export type ConversationRef = { 
/**
 * The conversation on this device.
 */
conversation: number, };

/**
 * Which messages of a conversation.
 */
export type Page = { 
/**
 * Only messages before this row.
 */
before: number | null, 
/**
 * Only messages after this row.
 */
after?: number, 
/**
 * Messages around this row: half of the page before it, the other half from it on.
 */
around?: number, 
/**
 * Messages around this time, in Unix milliseconds: half of the page before it, the other half from it on.
 */
at_ms?: number, 
/**
 * How many at most, 1 to 500.
 */
limit: number | null, };

/**
 * What kind of message is searched for.
 */
export type SearchKind = "text" | "link";

/**
 * What is searched for. All that is given must fit.
 */
export type SearchWish = { 
/**
 * Words, and phrases in quotation marks; the last word may be unfinished. At most 1 KiB.
 */
text?: string, 
/**
 * In this conversation.
 */
conversation?: number, 
/**
 * By this person, without the `@`.
 */
from?: string, 
/**
 * Of this kind.
 */
kind?: SearchKind, 
/**
 * Not before this time, in Unix milliseconds.
 */
from_ms?: number, 
/**
 * Not after this time, in Unix milliseconds.
 */
to_ms?: number, 
/**
 * Where the page before ended: its `next`.
 */
before?: number, 
/**
 * How many messages at most, 1 to 100.
 */
limit?: number, };

/**
 * A place in a text, counted as JavaScript counts: in units of UTF-16.
 */
export type Mark = { 
/**
 * Where it begins.
 */
from: number, 
/**
 * Where it ends.
 */
to: number, };

/**
 * A message that was found.
 */
export type Found = { 
/**
 * Its position in this device's history.
 */
row: number, 
/**
 * The conversation on this device.
 */
conversation: number, 
/**
 * Who the conversation is with, without the `@`.
 */
with: string, 
/**
 * Who wrote it, without the `@`.
 */
from: string, 
/**
 * Whether this account did.
 */
mine: boolean, 
/**
 * When it was written, by its author's clock, in Unix milliseconds.
 */
sent_ms: number, 
/**
 * The part of its text in which something was found.
 */
excerpt: string, 
/**
 * Where in the excerpt it was, in order and apart.
 */
marks: Array<Mark>, };

/**
 * A part of what was found, newest first.
 */
export type FoundPage = { 
/**
 * The messages.
 */
found: Array<Found>, 
/**
 * What the next page is asked for with, as `before`; nothing when this is the last.
 */
next: number | null, 
/**
 * Whether older messages are still being made ready for searching.
 */
partial: boolean, };

/**
 * The first frame of the event stream.
 */
export type Hello = { 
/**
 * The token.
 */
token: string, };

/**
 * What went wrong.
 */
export type Failure = { 
/**
 * The sort, which decides exit code and status.
 */
kind: Kind, 
/**
 * Which failure exactly: stable, in kebab-case.
 */
code: string, 
/**
 * What happened.
 */
message: string, 
/**
 * What to do about it.
 */
advice?: string | null, 
/**
 * Whether the same may succeed later.
 */
retryable: boolean, };

/**
 * A failure as it travels: `{"error": {...}}`.
 */
export type FailureBody = { 
/**
 * The failure.
 */
error: Failure, };

/**
 * What sort of failure it is. Decides the exit code and the HTTP status, and never changes its meaning.
 */
export type Kind = "failed" | "usage" | "not-found" | "unreachable" | "refused" | "in-use" | "storage" | "clock" | "unauthorized" | "forbidden";

/**
 * What a file is to people.
 */
export type FileKind = "file" | "photo" | "gif" | "video" | "audio" | "voice" | "sticker";

/**
 * How far a file has come.
 */
export type FileState = "offered" | "waiting" | "loading" | "paused" | "nowhere" | "here";

/**
 * A file of a message. All but how far it has come is what its sender says.
 */
export type Attachment = { 
/**
 * Which of the message's files it is, from 0.
 */
part: number, 
/**
 * What it is to people.
 */
kind: FileKind, 
/**
 * Its name.
 */
name: string, 
/**
 * Its media type.
 */
type: string, 
/**
 * What it shows, for those who can't see it.
 */
description: string | null, 
/**
 * Its size in bytes.
 */
size: number, 
/**
 * How wide it is shown, in points.
 */
width: number | null, 
/**
 * How high it is shown, in points.
 */
height: number | null, 
/**
 * How long it lasts, in milliseconds.
 */
duration_ms: number | null, 
/**
 * A ThumbHash, in Base64.
 */
thumbhash: string | null, 
/**
 * A small JPEG, in Base64.
 */
preview: string | null, 
/**
 * How loud each part of a sound is, from 0 to 255.
 */
waveform: Array<number> | null, 
/**
 * How far it has come.
 */
state: FileState, 
/**
 * How much of it has come, in bytes.
 */
bytes: number, 
/**
 * How much of an own file is where the others can have it, in bytes; nothing once all of it is.
 */
going: number | null, 
/**
 * Why it isn't under way, when something is wrong.
 */
trouble: string | null, };

/**
 * A file that waits to be sent.
 */
export type Upload = { 
/**
 * Its id, to send it by.
 */
id: number, 
/**
 * Its name, as others will see it.
 */
name: string, 
/**
 * Its media type, by its content.
 */
type: string, 
/**
 * Its size in bytes, as it will be sent.
 */
size: number, 
/**
 * What it is to people.
 */
kind: FileKind, 
/**
 * How wide it is shown, in points.
 */
width: number | null, 
/**
 * How high it is shown, in points.
 */
height: number | null, 
/**
 * How long it lasts, in milliseconds.
 */
duration_ms: number | null, 
/**
 * A ThumbHash, in Base64.
 */
thumbhash: string | null, 
/**
 * A small JPEG, in Base64.
 */
preview: string | null, };

/**
 * How a file is sent.
 */
export type Quality = "standard" | "original" | "untouched";

/**
 * What is known of a file that its content doesn't tell.
 */
export type UploadNote = { 
/**
 * What it shows, for those who can't see it; at most 1 KiB.
 */
description?: string, 
/**
 * Whether it is a recorded voice.
 */
voice?: boolean, 
/**
 * How long it lasts, in milliseconds.
 */
duration_ms?: number, 
/**
 * How loud each of at most 64 parts of it is, from 0 to 255.
 */
waveform?: Array<number>, };

/**
 * A place where this session finds the files of messages.
 */
export type MediaTicket = { 
/**
 * What stands in the path, `/media/{ticket}/{row}/{part}`.
 */
ticket: string, };

/**
 * Which files of a conversation a page is about.
 */
export type GalleryKind = "media" | "sounds" | "files";

/**
 * What a picture of the library is, as its content tells.
 */
export type LibraryKind = "gif" | "sticker";

/**
 * A picture that is kept to be sent again.
 */
export type LibraryItem = { 
/**
 * Its id on this device.
 */
id: number, 
/**
 * What it is.
 */
kind: LibraryKind, 
/**
 * What it was called when it was added. Nobody is told.
 */
name: string, 
/**
 * What it shows, for those who can't see it: it goes with the picture.
 */
description: string | null, 
/**
 * Words to find it by. Nobody is told.
 */
tags: Array<string>, 
/**
 * Its media type.
 */
type: string, 
/**
 * Its size in bytes.
 */
size: number, 
/**
 * How wide it is, in points.
 */
width: number, 
/**
 * How high it is, in points.
 */
height: number, 
/**
 * A ThumbHash, in Base64.
 */
thumbhash: string | null, 
/**
 * A small JPEG, in Base64.
 */
preview: string | null, 
/**
 * Whether it stands before the others.
 */
favourite: boolean, 
/**
 * When it was sent last, or added, in Unix milliseconds.
 */
used_ms: number, };

/**
 * Which pictures of the library are wanted; all that is given must fit.
 */
export type LibraryWish = { 
/**
 * Words of the name, the tags or the description; the last may be unfinished. At most 1 KiB.
 */
text?: string, 
/**
 * Only those of one kind.
 */
kind?: LibraryKind, 
/**
 * How many are passed over.
 */
from?: number, 
/**
 * How many at most, 1 to 200.
 */
limit?: number, };

/**
 * Some of the library.
 */
export type LibraryPage = { 
/**
 * The pictures: favourites first, and of both what was used last first.
 */
items: Array<LibraryItem>, 
/**
 * How many fit.
 */
total: number, };

/**
 * A picture to keep: a file that was given, or one of a message.
 */
export type LibraryAddition = { 
/**
 * The id of the file that was given.
 */
upload?: number, 
/**
 * The row of the message.
 */
row?: number, 
/**
 * Which of the message's files, from 0.
 */
part?: number, 
/**
 * Words to find it by: at most 16, each of at most 64 bytes.
 */
tags?: Array<string>, };

/**
 * A picture that is kept now.
 */
export type LibraryAdded = { 
/**
 * The picture.
 */
item: LibraryItem, 
/**
 * Whether it was not there.
 */
new: boolean, };

/**
 * What is changed of a picture in the library; what is not given stays.
 */
export type LibraryChange = { 
/**
 * Words to find it by, in place of those of before.
 */
tags?: Array<string>, 
/**
 * What it shows, for those who can't see it; empty takes it away.
 */
description?: string, 
/**
 * Whether it stands before the others.
 */
favourite?: boolean, };

/**
 * What the library takes.
 */
export type LibraryUse = { 
/**
 * How many pictures there are.
 */
items: number, 
/**
 * How much they take, in bytes.
 */
bytes: number, };

/**
 * After how long messages disappear.
 */
export type Timer = { 
/**
 * How long after they were read, in seconds: 300 to 2419200. Nothing for messages that stay.
 */
timer_s: number | null, };

/**
 * What the owner has set about a conversation.
 */
export type ChatSettings = { 
/**
 * Its place among those that always stand first, from 0.
 */
place: number | null, 
/**
 * Whether it is put away, until something new comes.
 */
archived: boolean, 
/**
 * Whether it is to look unread.
 */
marked_unread: boolean, 
/**
 * Until when it makes no noise, in Unix milliseconds; 0 for not at all.
 */
muted_until_ms: number, 
/**
 * What the owner calls the other person.
 */
nickname: string | null, 
/**
 * The beginning of what the owner has begun to write.
 */
draft: string | null, 
/**
 * Whether the owner has deleted it here: it is not shown until something new comes.
 */
hidden: boolean, 
/**
 * Whether the other person is blocked.
 */
blocked: boolean, 
/**
 * What others are told in it, where that is otherwise than everywhere.
 */
privacy: PrivacyChoice, };

/**
 * What is to be set about a conversation; what is not named stays.
 */
export type ChatChange = { 
/**
 * Whether it always stands first, behind those that do already.
 */
pinned?: boolean, 
/**
 * Whether it is put away.
 */
archived?: boolean, 
/**
 * Whether it is to look unread.
 */
marked_unread?: boolean, 
/**
 * Until when it makes no noise, in Unix milliseconds; 0 for not at all.
 */
muted_until_ms?: number, 
/**
 * What the other person is called; empty for their own name.
 */
nickname?: string, 
/**
 * What others are told in it.
 */
privacy?: PrivacyChoice, };

/**
 * What others are told. Nothing where it is as it would be otherwise, or as it was before.
 */
export type PrivacyChoice = { 
/**
 * How far messages have been read.
 */
read?: boolean, 
/**
 * How far messages have come. Without it nothing goes directly from device to device either.
 */
delivery?: boolean, 
/**
 * That the owner is typing.
 */
typing?: boolean, 
/**
 * That the owner is there.
 */
presence?: boolean, };

/**
 * From whom message requests are taken.
 */
export type RequestPolicy = "anyone" | "nobody";

/**
 * How large the files of others may be that come by themselves, in bytes; 0 for none.
 */
export type Arrivals = { 
/**
 * Pictures, also such that move.
 */
photos: number, 
/**
 * Recorded voices.
 */
voices: number, 
/**
 * Films.
 */
films: number, 
/**
 * Other sounds.
 */
sounds: number, 
/**
 * All other files.
 */
files: number, };

/**
 * What holds for the whole profile.
 */
export type ProfileSettings = { 
/**
 * What others are told, where nothing else is set for a conversation. Nothing is left out.
 */
privacy: PrivacyChoice, 
/**
 * From whom message requests are taken.
 */
requests: RequestPolicy, 
/**
 * How large the files of others may be that come by themselves.
 */
arrivals: Arrivals, };

/**
 * What is to be set for the whole profile; what is not named stays.
 */
export type SettingsChange = { 
/**
 * What others are told.
 */
privacy: PrivacyChoice, 
/**
 * From whom message requests are taken.
 */
requests?: RequestPolicy, 
/**
 * How large the files of others may be that come by themselves.
 */
arrivals?: Arrivals, };

/**
 * Conversations in an order.
 */
export type ConversationOrder = { 
/**
 * The conversations on this device.
 */
conversations: Array<number>, };

/**
 * What the owner has begun to write.
 */
export type Draft = { 
/**
 * The text, at most 64 KiB long; empty for nothing.
 */
text: string, };

/**
 * Whom to block: the other person of a conversation, or who sent a request.
 */
export type BlockWish = { 
/**
 * A conversation.
 */
conversation?: number, 
/**
 * A message request.
 */
request?: number, };

/**
 * Somebody who is blocked.
 */
export type Blocked = { 
/**
 * Their account, in hexadecimal digits, under whatever name.
 */
account: string, 
/**
 * Their name at that time, without the `@`.
 */
name: string, 
/**
 * Since when, in Unix milliseconds.
 */
since_ms: number, };

/**
 * A text that is to be sent later.
 */
export type LaterWish = { 
/**
 * Where to.
 */
conversation: number, 
/**
 * The text, in UTF-8 at most 64 KiB long.
 */
text: string, 
/**
 * When, in Unix milliseconds; at most a year ahead.
 */
due_ms: number, 
/**
 * The row of the message in the same conversation that it answers.
 */
reply_to?: number, 
/**
 * How long after it was read it disappears, in seconds; 0 for never. Without it, as the conversation has it then.
 */
timer_s?: number, };

/**
 * Another time or another text for a message that waits; what is not named stays.
 */
export type LaterChange = { 
/**
 * The text, in UTF-8 at most 64 KiB long.
 */
text?: string, 
/**
 * When, in Unix milliseconds; at most a year ahead.
 */
due_ms?: number, };

/**
 * A text that waits for its time.
 */
export type Scheduled = { 
/**
 * Its number among those.
 */
id: number, 
/**
 * Where it goes.
 */
conversation: number, 
/**
 * When, in Unix milliseconds.
 */
due_ms: number, 
/**
 * The text.
 */
text: string, 
/**
 * The row of the message that it answers.
 */
reply_to: number | null, 
/**
 * How long after it was read it disappears, in seconds.
 */
timer_s: number | null, 
/**
 * Why it was not sent when its time came, by the code of the failure.
 */
refusal: string | null, };

/**
 * A folder of conversations.
 */
export type Folder = { 
/**
 * What it is called.
 */
name: string, 
/**
 * The conversations in it.
 */
conversations: Array<number>, };

/**
 * What files of one kind take in a conversation.
 */
export type FileUse = { 
/**
 * The conversation on this device.
 */
conversation: number, 
/**
 * What they are to people.
 */
kind: FileKind, 
/**
 * Whether they were sent from here.
 */
mine: boolean, 
/**
 * How many there are.
 */
files: number, 
/**
 * How much they take, in bytes.
 */
bytes: number, };

/**
 * What takes space on this device.
 */
export type Storage = { 
/**
 * How large the database is, in bytes: all texts, and what is known of people and files.
 */
database: number, 
/**
 * What the files take that are here.
 */
files: Array<FileUse>, 
/**
 * What the library of GIFs and stickers takes.
 */
library: LibraryUse, };

/**
 * How often something was told since the program began, how much of it, and when last.
 */
export type Tally = { 
/**
 * How often.
 */
times: number, 
/**
 * Bytes of ciphertext.
 */
bytes: number, 
/**
 * When last, in Unix milliseconds; 0 for never.
 */
last_ms: number, };

/**
 * What a log is. Its home knows only whether it is an inbox.
 */
export type LogRole = "inbox" | "conversation" | "foreign";

/**
 * An envelope as its home sees it.
 */
export type Sample = { 
/**
 * When it was given, in Unix milliseconds.
 */
at_ms: number, 
/**
 * Its length.
 */
bytes: number, 
/**
 * Its first bytes, in hexadecimal digits.
 */
start: string, };

/**
 * A file as its home sees it.
 */
export type SealedFile = { 
/**
 * Its address, in hexadecimal digits.
 */
address: string, 
/**
 * Its length once it is sealed and padded.
 */
bytes: number, };

/**
 * A log, as its home knows it.
 */
export type LogExposure = { 
/**
 * Its name, in hexadecimal digits: random.
 */
log: string, 
/**
 * What it is.
 */
role: LogRole, 
/**
 * Which conversation it is of; only this device knows.
 */
conversation: number | null, 
/**
 * How often who may use it was decided anew.
 */
epoch: number, 
/**
 * The key that the home checks whoever uses it by.
 */
capability: string | null, 
/**
 * Entries that the home has taken, as far as this device has read.
 */
entries: number, 
/**
 * Their bytes.
 */
entry_bytes: number, 
/**
 * Own files that lie there.
 */
files: Array<SealedFile>, 
/**
 * Envelopes that this device has laid there.
 */
appended: Tally, 
/**
 * Signs of life that went through and are not kept.
 */
signs: Tally, 
/**
 * Everything else that was asked about it.
 */
asked: Tally, 
/**
 * The last envelope from here.
 */
sample: Sample | null, };

/**
 * A name that was asked for.
 */
export type NameAsked = { 
/**
 * The name, without the `@`.
 */
username: string, 
/**
 * How often.
 */
tally: Tally, };

/**
 * A node, and what it could know.
 */
export type NodeExposure = { 
/**
 * Its id, in hexadecimal digits.
 */
id: string, 
/**
 * Where it is dialled.
 */
sockets: Array<string>, 
/**
 * Its relay.
 */
relay: string | null, 
/**
 * Whose it is, when it is an operator's.
 */
operator: OperatorRef | null, 
/**
 * The logs that it keeps, or was asked about.
 */
logs: Array<LogExposure>, 
/**
 * The names that it was asked for.
 */
names: Array<NameAsked>, 
/**
 * Changes of the own record that it was given.
 */
changes: Tally, 
/**
 * Questions about blocks and operators.
 */
blocks: Tally, };

/**
 * What everybody can read in the directory.
 */
export type PublicRecord = { 
/**
 * The username, without the `@`.
 */
username: string, 
/**
 * The account, in hexadecimal digits.
 */
account: string, 
/**
 * How often the record has been changed.
 */
sequence: number, 
/**
 * The hash of the list of devices.
 */
devices: string, 
/**
 * The name of the inbox log.
 */
inbox: string, 
/**
 * The ids of the nodes that keep it.
 */
homes: Array<string>, 
/**
 * Its length with its signature.
 */
bytes: number, };

/**
 * Under which ids nodes see this device.
 */
export type Lanes = { 
/**
 * On connections for the inbox.
 */
inbox: string, 
/**
 * On connections for conversations and their files.
 */
conversations: string, 
/**
 * On connections to the directory.
 */
directory: string, };

/**
 * What others could know about this account. What was asked and told is counted since the program began, in memory.
 */
export type Exposure = { 
/**
 * Since when, in Unix milliseconds.
 */
since_ms: number, 
/**
 * What everybody can read.
 */
record: PublicRecord | null, 
/**
 * Under which ids nodes see this device; they are new each time the program begins.
 */
lanes: Lanes | null, 
/**
 * Nodes that were told something, or keep something.
 */
nodes: Array<NodeExposure>, };

/**
 * Which files of others are to go from this device; all that is given must fit.
 */
export type Sweep = { 
/**
 * Those of one conversation.
 */
conversation?: number, 
/**
 * Those of at least so many bytes.
 */
bytes_min?: number, 
/**
 * Those that came before a time, in Unix milliseconds.
 */
before_ms?: number, };

/**
 * What has gone.
 */
export type Swept = { 
/**
 * How many files.
 */
files: number, 
/**
 * How many bytes.
 */
bytes: number, };

/**
 * What somebody has set for a conversation.
 */
export type Notice = { "kind": "timer", 
/**
 * In seconds; nothing when they stay.
 */
timer_s: number | null, };

/**
 * A poll to send.
 */
export type PollWish = { 
/**
 * The question, in UTF-8 at most 1 KiB long.
 */
question: string, 
/**
 * Two to twelve different choices, each of at most 256 bytes.
 */
choices: Array<string>, 
/**
 * Whether one may choose several.
 */
multiple: boolean, };

/**
 * A poll as it stands.
 */
export type Poll = { 
/**
 * What is asked.
 */
question: string, 
/**
 * What can be chosen, in that order.
 */
choices: Array<Choice>, 
/**
 * Whether one may choose several.
 */
multiple: boolean, 
/**
 * Whether its author has ended it.
 */
ended: boolean, 
/**
 * How many people have voted.
 */
voters: number, };

/**
 * What can be chosen in a poll.
 */
export type Choice = { 
/**
 * What it says.
 */
text: string, 
/**
 * Who has chosen it, without the `@`.
 */
names: Array<string>, 
/**
 * Whether this account has.
 */
mine: boolean, };

/**
 * What is chosen in a poll.
 */
export type VoteWish = { 
/**
 * The places of the choices, from 0; none takes the vote back.
 */
choices: Array<number>, };

/**
 * What somebody says of themselves.
 */
export type About = { 
/**
 * What they want to be called; empty for their name alone.
 */
name: string, 
/**
 * A few words.
 */
bio: string, 
/**
 * Where their picture is, when they have one: below `/api/`, or below `/media/{ticket}/`. Another picture is
 * elsewhere.
 */
avatar: string | null, };

/**
 * What to say of oneself; what is not named stays.
 */
export type AboutChange = { 
/**
 * What to be called, in UTF-8 at most 64 bytes long.
 */
name?: string, 
/**
 * A few words, in UTF-8 at most 512 bytes long.
 */
bio?: string, };

/**
 * Where a conversation comes from.
 */
export type ImportSource = "x" | "whatsapp" | "telegram";

/**
 * What stands first in dates that don't show it.
 */
export type DateOrder = "day" | "month" | "year";

/**
 * How many minutes clocks were ahead of UTC since a time.
 */
export type ClockOffset = { 
/**
 * Since when, in Unix milliseconds.
 */
since_ms: number, 
/**
 * Minutes ahead of UTC.
 */
minutes: number, };

/**
 * What is to be taken over: a path or an upload, and what the archive doesn't say.
 */
export type ImportWish = { 
/**
 * A zip, a folder or a file on this machine, by its whole path.
 */
path?: string, 
/**
 * A file that was given with `POST /api/uploads?quality=untouched`; it is erased when it has been taken over.
 */
upload?: number, 
/**
 * Who the owner is in it, by a shown name, user name or id, where it doesn't say.
 */
me?: string, 
/**
 * What clocks showed where it was made, in order; at most 1,000. Else UTC.
 */
offsets?: Array<ClockOffset>, 
/**
 * What stands first in dates that don't show it.
 */
date_order?: DateOrder, };

/**
 * Something that was left out or mended.
 */
export type ImportProblem = { 
/**
 * What is wrong: stable, in kebab-case.
 */
code: string, 
/**
 * The file of the archive.
 */
file: string, 
/**
 * Where and what, as a sentence.
 */
message: string, };

/**
 * How far it is with the archive that is being taken over, or was last.
 */
export type ImportProgress = { 
/**
 * Whether it goes on.
 */
running: boolean, 
/**
 * What it is, once that is known.
 */
source: ImportSource | null, 
/**
 * Bytes of its messages.
 */
bytes_total: number, 
/**
 * How many of them are read.
 */
bytes: number, 
/**
 * Conversations so far.
 */
conversations: number, 
/**
 * Messages and notices so far.
 */
items: number, 
/**
 * How many of them were not here before.
 */
new_items: number, 
/**
 * How much was left out or mended.
 */
problems_count: number, 
/**
 * What that is, of the first hundred.
 */
problems: Array<ImportProblem>, 
/**
 * Why it ended early.
 */
failure: Failure | null, };

/**
 * Somebody in a conversation that was taken over.
 */
export type ImportedPerson = { 
/**
 * The same for this person everywhere in the source.
 */
id: string, 
/**
 * What to call them.
 */
name: string, };

/**
 * A conversation that was taken over.
 */
export type Import = { 
/**
 * Its number on this device.
 */
id: number, 
/**
 * Where it comes from.
 */
source: ImportSource, 
/**
 * Its title, or the names of its people.
 */
title: string, 
/**
 * Whether it is more than a talk of two.
 */
group: boolean, 
/**
 * Some of its people.
 */
people: Array<ImportedPerson>, 
/**
 * How many people it has.
 */
people_count: number, 
/**
 * Who of them the owner is, by id, where that is known.
 */
me: string | null, 
/**
 * How many messages and notices it has.
 */
items: number, 
/**
 * When the first one was, in Unix milliseconds.
 */
first_ms: number, 
/**
 * When the last one was.
 */
last_ms: number, 
/**
 * The conversation in which it goes on.
 */
conversation: number | null, };

/**
 * All that was taken over, and what is under way.
 */
export type Imports = { 
/**
 * The conversations, the one that was last used first.
 */
conversations: Array<Import>, 
/**
 * How far it is.
 */
progress: ImportProgress, };

/**
 * What is to be set about a conversation that was taken over; what is not named stays.
 */
export type ImportChange = { 
/**
 * In which conversation it goes on; 0 for in none.
 */
conversation?: number, 
/**
 * Who of its people the owner is, by id.
 */
me?: string, };

/**
 * What an item is.
 */
export type ImportedKind = "message" | "joined" | "left" | "renamed" | "created" | "pinned" | "called" | "other";

/**
 * A file that came with a message. Its bytes stay in the archive.
 */
export type ImportedFile = { 
/**
 * Its name.
 */
name: string, 
/**
 * What it is said to be.
 */
kind: FileKind, 
/**
 * Whether the archive has it.
 */
in_archive: boolean, };

/**
 * The beginning of what an item answers.
 */
export type ImportedQuote = { 
/**
 * Its row.
 */
row: number, 
/**
 * Whose, as a shown name.
 */
from: string | null, 
/**
 * The beginning of its text.
 */
excerpt: string, };

/**
 * Reactions of a kind.
 */
export type ImportedReaction = { 
/**
 * An emoji, or the source's word for it.
 */
emoji: string, 
/**
 * How many.
 */
count: number, };

/**
 * An item of a conversation that was taken over. People are shown names; nothing of it is proved.
 */
export type ImportedMessage = { 
/**
 * Its row among what was taken over.
 */
row: number, 
/**
 * When, in Unix milliseconds.
 */
at_ms: number, 
/**
 * What it is.
 */
kind: ImportedKind, 
/**
 * Who did it.
 */
from: string | null, 
/**
 * Whether that is the owner.
 */
mine: boolean, 
/**
 * The words. Nothing where the archive hadn't them.
 */
text: string | null, 
/**
 * Who came or left.
 */
people: Array<string>, 
/**
 * What it answers, where that is here.
 */
quote: ImportedQuote | null, 
/**
 * Who wrote it first.
 */
forwarded_from: string | null, 
/**
 * Whether it was changed.
 */
edited: boolean, 
/**
 * How long a call took, in milliseconds.
 */
duration_ms: number, 
/**
 * Reactions.
 */
reactions: Array<ImportedReaction>, 
/**
 * Files that came with it.
 */
files: Array<ImportedFile>, };

/**
 * A message that was found among what was taken over.
 */
export type ImportedFound = { 
/**
 * Its row among what was taken over.
 */
row: number, 
/**
 * Its conversation.
 */
import: number, 
/**
 * What that is called.
 */
title: string, 
/**
 * Who wrote it, as a shown name.
 */
from: string | null, 
/**
 * Whether the owner did.
 */
mine: boolean, 
/**
 * When it was written, in Unix milliseconds.
 */
at_ms: number, 
/**
 * The part of its text in which something was found.
 */
excerpt: string, 
/**
 * Where in the excerpt it was, in order and apart.
 */
marks: Array<Mark>, };

/**
 * A part of what was found among what was taken over, newest first.
 */
export type ImportedFoundPage = { 
/**
 * The messages.
 */
found: Array<ImportedFound>, 
/**
 * What the next page is asked for with, as `before`; nothing when this is the last.
 */
next: number | null, 
/**
 * Whether older messages are still being made ready for searching.
 */
partial: boolean, };
