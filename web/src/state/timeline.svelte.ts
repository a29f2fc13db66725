/** One conversation's messages, read page by page. */

import { api } from '../api/client';
import type { Message, MessageState } from '../api/types';
import { advance, insert, later, prepend, refresh, transferred, update, without } from './timeline';

export const PAGE = 50;
/** States of messages that are not here yet: an event may overtake the answer that brings its message. */
const EARLY_LIMIT = 64;

type Change = (list: readonly Message[]) => readonly Message[];

export class Timeline {
  list: readonly Message[] = $state.raw([]);
  hasMore = $state(true);
  loading = $state(false);
  /** Whether the newest page has been read. */
  loaded = $state(false);
  #early = new Map<string, MessageState>();
  #reading: Promise<void> | null = null;
  readonly #id: number;

  constructor(id: number) {
    this.#id = id;
  }

  /** Reads the newest page, or the one before what is here. One reading at a time. */
  read(what: 'newest' | 'older'): Promise<void> {
    if (this.#reading !== null) return this.#reading;
    if (what === 'older' && (!this.hasMore || !this.loaded)) return Promise.resolve();
    this.#reading = this.#read(what).finally(() => {
      this.#reading = null;
      this.loading = false;
    });
    return this.#reading;
  }

  async #read(what: 'newest' | 'older'): Promise<void> {
    this.loading = true;
    const before = what === 'older' ? (this.list[0]?.row ?? null) : null;
    const during: Change[] = [];
    this.#during = during;
    try {
      const page = await api.messages(this.#id, before, PAGE);
      if (what === 'older') {
        this.list = this.#replay(prepend(this.list, page), during);
        this.hasMore = page.length >= PAGE;
      } else {
        const { list, connected } = refresh(this.list, page);
        this.list = this.#replay(list, during);
        if (!connected || !this.loaded) this.hasMore = page.length >= PAGE;
        this.loaded = true;
      }
      this.#settle();
    } finally {
      this.#during = null;
    }
  }

  /** What happened while a page was on its way, which may have been read before it. */
  #during: Change[] | null = null;

  #replay(list: readonly Message[], during: readonly Change[]): readonly Message[] {
    return during.reduce((now, change) => change(now), list);
  }

  #do(change: Change): void {
    this.#during?.push(change);
    this.list = change(this.list);
  }

  take(message: Message): void {
    this.#do((list) => insert(list, message));
    this.#settle();
  }

  /** The place of a message in the list, after so many older pages as it takes; -1 when it is further back. */
  async find(row: number, pages: number): Promise<number> {
    for (let page = 0; ; page += 1) {
      const at = this.list.findIndex((message) => message.row === row);
      if (at >= 0 || page >= pages || !this.hasMore) return at;
      await this.read('older');
    }
  }

  /** A message reads otherwise than before. */
  change(message: Message): void {
    this.#do((list) => update(list, message));
  }

  /** A file of a message has come, or gone, a little further. */
  transfer(how: Parameters<typeof transferred>[1]): void {
    this.#do((list) => transferred(list, how));
  }

  remove(row: number): void {
    this.#do((list) => without(list, row));
  }

  advance(id: string, state: MessageState): void {
    if (this.list.some((message) => message.id === id)) {
      this.list = advance(this.list, id, state);
      return;
    }
    this.#early.set(id, later(this.#early.get(id) ?? 'waiting', state));
    if (this.#early.size > EARLY_LIMIT) {
      const oldest = this.#early.keys().next().value;
      if (oldest !== undefined) this.#early.delete(oldest);
    }
  }

  #settle(): void {
    for (const [id, state] of this.#early) {
      if (!this.list.some((message) => message.id === id)) continue;
      this.list = advance(this.list, id, state);
      this.#early.delete(id);
    }
  }
}
