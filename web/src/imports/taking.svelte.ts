/** Taking an archive over: given as a file, read by the daemon, looked after until it is done. */

import { api } from '../api/client';
import type { DateOrder, Import, ImportProgress } from '../api/types';
import { type Running, upload } from '../attachments/upload';
import { offsets } from './zone';

const LOOK_MS = 400;

export const SOURCES = { x: 'X', whatsapp: 'WhatsApp', telegram: 'Telegram' } as const;

class Taking {
  list: readonly Import[] = $state.raw([]);
  progress: ImportProgress | null = $state.raw(null);
  /** How much of the file has been given. */
  given: number | null = $state(null);
  /** Whether something was taken over since the page was opened. */
  ours = $state(false);
  #running: Running | null = null;
  #upload: number | null = null;
  #me = '';
  #look: ReturnType<typeof setTimeout> | undefined;

  /** Reads what there is, and goes on looking as long as something is under way. */
  async read(): Promise<void> {
    clearTimeout(this.#look);
    const all = await api.imports();
    this.list = all.conversations;
    this.progress = all.progress;
    if (all.progress.running) {
      this.ours = true;
      this.#look = setTimeout(() => void this.read().catch(() => undefined), LOOK_MS);
    }
  }

  /** Reads what there is, unless that is known. */
  async know(): Promise<void> {
    if (this.progress === null) await this.read();
  }

  async take(file: File, me: string): Promise<void> {
    this.given = 0;
    this.ours = false;
    try {
      this.#running = upload(file, 'untouched', (share) => (this.given = share));
      this.#upload = (await this.#running.done).id;
    } finally {
      this.given = null;
      this.#running = null;
    }
    this.#me = me.trim();
    await this.start();
  }

  /** Begins, or begins again with what the dates don't show. */
  async start(order?: DateOrder): Promise<void> {
    if (this.#upload === null) return;
    this.ours = true;
    this.progress = await api.startImport({
      upload: this.#upload,
      offsets: offsets(Date.now()),
      ...(this.#me === '' ? {} : { me: this.#me }),
      ...(order === undefined ? {} : { date_order: order }),
    });
    await this.read();
  }

  async stop(): Promise<void> {
    if (this.#running !== null) this.#running.stop();
    else await api.stopImport();
  }
}

export const taking = new Taking();
