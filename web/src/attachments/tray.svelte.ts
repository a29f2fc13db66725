/** Files that are about to be sent: given to the daemon one after the other while the caption is written. */

import { api, Refusal } from '../api/client';
import type { Quality, Upload } from '../api/types';
import { posterOf } from './poster';
import { type Heard, type Running, STOPPED, upload } from './upload';

/** As many as one message takes. */
export const FILES_MAX = 10;

export type Item = {
  key: number;
  file: File;
  /** For the eye, until the daemon has one. */
  picture: string | null;
  /** What was heard while it was spoken. */
  voice: Heard | null;
  /** Of what is given, from 0 to 1. */
  share: number;
  state: 'waiting' | 'running' | 'ready' | 'failed';
  upload: Upload | null;
  failure: unknown;
};

let last = 0;

/** What the daemon knows files by. */
export function idsOf(items: readonly Item[]): number[] {
  return items.flatMap((item) => (item.upload === null ? [] : [item.upload.id]));
}

/** They are sent, or not wanted: nobody looks at them here any more. */
export function release(items: readonly Item[]): void {
  for (const item of items) if (item.picture !== null) URL.revokeObjectURL(item.picture);
}

/** Tells the daemon what it can't find in the file itself. */
async function note(given: Upload, item: Item): Promise<Upload> {
  if (item.voice !== null) return api.describeUpload(given.id, { voice: true, ...item.voice });
  if (given.kind !== 'video' || given.preview !== null) return given;
  const poster = await posterOf(item.file);
  // A film without a picture is a film all the same.
  return poster === null ? given : api.previewUpload(given.id, poster).catch(() => given);
}

export class Tray {
  items: Item[] = $state([]);
  quality: Quality = $state('standard');
  /** Files that had no room in this message. */
  left: File[] = $state.raw([]);
  readonly ready = $derived(this.items.length > 0 && this.items.every((item) => item.state === 'ready'));
  readonly busy = $derived(this.items.some((item) => item.state === 'waiting' || item.state === 'running'));
  #running: { key: number; run: Running } | null = null;
  #waiters: (() => void)[] = [];

  add(files: Iterable<File>, voice: Heard | null = null): void {
    const all = [...files];
    const room = FILES_MAX - this.items.length;
    this.left = all.slice(room);
    for (const file of all.slice(0, room)) {
      last += 1;
      const seen = /^image\/(jpeg|png|gif|webp|avif)$/.test(file.type);
      this.items.push({
        key: last,
        file,
        picture: seen ? URL.createObjectURL(file) : null,
        voice,
        share: 0,
        state: 'waiting',
        upload: null,
        failure: null,
      });
    }
    void this.#next();
  }

  remove(key: number): void {
    const at = this.items.findIndex((item) => item.key === key);
    const item = this.items[at];
    if (item === undefined) return;
    this.items.splice(at, 1);
    this.#forget(item);
    this.#tell();
  }

  again(key: number): void {
    const item = this.#item(key);
    if (item === undefined || item.state !== 'failed') return;
    item.state = 'waiting';
    void this.#next();
  }

  /** How pictures are sent. What was given already is given again. */
  setQuality(quality: Quality): void {
    if (quality === this.quality) return;
    this.quality = quality;
    for (const item of this.items) {
      if (!/^(image|video)\//.test(item.file.type)) continue;
      this.#drop(item);
      item.state = 'waiting';
      item.share = 0;
    }
    void this.#next();
  }

  /** Waits until every file is given, or one of them can't be. */
  async settled(): Promise<boolean> {
    while (this.busy) await new Promise<void>((resolve) => this.#waiters.push(resolve));
    return this.ready;
  }

  /** The files go with a message. */
  take(): Item[] {
    const items = this.items;
    this.items = [];
    this.left = [];
    return items;
  }

  /** The message could not be sent: its files are here again, before those that came meanwhile. */
  giveBack(items: readonly Item[]): void {
    this.items = [...items, ...this.items].slice(0, FILES_MAX);
  }

  /** Nothing is sent. */
  clear(): void {
    for (const item of this.items) this.#forget(item);
    this.items = [];
    this.left = [];
    this.#tell();
  }

  #item(key: number): Item | undefined {
    return this.items.find((item) => item.key === key);
  }

  #drop(item: Item): void {
    if (this.#running?.key === item.key) this.#running.run.stop();
    if (item.upload !== null) api.dropUpload(item.upload.id).catch(() => undefined);
    item.upload = null;
  }

  #forget(item: Item): void {
    this.#drop(item);
    release([item]);
  }

  #tell(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const tell of waiters) tell();
  }

  async #next(): Promise<void> {
    if (this.#running !== null) return;
    const item = this.items.find((one) => one.state === 'waiting');
    if (item === undefined) return;
    const { key } = item;
    item.state = 'running';
    const quality = this.quality;
    const run = upload(item.file, quality, (share) => {
      const now = this.#item(key);
      if (now !== undefined) now.share = share;
    });
    this.#running = { key, run };
    const result = await run.done.then((given) => note(given, item)).then(
      (given) => ({ given }),
      (failure: unknown) => ({ failure }),
    );
    this.#running = null;
    this.#put(key, quality, result);
    this.#tell();
    void this.#next();
  }

  #put(key: number, quality: Quality, result: { given: Upload } | { failure: unknown }): void {
    const item = this.#item(key);
    const isStale = item === undefined || (quality !== this.quality && /^(image|video)\//.test(item.file.type));
    if ('given' in result) {
      if (isStale) api.dropUpload(result.given.id).catch(() => undefined);
      else Object.assign(item, { state: 'ready', upload: result.given, share: 1, failure: null });
      return;
    }
    const { failure } = result;
    if (isStale || (failure instanceof Refusal && failure.failure.code === STOPPED)) return;
    Object.assign(item, { state: 'failed', failure, share: 0 });
  }
}
