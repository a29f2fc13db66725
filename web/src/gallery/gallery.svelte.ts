/** The pictures, files and sounds of a chat, read page by page and kept as they are now. */

import { api } from '../api/client';
import type { Event, GalleryKind, Message } from '../api/types';
import { toasts } from '../state/toasts.svelte';

const PAGE = 60;

export class Pages {
  /** The newest first. */
  list: readonly Message[] = $state.raw([]);
  busy = $state(false);
  /** Whether there are older ones. */
  more = $state(true);
  readonly #id: number;
  readonly #kind: GalleryKind;

  constructor(id: number, kind: GalleryKind) {
    this.#id = id;
    this.#kind = kind;
  }

  async read(): Promise<void> {
    if (this.busy || !this.more) return;
    this.busy = true;
    try {
      const page = await api.gallery(this.#id, this.#kind, this.list.at(-1)?.row ?? null, PAGE);
      this.list = [...this.list, ...page];
      this.more = page.length === PAGE;
    } catch (error) {
      toasts.fail(error);
      this.more = false;
    } finally {
      this.busy = false;
    }
  }

  /** What is shown changes while it is looked at: files come, messages go. */
  hear(event: Event): void {
    if (event.type === 'changed' && event.message.conversation === this.#id) {
      const { message } = event;
      const list = this.list.map((one) => (one.row === message.row ? message : one));
      this.list = list.filter((one) => !one.deleted);
    } else if (event.type === 'removed' && event.conversation === this.#id) {
      this.list = this.list.filter((one) => one.row !== event.row);
    }
  }
}

/** Messages of one month together, the newest first. */
export function months(list: readonly Message[]): [string, Message[]][] {
  const found: [string, Message[]][] = [];
  for (const message of list) {
    const at = new Date(message.sent_ms);
    const month = `${at.getFullYear()}-${at.getMonth()}`;
    const last = found.at(-1);
    if (last?.[0] === month) last[1].push(message);
    else found.push([month, [message]]);
  }
  return found;
}
