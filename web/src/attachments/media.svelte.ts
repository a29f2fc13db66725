/** Where the daemon gives files: a place that only this session knows, since pictures can't bear a token. */

import { api } from '../api/client';
import type { Attachment } from '../api/types';
import { toasts } from '../state/toasts.svelte';

class Media {
  #ticket: string | null = $state(null);
  #asked = false;

  /** The place of a file; nothing before the daemon has told where. */
  url(row: number, part: number): string | null {
    return this.place(`${row}/${part}`);
  }

  /** The place of what the daemon names by a path. */
  place(path: string): string | null {
    if (this.#ticket === null) {
      this.#ask();
      return null;
    }
    return `/media/${this.#ticket}/${path}`;
  }

  /** The small picture that comes with the message itself. */
  preview(attachment: Attachment): string {
    return `data:image/jpeg;base64,${attachment.preview ?? ''}`;
  }

  /** Begins to load a file. Whether it was begun. */
  async fetch(row: number, attachment: Attachment): Promise<boolean> {
    try {
      await api.attachment(row, attachment.part, 'fetch');
      return true;
    } catch (error) {
      toasts.fail(error);
      return false;
    }
  }

  /** Hands a file to the browser's own way of saving. */
  save(row: number, attachment: Attachment): void {
    const url = this.url(row, attachment.part);
    if (url === null) return;
    const link = document.createElement('a');
    link.href = url;
    link.download = attachment.name;
    link.click();
  }

  /** Another session, another place. */
  forget(): void {
    this.#ticket = null;
    this.#asked = false;
  }

  #ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    api.mediaTicket().then(
      ({ ticket }) => (this.#ticket = ticket),
      () => (this.#asked = false),
    );
  }
}

export const media = new Media();
