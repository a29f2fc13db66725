/** The pictures that are kept to be sent again: what is shown of them, and what is on its way into them. */

import { call, Refusal } from '../api/client';
import type {
  Attachment,
  LibraryAdded,
  LibraryAddition,
  LibraryChange,
  LibraryItem,
  LibraryPage,
  Message,
} from '../api/types';
import { upload } from '../attachments/upload';
import { i18n, t } from '../i18n/i18n.svelte';
import { toasts } from '../state/toasts.svelte';

const PAGE = 60;
/** As long as the notice stands that takes a removal back. */
const GRACE_MS = 15_000;
/** Merely this file is none for the library: the next may be one. */
const PASSED = [
  'no-picture',
  'item-too-large',
  'file-too-large',
  'metadata-stays',
  'picture-damaged',
  'picture-too-large',
  'picture-unusual',
];

const add = (wish: LibraryAddition) => call<LibraryAdded>('POST', '/api/library', wish);

/** What it shows, or words for it. */
export function nameOf(item: LibraryItem): string {
  const words = item.description ?? (item.tags.length > 0 ? item.tags.join(i18n.lang === 'ar' ? '، ' : ', ') : item.name);
  const what = t('library_what', { kind: t(item.kind === 'gif' ? 'library_gif' : 'file_sticker'), words });
  return item.favourite ? t('library_favourite', { what }) : what;
}

class Library {
  items: readonly LibraryItem[] = $state.raw([]);
  total = $state(0);
  /** What is searched for. */
  text = $state('');
  /** Whether anything has been read. */
  read = $state(false);
  adding: { done: number; all: number } | null = $state.raw(null);
  /** What was removed as long as that can be taken back. */
  #going: ReadonlySet<number> = $state.raw(new Set());
  readonly shown = $derived(this.items.filter((item) => !this.#going.has(item.id)));
  #asked = 0;

  /** Reads the first pictures anew. */
  look(): Promise<void> {
    return this.#ask(0);
  }

  /** Reads those after. */
  more(): Promise<void> {
    return this.#ask(this.items.length);
  }

  /** Adds files one after the other, also when nobody looks any more. */
  async add(files: readonly File[]): Promise<void> {
    if (this.adding !== null || files.length === 0) return;
    let [done, added, passed] = [0, 0, 0];
    try {
      for (const file of files) {
        this.adding = { done, all: files.length };
        try {
          const given = await upload(file, 'standard', () => undefined).done;
          if ((await add({ upload: given.id })).new) added += 1;
        } catch (error) {
          if (!(error instanceof Refusal && PASSED.includes(error.failure.code))) throw error;
          passed += 1;
        }
        done += 1;
      }
    } catch (error) {
      toasts.fail(error);
    }
    this.adding = null;
    if (added > 0) toasts.say(t('library_added', { count: added }));
    else if (passed === 0 && done > 0) toasts.say(t('library_kept_before'));
    if (passed > 0) toasts.say(t('library_passed', { count: passed }));
    await this.look();
  }

  /** Changes what is kept about a picture. */
  async change(item: LibraryItem, change: LibraryChange): Promise<boolean> {
    try {
      await call<null>('PATCH', `/api/library/${item.id}`, change);
    } catch (error) {
      toasts.fail(error);
      return false;
    }
    await this.look();
    return true;
  }

  /** Removes a picture, unless that is taken back. */
  remove(item: LibraryItem): void {
    const { id } = item;
    this.#going = new Set([...this.#going, id]);
    const timer = setTimeout(() => {
      call<null>('DELETE', `/api/library/${id}`)
        .catch((error: unknown) => toasts.fail(error))
        .finally(() => void this.look().then(() => this.#stays(id)));
    }, GRACE_MS);
    toasts.say(t('library_removed'), {
      title: t('undo'),
      act: () => {
        clearTimeout(timer);
        this.#stays(id);
      },
    });
  }

  #stays(id: number): void {
    this.#going = new Set([...this.#going].filter((other) => other !== id));
  }

  async #ask(from: number): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const wish = new URLSearchParams({ text: this.text.trim(), from: String(from), limit: String(PAGE) });
    try {
      const page = await call<LibraryPage>('GET', `/api/library?${wish.toString()}`);
      if (asked !== this.#asked) return;
      const known = new Set(from === 0 ? [] : this.items.map((item) => item.id));
      const fresh = page.items.filter((item) => !known.has(item.id));
      this.items = from === 0 ? fresh : [...this.items, ...fresh];
      this.total = page.total;
      this.read = true;
    } catch (error) {
      if (asked === this.#asked) toasts.fail(error);
    }
  }
}

export const library = new Library();

/** Whether a file of a message can be kept. */
export function isKeepable({ kind, state }: Attachment): boolean {
  return state === 'here' && (kind === 'gif' || kind === 'sticker' || kind === 'photo');
}

/** Keeps pictures of a message. */
export async function keep(message: Message, parts: readonly number[]): Promise<void> {
  try {
    let count = 0;
    for (const part of parts) if ((await add({ row: message.row, part })).new) count += 1;
    toasts.say(count === 0 ? t('library_kept_before') : t('library_kept', { count }));
  } catch (error) {
    toasts.fail(error);
  }
}
