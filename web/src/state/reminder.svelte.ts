/** Words that nobody has confirmed yet. */

import { api } from '../api/client';

const KEY = 'xchat-words-due';

class Reminder {
  /** The words, as long as the daemon remembers them. */
  words: readonly string[] | null = $state.raw(null);
  /** Whether they are to be shown now, before anything else. */
  due = $state(sessionStorage.getItem(KEY) !== null);

  /** After registration: the words come next, also after a reload. */
  ask(): void {
    sessionStorage.setItem(KEY, '1');
    this.due = true;
  }

  async read(): Promise<void> {
    try {
      this.words = (await api.words()).words;
    } catch {
      this.words = null;
    }
    if (this.words === null) this.#settle();
  }

  /** Confirmed, or knowingly left: then the daemon still has them until it stops. */
  leave(): void {
    this.#settle();
    void this.read();
  }

  #settle(): void {
    sessionStorage.removeItem(KEY);
    this.due = false;
  }
}

export const reminder = new Reminder();
