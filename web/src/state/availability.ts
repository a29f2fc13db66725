/** Whether a username can be had, asked while it is being typed. */

import type { NameLookup } from '../api/types';

export type Answer =
  | 'empty'
  | 'short'
  | 'long'
  | 'letters'
  | 'checking'
  | 'free'
  | 'taken'
  | 'reserved'
  | 'similar'
  | 'resting'
  | 'unknown';

export const PAUSE_MS = 250;
const SHORTEST = 3;
const LONGEST = 32;

/** A name as it is meant: without the `@`, in lower case. */
export function normalise(text: string): string {
  return text.trim().replace(/^@/, '').toLowerCase();
}

/** What is wrong with the form of a name, or nothing. */
export function malformed(name: string): 'empty' | 'short' | 'long' | 'letters' | null {
  if (name === '') return 'empty';
  if (!/^[a-z0-9_]*$/.test(name)) return 'letters';
  if (name.length < SHORTEST) return 'short';
  return name.length > LONGEST ? 'long' : null;
}

/** Asks once typing pauses; an answer to an older question is dropped. */
export class Availability {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #question = 0;
  #lookUp: (name: string) => Promise<NameLookup>;
  #tell: (answer: Answer, found?: NameLookup) => void;

  constructor(lookUp: (name: string) => Promise<NameLookup>, tell: (answer: Answer, found?: NameLookup) => void) {
    this.#lookUp = lookUp;
    this.#tell = tell;
  }

  ask(text: string): void {
    clearTimeout(this.#timer);
    const question = ++this.#question;
    const name = normalise(text);
    const wrong = malformed(name);
    if (wrong !== null) {
      this.#tell(wrong);
      return;
    }
    this.#tell('checking');
    this.#timer = setTimeout(() => {
      this.#lookUp(name).then(
        (found) => {
          if (question === this.#question) this.#tell(found.standing, found);
        },
        () => {
          if (question === this.#question) this.#tell('unknown');
        },
      );
    }, PAUSE_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#question += 1;
  }
}
