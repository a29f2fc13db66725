/** What files take, added up as people look at it. */

import type { Arrivals, FileKind, FileUse } from '../api/types';

export type Sort = keyof Arrivals;
export const SORTS: readonly Sort[] = ['photos', 'voices', 'films', 'sounds', 'files'];

const SORT: Record<FileKind, Sort> = {
  photo: 'photos',
  gif: 'photos',
  sticker: 'photos',
  voice: 'voices',
  video: 'films',
  audio: 'sounds',
  file: 'files',
};

export type ChatUse = {
  conversation: number;
  bytes: number;
  /** How much of it was sent from here. */
  mine: number;
  sorts: Partial<Record<Sort, number>>;
};

/** The chats by how much their files take, the largest first. */
export function byChat(uses: readonly FileUse[]): ChatUse[] {
  const chats = new Map<number, ChatUse>();
  for (const { conversation, kind, mine, bytes } of uses) {
    const chat = chats.get(conversation) ?? { conversation, bytes: 0, mine: 0, sorts: {} };
    chat.bytes += bytes;
    if (mine) chat.mine += bytes;
    chat.sorts[SORT[kind]] = (chat.sorts[SORT[kind]] ?? 0) + bytes;
    chats.set(conversation, chat);
  }
  return [...chats.values()].sort((one, other) => other.bytes - one.bytes);
}
