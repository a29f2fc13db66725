/** The owner's folders of chats, and which of them the list shows. */

import { api } from '../api/client';
import type { Conversation, Folder } from '../api/types';

const KEY = 'xchat-folder';
/** A list that is no longer than this needs no sorting. */
const FEW = 8;

/** All chats, the unread ones, or those of a folder, by its name. */
export type Choice = 'all' | 'unread' | { folder: string };

function remembered(): Choice {
  const kept = localStorage.getItem(KEY) ?? '';
  if (kept.startsWith('in:')) return { folder: kept.slice(3) };
  return kept === 'unread' ? 'unread' : 'all';
}

export function isUnread({ unread, settings }: Pick<Conversation, 'unread' | 'settings'>): boolean {
  return unread > 0 || settings.marked_unread;
}

class Folders {
  list: readonly Folder[] = $state.raw([]);
  #wanted: Choice = $state.raw(remembered());
  /** A chat that was unread when it was opened: it does not vanish while it is read. */
  #opened: number | null = $state.raw(null);
  #changing: Promise<unknown> = Promise.resolve();

  /** What the list shows. A folder may be gone, in another tab for instance. */
  choice: Choice = $derived.by(() => {
    const wanted = this.#wanted;
    return typeof wanted === 'string' || this.list.some(({ name }) => name === wanted.folder) ? wanted : 'all';
  });
  /** The chats of the folder that is chosen. */
  #chats: ReadonlySet<number> | null = $derived.by(() => {
    const { choice } = this;
    if (typeof choice === 'string') return null;
    return new Set(this.list.find(({ name }) => name === choice.folder)?.conversations);
  });

  async read(): Promise<void> {
    this.list = await api.folders();
  }

  /** Whether there is anything to sort. */
  wanted(count: number): boolean {
    return this.list.length > 0 || count > FEW;
  }

  choose(choice: Choice): void {
    this.#wanted = choice;
    this.#opened = null;
    if (choice === 'all') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, choice === 'unread' ? choice : `in:${choice.folder}`);
  }

  /** Says which chat is open by now. */
  opened(chat: Conversation | undefined): void {
    if (chat?.id !== this.#opened) this.#opened = chat !== undefined && isUnread(chat) ? chat.id : null;
  }

  /** Whether the list shows a chat. */
  shows(chat: Conversation): boolean {
    if (this.choice === 'unread') return isUnread(chat) || chat.id === this.#opened;
    return this.#chats?.has(chat.id) ?? true;
  }

  /** Makes others of them, on top of what another tab or program has made of them meanwhile. Throws a `Refusal`. */
  change(to: (list: readonly Folder[]) => Folder[]): Promise<void> {
    const changed = this.#changing.then(async () => {
      const next = to(await api.folders());
      await api.setFolders(next);
      this.list = next;
    });
    this.#changing = changed.catch(() => undefined);
    return changed;
  }
}

export const folders = new Folders();
