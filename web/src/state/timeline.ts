/** The messages of one conversation as this page holds them: pure functions over lists that are oldest first. */

import type { Attachment, Conversation, Message, MessageState } from '../api/types';

const RANK: Record<MessageState, number> = { waiting: 0, sent: 1, delivered: 2, read: 3, received: 3 };

/** The later of two states: events and answers overtake each other, and no message goes back. */
export function later(a: MessageState, b: MessageState): MessageState {
  return RANK[b] > RANK[a] ? b : a;
}

/** Puts a message where its time says; one that is there already is brought up to date. */
export function insert(list: readonly Message[], message: Message): Message[] {
  const known = list.findLastIndex((other) => other.id === message.id);
  if (known >= 0) {
    const old = list[known] as Message;
    return list.with(known, { ...message, state: later(old.state, message.state) });
  }
  const after = list.findLastIndex((other) => other.sent_ms <= message.sent_ms);
  return list.toSpliced(after + 1, 0, message);
}

/** Shows a message as it reads now, if it is here; its state never goes back. */
export function update(list: readonly Message[], message: Message): readonly Message[] {
  const at = list.findLastIndex((other) => other.id === message.id);
  const old = list[at];
  const after = old === undefined ? list : list.with(at, { ...message, state: later(old.state, message.state) });
  return after.map((other) => requote(other, message));
}

/** What answers a message quotes it as it reads now. */
function requote(other: Message, of: Message): Message {
  const { reply } = other;
  if (reply?.row !== of.row || (reply.text === of.text && reply.deleted === of.deleted)) return other;
  return { ...other, reply: { ...reply, text: of.text, deleted: of.deleted } };
}

export type Transferred = Pick<Attachment, 'part' | 'state' | 'bytes' | 'going' | 'trouble'> & { row: number };

/** The list with a file of a message as far as it has come by now. */
export function transferred(list: readonly Message[], { row, part, ...how }: Transferred): readonly Message[] {
  const at = list.findIndex((message) => message.row === row);
  const message = list[at];
  if (message === undefined) return list;
  const { state, bytes, going, trouble } = how;
  const attachments = message.attachments.map((one) =>
    one.part === part ? { ...one, state, bytes, going, trouble } : one,
  );
  return list.with(at, { ...message, attachments });
}

/** The list without the message in a row; what answered it has lost it. */
export function without(list: readonly Message[], row: number): readonly Message[] {
  const gone = { row: null, from: null, text: '', file: null, deleted: false };
  return list
    .filter((message) => message.row !== row)
    .map((message) => (message.reply?.row === row ? { ...message, reply: gone } : message));
}

/** Brings one message's state forward; the same list when nothing changes. */
export function advance(list: readonly Message[], id: string, state: MessageState): readonly Message[] {
  const at = list.findLastIndex((message) => message.id === id);
  const old = list[at];
  if (old === undefined || later(old.state, state) === old.state) return list;
  return list.with(at, { ...old, state });
}

/** Puts an older page before the list, without what is there already. */
export function prepend(list: readonly Message[], page: readonly Message[]): Message[] {
  const known = new Set(list.map((message) => message.id));
  return [...page.filter((message) => !known.has(message.id)), ...list];
}

/** Puts a newer page behind the list, without what is there already. */
export function append(list: readonly Message[], page: readonly Message[]): Message[] {
  const known = new Set(list.map((message) => message.id));
  return [...list, ...page.filter((message) => !known.has(message.id))];
}

/** Whether a message comes after all that is in the list. */
export function isBehind(list: readonly Message[], message: Message): boolean {
  const last = list.at(-1);
  return last !== undefined && message.sent_ms >= last.sent_ms && message.id !== last.id;
}

/**
 * The list after the newest page was read anew. Where the page reaches back into the list, what is older stays; where
 * there is a gap between them, only the page is sure.
 */
export function refresh(
  list: readonly Message[],
  page: readonly Message[],
): { list: Message[]; connected: boolean } {
  const first = page[0];
  const at = first === undefined ? -1 : list.findIndex((message) => message.id === first.id);
  if (at < 0) return { list: [...page], connected: false };
  const known = new Map(list.map((message) => [message.id, message.state]));
  const fresh = page.map((message) => ({
    ...message,
    state: later(known.get(message.id) ?? 'waiting', message.state),
  }));
  return { list: [...list.slice(0, at), ...fresh], connected: true };
}

type Placed = Pick<Conversation, 'id' | 'last'> & { settings: Pick<Conversation['settings'], 'place'> };

/**
 * Conversations as the list shows them: what is pinned in its own order, then the latest activity first, by this device's
 * own history and no foreign clock.
 */
export function byActivity<C extends Placed>(conversations: Iterable<C>): C[] {
  const latest = (conversation: C) => conversation.last?.row ?? 0;
  const place = (conversation: C) => conversation.settings.place ?? Infinity;
  const compare = (a: C, b: C) =>
    place(a) === place(b) ? latest(b) - latest(a) || b.id - a.id : place(a) - place(b);
  return [...conversations].sort(compare);
}

type Kin = Pick<Conversation, 'id' | 'account' | 'is_note' | 'change'>;

/**
 * The chat in which somebody goes on who came back with another key. The older chat stays with the key of before, which
 * nobody has any more, except whoever has the lost device.
 */
export function successor<C extends Kin>(of: Kin, all: Iterable<C>): C | undefined {
  let newest: C | undefined;
  for (const one of all) {
    const isLater = one.account === of.account && !one.is_note && one.id > (newest ?? of).id;
    if (isLater) newest = one;
  }
  const hasNewKey = of.change === 'identity-key' || newest?.change === 'identity-key';
  return hasNewKey ? newest : undefined;
}
