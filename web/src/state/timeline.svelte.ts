/** One conversation's messages, read page by page. */

import { api } from '../api/client';
import type { Message, MessageState } from '../api/types';
import { advance, append, insert, isBehind, later, prepend, refresh, transferred, update, without } from './timeline';

export const PAGE = 50;
/** Messages that are read around a place, half of them before it. */
const AROUND = 80;
/** States of messages that are not here yet: an event may overtake the answer that brings its message. */
const EARLY_LIMIT = 64;

type Change = (list: readonly Message[]) => readonly Message[];

/** A page of a chat that was not read before: the newest one, or one around a message or a time. */
export type Spot = { around: number } | { at_ms: number };

export class Timeline {
  /** What is here: messages that follow one another without a gap, oldest first. */
  list: readonly Message[] = $state.raw([]);
  hasMore = $state(true);
  /** Whether there are newer messages than these: then what arrives belongs behind them, and is read when one gets there. */
  hasNewer = $state(false);
  loading = $state(false);
  /** Whether a page has been read. */
  loaded = $state(false);
  #early = new Map<string, MessageState>();
  #reading: Promise<void> | null = null;
  readonly #id: number;

  constructor(id: number) {
    this.#id = id;
  }

  /** Reads the newest page, or the one before or behind what is here. One reading at a time. */
  read(what: 'newest' | 'older' | 'newer'): Promise<void> {
    if (this.#reading !== null) return this.#reading;
    if (what === 'older' && (!this.hasMore || !this.loaded)) return Promise.resolve();
    if (what === 'newer' && (!this.hasNewer || !this.loaded)) return Promise.resolve();
    return this.#alone(() => this.#read(what));
  }

  /** Reads what is around a message or a time, in place of what is here. A reading that is under way ends first. */
  async go(spot: Spot): Promise<void> {
    while (this.#reading !== null) await this.#reading.catch(() => undefined);
    await this.#alone(() => this.#go(spot));
  }

  /** Back to the newest messages, in place of what is here. */
  async leave(): Promise<void> {
    while (this.#reading !== null) await this.#reading.catch(() => undefined);
    if (this.hasNewer) await this.#alone(() => this.#read('newest'));
  }

  /** Reads again what is here, after something may have been missed. */
  async renew(): Promise<void> {
    const middle = this.list[Math.floor(this.list.length / 2)];
    if (!this.hasNewer || middle === undefined) await this.read('newest');
    else await this.go({ around: middle.row });
  }

  #alone(read: () => Promise<void>): Promise<void> {
    this.loading = true;
    this.#reading = read().finally(() => {
      this.#reading = null;
      this.loading = false;
      this.#during = null;
    });
    return this.#reading;
  }

  async #read(what: 'newest' | 'older' | 'newer'): Promise<void> {
    const during: Change[] = [];
    this.#during = during;
    if (what === 'older') {
      const first = this.list[0];
      const page = await api.messages(this.#id, first === undefined ? null : { before: first.row }, PAGE);
      this.#show(prepend(this.list, page), during);
      this.hasMore = page.length >= PAGE;
    } else if (what === 'newer') {
      const last = this.list.at(-1);
      const page = await api.messages(this.#id, last === undefined ? null : { after: last.row }, PAGE);
      this.hasNewer = page.length >= PAGE;
      this.#show(append(this.list, page), during);
    } else {
      const page = await api.messages(this.#id, null, PAGE);
      const { list, connected } = refresh(this.list, page);
      this.hasNewer = false;
      this.#show(list, during);
      if (!connected || !this.loaded) this.hasMore = page.length >= PAGE;
      this.loaded = true;
    }
  }

  async #go(spot: Spot): Promise<void> {
    const during: Change[] = [];
    this.#during = during;
    const page = await api.messages(this.#id, spot, AROUND);
    // Half of the page stands before the place; where there is less of it, the chat begins or ends there.
    const before = page.findIndex((one) => ('around' in spot ? one.row === spot.around : one.sent_ms >= spot.at_ms));
    const older = before < 0 ? page.length : before;
    this.hasMore = older >= AROUND / 2;
    this.hasNewer = page.length - older >= AROUND / 2;
    this.#show(page, during);
    this.loaded = true;
  }

  #show(list: readonly Message[], during: readonly Change[]): void {
    this.list = this.#replay(list, during);
    this.#settle();
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
    this.#do((list) => (this.hasNewer && isBehind(list, message) ? list : insert(list, message)));
    this.#settle();
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
